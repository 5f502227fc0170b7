/**
 * Claim:      what an output can hold of each label when some inputs have no history: a state that is known, or bounds that hold whatever the missing
 *             data would say; dividing wider states gives wider states.
 * Source:     src/taint/README.md, unknown history. Order rules whose order knows no taint carry unknown satoshi as a label of their own, exactly. Other
 *             rules: known in, known out by the rule itself; else the envelope of bounds.ts, tightened for haircut (an output is off its exact share by
 *             less than the place of the label) and for rules whose sum over all labels grows with what enters (TIHO, seniority, inout T and C).
 * Parameters: the rule; labels; what was ever seeded of each.
 * Cost:       that of the rule, or of the envelope.
 * Fails when: a rule claims `backward: ranges`, `shares` or `total` without being it: `test/taint/unknown.test.ts` holds all of them to the law.
 *
 * Why wider in gives wider out: a known state is a point; the rule's own answer at a point lies inside what the bounds give for any interval around it,
 * because each bound grows (or falls) with the ends it is made of; and an unknown satoshi stays unknown wherever it goes.
 */
import { mulDiv, type QuotientRemainder, type TxFrame } from '../ledger/index.ts';
import { BOUND_ENTRY, boundsOf, divideBounds, seedBounds } from './bounds.ts';
import type { Division, TaintRule, TaintState } from './rule.ts';
import { holdsClean } from './rule-visit.ts';
import { divideOrdered } from './unknown-order.ts';

/** Taint of an output as far as it is known; null in place of it is clean. `bounds` are entries of bounds.ts. */
export type UnknownState = { readonly known: TaintState; readonly frozen?: true } | { readonly bounds: TaintState };

/** What enters a transaction and where it can go, values all known. */
export interface UnknownDivision {
  readonly inputState: ReadonlyArray<UnknownState | null>;
  readonly inputValueSat: readonly number[];
  readonly outputValueSat: readonly number[];
  readonly coinbase?: boolean;
}

/** States of outputs and rest. */
export interface UnknownDivided {
  readonly outputs: ReadonlyArray<UnknownState | null>;
  readonly rest: UnknownState | null;
}

/** Least and most of each mark on each output of a coinjoin over all its mappings; a mark has the marked satoshi of each input. */
export type BoundsOverMappings = (
  marksSat: ReadonlyArray<readonly number[]>,
) => ReadonlyArray<ReadonlyArray<{ readonly leastSat: number; readonly mostSat: number }>>;

/** Coinjoins that taint goes through. */
export interface CoinjoinBounds {
  isMix(frame: TxFrame): boolean;
  /** Least and most of each mark on each output over all mappings (`boundsOverMappings` of the pattern room, or anything wider). */
  boundsOver(frame: TxFrame, ...marksSat: Parameters<BoundsOverMappings>): ReturnType<BoundsOverMappings>;
}

/** The states of one rule. Labels count from 1; one above the last is the mark of unknown satoshi under order rules. */
export class UnknownStates {
  private readonly rule: TaintRule;
  private readonly labelCount: number;
  /** Satoshi of all seeds by label; 0 is all labels together. */
  private readonly caps: readonly number[];
  private readonly exact: boolean;
  private readonly unknownLabel: number;
  private readonly carries: boolean;

  /** `carries`: bounds come out of coinjoins, so that what is open is bounds too and no label of its own. */
  constructor(rule: TaintRule, seededSat: readonly number[], carries: boolean) {
    this.carries = carries;
    this.rule = rule;
    this.labelCount = seededSat.length;
    this.caps = [seededSat.reduce((sum, valueSat) => sum + valueSat, 0), ...seededSat];
    this.exact = rule.boundary === undefined && rule.backward === 'ranges';
    this.unknownLabel = this.labelCount + 1;
  }

  /** A place of which nothing is known but that these labels (from 1) may lie there. */
  open(valueSat: number, labels: readonly number[]): UnknownState | null {
    if (valueSat === 0 || labels.length === 0) return null;
    if (this.exact && !this.carries) return { known: [this.unknownLabel, valueSat] };
    const entries = labels.flatMap((label) => [label, 0, Math.min(valueSat, this.caps[label]), 0, 0]);
    return { bounds: [0, 0, Math.min(valueSat, this.caps[0]), 0, 0, ...entries] };
  }

  /** The same with nothing sure any more: it may have stopped before. */
  doubted(state: UnknownState, valueSat: number): UnknownState | null {
    if (this.exact && 'known' in state) {
      return { known: state.known.map((part, at) => (at % 2 === 0 && part !== 0 ? this.unknownLabel : part)) };
    }
    return this.settled({ bounds: withoutLower(this.asBounds(state, valueSat)) }, valueSat);
  }

  /** Lower and upper end in satoshi of a label (from 1). */
  ends(state: UnknownState | null, label: number): { lowerSat: number; upperSat: number } {
    if (state === null) return { lowerSat: 0, upperSat: 0 };
    if ('bounds' in state) return boundsOf(state.bounds, label);
    const amounts = new Map(this.rule.amounts(state.known, 0));
    const lowerSat = amounts.get(label) ?? 0;
    return { lowerSat, upperSat: lowerSat + (amounts.get(this.unknownLabel) ?? 0) };
  }

  /** A seed of a label (from 1) on an output. With one label alone unknown satoshi are the label's after it, whatever they were. */
  seed(state: UnknownState | null, valueSat: number, label: number): UnknownState | null {
    if (state !== null && 'bounds' in state)
      return this.settled({ bounds: seedBounds(state.bounds, valueSat, label).state ?? [] }, valueSat);
    const alone = this.exact && this.labelCount === 1;
    const before = (alone && state !== null ? this.rule.only(state.known, new Set([label])) : state?.known) ?? null;
    const seeded = this.rule.seed(before, valueSat, label).state;
    if (state !== null && seeded === state.known) return state;
    return seeded === null ? null : { known: seeded };
  }

  /** Through one transaction. Frozen inputs must have been left out. */
  divide(division: UnknownDivision): UnknownDivided {
    const states = division.inputState;
    const plain = states.map((state) => (state === null ? null : 'known' in state ? state.known : undefined));
    const known = plain.filter((state) => state !== undefined);
    if (known.length === states.length) return this.divideKnown({ ...division, inputState: known });
    if (!this.exact) return this.divideBounded(division);
    const { outputs, rest } = divideOrdered(this.rule, states, division, this.caps);
    const values = division.outputValueSat;
    const settled = (state: UnknownState | null, valueSat: number): UnknownState | null =>
      state === null || 'known' in state ? state : this.settled(state, valueSat);
    return {
      outputs: outputs.map((state, vout) => settled(state, values[vout])),
      rest: settled(rest, sum(division.inputValueSat) - sum(values)),
    };
  }

  /**
   * Through a coinjoin of which bounds over all mappings are asked: its lower ends from the least that each input holds, its upper ends from the most,
   * since both grow with what enters. The fee has what every division leaves it. A rule that ends at mixing may have ended on the inputs.
   */
  throughMix(division: UnknownDivision, boundsOver: BoundsOverMappings): UnknownDivided {
    const { inputValueSat, outputValueSat } = division;
    const inputState = division.inputState.map((state, vin) =>
      state === null ? null : this.asBounds(state, inputValueSat[vin]),
    );
    const whole = divideBounds({ inputState, inputValueSat, outputValueSat }, this.caps);
    const present = [...this.caps.keys()].filter((label) =>
      inputState.some((state) => boundsOf(state, label).upperSat > 0),
    );
    const marks = present.flatMap((label) => {
      const ends = inputState.map((state) => boundsOf(state, label));
      return [ends.map(({ lowerSat }) => lowerSat), ends.map(({ upperSat }) => upperSat)];
    });
    const found = boundsOver(marks);
    const outputs = outputValueSat.map((valueSat, vout): UnknownState | null => {
      const entries = present.flatMap((label, at) => {
        const { lowerSat, upperSat } = boundsOf(whole.outputs[vout], label);
        const leastSat = Math.max(lowerSat, found[2 * at][vout].leastSat);
        const mostSat = Math.min(upperSat, found[2 * at + 1][vout].mostSat);
        return [label, leastSat, mostSat, 0, 0];
      });
      return this.mixed(entries, valueSat);
    });
    return { outputs, rest: this.mixed(whole.rest, sum(inputValueSat) - sum(outputValueSat)) };
  }

  private mixed(bounds: TaintState | null, valueSat: number): UnknownState | null {
    if (bounds === null) return null;
    return this.settled({ bounds: this.rule.boundary === undefined ? bounds : withoutLower(bounds) }, valueSat);
  }

  private divideKnown(division: Division): UnknownDivided {
    const { outputs, rest } = this.rule.divide(division);
    const mixed = this.rule.boundary !== undefined && holdsClean(outputs, division.outputValueSat);
    if (mixed && this.rule.boundary === 'before') return { outputs: outputs.map(() => null), rest: null };
    const wrap = (state: TaintState | null): UnknownState | null =>
      state === null ? null : { known: state, ...(mixed ? { frozen: true } : {}) };
    return { outputs: outputs.map(wrap), rest: rest === null ? null : { known: rest } };
  }

  private divideBounded(division: UnknownDivision): UnknownDivided {
    const { inputValueSat, outputValueSat } = division;
    const inputState = division.inputState.map((state, vin) =>
      state === null ? null : this.asBounds(state, inputValueSat[vin]),
    );
    const bounded = { inputState, inputValueSat, outputValueSat };
    const { outputs, rest } = divideBounds(bounded, this.caps);
    const inSat = sum(inputValueSat);
    const rooms = [...outputValueSat, inSat - sum(outputValueSat)];
    const totals = this.totals(bounded);
    const tight = [...outputs, rest].map((state, bucket): UnknownState | null => {
      if (state === null) return null;
      const narrowed = this.narrowed(state, {
        inputState,
        inSat,
        roomSat: rooms[bucket],
        total: totals?.[bucket] ?? null,
      });
      return this.settled({ bounds: narrowed }, rooms[bucket]);
    });
    return { outputs: tight.slice(0, -1), rest: tight[outputs.length] };
  }

  /** Bounds on one output, narrowed by what the rule is known to do. */
  private narrowed(
    state: TaintState,
    at: {
      inputState: ReadonlyArray<TaintState | null>;
      inSat: number;
      roomSat: number;
      total: { lowerSat: number; upperSat: number } | null;
    },
  ): TaintState {
    if (this.rule.boundary !== undefined) return withoutLower(state);
    const shares = this.rule.backward === 'shares';
    const narrow: number[] = [];
    for (let from = 0; from < state.length; from += BOUND_ENTRY) {
      const label = state[from];
      let [lowerSat, upperSat] = [state[from + 1], state[from + 2]];
      if (at.total !== null && (label === 0 || this.labelCount === 1)) lowerSat = Math.max(lowerSat, at.total.lowerSat);
      if (at.total !== null) upperSat = Math.min(upperSat, at.total.upperSat);
      if (shares) {
        const entering = sumEnds(at.inputState, label);
        const slack = (label === 0 ? this.labelCount : label) - 1;
        lowerSat = Math.max(lowerSat, shareOf(entering.lowerSat, at, 'down') - slack);
        upperSat = Math.min(upperSat, shareOf(entering.upperSat, at, 'up') + slack);
      }
      narrow.push(label, lowerSat, Math.max(lowerSat, upperSat), 0, 0);
    }
    return narrow;
  }

  /** Rules whose sum over all labels grows with what enters: that sum per output and rest at both ends, from the rule itself with one label. */
  private totals({
    inputState,
    inputValueSat,
    outputValueSat,
  }: Division): Array<{ lowerSat: number; upperSat: number }> | null {
    if (this.rule.total !== true) return null;
    const at = (end: 'lowerSat' | 'upperSat'): number[] => {
      const states = inputState.map((state, vin): TaintState | null => {
        const amountSat = boundsOf(state, 0)[end];
        if (amountSat === 0) return null;
        return this.rule.runs === true ? [1, amountSat, 0, inputValueSat[vin] - amountSat] : [1, amountSat];
      });
      const { outputs, rest } = this.rule.divide({ inputState: states, inputValueSat, outputValueSat });
      return [...outputs, rest].map((state) =>
        state === null ? 0 : sum(this.rule.amounts(state, 0).map(([, sat]) => sat)),
      );
    };
    const upper = at('upperSat');
    return at('lowerSat').map((lowerSat, bucket) => ({ lowerSat, upperSat: upper[bucket] }));
  }

  private asBounds(state: UnknownState, valueSat: number): TaintState {
    if ('bounds' in state) return state.bounds;
    const amounts = this.rule.amounts(state.known, valueSat);
    const all = sum(amounts.map(([, amountSat]) => amountSat));
    return [0, all, all, 0, 0, ...amounts.flatMap(([label, amountSat]) => [label, amountSat, amountSat, 0, 0])];
  }

  /** Bounds that leave nothing open as the state they are: clean, full of one label, or (rules over amounts) any amounts. */
  private settled(state: { bounds: TaintState }, valueSat: number): UnknownState | null {
    const amounts: number[] = [];
    for (let from = 0; from < state.bounds.length; from += BOUND_ENTRY) {
      const [label, lowerSat, upperSat] = state.bounds.slice(from, from + BOUND_ENTRY);
      if (label === 0 || upperSat === 0) continue;
      if (lowerSat !== upperSat) return state;
      amounts.push(label, lowerSat);
    }
    if (amounts.length === 0) return null;
    const full = amounts.length === 2 && amounts[1] === valueSat;
    return full || this.rule.runs !== true ? { known: amounts } : state;
  }
}

function sum(valuesSat: readonly number[]): number {
  return valuesSat.reduce((total, valueSat) => total + valueSat, 0);
}

function sumEnds(states: ReadonlyArray<TaintState | null>, label: number): { lowerSat: number; upperSat: number } {
  const ends = states.map((state) => boundsOf(state, label));
  return { lowerSat: sum(ends.map(({ lowerSat }) => lowerSat)), upperSat: sum(ends.map(({ upperSat }) => upperSat)) };
}

/** `amountSat` times the room over all that enters, rounded. */
function shareOf(
  amountSat: number,
  { roomSat, inSat }: { roomSat: number; inSat: number },
  way: 'down' | 'up',
): number {
  const into: QuotientRemainder = { quotient: 0, remainder: 0 };
  mulDiv(amountSat, roomSat, inSat, into);
  return into.quotient + (way === 'up' && into.remainder > 0 ? 1 : 0);
}

function withoutLower(bounds: TaintState): TaintState {
  return bounds.map((part, at) => (at % BOUND_ENTRY === 1 ? 0 : part));
}
