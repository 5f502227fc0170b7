/** The rank test against published results and against counting every arrangement. */
import assert from 'node:assert/strict';
import { complementaryErrorFunction, mannWhitney, type RankTest } from '../../src/case/study/mann-whitney.ts';
import { Prng } from '../support/prng.ts';

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

function tested(a: readonly number[], b: readonly number[]): RankTest {
  const result = mannWhitney(a, b);
  assert.ok(result !== null);
  return result;
}

/** p by counting in how many of all choices of ranks for `a` U lies as far from the middle as seen, or further. */
function countedP(u: number, n1: number, n2: number): number {
  let all = 0;
  let far = 0;
  const middle = (n1 * n2) / 2;
  for (let mask = 0; mask < 2 ** (n1 + n2); mask += 1) {
    const own = Array.from({ length: n1 + n2 }, (_, rank) => rank).filter((rank) => ((mask >> rank) & 1) === 1);
    if (own.length !== n1) continue;
    all += 1;
    const won = own.reduce((sum, rank, index) => sum + rank - index, 0);
    if (Math.abs(won - middle) >= Math.abs(u - middle)) far += 1;
  }
  return far / all;
}

describe('Mann-Whitney U', () => {
  it('Hollander and Wolfe 1973, 69f (permeability constants, the example of wilcox.test in R): W = 35, one-sided p 0.1272', () => {
    const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    const { u, p, method } = tested(term, early);
    assert.deepEqual([u, method], [35, 'exact']);
    near(p / 2, 0.1272, 0.00005);
  });

  it('ozone in New York, May against August 1973 (data set airquality of R, with ties): W = 127.5, p = 0.0001208', () => {
    const may = [41, 36, 12, 18, 28, 23, 19, 8, 7, 16, 11, 14, 18, 14, 34, 6, 30, 11, 1, 11, 4, 32, 23, 45, 115, 37];
    const august = [
      39, 9, 16, 78, 35, 66, 122, 89, 110, 44, 28, 65, 22, 59, 23, 31, 44, 21, 9, 45, 168, 73, 76, 118, 84, 85,
    ];
    const { u, p, method } = tested(may, august);
    assert.deepEqual([u, method], [127.5, 'normal']);
    near(p, 0.0001208, 0.00000005);
  });

  it('ages at diagnosis (the example of mannwhitneyu in SciPy): U = 17, exact p = 1/9', () => {
    const { u, p, effect } = tested([19, 22, 16, 29, 24], [20, 11, 17, 12]);
    assert.equal(u, 17);
    near(p, 1 / 9, 1e-12);
    near(effect, (17 - 3) / 20, 1e-12);
  });

  it('exact p is the share of all arrangements', () => {
    const prng = Prng.fromSeed(12);
    for (let round = 0; round < 60; round += 1) {
      const [n1, n2] = [prng.between(1, 6), prng.between(1, 6)];
      const values = prng.shuffled(Array.from({ length: n1 + n2 }, (_, index) => index * 1.5));
      const { u, p } = tested(values.slice(0, n1), values.slice(n1));
      near(p, countedP(u, n1, n2), 1e-12);
    }
  });

  it('by hand with ties: [1, 1, 2] against [1, 2, 2] has U 1 + 2 x 0.5 + 2 x 0.5 = 3; variance 9/12 (7 - 48/30) = 4.05', () => {
    const { u, p } = tested([1, 1, 2], [1, 2, 2]);
    assert.equal(u, 3);
    near(p, complementaryErrorFunction((4.5 - 3 - 0.5) / Math.sqrt(2 * 4.05)), 1e-12);
  });

  it('swapping the samples keeps p and turns the effect; equal samples differ in nothing; an empty one gives no test', () => {
    const [a, b] = [tested([1, 5, 7, 9], [2, 5, 5.5]), tested([2, 5, 5.5], [1, 5, 7, 9])];
    assert.deepEqual([a.p, a.effect], [b.p, -b.effect]);
    assert.deepEqual(tested([3, 3], [3, 3, 3]), { u: 3, method: 'normal', p: 1, effect: 0 });
    assert.equal(mannWhitney([], [1]), null);
  });

  it('two samples of 49 that do not overlap have the smallest p there is: 2 / C(98, 49)', () => {
    const low = Array.from({ length: 49 }, (_, index) => index);
    const { p } = tested(
      low,
      low.map((value) => value + 100),
    );
    // C(98, 49) by the product of (49 + i) / i.
    let choices = 1n;
    for (let index = 1n; index <= 49n; index += 1n) choices = (choices * (49n + index)) / index;
    near(p * Number(choices), 2, 1e-12);
  });

  it('erfc: 0.4795001221869535 at 0.5, 0.004677734981047266 at 2, 2.209049699858544e-5 at 3 (Abramowitz, Stegun, table 7.1)', () => {
    for (const [x, expected] of [
      [0, 1],
      [0.5, 0.4795001221869535],
      [2, 0.004677734981047266],
      [3, 2.209049699858544e-5],
    ])
      near(complementaryErrorFunction(x) / expected, 1, 1e-12);
  });
});
