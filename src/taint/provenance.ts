/**
 * Claim:      the taint on one output came, to the satoshi, from these seeds by these spends.
 * Source:     src/taint/README.md, backward taint: an order rule maps each satoshi range to ranges of the inputs; a rule over amounts hands each
 *             share back to the inputs in proportion to their taint of that label; poison names every tainted ancestor.
 * Parameters: the rule and its own result with its states (a run with `keepTrail`); the output asked about.
 * Cost:       O(ancestor outputs + ranges).
 * Fails when: the result is not that of the rule under the same conventions: a share that nothing explains is an error, never left out.
 */
import TinyQueue from 'tinyqueue';
import { type LedgerView, NONE, type OutputId, outputId, type TxFrame, type TxId } from '../ledger/index.ts';
import { apportion } from './apportion.ts';
import type { Collected, Placement, RuleResult, SeedFill } from './result.ts';
import type { Piece, Pieces, TaintRule, TaintState } from './rule.ts';

/** Where taint lay: an output of a transaction, or (output NONE) its fee on the way into a coinbase. */
export interface TaintPlace {
  readonly tx: TxId;
  readonly output: OutputId | typeof NONE;
}

/** One move of taint: `amountSat` of a label from `from` to `to` in `tx`. Ranges are satoshi offsets, order rules only. */
export interface ProvenanceStep {
  readonly tx: TxId;
  readonly from: TaintPlace;
  readonly to: TaintPlace;
  readonly label: number;
  readonly amountSat: number;
  readonly fromRange: readonly [start: number, end: number] | null;
  readonly toRange: readonly [start: number, end: number] | null;
}

/** Where a walk ends: at a seed. Amounts per label sum to the taint asked about. */
export interface ProvenanceOrigin {
  readonly output: OutputId;
  readonly label: number;
  readonly amountSat: number;
  /** Satoshi offsets inside the seed, order rules only. */
  readonly range: readonly [start: number, end: number] | null;
}

/** Steps from the output back to its seeds, latest first, and the seeds. */
export interface Provenance {
  readonly steps: readonly ProvenanceStep[];
  readonly origins: readonly ProvenanceOrigin[];
}

/** A part of a place's taint that is still to be explained. */
interface Demand {
  readonly place: TaintPlace;
  readonly orderKey: number;
  readonly label: number;
  amountSat: number;
  /** Order rules: where the part lies. */
  readonly start: number;
}

/** What entered a transaction and where each input lay; the inputs of a coinbase are the fees of its block and the subsidy. */
interface Entry {
  readonly frame: TxFrame;
  readonly state: ReadonlyArray<TaintState | null>;
  readonly valueSat: readonly number[];
  readonly from: ReadonlyArray<{ readonly place: TaintPlace; readonly orderKey: number } | null>;
}

interface Walk {
  readonly rule: TaintRule;
  readonly view: Pick<LedgerView, 'frame' | 'transactionOf'>;
  /** Outputs whose taint moved on, by output. */
  readonly passed: ReadonlyMap<OutputId, Placement>;
  readonly collected: ReadonlyMap<TxId, Collected>;
  /** Where the walk starts: on one output part of the taint may have moved on and part been cut. */
  readonly asked: readonly Placement[];
  /** What each seed filled: by output and label, satoshi. */
  readonly seeded: ReadonlyMap<string, number>;
  readonly steps: ProvenanceStep[];
  readonly origins: ProvenanceOrigin[];
}

type Back = (walk: Walk, entry: Entry, demands: readonly Demand[]) => Demand[];

/** Explains the taint on an output under one rule, whose result is given. Null when the rule has no taint there. */
export function provenance(
  view: Walk['view'],
  rule: TaintRule,
  answer: { readonly result: RuleResult; readonly asked: OutputId },
): Provenance | null {
  const { result, asked } = answer;
  const start = [...result.holdings, ...result.passed].filter(({ output }) => output === asked);
  if (start.length === 0) return null;
  const walk: Walk = {
    rule,
    view,
    passed: new Map(result.passed.map((placement) => [placement.output, placement])),
    collected: new Map((result.collected ?? []).map((income) => [income.tx, income])),
    asked: start,
    seeded: seededBy(result.seeded ?? []),
    steps: [],
    origins: [],
  };
  if (rule.pieces !== undefined) explain(walk, start.flatMap(rangeDemands), { back: rangesBack, adds: true });
  else if (rule.conserves) explain(walk, start.flatMap(amountDemands), { back: sharesBack, adds: true });
  else explain(walk, start.flatMap(amountDemands), { back: poisonBack, adds: false });
  return { steps: walk.steps, origins: walk.origins };
}

function seededBy(fills: readonly SeedFill[]): Map<string, number> {
  const filled = new Map<string, number>();
  for (const { output, label, filledSat } of fills) {
    const key = `${output} ${label}`;
    filled.set(key, (filled.get(key) ?? 0) + filledSat);
  }
  return filled;
}

/** Latest transactions first and each once, so that everything asked of its outputs is known before it is answered. */
function explain(walk: Walk, first: readonly Demand[], how: { back: Back; adds: boolean }): void {
  const open = new Map<number, Map<string, Demand>>();
  const queue = new TinyQueue<number>([], (a, b) => b - a);
  const add = (demand: Demand): void => {
    const group = open.get(demand.orderKey);
    if (group === undefined) queue.push(demand.orderKey);
    const demands = group ?? new Map<string, Demand>();
    const key = `${demand.place.output} ${demand.label} ${demand.start}`;
    const same = demands.get(key);
    if (same === undefined) demands.set(key, demand);
    else if (how.adds) same.amountSat += demand.amountSat;
    open.set(demand.orderKey, demands);
  };
  first.forEach(add);
  for (let orderKey = queue.pop(); orderKey !== undefined; orderKey = queue.pop()) {
    const demands = [...(open.get(orderKey)?.values() ?? [])].sort(
      (a, b) => a.place.output - b.place.output || a.label - b.label || a.start - b.start,
    );
    open.delete(orderKey);
    how.back(walk, entryOf(walk, demands[0].place.tx), demands).forEach(add);
  }
}

function rangeDemands(placement: Placement): Demand[] {
  const state = placement.state ?? [];
  const { tx, output, orderKey } = placement;
  const demands: Demand[] = [];
  for (let pair = 0, start = 0; pair < state.length; pair += 2) {
    const [label, amountSat] = [state[pair] - 1, state[pair + 1]];
    if (label >= 0) demands.push({ place: { tx, output }, orderKey, label, amountSat, start });
    start += amountSat;
  }
  return demands;
}

function amountDemands({ tx, output, orderKey, taint }: Placement): Demand[] {
  return taint.map(([label, amountSat]) => ({ place: { tx, output }, orderKey, label, amountSat, start: 0 }));
}

/** What entered a transaction: taint that stopped or was cut on an output never did. */
function entryOf(walk: Walk, tx: TxId): Entry {
  const frame = walk.view.frame(tx);
  const income = walk.collected.get(tx);
  if (income !== undefined) {
    const from = income.payers.map((payer) =>
      payer === null ? null : { place: { tx: payer.tx, output: NONE as typeof NONE }, orderKey: payer.orderKey },
    );
    return { frame, state: income.inputState, valueSat: income.inputValueSat, from };
  }
  const spent = frame.inputOutput.map((output) => (output === NONE ? undefined : walk.passed.get(outputId(output))));
  return {
    frame,
    state: spent.map((placement) => placement?.state ?? null),
    valueSat: frame.inputValueSat,
    from: spent.map((placement) =>
      placement === undefined
        ? null
        : { place: { tx: placement.tx, output: placement.output }, orderKey: placement.orderKey },
    ),
  };
}

/** What a seed of this label filled on the place, in satoshi; null where no seed lies. */
function filledSat(walk: Walk, { place, label }: Demand): number | null {
  return walk.seeded.get(`${place.output} ${label}`) ?? null;
}

/** The part of a demand that no input explains is a seed's; `range` says where it lies. */
function endAtSeed(walk: Walk, demand: Demand, amountSat: number, range: ProvenanceOrigin['range'] = null): void {
  if (amountSat === 0 && walk.rule.conserves) return;
  const { place, label } = demand;
  if (place.output === NONE || filledSat(walk, demand) === null) {
    throw new Error(
      `rule ${walk.rule.name}: ${amountSat} satoshi of label ${label} in transaction ${place.tx} come from nowhere`,
    );
  }
  walk.origins.push({ output: outputId(place.output), label, amountSat, range });
}

/** Order rules: the range of the output is cut where its pieces of the inputs end. What no tainted piece covers lies on ground a seed filled. */
function rangesBack(walk: Walk, entry: Entry, demands: readonly Demand[]): Demand[] {
  const { frame } = entry;
  const all: Pieces | undefined = walk.rule.pieces?.({
    inputState: entry.state,
    inputValueSat: entry.valueSat,
    outputValueSat: frame.outputValueSat,
  });
  return demands.flatMap((demand) => {
    const { place } = demand;
    const pieces = (place.output === NONE ? all?.rest : all?.outputs[place.output - frame.firstOutput]) ?? [];
    let at = demand.start;
    const seededUntil = (end: number): void => endAtSeed(walk, demand, end - at, [at, end]);
    const steps = pieces.flatMap((piece) => {
      const range = overlap(piece, demand);
      if (range === null || piece.label !== demand.label + 1) return [];
      seededUntil(range.toStart);
      at = range.toStart + range.lengthSat;
      return [stepBack(walk, entry, { demand, amountSat: range.lengthSat, vin: piece.vin, ...range })];
    });
    seededUntil(demand.start + demand.amountSat);
    return steps;
  });
}

/** The part of a piece inside a range asked for: where it lies in the input and in what took it. A line turned round keeps ranges, not directions. */
function overlap(piece: Piece, asked: Demand): { fromStart: number; toStart: number; lengthSat: number } | null {
  const toStart = Math.max(asked.start, piece.at);
  const toEnd = Math.min(asked.start + asked.amountSat, piece.at + piece.lengthSat);
  if (toStart >= toEnd) return null;
  const lengthSat = toEnd - toStart;
  const before = piece.turned ? piece.at + piece.lengthSat - toEnd : toStart - piece.at;
  return { fromStart: piece.start + before, toStart, lengthSat };
}

/**
 * Rules over amounts: what outputs and fee have of a label is handed back to the inputs in proportion to what each brought, one after the other
 * against what is left, so that no input is asked for more than it had.
 */
function sharesBack(walk: Walk, entry: Entry, demands: readonly Demand[]): Demand[] {
  return [...new Set(demands.map(({ label }) => label))].flatMap((label) => {
    const room = entry.state.map((state, vin) => brought(walk, state, { label, valueSat: entry.valueSat[vin] }));
    return demands
      .filter((demand) => demand.label === label)
      .flatMap((demand) => {
        const roomSat = room.reduce((sum, amountSat) => sum + amountSat, 0);
        const entered = roomSat === 0 ? 0 : demand.amountSat - seedPart(walk, demand);
        endAtSeed(walk, demand, demand.amountSat - entered);
        const share = new Array<number>(room.length).fill(0);
        if (entered > 0) apportion(entered, roomSat, room, share);
        return share.flatMap((amountSat, vin) =>
          amountSat === 0 ? [] : [stepBack(walk, entry, { demand, vin, amountSat })],
        );
      });
  });
}

/** Satoshi of a label that an input brought. */
function brought(walk: Walk, state: TaintState | null, of: { label: number; valueSat: number }): number {
  if (state === null) return 0;
  return walk.rule.amounts(state, of.valueSat).find(([label]) => label === of.label + 1)?.[1] ?? 0;
}

/** Part of a demand that the seed on its output answers for: in proportion to what it filled of the label there. */
function seedPart(walk: Walk, demand: Demand): number {
  const filled = filledSat(walk, demand) ?? 0;
  const { output } = demand.place;
  const passed = output === NONE ? undefined : walk.passed.get(output);
  const placed = [passed, ...walk.asked.filter((placement) => placement.output === output)];
  const there =
    placed.flatMap((placement) => placement?.taint ?? []).find(([label]) => label === demand.label)?.[1] ?? 0;
  if (filled === 0 || filled >= there) return filled === 0 ? 0 : demand.amountSat;
  const share = [0, 0];
  apportion(demand.amountSat, there, [filled, there - filled], share);
  return share[0];
}

/** Poison: every input that carries the label is a reason; amounts are full values and do not add up. */
function poisonBack(walk: Walk, entry: Entry, demands: readonly Demand[]): Demand[] {
  return demands.flatMap((demand) => {
    const carrying = entry.state.flatMap((state, vin) => (state?.includes(demand.label + 1) ? [vin] : []));
    if (filledSat(walk, demand) !== null || carrying.length === 0) endAtSeed(walk, demand, demand.amountSat);
    return carrying.map((vin) => stepBack(walk, entry, { demand, vin, amountSat: entry.valueSat[vin] }));
  });
}

interface Step {
  readonly demand: Demand;
  readonly vin: number;
  readonly amountSat: number;
  /** Order rules: where the part lay in the input, and where it lies now. */
  readonly fromStart?: number;
  readonly toStart?: number;
}

/** Notes one move and asks the place it came from where it had the taint from. */
function stepBack(walk: Walk, { frame, from }: Entry, step: Step): Demand {
  const { demand, vin, amountSat, fromStart, toStart } = step;
  const source = from[vin];
  if (source === null) throw new Error(`input ${vin} of transaction ${frame.tx} brings taint from nowhere`);
  const range = (start: number | undefined): readonly [number, number] | null =>
    start === undefined ? null : [start, start + amountSat];
  const { label, place } = demand;
  walk.steps.push({
    tx: frame.tx,
    from: source.place,
    to: place,
    label,
    amountSat,
    fromRange: range(fromStart),
    toRange: range(toStart),
  });
  return { ...source, label, amountSat, start: fromStart ?? 0 };
}
