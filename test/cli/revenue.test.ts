/** `spoor revenue` as a user runs it, over the bundled case. */
import assert from 'node:assert/strict';
import { freshFolder, spoor } from '../support/cli.ts';

describe('spoor revenue', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
    assert.equal(spoor(folder, 'demo', '--quiet').status, 0);
  });

  it('text and document say the same; an amount that fits is not called a ransom', () => {
    const ask = ['revenue', 'tag:WannaCry v2', '--demanded-sat', '20000000', '--window', '2017-05-12..2017-06-30'];
    const document = JSON.parse(spoor(folder, ...ask, '--json').stdout);
    const stages = document.stages.map(({ stage }: { stage: string }) => stage);
    assert.deepEqual(
      [document.schema, ...stages],
      ['spoor.revenue/1', 'all', 'internal', 'collector', 'window', 'dust', 'amount'],
    );
    const { stdout } = spoor(folder, ...ask);
    assert.ok(stdout.includes(`after amount: ${document.stages[5].seeds.payments} payments`), stdout);
    assert.ok(stdout.includes('not yet a ransom') && stdout.includes('no price file'), stdout);
  });

  it('refuses dollars without prices, a number that is none, and clusters without a run', () => {
    const ask = ['revenue', 'tag:WannaCry v2'];
    assert.equal(spoor(folder, ...ask, '--demanded-usd', '300').status, 2);
    assert.equal(spoor(folder, ...ask, '--min-sat', 'few').status, 2);
    assert.equal(spoor(folder, ...ask, '--expand', 'core').status, 3);
  });
});
