/** `spoor trace --at-coinjoin carry` as a user runs it, with intervals worked by hand. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceDocument } from '../../src/report/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { payment, txidOf } from '../support/esplora-payment.ts';

describe('bounds carried on from a coinjoin', () => {
  const folder = freshFolder();
  const asked = (...args: string[]) =>
    spoor(folder, 'trace', '--quiet', '--seed', `V=${txidOf(1)}:0`, '--at-coinjoin', 'carry', ...args);

  before(() => {
    // As in coinjoin-policy: of 30,000 of the victim the change of 20,000 is surely his, and any of the three 10,000 may be.
    const victim = payment(1, [30_000], [30_000]);
    const mix = payment(2, [30_000, 12_000, 15_500], [10_000, 10_000, 10_000, 20_000, 2_000, 5_500], {
      height: 2,
      spends: [{ from: victim, vout: 0 }],
    });
    const joined = payment(3, [10_000, 20_000], [25_000, 4_500], {
      height: 3,
      spends: [
        { from: mix, vout: 0 },
        { from: mix, vout: 3 },
      ],
    });
    const file = join(folder, 'mix.json');
    writeFileSync(file, JSON.stringify([victim, mix, joined]));
    assert.equal(spoor(folder, 'ingest', file).status, 0);
  });

  it('gives each output behind it an interval under each rule, the books as under stop, and says which rule has none', () => {
    const { status, stdout, stderr } = asked('--json', '--rule', 'fifo,lifo,haircut,poison');
    assert.equal(status, 0, stderr);
    const { rules, coinjoins } = JSON.parse(stdout) as TraceDocument;
    assert.equal(coinjoins?.length, 1);
    const found = Object.fromEntries(
      rules.map(({ rule, books, carried }) => [
        rule,
        [
          books[0]?.stopped,
          carried?.refused === undefined,
          carried?.outputs.map(({ outpoint, status: at, bounds }) =>
            [Number(outpoint.slice(0, 64)), outpoint.slice(65), at, bounds.V?.lower, bounds.V?.upper].join(' '),
          ),
        ],
      ]),
    );
    const mixed = ['2 1 unspent 0 10000', '2 2 unspent 0 10000'];
    assert.deepEqual(found, {
      // The 25,000 have the 10,000 in question and 15,000 of the sure 20,000; the 4,500 the next 4,500 of these.
      fifo: ['30000', true, [...mixed, '3 0 unspent 15000 25000', '3 1 unspent 4500 4500']],
      // The sure 20,000 come first, turned round: 20,000 and 5,000 of those in question; then 4,500 of them.
      lifo: ['30000', true, [...mixed, '3 0 unspent 20000 25000', '3 1 unspent 0 4500']],
      // 25,000 x 20/30 = 16,666.67 and x 30/30; 4,500 x 20/30 = 3,000.
      haircut: ['30000', true, [...mixed, '3 0 unspent 16666 25000', '3 1 unspent 3000 4500']],
      // Poison keeps no books.
      poison: [undefined, false, []],
    });
    const text = asked('--rule', 'fifo,poison').stdout;
    assert.match(text, /fifo: 4 outputs behind coinjoins may hold taint/);
    assert.match(text, /V \[0\.00015000, 0\.00025000\]/);
    assert.match(text, /poison: carried on no further: the rule does not conserve/);
  });

  it('lists nothing before a coinjoin, also under rules that may end anywhere', () => {
    const own = freshFolder();
    const stolen = payment(1, [30_000], [30_000]);
    const paid = payment(2, [30_000], [30_000], { height: 2, spends: [{ from: stolen, vout: 0 }] });
    const mix = payment(3, [30_000, 12_000, 15_500], [10_000, 10_000, 10_000, 20_000, 2_000, 5_500], {
      height: 3,
      spends: [{ from: paid, vout: 0 }],
    });
    writeFileSync(join(own, 'mix.json'), JSON.stringify([stolen, paid, mix]));
    assert.equal(spoor(own, 'ingest', 'mix.json').status, 0);
    const carry = ['--seed', `V=${txidOf(1)}:0`, '--at-coinjoin', 'carry', '--rule', 'dirty-first,pure-dirty-first'];
    const { rules } = JSON.parse(spoor(own, 'trace', '--json', ...carry).stdout) as TraceDocument;
    for (const { rule, carried } of rules) {
      const makers = new Set(carried?.outputs.map(({ outpoint }) => Number(outpoint.slice(0, 64))));
      assert.deepEqual([rule, [...makers]], [rule, [3]]);
    }
  });

  it('refuses what looks at amounts that are not known', () => {
    const { status, stderr } = asked('--max-hops', '3');
    assert.equal(status, 2);
    assert.match(stderr, /--at-coinjoin carry does not go with --max-hops/);
    assert.match(asked('--unknown', 'bounds').stderr, /--at-coinjoin carry does not go with --unknown bounds/);
    assert.match(asked('--rule', 'age-seniority').stderr, /--at-coinjoin carry does not go with --rule age-seniority/);
  });
});
