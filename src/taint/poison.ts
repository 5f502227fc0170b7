/**
 * Claim:      if any input is tainted, every output is, in full.
 * Source:     Moeser, Boehme, Breuker, FC 2014 workshops (src/taint/README.md).
 * Parameters: none. Zero-value inputs and outputs carry it too. The rest (fee) carries it only where fee taint propagates.
 * Cost:       O(inputs + outputs) per transaction, times distinct labels where labels meet.
 * Fails when: summed as if it were money: it does not conserve and has no books.
 */
import type { Divided, Division, TaintRule, TaintState } from './rule.ts';

function union(a: TaintState, b: TaintState): TaintState {
  if (a === b || b.every((label) => a.includes(label))) return a;
  return [...new Set([...a, ...b])].sort((x, y) => x - y);
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
