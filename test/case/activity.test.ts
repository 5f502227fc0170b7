/** Activity of addresses of a case: WannaCry against a plain loop over its lines, and a chain of four by hand. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ActivityParams,
  activityDocument,
  demo,
  ingestFiles,
  parseOffset,
  parseWindow,
  runClusters,
  withCase,
} from '../../src/case/index.ts';
import { freshFolder } from '../support/cli.ts';
import { projectPath } from '../support/shared-data.ts';

const WALLETS = [
  '115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn',
  '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw',
  '13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94',
];
/** Three addresses that c03e48ad joins, the first to appear first (test/case/cluster.test.ts). */
const CHANGE = [
  '1ARirZgU4q61sSjVK2iB8BEYC5w2B8ZnE9',
  '1JC41YHmjKEcW1rLH6pmMWEFHkoNwSmhnC',
  '18gsrbQsTY7HzYVZEbvtVBfhywpQk6No2Q',
];
const DAY_SEC = 86_400;
const PARAMS: ActivityParams = {
  clock: 'block-first',
  offsets: [],
  windows: [],
  burst: { least: 10, withinSec: DAY_SEC },
  dormantSec: 30 * DAY_SEC,
};

interface Line {
  readonly txid: string;
  readonly timestampSec?: number;
  readonly seenSec?: number;
  readonly inputs: ReadonlyArray<{
    readonly prevTxid?: string;
    readonly prevVout?: number;
    readonly prevAddress?: string;
  }>;
  readonly outputs: ReadonlyArray<{ readonly address?: string }>;
}

/** Dates of receipts and spends of some addresses, counted line by line. */
function plainLoop(addresses: readonly string[]): { receipts: Date[]; spends: Date[]; latest: number } {
  const lines = readFileSync(projectPath('samples/wannacry/transactions.jsonl'), 'utf8').trim().split('\n').slice(1);
  const all = lines.map((line) => JSON.parse(line) as Line);
  const owner = new Map<string, string | undefined>(
    all.flatMap(({ txid, outputs }) => outputs.map(({ address }, vout) => [`${txid}:${vout}`, address] as const)),
  );
  const found = { receipts: [] as Date[], spends: [] as Date[], latest: 0 };
  for (const { timestampSec, seenSec, inputs, outputs } of all) {
    const at = timestampSec ?? seenSec ?? 0;
    found.latest = Math.max(found.latest, at);
    const paysFrom = inputs.map((input) => input.prevAddress ?? owner.get(`${input.prevTxid}:${input.prevVout}`));
    const isOurs = (address: string | undefined): boolean => address !== undefined && addresses.includes(address);
    if (paysFrom.some(isOurs)) found.spends.push(new Date(at * 1000));
    else if (outputs.some(({ address }) => isOurs(address))) found.receipts.push(new Date(at * 1000));
  }
  return found;
}

function histogram(values: readonly number[], length: number): number[] {
  return Array.from({ length }, (_, bin) => values.filter((value) => value === bin).length);
}

/** A chain of four: A is paid by nobody known, spends with change to itself, is paid by B at no known time. */
const [A, B, C] = WALLETS;
const id = (digit: number): string => String(digit).repeat(64);
const T1 = Date.UTC(2017, 4, 12, 0, 30) / 1000;
const T2_BLOCK = Date.UTC(2017, 4, 12, 3, 10) / 1000;
const T2_SEEN = Date.UTC(2017, 4, 12, 2, 50) / 1000;
const T4 = T2_BLOCK + 30 * DAY_SEC;
const FOUR = [
  { schema: 'spoor.ledger/1' },
  {
    txid: id(1),
    height: 100,
    seenSec: T1,
    inputs: [{ prevTxid: id(8), prevVout: 0, valueSat: '900' }],
    outputs: [{ valueSat: '900', address: A }],
  },
  {
    txid: id(2),
    height: 101,
    timestampSec: T2_BLOCK,
    seenSec: T2_SEEN,
    inputs: [{ prevTxid: id(1), prevVout: 0 }],
    outputs: [
      { valueSat: '500', address: B },
      { valueSat: '400', address: A },
    ],
  },
  {
    txid: id(3),
    height: 102,
    inputs: [{ prevTxid: id(2), prevVout: 0 }],
    outputs: [{ valueSat: '500', address: A }],
  },
  {
    txid: id(4),
    height: 103,
    timestampSec: T4,
    inputs: [{ prevTxid: id(9), prevVout: 0, prevAddress: C, valueSat: '7' }],
    outputs: [{ valueSat: '7', address: C }],
  },
];

describe('activity of a case', () => {
  let folder = '';
  let wannacry = '';
  let four = '';
  before(() => {
    folder = freshFolder();
    wannacry = join(folder, 'wannacry.spoor');
    withCase(wannacry, { create: true }, demo);
    withCase(wannacry, { create: false }, (context) =>
      runClusters(context, { coinjoins: 'exclude', until: null, change: null, keepApart: [] }),
    );
    four = join(folder, 'four.spoor');
    const file = join(folder, 'four.jsonl');
    writeFileSync(file, `${FOUR.map((line) => JSON.stringify(line)).join('\n')}\n`);
    withCase(four, { create: true }, ({ store }) =>
      ingestFiles(store, [file], { format: 'spoor', network: 'mainnet' }),
    );
  });

  it('WannaCry: a wallet, a tag and a cluster, as a plain loop over the lines counts them', () => {
    const subjects: Array<readonly [string, readonly string[]]> = [
      [WALLETS[1], [WALLETS[1]]],
      ['tag:WannaCry v2', WALLETS],
      [`cluster:${CHANGE[0]}`, CHANGE],
    ];
    for (const [subject, addresses] of subjects) {
      const wanted = plainLoop(addresses);
      const document = withCase(wannacry, { create: false }, (context) => activityDocument(context, subject, PARAMS));
      assert.deepEqual([...document.addresses].sort(), [...addresses].sort());
      assert.deepEqual([document.receipts, document.spends], [wanted.receipts.length, wanted.spends.length], subject);
      const dates = [...wanted.receipts, ...wanted.spends].map((date) => date.getTime() / 1000).sort((a, b) => a - b);
      assert.deepEqual([document.first?.timeSec, document.last?.timeSec], [dates[0], dates.at(-1)]);
      assert.equal(document.factsReachSec, wanted.latest);
      const [{ offset, receipts, spends }] = document.clocks;
      assert.equal(offset, '+00:00');
      for (const [counts, of] of [
        [receipts, wanted.receipts],
        [spends, wanted.spends],
      ] as const) {
        const hours = of.map((date) => date.getUTCHours());
        const weekdays = of.map((date) => (date.getUTCDay() + 6) % 7);
        assert.deepEqual(counts, { hours: histogram(hours, 24), weekdays: histogram(weekdays, 7) }, subject);
      }
    }
    // The published day on which the wallets were emptied (methods, WannaCry fixture): all spends on 2017-08-03.
    const days = plainLoop(WALLETS).spends.map((date) => date.toISOString().slice(0, 10));
    assert.deepEqual([...new Set(days)], ['2017-08-03']);
  });

  it('WannaCry: the window of the outbreak holds what the loop finds between its days', () => {
    const windows = [parseWindow('outbreak=2017-05-12..2017-05-14')];
    const document = withCase(wannacry, { create: false }, (context) =>
      activityDocument(context, WALLETS[1], { ...PARAMS, windows }),
    );
    const [{ name, receipts, bursts }] = document.windows;
    const inside = plainLoop([WALLETS[1]]).receipts.filter((date) => date.toISOString() < '2017-05-15');
    assert.deepEqual([name, receipts], ['outbreak', inside.length]);
    assert.ok(bursts.receipts.every(({ count }) => count >= PARAMS.burst.least && count <= inside.length));
  });

  it('by hand: change is no receipt, a missing time and an unknown signer are named, the clock is chosen', () => {
    withCase(four, { create: false }, (context) => {
      const offsets = [parseOffset('+05:30')];
      const document = activityDocument(context, A, { ...PARAMS, offsets });
      assert.deepEqual([document.receipts, document.spends], [1, 1]);
      assert.deepEqual(document.gaps, { withoutTime: 1, unknownSigner: 1 });
      assert.deepEqual(document.times, { block: 1, seen: 1 });
      assert.deepEqual(document.first, { txid: id(1), height: 100, timeSec: T1, kind: 'receipt' });
      assert.deepEqual(document.last, { txid: id(2), height: 101, timeSec: T2_BLOCK, kind: 'spend' });
      // 00:30 and 03:10 are 06:00 and 08:40 with five and a half hours more.
      const hour = ({ hours }: { readonly hours: readonly number[] }): number => hours.indexOf(1);
      assert.deepEqual(
        document.clocks.map(({ receipts, spends }) => [hour(receipts), hour(spends)]),
        [
          [0, 3],
          [6, 8],
        ],
      );
      assert.deepEqual(document.dormantSince, { fromSec: T2_BLOCK, toSec: T4 });
      const seen = activityDocument(context, A, { ...PARAMS, clock: 'seen-first', dormantSec: 31 * DAY_SEC });
      assert.equal(hour(seen.clocks[0].spends), 2);
      assert.deepEqual([seen.times, seen.dormantSince], [{ block: 0, seen: 2 }, null]);
      const asked = { ...PARAMS, windows: [parseWindow('101..101')], burst: { least: 2, withinSec: 1 } };
      const [window] = activityDocument(context, A, asked).windows;
      assert.deepEqual([window.name, window.receipts, window.spends], ['101..101', 0, 1]);
    });
  });

  it('refuses what is not in the case, has no addresses, or is no offset or window', () => {
    withCase(four, { create: false }, (context) => {
      const ask = (subject: string) => (): unknown => activityDocument(context, subject, PARAMS);
      assert.throws(ask(CHANGE[0]), { code: 'NOT_FOUND' });
      assert.throws(ask(`${id(1)}:0`), { code: 'USAGE' });
      assert.throws(ask(`${A}@100..101`), { code: 'USAGE' });
      assert.throws(ask(`cluster:${A}`), { code: 'NOT_FOUND' });
    });
    for (const bad of ['3', '+3:00', '+03:60', '+14:01', '03:00']) {
      assert.throws(() => parseOffset(bad), { code: 'USAGE' }, bad);
    }
    assert.deepEqual([parseOffset('-14:00').minutes, parseOffset('-00:00').minutes], [-840, 0]);
    assert.throws(() => parseWindow('=100..200'), { code: 'USAGE' });
    assert.throws(() => parseWindow('x=2017-05-14..2017-05-12'), { code: 'SUBJECT_INVALID' });
  });
});
