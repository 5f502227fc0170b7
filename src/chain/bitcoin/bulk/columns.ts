/**
 * One block as columns: what bulk work needs of it, in arrays of numbers, without an object for each transaction. Made by the plain parser here
 * (`parse-columns.ts`, the oracle and the fallback) and by the WebAssembly kernel, to the same bytes.
 *
 * Transactions, inputs and outputs are numbered in block order. The coinbase is transaction 0; its input spends nothing and is left out, so
 * input k of the columns is the k-th spend of the block, which is also the k-th entry of its undo record.
 */

/** Bits of `outputFlags`. */
export const COLUMN_UNSPENDABLE = 1;

/** Parts of the columns that cost something and are made on demand. */
export interface ColumnParts {
  /** Hash every transaction: `txids`. */
  readonly txids: boolean;
  /** Read the undo record: `inputValueSat` and `inputOwner`. */
  readonly undo: boolean;
}

/** A parsed block. Arrays may be longer than the counts say: they are reused for the next block. */
export interface BlockColumns {
  transactionCount: number;
  inputCount: number;
  outputCount: number;
  /** Header and transactions as serialised, without frame, in the clear. */
  bytes: Uint8Array;
  /** transactionCount + 1 offsets in `bytes`: where each transaction starts, and the end. */
  transactionPlace: Uint32Array;
  /** transactionCount + 1: first input and first output of each transaction, and the end. */
  firstInput: Uint32Array;
  firstOutput: Uint32Array;
  /** Offset in `bytes` of each input's prevout: 32 bytes txid in internal order, then 4 bytes vout. */
  inputPlace: Uint32Array;
  /** First 8 bytes of the spent txid in internal order, as two little-endian words each. */
  inputHead: Uint32Array;
  inputVout: Uint32Array;
  /** From the undo record; all 0 without it. Satoshi. */
  inputValueSat: Float64Array;
  /** Owner key of the spent output (see `owner-key.ts`), two words each; 0, 0 where there is none, and without undo. */
  inputOwner: Uint32Array;
  outputValueSat: Float64Array;
  outputOwner: Uint32Array;
  /** Offset in `bytes` and length of each output's script, two words each. */
  outputScript: Uint32Array;
  outputFlags: Uint8Array;
  /** 32 bytes each in internal order, where asked for. */
  txids: Uint8Array;
}

/** Columns without a block, for a parser to fill. */
export function emptyColumns(): BlockColumns {
  return {
    transactionCount: 0,
    inputCount: 0,
    outputCount: 0,
    bytes: new Uint8Array(0),
    transactionPlace: new Uint32Array(1),
    firstInput: new Uint32Array(1),
    firstOutput: new Uint32Array(1),
    inputPlace: new Uint32Array(0),
    inputHead: new Uint32Array(0),
    inputVout: new Uint32Array(0),
    inputValueSat: new Float64Array(0),
    inputOwner: new Uint32Array(0),
    outputValueSat: new Float64Array(0),
    outputOwner: new Uint32Array(0),
    outputScript: new Uint32Array(0),
    outputFlags: new Uint8Array(0),
    txids: new Uint8Array(0),
  };
}
