/**
 * Claim:      the taint on one output came, to the satoshi, from these seeds by these spends.
 * Source:     src/taint/README.md, backward taint: FIFO maps each satoshi range to one range of one input; haircut hands each share back to the
 *             inputs in proportion to their taint; poison names every tainted ancestor.
 * Parameters: the rule's own result with its states (a run with `keepTrail`); the output asked about.
 * Cost:       O(ancestor outputs + ranges).
 * Fails when: taint entered a coinbase by fees: the walk ends there and says so.
 */
import TinyQueue from 'tinyqueue';
import { type LedgerView, NONE, type OutputId, outputId, type TxFrame, type TxId } from '../ledger/index.ts';
import { apportion } from './apportion.ts';
import type { Placement, RuleResult, SeedFill } from './result.ts';
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
  readonly view: Pick<LedgerView, 'frame' | 'transactionOf'>;
  /** Outputs whose taint moved on, by output. */
  readonly passed: ReadonlyMap<OutputId, Placement>;
  /** Where the walk starts: on one output part of the taint may have moved on and part been cut. */
  readonly asked: readonly Placement[];
  /** What each seed filled: by output, label and satoshi. */
  readonly seeded: ReadonlyMap<OutputId, SeedFill>;
  readonly steps: ProvenanceStep[];
  readonly origins: ProvenanceOrigin[];
}

type Back = (walk: Walk, frame: TxFrame, demands: readonly Demand[]) => Demand[];

/** Explains the taint on an output under one rule. Null when the rule has no taint there. */
export function provenance(view: Walk['view'], result: RuleResult, asked: OutputId): Provenance | null {
  const start = [...result.holdings, ...result.passed].filter(({ output }) => output === asked);
  if (start.length === 0) return null;
  const seeded = new Map((result.seeded ?? []).map((fill) => [fill.output, fill]));
  const walk: Walk = {
    view,
    passed: new Map(result.passed.map((placement) => [placement.output, placement])),
    asked: start,
    seeded,
    steps: [],
    origins: [],
  };
  if (result.rule === 'fifo') explain(walk, start.flatMap(fifoDemands), { back: fifoBack, adds: true });
  else if (result.conserves) explain(walk, start.flatMap(amountDemands), { back: haircutBack, adds: true });
  else explain(walk, start.flatMap(amountDemands), { back: poisonBack, adds: false });
  return { steps: walk.steps, origins: walk.origins };
}

/** Latest transactions first and each once, so that everything asked of its outputs is known before it is answered. */
function explain(walk: Walk, first: readonly Demand[], how: { back: Back; adds: boolean }): void {
  const open = new Map<number, Map<string, Demand>>();
  const queue = new TinyQueue<number>([], (a, b) => b - a);
  const add = (demand: Demand): void => {
    const group = open.get(demand.orderKey);
    if (group === undefined) queue.push(demand.orderKey);
    const demands = group ?? new Map<string, Demand>();
    const key = `${demand.output} ${demand.label} ${demand.start}`;
    const same = demands.get(key);
    if (same === undefined) demands.set(key, demand);
    else if (how.adds) same.amountSat += demand.amountSat;
    open.set(demand.orderKey, demands);
  };
  first.forEach(add);
  for (let orderKey = queue.pop(); orderKey !== undefined; orderKey = queue.pop()) {
    const demands = [...(open.get(orderKey)?.values() ?? [])].sort(
      (a, b) => a.output - b.output || a.label - b.label || a.start - b.start,
    );
    open.delete(orderKey);
    how.back(walk, walk.view.frame(walk.view.transactionOf(demands[0].output)), demands).forEach(add);
  }
}

function fifoDemands(placement: Placement): Demand[] {
  const state = placement.state ?? [];
  const demands: Demand[] = [];
  let start = 0;
  for (let pair = 0; pair < state.length; pair += 2) {
    const [label, lengthSat] = [state[pair] - 1, state[pair + 1]];
    const { output, orderKey } = placement;
    if (label >= 0) demands.push({ output, orderKey, label, amountSat: lengthSat, start });
    start += lengthSat;
  }
  return demands;
}

function amountDemands(placement: Placement): Demand[] {
  const { output, orderKey } = placement;
  return placement.taint.map(([label, amountSat]) => ({ output, orderKey, label, amountSat, start: 0 }));
}

/** What a seed of this label filled on the output, in satoshi. */
function filledSat(walk: Walk, demand: Demand): number {
  const fill = walk.seeded.get(demand.output);
  return fill?.label === demand.label ? fill.filledSat : 0;
}

function end(walk: Walk, demand: Demand, at: { amountSat: number; kind: ProvenanceOrigin['kind'] }): void {
  if (at.amountSat > 0) walk.origins.push({ output: demand.output, label: demand.label, ...at });
}

/** FIFO: the range in the output is a range of the concatenated inputs; cut it at input borders. What lies on clean ground is the seed. */
function fifoBack(walk: Walk, frame: TxFrame, demands: readonly Demand[]): Demand[] {
  return demands.flatMap((demand) => {
    let offset = demand.start;
    for (let before = 0; before < demand.output - frame.firstOutput; before += 1)
      offset += frame.outputValueSat[before];
    const pieces = inputPieces(walk, frame, { label: demand.label, start: offset, end: offset + demand.amountSat });
    const explained = pieces.reduce((total, piece) => total + piece.end - piece.start, 0);
    end(walk, demand, { amountSat: demand.amountSat - explained, kind: filledSat(walk, demand) > 0 ? 'seed' : 'fees' });
    return pieces.map((piece) => {
      const toStart = demand.start + piece.tapeStart - offset;
      const amountSat = piece.end - piece.start;
      return stepBack(walk, frame, {
        demand,
        vin: piece.vin,
        amountSat,
        start: piece.start,
        fromRange: [piece.start, piece.end],
        toRange: [toStart, toStart + amountSat],
      });
    });
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
    const state = passedState(walk, spent);
    let inside = 0;
    for (let pair = 0; state !== undefined && pair < state.length; pair += 2) {
      const from = Math.max(range.start, tape + inside);
      const to = Math.min(range.end, tape + inside + state[pair + 1]);
      if (from < to && state[pair] - 1 === range.label) {
        pieces.push({ vin, start: from - tape, end: to - tape, tapeStart: from });
      }
      inside += state[pair + 1];
    }
    tape += frame.inputValueSat[vin];
  });
  return pieces;
}

/** State that an output passed on, if it did: taint that stopped or was cut on it never entered the transaction. */
function passedState(walk: Walk, spent: number): TaintState | undefined {
  return spent === NONE ? undefined : walk.passed.get(outputId(spent))?.state;
}

/** Satoshi of one label that each input brought into a transaction. */
function inputTaint(walk: Walk, frame: TxFrame, label: number): number[] {
  return frame.inputOutput.map((spent) => {
    const placement = spent === NONE ? undefined : walk.passed.get(outputId(spent));
    return placement?.taint.find(([other]) => other === label)?.[1] ?? 0;
  });
}

/**
 * Haircut: what the outputs have of a label is handed back to the inputs in proportion to what each brought, output after output against what is
 * left, so that no input is asked for more than it had.
 */
function haircutBack(walk: Walk, frame: TxFrame, demands: readonly Demand[]): Demand[] {
  return [...new Set(demands.map(({ label }) => label))].flatMap((label) => {
    const room = inputTaint(walk, frame, label);
    return demands
      .filter((demand) => demand.label === label)
      .flatMap((demand) => {
        const entered = demand.amountSat - seedPart(walk, demand);
        end(walk, demand, { amountSat: demand.amountSat - entered, kind: 'seed' });
        const roomSat = room.reduce((sum, amountSat) => sum + amountSat, 0);
        if (roomSat === 0) {
          end(walk, demand, { amountSat: entered, kind: 'fees' });
          return [];
        }
        const share = new Array<number>(room.length).fill(0);
        apportion(entered, roomSat, room, share);
        return share.flatMap((amountSat, vin) =>
          amountSat === 0 ? [] : [stepBack(walk, frame, { demand, vin, amountSat })],
        );
      });
  });
}

/** Part of a demand that the seed on its output answers for: in proportion to what it filled of the label there. */
function seedPart(walk: Walk, demand: Demand): number {
  const filled = filledSat(walk, demand);
  const placed = [walk.passed.get(demand.output), ...walk.asked.filter(({ output }) => output === demand.output)];
  const there =
    placed.flatMap((placement) => placement?.taint ?? []).find(([label]) => label === demand.label)?.[1] ?? 0;
  if (filled === 0 || filled >= there) return filled === 0 ? 0 : demand.amountSat;
  const share = [0, 0];
  apportion(demand.amountSat, there, [filled, there - filled], share);
  return share[0];
}

/** Poison: every input that carries the label is a reason; amounts are full values and do not add up. */
function poisonBack(walk: Walk, frame: TxFrame, demands: readonly Demand[]): Demand[] {
  return demands.flatMap((demand) => {
    const seeded = filledSat(walk, demand) > 0;
    const carrying = frame.inputOutput.flatMap((spent, vin) =>
      passedState(walk, spent)?.includes(demand.label + 1) ? [vin] : [],
    );
    if (seeded || carrying.length === 0)
      end(walk, demand, { amountSat: demand.amountSat, kind: seeded ? 'seed' : 'fees' });
    return carrying.map((vin) => stepBack(walk, frame, { demand, vin, amountSat: frame.inputValueSat[vin] }));
  });
}

interface Step {
  readonly demand: Demand;
  readonly vin: number;
  readonly amountSat: number;
  readonly start?: number;
  readonly fromRange?: ProvenanceStep['fromRange'];
  readonly toRange?: ProvenanceStep['toRange'];
}

/** Notes one spend and asks the spent output where it had the taint from. */
function stepBack(walk: Walk, frame: TxFrame, step: Step): Demand {
  const { demand, vin, amountSat, start = 0, fromRange = null, toRange = null } = step;
  const from = outputId(frame.inputOutput[vin]);
  walk.steps.push({ tx: frame.tx, from, to: demand.output, label: demand.label, amountSat, fromRange, toRange });
  return { output: from, orderKey: walk.passed.get(from)?.orderKey ?? 0, label: demand.label, amountSat, start };
}
