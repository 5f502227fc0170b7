/** The engines against the slow oracles on random graphs: every output, every fee, every book. */
import assert from 'node:assert/strict';
import { DEFAULT_CONVENTIONS, imbalance, type RuleResult, type TraceConventions } from '../../src/taint/index.ts';
import { integerBooks } from '../oracle/books.ts';
import { fifoOracle } from '../oracle/fifo.ts';
import { type Fraction, fraction, multiply, subtract, toFraction } from '../oracle/fraction.ts';
import { haircutOracle } from '../oracle/haircut.ts';
import { haircutIntegerOracle } from '../oracle/haircut-integer.ts';
import { poisonOracle } from '../oracle/poison.ts';
import { ancestorCounts } from '../support/ancestors.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { labelCountOf, outpointKey, spenders, type TinyChain, type TinySeed } from '../support/tiny-chain.ts';
import { amountsByKey, firstOutputs, traceTiny } from '../support/tiny-view.ts';

const GRAPHS = Number(process.env.SPOOR_GRAPHS ?? 20_000);
const FIRST_SEED = Number(process.env.SEED ?? 20_170_512);

const CONVENTIONS: TraceConventions[] = (['sink', 'propagate'] as const).flatMap((feeTaint) =>
  (['fees-first', 'subsidy-first'] as const).flatMap((coinbaseOrder) =>
    (['share', 'outputs-only'] as const).map((haircutFee) => ({
      ...DEFAULT_CONVENTIONS,
      feeTaint,
      coinbaseOrder,
      haircutFee,
    })),
  ),
);

function compareAmounts(
  name: string,
  expected: ReadonlyMap<string, readonly number[]>,
  found: Map<string, number[]>,
): void {
  for (const [key, amounts] of expected) {
    const zero = amounts.every((amount) => amount === 0);
    assert.deepEqual(found.get(key) ?? (zero ? [...amounts] : 'no taint found'), [...amounts], `${name} at ${key}`);
  }
}

function compareBooks(
  name: string,
  chain: TinyChain,
  oracle: Parameters<typeof integerBooks>[1],
  result: RuleResult,
): void {
  integerBooks(chain, oracle).forEach((book, label) => {
    const { seeded, held, fee, burned, unresolved, cut } = result.books[label];
    assert.deepEqual({ seeded, held, fee, burned, unresolved, cut }, book, `${name}, books of label ${label}`);
    assert.equal(imbalance(result.books[label]), 0n, `${name}, label ${label} adds up`);
  });
}

function checkGraph(chain: TinyChain, seeds: readonly TinySeed[], conventions: TraceConventions): void {
  const [fifo, haircut, poison] = traceTiny(chain, seeds, { conventions }).value.rules;
  const labels = labelCountOf(seeds);
  const slowFifo = fifoOracle(chain, seeds, conventions);
  compareAmounts('fifo', slowFifo.taint, amountsByKey(chain, fifo, labels));
  compareBooks('fifo', chain, slowFifo, fifo);
  const slowHaircut = haircutIntegerOracle(chain, seeds, conventions);
  const haircutAmounts = amountsByKey(chain, haircut, labels);
  compareAmounts('haircut', slowHaircut.taint, haircutAmounts);
  compareBooks('haircut', chain, slowHaircut, haircut);
  checkPoison(chain, seeds, { poison, feeTaint: conventions.feeTaint });
  if (conventions.feeTaint === 'sink' && conventions.haircutFee === 'share') checkExact(chain, seeds, haircutAmounts);
}

function checkPoison(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  given: { poison: RuleResult; feeTaint: 'sink' | 'propagate' },
): void {
  const expected = poisonOracle(chain, seeds, { feeTaint: given.feeTaint }).labels;
  const found = amountsByKey(chain, given.poison, labelCountOf(seeds));
  chain.transactions.forEach(({ outputs }, tx) => {
    outputs.forEach(({ value }, vout) => {
      const key = outpointKey(tx, vout);
      const labels = (found.get(key) ?? []).flatMap((amount, label) => (amount > 0 ? [label] : []));
      assert.deepEqual(labels, value === 0 ? [] : [...(expected.get(key) ?? [])], `poison at ${key}`);
    });
  });
}

/** Invariant 15: the integer answer is nearer to the exact one than labels times ancestor outpoints (itself included). */
function checkExact(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  integer: ReadonlyMap<string, readonly number[]>,
): void {
  const exact = haircutOracle(chain, seeds).taint;
  const ancestors = ancestorCounts(chain);
  const labels = BigInt(labelCountOf(seeds));
  for (const [key, amounts] of exact) {
    amounts.forEach((amount: Fraction, label) => {
      const difference = subtract(toFraction(integer.get(key)?.[label] ?? 0), amount);
      const size = difference.numerator < 0n ? multiply(difference, fraction(-1)) : difference;
      const bound = labels * BigInt(ancestors.get(key) ?? 1);
      assert.ok(
        size.numerator < bound * size.denominator,
        `haircut at ${key} is ${size.numerator}/${size.denominator} off, bound ${bound}`,
      );
    });
  }
}

describe(`taint engines against oracles (SEED=${FIRST_SEED}, SPOOR_GRAPHS=${GRAPHS})`, () => {
  it(`fifo, haircut and poison agree with the oracles on ${GRAPHS} random graphs under all conventions`, () => {
    for (let index = 0; index < GRAPHS; index += 1) {
      const seed = FIRST_SEED + index;
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 1 + (index % 8));
      const conventions = CONVENTIONS[index % CONVENTIONS.length];
      try {
        checkGraph(chain, seeds, conventions);
      } catch (error) {
        throw new Error(`graph of seed ${seed}, ${JSON.stringify(conventions)}`, { cause: error });
      }
    }
  }).timeout(0);

  it('renaming labels and asking ahead move nothing (invariants 13 and 14)', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 3);
      assert.deepEqual(traceTiny(chain, seeds, { lookAhead: 64 }), traceTiny(chain, seeds, {}), `seed ${seed}`);
    }
  });

  it('every tainted output lies inside poison (invariant 4), taint never above value (invariant 7)', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 2);
      const [fifo, haircut, poison] = traceTiny(chain, seeds, {}).value.rules;
      const poisoned = new Set([...poison.holdings, ...poison.passed].map(({ output }) => output));
      for (const placement of [...fifo.holdings, ...fifo.passed, ...haircut.holdings, ...haircut.passed]) {
        const total = placement.taint.reduce((sum, [, amountSat]) => sum + amountSat, 0);
        assert.ok(total <= placement.valueSat, `seed ${seed}`);
        if (total > 0) assert.ok(poisoned.has(placement.output), `seed ${seed}`);
      }
    }
  });

  it('the number of spenders is the number of passed outputs when nothing stops', () => {
    const chain = randomChain(7);
    const seeds = randomSeeds(chain, 7, 1);
    const [, , poison] = traceTiny(chain, seeds, {}).value.rules;
    const spent = spenders(chain);
    const first = firstOutputs(chain);
    for (const { tx, output } of poison.passed) assert.ok(spent.has(outpointKey(tx, output - first[tx])));
  });
});
