/**
 * Ransom revenue over the published payments of Locky and Cerber (Huang et al., IEEE S&P 2018): every stage against plain loops over the
 * lines of the file, the totals against those that the note of the data states, dollars against those the authors printed.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type PaymentList,
  type RevenueDocument,
  type RevenueParams,
  readPaymentList,
  readPrices,
  revenueOfList,
} from '../../src/case/index.ts';
import { parseRange } from '../../src/case/subject.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { NO_STAGES } from '../support/revenue-params.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';

const FILE = sharedData('ransomware-payments/locky-cerber-2016.payments.csv.gz');
const PRICES = sharedData('prices/BTC-USD.daily.csv.gz');
const NOTHING: RevenueParams = { ...NO_STAGES, partBy: 'address' };
/** Tenths of a bitcoin that most payments of each family have; which of them its notes asked for, the file does not say. */
const DEMANDS = { Locky: [5, 10, 15, 20, 25, 30, 40], Cerber: [4, 8, 10, 20] } as const;

interface Line {
  readonly outpoint: string;
  readonly address: string;
  readonly sat: bigint;
  readonly time: number;
}

/** Lines of a family by cutting at commas; amounts by moving the point. */
function linesOf(family: string): Line[] {
  const [, ...lines] = gunzipSync(readFileSync(FILE)).toString('utf8').trimEnd().split('\n');
  return lines
    .map((line) => line.split(','))
    .filter((cells) => cells[1] === family)
    .map(([, , txid, vout, address, btc, , time]) => {
      const [whole, part = ''] = btc.split('.');
      return { outpoint: `${txid}:${vout}`, address, sat: BigInt(whole + part.padEnd(8, '0')), time: Number(time) };
    });
}

const total = (lines: readonly Line[]): [number, string] => [
  lines.length,
  String(lines.reduce((sum, { sat }) => sum + sat, 0n)),
];

const rows = (document: RevenueDocument): unknown[] =>
  document.stages.map(({ stage, seeds }) => [stage, [seeds.payments, seeds.sat]]);

describe('ransom revenue of a published list', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });
  const list = (lines: readonly string[]): string => {
    const file = join(folder, 'list.csv');
    writeFileSync(file, `${['txid,vout,address,btc,timestamp', ...lines].join('\n')}\n`);
    return file;
  };
  let published: PaymentList | null = null;
  /** The published list takes a second to check; it is read once. */
  const listOf = (file: string): PaymentList => {
    if (file !== FILE) return readPaymentList(file, 'mainnet');
    published ??= readPaymentList(FILE, 'mainnet');
    return published;
  };
  const ask = (family: string | null, params: Partial<RevenueParams>, file = FILE): RevenueDocument =>
    revenueOfList(listOf(file), family, { params: { ...NOTHING, ...params }, prices: null });

  for (const [family, stated] of [
    ['Locky', { payments: 6065, transactions: 6057, addresses: 5963, btc: '12646.13' }],
    ['Cerber', { payments: 10_720, transactions: 10_708, addresses: 10_165, btc: '9887.27' }],
  ] as const) {
    itWithData(`${family}: every stage as plain loops over the file count it`, 'ransomware-payments', () => {
      const window = parseRange('2016-03-01..2016-12-31');
      const demandedSat = DEMANDS[family].map((tenths) => tenths * 10_000_000);
      const document = ask(family, { window, minSat: 20_000_000, demandedSat, fresh: true });
      const lines = linesOf(family);
      const [count, sat] = total(lines);
      // As the note beside the data says.
      assert.deepEqual([count, (Number(sat) / 1e8).toFixed(2)], [stated.payments, stated.btc]);
      const { list: about, seeds } = document;
      assert.deepEqual(
        [about?.payments, about?.transactions, seeds.length],
        [count, stated.transactions, stated.addresses],
      );
      const seen = new Set<string>();
      const unique = lines.filter(({ outpoint }) => !seen.has(outpoint) && seen.add(outpoint));
      const [from, to] = [Date.UTC(2016, 2, 1) / 1000, Date.UTC(2017, 0, 1) / 1000];
      const inside = unique.filter(({ time }) => time >= from && time < to);
      const coins = inside.filter((line) => line.sat >= 20_000_000n);
      const demanded = coins.filter((line) =>
        DEMANDS[family].some((tenths) => line.sat === BigInt(tenths) * 10_000_000n),
      );
      const first = new Map<string, Line>();
      for (const line of [...lines].sort((a, b) => a.time - b.time))
        if (!first.has(line.address)) first.set(line.address, line);
      const fresh = demanded.filter((line) => first.get(line.address) === line);
      assert.deepEqual(rows(document), [
        ['all', [count, sat]],
        ['repeat', total(unique)],
        ['window', total(inside)],
        ['dust', total(coins)],
        ['amount', total(demanded)],
        ['fresh', total(fresh)],
      ]);
      // Each filter only takes away, so the least is after all of them and the most before any.
      const { interval } = document.stages[5];
      assert.deepEqual(
        [interval.payments, interval.sat],
        [
          [fresh.length, count],
          [total(fresh)[1], sat],
        ],
      );
    });
  }

  itWithData('the list contradicts itself about one output, and only there', 'ransomware-payments', () => {
    const outpoint = 'c40f1511014117ae9791c13f7a637c935869834b9f396c6a8e84970c00d6e95e:15';
    const amounts = linesOf('Cerber').flatMap((line) => (line.outpoint === outpoint ? [line.sat] : []));
    assert.deepEqual([amounts.length, new Set(amounts).size], [9, 9]);
    assert.deepEqual(ask('Cerber', {}).list?.contradictions, [outpoint]);
    assert.deepEqual(ask('Locky', {}).list?.contradictions, []);
  });

  itWithData('dollars of the payment day are within one in a hundred of those the authors printed', 'prices', () => {
    for (const family of ['Locky', 'Cerber']) {
      const prices = readPrices(PRICES, 'middle');
      const document = revenueOfList(listOf(FILE), family, { params: NOTHING, prices });
      const { list: about, stages, gaps } = document;
      const [ours, theirs] = [Number(stages[0].seeds.usd), Number(about?.statedUsd)];
      assert.deepEqual([stages[0].seeds.unpriced, gaps.daysWithoutPrice], [0, []]);
      assert.ok(Math.abs(ours - theirs) < theirs / 100, `${family}: ${ours} against ${theirs}`);
    }
  });

  itWithData(
    'parts are sums to one address within 72 hours, found again by a plain loop',
    'ransomware-payments',
    () => {
      const demands = new Set(DEMANDS.Locky.map((tenths) => BigInt(tenths) * 10_000_000n));
      const document = ask('Locky', { demandedSat: [...demands].map(Number), partHours: 72 });
      const rest = linesOf('Locky').filter(({ sat }) => !demands.has(sat));
      const byAddress = new Map<string, Line[]>();
      for (const line of rest.sort((a, b) => a.time - b.time))
        byAddress.set(line.address, [...(byAddress.get(line.address) ?? []), line]);
      const pairs = [...byAddress.values()].flatMap((own) =>
        own.slice(1).flatMap((line, at) => {
          const before = own[at];
          const close = line.time - before.time <= 72 * 3600;
          return close && demands.has(line.sat + before.sat) ? [[before.outpoint, line.outpoint]] : [];
        }),
      );
      const found = document.partSums.filter(({ outpoints }) => outpoints.length === 2);
      assert.ok(pairs.length > 0, 'the file has part payments');
      assert.deepEqual(found.map(({ outpoints }) => outpoints).sort(), pairs.sort());
    },
  );

  it('names what a list cannot be asked, in text and in the document', () => {
    const file = list([`${'a'.repeat(64)},0,115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn,0.5,1494800000`]);
    const { unsaid, gaps } = ask(null, { partBy: 'payer' }, file);
    assert.deepEqual(
      unsaid.map(({ stage }) => stage),
      ['expand', 'internal', 'collector', 'cash-out', 'service-owned', 'part-by payer'],
    );
    assert.equal(gaps.unknownSigner, 1);
    const { stdout, status } = spoor(folder, 'revenue', '--payments', file, '--demanded-sat', '50000000');
    assert.equal(status, 0);
    for (const each of ['after amount: 1 payments, 0.50000000 BTC', 'not said: cash-out; no spends'])
      assert.ok(stdout.includes(each), stdout);
  });

  it('refuses a list that is none, naming line and column, and questions a list cannot hold', () => {
    const good = [`${'a'.repeat(64)}`, '0', '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn', '0.5', '1494800000'];
    for (const [at, wrong] of [
      [0, 'abc'],
      [1, '-1'],
      [2, '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLm'],
      [3, '0.123456789'],
      [3, 'NaN'],
      [4, 'yesterday'],
    ] as const) {
      const file = list([good.join(), good.with(at, wrong).join()]);
      assert.throws(
        () => ask(null, {}, file),
        {
          code: 'MALFORMED',
          place: { file: 'list.csv', record: 'line 3', field: ['txid', 'vout', 'address', 'btc', 'timestamp'][at] },
        },
        wrong,
      );
    }
    const file = list([good.join()]);
    assert.throws(() => ask('Locky', {}, file), { code: 'NOT_FOUND' });
    assert.throws(() => ask(null, { expand: 'core' }, file), { code: 'USAGE' });
    assert.throws(() => ask(null, { window: parseRange('1..2') }, file), { code: 'USAGE' });
    writeFileSync(file, 'address,btc\nx,1\n');
    assert.throws(() => ask(null, {}, file), /txid or txn_hash/);
    for (const args of [['--payments', file, 'tag:X'], ['--family', 'Locky', 'tag:X'], []])
      assert.equal(spoor(folder, 'revenue', ...args).status, 2, args.join(' '));
  });
});
