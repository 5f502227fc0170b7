/** The txid of one transaction of parsed columns. Apart from the parser, which loads what a bulk command has no use for. */
import { sha256d } from '../digest.ts';
import type { BlockColumns } from './columns.ts';

const PREVOUT_BYTES = 36;
const SEQUENCE_BYTES = 4;
/** Version, marker and flag. */
const WITNESS_BODY = 6;

/** A compact size at a place and the place behind it; the parser has checked both. */
export function sizeAt(bytes: Uint8Array, at: number): { size: number; next: number } {
  const first = bytes[at];
  if (first < 0xfd) return { size: first, next: at + 1 };
  const width = first === 0xfd ? 2 : 4;
  let size = 0;
  for (let index = width; index > 0; index -= 1) size = size * 256 + bytes[at + index];
  return { size, next: at + 1 + width };
}

/** Where the outputs of a transaction without any end: behind its inputs and the count 0. */
function endWithoutOutputs(bytes: Uint8Array, start: number): number {
  const inputs = sizeAt(bytes, start + WITNESS_BODY);
  let at = inputs.next;
  for (let left = inputs.size; left > 0; left -= 1) {
    const script = sizeAt(bytes, at + PREVOUT_BYTES);
    at = script.next + script.size + SEQUENCE_BYTES;
  }
  return at + 1;
}

/** Writes the txid of one transaction of parsed columns, 32 bytes in internal order, to `into` at `at`; no txids need have been made. */
export function hashTransaction(columns: BlockColumns, tx: number, into: Uint8Array, at: number): void {
  const { bytes, transactionPlace, firstOutput, outputScript } = columns;
  const start = transactionPlace[tx];
  const end = transactionPlace[tx + 1];
  if (bytes[start + 4] !== 0) {
    into.set(sha256d(bytes.subarray(start, end)), at);
    return;
  }
  // Version, inputs and outputs, lock time: all but marker, flag and witnesses.
  const last = firstOutput[tx + 1] - 1;
  const bodyEnd =
    last < firstOutput[tx] ? endWithoutOutputs(bytes, start) : outputScript[2 * last] + outputScript[2 * last + 1];
  const bare = Buffer.allocUnsafe(bodyEnd - start + 2);
  bare.set(bytes.subarray(start, start + 4), 0);
  bare.set(bytes.subarray(start + WITNESS_BODY, bodyEnd), 4);
  bare.set(bytes.subarray(end - 4, end), bare.length - 4);
  into.set(sha256d(bare), at);
}
