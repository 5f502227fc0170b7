/** Screening over accounts: known and missing history, direct and indirect, the day of a deposit, both ways, replay; a real theft against the forward trace. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  importPacks,
  ingestFiles,
  replayScreening,
  ScreenDesk,
  screenAgain,
  screenSubject,
  withCase,
} from '../../src/case/index.ts';
import {
  type Account,
  type AccountTransactionRecord,
  account,
  accountHash,
  SpoorError,
  UNSTATED_TRANSACTION,
} from '../../src/ledger/index.ts';
import type { AccountTraceDocument } from '../../src/report/index.ts';
import type { Screening, ScreeningRequest } from '../../src/screen/index.ts';
import { someone, someToken } from '../support/account-facts.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import { Prng } from '../support/prng.ts';
import { assertSound } from '../support/screening.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';

const ETHER = 10n ** 18n;
const DAY_SEC = 86_400;
const hash = (number: number) => accountHash(`0x${number.toString(16).padStart(64, '0')}`);
const [MINER, MIDDLE, CUSTOMER, THIEF, SHOP, OTHER] = [1, 2, 3, 4, 5, 6].map(someone);
/** Tornado Cash 10 ETH, listed by OFAC from 2022-08-08 to 2025-03-21. */
const POOL = account('0x910cbd523d972eb0a6f4cae4618ad62622b39dbf');

interface Move {
  readonly from: Account;
  readonly to: Account;
  readonly wei: bigint;
  /** Seconds; one block a move. */
  readonly sec?: number;
  readonly tokens?: AccountTransactionRecord['tokens'];
}

let folder = '';
let made = 0;
before(() => {
  folder = freshFolder();
});

/** A case of blocks: the first rewards, then one move a block. No fees. */
function chain(rewards: ReadonlyArray<readonly [to: Account, wei: bigint]>, moves: readonly Move[]): string {
  made += 1;
  const at = (number: number) => ({
    hash: hash(10_000 + number),
    number,
    parentHash: hash(9_999 + number),
    timestampSec: moves[number - 1]?.sec ?? 1_600_000_000 + number * 12,
    credits: number === 0 ? rewards.map(([to, amountWei]) => ({ kind: 'reward', to, amountWei, index: null })) : [],
  });
  const lines: object[] = [
    { schema: 'spoor.accounts/1', chainId: 1 },
    { block: { ...at(0), timestampSec: 1_500_000_000 } },
  ];
  moves.forEach(({ from, to, wei, tokens = [] }, index) => {
    const { hash: blockHash, number: blockNumber, timestampSec } = at(index + 1);
    const where = { hash: hash(index + 1), blockHash, blockNumber, timestampSec, txIndex: 0 };
    const what = {
      from,
      to,
      valueWei: wei,
      succeeded: true,
      feeWei: 0n,
      burntWei: 0n,
      internal: [],
      tokens,
      events: [],
    };
    lines.push({ block: at(index + 1) }, { transaction: { ...UNSTATED_TRANSACTION, ...where, ...what } });
  });
  const path = join(folder, `${made}.jsonl`);
  const text = (line: object): string =>
    JSON.stringify(line, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  writeFileSync(path, `${lines.map(text).join('\n')}\n`);
  const file = join(folder, `${made}.spoor`);
  withCase(file, { create: true }, ({ store }) => {
    ingestFiles(store, [path], { format: 'auto', network: null, account: null });
  });
  return file;
}

function tag(file: string, address: string, words: string): void {
  made += 1;
  const path = join(folder, `${made}-pack.yaml`);
  const line = `  - {address: "${address}", label: "Named ${made}", source: "https://example.org", currency: ETH, confidence: forensic, ${words}}`;
  writeFileSync(path, `title: Test\ncreator: test\nlastmod: 2017-01-01\ntags:\n${line}\n`);
  withCase(file, { create: false }, (context) => importPacks(context, [path]));
}

function screened(file: string, subject: Partial<ScreeningRequest['subject']>, more: object = {}): Screening {
  return withCase(file, { create: false }, (context) => {
    const type = subject.txid === undefined ? 'address' : 'transfer';
    const answer = screenSubject(context, { subject: { type, network: 'ethereum', ...subject }, ...more });
    assertSound(answer);
    return answer;
  });
}

const rows = ({ exposure }: Screening, method = 'fifo') =>
  exposure
    .filter((row) => row.method === method)
    .map(({ kind, category, share, amount, min_hops }) => [kind, category, share, amount?.raw, min_hops]);
const rests = ({ remainder }: Screening, method = 'fifo') =>
  remainder.filter((row) => row.method === method).map(({ part, reason, amount }) => [part, reason, amount.raw]);

/**
 * What CUSTOMER received, by origin, with every balance a queue of coins, first in first out. What a balance lacks was there before everything else; an
 * account that is named answers for all it pays.
 */
function queued(
  rewards: ReadonlyArray<readonly [to: Account, wei: bigint]>,
  moves: readonly Move[],
  names: ReadonlyMap<Account, string>,
): Map<string, bigint> {
  const coins = new Map<Account, Array<{ what: string; wei: bigint }>>();
  const of = (own: Account) => coins.get(own) ?? coins.set(own, []).get(own) ?? [];
  const sums = new Map<Account, { now: bigint; least: bigint }>();
  const change = (own: Account, by: bigint): void => {
    const sum = sums.get(own) ?? { now: 0n, least: 0n };
    const now = sum.now + by;
    sums.set(own, { now, least: now < sum.least ? now : sum.least });
  };
  for (const [to, wei] of rewards) change(to, wei);
  for (const { from, to, wei } of moves)
    for (const [own, by] of [
      [from, -wei],
      [to, wei],
    ] as const)
      change(own, by);
  for (const [own, { least }] of sums) if (least < 0n) of(own).push({ what: 'untraced', wei: -least });
  for (const [to, wei] of rewards) of(to).push({ what: 'mined', wei });
  // What it earned itself is received too.
  const found = new Map([['mined', rewards.find(([to]) => to === CUSTOMER)?.[1] ?? 0n]]);
  for (const { from, to, wei } of moves) {
    for (let left = wei; left > 0n; ) {
      const [first] = of(from);
      const part = first.wei < left ? first.wei : left;
      first.wei -= part;
      left -= part;
      if (first.wei === 0n) of(from).shift();
      const what = names.get(from) ?? first.what;
      of(to).push({ what, wei: part });
      if (to === CUSTOMER) found.set(what, (found.get(what) ?? 0n) + part);
    }
  }
  return found;
}

const CLEAN: readonly Move[] = [
  { from: MINER, to: MIDDLE, wei: 4n * ETHER },
  { from: MIDDLE, to: CUSTOMER, wei: 3n * ETHER },
];

describe('screening over accounts', () => {
  it('a history known from its rewards on is none; one of which the beginning is missing is unknown', () => {
    const clean = screened(chain([[MINER, 5n * ETHER]], CLEAN), { address: CUSTOMER });
    assert.deepEqual([clean.risk.level, clean.status, clean.subject.asset], ['none', 'complete', 'all']);
    assert.deepEqual(rests(clean), [['mined', 'reward', String(3n * ETHER)]]);
    // 1 of the 4 ether of the miner is no reward that the case holds. First in, first out: what was there before goes first.
    const part = screened(chain([[MINER, 3n * ETHER]], CLEAN), { address: CUSTOMER });
    assert.deepEqual([part.risk.level, part.status], ['unknown', 'partial']);
    assert.deepEqual(rests(part), [
      ['mined', 'reward', String(2n * ETHER)],
      ['untraced', 'history-missing', String(ETHER)],
    ]);
    const absent = screened(chain([], CLEAN), { address: OTHER });
    assert.deepEqual([absent.status, absent.risk.level], ['not_indexed', 'unknown']);
  });

  const MIXED: readonly Move[] = [
    { from: THIEF, to: MIDDLE, wei: ETHER },
    { from: MINER, to: MIDDLE, wei: 3n * ETHER },
    { from: MIDDLE, to: CUSTOMER, wei: 2n * ETHER },
    { from: THIEF, to: CUSTOMER, wei: 2n * ETHER },
  ];

  it('direct and indirect by hand, with the path; what lies behind a source changes nothing', () => {
    const file = chain([[MINER, 3n * ETHER]], MIXED);
    tag(file, THIEF, 'abuse: service_hack');
    const answer = screened(file, { address: CUSTOMER });
    // FIFO: the first of 2 ether from MIDDLE is the thief's. Haircut: a quarter of 2 ether.
    assert.deepEqual(rows(answer), [
      ['direct', 'service_hack', '0.500000', String(2n * ETHER), 1],
      ['indirect', 'service_hack', '0.250000', String(ETHER), 2],
    ]);
    assert.deepEqual(
      rows(answer, 'haircut').map(([kind, , , amount]) => [kind, amount]),
      [
        ['direct', String(2n * ETHER)],
        ['indirect', String(ETHER / 2n)],
      ],
    );
    assert.deepEqual([answer.risk.level, answer.coverage.complete], ['severe', true]);
    const indirect = answer.paths.find(({ hops, method }) => hops === 2 && method === 'fifo');
    assert.deepEqual(
      indirect?.steps.map(({ txid }) => txid),
      [hash(1), hash(3)],
    );
    // The thief's own past, in front of the chain, says nothing about the customer.
    const behind = chain(
      [
        [MINER, 3n * ETHER],
        [THIEF, 3n * ETHER],
      ],
      MIXED,
    );
    tag(behind, THIEF, 'abuse: service_hack');
    assert.deepEqual(rows(screened(behind, { address: CUSTOMER })), rows(answer));
  });

  it('a transaction: what it brought; with several receivers it must be said which', () => {
    const file = chain([[MINER, 3n * ETHER]], MIXED);
    tag(file, THIEF, 'abuse: service_hack');
    const answer = screened(file, { txid: hash(3) });
    assert.deepEqual(rows(answer), [['indirect', 'service_hack', '0.500000', String(ETHER), 2]]);
    assert.equal(answer.subject.height, 3);
    const token = (to: Account, amount: bigint, logIndex: number) => ({
      asset: someToken(1),
      from: SHOP,
      to,
      amount,
      logIndex,
      step: logIndex,
    });
    const both = chain([], [{ from: SHOP, to: SHOP, wei: 0n, tokens: [token(CUSTOMER, 5n, 0), token(OTHER, 7n, 1)] }]);
    const asset = someToken(1);
    assert.throws(
      () => screened(both, { txid: hash(1), asset }),
      (error) => error instanceof SpoorError && error.code === 'SUBJECT_INVALID' && /2 accounts/.test(error.message),
    );
    const one = screened(both, { txid: hash(1), asset, address: OTHER });
    assert.deepEqual(
      one.screened.map(({ amount }) => [amount.raw, amount.asset.toLowerCase()]),
      [['7', asset]],
    );
    assert.equal(one.risk.level, 'unknown');
  });

  it('each asset by itself: shares sum to one in each, and nothing is added up', () => {
    // Tether's contract is on the list of known tokens, so it counts without being named.
    const USDT = account('0xdac17f958d2ee523a2206206994597c13d831ec7');
    const tokens = [{ asset: USDT as never, from: THIEF, to: CUSTOMER, amount: 9n, logIndex: 0, step: 0 }];
    const file = chain([[MINER, 3n * ETHER]], [...MIXED, { from: OTHER, to: OTHER, wei: 0n, tokens }]);
    tag(file, THIEF, 'abuse: service_hack');
    const answer = screened(file, { address: CUSTOMER });
    assert.deepEqual(answer.screened.map(({ amount }) => amount.raw).sort(), [String(4n * ETHER), '9']);
    assert.ok(rows(answer).some(([, , share, raw]) => share === '1.000000' && raw === '9'));
    const named = screened(file, { address: CUSTOMER, asset: 'ETH' });
    assert.deepEqual(
      named.screened.map(({ amount }) => amount.asset),
      ['ETH'],
    );
  });

  it('tokens that are not on the list are not judged, and that is said; named, one is', () => {
    const unlisted = someToken(7);
    const tokens = [{ asset: unlisted, from: THIEF, to: CUSTOMER, amount: 9n, logIndex: 0, step: 0 }];
    const file = chain(
      [[MINER, 3n * ETHER]],
      [
        { from: MINER, to: CUSTOMER, wei: ETHER },
        { from: OTHER, to: OTHER, wei: 0n, tokens },
      ],
    );
    tag(file, THIEF, 'abuse: service_hack');
    const answer = screened(file, { address: CUSTOMER });
    const said = answer.coverage.gaps.filter(({ kind }) => kind === 'tokens-not-listed');
    assert.deepEqual(
      said.map(({ detail }) => /^1 receipts in 1 tokens/.test(detail)),
      [true],
    );
    assert.equal(answer.risk.level, 'none');
    const named = screened(file, { address: CUSTOMER, asset: unlisted });
    assert.deepEqual(
      named.coverage.gaps.filter(({ kind }) => kind === 'tokens-not-listed'),
      [],
    );
    assert.notEqual(named.risk.level, 'none');
  });

  for (const [day, isListed] of [
    ['2022-08-07', false],
    ['2022-08-08', true],
    ['2025-03-20', true],
    ['2025-03-21', false],
  ] as const)
    it(`Tornado Cash out of which was paid on ${day}: ${isListed ? 'sanctioned' : 'a mixer, not sanctioned'}`, () => {
      const sec = Date.parse(`${day}T12:00:00Z`) / 1000;
      const later = { from: MINER, to: OTHER, wei: 1n, sec: sec + 1000 * DAY_SEC };
      const answer = screened(chain([[MINER, ETHER]], [{ from: POOL, to: CUSTOMER, wei: ETHER, sec }, later]), {
        address: CUSTOMER,
      });
      const reasons = answer.risk.reasons.map((reason) => reason.replace(/@.*/, ''));
      assert.ok(reasons.includes('rule:mixing'));
      assert.equal(reasons.includes('rule:sanctioned-direct'), isListed);
      assert.equal(rows(answer)[0][1], isListed ? 'sanction' : 'mixing_service');
    });

  it('sent: what reached a shop, straight and over another; what rests where nobody paid since is not known', () => {
    const file = chain(
      [[CUSTOMER, 10n * ETHER]],
      [
        { from: CUSTOMER, to: SHOP, wei: 3n * ETHER },
        { from: CUSTOMER, to: MIDDLE, wei: 4n * ETHER },
        { from: MIDDLE, to: SHOP, wei: ETHER },
        { from: CUSTOMER, to: OTHER, wei: 2n * ETHER },
      ],
    );
    tag(file, SHOP, 'category: exchange');
    const answer = screened(file, { address: CUSTOMER }, { direction: 'sent' });
    assert.deepEqual(
      rows(answer).map(([kind, , , raw, hops]) => [kind, raw, hops]),
      [
        ['direct', String(3n * ETHER), 1],
        ['indirect', String(ETHER), 2],
      ],
    );
    assert.deepEqual(rests(answer), [
      ['unspent', 'held', String(3n * ETHER)],
      ['untraced', 'no-coverage', String(2n * ETHER)],
    ]);
  });

  it('random histories: parts sum to the value both ways; by fifo they are those of a queue of coins kept by hand', function () {
    this.timeout(60_000);
    for (let seed = 1; seed <= 8; seed += 1) {
      const random = Prng.fromSeed(seed);
      const people = [MINER, MIDDLE, CUSTOMER, THIEF, SHOP, OTHER];
      const moves = Array.from({ length: 30 }, (): Move => {
        const from = people[random.between(0, 5)];
        const to = people[random.between(0, 5)];
        return { from, to, wei: BigInt(random.between(1, 1_000_000_007)) };
      }).filter(({ from, to }) => from !== to);
      const rewards = people.map((to) => [to, BigInt(random.between(1, 900_000_000))] as const);
      const file = chain(rewards, moves);
      tag(file, THIEF, 'abuse: service_hack');
      tag(file, SHOP, 'category: exchange');
      const answer = screened(file, { address: CUSTOMER }, { direction: 'both', limits: { max_hops: 1000 } });
      const got = new Map<string, bigint>();
      for (const row of [...answer.exposure, ...answer.remainder]) {
        if (row.method !== 'fifo' || row.direction !== 'source') continue;
        const what = 'category' in row ? row.category : row.part;
        got.set(what, (got.get(what) ?? 0n) + BigInt(row.amount?.raw ?? 0));
      }
      const expected = queued(
        rewards,
        moves,
        new Map([
          [THIEF, 'service_hack'],
          [SHOP, 'exchange'],
        ]),
      );
      assert.deepEqual([...got].sort(), [...expected].sort(), `seed ${seed}`);
    }
  });

  it('limits say what they cut', () => {
    const file = chain([[MINER, 3n * ETHER]], MIXED);
    tag(file, THIEF, 'abuse: service_hack');
    const near = screened(file, { address: CUSTOMER }, { limits: { max_hops: 1 } });
    assert.deepEqual(rests(near), [['untraced', 'max-hops', String(2n * ETHER)]]);
    const few = screened(file, { address: CUSTOMER }, { limits: { max_transactions: 2 } });
    assert.deepEqual(rests(few), [['untraced', 'max-transactions', String(2n * ETHER)]]);
    const one = screened(file, { address: CUSTOMER }, { limits: { max_outputs: 1 } });
    assert.deepEqual(
      rests(one).filter(([, reason]) => reason === 'max-outputs'),
      [['untraced', 'max-outputs', String(2n * ETHER)]],
    );
  });

  it('a verdict is made again byte for byte after the case learned more; asked again it says why it differs', () => {
    const file = chain([[MINER, 3n * ETHER]], MIXED);
    const before = screened(file, { address: CUSTOMER });
    assert.equal(before.risk.level, 'unknown');
    tag(file, THIEF, 'abuse: service_hack');
    withCase(file, { create: false }, (context) => {
      assert.deepEqual(replayScreening(context, before.id), before);
      const again = screenAgain(context, before.id);
      assert.deepEqual([again.before.level, again.after.level, again.changed], ['unknown', 'severe', true]);
      assert.ok(again.causes.some(({ what }) => what === 'tag-new'));
      const desk = new ScreenDesk(context, { keep: false });
      const subject = { type: 'address', network: 'ethereum', address: CUSTOMER } as const;
      const looked = desk.screen({ subject, lookup_only: true });
      assert.deepEqual([looked.status, looked.risk.level], ['looked_up', 'unknown']);
    });
  });

  itWithData(
    'Bancor: Huobi is exposed to the theft by as much as the forward trace says arrived there',
    'bancor-2018',
    function () {
      this.timeout(60_000);
      const own = freshFolder();
      const names = readFileSync(sharedData('bancor-2018/all-address.csv'), 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => line.split(','));
      const transit = names.find(([, name]) => name === 'ml_transit_0')?.[0] ?? '';
      const pack = ['title: Data set', 'creator: XBlock', 'tags:'].concat(
        names.flatMap(([address, name, label]) => {
          const what =
            address === transit ? 'abuse: service_hack' : label?.trim() === 'exchange' ? 'category: exchange' : null;
          const words = 'source: "https://xblock.pro", currency: ETH, confidence: forensic';
          return what === null ? [] : [`  - {address: "${address}", label: "${name}", ${words}, ${what}}`];
        }),
      );
      writeFileSync(join(own, 'names.yaml'), `${pack.join('\n')}\n`);
      assert.equal(spoor(own, 'ingest', '--quiet', sharedData('bancor-2018/all-tx.csv.gz')).status, 0);
      assert.equal(spoor(own, 'tag', 'import', 'names.yaml', '--quiet').status, 0);
      const seeded = spoor(own, 'trace', '--json', '--quiet', '--seed', `B=${transit}`, '--rule', 'haircut,fifo');
      assert.equal(seeded.status, 0, seeded.stderr);
      const document = JSON.parse(seeded.stdout) as AccountTraceDocument;
      const [largest] = document.rules[0].holdings
        .filter(({ status, stop }) => status === 'stopped' && stop?.tag.startsWith('Huobi'))
        .sort((a, b) => (BigInt(b.taint.B) > BigInt(a.taint.B) ? 1 : -1));
      const { status, stdout, stderr } = spoor(own, 'screen', '--json', '--quiet', `${largest.account}/native`);
      assert.equal(status, 0, stderr);
      const answer = JSON.parse(stdout) as Screening;
      assertSound(answer);
      for (const { rule, holdings } of document.rules) {
        const arrived = holdings.find((one) => one.account === largest.account && one.status === 'stopped');
        const exposed = answer.exposure
          .filter(({ method, category }) => method === rule && category === 'service_hack')
          .reduce((sum, { amount }) => sum + BigInt(amount?.raw ?? 0), 0n);
        assert.equal(String(exposed), arrived?.taint.B, rule);
      }
      assert.equal(answer.risk.level, 'severe');
      const replayed = spoor(own, 'screen', 'replay', answer.id, '--json');
      assert.deepEqual(JSON.parse(replayed.stdout), answer);
    },
  );
});
