/**
 * The normal form of facts of an account chain: every adapter yields it, the store keeps it. `null` always means "this source does not say": never zero,
 * never "none". A list that is stated and empty is `[]`.
 */
import type { Account, AccountHash, Asset } from './account-brand.ts';

/** Ether moved inside a transaction by a contract: a frame of its trace that neither failed nor lies in one that failed. */
export interface InternalMove {
  /** CALL, CREATE and CREATE2, SELFDESTRUCT; no other frame moves ether (a DELEGATECALL repeats the value of its parent). */
  readonly kind: 'call' | 'create' | 'selfdestruct';
  readonly from: Account;
  /** null: burned, by a contract that destroyed itself in favour of itself before EIP-6780. */
  readonly to: Account | null;
  readonly valueWei: bigint;
  /** Indexes of the frame down from the top call, joined by `_`: `0_1`. null where the source gives none. */
  readonly traceAddress: string | null;
  /** Place in the one walk over frames and logs together; null where the source does not interleave them. */
  readonly step: number | null;
}

/** A token moved. A mint has no `from`, a burn no `to` (the zero account, or an event that says so, as WETH's). */
export interface TokenMove {
  readonly asset: Asset;
  readonly from: Account | null;
  readonly to: Account | null;
  readonly amount: bigint;
  readonly logIndex: number | null;
  readonly step: number | null;
}

/** A log that says more than a transfer, decoded. Amounts are decimal text, accounts lower-case. */
export interface EventRecord {
  readonly emitter: Account;
  /** Protocol and event, for example `weth.deposit`, `tornado.withdrawal`, `uniswap-v2.swap`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly logIndex: number | null;
  readonly step: number | null;
}

/** One transaction of an account chain, as far as its sources say. */
export interface AccountTransactionRecord {
  /** null for a row of a table of transfers that names no transaction; such a row is known by `rowKey`. */
  readonly hash: AccountHash | null;
  /** Identity of a row without hash: stable for the same fact, for example `dune:<time>:<from>:<to>:<amount>:<n-th such row>`. */
  readonly rowKey: string | null;
  readonly blockNumber: number | null;
  readonly blockHash: AccountHash | null;
  readonly txIndex: number | null;
  readonly timestampSec: number | null;
  readonly from: Account | null;
  /** Called account; null for a creation (see `created`) or where unstated. */
  readonly to: Account | null;
  readonly created: Account | null;
  /** Value of the top call, moved only if the transaction did not fail. */
  readonly valueWei: bigint | null;
  /** false: it failed, and moved nothing but its fee. null before Byzantium, or unstated. */
  readonly succeeded: boolean | null;
  readonly nonce: number | null;
  readonly type: number | null;
  /** First four bytes of the input, `0x` and 8 hex digits; null where there is none or it is unstated. */
  readonly methodId: string | null;
  readonly gasPriceWei: bigint | null;
  /** All that the sender paid for gas and blobs. */
  readonly feeWei: bigint | null;
  /** The part of the fee that was burned: base fee and blob fee. 0 before London. */
  readonly burntWei: bigint | null;
  /** EIP-7702: accounts that took code in this transaction, kept even when it failed. */
  readonly delegated: readonly Account[] | null;
  readonly internal: readonly InternalMove[] | null;
  readonly tokens: readonly TokenMove[] | null;
  readonly events: readonly EventRecord[] | null;
  /**
   * Lists that name every move of the transaction (a trace of all frames, all logs of a receipt), not only those of one account or token: another source that
   * tells of one more is then wrong. Left out: not known to be whole. An empty list is whole by itself.
   */
  readonly whole?: ReadonlyArray<'internal' | 'tokens'>;
  /** Amounts that went through a float before they were recorded: good to about 16 digits, and marked wherever they are shown. */
  readonly approximate: boolean;
}

/** A transaction of which nothing is stated, for adapters and merges to fill. */
export const UNSTATED_TRANSACTION: AccountTransactionRecord = {
  hash: null,
  rowKey: null,
  blockNumber: null,
  blockHash: null,
  txIndex: null,
  timestampSec: null,
  from: null,
  to: null,
  created: null,
  valueWei: null,
  succeeded: null,
  nonce: null,
  type: null,
  methodId: null,
  gasPriceWei: null,
  feeWei: null,
  burntWei: null,
  delegated: null,
  internal: null,
  tokens: null,
  events: null,
  approximate: false,
};

/** A credit outside any transaction, at the end of its block. */
export interface BlockCredit {
  readonly kind: 'reward' | 'withdrawal';
  readonly to: Account;
  readonly amountWei: bigint;
}

/** One block of an account chain. */
export interface AccountBlockRecord {
  readonly hash: AccountHash;
  readonly number: number;
  readonly parentHash: AccountHash | null;
  readonly timestampSec: number | null;
  /** Who gets the tips. */
  readonly feeRecipient: Account | null;
  readonly baseFeeWei: bigint | null;
  readonly transactionCount: number | null;
  /** Withdrawals and static rewards; null where the source does not tell of them. */
  readonly credits: readonly BlockCredit[] | null;
}

/** A balance a source stated, after a block. */
export interface BalanceRecord {
  readonly account: Account;
  readonly asset: Asset;
  /** null: at an unstated time, the end of the data at the earliest. */
  readonly blockNumber: number | null;
  readonly amount: bigint;
}

/** What a token says of itself; a claim, as anybody's. */
export interface TokenRecord {
  readonly asset: Asset;
  readonly symbol: string | null;
  readonly name: string | null;
  readonly decimals: number | null;
}

/** What a source said of one account: whether it has code, and how far its lists of an account are whole. */
export interface AccountRecord {
  readonly account: Account;
  readonly isContract: boolean | null;
}
