/** Limits and labels of a trace over a case: what contradicts is refused and nothing is written; what is left over is booked together, and named. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_CONVENTIONS,
  ingestFiles,
  parseSeed,
  refuseContradictions,
  type TraceRequest,
  trace,
  traceDocument,
  why,
  withCase,
} from '../../src/case/index.ts';
import type { TraceDocument } from '../../src/report/index.ts';
import { runs } from '../../src/store/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { esploraOf, tinyTxid } from '../support/esplora.ts';
import type { TinyChain, TinyTx } from '../support/tiny-chain.ts';

function pay(height: number, inputs: TinyTx['inputs'], values: number[]): TinyTx {
  return { coinbase: false, height, inputs, outputs: values.map((value) => ({ value })) };
}

/** Five victims pay 10, 20, 30, 40 and 50; all is merged, then paid out as 90 and 60. */
const VICTIMS: TinyChain = {
  transactions: [
    ...[10, 20, 30, 40, 50].map((value, at) => pay(1 + at, [{ external: value }], [value])),
    pay(
      6,
      [0, 1, 2, 3, 4].map((tx) => ({ tx, vout: 0 })),
      [150],
    ),
    pay(7, [{ tx: 5, vout: 0 }], [90, 60]),
  ],
};
const SEEDS = ['A', 'B', 'C', 'D', 'E'].map((label, tx) => `${label}=${tinyTxid(tx)}:0`);

function request(seeds: readonly string[], given: Partial<TraceRequest> = {}): TraceRequest {
  return {
    seeds: seeds.map((seed) => parseSeed(seed)),
    rules: ['fifo', 'haircut'],
    limits: { maxHops: null, minSat: null, minShareMillionths: null },
    until: null,
    stopAt: ['none'],
    conventions: DEFAULT_CONVENTIONS,
    splitBelowSat: null,
    ...given,
  };
}

describe('limits and labels over a case', () => {
  let folder = '';
  let file = '';
  before(() => {
    folder = freshFolder();
    file = join(folder, 'victims.spoor');
    const facts = join(folder, 'victims.json');
    writeFileSync(facts, JSON.stringify(esploraOf(VICTIMS)));
    withCase(file, { create: true }, ({ store }) => ingestFiles(store, [facts], { format: 'auto', network: null }));
  });

  function traced(asked: TraceRequest): TraceDocument {
    return withCase(file, { create: false }, (context) => traceDocument(context, trace(context, asked)));
  }

  function runCount(): number {
    return withCase(file, { create: false }, ({ store }) => runs(store).length);
  }

  it('labels above max-labels are booked together as other, with their amounts named', () => {
    const { rules, seeds } = traced(request(SEEDS, { maxLabels: 2 }));
    // FIFO: [A10 B20 o120] gives 90 = A10 B20 o60 and 60 = o60. Haircut: A 10*90/150 = 6 and 4, B 12 and 8, other 72 and 48.
    const expected: Record<string, unknown> = {
      fifo: [{ A: '10', B: '20', other: '60' }, { other: '60' }],
      haircut: [
        { A: '6', B: '12', other: '72' },
        { A: '4', B: '8', other: '48' },
      ],
    };
    for (const { rule, books, holdings } of rules) {
      assert.deepEqual(
        books.map(({ label, seeded, held }) => [label, seeded, held]),
        [
          ['A', '10', '10'],
          ['B', '20', '20'],
          ['other', '120', '120'],
        ],
      );
      assert.deepEqual(
        holdings.map(({ taint }) => taint),
        expected[rule],
      );
    }
    assert.deepEqual(
      seeds.map(({ label, amount, bookedAs }) => [label, amount, bookedAs ?? null]),
      [
        ['A', '10', null],
        ['B', '20', null],
        ['C', '30', 'other'],
        ['D', '40', 'other'],
        ['E', '50', 'other'],
      ],
    );
    const all = traced(request(SEEDS, { maxLabels: 5 }));
    assert.deepEqual(all.rules[0].books.map(({ label }) => label).join(''), 'ABCDE');
    assert.ok(all.seeds.every(({ bookedAs }) => bookedAs === undefined));
  });

  it('a seed on taint of another label is named with what the other keeps', () => {
    const { rules } = traced(request([...SEEDS.slice(0, 2), `late=${tinyTxid(5)}:0`]));
    for (const { rule, overlaps, books } of rules) {
      const row = { label: 'late', outpoint: `${tinyTxid(5)}:0`, value: '150', kept: { A: '10', B: '20' } };
      assert.deepEqual(overlaps, [row], rule);
      assert.equal(books[2].seeded, '120');
    }
    assert.equal(traced(request(SEEDS)).rules[0].overlaps, undefined);
  });

  it('a coarse output is flagged, counted, kept with the run, and has no walk back', () => {
    const asked = request(SEEDS, {
      rules: ['fifo'],
      limits: { maxHops: null, minSat: null, minShareMillionths: null, maxSegments: 2 },
    });
    const { rules, run } = traced(asked);
    assert.deepEqual(rules[0].coarse, { here: 1, before: 2 });
    // The haircut of A 10, B 20, C 30, D 40, E 50 over 90 and 60.
    assert.deepEqual(
      rules[0].holdings.map(({ taint, coarse }) => [Object.values(taint).join(), coarse]),
      [
        ['6,12,18,24,30', 'before'],
        ['4,8,12,16,20', 'before'],
      ],
    );
    withCase(file, { create: false }, (context) => {
      const ask = { subject: `${tinyTxid(6)}:0`, rule: 'fifo', run: run.id };
      assert.throws(() => why(context, ask), { code: 'USAGE', message: /an average: --max-segments/ });
      assert.equal(why(context, { ...ask, subject: `${tinyTxid(4)}:0` }).outputs[0].taint.E, '50');
    });
  });

  it('limits that contradict each other or the seeds are refused, and no run is kept', () => {
    const none = { maxHops: null, minSat: null, minShareMillionths: null };
    const before = runCount();
    const refused: Array<[Partial<TraceRequest>, RegExp]> = [
      [{ limits: { ...none, maxHops: 0, minSat: 5 } }, /--max-hops 0 follows no taint anywhere, so --min-sat/],
      [{ limits: { ...none, maxTransactions: 0 }, until: '200' }, /--max-visited 0 .* so --until/],
      [
        { limits: { ...none, maxSegments: 3 }, rules: ['haircut', 'poison'] },
        /order rules only, and none of haircut, poison/,
      ],
      [{ seeds: [parseSeed(`other=${tinyTxid(0)}:0`), parseSeed(SEEDS[1])], maxLabels: 1 }, /named "other"/],
    ];
    for (const [given, message] of refused) {
      assert.throws(() => refuseContradictions(request(SEEDS, given)), { code: 'USAGE', message });
    }
    refuseContradictions(request(SEEDS, { limits: { ...none, maxHops: 0, minSat: 0 } }));
    assert.throws(() => traced(request(SEEDS, { until: '100' })), {
      code: 'USAGE',
      message: /before the first seed \(block 101\)/,
    });
    assert.throws(() => traced(request(SEEDS, { limits: { ...none, minSat: 51 } })), {
      code: 'USAGE',
      message: /largest is 50/,
    });
    traced(request(SEEDS, { until: '101', limits: { ...none, minSat: 50 } }));
    assert.equal(runCount(), before + 1);
    const missing = spoor(
      folder,
      'trace',
      '--case',
      'new.spoor',
      '--seed',
      SEEDS[0],
      '--max-hops',
      '0',
      '--min-sat',
      '9',
    );
    assert.deepEqual([missing.status, existsSync(join(folder, 'new.spoor'))], [2, false]);
    assert.match(missing.stderr, /--max-hops 0 follows no taint anywhere/);
  });
});
