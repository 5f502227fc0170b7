/**
 * Ordered taint: an output as a list of runs (label, length) from its first satoshi to its last, label 0 clean. What the order rules share.
 */
import { sum } from './amount-rule.ts';
import {
  allClean,
  type Divided,
  type Division,
  type Piece,
  type Pieces,
  type TaintRule,
  type TaintState,
} from './rule.ts';

/** How inputs line up: vin order, turned round, tainted first, clean first, highest input first, smallest input first. */
export type InOrder = 'F' | 'L' | 'T' | 'C' | 'H' | 'S';

/** Appends a run to a segment list of flat (label, length) pairs, merging with the last run of the same label. */
function append(segments: number[], label: number, lengthSat: number): void {
  const last = segments.length - 2;
  if (last >= 0 && segments[last] === label) segments[last + 1] += lengthSat;
  else segments.push(label, lengthSat);
}

/** A list that is one clean run is kept as `null`. */
function cleanToNull(segments: number[]): TaintState | null {
  if (segments.length === 0) return null;
  return segments.length === 2 && segments[0] === 0 ? null : segments;
}

/** Lists of runs one after the other as one state; null when all is clean. */
export function joinRuns(lists: ReadonlyArray<readonly number[]>): TaintState | null {
  const joined: number[] = [];
  for (const list of lists)
    for (let pair = 0; pair < list.length; pair += 2) append(joined, list[pair], list[pair + 1]);
  return cleanToNull(joined);
}

/** Runs of a state as (label, start, length). */
export function runsOf(state: TaintState): Array<readonly [label: number, start: number, lengthSat: number]> {
  const runs: Array<readonly [number, number, number]> = [];
  for (let pair = 0, start = 0; pair < state.length; pair += 2) {
    runs.push([state[pair], start, state[pair + 1]]);
    start += state[pair + 1];
  }
  return runs;
}

/** Walks lined-up inputs run by run: `take(n)` moves the next n satoshi into a list. */
class Tape {
  private input = 0;
  private pair = 0;
  private usedSat = 0;
  private readonly states: ReadonlyArray<TaintState | null>;
  private readonly valuesSat: readonly number[];

  constructor(states: ReadonlyArray<TaintState | null>, valuesSat: readonly number[]) {
    this.states = states;
    this.valuesSat = valuesSat;
  }

  /** Moves up to `wantedSat` satoshi from the front of the tape. */
  take(wantedSat: number): TaintState | null {
    let firstLabel = 0;
    let firstSat = 0;
    let into: number[] | null = null;
    let wanted = wantedSat;
    while (wanted > 0 && this.input < this.valuesSat.length) {
      const state = this.states[this.input];
      const label = state === null ? 0 : state[this.pair];
      const runSat = (state === null ? this.valuesSat[this.input] : state[this.pair + 1]) - this.usedSat;
      const moved = Math.min(runSat, wanted);
      if (moved > 0) {
        if (into !== null) append(into, label, moved);
        else if (firstSat > 0 && label !== firstLabel) into = [firstLabel, firstSat, label, moved];
        else {
          firstLabel = label;
          firstSat += moved;
        }
      }
      wanted -= moved;
      if (moved < runSat) this.usedSat += moved;
      else this.nextRun(state);
    }
    if (into !== null) return into.length === 4 ? into : into.slice();
    return firstLabel === 0 || firstSat === 0 ? null : [firstLabel, firstSat];
  }

  private nextRun(state: TaintState | null): void {
    this.usedSat = 0;
    this.pair += 2;
    if (state !== null && this.pair < state.length) return;
    this.pair = 0;
    this.input += 1;
  }
}

/** Every run of the inputs in vin order. */
function inputRuns({ inputState, inputValueSat }: Division): Array<[label: number, lengthSat: number]> {
  return inputState.flatMap((state, vin) => {
    if (state === null) return [[0, inputValueSat[vin]] as [number, number]];
    const runs: Array<[number, number]> = [];
    for (let pair = 0; pair < state.length; pair += 2) runs.push([state[pair], state[pair + 1]]);
    return runs;
  });
}

/**
 * The inputs lined up in the given order. L turns the whole line round, satoshi by satoshi; T and C keep vin order inside the tainted and the clean
 * runs; H and S move whole inputs, the lower vin first among equals.
 */
function lineUp(division: Division, order: InOrder): Tape {
  const { inputState, inputValueSat } = division;
  if (order === 'F') return new Tape(inputState, inputValueSat);
  if (order === 'H' || order === 'S') {
    const sign = order === 'H' ? -1 : 1;
    const vins = inputValueSat
      .map((_, vin) => vin)
      .sort((a, b) => sign * (inputValueSat[a] - inputValueSat[b]) || a - b);
    return new Tape(
      vins.map((vin) => inputState[vin]),
      vins.map((vin) => inputValueSat[vin]),
    );
  }
  const runs = inputRuns(division);
  const tainted = runs.filter(([label]) => label !== 0);
  const clean = runs.filter(([label]) => label === 0);
  const line = order === 'L' ? runs.reverse() : order === 'T' ? [...tainted, ...clean] : [...clean, ...tainted];
  return new Tape([line.flat()], [line.reduce((sum, [, lengthSat]) => sum + lengthSat, 0)]);
}

/** Stands for the rest among outputs served. */
const REST = -1;

/** Whether the fee is served before all outputs, or takes what is left at the end. */
type RestPlace = 'rest-first' | 'rest-last';

/** A rule that lines inputs up and serves outputs from the front of the line. `serve` lists outputs by vout. */
export function orderRule(
  name: string,
  inOrder: InOrder,
  serve: (outputValueSat: readonly number[]) => readonly number[],
  restPlace: RestPlace = 'rest-last',
): TaintRule {
  return {
    name,
    conserves: true,
    runs: true,
    ...(inOrder === 'T' || inOrder === 'C' ? { total: true as const } : { backward: 'ranges' as const }),
    divide: (division) => divide(division, inOrder, { vouts: serve(division.outputValueSat), restPlace }),
    pieces: (division) => pieces(division, inOrder, { vouts: serve(division.outputValueSat), restPlace }),
    ...SEGMENTS,
  };
}

/** Where every run of the inputs goes: each gets a number in place of its label, and the numbers are divided. Under T and C clean runs have none. */
function pieces(division: Division, inOrder: InOrder, serving: Serving): Pieces {
  const cleanCounts = inOrder !== 'T' && inOrder !== 'C';
  const runs: Array<Omit<Piece, 'at'>> = [];
  const inputState = division.inputState.map((state, vin) => {
    const before = state ?? [0, division.inputValueSat[vin]];
    const numbered: number[] = [];
    for (let pair = 0, start = 0; pair < before.length; pair += 2) {
      const [label, lengthSat] = [before[pair], before[pair + 1]];
      const counts = label !== 0 || cleanCounts;
      numbered.push(counts ? runs.push({ vin, start, lengthSat, label, turned: inOrder === 'L' }) : 0, lengthSat);
      start += lengthSat;
    }
    return numbered;
  });
  const { outputs, rest } = divide({ ...division, inputState }, inOrder, serving);
  const usedSat = new Array<number>(runs.length).fill(0);
  const read = (state: TaintState | null): Piece[] => {
    const found: Piece[] = [];
    for (let pair = 0, at = 0; state !== null && pair < state.length; pair += 2) {
      const [number, lengthSat] = [state[pair], state[pair + 1]];
      const run = runs[number - 1];
      if (run !== undefined) {
        // A line that is turned round uses up its runs from their last satoshi.
        const from = run.turned ? run.lengthSat - usedSat[number - 1] - lengthSat : usedSat[number - 1];
        found.push({ ...run, start: run.start + from, lengthSat, at });
        usedSat[number - 1] += lengthSat;
      }
      at += lengthSat;
    }
    return found;
  };
  const served = new Map(
    (serving.restPlace === 'rest-first' ? [REST, ...serving.vouts] : [...serving.vouts, REST]).map((vout) => [
      vout,
      read(vout === REST ? rest : outputs[vout]),
    ]),
  );
  return { outputs: outputs.map((_, vout) => served.get(vout) ?? []), rest: served.get(REST) ?? [] };
}

/** In which order outputs are served, and where among them the fee. */
interface Serving {
  readonly vouts: readonly number[];
  readonly restPlace: RestPlace;
}

function divide(division: Division, inOrder: InOrder, { vouts, restPlace }: Serving): Divided {
  const { inputValueSat, outputValueSat } = division;
  const tape = lineUp(division, inOrder);
  const outputs = allClean(outputValueSat.length);
  const first = restPlace === 'rest-first' ? tape.take(sum(inputValueSat) - sum(outputValueSat)) : null;
  for (const vout of vouts) outputs[vout] = tape.take(outputValueSat[vout]);
  return { outputs, rest: restPlace === 'rest-first' ? first : tape.take(Number.MAX_SAFE_INTEGER) };
}

/** The amount when all tainted runs are of one label, by far the commonest case; else null. */
function amountOfOneLabel(state: TaintState): [label: number, valueSat: number] | null {
  let label = 0;
  let totalSat = 0;
  for (let pair = 0; pair < state.length; pair += 2) {
    if (state[pair] === 0) continue;
    if (label !== 0 && state[pair] !== label) return null;
    label = state[pair];
    totalSat += state[pair + 1];
  }
  return label === 0 ? null : [label, totalSat];
}

/** What every rule over segments does alike. */
const SEGMENTS: Pick<TaintRule, 'seed' | 'only' | 'labels' | 'amounts'> = {
  seed(existing, valueSat, label) {
    if (valueSat === 0) return { state: null, filledSat: 0 };
    const before = existing ?? [0, valueSat];
    const segments: number[] = [];
    let filledSat = 0;
    for (let pair = 0; pair < before.length; pair += 2) {
      const clean = before[pair] === 0;
      if (clean) filledSat += before[pair + 1];
      append(segments, clean ? label : before[pair], before[pair + 1]);
    }
    return { state: filledSat === 0 ? existing : segments, filledSat };
  },
  only(state, labels) {
    const segments: number[] = [];
    for (let pair = 0; pair < state.length; pair += 2) {
      append(segments, labels.has(state[pair]) ? state[pair] : 0, state[pair + 1]);
    }
    return cleanToNull(segments);
  },
  labels(state) {
    return this.amounts(state, 0).map(([label]) => label);
  },
  amounts(state) {
    const single = amountOfOneLabel(state);
    if (single !== null) return [single];
    const byLabel = new Map<number, number>();
    for (let pair = 0; pair < state.length; pair += 2) {
      if (state[pair] !== 0) byLabel.set(state[pair], (byLabel.get(state[pair]) ?? 0) + state[pair + 1]);
    }
    return [...byLabel].sort((a, b) => a[0] - b[0]);
  },
};
