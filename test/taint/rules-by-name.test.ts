/** Rules asked for by name against their slow oracles: comb, age-seniority, haircut in fixed point; each at least once by hand. */
import assert from 'node:assert/strict';
import { linkCounts } from '../../src/taint/comb.ts';
import { DEFAULT_CONVENTIONS, imbalance, type TraceConventions } from '../../src/taint/index.ts';
import { integerBooks } from '../oracle/books.ts';
import { combLinks, combOracle } from '../oracle/comb.ts';
import { ageSeniorityOracle } from '../oracle/fifo.ts';
import { DUST_MERGE_TX, dustFixture } from '../oracle/fixtures.ts';
import { compare, fraction, multiply, subtract } from '../oracle/fraction.ts';
import { haircutOracle } from '../oracle/haircut.ts';
import { haircutIntegerOracle } from '../oracle/haircut-integer.ts';
import { graphsOfLaw, timeoutOfLaw } from '../support/graph-count.ts';
import { Prng } from '../support/prng.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import {
  labelCountOf,
  outpointKey,
  scaleChain,
  type TinyChain,
  type TinyInput,
  type TinySeed,
  type TinyTx,
} from '../support/tiny-chain.ts';
import { amountsByKey, firstOutputs, traceTiny } from '../support/tiny-view.ts';

const GRAPHS = graphsOfLaw(400);
const FIRST_SEED = Number(process.env.SEED ?? 47_000_000);
const UNITS = 2 ** 20;
const FIXED: TraceConventions = { ...DEFAULT_CONVENTIONS, haircutRounding: 'fixed-point' };

function pay(height: number, inputs: readonly TinyInput[], values: readonly number[]): TinyTx {
  return { coinbase: false, height, inputs, outputs: values.map((value) => ({ value })) };
}

/** The chain with every satoshi from outside that stands beside other inputs made by a transaction of its own, so that its age is known. */
function rooted(chain: TinyChain): TinyChain {
  const roots: TinyTx[] = [];
  const count = chain.transactions.flatMap(({ inputs }) =>
    inputs.length > 1 ? inputs.filter((input) => 'external' in input) : [],
  ).length;
  const transactions = chain.transactions.map((transaction) => ({
    ...transaction,
    inputs: transaction.inputs.map((input): TinyInput => {
      if (!('external' in input)) return { tx: input.tx + count, vout: input.vout };
      if (transaction.inputs.length === 1) return input;
      return { tx: roots.push(pay(0, [input], [input.external])) - 1, vout: 0 };
    }),
  }));
  return { transactions: [...roots, ...transactions] };
}

function onGraphs(check: (chain: TinyChain, seeds: TinySeed[], seed: number) => void, make = randomChain): void {
  for (let index = 0; index < GRAPHS; index += 1) {
    const seed = FIRST_SEED + index;
    const chain = make(seed);
    try {
      check(chain, randomSeeds(chain, seed, 1 + (index % 8)), seed);
    } catch (error) {
      throw new Error(`graph of seed ${seed}`, { cause: error });
    }
  }
}

describe(`rules by name against oracles (SEED=${FIRST_SEED}, ${GRAPHS} graphs)`, () => {
  it('comb: links are those of every grouping written down', () => {
    const prng = Prng.fromSeed(FIRST_SEED);
    for (let count = 0; count < 150; count += 1) {
      const inputs = Array.from({ length: prng.between(1, 4) }, () => prng.int(30));
      let left = inputs.reduce((sum, value) => sum + value, 0);
      const outputs = Array.from({ length: prng.between(1, 4) }, () => {
        const value = prng.int(left + 1);
        left -= value;
        return value;
      });
      assert.deepEqual(linkCounts(inputs, outputs), combLinks(inputs, outputs), `${inputs} to ${outputs}`);
    }
  });

  it('comb: both ends are those of the oracle, low at most high, neither above the value', () => {
    const conventions = { ...DEFAULT_CONVENTIONS, combSize: 3 };
    onGraphs((chain, seeds) => {
      const labels = labelCountOf(seeds);
      const [low, high] = traceTiny(chain, seeds, { rules: ['comb:low', 'comb:high'], conventions }).value.rules.map(
        (result) => {
          assert.deepEqual([result.conserves, result.books], [false, []]);
          return amountsByKey(chain, result, labels);
        },
      );
      for (const [key, intervals] of combOracle(chain, seeds, 3)) {
        const [tx, vout] = key.split(':').map(Number);
        const none = intervals.map(() => 0);
        const ends = [low.get(key) ?? none, high.get(key) ?? none];
        assert.deepEqual(ends, [intervals.map(([end]) => end), intervals.map(([, end]) => end)], key);
        intervals.forEach(([from, to]) => {
          assert.ok(from <= to && to <= chain.transactions[tx].outputs[vout].value, key);
        });
      }
    });
  }).timeout(timeoutOfLaw(60_000));

  it('comb by hand: 7 and 4 into 6 and 3; a transaction too large gets the ends of the envelope', () => {
    // Groupings of 6 and 3 over 7 tainted and 4 clean: both in one group with both inputs (7 + 4 >= 9), or 6 with the 7 and 3 with the 4. In one group the
    // 7 alone does not cover 9. So output 6 is linked twice to the 7 and once to the 4: 6 x 2/3 = 4. Output 3 once to the 7 and twice to
    // the 4: 3 x 1/3 = 1.
    const chain: TinyChain = {
      transactions: [pay(1, [{ external: 7 }], [7]), pay(2, [{ tx: 0, vout: 0 }, { external: 4 }], [6, 3])],
    };
    assert.deepEqual(linkCounts([7, 4], [6, 3]), [
      [2, 1],
      [1, 2],
    ]);
    const ends = (combSize: number): unknown =>
      traceTiny(chain, [{ tx: 0, vout: 0, label: 0 }], {
        rules: ['comb:low', 'comb:high'],
        conventions: { ...DEFAULT_CONVENTIONS, combSize },
      }).value.rules.map(({ holdings }) => holdings.map(({ vout, taint }) => [vout, taint[0][1]]));
    assert.deepEqual(ends(2), [
      [
        [0, 4],
        [1, 1],
      ],
      [
        [0, 4],
        [1, 1],
      ],
    ]);
    // T = 7 of A = 11: output 6 has at least 7 - (11 - 6) = 2 and at most 6, output 3 at least 0 and at most 3.
    assert.deepEqual(ends(1), [
      [[0, 2]],
      [
        [0, 6],
        [1, 3],
      ],
    ]);
  });

  it('comb is exact far above 32 bits: 20,000 and 10,000 bitcoin', () => {
    const [big, small] = [2_000_000_000_000, 1_000_000_000_000];
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: big }], [big]),
        pay(2, [{ tx: 0, vout: 0 }, { external: small }], [big - 1, small]),
      ],
    };
    // The outputs of 2e12 - 1 and 1e12: one group, or the large with the large and the small with the small: shares 2/3 and 1/3.
    const rules = traceTiny(chain, [{ tx: 0, vout: 0, label: 0 }], { rules: ['comb:low', 'comb:high'] }).value.rules;
    assert.deepEqual(
      rules.map(({ holdings }) => holdings.map(({ taint }) => taint[0][1])),
      [
        [1_333_333_333_332, 333_333_333_333],
        [1_333_333_333_333, 333_333_333_334],
      ],
    );
    for (const combSize of [0, 8]) {
      const conventions = { ...DEFAULT_CONVENTIONS, combSize };
      assert.throws(() => traceTiny(chain, [], { rules: ['comb:low'], conventions }), {
        code: 'USAGE',
        message: /--comb-size/,
      });
    }
  });

  it('age-seniority: every output and book is that of satoshis lined up by height', () => {
    onGraphs(
      (chain, seeds, seed) => {
        const conventions = {
          ...DEFAULT_CONVENTIONS,
          feeTaint: seed % 2 === 0 ? 'sink' : 'propagate',
          orderFee: seed % 3 === 0 ? 'prorate-inputs' : 'tail',
        } as const;
        const [result] = traceTiny(chain, seeds, { rules: ['age-seniority'], conventions }).value.rules;
        const slow = ageSeniorityOracle(chain, seeds, conventions);
        const found = amountsByKey(chain, result, slow.labelCount);
        for (const [key, amounts] of slow.taint)
          assert.deepEqual(found.get(key) ?? amounts.map(() => 0), [...amounts], key);
        integerBooks(chain, slow).forEach((book, label) => {
          const { stopped: _, ...terms } = result.books[label];
          assert.deepEqual(terms, book);
        });
      },
      (seed) => rooted(randomChain(seed)),
    );
  }).timeout(timeoutOfLaw(60_000));

  it('age-seniority by hand: the older input goes first whatever its place; an input of unknown age leaves the taint unresolved', () => {
    // 5 tainted made at height 3, 5 clean at height 1, spent in that order: the clean 5 are older and fill the first output.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 5 }], [5]),
        pay(3, [{ external: 5 }], [5]),
        pay(
          4,
          [
            { tx: 1, vout: 0 },
            { tx: 0, vout: 0 },
          ],
          [5, 5],
        ),
        pay(5, [{ tx: 2, vout: 1 }, { external: 1 }], [6]),
      ],
    };
    const { value, gaps } = traceTiny(chain, [{ tx: 1, vout: 0, label: 0 }], { rules: ['age-seniority', 'fifo'] });
    const [age, fifo] = value.rules.map(({ holdings }) =>
      holdings.map(({ tx, vout, status, reason }) => [tx, vout, status, reason]),
    );
    assert.deepEqual(age, [[2, 1, 'unresolved', 'input-height-unknown']]);
    assert.deepEqual(fifo, [[2, 0, 'unspent', null]]);
    assert.deepEqual(
      gaps.map(({ kind }) => kind),
      ['input-height-unknown'],
    );
  });

  it('dust splitting: whole satoshi give 10, exact fractions 5, fixed point 5', () => {
    const { chain, seeds } = dustFixture();
    const merged = (conventions: TraceConventions): number | undefined =>
      traceTiny(chain, seeds, { rules: ['haircut'], conventions }).value.rules[0].holdings.find(
        ({ tx }) => tx === DUST_MERGE_TX,
      )?.taint[0][1];
    assert.equal(merged(DEFAULT_CONVENTIONS), 10);
    assert.deepEqual(haircutOracle(chain, seeds).taint.get(outpointKey(DUST_MERGE_TX, 0)), [fraction(5)]);
    assert.equal(merged(FIXED), 5);
  });

  it('fixed point is the haircut of a chain whose amounts are 2^20 times as large, shown rounded down; its books add up', () => {
    onGraphs((chain, seeds, seed) => {
      const conventions = {
        ...FIXED,
        feeTaint: seed % 2 === 0 ? 'sink' : 'propagate',
        haircutFee: (['share', 'outputs-only', 'fee-first'] as const)[seed % 3],
        seedOverlap: seed % 5 === 0 ? 'seed-overrides' : 'first-wins',
      } as const;
      const [result] = traceTiny(chain, seeds, { rules: ['haircut'], conventions }).value.rules;
      const fine = { ...conventions, haircutRounding: 'largest-remainder' } as const;
      const slow = haircutIntegerOracle(scaleChain(chain, UNITS), seeds, fine);
      const found = amountsByKey(
        chain,
        { ...result, holdings: result.holdings.filter(({ reason }) => reason !== 'seed-overridden') },
        slow.labelCount,
      );
      for (const [key, amounts] of slow.taint) {
        const whole = amounts.map((units) => Math.floor(units / UNITS));
        assert.deepEqual(found.get(key) ?? whole.map(() => 0), whole, key);
      }
      integerBooks(scaleChain(chain, UNITS), slow).forEach((book, label) => {
        assert.equal(imbalance(result.books[label]), 0n);
        for (const term of ['seeded', 'held', 'fee', 'burned', 'unresolved', 'cut'] as const) {
          const off = result.books[label][term] * BigInt(UNITS) - book[term];
          assert.ok(off > -BigInt(UNITS) && off < BigInt(UNITS), `${term} of label ${label}`);
        }
      });
    });
  }).timeout(timeoutOfLaw(60_000));

  it('fixed point is nearer to exact fractions than labels times ancestors in units of 2^-20 (invariant 15)', () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + 60; seed += 1) {
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 3);
      const fine = haircutIntegerOracle(scaleChain(chain, UNITS), seeds).taint;
      const bound = fraction(labelCountOf(seeds) * firstOutputs(chain).at(-1)!, UNITS);
      for (const [key, exact] of haircutOracle(chain, seeds).taint) {
        exact.forEach((amount, label) => {
          const off = subtract(fraction(fine.get(key)![label], UNITS), amount);
          const size = off.numerator < 0n ? multiply(off, fraction(-1)) : off;
          assert.ok(compare(size, bound) < 0, `seed ${seed}, ${key}`);
        });
      }
    }
  });
});
