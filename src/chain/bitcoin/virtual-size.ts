/**
 * Claim:      the virtual size of a transaction by the lengths of its parts.
 * Source:     BIP141: weight is three times the size without witness plus the size with it; a virtual byte is four
 *             units of weight, rounded up.
 * Parameters: none.
 * Cost:       linear in inputs and outputs.
 * Fails when: a part is not known; the caller asks only when all are.
 */
import { compactSizeBytes } from './txid.ts';

/** Lengths in bytes of the parts of one input. */
export interface InputLengths {
  readonly scriptSig: number;
  /** Length of each witness item; none for an input without witness. */
  readonly witness: readonly number[];
}

/** Version and lock time. */
const HEAD_AND_TAIL_BYTES = 8;
/** Txid, vout and sequence. */
const INPUT_BYTES = 40;
const AMOUNT_BYTES = 8;
const MARKER_AND_FLAG_BYTES = 2;
const WITNESS_SCALE = 4;

function withLength(length: number): number {
  return compactSizeBytes(length) + length;
}

/** Virtual bytes of a transaction with these inputs and output scripts. */
export function virtualSizeVb(inputs: readonly InputLengths[], outputScripts: readonly number[]): number {
  let base = HEAD_AND_TAIL_BYTES + compactSizeBytes(inputs.length) + compactSizeBytes(outputScripts.length);
  for (const { scriptSig } of inputs) base += INPUT_BYTES + withLength(scriptSig);
  for (const script of outputScripts) base += AMOUNT_BYTES + withLength(script);
  if (inputs.every(({ witness }) => witness.length === 0)) return base;
  let extra = MARKER_AND_FLAG_BYTES;
  for (const { witness } of inputs) {
    extra += compactSizeBytes(witness.length);
    for (const item of witness) extra += withLength(item);
  }
  return Math.ceil((WITNESS_SCALE * base + extra) / WITNESS_SCALE);
}
