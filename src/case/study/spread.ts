/** How values are spread: median, quartiles, mean, and how much a few hold of the whole. Ratios for comparison, never amounts of money. */

/** Five numbers and the mean of a list that is not empty. */
export interface Spread {
  readonly least: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly most: number;
  readonly mean: number;
}

/** Spread of some values; null when there are none. Quartiles by linear interpolation between the nearest ranks. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const ascending = [...values].sort((a, b) => a - b);
  const at = (part: number): number => {
    const place = part * (ascending.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, ascending.length - 1);
    return ascending[below] + (place - below) * (ascending[above] - ascending[below]);
  };
  const mean = ascending.reduce((sum, value) => sum + value, 0) / ascending.length;
  return { least: at(0), lowerQuartile: at(0.25), median: at(0.5), upperQuartile: at(0.75), most: at(1), mean };
}

/** Gini coefficient of amounts: 0 when all are equal, towards 1 when one has all; null without a positive amount. */
export function giniOf(amountsSat: readonly number[]): number | null {
  const ascending = amountsSat.map(BigInt).sort((a, b) => (a < b ? -1 : Number(a > b)));
  const total = ascending.reduce((sum, amount) => sum + amount, 0n);
  if (total === 0n) return null;
  const count = BigInt(ascending.length);
  const weighted = ascending.reduce((sum, amount, index) => sum + (2n * BigInt(index + 1) - count - 1n) * amount, 0n);
  return Number(weighted) / Number(count * total);
}

const TOP = 10;

/** Share of the ten largest amounts in all; null without a positive amount. */
export function topShareOf(amountsSat: readonly number[]): number | null {
  const descending = [...amountsSat].sort((a, b) => b - a).map(BigInt);
  const sum = (list: readonly bigint[]): bigint => list.reduce((total, amount) => total + amount, 0n);
  const total = sum(descending);
  return total === 0n ? null : Number(sum(descending.slice(0, TOP))) / Number(total);
}
