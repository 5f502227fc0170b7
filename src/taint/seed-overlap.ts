/**
 * Claim:      what becomes of taint that lies on an output when it is seeded, where it is not simply kept (`first-wins` is the rules' own way).
 * Source:     `seed-overrides`: BlockSci, blockparser: a seed stays fully tainted. `multi-label`: several sets kept apart, as if each were run alone.
 * Parameters: the rule that is so changed.
 * Cost:       `seed-overrides`: none. `multi-label`: that of the rule for each label on each transaction.
 * Fails when: `seed-overrides`: an earlier victim's money ends there by convention alone. `multi-label`: amounts of several labels on one output are
 *             added up: they may exceed its value.
 */
import { SpoorError } from '../ledger/index.ts';
import type { Divided, Division, Piece, Pieces, TaintRule, TaintState } from './rule.ts';
import { runsOf } from './segment.ts';

/** The rule with seeds that take their output in full; what lay there is displaced. */
export function overriding(rule: TaintRule): TaintRule {
  return {
    ...rule,
    seed(existing, valueSat, label) {
      if (existing === null) return rule.seed(null, valueSat, label);
      const others = new Set(rule.labels(existing).filter((other) => other !== label));
      const own = (amounts: ReadonlyArray<readonly [number, number | bigint]>): number | bigint =>
        amounts.find(([other]) => other === label)?.[1] ?? 0;
      const ownSat = Number(own(rule.amounts(existing, valueSat)));
      if (others.size === 0 && ownSat === valueSat) return { state: existing, filledSat: 0 };
      const { state, filledUnits } = rule.seed(null, valueSat, label);
      return {
        state,
        filledSat: valueSat - ownSat,
        displaced: others.size === 0 ? null : rule.only(existing, others),
        ...(filledUnits === undefined ? {} : { filledUnits: filledUnits - BigInt(own(rule.units?.(existing) ?? [])) }),
      };
    },
  };
}

/**
 * The rule with every label followed as if it were alone. State: for each label, ascending, the label below zero, how many numbers follow, and the
 * rule's own state of that label. Throws USAGE for a rule that turns back at transactions as a whole (pure taint, least share): that has no answer
 * label by label.
 */
export function eachAlone(rule: TaintRule): TaintRule {
  if (rule.boundary !== undefined || rule.declines !== undefined) {
    const option = rule.declines === undefined ? `--rule ${rule.name}` : '--haircut-tx-share';
    const hint = `use --seed-overlap first-wins, or trace each label in a run of its own`;
    throw new SpoorError('USAGE', `--seed-overlap multi-label does not go with ${option}`, {}, hint);
  }
  const parts = (state: TaintState | null): Array<[number, TaintState]> => partsOf(state);
  const { pieces, runs: _, ...others } = rule;
  return {
    ...others,
    ...(pieces === undefined
      ? {}
      : {
          pieces: (division) => piecesEach(pieces, division),
          ranges: (state) => parts(state).flatMap(([, part]) => runsOf(part)),
        }),
    divide: (division) => divideEach(rule, division),
    seed(existing, valueSat, label) {
      const byLabel = new Map(parts(existing));
      const before = byLabel.get(label) ?? null;
      const { state, ...filled } = rule.seed(before, valueSat, label);
      if (state === before) return { state: existing, ...filled };
      if (state !== null) byLabel.set(label, state);
      return { state: joined([...byLabel]), ...filled };
    },
    only: (state, labels) => joined(parts(state).filter(([label]) => labels.has(label))),
    labels: (state) => parts(state).map(([label]) => label),
    amounts: (state, valueSat) => parts(state).flatMap(([, part]) => rule.amounts(part, valueSat)),
    ...(rule.units === undefined
      ? {}
      : { units: (state) => parts(state).flatMap(([, part]) => rule.units?.(part) ?? []) }),
  };
}

function partsOf(state: TaintState | null): Array<[number, TaintState]> {
  const found: Array<[number, TaintState]> = [];
  for (let at = 0; state !== null && at < state.length; at += 2 + state[at + 1]) {
    found.push([-state[at], state.slice(at + 2, at + 2 + state[at + 1])]);
  }
  return found;
}

function joined(parts: ReadonlyArray<readonly [number, TaintState]>): TaintState | null {
  if (parts.length === 0) return null;
  return [...parts].sort((a, b) => a[0] - b[0]).flatMap(([label, part]) => [-label, part.length, ...part]);
}

function divideEach(rule: TaintRule, division: Division): Divided {
  const byInput = division.inputState.map((state) => new Map(partsOf(state)));
  const labels = [...new Set(byInput.flatMap((parts) => [...parts.keys()]))].sort((a, b) => a - b);
  const outputs: Array<Array<[number, TaintState]>> = division.outputValueSat.map(() => []);
  const rest: Array<[number, TaintState]> = [];
  const overflow: Array<[number, TaintState]> = [];
  for (const label of labels) {
    const inputState = byInput.map((parts) => parts.get(label) ?? null);
    const divided = rule.divide({ ...division, inputState });
    divided.outputs.forEach((state, vout) => {
      if (state !== null) outputs[vout].push([label, state]);
    });
    if (divided.rest !== null) rest.push([label, divided.rest]);
    if (divided.overflow) overflow.push([label, divided.overflow]);
  }
  return { outputs: outputs.map(joined), rest: joined(rest), overflow: joined(overflow) };
}

/** The pieces of every label alone, one label after the other. */
function piecesEach(pieces: NonNullable<TaintRule['pieces']>, division: Division): Pieces {
  const byInput = division.inputState.map((state) => new Map(partsOf(state)));
  const labels = [...new Set(byInput.flatMap((parts) => [...parts.keys()]))].sort((a, b) => a - b);
  if (labels.length === 0) return pieces(division);
  const each = labels.map((label) => {
    const found = pieces({ ...division, inputState: byInput.map((parts) => parts.get(label) ?? null) });
    const own = (list: readonly Piece[]): Piece[] => list.filter((piece) => piece.label === label);
    return { outputs: found.outputs.map(own), rest: own(found.rest) };
  });
  const outputs = division.outputValueSat.map((_, vout) => each.flatMap((found) => found.outputs[vout]));
  return { outputs, rest: each.flatMap((found) => found.rest) };
}
