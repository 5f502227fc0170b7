/**
 * COMB by writing every grouping down.
 * Claim: a link is counted once for each grouping that puts the output and the input together. Source: src/taint/README.md, comb.
 * Parameters: most inputs and outputs enumerated; fee taint sinks. Cost: all partitions times all assignments. Fails when: transactions are large.
 */
import { inputValue, labelCountOf, outpointKey, type TinyChain, type TinySeed } from '../support/tiny-chain.ts';
import { type Fraction, fraction, multiply, total, ZERO } from './fraction.ts';

/** Ends of the interval per label, in satoshi. */
export type Interval = readonly [low: number, high: number];

/** Every partition of a list. */
function partitions(list: readonly number[]): number[][][] {
  if (list.length === 0) return [[]];
  const [first, ...others] = list;
  return partitions(others).flatMap((groups) => [
    [[first!], ...groups],
    ...groups.map((group, at) => groups.map((other, index) => (index === at ? [first!, ...group] : other))),
  ]);
}

/** Every way to put `count` things into `places`. */
function assignments(count: number, places: number): number[][] {
  if (count === 0) return [[]];
  return assignments(count - 1, places).flatMap((rest) =>
    Array.from({ length: places }, (_, place) => [...rest, place]),
  );
}

function sumOf(list: readonly number[]): number {
  return list.reduce((sum, value) => sum + value, 0);
}

/** Links by output and input. */
export function combLinks(inputs: readonly number[], outputs: readonly number[]): number[][] {
  const links = outputs.map(() => inputs.map(() => 0));
  for (const groups of partitions(outputs.map((_, vout) => vout))) {
    for (const assigned of assignments(inputs.length, groups.length)) {
      const covers = groups.every((group, place) => {
        const cover = inputs.filter((_, vin) => assigned[vin] === place);
        return sumOf(cover) >= sumOf(group.map((vout) => outputs[vout]!));
      });
      if (!covers) continue;
      groups.forEach((group, place) => {
        for (const vout of group) assigned.forEach((at, vin) => (links[vout]![vin]! += at === place ? 1 : 0));
      });
    }
  }
  return links;
}

/** Interval of every output and label. */
export function combOracle(chain: TinyChain, seeds: readonly TinySeed[], size: number): Map<string, Interval[]> {
  const labels = labelCountOf(seeds);
  const found = new Map<string, Interval[]>();
  chain.transactions.forEach((transaction, tx) => {
    const values = transaction.inputs.map((_, vin) => inputValue(chain, tx, vin));
    const outputs = transaction.outputs.map(({ value }) => value);
    const small = values.length <= size && outputs.length <= size && values.length > 0;
    const links = small ? combLinks(values, outputs) : null;
    outputs.forEach((value, vout) => {
      const intervals = Array.from({ length: labels }, (_, label): Interval => {
        if (seeds.some((seed) => seed.tx === tx && seed.vout === vout && seed.label === label)) return [value, value];
        if (transaction.coinbase) return [0, 0];
        const ends = ([0, 1] as const).map((end) => {
          const taints = transaction.inputs.map((input) =>
            'external' in input ? 0 : found.get(outpointKey(input.tx, input.vout))![label]![end],
          );
          if (links === null) {
            const taint = sumOf(taints);
            return end === 1 ? Math.min(value, taint) : Math.max(0, taint - (sumOf(values) - value));
          }
          const parts = taints.map(
            (taint, vin): Fraction =>
              taint === 0
                ? ZERO
                : multiply(fraction(taint, values[vin]), fraction(links[vout]![vin]!, sumOf(links[vout]!))),
          );
          const { numerator, denominator } = multiply(total(parts), fraction(value));
          return Number(end === 0 ? numerator / denominator : (numerator + denominator - 1n) / denominator);
        });
        return [ends[0]!, ends[1]!];
      });
      found.set(outpointKey(tx, vout), intervals);
    });
  });
  return found;
}
