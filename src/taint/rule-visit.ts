/**
 * One rule on one transaction: what enters, what the rule makes of it, seeds, where each output's taint goes next. What is the same for every rule
 * of a run is read once: here per run, in `AtHand` per transaction.
 */
import { NONE, OUTPUT_UNSPENDABLE, outputId, type TxFrame } from '../ledger/index.ts';
import { type Coarse, divideByHaircut, divideWithin, type RunLimit } from './coarsen.ts';
import { type Entering, type EntryTerms, follow, isSpent } from './entry.ts';
import type { CoinbaseIncome, FeeTaint } from './fee-flow.ts';
import { fewestHops, type HopList, lesserHops, nextHops, restrictHops } from './hop-list.ts';
import type { Holder, RuleLedger, Waiting } from './ledger-of-rule.ts';
import { setsLimits } from './limit.ts';
import type { Seed, StopReason, TraceParameters } from './result.ts';
import type { Divided, Division, TaintState } from './rule.ts';

/** What the visits of a run are told. */
export type VisitParameters = Omit<TraceParameters, 'seeds' | 'lookAhead'>;

/** What a driver does with taint that no stop holds: it waits on its output, and the driver knows for whom. */
export type Onward = (holder: Holder, waiting: Waiting, frame: TxFrame) => void;

/** A transaction as every rule finds it. */
export interface AtHand {
  readonly frame: TxFrame;
  /** The transaction is a coinjoin at which taint stops (`mixes`), or is averaged (`averages`). */
  readonly mixes: boolean;
  readonly averages: boolean;
  readonly seeds: readonly Seed[] | undefined;
  /** Taint of the fee may follow into the coinbase of the block. */
  readonly feesPropagate: boolean;
}

/** Outputs that are to be settled. `frozen`: the rule follows them no further. */
interface Moved {
  readonly outputs: ReadonlyArray<TaintState | null>;
  readonly hops: HopList;
  readonly marks: ReadonlyArray<Coarse | null> | null;
  readonly frozen: boolean;
}

const NOTHING: Moved = { outputs: [], hops: [], marks: null, frozen: false };
const NO_HOPS: HopList = [];

/** Whether any output of value has a clean part; a list of runs is meant. */
export function holdsClean(outputs: ReadonlyArray<TaintState | null>, outputValueSat: readonly number[]): boolean {
  return outputs.some(
    (state, vout) =>
      outputValueSat[vout] > 0 && (state === null || state.some((label, at) => at % 2 === 0 && label === 0)),
  );
}

/** The visits of a run, rule by rule. Knows no transaction but the one at hand. */
export class RuleVisit {
  private readonly parameters: VisitParameters;
  private readonly onward: Onward;
  private readonly runLimit: RunLimit | null;
  private readonly terms: EntryTerms;
  private readonly mixTerms: EntryTerms;
  /** Hops of the rule before: rules that go the same way share one list. */
  private lastHops: HopList = NO_HOPS;

  constructor(
    parameters: VisitParameters,
    run: { onward: Onward; runLimit: RunLimit | null; onUnknownInput: EntryTerms['onUnknownInput'] },
  ) {
    this.parameters = parameters;
    this.onward = run.onward;
    this.runLimit = run.runLimit;
    const { limits } = parameters;
    const { onUnknownInput } = run;
    this.terms = { mixes: false, limits: setsLimits(limits) ? limits : null, onUnknownInput };
    this.mixTerms = { ...this.terms, mixes: true };
  }

  /** One rule on one transaction. Returns the fee's taint where it is to propagate, else null. */
  visit(ledger: RuleLedger, at: AtHand, income: CoinbaseIncome | null): FeeTaint | null {
    const { frame } = at;
    const { rule } = ledger;
    const entering = follow(ledger, frame, at.mixes ? this.mixTerms : this.terms);
    if (entering === null && income === null) {
      this.place(ledger, at, NOTHING);
      return null;
    }
    const division = divisionOf(frame, entering, income);
    if (income !== null && isSpent(ledger, this.parameters.limits))
      return this.turnBack(ledger, at, { entering, income, reason: 'max-transactions' });
    if (rule.declines?.(division)) return this.turnBack(ledger, at, { entering, income, reason: 'min-tx-share' });
    const lost = isCoarse(entering, income);
    const divided =
      at.averages && this.runLimit !== null
        ? divideByHaircut(this.runLimit.haircut, rule, { division, lost })
        : divideWithin(this.runLimit, rule, division, lost);
    const { outputs } = divided;
    const frozen = rule.boundary !== undefined && holdsClean(outputs, frame.outputValueSat);
    if (frozen && rule.boundary === 'before') return this.turnBack(ledger, at, { entering, income, reason: 'mixed' });
    ledger.entered += 1;
    if (entering !== null) ledger.passAll(entering.waiting);
    if (income !== null) ledger.collect(frame.tx, income);
    const hops = this.hopsBehind(income?.hops ?? entering?.hops ?? NO_HOPS);
    const fee = this.payRest(ledger, at, { divided, hops, lost: divided.lost === true });
    this.place(ledger, at, { outputs, hops, marks: divided.marks ?? null, frozen });
    return fee;
  }

  /** The rule follows no taint into this transaction: it comes to rest on what would enter. */
  private turnBack(
    ledger: RuleLedger,
    at: AtHand,
    back: { entering: Entering | null; income: CoinbaseIncome | null; reason: StopReason },
  ): null {
    for (const waiting of back.entering?.waiting ?? []) ledger.rest(waiting, 'cut', back.reason);
    for (const { tx, orderKey, state } of back.income?.paid ?? [])
      ledger.moved(tx, orderKey, { restState: state, term: 'fee' });
    this.place(ledger, at, NOTHING);
    return null;
  }

  /** Books what the outputs did not take, or lets it follow into the coinbase of the block. */
  private payRest(
    ledger: RuleLedger,
    at: AtHand,
    made: { divided: Divided; hops: HopList; lost: boolean },
  ): FeeTaint | null {
    const { frame } = at;
    const { rest, overflow } = made.divided;
    if (rest !== null && at.feesPropagate && !frame.coinbase) {
      const labels = ledger.rule.labels(rest);
      const { maxHops } = this.parameters.limits;
      if (maxHops === null || fewestHops(made.hops, labels) < maxHops) {
        ledger.moved(frame.tx, frame.orderKey, { restState: null, overflow, term: 'fee' });
        return { state: rest, hops: restrictHops(made.hops, labels), coarse: made.lost };
      }
    }
    ledger.moved(frame.tx, frame.orderKey, { restState: rest, overflow, term: frame.coinbase ? 'burned' : 'fee' });
    return null;
  }

  /** Hops one transaction further; the list of the rule before where it says the same. */
  private hopsBehind(hops: HopList): HopList {
    const { lastHops } = this;
    if (hops.length !== 2) return nextHops(hops);
    if (lastHops.length !== 2 || lastHops[0] !== hops[0] || lastHops[1] !== hops[1] + 1)
      this.lastHops = [hops[0], hops[1] + 1];
    return this.lastHops;
  }

  /** Applies the seeds of this transaction, then settles every tainted output. */
  private place(ledger: RuleLedger, at: AtHand, moved: Moved): void {
    const sown = at.seeds === undefined ? null : this.sow(ledger, at.frame, { seeds: at.seeds, moved });
    const states = sown === null ? moved.outputs : sown.states;
    for (let vout = 0; vout < states.length; vout += 1) {
      const state = states[vout];
      if (!state) continue;
      const ownHops = sown?.hops.get(vout);
      const all = ownHops ?? moved.hops;
      const hops = all.length === 2 ? all : restrictHops(all, ledger.rule.labels(state));
      const coarse = moved.marks?.[vout] ?? null;
      if (coarse !== null) ledger.count(coarse);
      const free = waitingAt(at.frame, vout, state, hops);
      const kept: Waiting = moved.frozen && ownHops === undefined ? { ...free, frozen: true } : free;
      this.settle(ledger, at.frame, coarse === null ? kept : { ...kept, coarse });
    }
  }

  /** Outputs with the seeds of this transaction on them, and the hops of those that a seed changed. */
  private sow(
    ledger: RuleLedger,
    frame: TxFrame,
    given: { seeds: readonly Seed[]; moved: Moved },
  ): { states: Array<TaintState | null>; hops: Map<number, HopList> } {
    const { seeds, moved } = given;
    const states = [...moved.outputs];
    const hops = new Map<number, HopList>();
    for (const seed of seeds) {
      const vout = seed.output - frame.firstOutput;
      const label = seed.label + 1;
      const before = states[vout] ?? null;
      const { state, filledSat, filledUnits, displaced } = ledger.rule.seed(before, frame.outputValueSat[vout], label);
      if (displaced) {
        const own = restrictHops(moved.hops, moved.hops.length === 2 ? [] : ledger.rule.labels(displaced));
        ledger.rest(waitingAt(frame, vout, displaced, own), 'cut', 'seed-overridden');
      }
      if (this.parameters.conventions.seedOverlap === 'first-wins')
        ledger.noteOverlap(before, { tx: frame.tx, vout, label: seed.label, valueSat: frame.outputValueSat[vout] });
      if (state !== before) hops.set(vout, lesserHops(hops.get(vout) ?? moved.hops, [label, 0]));
      states[vout] = state;
      ledger.bookSeed({ output: seed.output, label: seed.label, filledSat }, filledUnits);
    }
    return { states, hops };
  }

  /** Stopped at a service, burned, or handed on to the driver. */
  settle(holder: Holder, frame: TxFrame, waiting: Waiting): void {
    const { vout } = waiting;
    const unspendable = (frame.outputFlags[vout] & OUTPUT_UNSPENDABLE) !== 0;
    if (this.parameters.serviceAddresses.has(frame.outputAddress[vout])) holder.rest(waiting, 'stopped', 'service');
    else if (unspendable) holder.rest(waiting, 'burned', 'unspendable');
    else this.onward(holder, waiting, frame);
  }
}

/** Whether fee taint may follow: the user asks for it, the block is known and there is a fee. */
export function feesPropagate(frame: TxFrame, { conventions }: VisitParameters): boolean {
  if (conventions.feeTaint === 'sink' || frame.height === NONE) return false;
  let feeSat = 0;
  if (frame.inputValueSat.includes(NONE)) return true;
  for (const valueSat of frame.inputValueSat) feeSat += valueSat;
  for (const valueSat of frame.outputValueSat) feeSat -= valueSat;
  return feeSat > 0;
}

/** Taint that waits on an output of a transaction. */
export function waitingAt(frame: TxFrame, vout: number, state: TaintState, hops: HopList): Waiting {
  const { tx, orderKey } = frame;
  const output = outputId(frame.firstOutput + vout);
  return { output, tx, vout, orderKey, valueSat: frame.outputValueSat[vout], state, hops };
}

/** What a rule is given to divide. */
function divisionOf(frame: TxFrame, entering: Entering | null, income: CoinbaseIncome | null): Division {
  const { outputValueSat, coinbase, inputHeight } = frame;
  const inputState = income?.inputState ?? entering?.states ?? [];
  const inputValueSat = income?.inputValueSat ?? frame.inputValueSat;
  if (coinbase || inputHeight === undefined) return { inputState, inputValueSat, outputValueSat, coinbase };
  return { inputState, inputValueSat, outputValueSat, coinbase, inputHeight };
}

/** Whether taint that enters has lost its places before. */
function isCoarse(entering: Entering | null, income: CoinbaseIncome | null): boolean {
  return income?.coarse === true || entering?.coarse === true;
}
