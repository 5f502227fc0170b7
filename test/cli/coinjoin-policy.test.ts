/** `spoor trace --at-coinjoin` and `--coinjoin-detector` as a user runs them, with amounts worked by hand. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceDocument } from '../../src/report/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { payment, txidOf } from '../support/esplora-payment.ts';

describe('coinjoins in a trace', () => {
  const folder = freshFolder();
  const traced = (seed: string, ...args: string[]): TraceDocument => {
    const asked = ['trace', '--json', '--quiet', '--seed', `V=${seed}`, '--rule', 'fifo,haircut', ...args];
    const { status, stdout, stderr } = spoor(folder, ...asked);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as TraceDocument;
  };
  /** Resting places of a rule as `outpoint taint status`. */
  const rests = (document: TraceDocument, rule: string): string[] =>
    document.rules
      .find((one) => one.rule === rule)!
      .holdings.map(
        ({ outpoint, taint, status }) => `${Number(outpoint.slice(0, 64))}:${outpoint.slice(65)} ${taint.V} ${status}`,
      );

  before(() => {
    // 1: the victim's 30,000. 2: a coinjoin of it with 12,000 and 15,500 of others into three of 10,000, and changes of 20,000, 2,000 and 5,500.
    const victim = payment(1, [30_000], [30_000]);
    const mix = payment(2, [30_000, 12_000, 15_500], [10_000, 10_000, 10_000, 20_000, 2_000, 5_500], {
      height: 2,
      spends: [{ from: victim, vout: 0 }],
    });
    // 4: a Wasabi 1.1 round (10 equal outputs of 25, too few for the structural test), after block 610,000.
    const paid = payment(3, [11_000_000], [11_000_000], { height: 610_000 });
    const equal = new Array<number>(10).fill(10_000_000);
    const changes = Array.from({ length: 15 }, (_, at) => 500_000 + at);
    const inputs = [11_000_000, ...new Array<number>(11).fill(10_000_000), 10_000_000];
    const round = payment(4, inputs, [...equal, ...changes], { height: 610_001, spends: [{ from: paid, vout: 0 }] });
    const file = join(folder, 'mixes.json');
    writeFileSync(file, JSON.stringify([victim, mix, paid, round]));
    assert.equal(spoor(folder, 'ingest', file).status, 0);
  });

  it('stop is the default: the taint rests on the output that enters, and no bounds are shown', () => {
    const document = traced(`${txidOf(1)}:0`);
    assert.deepEqual(rests(document, 'fifo'), ['1:0 30000 stopped']);
    assert.equal(document.coinjoins, undefined);
    assert.deepEqual([document.run.params.atCoinjoin, document.run.params.coinjoinDetector], ['stop', 'structural']);
  });

  it('bounds: books as under stop, and an interval for every output', () => {
    const document = traced(`${txidOf(1)}:0`, '--at-coinjoin', 'bounds');
    assert.deepEqual(rests(document, 'fifo'), ['1:0 30000 stopped']);
    assert.equal(document.rules[0]?.books[0]?.stopped, '30000');
    // Owners get one of the three 10,000 each and pay each other at most 50 and 100 sat. 30,000 = 10,000 + 20,000, 12,000 = 10,000 + 2,000 and
    // 15,500 = 10,000 + 5,500 is the only mapping: with one 10,000 each, three owners need three inputs. So the change of 20,000 is the victim's,
    // the other two changes are not, and any of the three equal outputs may be.
    const [row] = document.coinjoins ?? [];
    assert.deepEqual(
      [row?.verdict, row?.oneEach, row?.intrafees],
      ['complete', ['10000'], { maker: '50', taker: '100' }],
    );
    const bounds = row?.outputs.map((output) => output.bounds.haircut?.V);
    assert.deepEqual(bounds, [
      ['0', '10000'],
      ['0', '10000'],
      ['0', '10000'],
      ['20000', '20000'],
      ['0', '0'],
      ['0', '0'],
    ]);
    const text = spoor(
      folder,
      'trace',
      '--quiet',
      '--seed',
      `V=${txidOf(1)}:0`,
      '--rule',
      'fifo',
      '--at-coinjoin',
      'bounds',
    ).stdout;
    assert.match(text, /Bounds at coinjoins \(in no book\)/);
    assert.match(text, /output 3 of 0\.00020000 BTC: fifo V \[0\.00020000, 0\.00020000\]/);
    assert.match(text, /at a coinjoin = bounds/);
  });

  it('haircut: averages from there on, whatever the rule; continue: by the rule', () => {
    // 30,000 of 57,500 are tainted: 10,000 x 30/57.5 = 5,217.39, 20,000: 10,434.78, 2,000: 1,043.48, 5,500: 2,869.57. Floors miss 3:
    // the largest remainders are .78 (20,000), .57 (5,500) and .48 (2,000).
    const averages = [
      '2:0 5217 unspent',
      '2:1 5217 unspent',
      '2:2 5217 unspent',
      '2:3 10435 unspent',
      '2:4 1044 unspent',
      '2:5 2870 unspent',
    ];
    const byHand = traced(`${txidOf(1)}:0`, '--at-coinjoin', 'haircut');
    assert.deepEqual(rests(byHand, 'haircut'), rests(byHand, 'fifo'));
    assert.equal(byHand.rules[0]?.books[0]?.held, '30000');
    const sum = (rows: readonly string[]) => rows.reduce((total, row) => total + Number(row.split(' ')[1]), 0);
    assert.equal(sum(averages), 30_000);
    assert.deepEqual(rests(byHand, 'fifo'), averages);
    const onward = traced(`${txidOf(1)}:0`, '--at-coinjoin', 'continue');
    assert.deepEqual(rests(onward, 'fifo'), ['2:0 10000 unspent', '2:1 10000 unspent', '2:2 10000 unspent']);
  });

  it('the detectors of protocols find a Wasabi round that equal outputs alone do not', () => {
    const missed = traced(`${txidOf(3)}:0`);
    assert.ok(rests(missed, 'fifo').every((row) => row.startsWith('4:')));
    const found = traced(`${txidOf(3)}:0`, '--coinjoin-detector', 'protocols', '--at-coinjoin', 'bounds');
    assert.deepEqual(rests(found, 'fifo'), ['3:0 11000000 stopped']);
    assert.equal(found.coinjoins?.[0]?.family, 'wasabi-1');
  });

  it('refuses what contradicts, and what block files cannot answer', () => {
    const asked = (...args: string[]) => spoor(folder, ...args);
    const against = asked('trace', '--seed', `V=${txidOf(1)}:0`, '--stop-at', 'none', '--at-coinjoin', 'bounds');
    assert.equal(against.status, 2);
    assert.match(against.stderr, /--stop-at none stops nowhere/);
    const bulk = asked('bulk', 'trace', folder, '--seed', `V=${txidOf(1)}:0`, '--coinjoin-detector', 'protocols');
    assert.equal(bulk.status, 2);
    assert.match(bulk.stderr, /needs a forward trace over a case, not block files/);
    assert.equal(asked('trace', '--seed', `V=${txidOf(1)}:0`, '--at-coinjoin', 'guess').status, 2);
  });
});
