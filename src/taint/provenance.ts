/**
 * Claim:      the taint on one output came, to the satoshi, from these seeds by these spends.
 * Source:     methods 1.1, backward taint: FIFO maps each satoshi range to one range of one input; haircut hands each share back to the
 *             inputs in proportion to their taint; poison names every tainted ancestor.
 * Parameters: the rule's own result with its states (a run with `keepTrail`); the output asked about.
 * Cost:       O(ancestor outputs + ranges).
 * Fails when: taint entered a coinbase by fees: the walk ends there and says so.
 */
import TinyQueue from 'tinyqueue';
import { type LedgerView, NONE, type OutputId, outputId, type TxFrame, type TxId } from '../ledger/index.ts';
import { apportion } from './apportion.ts';
import type { Placement, RuleResult, Seed } from './result.ts';
import type { TaintState } from './rule.ts';

/** One spend that carried taint: `amountSat` of a label moved from `from` to `to` in `tx`. Ranges are satoshi offsets, FIFO only. */
export interface ProvenanceStep {
  readonly tx: TxId;
  readonly from: OutputId;
  readonly to: OutputId;
  readonly label: number;
  readonly amountSat: number;
  readonly fromRange: readonly [start: number, end: number] | null;
  readonly toRange: readonly [start: number, end: number] | null;
}

/** Where a walk ends: at a seed, or at a coinbase that fee taint entered. Amounts per label sum to the taint asked about. */
export interface ProvenanceOrigin {
  readonly output: OutputId;
  readonly label: number;
  readonly amountSat: number;
  readonly kind: 'seed' | 'fees';
}

/** Steps from the output back to its seeds, latest first, and the seeds. */
export interface Provenance {
  readonly steps: readonly ProvenanceStep[];
  readonly origins: readonly ProvenanceOrigin[];
}

/** A part of an output's taint that is still to be explained. */
interface Demand {
  readonly output: OutputId;
  readonly orderKey: number;
  readonly label: number;
  amountSat: number;
  /** FIFO: where the part lies in the output. */
  readonly start: number;
}

interface Walk {
  readonly view: LedgerView;
  readonly placements: ReadonlyMap<OutputId, Placement>;
  readonly seedLabel: ReadonlyMap<OutputId, number>;
  readonly steps: ProvenanceStep[];
  readonly origins: ProvenanceOrigin[];
}

/** Explains the taint on `output` under one rule. Null when the rule has no taint there. */
export function provenance(
  view: LedgerView,
  result: RuleResult,
  asked: { output: OutputId; seeds: readonly Seed[] },
): Provenance | null {
  const placements = new Map([...result.holdings, ...result.passed].map((placement) => [placement.output, placement]));
  const start = placements.get(asked.output);
  if (start?.state === undefined) return null;
  const seedLabel = new Map(asked.seeds.map((seed) => [seed.output, seed.label]));
  const walk: Walk = { view, placements, seedLabel, steps: [], origins: [] };
  if (result.rule === 'fifo') explain(walk, fifoDemands(start, start.state), fifoBack);
  else if (result.conserves) explain(walk, amountDemands(start), haircutBack);
  else explain(walk, amountDemands(start), poisonBack);
  return { steps: walk.steps, origins: walk.origins };
}

/** Latest outputs first, so that everything asked of an output is known before it is answered. */
function explain(walk: Walk, first: Demand[], back: (walk: Walk, demand: Demand) => Demand[]): void {
  const open = new Map<string, Demand>();
  const queue = new TinyQueue<{ key: string; orderKey: number }>([], (a, b) => b.orderKey - a.orderKey);
  const add = (demand: Demand): void => {
    const key = `${demand.output} ${demand.label} ${demand.start}`;
    const same = open.get(key);
    if (same === undefined) {
      open.set(key, demand);
      queue.push({ key, orderKey: demand.orderKey });
    } else same.amountSat += demand.amountSat;
  };
  first.forEach(add);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const demand = open.get(next.key);
    open.delete(next.key);
    if (demand !== undefined) back(walk, demand).forEach(add);
  }
}

function fifoDemands(placement: Placement, state: TaintState): Demand[] {
  const demands: Demand[] = [];
  let start = 0;
  for (let pair = 0; pair < state.length; pair += 2) {
    const [label, lengthSat] = [state[pair] - 1, state[pair + 1]];
    if (label >= 0)
      demands.push({ output: placement.output, orderKey: placement.orderKey, label, amountSat: lengthSat, start });
    start += lengthSat;
  }
  return demands;
}

function amountDemands(placement: Placement): Demand[] {
  const { output, orderKey } = placement;
  return placement.taint.map(([label, amountSat]) => ({ output, orderKey, label, amountSat, start: 0 }));
}

function voutOf(demand: Demand, frame: TxFrame): number {
  return demand.output - frame.firstOutput;
}

/** Ends the walk where it must: at a seed that brought the label, or at a coinbase. Returns whether it did. */
function ends(walk: Walk, demand: Demand, frame: TxFrame, entersByInputs: boolean): boolean {
  const seeded = walk.seedLabel.get(demand.output) === demand.label;
  if (!seeded && !frame.coinbase && entersByInputs) return false;
  const { output, label, amountSat } = demand;
  walk.origins.push({ output, label, amountSat, kind: seeded ? 'seed' : 'fees' });
  return true;
}

/** FIFO: the range in the output is a range of the concatenated inputs; cut it at input borders. */
function fifoBack(walk: Walk, demand: Demand): Demand[] {
  const frame = walk.view.frame(walk.view.transactionOf(demand.output));
  const vout = voutOf(demand, frame);
  let offset = demand.start;
  for (let before = 0; before < vout; before += 1) offset += frame.outputValueSat[before];
  const pieces = inputPieces(walk, frame, { label: demand.label, start: offset, end: offset + demand.amountSat });
  const explained = pieces.reduce((total, piece) => total + piece.end - piece.start, 0);
  const seededSat = demand.amountSat - explained;
  if (seededSat > 0 && ends(walk, { ...demand, amountSat: seededSat }, frame, explained > 0)) {
    if (explained === 0) return [];
  }
  return pieces.map((piece) => {
    const from = outputId(frame.inputOutput[piece.vin]);
    const amountSat = piece.end - piece.start;
    const toStart = demand.start + piece.tapeStart - offset;
    walk.steps.push({
      tx: frame.tx,
      from,
      to: demand.output,
      label: demand.label,
      amountSat,
      fromRange: [piece.start, piece.end],
      toRange: [toStart, toStart + amountSat],
    });
    return {
      output: from,
      orderKey: walk.placements.get(from)?.orderKey ?? 0,
      label: demand.label,
      amountSat,
      start: piece.start,
    };
  });
}

interface Piece {
  readonly vin: number;
  readonly start: number;
  readonly end: number;
  readonly tapeStart: number;
}

/** Parts of a range of the concatenated inputs that carry the label, per input, as ranges inside the spent outputs. */
function inputPieces(walk: Walk, frame: TxFrame, range: { label: number; start: number; end: number }): Piece[] {
  const pieces: Piece[] = [];
  let tape = 0;
  frame.inputOutput.forEach((spent, vin) => {
    const placement = spent === NONE ? undefined : walk.placements.get(outputId(spent));
    const state = placement?.status === 'passed' ? placement.state : undefined;
    let inside = 0;
    for (let pair = 0; state !== undefined && pair < state.length; pair += 2) {
      const from = Math.max(range.start, tape + inside);
      const to = Math.min(range.end, tape + inside + state[pair + 1]);
      if (from < to && state[pair] - 1 === range.label)
        pieces.push({ vin, start: from - tape, end: to - tape, tapeStart: from });
      inside += state[pair + 1];
    }
    tape += frame.inputValueSat[vin];
  });
  return pieces;
}

/** Taint of one label that each input brought into a transaction. */
function inputTaint(walk: Walk, frame: TxFrame, label: number): number[] {
  return frame.inputOutput.map((spent) => {
    const placement = spent === NONE ? undefined : walk.placements.get(outputId(spent));
    if (placement?.status !== 'passed') return 0;
    return placement.taint.find(([other]) => other === label)?.[1] ?? 0;
  });
}

/** Haircut: what the output has of a label is handed back to the inputs in proportion to what each brought. */
function haircutBack(walk: Walk, demand: Demand): Demand[] {
  const frame = walk.view.frame(walk.view.transactionOf(demand.output));
  const brought = inputTaint(walk, frame, demand.label);
  const total = brought.reduce((sum, amountSat) => sum + amountSat, 0);
  if (ends(walk, demand, frame, total > 0)) return [];
  const share = new Array<number>(brought.length).fill(0);
  apportion(demand.amountSat, total, [...brought], share);
  return share.flatMap((amountSat, vin) =>
    amountSat === 0 ? [] : [stepBack(walk, { frame, demand, vin, amountSat })],
  );
}

/** Poison: every input that carries the label is a reason; amounts are full values and do not add up. */
function poisonBack(walk: Walk, demand: Demand): Demand[] {
  const frame = walk.view.frame(walk.view.transactionOf(demand.output));
  const carries = frame.inputOutput.map((spent) => {
    const placement = spent === NONE ? undefined : walk.placements.get(outputId(spent));
    return placement?.status === 'passed' && placement.state?.includes(demand.label + 1) === true
      ? placement.valueSat
      : -1;
  });
  if (
    ends(
      walk,
      demand,
      frame,
      carries.some((valueSat) => valueSat >= 0),
    )
  )
    return [];
  return carries.flatMap((valueSat, vin) => {
    const seen = walk.steps.some((step) => step.from === frame.inputOutput[vin] && step.label === demand.label);
    return valueSat < 0 || seen ? [] : [stepBack(walk, { frame, demand, vin, amountSat: valueSat })];
  });
}

function stepBack(walk: Walk, at: { frame: TxFrame; demand: Demand; vin: number; amountSat: number }): Demand {
  const { frame, demand, vin, amountSat } = at;
  const from = outputId(frame.inputOutput[vin]);
  walk.steps.push({
    tx: frame.tx,
    from,
    to: demand.output,
    label: demand.label,
    amountSat,
    fromRange: null,
    toRange: null,
  });
  return { output: from, orderKey: walk.placements.get(from)?.orderKey ?? 0, label: demand.label, amountSat, start: 0 };
}
