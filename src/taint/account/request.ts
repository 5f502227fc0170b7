/** What the account engine is told. Amounts are base units of an asset (wei, token units) as bigint; keys are places in the view's one total order. */
import type { AccountConversion, AccountFrame, AccountId, AccountTxId, AssetId } from '../../ledger/index.ts';

/** Rules over accounts. All but poison conserve. */
export const ACCOUNT_RULES = ['haircut', 'fifo', 'lifo', 'taint-first', 'clean-first', 'poison'] as const;
/** One of `ACCOUNT_RULES`. */
export type AccountRuleName = (typeof ACCOUNT_RULES)[number];

/**
 * What a seed names: one receipt, or every receipt of an account between two keys, both included. A receipt is an effect of the frame that makes the balance
 * of another than its payer grow; a correction of a balance is none, and nor is what the account took in for what it sent out (a conversion).
 */
export type AccountSeedSelect =
  | { readonly kind: 'effect'; readonly tx: AccountTxId; readonly effect: number }
  | {
      readonly kind: 'range';
      readonly account: AccountId;
      /** null: every asset. */
      readonly asset: AssetId | null;
      readonly fromKey: number;
      readonly toKey: number;
    };

/** Receipts that are fully tainted with a label, from 0. What arrives with other labels keeps them. On one receipt the earlier seed of the list wins. */
export interface AccountSeed {
  readonly label: number;
  readonly select: AccountSeedSelect;
}

/** What an account held before its first effect in the view. It is clean, and the first out under FIFO. */
export interface AccountPrior {
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly amount: bigint;
  /** `stated` by a source, or `inferred`: the least that keeps the running balance from falling below zero. */
  readonly basis: 'stated' | 'inferred';
}

/** Limits a user sets; what they stop is `cut`, at the account that it would have left. */
export interface AccountLimits {
  /** Moves from a seed; null: no limit. A conversion is not a move. */
  readonly maxHops: number | null;
  /** Least taint of a label, by asset, that is followed when it moves; absent: no limit. */
  readonly minAmount: ReadonlyMap<AssetId, bigint>;
  /** What moves after this key is not followed; null: no limit. */
  readonly untilKey: number | null;
  /** Lots that one balance may hold under FIFO and LIFO; with more as taint arrives it becomes one mixed lot. null: no limit. */
  readonly maxLots: number | null;
}

/** Conventions on which tools differ. */
export interface AccountConventions {
  /** Whether the fee leaves before or after what the transaction moves. */
  readonly gas: 'first' | 'last';
  /** Income of fee recipients: clean, or with the taint of the fee it is a part of. */
  readonly feeIncome: 'clean' | 'follow';
  /** Balances that sources stated, where they differ from the computed ones: corrected there, or left alone. */
  readonly statedBalances: 'adjust' | 'ignore';
}

/** Conventions used when the user names none. */
export const DEFAULT_ACCOUNT_CONVENTIONS: AccountConventions = {
  gas: 'first',
  feeIncome: 'clean',
  statedBalances: 'adjust',
};

/** Hole in the facts of a transaction, told by the caller: see `AccountTaintRequest.notesOf`. */
export type FrameNote = 'approximate-amount' | 'internal-missing' | 'tokens-missing' | 'fee-missing' | 'status-missing';

/** Everything the engine is told besides facts. */
export interface AccountTaintRequest {
  readonly rules: readonly AccountRuleName[];
  readonly labelCount: number;
  readonly seeds: readonly AccountSeed[];
  readonly priors: readonly AccountPrior[];
  readonly limits: AccountLimits;
  readonly conventions: AccountConventions;
  /** Why taint goes no further than this account (exchange, mixer, bridge ...); null: it goes on. Asked once for each account that taint reaches. */
  readonly stopAt: (account: AccountId) => string | null;
  /** Conversions in a frame; the engine believes them as far as the effects bear them out. */
  readonly conversionsOf: (frame: AccountFrame) => readonly AccountConversion[];
  /** Whether the view holds all of the account's history in an asset; taint that rests where it does not is `unresolved`. Absent: everywhere. */
  readonly isCovered?: (account: AccountId, asset: AssetId) => boolean;
  /** Holes in the facts of a frame; asked of frames that move taint. Absent: none. */
  readonly notesOf?: (frame: AccountFrame) => readonly FrameNote[];
  /** Keep every tainted inflow, for `accountWhy`. */
  readonly keepTrail: boolean;
}
