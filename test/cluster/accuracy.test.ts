/** Error rates: the measures by hand, and the rates that the tool quotes counted again. */
import assert from 'node:assert/strict';
import { ERROR_RATES, ERROR_RATES_MEASURED, ratesFor } from '../../src/cluster/index.ts';
import { comparePartitions, errorRates } from '../support/cluster-accuracy.ts';
import { syntheticChain } from '../support/synthetic-chain.ts';
import { syntheticFacts } from '../support/synthetic-facts.ts';

describe('error rates of clusters', () => {
  it('pairs, adjusted Rand index and variation of information, by hand', () => {
    // Found {0,1,2} {3}, true {0,1} {2,3}: 3 pairs said, 2 real, 1 right; 6 pairs in all, so 3 * 2 / 6 = 1 by chance.
    const { precision, recall, adjustedRand, informationBits, chance } = comparePartitions([0, 0, 0, 3], [0, 0, 1, 1]);
    assert.deepEqual([precision, recall, adjustedRand, chance], [1 / 3, 1 / 2, 0, 2 / 6]);
    // H(found) = 2 - 0.75 log2 3, H(true) = 1, H(both) = 1.5; 2 * 1.5 - H(found) - H(true).
    assert.ok(Math.abs(informationBits - (3 - (2 - 0.75 * Math.log2(3)) - 1)) < 1e-12);
    const same = comparePartitions([0, 0, 2, 2], [5, 5, 1, 1]);
    assert.deepEqual([same.precision, same.recall, same.adjustedRand, same.informationBits], [1, 1, 1, 0]);
    assert.deepEqual(comparePartitions([0, 1, 2], [0, 0, 0]).precision, 1, 'who says nothing is never wrong');
  });

  it('the quoted rates are those of the chain they name', () => {
    const known = syntheticFacts(syntheticChain({ transactions: 20_000, seed: 1 }));
    assert.deepEqual(errorRates(known), ERROR_RATES);
  });

  it('dust attacks raise what common inputs find, as the limits quoted with every cluster say', () => {
    const dusted = errorRates(syntheticFacts(syntheticChain({ transactions: 20_000, seed: 1, dustAttacks: true })));
    const recalls = [ERROR_RATES, dusted].map(([{ recallBp }]) => `${(recallBp / 100).toFixed(1)} %`);
    assert.ok(ERROR_RATES_MEASURED.limits.includes(`from ${recalls[0]} to ${recalls[1]}`), recalls.join());
  });

  it('a run is quoted the rates of what it used', () => {
    const names = (expression: string | null): string[] => ratesFor(expression).map(({ heuristic }) => heuristic);
    assert.deepEqual(names(null), ['common-input']);
    assert.deepEqual(names('at-least-2-agree(legacy, unique(locktime))'), ['common-input', 'legacy', 'locktime']);
  });
});
