/**
 * Claim:      how likely two samples would differ in rank at least this much if both came from one distribution (two-sided).
 * Source:     Mann, Whitney 1947; exact when no values are tied and both samples have fewer than 50 values (the rule of R's wilcox.test),
 *             else the normal approximation with the variance corrected for ties and a continuity correction of one half.
 * Parameters: two lists of numbers; no unit.
 * Cost:       O(n log n) for ranks; exact O(n1 x n2 x (n1 + n2)).
 * Fails when: values depend on each other. Outputs of one case do (their money meets), so p is a description, not proof; and of many
 *             metrics tested at once, some look different by chance.
 */

/** Below this size of both samples, and without ties, p is exact. */
const EXACT_BELOW = 50;

/** Outcome of the test of `a` against `b`. */
export interface RankTest {
  /** Pairs in which `a` is larger, ties counted half. */
  readonly u: number;
  readonly method: 'exact' | 'normal';
  /** Two-sided. */
  readonly p: number;
  /** Rank-biserial correlation: 1 when every `a` is above every `b`, -1 when below, 0 when neither leads. */
  readonly effect: number;
}

/** Tests two samples; null when one is empty. */
export function mannWhitney(a: readonly number[], b: readonly number[]): RankTest | null {
  if (a.length === 0 || b.length === 0) return null;
  const { rankSum, tieTerm } = ranks(a, b);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const pairs = a.length * b.length;
  const effect = (2 * u - pairs) / pairs;
  const exact = tieTerm === 0 && a.length < EXACT_BELOW && b.length < EXACT_BELOW;
  if (exact) return { u, method: 'exact', p: exactP(u, a.length, b.length), effect };
  const count = a.length + b.length;
  const variance = (pairs / 12) * (count + 1 - tieTerm / (count * (count - 1)));
  const distance = Math.max(0, Math.abs(u - pairs / 2) - 0.5);
  const p = variance <= 0 ? 1 : Math.min(1, complementaryErrorFunction(distance / Math.sqrt(2 * variance)));
  return { u, method: 'normal', p, effect };
}

/** Sum of the ranks of `a` among both, equal values sharing their mean rank, and the sum of t^3 - t over groups of t equal values. */
function ranks(a: readonly number[], b: readonly number[]): { rankSum: number; tieTerm: number } {
  const all = [...a.map((value) => ({ value, own: 1 })), ...b.map((value) => ({ value, own: 0 }))];
  all.sort((left, right) => left.value - right.value);
  let rankSum = 0;
  let tieTerm = 0;
  for (let start = 0; start < all.length; ) {
    let end = start;
    let own = 0;
    for (; end < all.length && all[end].value === all[start].value; end += 1) own += all[end].own;
    const size = end - start;
    rankSum += (own * (start + 1 + end)) / 2;
    tieTerm += size ** 3 - size;
    start = end;
  }
  return { rankSum, tieTerm };
}

/**
 * Two-sided p from the number of ways that give each U, all equally likely: the coefficients of the Gaussian binomial, of which only the
 * tail is needed. They pass 2^53 long before the samples reach their limit, so they are kept exact.
 */
function exactP(u: number, n1: number, n2: number): number {
  const least = Math.min(u, n1 * n2 - u);
  const ways = new Array<bigint>(least + 1).fill(0n);
  ways[0] = 1n;
  let all = 1n;
  for (let step = 1; step <= n1; step += 1) {
    for (let index = least; index >= n2 + step; index -= 1) ways[index] -= ways[index - n2 - step];
    for (let index = step; index <= least; index += 1) ways[index] += ways[index - step];
    all = (all * BigInt(n2 + step)) / BigInt(step);
  }
  const tail = ways.reduce((sum, count) => sum + count, 0n);
  return Math.min(1, Number(2n * tail) / Number(all));
}

/** Where the series gives way to the continued fraction. */
const SERIES_BELOW = 2.5;
const FRACTION_DEPTH = 80;

/** erfc(x) for x >= 0, to about 15 digits: the series of erf for small x, the continued fraction of the tail above. */
export function complementaryErrorFunction(x: number): number {
  if (x < SERIES_BELOW) {
    let term = x;
    let sum = x;
    for (let index = 1; term > sum * Number.EPSILON; index += 1) {
      term *= (2 * x * x) / (2 * index + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = x;
  for (let index = FRACTION_DEPTH; index >= 1; index -= 1) fraction = x + index / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}
