/** Conventions and presets on the command line: stored with the run, printed, refused where they contradict each other. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceDocument } from '../../src/report/index.ts';
import { EXAMPLE_X_TX, exampleX } from '../oracle/fixtures.ts';
import { freshFolder, type Outcome, spoor } from '../support/cli.ts';
import { esploraOf, tinyTxid } from '../support/esplora.ts';

describe('conventions on the command line', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
    writeFileSync(join(folder, 'x.json'), JSON.stringify(esploraOf(exampleX().chain)));
    assert.equal(spoor(folder, 'ingest', 'x.json', '--quiet').status, 0);
  });

  function trace(...args: string[]): Outcome {
    const seeds = exampleX().seeds.map(({ tx, vout }) => `--seed=S=${tinyTxid(tx)}:${vout}`);
    return spoor(folder, 'trace', ...seeds, '--json', '--quiet', ...args);
  }

  function documentOf(outcome: Outcome): TraceDocument {
    assert.equal(outcome.status, 0, outcome.stderr);
    return JSON.parse(outcome.stdout) as TraceDocument;
  }

  it('one option changes the answer and is kept with the run; the rest is as before', () => {
    const { run, rules } = documentOf(trace('--rule', 'fifo', '--order-fee', 'prorate-inputs'));
    const conventions = (run.params as { conventions: Record<string, unknown> }).conventions;
    assert.deepEqual(
      [conventions.orderFee, conventions.haircutFee, conventions.like],
      ['prorate-inputs', 'share', 'none'],
    );
    // Worked in test/taint/conventions.test.ts: 0, 18, 14; fee 2.
    const taint = rules[0].holdings
      .filter(({ outpoint }) => outpoint.startsWith(tinyTxid(EXAMPLE_X_TX)))
      .map(({ outpoint, taint: amounts }) => [outpoint.slice(-1), amounts.S]);
    assert.deepEqual(
      [taint, rules[0].books[0].fee],
      [
        [
          ['1', '18'],
          ['2', '14'],
        ],
        '2',
      ],
    );
  });

  it('a preset brings its rules, stops and conventions, and the report prints them', () => {
    const { run, rules } = documentOf(trace('--like', 'blocksci'));
    const params = run.params as { conventions: Record<string, unknown>; stopAt: string[] };
    assert.deepEqual(
      rules.map(({ rule }) => rule),
      ['haircut', 'poison'],
    );
    assert.deepEqual(
      [params.conventions.like, params.conventions.haircutRounding, params.stopAt],
      ['blocksci', 'down', ['none']],
    );
    const report = spoor(folder, 'report', '--format', 'md', '--quiet');
    assert.equal(report.status, 0, report.stderr);
    for (const shown of ['blocksci', 'subsidy-first', 'seed-overrides'])
      assert.ok(report.stdout.includes(shown), shown);
  });

  it('all-outputs seeds every output of the transaction that a seed names', () => {
    const named = spoor(
      folder,
      'trace',
      '--seed',
      `S=${tinyTxid(EXAMPLE_X_TX)}:1`,
      '--rule',
      'fifo',
      '--json',
      '--quiet',
      '--seeding',
      'all-outputs',
    );
    const { seeds, rules } = documentOf(named);
    assert.deepEqual([seeds[0].outputs, seeds[0].amount, rules[0].books[0].held], [3, '95', '95']);
  });

  it('several labels on one output are refused, but for multi-label', () => {
    const twice = [
      `--seed=A=${tinyTxid(EXAMPLE_X_TX)}:1`,
      `--seed=B=${tinyTxid(EXAMPLE_X_TX)}:1`,
      '--rule',
      'fifo',
      '--json',
      '--quiet',
    ];
    const refused = spoor(folder, 'trace', ...twice);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /is seeded as "A" and as "B"/);
    const { rules } = documentOf(spoor(folder, 'trace', ...twice, '--seed-overlap', 'multi-label'));
    assert.deepEqual(
      rules[0].holdings.map(({ taint }) => taint),
      [{ A: '50', B: '50' }],
    );
  });

  it('rules asked for by name come back from the store and into a report, those over addresses in both directions', () => {
    const rules = 'comb,age-seniority,address-taint,address-taint:backward,fifo';
    const { rules: found } = documentOf(trace('--rule', rules));
    assert.deepEqual(
      found.map(({ rule, conserves }) => [rule, conserves]),
      [
        ['comb:low', false],
        ['comb:high', false],
        ['age-seniority', true],
        ['address-taint', false],
        ['address-taint:backward', false],
        ['fifo', true],
      ],
    );
    const report = spoor(folder, 'report', '--format', 'text', '--quiet');
    assert.equal(report.status, 0, report.stderr);
    assert.match(report.stdout, /comb:low [\d.]+ \(lower end/);
    const comb = spoor(folder, 'why', `${tinyTxid(EXAMPLE_X_TX)}:1`, '--rule', 'comb:low', '--json');
    assert.deepEqual([comb.status, comb.stdout], [2, '']);
    assert.match(comb.stderr, /comb:low counts links: no satoshi of it has a way back/);
  });

  it('contradictions, unknown names and bad values are usage errors that name what is wrong', () => {
    const wrong: Array<[string[], RegExp]> = [
      [['--like', 'blocksci', '--fee-taint', 'sink'], /--like blocksci and --fee-taint sink contradict/],
      [['--rule', 'haircutt'], /did you mean haircut\?/],
      [['--rule', 'dirty-first', '--seed-overlap', 'multi-label'], /multi-label does not go with --rule dirty-first/],
    ];
    for (const [args, message] of wrong) {
      const { status, stdout, stderr } = trace(...args);
      assert.deepEqual([status, stdout], [2, ''], args.join(' '));
      assert.match(stderr, message);
    }
  });
});
