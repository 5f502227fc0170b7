/**
 * Claim:      the taint on one output came, to the satoshi, from these seeds by these spends.
 * Source:     src/taint/README.md, the walk back to the seeds; walk-back.ts does the walking.
 * Parameters: the rule and its own result with its states (a run with `keepTrail`); the output asked about.
 * Cost:       O(tainted ancestor outputs + ranges).
 * Fails when: the result is not that of the rule under the same conventions: a share that nothing explains is an error, never left out.
 */
import { type LedgerView, NONE, type OutputId, outputId, SpoorError, type TxId } from '../ledger/index.ts';
import { apportion } from './apportion.ts';
import { inputHeights } from './on-view.ts';
import type { Collected, Placement, RuleResult, SeedFill } from './result.ts';
import type { TaintRule, TaintState } from './rule.ts';
import { runsOf } from './segment.ts';
import {
  type BackStep,
  type BackTrail,
  type BackWay,
  type Demand,
  type Entry,
  type SatRange,
  walkBack,
} from './walk-back.ts';

/** Where a walk ends: at a seed. Amounts per label sum to the taint asked about; `range` as satoshi of the seed. */
export interface ProvenanceOrigin {
  readonly output: OutputId;
  readonly label: number;
  readonly amountSat: number;
  readonly range: SatRange;
}

/** Steps from the output back to its seeds, latest first, and the seeds. */
export interface Provenance {
  readonly steps: readonly BackStep[];
  readonly origins: readonly ProvenanceOrigin[];
}

/** Explains the taint on an output under one rule, whose result is given. Null when the rule has no taint there. */
export function provenance(
  view: Pick<LedgerView, 'frame' | 'transactionOf'>,
  rule: TaintRule,
  answer: { readonly result: RuleResult; readonly asked: OutputId },
): Provenance | null {
  const { result, asked } = answer;
  if (rule.overAddresses === true) {
    throw new SpoorError('USAGE', `${rule.name} follows addresses: no satoshi of it has a way back`);
  }
  if (!rule.conserves && rule.backward !== 'ancestors') {
    const hint = 'ask for another rule of the run, or with trace --backward what each source alone would taint';
    throw new SpoorError('USAGE', `${rule.name} counts links: no satoshi of it has a way back`, {}, hint);
  }
  if (rule.unitsPerSat !== undefined) {
    const hint = 'trace with --haircut-rounding largest-remainder to see where single satoshi came from';
    throw new SpoorError('USAGE', 'the walk back is in whole satoshi, and this run is in parts of them', {}, hint);
  }
  const start = [...result.holdings, ...result.passed].filter(({ output }) => output === asked);
  if (start.length === 0) return null;
  const trail = new SeedTrail(view, rule, { result, start });
  const way: BackWay = rule.pieces !== undefined ? 'ranges' : rule.conserves ? 'shares' : 'ancestors';
  const steps = walkBack(
    trail,
    way,
    start.flatMap((placement) => (way === 'ranges' ? rangeDemands(rule, placement) : amountDemands(placement))),
  );
  return { steps, origins: trail.origins };
}

function rangeDemands(rule: TaintRule, placement: Placement): Demand[] {
  const state = placement.state ?? [];
  const { tx, output, orderKey } = placement;
  return (rule.ranges?.(state) ?? runsOf(state)).flatMap(([label, start, amountSat]) =>
    label === 0 ? [] : [{ place: { tx, output }, orderKey, label: label - 1, amountSat, start, hops: 0 }],
  );
}

function amountDemands({ tx, output, orderKey, taint }: Placement): Demand[] {
  return taint.map(([label, amountSat]) => ({ place: { tx, output }, orderKey, label, amountSat, start: 0, hops: 0 }));
}

/** Taint followed to the seeds of its own run. */
class SeedTrail implements BackTrail {
  readonly origins: ProvenanceOrigin[] = [];
  private readonly view: Pick<LedgerView, 'frame' | 'transactionOf'>;
  private readonly rule: TaintRule;
  /** Outputs whose taint moved on, by output. */
  private readonly passed: ReadonlyMap<OutputId, Placement>;
  private readonly collected: ReadonlyMap<TxId, Collected>;
  /** Where the walk starts: on one output part of the taint may have moved on and part been cut. */
  private readonly start: readonly Placement[];
  /** What each seed filled: by output and label, satoshi. */
  private readonly seeded = new Map<string, number>();

  constructor(
    view: Pick<LedgerView, 'frame' | 'transactionOf'>,
    rule: TaintRule,
    given: { result: RuleResult; start: readonly Placement[] },
  ) {
    this.view = view;
    this.rule = rule;
    this.start = given.start;
    this.passed = new Map(given.result.passed.map((placement) => [placement.output, placement]));
    this.collected = new Map((given.result.collected ?? []).map((income) => [income.tx, income]));
    for (const fill of given.result.seeded ?? []) this.noteSeed(fill);
  }

  private noteSeed({ output, label, filledSat }: SeedFill): void {
    const key = `${output} ${label}`;
    this.seeded.set(key, (this.seeded.get(key) ?? 0) + filledSat);
  }

  /** What entered a transaction: taint that stopped or was cut on an output never did. */
  entryOf(tx: TxId): Entry {
    const frame = this.view.frame(tx);
    const { outputValueSat } = frame;
    const income = this.collected.get(tx);
    if (income !== undefined) {
      const { inputState, inputValueSat, payers } = income;
      const from = payers.map((payer) =>
        payer === null ? null : { place: { tx: payer.tx, output: NONE as typeof NONE }, orderKey: payer.orderKey },
      );
      return { frame, inputState, inputValueSat, outputValueSat, coinbase: true, from };
    }
    const spent = frame.inputOutput.map((output) => (output === NONE ? undefined : this.passed.get(outputId(output))));
    return {
      frame,
      ...(this.rule.needsHeights === true ? { inputHeight: inputHeights(this.view, frame) } : {}),
      inputState: spent.map((placement) => placement?.state ?? null),
      inputValueSat: frame.inputValueSat,
      outputValueSat,
      coinbase: frame.coinbase,
      from: spent.map((placement) =>
        placement === undefined
          ? null
          : { place: { tx: placement.tx, output: placement.output }, orderKey: placement.orderKey },
      ),
    };
  }

  pieces(entry: Entry): ReturnType<NonNullable<TaintRule['pieces']>> {
    if (this.rule.pieces === undefined) throw new Error(`rule ${this.rule.name} knows no places of satoshi`);
    return this.rule.pieces(entry);
  }

  brought(entry: Entry, label: number): number[] {
    const amountOf = (state: TaintState | null, vin: number): number =>
      state === null
        ? 0
        : (this.rule.amounts(state, entry.inputValueSat[vin]).find(([other]) => other === label + 1)?.[1] ?? 0);
    return entry.inputState.map(amountOf);
  }

  carrying(entry: Entry, label: number): number[] {
    return entry.inputState.flatMap((state, vin) =>
      state !== null && this.rule.labels(state).includes(label + 1) ? [vin] : [],
    );
  }

  ends(): boolean {
    return false;
  }

  /** In proportion to what the seed filled of the label on the output. */
  ownSat(demand: Demand): number {
    const filled = this.filledSat(demand) ?? 0;
    const { output } = demand.place;
    const passed = output === NONE ? undefined : this.passed.get(output);
    const placed = [passed, ...this.start.filter((placement) => placement.output === output)];
    const there =
      placed.flatMap((placement) => placement?.taint ?? []).find(([label]) => label === demand.label)?.[1] ?? 0;
    if (filled === 0 || filled >= there) return filled === 0 ? 0 : demand.amountSat;
    const share = [0, 0];
    apportion(demand.amountSat, there, [filled, there - filled], share);
    return share[0];
  }

  isOrigin(demand: Demand): boolean {
    return this.filledSat(demand) !== null;
  }

  origin(demand: Demand, amountSat: number, range: SatRange): void {
    const { place, label } = demand;
    if (place.output === NONE || !this.isOrigin(demand)) {
      throw new Error(
        `rule ${this.rule.name}: ${amountSat} satoshi of label ${label} in transaction ${place.tx} come from nowhere`,
      );
    }
    this.origins.push({ output: outputId(place.output), label, amountSat, range });
  }

  openInput({ frame }: Entry, { vin }: { vin: number }): void {
    throw new Error(`rule ${this.rule.name}: input ${vin} of transaction ${frame.tx} brings taint from nowhere`);
  }

  /** What a seed of this label filled on the place, in satoshi; null where no seed lies. */
  private filledSat({ place, label }: Demand): number | null {
    return this.seeded.get(`${place.output} ${label}`) ?? null;
  }
}
