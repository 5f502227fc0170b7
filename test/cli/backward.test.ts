/** `trace --backward` and `why` through the command line: they agree with the trace forward, and refuse what makes no sense. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BackwardRequest,
  backwardDocument,
  type CaseContext,
  DEFAULT_CONVENTIONS,
  ingestFiles,
  parseSeed,
  parseSubject,
  type TraceRequest,
  trace,
  traceDocument,
  why,
} from '../../src/case/index.ts';
import { type BackwardArgs, checkDirection, runBackward } from '../../src/cli/backward-options.ts';
import type { BackwardDocument, TraceDocument } from '../../src/report/index.ts';
import { spoor } from '../support/cli.ts';
import { type DemoFolder, demoFolder } from '../support/demo-case.ts';
import { tinyTxid } from '../support/esplora.ts';

/** A deposit at HitBTC of the bundled case. */
const DEPOSIT = '36ef488e59d719fb906254aed61bfe46e8f64778bc6cac97e56a68c241004c28:1';

function forward(context: CaseContext, seed: string, given: Partial<TraceRequest>): TraceDocument {
  const request: TraceRequest = {
    seeds: [parseSeed(seed)],
    rules: ['fifo'],
    limits: { maxHops: null, minSat: null, minShareMillionths: null },
    until: null,
    stopAt: ['none'],
    conventions: DEFAULT_CONVENTIONS,
    splitBelowSat: null,
    ...given,
  };
  return traceDocument(context, trace(context, request));
}

function back(context: CaseContext, subject: string, given: Partial<BackwardRequest>): BackwardDocument {
  return backwardDocument(context, {
    subjects: [parseSubject(subject)],
    rules: ['fifo'],
    limits: { maxHops: null, minSat: null },
    since: null,
    stopAt: ['service', 'coinjoin'],
    conventions: DEFAULT_CONVENTIONS,
    maxSources: 1000,
    ...given,
  });
}

describe('spoor trace --backward', () => {
  let demo: DemoFolder;
  before(() => {
    demo = demoFolder();
  });

  it('WannaCry: the ends of a deposit sum to its value, and what passed an output is what the trace forward finds from it', () => {
    demo.inCase('case.spoor', (context) => {
      const found = back(context, DEPOSIT, { rules: ['fifo', 'lifo', 'lifo-reverse', 'haircut'] });
      assert.equal(found.schema, 'spoor.backward/1');
      assert.ok(found.gaps.length > 0 && found.gaps.every(({ kind }) => kind === 'parent-missing'));
      const [output] = found.outputs;
      for (const { rule, adds, ends, totals, steps } of output.rules) {
        assert.ok(adds, rule);
        const sum = (texts: readonly string[]): bigint => texts.reduce((total, text) => total + BigInt(text), 0n);
        assert.equal(sum(ends.map(({ amount }) => amount)), BigInt(output.value), rule);
        assert.equal(sum(Object.values(totals)), BigInt(output.value), rule);
        for (const { ranges, amount } of ends) {
          if (rule === 'haircut') assert.equal(ranges, null);
          else
            assert.equal(
              (ranges ?? []).reduce((total, [from, to]) => total + to - from, 0),
              Number(amount),
            );
        }
        if (rule === 'haircut') continue;
        const passed = new Map<string, bigint>();
        for (const { from, amount } of steps) passed.set(from, (passed.get(from) ?? 0n) + BigInt(amount));
        const [most, amount] = [...passed].sort((a, b) => Number(b[1] - a[1]))[3];
        const there = forward(context, `s=${most}`, { rules: [rule] }).rules[0].holdings.find(
          ({ outpoint }) => outpoint === DEPOSIT,
        );
        assert.equal(there?.taint.s, String(amount), `${rule}, ${most}`);
      }
    });
  });

  it('WannaCry: why names under every rule seeds that sum to the taint shown', () => {
    const rules = ['fifo', 'lifo', 'lifo-reverse', 'tiho', 'seniority', 'haircut', 'inout:HS', 'inout:TL', 'inout:CS'];
    demo.inCase('case.spoor', (context) => {
      for (const { rule, holdings } of forward(context, 'w=tag:ransomware', { rules, stopAt: ['service'] }).rules) {
        const [most] = [...holdings].sort((a, b) => Number(b.taint.w) - Number(a.taint.w));
        const [output] = why(context, { subject: most.outpoint, rule, run: null }).outputs;
        assert.equal(output.taint.w, most.taint.w, rule);
        assert.equal(
          output.origins.reduce((sum, { amount }) => sum + BigInt(amount), 0n),
          BigInt(most.taint.w),
          rule,
        );
      }
    });
  });

  it('fee taint: why and backward pass a coinbase, down to the fees of its block', () => {
    // 30 = seed; 10 of it are the fee of transaction 1. Block 2 makes 50 BTC and its coinbase takes all, the fee first.
    const all = 5_000_000_010;
    const block = (digit: string, height: number): object => ({
      block: { hash: digit.repeat(64), height, transactionCount: 2 },
    });
    const at = (digit: string, height: number, position: number): object => ({
      height,
      position,
      blockHash: digit.repeat(64),
    });
    const lines = [
      block('1', 1),
      block('2', 2),
      { txid: tinyTxid(9), ...at('1', 1, 0), coinbase: true, inputs: [], outputs: [{ valueSat: '50' }] },
      {
        txid: tinyTxid(0),
        ...at('1', 1, 1),
        inputs: [{ prevTxid: tinyTxid(99), prevVout: 0, valueSat: '30' }],
        outputs: [{ valueSat: '30' }],
      },
      { txid: tinyTxid(2), ...at('2', 2, 0), coinbase: true, inputs: [], outputs: [{ valueSat: String(all) }] },
      {
        txid: tinyTxid(1),
        ...at('2', 2, 1),
        inputs: [{ prevTxid: tinyTxid(0), prevVout: 0 }],
        outputs: [{ valueSat: '20' }],
      },
    ];
    writeFileSync(join(demo.path, 'fees.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
    const conventions = { ...DEFAULT_CONVENTIONS, feeTaint: 'propagate' as const };
    demo.inCase('fees.spoor', (context) => {
      ingestFiles(context.store, [join(demo.path, 'fees.jsonl')], { format: 'spoor', network: null });
      const rules = ['fifo', 'haircut', 'tiho', 'poison'];
      forward(context, `s=${tinyTxid(0)}:0`, { rules, conventions });
      for (const rule of rules) {
        const [output] = why(context, { subject: `${tinyTxid(2)}:0`, rule, run: null }).outputs;
        assert.deepEqual(
          output.steps.map(({ from, to, amount }) => [from, to, amount]),
          [
            [`${tinyTxid(0)}:0`, `${tinyTxid(1)}:fee`, rule === 'poison' ? '30' : '10'],
            [`${tinyTxid(1)}:fee`, `${tinyTxid(2)}:0`, '10'],
          ],
          rule,
        );
        assert.deepEqual(output.taint, { s: rule === 'poison' ? String(all) : '10' }, rule);
      }
      const [{ rules: rows }] = back(context, `${tinyTxid(2)}:0`, { conventions }).outputs;
      assert.deepEqual(
        rows[0].ends.map(({ kind, reason, input, ranges, amount }) => [kind, reason, input, ranges, amount]),
        [
          ['coinbase', 'new-coins', { txid: tinyTxid(2), vin: 1 }, [[0, 5_000_000_000]], '5000000000'],
          // The fee is the tail of the 30: its satoshi 20 to 29.
          ['gap', 'parent-missing', { txid: tinyTxid(0), vin: 0 }, [[20, 30]], '10'],
        ],
      );
      assert.throws(() => back(context, `${tinyTxid(2)}:0`, { conventions, rules: ['tiho'] }), {
        code: 'USAGE',
        message: /tiho has no walk back when fee taint propagates/,
      });
    });
  });

  it('the text says the same, and --strict counts the gaps', () => {
    const outcome = spoor(
      demo.path,
      'trace',
      '--backward',
      '--subject',
      DEPOSIT,
      '--rule',
      'fifo',
      '--max-hops',
      '1',
      '--strict',
    );
    assert.equal(outcome.status, 5, outcome.stderr);
    assert.match(outcome.stdout, /value 17\.00000000 BTC, block 478843/);
    assert.match(outcome.stdout, /fifo: exact: satoshi by satoshi/);
    assert.match(outcome.stdout, /limit: hop limit reached/);
    assert.match(outcome.stdout, /gap: its parent is not in the case/);
  });

  it('refuses what is wrong, naming it', () => {
    const plain: BackwardArgs = {
      case: join(demo.path, 'case.spoor'),
      json: true,
      quiet: true,
      offline: true,
      backward: true,
      subject: [DEPOSIT],
      rule: ['fifo'],
      stopAt: ['none'],
      feeTaint: 'sink',
      coinbaseOrder: 'fees-first',
      haircutFee: 'share',
      strict: false,
    };
    const cases: Array<[string, RegExp, Partial<BackwardArgs>]> = [
      ['USAGE', /give at least one --subject/, { subject: [] }],
      ['USAGE', /--seed does not go with --backward/, { seed: ['a=tag:x'] }],
      ['USAGE', /--until does not go with --backward/, { until: '5' }],
      ['USAGE', /--min-share does not go with --backward/, { minShare: '0.5' }],
      ['USAGE', /--split-below does not go with --backward/, { splitBelow: '5' }],
      ['USAGE', /--max-labels does not go with --backward/, { maxLabels: '5' }],
      ['USAGE', /--seed-overlap does not go with --backward/, { seedOverlap: 'multi-label' }],
      ['USAGE', /--seeding does not go with --backward/, { seeding: 'all-outputs' }],
      ['USAGE', /--subject needs --backward/, { backward: false }],
      ['USAGE', /--since needs --backward/, { backward: false, subject: undefined, since: '5' }],
      ['SUBJECT_INVALID', /neither a height nor a date/, { since: '2017-02-30' }],
      ['USAGE', /--max-sources is a whole number/, { maxSources: 'x' }],
      ['TXID_INVALID', /not a txid/, { subject: [`${'z'.repeat(64)}:0`] }],
      ['NOT_FOUND', /nothing in the case matches/, { subject: [`${'0'.repeat(64)}:0`] }],
      ['USAGE', /candidate sources are more than 2/, { rule: ['tiho'], maxSources: '2' }],
      ['USAGE', /no rule "fofo"/, { rule: ['fofo'] }],
    ];
    for (const [code, message, given] of cases) {
      const args = { ...plain, ...given };
      assert.throws(
        () => {
          checkDirection(args);
          runBackward(args);
        },
        { code, message },
      );
    }
    assert.throws(() => checkDirection(Object.assign({ envelope: true }, plain)), /--envelope does not go with/);
    const outcome = spoor(demo.path, 'trace', '--seed', 'a=tag:x', '--subject', DEPOSIT);
    assert.deepEqual([outcome.status, outcome.stdout], [2, '']);
  });
});
