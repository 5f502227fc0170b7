/** `spoor bulk trace` as a user runs it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeBlockFolder } from '../support/block-folder.ts';
import { freshFolder, type Outcome, spoor } from '../support/cli.ts';
import type { TinyChain } from '../support/tiny-chain.ts';

/** 30 sat seeded beside 20 clean, joined into one payment of 45 with a fee of 5; half of it is spent on. */
const CHAIN: TinyChain = {
  transactions: [
    { coinbase: false, height: 1, inputs: [{ external: 30 }], outputs: [{ value: 30, address: 0 }] },
    { coinbase: false, height: 1, inputs: [{ external: 20 }], outputs: [{ value: 20, address: 1 }] },
    {
      coinbase: false,
      height: 2,
      inputs: [
        { tx: 0, vout: 0 },
        { tx: 1, vout: 0 },
      ],
      outputs: [{ value: 45, address: 2 }],
    },
  ],
};

describe('spoor bulk trace', function () {
  this.timeout(60_000);
  let folder = '';
  let seed = '';
  before(() => {
    folder = freshFolder();
    seed = `V=${writeBlockFolder(join(folder, 'blocks'), CHAIN).txids[0]}:0`;
  });
  const run = (...args: string[]): Outcome => spoor(folder, 'bulk', 'trace', 'blocks', ...args);

  it('prints the trace document, and books for people', () => {
    const json = run('--seed', seed, '--rule', 'fifo,haircut', '--stop-at', 'none', '--json');
    assert.equal(json.status, 0, json.stderr);
    const document = JSON.parse(json.stdout) as {
      schema: string;
      rules: Array<{
        rule: string;
        books: Array<{ held: string; fee: string }>;
        holdings: Array<{ outpoint: string }>;
      }>;
    };
    assert.equal(document.schema, 'spoor.trace/1');
    // FIFO: the first 30 of 45 are the seed's. Haircut: 30 of 50 enter, 45/50 of them leave on the output, 5/50 as fee.
    assert.deepEqual(
      document.rules.map(({ rule, books }) => [rule, books[0].held, books[0].fee]),
      [
        ['fifo', '30', '0'],
        ['haircut', '27', '3'],
      ],
    );
    const text = run('--seed', seed, '--rule', 'haircut', '--stop-at', 'none');
    assert.match(text.stdout, /haircut, V: seeded 0\.00000030 BTC = held 0\.00000027 \+ fee 0\.00000003/);
    assert.equal(run('--seed', seed, '--rule', 'fifo', '--stop-at', 'none', '--coins', 'coins.jsonl').status, 0);
    const [line] = readFileSync(join(folder, 'coins.jsonl'), 'utf8').split('\n');
    const { rule, outpoint, taint } = JSON.parse(line) as { rule: string; outpoint: string; taint: object };
    assert.deepEqual([rule, outpoint, taint], ['fifo', document.rules[0].holdings[0].outpoint, { V: '30' }]);
  });

  it('refuses what is wrong before it reads, and says what', () => {
    const refusals: Array<[args: string[], status: number, words: RegExp]> = [
      [[], 2, /give at least one --seed/],
      [['--seed', 'V=xyz'], 2, /xyz/],
      [['--seed', seed, '--rule', 'lottery'], 2, /no rule "lottery"/],
      [['--seed', seed, '--from', '-1'], 2, /--from is a whole number/],
      [['--seed', seed, '--tags', 'none.yaml'], 3, /no such file/],
      [['--seed', `V=${'ab'.repeat(32)}`], 3, /nothing in these blocks matches/],
      [
        ['--seed', seed, '--checkpoint', 'nowhere/file', '--checkpoint-blocks', '1', '--stop-at', 'none'],
        9,
        /checkpoint/,
      ],
    ];
    for (const [args, status, words] of refusals) {
      const outcome = run(...args);
      assert.match(outcome.stderr, words);
      assert.deepEqual([outcome.status, outcome.stdout], [status, ''], args.join(' '));
    }
  });
});
