/** The txid of one transaction of parsed columns. Apart from the parser, which loads what a bulk command has no use for. */
import { sha256d } from '../digest.ts';
import type { BlockColumns } from './columns.ts';
import { behindInputs, type TransactionSpan } from './read-outputs.ts';

/** Version, marker and flag. */
const WITNESS_BODY = 6;

/** Writes the txid of one transaction of parsed columns, 32 bytes in internal order, to `into` at `at`; no txids need have been made. */
export function hashTransaction(columns: BlockColumns, tx: number, into: Uint8Array, at: number): void {
  const { bytes, transactionPlace, firstOutput, outputScript } = columns;
  const start = transactionPlace[tx];
  const last = firstOutput[tx + 1] - 1;
  const bodyEnd =
    last < firstOutput[tx] ? behindInputs(bytes, start) + 1 : outputScript[2 * last] + outputScript[2 * last + 1];
  hashSpan(bytes, { start, bodyEnd, end: transactionPlace[tx + 1] }, into, at);
}

/** The same for a transaction whose span is known. */
export function hashSpan(
  bytes: Uint8Array,
  { start, bodyEnd, end }: TransactionSpan,
  into: Uint8Array,
  at: number,
): void {
  if (bytes[start + 4] !== 0) {
    into.set(sha256d(bytes.subarray(start, end)), at);
    return;
  }
  // Version, inputs and outputs, lock time: all but marker, flag and witnesses.
  const bare = Buffer.allocUnsafe(bodyEnd - start + 2);
  bare.set(bytes.subarray(start, start + 4), 0);
  bare.set(bytes.subarray(start + WITNESS_BODY, bodyEnd), 4);
  bare.set(bytes.subarray(end - 4, end), bare.length - 4);
  into.set(sha256d(bare), at);
}
