/**
 * Claim:      of all ways to group the outputs of a small transaction with inputs that cover them, this part links an output to tainted inputs.
 * Source:     COMB of zkokelj, MSc thesis 2021, as its text has it: every partition of the outputs, every assignment of all inputs to its groups in which
 *             each group's inputs are worth at least its outputs; an output is linked to the inputs of its group. Its code sums in 32 bits, leaves out
 *             covers that could do without an input, and weighs inputs by the taint of another; none of that is reproduced.
 * Parameters: most inputs and outputs of a transaction that is enumerated (5 in the code of the source, 7 in its text).
 * Cost:       9^size steps per transaction at most (59,049 for 5), in whole numbers below 2^53; shares in bigint.
 * Fails when: read as money: links are counted, not satoshi, so taint in is not taint out, the fee gets none, and it keeps no books.
 *
 * Two rules, because the answer is an interval: `comb:low` rounds down and `comb:high` up. In a transaction that is too large both take the ends of
 * what any conserving rule could say: max(0, T - (A - b)) and min(b, T). Where an input's value is unknown the low end is 0. Labels are each
 * followed alone.
 */
import { NONE, SpoorError } from '../ledger/index.ts';
import { sum } from './amount-rule.ts';
import type { Divided, Division, TaintRule, TaintState } from './rule.ts';

/** Which end of the interval. */
export type CombEnd = 'low' | 'high';

/** Most inputs and outputs that may be enumerated. */
export const MAX_COMB_SIZE = 7;

/** One end of COMB. State: (label, satoshi) pairs, ascending labels. Throws USAGE for a size that takes too long. */
export function comb(end: CombEnd, size: number): TaintRule {
  if (size < 1 || size > MAX_COMB_SIZE) {
    throw new SpoorError('USAGE', `--comb-size is from 1 to ${MAX_COMB_SIZE}, not ${size}`);
  }
  return {
    name: `comb:${end}`,
    conserves: false,
    divide: (division) => divide(division, { end, size }),
    seed(existing, valueSat, label) {
      const amounts = new Map(pairs(existing ?? []));
      const filledSat = valueSat - (amounts.get(label) ?? 0);
      if (filledSat === 0) return { state: existing, filledSat };
      return { state: flat([...amounts.set(label, valueSat)]), filledSat };
    },
    only: (state, labels) => flat(pairs(state).filter(([label]) => labels.has(label))),
    labels: (state) => pairs(state).map(([label]) => label),
    amounts: (state) => pairs(state),
  };
}

function pairs(state: TaintState): Array<[label: number, amountSat: number]> {
  const found: Array<[number, number]> = [];
  for (let pair = 0; pair < state.length; pair += 2) found.push([state[pair], state[pair + 1]]);
  return found;
}

function flat(amounts: ReadonlyArray<readonly [number, number]>): TaintState | null {
  const above = amounts.filter(([, amountSat]) => amountSat > 0);
  return above.length === 0 ? null : [...above].sort((a, b) => a[0] - b[0]).flat();
}

function divide(division: Division, how: { end: CombEnd; size: number }): Divided {
  const { inputState, inputValueSat, outputValueSat } = division;
  const byInput = inputState.map((state) => new Map(pairs(state ?? [])));
  const labels = [...new Set(byInput.flatMap((amounts) => [...amounts.keys()]))];
  const small = inputValueSat.length <= how.size && outputValueSat.length <= how.size;
  const links = small && !inputValueSat.includes(NONE) ? linkCounts(inputValueSat, outputValueSat) : null;
  const outputs = outputValueSat.map((valueSat, vout) =>
    flat(
      labels.map((label) => {
        const taintSat = byInput.map((amounts) => amounts.get(label) ?? 0);
        return [
          label,
          links === null
            ? boundSat(division, { taintSat, valueSat, end: how.end })
            : shareSat({ valueSat, inputValueSat, taintSat, links: links[vout] }, how.end),
        ];
      }),
    ),
  );
  return { outputs, rest: null };
}

/** The end of what any conserving rule could give an output. */
function boundSat(division: Division, of: { taintSat: readonly number[]; valueSat: number; end: CombEnd }): number {
  const { inputValueSat } = division;
  const taintSat = sum(of.taintSat);
  if (of.end === 'high') return Math.min(of.valueSat, taintSat);
  return inputValueSat.includes(NONE) ? 0 : Math.max(0, taintSat - (sum(inputValueSat) - of.valueSat));
}

/** Value of an output times the mean tainted part of the inputs linked to it, each by its number of links; rounded towards the end asked for. */
function shareSat(
  of: {
    valueSat: number;
    inputValueSat: readonly number[];
    taintSat: readonly number[];
    links: readonly number[];
  },
  end: CombEnd,
): number {
  let numerator = 0n;
  let denominator = BigInt(sum(of.links));
  of.taintSat.forEach((taintSat, vin) => {
    if (taintSat === 0) return;
    // links * taint / value joins the sum; the number of all links divides it already.
    const value = BigInt(of.inputValueSat[vin]);
    const others = denominator / BigInt(sum(of.links));
    numerator = numerator * value + BigInt(of.links[vin]) * BigInt(taintSat) * others;
    denominator *= value;
  });
  const product = BigInt(of.valueSat) * numerator;
  const down = product / denominator;
  return Number(end === 'high' && product % denominator > 0n ? down + 1n : down);
}

/** How many groupings link output (first index) and input (second): at least one does, the group of everything. */
export function linkCounts(inputValueSat: readonly number[], outputValueSat: readonly number[]): number[][] {
  const inputSums = subsetSums(inputValueSat);
  const outputSums = subsetSums(outputValueSat);
  const counts = groupings(inputSums, outputSums);
  const allInputs = inputSums.length - 1;
  const allOutputs = outputSums.length - 1;
  const links = outputValueSat.map(() => new Array<number>(inputValueSat.length).fill(0));
  for (let group = 1; group <= allOutputs; group += 1) {
    for (let cover = 0; cover <= allInputs; cover += 1) {
      if (inputSums[cover] < outputSums[group]) continue;
      const ways = counts[(allOutputs - group) * (allInputs + 1) + allInputs - cover];
      if (ways > 0) addLinks(links, { group, cover, ways });
    }
  }
  return links;
}

function addLinks(links: readonly number[][], of: { group: number; cover: number; ways: number }): void {
  links.forEach((row, vout) => {
    if ((of.group & (1 << vout)) === 0) return;
    row.forEach((_, vin) => {
      if ((of.cover & (1 << vin)) !== 0) row[vin] += of.ways;
    });
  });
}

/** Sum of every subset, by bit mask. Whole satoshi of one transaction stay far below 2^53. */
function subsetSums(valuesSat: readonly number[]): number[] {
  const sums = [0];
  valuesSat.forEach((valueSat, at) => {
    for (let mask = 0; mask < 1 << at; mask += 1) sums.push(sums[mask] + valueSat);
  });
  return sums;
}

/** Ways to group a set of outputs and use up a set of inputs: entry [outputs][inputs]. The group of the lowest output is chosen first. */
function groupings(inputSums: readonly number[], outputSums: readonly number[]): Float64Array {
  const width = inputSums.length;
  const counts = new Float64Array(outputSums.length * width);
  counts[0] = 1;
  for (let outputs = 1; outputs < outputSums.length; outputs += 1) {
    const lowest = outputs & -outputs;
    for (let group = outputs; group > 0; group = (group - 1) & outputs) {
      if ((group & lowest) === 0) continue;
      const left = (outputs - group) * width;
      for (let inputs = 0; inputs < width; inputs += 1) {
        for (let cover = inputs; ; cover = (cover - 1) & inputs) {
          if (inputSums[cover] >= outputSums[group]) counts[outputs * width + inputs] += counts[left + inputs - cover];
          if (cover === 0) break;
        }
      }
    }
  }
  return counts;
}
