/** Taint as one amount per label and output, without positions: what haircut, TIHO and seniority share. */
import { apportion } from './apportion.ts';
import { allClean, type Divided, type Division, type TaintRule } from './rule.ts';

/** Taint that enters, per label ascending, as flat (label, satoshi) pairs. One label is by far the commonest case. */
export function pool(division: Division): readonly number[] {
  const single = poolOfOneLabel(division);
  if (single !== null) return single;
  const byLabel = new Map<number, number>();
  for (const state of division.inputState) {
    if (state === null) continue;
    for (let pair = 0; pair < state.length; pair += 2) {
      byLabel.set(state[pair], (byLabel.get(state[pair]) ?? 0) + state[pair + 1]);
    }
  }
  return [...byLabel].sort((a, b) => a[0] - b[0]).flat();
}

/** The pool when every tainted input carries the same one label, else null. */
function poolOfOneLabel({ inputState }: Division): readonly number[] | null {
  let label = 0;
  let totalSat = 0;
  for (const state of inputState) {
    if (state === null) continue;
    if (state.length !== 2 || (label !== 0 && state[0] !== label)) return null;
    label = state[0];
    totalSat += state[1];
  }
  return label === 0 ? [] : [label, totalSat];
}

/** Sum of satoshi amounts. */
export function sum(valuesSat: readonly number[]): number {
  let total = 0;
  for (const valueSat of valuesSat) total += valueSat;
  return total;
}

/**
 * Divides a pool over buckets by their room, label after label against the room left. `overflow` names the bucket that takes what the room does not
 * hold, null where it always does. One list of pairs per bucket, null where it is clean. Writes to `room`.
 */
export function divideOver(pooled: readonly number[], room: number[], overflow: number | null): Buckets {
  const states: Buckets = allClean(room.length);
  const share = new Array<number>(room.length).fill(0);
  let roomSat = sum(room);
  for (let pair = 0; pair < pooled.length; pair += 2) {
    const label = pooled[pair];
    const excessSat = overflow === null ? 0 : Math.max(0, pooled[pair + 1] - roomSat);
    const amountSat = pooled[pair + 1] - excessSat;
    apportion(amountSat, roomSat, room, share);
    roomSat -= amountSat;
    for (let bucket = 0; bucket < room.length && amountSat > 0; bucket += 1) {
      if (share[bucket] > 0) give(states, bucket, [label, share[bucket]]);
    }
    if (excessSat > 0 && overflow !== null) give(states, overflow, [label, excessSat]);
  }
  return states;
}

/** States that fill up, label after label: (label, satoshi) pairs, null where clean. */
export type Buckets = Array<number[] | null>;

/** Adds an amount above zero to a bucket, of a label that comes after those that are there. */
export function give(states: Buckets, bucket: number, amount: [label: number, amountSat: number]): void {
  const before = states[bucket];
  if (before === null) states[bucket] = amount;
  else before.push(amount[0], amount[1]);
}

/** Buckets as outputs with the rest last. */
export function toDivided(states: Buckets, outputCount: number): Divided {
  return { outputs: states.slice(0, outputCount), rest: states[outputCount] };
}

/** A conserving rule over amounts. State: (label, satoshi) pairs, ascending labels, sum at most the output's value. */
export function amountRule(name: string, divide: TaintRule['divide']): TaintRule {
  return { name, conserves: true, divide, ...AMOUNTS };
}

/** What every rule over amounts does alike. */
const AMOUNTS: Pick<TaintRule, 'seed' | 'only' | 'labels' | 'amounts'> = {
  seed(existing, valueSat, label) {
    const before = existing ?? [];
    let taintedSat = 0;
    for (let pair = 1; pair < before.length; pair += 2) taintedSat += before[pair];
    const filledSat = valueSat - taintedSat;
    if (filledSat === 0) return { state: existing, filledSat };
    const merged = new Map<number, number>();
    for (let pair = 0; pair < before.length; pair += 2) merged.set(before[pair], before[pair + 1]);
    merged.set(label, (merged.get(label) ?? 0) + filledSat);
    return { state: [...merged].sort((a, b) => a[0] - b[0]).flat(), filledSat };
  },
  only(state, labels) {
    const kept = this.amounts(state, 0).filter(([label]) => labels.has(label));
    return kept.length === 0 ? null : kept.flat();
  },
  labels(state) {
    return this.amounts(state, 0).map(([label]) => label);
  },
  amounts(state) {
    if (state.length === 2) return [[state[0], state[1]]];
    const pairs: Array<[number, number]> = [];
    for (let pair = 0; pair < state.length; pair += 2) pairs.push([state[pair], state[pair + 1]]);
    return pairs;
  },
};
