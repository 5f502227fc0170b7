/** What the account engine answers. Amounts are base units as bigint. Labels are the caller's numbers, in ascending order. */
import type { AccountId, AccountTxId, AssetId, NONE } from '../../ledger/index.ts';
import type { AccountRuleName, FrameNote } from './request.ts';

/** Amount of a label, above zero. */
export type LabelAmount = readonly [label: number, amount: bigint];

/**
 * The book of one label in one asset under a conserving rule: `seeded + convertedIn = held + fee + stopped + cut + burned + unresolved + convertedOut`.
 * What a stated balance takes away from taint, and what the unknown order of a conversion hides, is `unresolved`: it went where the facts do not say.
 */
export interface AccountBook {
  readonly asset: AssetId;
  readonly label: number;
  seeded: bigint;
  convertedIn: bigint;
  held: bigint;
  fee: bigint;
  stopped: bigint;
  cut: bigint;
  burned: bigint;
  unresolved: bigint;
  convertedOut: bigint;
}

/** Where taint rests. */
export type AccountStatus = 'held' | 'stopped' | 'cut' | 'burned' | 'unresolved';

/**
 * Taint that rests on an account: `held` in its balance, `stopped` there, `cut` as it would have left, `burned` by it, or `unresolved`. Under poison the taint
 * is the balance (held) or all that was moved, and adds up to nothing.
 */
export interface AccountHolding {
  readonly account: AccountId;
  readonly asset: AssetId;
  /** Balance at the end of the facts. */
  readonly balance: bigint;
  readonly taint: readonly LabelAmount[];
  /** Fewest moves from a seed. */
  readonly hops: number;
  readonly status: AccountStatus;
  /**
   * The caller's reason (stopped); `max-hops`, `min-amount`, `until` (cut); `adjusted` (a stated balance took it away), `pass-through` (it lay on an account
   * between both ends of a conversion), `no-coverage` (unresolved); null where there is nothing to say.
   */
  readonly reason: string | null;
}

/** One arrival of taint. `effect` is the place of the effect in its frame, NONE for a conversion. */
export interface AccountStep {
  readonly kind: 'seed' | 'move' | 'income' | 'convert';
  readonly tx: AccountTxId | typeof NONE;
  readonly orderKey: number;
  readonly effect: number;
  /** Payer and what it paid; NONE where nobody's balance fell. `fromAsset` differs from `asset` in a conversion only. */
  readonly from: AccountId | typeof NONE;
  readonly fromAsset: AssetId;
  readonly to: AccountId;
  readonly asset: AssetId;
  /** All that arrived, and the taint in it. For a seed: what it filled. */
  readonly amount: bigint;
  readonly taint: readonly LabelAmount[];
  /** Taint of the same labels that lay there before, for shares on the way back. */
  readonly before: readonly LabelAmount[];
  /** Conversions: the taint that was sent out for it, in `fromAsset`; null for other steps. */
  readonly paid: readonly LabelAmount[] | null;
}

/** Places where a rule that keeps an order had to mix: how often, and how much taint lay there. */
export interface AccountCoarse {
  readonly account: AccountId;
  readonly asset: AssetId;
  /** The order inside the transaction is not known, or the balance had too many lots. */
  readonly reason: 'partial-order' | 'lot-limit';
  readonly count: number;
  readonly amount: bigint;
}

/** Answer of one rule. `holdings` by account, asset, status, reason; `steps` in order, empty unless the trail was kept. */
export interface AccountRuleResult {
  readonly rule: AccountRuleName;
  readonly conserves: boolean;
  /** By asset, then label; empty under poison. */
  readonly books: readonly AccountBook[];
  readonly holdings: readonly AccountHolding[];
  readonly steps: readonly AccountStep[];
  readonly coarse: readonly AccountCoarse[];
}

/** Least and most that the conserving rules of the run say of one place: a spread of conventions, not a bound. */
export interface AccountInterval {
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly status: AccountStatus;
  readonly reason: string | null;
  readonly label: number;
  readonly least: bigint;
  readonly most: bigint;
}

/** A hole met on the way. */
export type AccountGap =
  /** An account paid more than it had: it got something that the facts do not hold, which counts as clean. */
  | { readonly kind: 'unknown-history'; readonly account: AccountId; readonly asset: AssetId; readonly amount: bigint }
  /** A stated balance differed from the computed one by `amount`, stated less computed. */
  | {
      readonly kind: 'adjusted';
      readonly account: AccountId;
      readonly asset: AssetId;
      readonly orderKey: number;
      readonly amount: bigint;
    }
  /** The effects do not bear out a conversion the caller gave; it was left out. */
  | { readonly kind: 'conversion-refused'; readonly tx: AccountTxId | typeof NONE; readonly account: AccountId }
  /** A transaction that moves taint has a hole. */
  | { readonly kind: FrameNote; readonly tx: AccountTxId | typeof NONE };

/** What a seed did, the same under every rule that conserves: receipts and their full amount. Overlaps are in `AccountOverlap`. */
export interface AccountSeedCount {
  readonly asset: AssetId;
  readonly label: number;
  readonly receipts: number;
  readonly amount: bigint;
}

/** A seed on a receipt that brought taint of other labels already, under one rule; they keep it. */
export interface AccountOverlap {
  readonly rule: AccountRuleName;
  readonly tx: AccountTxId | typeof NONE;
  readonly orderKey: number;
  readonly effect: number;
  readonly label: number;
  readonly amount: bigint;
  readonly kept: readonly LabelAmount[];
}

/** Answer of one run. */
export interface AccountTaintResult {
  readonly rules: readonly AccountRuleResult[];
  readonly intervals: readonly AccountInterval[];
  readonly seeded: readonly AccountSeedCount[];
  readonly overlaps: readonly AccountOverlap[];
  /** Seeds (places in the list) that named no receipt of the facts. */
  readonly unmatchedSeeds: readonly number[];
  readonly gaps: readonly AccountGap[];
  /** Effects read, and frames that moved taint under any rule. */
  readonly effectsRead: number;
  readonly framesTainted: number;
}
