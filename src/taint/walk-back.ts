/**
 * Claim:      what lies on an output is handed back from transaction to transaction, latest first, until every part of it has come to an end.
 * Source:     src/taint/README.md, the walk back: an order rule maps each satoshi range to ranges of the inputs; a rule over amounts hands each share
 *             back to the inputs in proportion to what each brought; poison names every ancestor.
 * Parameters: what enters a transaction and where a part ends, both given by the trail: `why` follows taint to its seeds, `backward` value to its origins.
 * Cost:       O(ancestor outputs + ranges), each transaction read once.
 * Fails when: facts are out of order (a child before its parent): the store refuses such facts.
 */
import TinyQueue from 'tinyqueue';
import { NONE, type OutputId, type TxFrame, type TxId } from '../ledger/index.ts';
import { apportion } from './apportion.ts';
import type { Division, Piece, Pieces } from './rule.ts';

/** Where value lay: an output of a transaction, or (output NONE) its fee on the way into a coinbase. */
export interface TaintPlace {
  readonly tx: TxId;
  readonly output: OutputId | typeof NONE;
}

/** Satoshi offsets inside a place; null under rules that know amounts only. */
export type SatRange = readonly [start: number, end: number] | null;

/** One move: `amountSat` of a label from `from` to `to` in `tx`. */
export interface BackStep {
  readonly tx: TxId;
  readonly from: TaintPlace;
  readonly to: TaintPlace;
  readonly label: number;
  readonly amountSat: number;
  readonly fromRange: SatRange;
  readonly toRange: SatRange;
}

/** A part of a place that is still to be explained. Labels count from 0; -1 stands for value whatever its taint. */
export interface Demand {
  readonly place: TaintPlace;
  readonly orderKey: number;
  readonly label: number;
  amountSat: number;
  /** Order rules: where the part lies. */
  readonly start: number;
  /** Fewest transactions to the output asked about. */
  hops: number;
}

/** What entered a transaction and where each input lay (null: nowhere the trail can go). The inputs of a coinbase are fees and the subsidy. */
export interface Entry extends Division {
  readonly frame: TxFrame;
  readonly from: ReadonlyArray<{ readonly place: TaintPlace; readonly orderKey: number } | null>;
}

/** How parts are handed back: by satoshi ranges, in proportion, or every input as a whole (amounts then do not add up). */
export type BackWay = 'ranges' | 'shares' | 'ancestors';

/** What a walk is told by its user, and tells. */
export interface BackTrail {
  entryOf(tx: TxId): Entry;
  /** `ranges`: where every satoshi of a transaction comes from. */
  pieces(entry: Entry): Pieces;
  /** `shares`: satoshi of a label that each input brought. `ancestors`: above zero (or true) for inputs that carry it. */
  brought(entry: Entry, label: number): number[];
  /** `ancestors`: inputs that carry the label. */
  carrying(entry: Entry, label: number): number[];
  /** Whether a whole part ends where it lies; the trail notes it. */
  ends(demand: Demand, entry: Entry): boolean;
  /** Whether a part ends before the transaction that made its place is read, by what input `vin` of `entry` says of it; the trail notes it. */
  endsAhead?(demand: Demand, entry: Entry, vin: number): boolean;
  /** Whether no further transaction may be read: then every part that is left is `cut`. */
  isSpent?(): boolean;
  cut?(demand: Demand): void;
  /** `shares`: how much of a part was there before anything came in. */
  ownSat(demand: Demand): number;
  /** `ancestors`: whether the place is an origin by itself, whatever came in. */
  isOrigin(demand: Demand): boolean;
  /** A part that no input explains. */
  origin(demand: Demand, amountSat: number, range: SatRange): void;
  /** A part that came in by an input that leads nowhere. */
  openInput(entry: Entry, by: { demand: Demand; vin: number; amountSat: number; fromRange: SatRange }): void;
}

/** Walks back from the parts given and returns the moves, latest first. */
export function walkBack(trail: BackTrail, way: BackWay, first: readonly Demand[]): BackStep[] {
  const steps: BackStep[] = [];
  const open = new Map<number, Map<string, Demand>>();
  const queue = new TinyQueue<number>([], (a, b) => b - a);
  const add = (demand: Demand): void => {
    const group = open.get(demand.orderKey);
    if (group === undefined) queue.push(demand.orderKey);
    const demands = group ?? new Map<string, Demand>();
    const key = `${demand.place.output} ${demand.label} ${demand.start}`;
    const same = demands.get(key);
    if (same === undefined) demands.set(key, demand);
    else {
      if (way !== 'ancestors') same.amountSat += demand.amountSat;
      same.hops = Math.min(same.hops, demand.hops);
    }
    open.set(demand.orderKey, demands);
  };
  first.forEach(add);
  for (let orderKey = queue.pop(); orderKey !== undefined; orderKey = queue.pop()) {
    const demands = [...(open.get(orderKey)?.values() ?? [])].sort(
      (a, b) => a.place.output - b.place.output || a.label - b.label || a.start - b.start,
    );
    open.delete(orderKey);
    if (trail.isSpent?.()) {
      for (const demand of demands) trail.cut?.(demand);
      continue;
    }
    const entry = trail.entryOf(demands[0].place.tx);
    const further = demands.filter((demand) => !trail.ends(demand, entry));
    for (const move of BACK[way](trail, entry, further)) {
      const step = stepOf(trail, entry, move);
      if (step === null) continue;
      steps.push(step.note);
      if (!trail.endsAhead?.(step.next, entry, move.vin)) add(step.next);
    }
  }
  return steps;
}

/** A part of a demand that came in by one input. */
interface Move {
  readonly demand: Demand;
  readonly vin: number;
  readonly amountSat: number;
  /** Order rules: where the part lay in the input, and where it lies now. */
  readonly fromStart?: number;
  readonly toStart?: number;
}

const BACK: Readonly<Record<BackWay, (trail: BackTrail, entry: Entry, demands: readonly Demand[]) => readonly Move[]>> =
  { ranges: rangesBack, shares: sharesBack, ancestors: ancestorsBack };

/** Order rules: the range of the output is cut where its pieces of the inputs end. What no piece of the label covers is an origin. */
function rangesBack(trail: BackTrail, entry: Entry, demands: readonly Demand[]): Move[] {
  if (demands.length === 0) return [];
  const { outputs, rest } = trail.pieces(entry);
  return demands.flatMap((demand) => {
    const { output } = demand.place;
    let at = demand.start;
    const originUntil = (end: number): void => {
      if (end > at) trail.origin(demand, end - at, [at, end]);
    };
    const moves = (output === NONE ? rest : outputs[output - entry.frame.firstOutput]).flatMap((piece) => {
      const range = overlap(piece, demand);
      if (range === null || piece.label !== demand.label + 1) return [];
      originUntil(range.toStart);
      at = range.toStart + range.amountSat;
      return [{ demand, vin: piece.vin, ...range }];
    });
    originUntil(demand.start + demand.amountSat);
    return moves;
  });
}

/** The part of a piece inside a range asked for: where it lies in the input and in what took it. A line turned round keeps ranges, not directions. */
function overlap(piece: Piece, asked: Demand): { fromStart: number; toStart: number; amountSat: number } | null {
  const toStart = Math.max(asked.start, piece.at);
  const toEnd = Math.min(asked.start + asked.amountSat, piece.at + piece.lengthSat);
  if (toStart >= toEnd) return null;
  const before = piece.turned ? piece.at + piece.lengthSat - toEnd : toStart - piece.at;
  return { fromStart: piece.start + before, toStart, amountSat: toEnd - toStart };
}

/**
 * Rules over amounts: what outputs and fee have is handed back to the inputs in proportion to what each brought, one after the other against what
 * is left, so that no input is asked for more than it had. Whole satoshi by largest remainder: the parts sum to the whole.
 */
function sharesBack(trail: BackTrail, entry: Entry, demands: readonly Demand[]): Move[] {
  return [...new Set(demands.map(({ label }) => label))].flatMap((label) => {
    const room = trail.brought(entry, label);
    return demands
      .filter((demand) => demand.label === label)
      .flatMap((demand): Move[] => {
        const roomSat = room.reduce((sum, amountSat) => sum + amountSat, 0);
        const entered = roomSat === 0 ? 0 : demand.amountSat - trail.ownSat(demand);
        if (entered < demand.amountSat) trail.origin(demand, demand.amountSat - entered, null);
        const share = new Array<number>(room.length).fill(0);
        apportion(entered, roomSat, room, share);
        return share.flatMap((amountSat, vin) => (amountSat === 0 ? [] : [{ demand, vin, amountSat }]));
      });
  });
}

/** Poison: every input that carries the label is a reason; amounts are full values and do not add up. */
function ancestorsBack(trail: BackTrail, entry: Entry, demands: readonly Demand[]): Move[] {
  return demands.flatMap((demand) => {
    const carrying = trail.carrying(entry, demand.label);
    if (trail.isOrigin(demand) || carrying.length === 0) trail.origin(demand, demand.amountSat, null);
    return carrying.map((vin) => ({ demand, vin, amountSat: entry.inputValueSat[vin] }));
  });
}

/** The move as it is told, and what it asks next; null where it leads nowhere. */
function stepOf(trail: BackTrail, entry: Entry, move: Move): { note: BackStep; next: Demand } | null {
  const { demand, vin, amountSat } = move;
  const range = (start: number | undefined): SatRange => (start === undefined ? null : [start, start + amountSat]);
  const fromRange = range(move.fromStart);
  const source = entry.from[vin];
  if (source === null) {
    trail.openInput(entry, { demand, vin, amountSat, fromRange });
    return null;
  }
  const { label, place } = demand;
  const toRange = range(move.toStart);
  return {
    note: { tx: entry.frame.tx, from: source.place, to: place, label, amountSat, fromRange, toRange },
    next: { ...source, label, amountSat, start: move.fromStart ?? 0, hops: demand.hops + 1 },
  };
}
