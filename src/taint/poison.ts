/**
 * Claim:      if any input is tainted, every output is, in full.
 * Source:     Moeser, Boehme, Breuker, FC 2014 workshops (src/taint/README.md).
 * Parameters: none. Zero-value inputs and outputs carry it too. The rest (fee) carries it only where fee taint propagates.
 * Cost:       O(inputs + outputs) per transaction, times distinct labels where labels meet.
 * Fails when: summed as if it were money: it does not conserve and has no books.
 */
import type { Divided, Division, TaintRule, TaintState } from './rule.ts';

/** Both lists ascend; a list that has all of the other is given back itself. */
function union(a: TaintState, b: TaintState): TaintState {
  if (a === b) return a;
  const all: number[] = [];
  let left = 0;
  for (const label of b) {
    while (left < a.length && a[left] < label) all.push(a[left++]);
    if (a[left] === label) left += 1;
    all.push(label);
  }
  while (left < a.length) all.push(a[left++]);
  return all.length === a.length ? a : all;
}

function divide(division: Division): Divided {
  let all: TaintState | null = null;
  for (const state of division.inputState) {
    if (state !== null) all = all === null ? state : union(all, state);
  }
  return { outputs: division.outputValueSat.map(() => all), rest: all };
}

/** Poison as sets of labels. State: ascending labels, shared between outputs. */
export const poison: TaintRule = {
  name: 'poison',
  conserves: false,
  backward: 'ancestors',
  divide,
  seed(existing, valueSat, label) {
    const carried = existing?.includes(label) === true;
    return { state: existing === null ? [label] : union(existing, [label]), filledSat: carried ? 0 : valueSat };
  },
  only(state, labels) {
    const kept = state.filter((label) => labels.has(label));
    return kept.length === 0 ? null : kept;
  },
  labels(state) {
    return [...state];
  },
  amounts(state, valueSat) {
    return valueSat === 0 ? [] : state.map((label) => [label, valueSat]);
  },
};
