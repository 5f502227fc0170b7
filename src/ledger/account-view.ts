/**
 * AccountView: the one read interface over facts of an account chain. Two implementations (memory, SQLite) pass one test suite. Numbers are dense inside one
 * view and mean nothing outside.
 */
import type { Account, AccountHash, Asset } from './account-brand.ts';
import type { EffectKind, OrderKnowledge, TransactionEffects } from './account-effect.ts';
import type { AccountId, AccountTxId, AssetId } from './account-number.ts';
import type { AccountTransactionRecord } from './account-transaction.ts';
import type { NONE } from './view.ts';

/** One effect as numbers. `from` or `to` is NONE outside of the accounts: fees, burns, mints, rewards. */
export interface EffectFrame {
  readonly kind: EffectKind;
  readonly asset: AssetId;
  readonly from: AccountId | typeof NONE;
  readonly to: AccountId | typeof NONE;
  readonly amount: bigint;
}

/** A hole in the facts of a transaction: what no source told of, or amounts that came through floats. */
export type FrameHole = TransactionEffects['missing'][number] | 'approximate';

/** The holes of a transaction as a frame carries them. */
export function frameHoles(
  { approximate }: Pick<AccountTransactionRecord, 'approximate'>,
  { missing }: TransactionEffects,
): Pick<AccountFrame, 'holes'> {
  const holes: FrameHole[] = approximate ? ['approximate', ...missing] : [...missing];
  return holes.length === 0 ? {} : { holes };
}

/** The effects of one transaction, or of the end of one block (`tx` NONE), in order. */
export interface AccountFrame {
  readonly tx: AccountTxId | typeof NONE;
  /** Place in the one total order; grows by frame. */
  readonly orderKey: number;
  /** NONE for a row without a block. */
  readonly blockNumber: number;
  readonly timestampSec: number | null;
  readonly order: OrderKnowledge;
  /** true where no source tells the place among the other transactions of the block, or the block: it then follows those whose place is known. */
  readonly unplaced?: boolean;
  readonly sender: AccountId | typeof NONE;
  readonly effects: readonly EffectFrame[];
  /** What the facts of the transaction lack; absent where they lack nothing. */
  readonly holes?: readonly FrameHole[];
}

/**
 * Value of one account that changed its asset inside one transaction: wrapped 1:1, or swapped (exactly one allow-listed asset of the account down, one up).
 * The taint of what went out goes on in what came in, in proportion; accounts between are passed through.
 */
export interface AccountConversion {
  /** Whose `outAsset` fell. */
  readonly account: AccountId;
  /** Whose `inAsset` grew: the same account, but where a pool paid another for it. */
  readonly recipient: AccountId;
  readonly kind: 'wrap' | 'unwrap' | 'swap';
  readonly outAsset: AssetId;
  readonly outAmount: bigint;
  readonly inAsset: AssetId;
  readonly inAmount: bigint;
  /** Protocol whose event confirms it, or null. */
  readonly protocol: string | null;
}

/** A balance a source stated, as numbers; `orderKey` is after the last frame of its block (infinity where the block is unstated). */
export interface BalanceFrame {
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly blockNumber: number | null;
  readonly orderKey: number;
  readonly amount: bigint;
}

/** An account for people. */
export interface ViewAccount {
  readonly account: Account;
  readonly isContract: boolean | null;
}

/** An asset for people. */
export interface ViewAsset {
  readonly asset: Asset;
  readonly symbol: string | null;
  readonly name: string | null;
  readonly decimals: number | null;
}

/** Read interface over recorded facts of an account chain, synchronous. Asking for a number the view never gave out is a bug and throws a plain Error. */
export interface AccountView {
  readonly chain: 'ethereum';
  readonly chainId: number;
  tip(): { readonly height: number; readonly hash: AccountHash | null };
  transactionCount(): number;
  accountCount(): number;
  assetCount(): number;
  /** Every frame in total order. */
  frames(): Iterable<AccountFrame>;
  frame(tx: AccountTxId): AccountFrame;
  account(id: AccountId): ViewAccount;
  asset(id: AssetId): ViewAsset;
  transaction(tx: AccountTxId): AccountTransactionRecord;
  findAccount(account: Account): AccountId | null;
  findAsset(asset: Asset): AssetId | null;
  findTransaction(hash: AccountHash): AccountTxId | null;
  /** Transactions with an effect on an account, in total order. */
  transactionsOfAccount(id: AccountId): readonly AccountTxId[];
  /** Balances that sources stated, by order key, then account, then asset. */
  balances(): Iterable<BalanceFrame>;
}
