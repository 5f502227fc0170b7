/** The one signature of every rule over accounts: which part of a balance leaves with a payment. A rule knows no ledger, no stops, no limits. */
import type { Lot } from './lot.ts';
import type { Division } from './proportion.ts';
import type { AccountRuleName } from './request.ts';

/** Taint in the balance of one account in one asset. A balance without taint has no state at all. */
export interface BalanceState {
  /** Taint per label; under poison 1 for labels that the balance has met. */
  readonly held: bigint[];
  /** Fewest moves from a seed per label; means nothing where the label is not held. */
  readonly hops: number[];
  /** The balance as lots, oldest first, from place `head` on; empty under rules that keep amounts only. */
  lots: Lot[];
  head: number;
}

/** A rule. `take` and `put` keep `held` and the lots; the balance itself is the caller's. */
export interface AccountRule {
  readonly name: AccountRuleName;
  readonly conserves: boolean;
  /** The rule looks at the order in which effects happen inside a transaction beyond sums: it gives way where that is not known. */
  readonly ordered: boolean;
  /** For rules that keep amounts only: the taint that goes along, of which `take` is made. null: the rule keeps lots. */
  readonly divide: ((amount: bigint, held: readonly bigint[], balance: bigint) => bigint[]) | null;
  /** For rules that keep amounts only: the same for one label, without bigints; null where a label goes along whole, and for rules that keep lots. */
  readonly share: ((division: Division) => void) | null;
  /** The state of a balance that was clean so far. */
  open(balance: bigint, labelCount: number): BalanceState;
  /** Takes `amount` out of a balance; needs amount <= balance. */
  take(state: BalanceState, amount: bigint, balance: bigint): Lot[];
  /** The same by haircut, whatever the rule: where the order of the payments is not known. */
  takeMixed(state: BalanceState, amount: bigint, balance: bigint): Lot[];
  /** Adds to a balance what `take` gave elsewhere, or clean lots. */
  put(state: BalanceState, lots: readonly Lot[]): void;
  /** Makes the balance smaller, all of its parts alike, and says what taint is gone; places are kept. Needs amount <= balance. */
  shrink(state: BalanceState, amount: bigint, balance: bigint): bigint[];
  /** Forgets the places of the lots. */
  mix(state: BalanceState): void;
  /** Puts clean units under everything else, as a prior balance that is noticed late. */
  putUnder(state: BalanceState, amount: bigint): void;
  /** Lots whose clean part became the label's. */
  fill(lots: readonly Lot[], label: number, labelCount: number): Lot[];
  /** The same lots worth another amount, of another asset. */
  scale(lots: readonly Lot[], amount: bigint): Lot[];
}

/** A state without lots. */
export function emptyState(labelCount: number): BalanceState {
  return {
    held: new Array<bigint>(labelCount).fill(0n),
    hops: new Array<number>(labelCount).fill(0),
    lots: [],
    head: 0,
  };
}
