/**
 * LedgerView: the one read interface every engine works on. Two implementations (memory, SQLite) pass one test suite.
 * Numbers (`TxId`, `OutputId`, `AddressId`) are dense inside one view and mean nothing outside; text identities are for people.
 */
import type { Address, AddressId, BlockHash, Outpoint, OutputId, Satoshi, TxId, Txid } from './brand.ts';
import type { Proof, ScriptType } from './transaction.ts';

/** Best block of the facts in a view; `hash` is null where no source gave one. */
export interface Tip {
  readonly height: number;
  readonly hash: BlockHash | null;
}

/** Bits of `TxFrame.outputFlags`. */
export const OUTPUT_UNSPENDABLE = 1;
/** A source saw the output spent. */
export const OUTPUT_STATED_SPENT = 2;
/** A source saw the output unspent, none saw it spent. */
export const OUTPUT_STATED_UNSPENT = 4;

/** No such row: an input whose prevout is not in the view, a script without address, an output without known spender. */
export const NONE = -1;

/** Stands for the height of money that is in no block yet: newer than all. */
export const NEWEST = Number.MAX_SAFE_INTEGER;

/**
 * One transaction as numbers, for engines: what it spends, what it makes, and who spends that. All arrays of inputs have one length,
 * all arrays of outputs another. A fresh object each call, never written to afterwards.
 */
export interface TxFrame {
  tx: TxId;
  /** Place in the one total order (height, position in block, coinbase last in its block); parents always lower than children. */
  orderKey: number;
  /** Height, or NONE when no source placed the transaction. */
  height: number;
  coinbase: boolean;
  /** OutputId of each prevout, or NONE. */
  inputOutput: number[];
  /** Satoshi of each prevout, or NONE when no source gives it. */
  inputValueSat: number[];
  /** AddressId of each prevout, or NONE. */
  inputAddress: number[];
  /** Height at which each prevout was made, `NEWEST` where in no block, NONE where unknown; only where an engine asked for heights. */
  inputHeight?: number[];
  /** OutputId of vout 0; vout k has `firstOutput + k`. */
  firstOutput: OutputId;
  outputValueSat: number[];
  outputAddress: number[];
  outputFlags: number[];
  /** Spending transaction of each output, or NONE when the view holds none. */
  outputSpender: number[];
  /** Order key of that spender; 0 where there is none. */
  outputSpenderKey: number[];
}

/** The fees of one block, for rules that let fee taint flow into its coinbase. */
export interface BlockFees {
  readonly height: number;
  /** NONE when the view holds no coinbase of that height. */
  readonly coinbase: TxId | typeof NONE;
  readonly coinbaseOrderKey: number;
  /** Transactions of the block but the coinbase, in order, and the fee each paid in satoshi. */
  readonly transactions: readonly TxId[];
  readonly feesSat: readonly number[];
  /** New coins the block may make, in satoshi. */
  readonly subsidySat: number;
  /** Whether these are all transactions of the block and all fees are known. */
  readonly complete: boolean;
}

/** An output for people and for seeds. */
export interface ViewOutput {
  readonly output: OutputId;
  readonly outpoint: Outpoint;
  readonly tx: TxId;
  readonly vout: number;
  readonly valueSat: Satoshi;
  readonly address: Address | null;
  readonly scriptType: ScriptType | null;
  readonly flags: number;
}

/** An input for people. */
export interface ViewInput {
  readonly vin: number;
  /** `txid:vout` when known, else the source's own name of the prevout, else null. */
  readonly prevout: string | null;
  readonly output: OutputId | typeof NONE;
  readonly valueSat: Satoshi | null;
  readonly address: Address | null;
}

/** A transaction for people. */
export interface ViewTransaction {
  readonly tx: TxId;
  readonly txid: Txid;
  readonly orderKey: number;
  readonly height: number | null;
  readonly position: number | null;
  readonly blockHash: BlockHash | null;
  readonly timestampSec: number | null;
  /** When a source first saw it, seconds since epoch. */
  readonly seenSec: number | null;
  readonly coinbase: boolean;
  readonly proof: Proof;
  /** Inputs minus outputs; null when an input value is unknown or for a coinbase. */
  readonly feeSat: Satoshi | null;
  readonly inputs: readonly ViewInput[];
  readonly outputs: readonly ViewOutput[];
}

/** Read interface over recorded Bitcoin facts, synchronous. Asking for a number the view never gave out is a bug and throws a plain Error. */
export interface LedgerView {
  readonly chain: 'bitcoin';
  tip(): Tip;
  transactionCount(): number;
  /** Numbers of one transaction. */
  frame(tx: TxId): TxFrame;
  blockFees(height: number): BlockFees;
  transactionOf(output: OutputId): TxId;
  /** Transaction of the view that spends an output, or NONE. */
  spenderOf(output: OutputId): TxId | typeof NONE;
  /** Place of a transaction in the total order. */
  orderKeyOf(tx: TxId): number;
  transaction(tx: TxId): ViewTransaction;
  output(output: OutputId): ViewOutput;
  /** All transactions with this txid, in order; two early coinbase txids occur twice (src/taint/README.md). */
  findTransactions(id: Txid): readonly TxId[];
  findOutput(id: Txid, vout: number): OutputId | null;
  /** Outputs received by an address, in total order. */
  outputsOfAddress(address: Address): readonly OutputId[];
  findAddress(address: Address): AddressId | null;
  /** Every transaction in total order. */
  transactions(): Iterable<TxId>;
}
