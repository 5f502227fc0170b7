/** The one signature of every taint rule. A rule divides what enters a transaction; it knows no ledger, no limits, no stops. */

/**
 * Taint on one output under one rule, as flat pairs of integers; the meaning of the pairs is the rule's own.
 * Labels are numbered from 1; 0 is clean. `null` in place of a state means fully clean, so that clean outputs cost nothing.
 */
export type TaintState = readonly number[];

/** What enters a transaction and where it can go. Arrays of inputs have one length, `outputValueSat` another; satoshi integers. */
export interface Division {
  readonly inputState: ReadonlyArray<TaintState | null>;
  readonly inputValueSat: readonly number[];
  readonly outputValueSat: readonly number[];
  /** The inputs are fees and subsidy; what the outputs do not take is unclaimed, not a fee. */
  readonly coinbase?: boolean;
  /** Height of the block that made each output spent, for rules that ask; absent in a coinbase, whose fees are all of its own block. */
  readonly inputHeight?: readonly number[];
}

/** A place for a state each, all clean yet. Lists have the size they need: millions are kept, and one that grew keeps room for many more. */
export function allClean<State extends TaintState>(count: number): Array<State | null> {
  const states = new Array<State | null>(count);
  for (let place = 0; place < count; place += 1) states[place] = null;
  return states;
}

/** States of the outputs and of the rest (fee of a transaction, unclaimed part of a coinbase). */
export interface Divided {
  readonly outputs: ReadonlyArray<TaintState | null>;
  readonly rest: TaintState | null;
  /** Taint that rounding left over and the rest has no room for; it is booked with the rest and goes nowhere. */
  readonly overflow?: TaintState | null;
}

/** What a seed did to an output. */
export interface Seeded {
  readonly state: TaintState | null;
  /** Satoshi that got the label by it. */
  readonly filledSat: number;
  /** The same in the units of the rule, where those are finer than a satoshi. */
  readonly filledUnits?: bigint;
  /** Taint of other labels that had to go, for rules whose seeds take their output in full. */
  readonly displaced?: TaintState | null;
}

/** `lengthSat` satoshi of input `vin`, from its satoshi `start` on, that lie from satoshi `at` on where they went; labels from 1, 0 clean. */
export interface Piece {
  readonly vin: number;
  readonly start: number;
  readonly lengthSat: number;
  readonly at: number;
  readonly label: number;
  /** The last satoshi of the input came first. */
  readonly turned: boolean;
}

/** Where the satoshi of outputs and rest came from, in the order in which they lie there. */
export interface Pieces {
  readonly outputs: ReadonlyArray<readonly Piece[]>;
  readonly rest: readonly Piece[];
}

/** A rule of law or of the literature that says which part of what goes in comes out where. */
export interface TaintRule {
  readonly name: string;
  /** Whether taint in equals taint out plus rest; poison does not conserve. */
  readonly conserves: boolean;
  /**
   * For rules that follow pure taint only: where it ends at a transaction that leaves any output with a clean part. `after` keeps that transaction
   * as the last, `before` drops it. Absent for rules that follow mixed taint.
   */
  readonly boundary?: 'before' | 'after';
  /** The rule follows addresses and not outputs: address-taint.ts has it, no transaction is divided. */
  readonly overAddresses?: true;
  /** The rule asks for `Division.inputHeight`. */
  readonly needsHeights?: true;
  /** Units in a satoshi, for rules that count in finer ones; then `units` gives amounts per label in them, and `amounts` rounds down. */
  readonly unitsPerSat?: bigint;
  units?(state: TaintState): ReadonlyArray<readonly [label: number, units: bigint]>;
  /** States are runs of satoshi in order, whose number can grow: `maxSegments` bears on them. */
  readonly runs?: true;
  /** How value can be handed back whatever its taint (walk-back.ts); absent where the division hangs on the taint itself. */
  readonly backward?: 'ranges' | 'shares' | 'ancestors';
  /** The sum over all labels on each output depends on the sum over all labels of what enters alone, and grows with it. */
  readonly total?: true;
  divide(division: Division): Divided;
  /** The same division satoshi by satoshi; absent for rules that know amounts only. Clean pieces are left out where their place hangs on the taint. */
  pieces?(division: Division): Pieces;
  /** Runs of a state as (label, start, length), where states are not runs (label, length) one after the other; only for rules with `pieces`. */
  ranges?(state: TaintState): Array<readonly [label: number, start: number, lengthSat: number]>;
  /** Whether the rule follows no taint into this transaction; absent for rules that follow all. */
  declines?(division: Division): boolean;
  /**
   * State of an output of `valueSat` once `label` is seeded on it. Taint that is there already stays (first wins) and the label
   * fills the clean part; `filledSat` is how much that was. A seed that changes nothing gives `existing` back itself.
   */
  seed(existing: TaintState | null, valueSat: number, label: number): Seeded;
  /** The state with every label but these made clean; null when nothing is left. */
  only(state: TaintState, labels: ReadonlySet<number>): TaintState | null;
  /** Labels on the state, ascending; also those without an amount (a zero-value output under poison). */
  labels(state: TaintState): number[];
  /** Satoshi per label, ascending labels, amounts above zero. For poison the output's full value per label. */
  amounts(state: TaintState, valueSat: number): Array<[label: number, valueSat: number]>;
}
