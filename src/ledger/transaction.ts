/**
 * The normal form of Bitcoin facts: every adapter yields it, the store keeps it, `case export` writes it.
 * `null` always means "this source does not say", never zero and never "none".
 */
import type { Address, BlockHash, Satoshi, Txid } from './brand.ts';

/** Script types of the field. `op_return` and `nonstandard` have no address; `p2pk` and `multisig` have none either. */
export type ScriptType =
  | 'p2pk'
  | 'p2pkh'
  | 'p2sh'
  | 'p2wpkh'
  | 'p2wsh'
  | 'p2tr'
  | 'p2a'
  | 'witness_unknown'
  | 'multisig'
  | 'op_return'
  | 'nonstandard';

/** Networks with their own address prefixes. */
export type Network = 'mainnet' | 'testnet' | 'signet' | 'regtest';

/** One input as a source tells it. Hex is lower case. */
export interface InputRecord {
  /** Transaction whose output is spent. `null` when the source names it in its own way only (see `prevAlias`). */
  prevTxid: Txid | null;
  prevVout: number | null;
  /** The source's own name of the spent transaction, for example `blockchain.info:273801272`; several are separated by a space. */
  prevAlias: string | null;
  /** Value of the spent output. */
  valueSat: Satoshi | null;
  /** scriptPubKey of the spent output, hex. */
  prevScript: string | null;
  prevAddress: Address | null;
  scriptSig: string | null;
  sequence: number | null;
  /** Witness items, hex. `[]` is a stated empty witness; `null` is unstated. */
  witness: string[] | null;
}

/** One output as a source tells it; its vout is its place in the list. */
export interface OutputRecord {
  valueSat: Satoshi;
  scriptPubKey: string | null;
  address: Address | null;
  /** Whether the source had seen it spent when it was recorded. */
  spent: boolean | null;
  spenderTxid: Txid | null;
}

/** Where a transaction sits in the chain, as far as its source says. */
export interface Placement {
  height: number | null;
  blockHash: BlockHash | null;
  /** Index in its block; the coinbase is 0. */
  position: number | null;
  /** Time of its block, seconds since epoch. */
  timestampSec: number | null;
}

/** One confirmed transaction in normal form. */
export interface TransactionRecord extends Placement {
  txid: Txid;
  version: number | null;
  lockTime: number | null;
  coinbase: boolean;
  inputs: InputRecord[];
  outputs: OutputRecord[];
  /** Fee as the source states it; checked against inputs minus outputs where both are known. */
  feeSat: Satoshi | null;
  /** When the source first saw it on the network, seconds since epoch; explorers that give this often give no block time. */
  seenSec: number | null;
  /** The source's own name of this transaction, for example `blockchain.info:273802319`; several are separated by a space. */
  alias: string | null;
}

/** A statement that an output is spent by a transaction in a block. */
export interface SpendRecord {
  txid: Txid;
  vout: number;
  spenderTxid: Txid;
}

/** One block header in normal form. */
export interface BlockRecord {
  hash: BlockHash;
  height: number | null;
  prevHash: BlockHash | null;
  merkleRoot: string | null;
  timestampSec: number | null;
  transactionCount: number | null;
}

/** How far a transaction is proven: its bytes hash to its txid, or a source says so. */
export type Proof = 'verified' | 'asserted';

/** Script type with the address, if it has one. */
export interface ScriptClass {
  type: ScriptType;
  address: Address | null;
}

/** An input as bytes. Txids are in display order. */
export interface RawInput {
  readonly prevTxid: Buffer;
  readonly prevVout: number;
  readonly scriptSig: Buffer;
  readonly sequence: number;
  /** Items in hex, each ended by a comma: an empty item and no item stay apart. */
  readonly witness: string;
  /** The spent output, where its source says; null where not. */
  readonly spent: RawOutput | null;
}

/** An output as bytes; satoshi. */
export interface RawOutput {
  readonly valueSat: number;
  readonly script: Buffer;
}

/** A transaction as bytes, for loads in bulk. The one input of a coinbase says nothing of what it spends. */
export interface RawTransaction {
  readonly txid: Buffer;
  readonly version: number;
  readonly lockTime: number;
  readonly inputs: readonly RawInput[];
  readonly outputs: readonly RawOutput[];
}
