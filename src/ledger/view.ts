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

/**
 * One transaction as numbers, for engines. A view may hand out the same object again and again: it is valid until the next
 * call of `frame`, and a reader copies what it keeps. Arrays may be longer than the counts.
 */
export interface TxFrame {
  tx: TxId;
  /** Place in the one total order (height, position in block, coinbase last in its block); parents always lower than children. */
  orderKey: number;
  /** Height, or NONE when no source placed the transaction. */
  height: number;
  coinbase: boolean;
  inputCount: number;
  /** OutputId of each prevout, or NONE. */
  inputOutput: number[];
  /** Satoshi of each prevout, or NONE when no source gives it. */
  inputValueSat: number[];
  /** AddressId of each prevout, or NONE. */
  inputAddress: number[];
  outputCount: number;
  /** OutputId of vout 0; vout k has `firstOutput + k`. */
  firstOutput: OutputId;
  outputValueSat: number[];
  outputAddress: number[];
  outputFlags: number[];
}

/** Spending transaction of an output inside the view. `tx` is NONE when the view holds none. */
export interface SpenderFact {
  readonly tx: TxId | typeof NONE;
  readonly orderKey: number;
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
  readonly coinbase: boolean;
  readonly proof: Proof;
  /** Inputs minus outputs; null when an input value is unknown or for a coinbase. */
  readonly feeSat: Satoshi | null;
  readonly inputs: readonly ViewInput[];
  readonly outputs: readonly ViewOutput[];
}

/** Read interface over recorded Bitcoin facts. Synchronous; throws nothing but LEDGER_INVALID and IO of the implementation. */
export interface LedgerView {
  readonly chain: 'bitcoin';
  tip(): Tip;
  transactionCount(): number;
  /** Numbers of one transaction. The object may be reused by the next call. */
  frame(tx: TxId): TxFrame;
  spenderOf(output: OutputId): SpenderFact;
  transactionOf(output: OutputId): TxId;
  transaction(tx: TxId): ViewTransaction;
  output(output: OutputId): ViewOutput;
  /** All transactions with this txid, in order; two early coinbase txids occur twice (methods 1.0). */
  findTransactions(id: Txid): readonly TxId[];
  findOutput(id: Txid, vout: number): OutputId | null;
  /** Outputs received by an address, in total order. */
  outputsOfAddress(address: Address): readonly OutputId[];
  findAddress(address: Address): AddressId | null;
  /** Every transaction in total order. */
  transactions(): Iterable<TxId>;
  /** Transactions of one block in total order (coinbase last), and whether a source vouches that these are all of them. */
  block(height: number): { readonly transactions: readonly TxId[]; readonly complete: boolean };
}
