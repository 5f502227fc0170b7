/** Laws of src/taint/README.md on the engines themselves: additivity, monotonicity, permutation of inputs, order and renaming of labels. */
import assert from 'node:assert/strict';
import { EXAMPLE_X_TX, exampleX } from '../oracle/fixtures.ts';
import { add, type Fraction, fraction, multiply } from '../oracle/fraction.ts';
import { haircutOracle } from '../oracle/haircut.ts';
import { graphsOfLaw } from '../support/graph-count.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { inputValue, outpointKey, type TinyChain, type TinySeed } from '../support/tiny-chain.ts';
import { firstOutputs, traceTiny } from '../support/tiny-view.ts';

const GRAPHS = graphsOfLaw(400);

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

/** Part of an output that comes from `root` when every transaction hands its weight back to its inputs by value (src/taint/README.md, backward). */
function backwardWeight(chain: TinyChain, at: { tx: number; vout: number }, root: TinySeed): Fraction {
  if (at.tx === root.tx) return fraction(at.vout === root.vout ? 1 : 0);
  const { inputs } = chain.transactions[at.tx];
  const all = inputs.reduce((sum, _, vin) => sum + inputValue(chain, at.tx, vin), 0);
  return inputs.reduce<Fraction>((sum, input, vin) => {
    if ('external' in input || all === 0) return sum;
    return add(sum, multiply(fraction(inputValue(chain, at.tx, vin), all), backwardWeight(chain, input, root)));
  }, fraction(0));
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

  it('every transaction keeps within the envelope of src/taint/README.md: max(0, T - (A - b)) <= T_k <= min(b, T) (invariant 7)', () => {
    let checked = 0;
    for (let seed = 1; seed <= GRAPHS; seed += 1) {
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 1);
      const seeded = new Set(seeds.map(({ tx }) => tx));
      const first = firstOutputs(chain);
      for (const rule of ['fifo', 'haircut']) {
        const taint = totals(chain, seeds, rule);
        chain.transactions.forEach(({ inputs, outputs, coinbase }, tx) => {
          if (coinbase || seeded.has(tx)) return;
          const value = (vin: number): number => inputValue(chain, tx, vin);
          const enters = inputs.reduce(
            (sum, input) => sum + ('external' in input ? 0 : (taint.get(first[input.tx] + input.vout) ?? 0)),
            0,
          );
          const all = inputs.reduce((sum, _, vin) => sum + value(vin), 0);
          outputs.forEach((output, vout) => {
            const got = taint.get(first[tx] + vout) ?? 0;
            assert.ok(
              got >= Math.max(0, enters - (all - output.value)) && got <= Math.min(output.value, enters),
              `seed ${seed}, ${rule}, ${tx}:${vout}`,
            );
            checked += 1;
          });
        });
      }
    }
    assert.ok(checked > GRAPHS);
  });

  it('exact haircut forward, over value, is its backward weight (invariant 8)', () => {
    let compared = 0;
    for (let seed = 1; seed <= 150; seed += 1) {
      const chain = randomChain(seed);
      const roots = rootSeeds(chain).slice(0, 1);
      const forward = haircutOracle(chain, roots).taint;
      chain.transactions.forEach(({ outputs, coinbase }, tx) => {
        outputs.forEach(({ value }, vout) => {
          if (value === 0 || coinbase) return;
          const backward = backwardWeight(chain, { tx, vout }, roots[0]);
          const share = multiply(forward.get(outpointKey(tx, vout))?.[0] ?? fraction(0), fraction(1, value));
          assert.deepEqual(share, backward, `seed ${seed}, ${tx}:${vout}`);
          compared += 1;
        });
      });
    }
    assert.ok(compared > 1000);
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
