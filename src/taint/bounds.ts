/**
 * Claim:      every conserving rule puts between `lower` and `upper` satoshi of a label on an output, whatever it does at this transaction or above it.
 * Source:     src/taint/README.md, "Whatever the rule": max(0, T - (A - b)) <= T_k <= min(b, T). Where T itself is only known to lie in [L, U], both
 *             ends grow with T, so max(0, L - (A - b)) and min(b, U) hold. Inputs add up: L and U are sums over the inputs, and U is at most what was
 *             ever seeded, because the inputs of one transaction are coins that exist at the same time.
 * Parameters: the limits of the run, which different rules meet at different outputs; nothing else.
 * Cost:       O((inputs + outputs) x labels) per transaction, as haircut.
 * Fails when: read as the tightest interval far from a seed: parts of one coin that part and meet again are bounded one by one, not together.
 *
 * State of an output: entries of five numbers, (label, lower, upper, fewest hops, most hops), ascending labels; label 0 is all labels together. The
 * sums need a bound of their own: two labels of 50 that fill an input of 100 leave no room for clean money, which neither alone says.
 */
import type { TraceLimits } from './result.ts';
import type { Division, TaintState } from './rule.ts';

/** Numbers per entry. */
export const BOUND_ENTRY = 5;
const LOWER = 1;
const UPPER = 2;
const FEWEST = 3;
const MOST = 4;
const MILLION = 1_000_000n;

/** What was seeded at most so far, by label from 1; 0 is all labels together. */
export type SeededCaps = readonly number[];

/** One entry of a pool while inputs are added up. */
interface Pooled {
  lower: number;
  upper: number;
  fewest: number;
  /** Fewest of the most hops over inputs that surely carry the label, and most over those that may. */
  surely: number;
  maybe: number;
}

/** Bounds of what enters by the inputs, per label ascending. */
function pooled(inputState: Division['inputState']): Array<[label: number, pool: Pooled]> {
  const byLabel = new Map<number, Pooled>();
  for (const state of inputState) {
    if (state === null) continue;
    for (let at = 0; at < state.length; at += BOUND_ENTRY) {
      let pool = byLabel.get(state[at]);
      if (pool === undefined) {
        pool = { lower: 0, upper: 0, fewest: Number.MAX_SAFE_INTEGER, surely: Number.MAX_SAFE_INTEGER, maybe: 0 };
        byLabel.set(state[at], pool);
      }
      pool.lower += state[at + LOWER];
      pool.upper += state[at + UPPER];
      pool.fewest = Math.min(pool.fewest, state[at + FEWEST]);
      pool.maybe = Math.max(pool.maybe, state[at + MOST]);
      if (state[at + LOWER] > 0) pool.surely = Math.min(pool.surely, state[at + MOST]);
    }
  }
  return byLabel.size <= 2 ? [...byLabel] : [...byLabel].sort((a, b) => a[0] - b[0]);
}

/** Bounds on every output and on the rest, for what enters a transaction of known values. */
export function divideBounds(
  { inputState, inputValueSat, outputValueSat }: Division,
  caps: SeededCaps,
): { outputs: Array<TaintState | null>; rest: TaintState | null } {
  let inSat = 0;
  for (const valueSat of inputValueSat) inSat += valueSat;
  let outSat = 0;
  for (const valueSat of outputValueSat) outSat += valueSat;
  const pools = pooled(inputState);
  const bucket = (roomSat: number): TaintState | null => {
    if (roomSat <= 0) return null;
    const entries: number[] = [];
    for (const [label, { lower, upper, fewest, surely, maybe }] of pools) {
      const most = Math.min(roomSat, upper, caps[label] ?? 0);
      if (most === 0) continue;
      const hops = Math.min(surely, maybe);
      entries.push(label, Math.max(0, lower - (inSat - roomSat)), most, fewest + 1, hops + 1);
    }
    return entries.length === 0 ? null : entries.slice();
  };
  return { outputs: outputValueSat.map(bucket), rest: bucket(inSat - outSat) };
}

/** Bounds of one label on a state; 0 is all labels together. */
export function boundsOf(state: TaintState | null, label: number): { lowerSat: number; upperSat: number } {
  for (let at = 0; state !== null && at < state.length; at += BOUND_ENTRY) {
    if (state[at] === label) return { lowerSat: state[at + LOWER], upperSat: state[at + UPPER] };
  }
  return { lowerSat: 0, upperSat: 0 };
}

/**
 * An output of `valueSat` once `label` (from 1) is seeded on it: the clean part, of which only bounds may be known, becomes the label's; then nothing is
 * clean. `filledSat` is the most that was.
 */
export function seedBounds(
  existing: TaintState | null,
  valueSat: number,
  label: number,
): { state: TaintState | null; filledSat: number } {
  const all = boundsOf(existing, 0);
  const own = boundsOf(existing, label);
  const most = valueSat - all.lowerSat;
  if (most === 0) return { state: existing, filledSat: 0 };
  const surelyFills = all.upperSat < valueSat;
  const others = otherEntries(existing, label);
  const othersLower = others.reduce((sum, entry) => sum + entry[LOWER], 0);
  const othersUpper = others.reduce((sum, entry) => sum + entry[UPPER], 0);
  const lower = Math.max(own.lowerSat + valueSat - all.upperSat, valueSat - othersUpper, 0);
  const upper = Math.min(own.upperSat + most, valueSat - othersLower);
  const before = entryOf(existing, label);
  const mostHops = surelyFills ? 0 : (before?.[MOST] ?? 0);
  const entries = [...others, [label, lower, upper, 0, mostHops]].sort((a, b) => a[0] - b[0]);
  return { state: [0, valueSat, valueSat, 0, 0, ...entries.flat()], filledSat: most };
}

function entryOf(state: TaintState | null, label: number): readonly number[] | null {
  for (let at = 0; state !== null && at < state.length; at += BOUND_ENTRY) {
    if (state[at] === label) return state.slice(at, at + BOUND_ENTRY);
  }
  return null;
}

/** Entries of single labels but one. */
function otherEntries(state: TaintState | null, label: number): number[][] {
  const others: number[][] = [];
  for (let at = 0; state !== null && at < state.length; at += BOUND_ENTRY) {
    if (state[at] !== 0 && state[at] !== label) others.push(state.slice(at, at + BOUND_ENTRY));
  }
  return others;
}

/** What of an output may be followed into its spender, and what may come to rest on it because a limit cuts it. */
export interface LimitedBounds {
  readonly enters: TaintState | null;
  readonly rests: TaintState | null;
}

/**
 * Limits look at the amount and the hops of one rule. Where every rule must meet the limit, nothing enters; where none can, all does; between, both
 * lower ends are 0. `height` is that of the spender, -1 when unknown.
 */
export function limitBounds(
  state: TaintState,
  limits: TraceLimits,
  at: { valueSat: number; height: number },
): LimitedBounds {
  const { maxHops, minSat, minShareMillionths, untilHeight } = limits;
  if (untilHeight !== null && at.height > untilHeight) return { enters: null, rests: state };
  if (maxHops === null && minSat === null && minShareMillionths === null) return { enters: state, rests: null };
  const shareSat = (BigInt(minShareMillionths ?? 0) * BigInt(at.valueSat) + MILLION - 1n) / MILLION;
  const leastSat = Math.max(minSat ?? 0, Number(shareSat));
  const enters: number[][] = [];
  const rests: number[][] = [];
  for (let from = BOUND_ENTRY; from < state.length; from += BOUND_ENTRY) {
    const entry = state.slice(from, from + BOUND_ENTRY);
    const hopsKeep = maxHops === null || entry[MOST] < maxHops;
    if ((maxHops !== null && entry[FEWEST] >= maxHops) || entry[UPPER] < leastSat) rests.push(entry);
    else if (hopsKeep && entry[LOWER] >= leastSat) enters.push(entry);
    else {
      const [label, , upper, fewest, most] = entry;
      enters.push([label, 0, upper, fewest, most]);
      const restsSat = hopsKeep ? Math.min(upper, leastSat - 1) : upper;
      if (restsSat > 0) rests.push([label, 0, restsSat, fewest, most]);
    }
  }
  if (rests.length === 0) return { enters: state, rests: null };
  if (enters.length === 0) return { enters: null, rests: state };
  const all = boundsOf(state, 0);
  return { enters: withAll(enters, all.upperSat), rests: withAll(rests, all.upperSat) };
}

/** Entries of labels with the entry for all of them in front. */
function withAll(entries: readonly number[][], mostSat: number): TaintState | null {
  if (entries.length === 0) return null;
  const lower = entries.reduce((sum, entry) => sum + entry[LOWER], 0);
  const upper = entries.reduce((sum, entry) => sum + entry[UPPER], 0);
  return [0, lower, Math.min(upper, mostSat), 0, 0, ...entries.flat()];
}

/** Fee taint that follows into a coinbase: where a limit on hops may stop it under one rule and not under another, nothing is sure. */
export function feeBounds(rest: TaintState, maxHops: number | null): TaintState | null {
  if (maxHops === null) return rest;
  let mayGo = false;
  let surelyGoes = true;
  for (let at = BOUND_ENTRY; at < rest.length; at += BOUND_ENTRY) {
    mayGo ||= rest[at + FEWEST] < maxHops;
    surelyGoes &&= rest[at + MOST] < maxHops;
  }
  if (!mayGo) return null;
  return surelyGoes ? rest : rest.map((value, index) => (index % BOUND_ENTRY === LOWER ? 0 : value));
}
