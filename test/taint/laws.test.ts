/** Laws of methods 8 on the engines themselves: additivity, monotonicity, permutation of inputs, order and renaming of labels. */
import assert from 'node:assert/strict';
import { EXAMPLE_X_TX, exampleX } from '../oracle/fixtures.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';
import { traceTiny } from '../support/tiny-view.ts';

const GRAPHS = 400;

/** Total taint per output over all labels, by output number. */
function totals(chain: TinyChain, seeds: readonly TinySeed[], rule: string): Map<number, number> {
  const result = traceTiny(chain, seeds, { rules: [rule] }).value.rules[0];
  return new Map(
    [...result.holdings, ...result.passed].map(({ output, taint }) => [
      output,
      taint.reduce((sum, [, amountSat]) => sum + amountSat, 0),
    ]),
  );
}

/** Seeds on outputs of transactions fed from outside only: no seed can lie downstream of another. */
function rootSeeds(chain: TinyChain): TinySeed[] {
  return chain.transactions.flatMap(({ inputs, outputs }, tx) =>
    inputs.every((input) => 'external' in input) ? outputs.map((_, vout) => ({ tx, vout, label: 0 })) : [],
  );
}

describe('laws of the rules', () => {
  it('fifo is additive over disjoint seeds (invariant 5)', () => {
    let compared = 0;
    for (let seed = 1; seed <= GRAPHS; seed += 1) {
      const chain = randomChain(seed);
      const roots = rootSeeds(chain);
      const [one, two] = [roots.filter((_, index) => index % 2 === 0), roots.filter((_, index) => index % 2 === 1)];
      const [a, b, both] = [totals(chain, one, 'fifo'), totals(chain, two, 'fifo'), totals(chain, roots, 'fifo')];
      for (const [output, amount] of both) {
        assert.equal(amount, (a.get(output) ?? 0) + (b.get(output) ?? 0), `seed ${seed}, output ${output}`);
        compared += 1;
      }
    }
    assert.ok(compared > GRAPHS);
  });

  it('a further seed lowers no taint under fifo and poison (invariant 6)', () => {
    for (let seed = 1; seed <= GRAPHS; seed += 1) {
      const chain = randomChain(seed);
      const all = randomSeeds(chain, seed, 1);
      for (const rule of ['fifo', 'poison']) {
        const more = totals(chain, all, rule);
        for (const [output, amount] of totals(chain, all.slice(0, 1), rule))
          assert.ok((more.get(output) ?? 0) >= amount, `seed ${seed}, ${rule}`);
      }
    }
  });

  it('whole-satoshi haircut does not depend on the order of inputs, fifo does (invariant 9)', () => {
    const turned = (chain: TinyChain): TinyChain => ({
      transactions: chain.transactions.map((transaction) => ({
        ...transaction,
        inputs: [...transaction.inputs].reverse(),
      })),
    });
    for (let seed = 1; seed <= GRAPHS; seed += 1) {
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 3);
      const rules = (given: TinyChain): unknown =>
        traceTiny(given, seeds, { rules: ['haircut'] }).value.rules[0].holdings.map(({ output, taint }) => [
          output,
          taint,
        ]);
      assert.deepEqual(rules(turned(chain)), rules(chain), `seed ${seed}`);
    }
    // X with its inputs turned: [c6 S4][S30][c60] gives 25 = c6 S19 (19 tainted), 50 = S15 c35, 20 = c20, fee c5.
    const { chain, seeds } = exampleX();
    const last = chain.transactions[EXAMPLE_X_TX];
    const x = {
      transactions: [...chain.transactions.slice(0, EXAMPLE_X_TX), { ...last, inputs: [...last.inputs].reverse() }],
    };
    const found = traceTiny(x, seeds, { rules: ['fifo'] }).value.rules[0].holdings.filter(
      ({ tx }) => tx === EXAMPLE_X_TX,
    );
    assert.deepEqual(
      found.map(({ vout, taint }) => [vout, taint[0][1]]),
      [
        [0, 19],
        [1, 15],
      ],
    );
  });

  it('exchanging the numbers of two labels exchanges their fifo and poison taint and nothing else (invariant 14)', () => {
    for (let seed = 1; seed <= GRAPHS; seed += 1) {
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 2);
      const swapped = seeds.map((one) => ({ ...one, label: 1 - one.label }));
      for (const rule of ['fifo', 'poison']) {
        const plain = traceTiny(chain, seeds, { rules: [rule] }).value.rules[0];
        const other = traceTiny(chain, swapped, { rules: [rule] }).value.rules[0];
        const back = other.holdings.map(({ output, taint }) => [
          output,
          taint.map(([label, amountSat]) => [1 - label, amountSat]).sort((a, b) => a[0] - b[0]),
        ]);
        assert.deepEqual(
          back,
          plain.holdings.map(({ output, taint }) => [output, taint.map((pair) => [...pair])]),
          `seed ${seed}, ${rule}`,
        );
      }
    }
  });
});
