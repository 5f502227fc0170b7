/**
 * Claim:      every output, and the fee, carries the transaction's average taint.
 * Source:     Moeser, Boehme, Breuker, "Towards Risk Scoring of Bitcoin Transactions", FC 2014 workshops; whole satoshi by src/taint/README.md.
 * Parameters: fee `share` (the fee takes its part) or `outputs-only` (outputs take all up to their value, the fee only the excess).
 * Cost:       O((inputs + outputs) x labels) per transaction.
 * Fails when: read as provenance (no coin is followed, only averages), or at dust scale (rounding, see apportion.ts).
 */
import { apportion } from './apportion.ts';
import type { Divided, Division, TaintRule, TaintState } from './rule.ts';

/** Taint that enters, per label ascending, as flat (label, satoshi) pairs. One label is by far the commonest case. */
function pool(division: Division): readonly number[] {
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

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** `buckets` gets one list of pairs per bucket; empty lists are clean. */
function divideOver(pooled: readonly number[], room: number[], overflowBucket: number | null): number[][] {
  const states: number[][] = room.map(() => []);
  const share = new Array<number>(room.length).fill(0);
  let roomSat = sum(room);
  for (let pair = 0; pair < pooled.length; pair += 2) {
    const label = pooled[pair];
    const excessSat = overflowBucket === null ? 0 : Math.max(0, pooled[pair + 1] - roomSat);
    const amountSat = pooled[pair + 1] - excessSat;
    apportion(amountSat, roomSat, room, share);
    roomSat -= amountSat;
    for (let bucket = 0; bucket < room.length && amountSat > 0; bucket += 1) {
      if (share[bucket] > 0) states[bucket].push(label, share[bucket]);
    }
    if (excessSat > 0 && overflowBucket !== null) states[overflowBucket].push(label, excessSat);
  }
  return states;
}

function toDivided(states: readonly number[][], outputCount: number): Divided {
  const outputs: Array<TaintState | null> = [];
  for (let index = 0; index < outputCount; index += 1) outputs.push(states[index].length === 0 ? null : states[index]);
  const rest = states[outputCount];
  return { outputs, rest: rest.length === 0 ? null : rest };
}

function divideWithFeeShare(division: Division): Divided {
  const { inputValueSat, outputValueSat } = division;
  const room = [...outputValueSat, sum(inputValueSat) - sum(outputValueSat)];
  return toDivided(divideOver(pool(division), room, null), outputValueSat.length);
}

function divideOutputsOnly(division: Division): Divided {
  const { outputValueSat } = division;
  const states = divideOver(pool(division), [...outputValueSat, 0], outputValueSat.length);
  return toDivided(states, outputValueSat.length);
}

/** Haircut with whole satoshi. State: (label, satoshi) pairs, ascending labels, sum at most the output's value. */
export function haircut(fee: 'share' | 'outputs-only'): TaintRule {
  return {
    name: 'haircut',
    conserves: true,
    divide: fee === 'share' ? divideWithFeeShare : divideOutputsOnly,
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
      const pairs: Array<[number, number]> = [];
      for (let pair = 0; pair < state.length; pair += 2) pairs.push([state[pair], state[pair + 1]]);
      return pairs;
    },
  };
}
