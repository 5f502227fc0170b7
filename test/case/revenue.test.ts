/** Ransom revenue: a chain of six by hand at every stage, and WannaCry against a plain loop over its lines. */
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  demo,
  importPacks,
  ingestFiles,
  type RevenueDocument,
  type RevenueParams,
  readPrices,
  revenueDocument,
  runClusters,
  withCase,
} from '../../src/case/index.ts';
import { judge } from '../../src/case/revenue/stage.ts';
import { parseRange } from '../../src/case/subject.ts';
import { filterChoices, REVENUE_FILTERS } from '../../src/cluster/index.ts';
import { freshFolder } from '../support/cli.ts';
import { NO_STAGES } from '../support/revenue-params.ts';
import { HITBTC, sampleLines, WALLET } from '../support/wannacry-lines.ts';

const WALLETS = ['115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn', WALLET, '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94'];
const [A, B] = WALLETS;
/** D collects; E pays and is nobody of the set. */
const [D, E] = ['1ARirZgU4q61sSjVK2iB8BEYC5w2B8ZnE9', '1JC41YHmjKEcW1rLH6pmMWEFHkoNwSmhnC'];
const NOTHING = NO_STAGES;
const id = (digit: number): string => String(digit).repeat(64);
const noon = (day: number): number => Date.UTC(2017, 4, day, 12) / 1000;
const payment = (n: number, day: number, valueSat: string, address: string): object => ({
  txid: id(n),
  height: 100 + n,
  timestampSec: noon(day),
  inputs: [{ prevTxid: id(9), prevVout: n, prevAddress: E, valueSat: '90000000' }],
  outputs: [{ valueSat, address }],
});
/** Two payments to A, two to B; then A and B together pay D, with change to A; D pays on. */
const SIX = [
  { schema: 'spoor.ledger/1' },
  payment(1, 12, '16666667', A),
  payment(2, 13, '20000000', A),
  payment(3, 14, '50000000', B),
  payment(4, 14, '500', B),
  {
    txid: id(5),
    height: 105,
    timestampSec: noon(14),
    inputs: [
      { prevTxid: id(1), prevVout: 0 },
      { prevTxid: id(3), prevVout: 0 },
    ],
    outputs: [
      { valueSat: '66000000', address: D },
      { valueSat: '600000', address: A },
    ],
  },
  {
    txid: id(6),
    height: 106,
    timestampSec: noon(15),
    inputs: [{ prevTxid: id(5), prevVout: 0 }],
    outputs: [{ valueSat: '65000000', address: E }],
  },
];
/** Half-way: 1800 dollars on the 12th, none on the 13th, 1000 on the 14th. */
const PRICES = [
  'Date,Open,High,Low,Close',
  '2017-05-12,1,2000.0,1600,2',
  '2017-05-13,null,null,null,null',
  '2017-05-14,1,1000,1000.000000,2',
];

describe('ransom revenue', () => {
  let folder = '';
  let six = '';
  let prices = '';
  const write = (name: string, lines: readonly string[]): string => {
    const file = join(folder, name);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  };
  before(() => {
    folder = freshFolder();
    six = join(folder, 'six.spoor');
    const file = write(
      'six.jsonl',
      SIX.map((line) => JSON.stringify(line)),
    );
    withCase(six, { create: true }, ({ store }) => ingestFiles(store, [file], { format: 'spoor', network: 'mainnet' }));
    withCase(six, { create: false }, (context) =>
      runClusters(context, { coinjoins: 'exclude', until: null, change: null, keepApart: [] }),
    );
    prices = write('prices.csv', PRICES);
  });
  const ask = (params: Partial<RevenueParams>): RevenueDocument =>
    withCase(six, { create: false }, (context) =>
      revenueDocument(context, [A], { ...NOTHING, ...params }, readPrices(prices, 'middle')),
    );

  it('by hand: every stage, its interval, the collector and the day without a price', () => {
    const window = parseRange('2017-05-12..2017-05-13');
    const document = ask({ expand: 'core', window, demandedUsd: [300, 600], minSat: 1000, fresh: true });
    assert.deepEqual(document.expandedBy, [B]);
    // Paid at 1800 dollars: 0.16666667 BTC is 300.00; at 1000: 0.5 is 500.00, 0.006 of change 6.00, 500 sat half a cent.
    const [a, b] = ['300.00', '306.00'];
    assert.deepEqual(
      document.stages.map(({ stage, seeds, expanded }) => [
        stage,
        [seeds.payments, seeds.sat, seeds.usd, seeds.unpriced],
        [expanded?.payments, expanded?.sat, expanded?.usd, expanded?.unpriced],
      ]),
      [
        ['all', [3, '37266667', b, 1], [5, '87267167', '806.00', 1]],
        ['internal', [2, '36666667', a, 1], [4, '86667167', '800.00', 1]],
        ['collector', [2, '36666667', a, 1], [4, '86667167', '800.00', 1]],
        ['window', [2, '36666667', a, 1], [2, '36666667', a, 1]],
        ['dust', [2, '36666667', a, 1], [2, '36666667', a, 1]],
        // 500.00 is 100 below 600, and 15 % of that is 90; 300.00 is met.
        ['amount', [1, '16666667', a, 0], [1, '16666667', a, 0]],
        ['fresh', [1, '16666667', a, 0], [1, '16666667', a, 0]],
      ],
    );
    const [all, internal] = document.stages.map(({ interval }) => interval);
    assert.deepEqual(all, { payments: [3, 5], sat: ['37266667', '87267167'], usd: ['306.00', '806.00'] });
    assert.deepEqual(internal, { payments: [2, 5], sat: ['36666667', '87267167'], usd: ['300.00', '806.00'] });
    assert.deepEqual(document.stages[6].interval.payments, [1, 5]);
    assert.deepEqual(document.collectors, [{ address: D, from: 2, sat: '66000000' }]);
    assert.deepEqual(document.gaps, { unknownSigner: 0, daysWithoutPrice: ['2017-05-13'] });
  });

  it('payments of which none has a price are worth nobody knows what, never 0.00; no payments are worth 0.00', () => {
    const of = (days: string): RevenueDocument['stages'] => ask({ window: parseRange(days), minSat: 1000 }).stages;
    const last = (days: string): unknown[] => {
      const { seeds, interval } = of(days).at(-1) ?? assert.fail();
      return [seeds.payments, seeds.usd, seeds.unpriced, interval.usd];
    };
    // Of A: one payment on the 13th, which has no price, and none on the 16th; 306.00 is what all of A's priced ones come to.
    assert.deepEqual(last('2017-05-13..2017-05-13'), [1, null, 1, null]);
    assert.deepEqual(last('2017-05-16..2017-05-16'), [0, '0.00', 0, ['0.00', '306.00']]);
  });

  it('tolerance on both sides of its edge, exact satoshi, and the first payment alone', () => {
    const last = (params: Partial<RevenueParams>): [number | undefined, string | undefined] => {
      const row = ask({ expand: 'core', ...params }).stages.at(-1)?.expanded;
      return [row?.payments, row?.sat];
    };
    // 500.00 is 100 off 600: 16 % is 96, 17 % is 102. 300.00 is off by half.
    assert.deepEqual(last({ demandedUsd: [600], tolerancePercent: 16 }), [0, '0']);
    assert.deepEqual(last({ demandedUsd: [600], tolerancePercent: 17 }), [1, '50000000']);
    assert.deepEqual(last({ demandedSat: [20_000_000] }), [1, '20000000']);
    assert.deepEqual(last({ fresh: true }), [2, '66666667']);
    assert.deepEqual(last({ minSat: 500 }), [4, '86667167']);
    assert.deepEqual(last({ minSat: 501 }), [3, '86666667']);
  });

  it('the interval is over each subset of the filters, once, and over both readings of the amount', () => {
    const choices = filterChoices(REVENUE_FILTERS).map((choice) => choice.join());
    assert.deepEqual([choices.length, new Set(choices).size], [2 ** 6 * 3, 2 ** 6 * 3]);
    assert.ok(choices.every((choice) => !(choice.includes('amount') && choice.includes('whole'))));
  });

  it('parts of one payer count together up to the last second of the hours asked, and never those of two', () => {
    const HOUR = 3600;
    const [start, payer, other] = [noon(12), E, D];
    // 0.6 and 0.4 by one payer 72 h apart; 0.3 and 0.7 one second further apart; 0.5 and 0.5 by two payers; 2 and -1 not.
    const parts: ReadonlyArray<readonly [number, number, string]> = [
      [60_000_000, 0, payer],
      [40_000_000, 72 * HOUR, payer],
      [30_000_000, 500 * HOUR, payer],
      [70_000_000, 572 * HOUR + 1, payer],
      [50_000_000, 800 * HOUR, payer],
      [50_000_000, 801 * HOUR, other],
    ];
    const found = parts.map(([valueSat, afterSec, who], place) => ({
      outpoint: `${place}`,
      address: A,
      valueSat,
      timeSec: start + afterSec,
      height: null,
      payer: who,
      known: place === 0 ? [] : (['fresh'] as const),
    }));
    const params = { ...NOTHING, demandedSat: [100_000_000], partHours: 72, fresh: true };
    const { sums, payments } = judge(found, params, null);
    assert.deepEqual(
      sums.map((sum) => [sum.payer, sum.valueSat, sum.parts.map(({ outpoint }) => outpoint)]),
      [[payer, 100_000_000, ['0', '1']]],
    );
    const counted = payments.filter(({ fails }) => !fails.has('amount') && !fails.has('fresh'));
    assert.deepEqual(
      counted.map(({ outpoint, fails }) => [outpoint, fails.has('whole')]),
      [
        ['0', true],
        ['1', true],
      ],
    );
    assert.deepEqual(judge(found, { ...params, partHours: 73 }, null).sums.length, 2);
    assert.deepEqual(judge(found, { ...params, partHours: 0 }, null).sums, []);
    // Whoever paid one address: 0.5 and 0.5 are an hour apart.
    const byAddress = found.map((payment) => ({ ...payment, payer: payment.address }));
    assert.equal(judge(byAddress, params, null).sums.length, 2);
    // Own moves and dust are no parts.
    const own = found.map((payment) => ({ ...payment, known: ['internal'] as const }));
    assert.deepEqual(judge(own, params, null).sums, []);
    assert.deepEqual(judge(found, { ...params, minSat: 40_000_001 }, null).sums, []);
  });

  it('a payer is a core cluster where there are clusters, else the first address; a service pays each address apart', () => {
    // E pays 0.2 to A and then 0.5 to B within 72 h: 0.7 together, which nobody pays alone.
    const demand = { demandedSat: [70_000_000], partHours: 72 };
    const sums = ask({ expand: 'core', ...demand }).partSums;
    assert.deepEqual(
      sums.map(({ payer, sat, outpoints }) => [payer, sat, outpoints]),
      [[E, '70000000', [`${id(2)}:0`, `${id(3)}:0`]]],
    );
    const last = ask({ expand: 'core', ...demand }).stages.at(-1);
    assert.deepEqual([last?.expanded?.payments, last?.interval.payments], [2, [0, 5]]);
    assert.deepEqual(ask({ expand: 'core', ...demand, partBy: 'address' }).partSums, []);
    const tags = write('service.yaml', [
      'title: T',
      'creator: C',
      'tags:',
      `  - {address: ${E}, label: Exchange, currency: BTC, category: exchange, source: 'https://x.test/a', lastmod: 2020-01-01}`,
    ]);
    const tagged = join(folder, 'tagged.spoor');
    copyFileSync(six, tagged);
    withCase(tagged, { create: false }, (context) => {
      importPacks(context, [tags]);
      runClusters(context, { coinjoins: 'exclude', until: null, change: null, keepApart: [] });
      const params = { ...NOTHING, expand: 'core' as const, ...demand };
      assert.deepEqual(revenueDocument(context, [A], params, null).partSums, []);
    });
  });

  it('WannaCry: receipts of the wallets as a plain loop adds them; a seed of a service is left out', () => {
    const { lines } = sampleLines();
    const owner = (txid: string | undefined, vout: number | undefined): string | undefined =>
      lines.get(txid ?? '')?.outputs[vout ?? -1]?.address;
    let [payments, sat, own, ownSat] = [0, 0n, 0, 0n];
    for (const { inputs, outputs } of lines.values()) {
      const internal = inputs.some((input) => WALLETS.includes(owner(input.prevTxid, input.prevVout) ?? ''));
      for (const { address, valueSat } of outputs) {
        if (!WALLETS.includes(address ?? '')) continue;
        payments += 1;
        sat += BigInt(valueSat);
        if (internal) [own, ownSat] = [own + 1, ownSat + BigInt(valueSat)];
      }
    }
    const document = withCase(join(folder, 'wannacry.spoor'), { create: true }, (context) => {
      demo(context);
      return revenueDocument(context, ['tag:WannaCry v2', HITBTC], NOTHING, null);
    });
    assert.deepEqual(
      document.serviceOwned.map(({ seed }) => seed),
      [HITBTC],
    );
    const [all, internal] = document.stages;
    assert.deepEqual([all.seeds.payments, all.seeds.sat, all.seeds.usd], [payments, String(sat), null]);
    assert.deepEqual([internal.seeds.payments, internal.seeds.sat], [payments - own, String(sat - ownSat)]);
  });

  it('refuses a price file that is none, and a subject without addresses', () => {
    for (const bad of [
      ['Day,Price', '2017-05-12,1'],
      ['Date,High,Low', '12.05.2017,1,1'],
      ['Date,High,Low', '2017-02-30,1,1'],
      ['Date,High,Low', '2017-05-12,many,1'],
      ['Date,High,Low', '2017-05-12,1,1', '2017-05-12,2,2'],
    ]) {
      assert.throws(() => readPrices(write('bad.csv', bad), 'middle'), { code: 'MALFORMED' }, bad.join());
    }
    assert.throws(() => readPrices(join(folder, 'none.csv'), 'close'), { code: 'FILE_NOT_FOUND' });
    withCase(six, { create: false }, (context) => {
      assert.throws(() => revenueDocument(context, [id(1)], NOTHING, null), { code: 'USAGE' });
    });
  });
});
