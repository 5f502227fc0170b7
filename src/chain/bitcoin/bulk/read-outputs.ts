/** The outputs of one transaction of a block whose bytes the parser has checked, without columns for all the others. */
import type { BlockColumns } from './columns.ts';

const PREVOUT_BYTES = 36;
const SEQUENCE_BYTES = 4;
const VERSION_BYTES = 4;
const MARKER_AND_FLAG_BYTES = 2;
const VALUE_BYTES = 8;
const TWO_32 = 2 ** 32;

/** Where a transaction lies in the bytes of its block: first byte, first byte behind its last output, first byte behind it. */
export interface TransactionSpan {
  readonly start: number;
  readonly bodyEnd: number;
  readonly end: number;
}

/** Outputs in vout order; places are offsets in the bytes of the block. */
export interface OutputParts {
  readonly valueSat: number[];
  readonly scriptPlace: number[];
  readonly scriptLength: number[];
  readonly span: TransactionSpan;
}

/** A compact size at a place and the place behind it. */
export function sizeAt(bytes: Uint8Array, at: number): { size: number; next: number } {
  const first = bytes[at];
  if (first < 0xfd) return { size: first, next: at + 1 };
  const width = first === 0xfd ? 2 : 4;
  let size = 0;
  for (let index = width; index > 0; index -= 1) size = size * 256 + bytes[at + index];
  return { size, next: at + 1 + width };
}

/** Where the outputs of the transaction at `start` begin: at their count. */
export function behindInputs(bytes: Uint8Array, start: number): number {
  const body = start + VERSION_BYTES;
  const inputs = sizeAt(bytes, bytes[body] === 0 ? body + MARKER_AND_FLAG_BYTES : body);
  let at = inputs.next;
  for (let left = inputs.size; left > 0; left -= 1) {
    const script = sizeAt(bytes, at + PREVOUT_BYTES);
    at = script.next + script.size + SEQUENCE_BYTES;
  }
  return at;
}

/** Reads the outputs of transaction `tx`. */
export function outputsOf(
  { bytes, transactionPlace }: Pick<BlockColumns, 'bytes' | 'transactionPlace'>,
  tx: number,
): OutputParts {
  const start = transactionPlace[tx];
  const count = sizeAt(bytes, behindInputs(bytes, start));
  const parts = {
    valueSat: new Array<number>(count.size),
    scriptPlace: new Array<number>(count.size),
    scriptLength: new Array<number>(count.size),
  };
  let at = count.next;
  for (let vout = 0; vout < count.size; vout += 1) {
    parts.valueSat[vout] = u32(bytes, at + 4) * TWO_32 + u32(bytes, at);
    const script = sizeAt(bytes, at + VALUE_BYTES);
    parts.scriptPlace[vout] = script.next;
    parts.scriptLength[vout] = script.size;
    at = script.next + script.size;
  }
  return { ...parts, span: { start, bodyEnd: at, end: transactionPlace[tx + 1] } };
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
