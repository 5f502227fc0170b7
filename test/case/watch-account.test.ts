/** Watches over accounts: one alert for one event over restarts and reorganisations, an asset, a tag, and verdicts the way the watch looks. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AlertBook,
  addWatch,
  importPacks,
  ingestFiles,
  noteSeen,
  openState,
  rollbackAccounts,
  runWatches,
  type ScreenAddress,
  screeningSubject,
  screenSubject,
  type WatchRequest,
  watchSubject,
  withCase,
} from '../../src/case/index.ts';
import { accountStillHappened, accountWatchEvents } from '../../src/case/watch/event-account.ts';
import { checksummed } from '../../src/chain/ethereum/index.ts';
import { type Account, accountHash, SpoorError, UNSTATED_TRANSACTION } from '../../src/ledger/index.ts';
import { someone, someToken } from '../support/account-facts.ts';
import { freshFolder } from '../support/cli.ts';

const [MINER, THIEF, SHOP, OTHER] = [1, 2, 3, 4].map(someone);
const TOKEN = someToken(1);
const hash = (number: number) => accountHash(`0x${number.toString(16).padStart(64, '0')}`);

interface Move {
  readonly from: Account;
  readonly to: Account;
  readonly wei: bigint;
  readonly tokens?: ReadonlyArray<{ from: Account; to: Account; amount: bigint }>;
}

describe('watch over accounts', () => {
  const folder = freshFolder();
  const file = join(folder, 'case.spoor');
  let made = 0;
  /** One block of one transaction; `fork` makes another block of the same number, with another hash. */
  const ingest = (number: number, move: Move, fork = 0): void => {
    made += 1;
    const blockHash = hash(1000 + number + fork);
    const block = { hash: blockHash, number, parentHash: hash(999 + number), timestampSec: 1_600_000_000 + number };
    const where = { hash: hash(number), blockHash, blockNumber: number, timestampSec: block.timestampSec, txIndex: 0 };
    const { from, to, wei, tokens = [] } = move;
    const what = { from, to, valueWei: wei, succeeded: true, feeWei: 5n, burntWei: 0n, internal: [], events: [] };
    const logs = tokens.map((one, logIndex) => ({ ...one, asset: TOKEN, logIndex, step: null }));
    const lines = [
      { schema: 'spoor.accounts/1', chainId: 1 },
      { block: { ...block, credits: [] } },
      { transaction: { ...UNSTATED_TRANSACTION, ...where, ...what, tokens: logs } },
    ];
    const path = join(folder, `${made}.jsonl`);
    const text = (line: object): string =>
      JSON.stringify(line, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    writeFileSync(path, `${lines.map(text).join('\n')}\n`);
    withCase(file, { create: true }, ({ store }) => {
      ingestFiles(store, [path], { format: 'auto', network: null, account: null });
    });
  };
  const request = (subject: string, more: Partial<WatchRequest> = {}): WatchRequest => ({
    ...{ subject: watchSubject(subject), flow: 'both', level: 'high', minSat: null, rescreen: false },
    channels: { webhook: null, mailFolder: null, linesFile: null },
    ...more,
  });
  /** Opened anew each time, as after a restart. */
  const inState = <T>(work: (state: ReturnType<typeof openState>) => T): T => {
    const state = openState(file, { exclusive: false });
    try {
      return work(state);
    } finally {
      state.close();
    }
  };
  const noScreen: ScreenAddress = () => assert.fail('not asked for');
  const run = (nowMs: number, screen = noScreen) =>
    inState((state) => withCase(file, { create: false }, (context) => runWatches(context, state, { nowMs, screen })));
  const add = (asked: WatchRequest, isSeen: boolean): string =>
    inState((state) => {
      const id = addWatch(state, asked, 1);
      if (isSeen) withCase(file, { create: false }, (context) => noteSeen(context, state, id, asked));
      return id;
    });
  const of = (rows: ReturnType<typeof run>, id: string) =>
    rows.filter(({ watch }) => watch === id).map((row) => [row.created, row.withdrawn, row.reinstated, row.problem])[0];

  it('one alert an event, not again after a restart; withdrawn by a reorganisation, and back with it', () => {
    ingest(1, { from: MINER, to: THIEF, wei: 100n });
    const all = add(request(checksummed(THIEF)), true);
    const ether = add(request(`${checksummed(THIEF)}/native`, { flow: 'sent' }), true);
    assert.deepEqual(of(run(10), all), [0, 0, 0, null]);
    // Ether out, and twice the same amount of a token in: three events; the fee is none.
    const twice = [1, 2].map(() => ({ from: OTHER, to: THIEF, amount: 7n }));
    const move = { from: THIEF, to: SHOP, wei: 40n, tokens: twice };
    ingest(2, move);
    const first = run(11);
    assert.deepEqual(
      [of(first, all), of(first, ether)],
      [
        [3, 0, 0, null],
        [1, 0, 0, null],
      ],
    );
    assert.deepEqual(of(run(12), all), [0, 0, 0, null]);
    withCase(file, { create: false }, (context) => void rollbackAccounts(context, 1));
    assert.deepEqual(of(run(13), all), [0, 3, 0, null]);
    assert.deepEqual(of(run(14), all), [0, 0, 0, null]);
    ingest(2, move, 500);
    assert.deepEqual(of(run(15), all), [0, 0, 3, null]);
    assert.deepEqual(of(run(16), all), [0, 0, 0, null]);
    const told = inState((state) => new AlertBook(state).ofSource(all));
    assert.deepEqual(told.map(({ content }) => (JSON.parse(content) as Record<string, unknown>).amount).sort(), [
      '40',
      '7',
      '7',
    ]);
  });

  it('whether an event still stands is asked of its own transaction; of all frames only for what has no hash', () => {
    withCase(file, { create: false }, (context) => {
      let walks = 0;
      const accounts = Object.create(context.accounts) as typeof context.accounts;
      accounts.frames = (...range) => {
        walks += 1;
        return context.accounts.frames(...range);
      };
      const stands = (transaction: string, amount: number): boolean => {
        const [from, to] = [THIEF, SHOP].map((account) => checksummed(account));
        return accountStillHappened(
          { ...context, accounts },
          `account sent ${transaction} native ${from} ${to} ${amount} 1`,
        );
      };
      const held = accountWatchEvents(context, [{ account: THIEF, asset: null }], 'sent').find(
        ({ amount }) => amount === '40',
      );
      assert.equal(accountStillHappened({ ...context, accounts }, String(held?.name)), true);
      assert.deepEqual([stands(hash(2), 41), stands(hash(777), 40), walks], [false, false, 0]);
      assert.deepEqual([stands('block:2', 40), stands('row:x', 40), walks], [false, false, 2]);
    });
  });

  it('a tag watches the accounts it names, as they are then; a cluster nobody knows says so and keeps no other back', () => {
    const tagged = add(request('tag:service_hack'), true);
    const cluster = add(request(`cluster:${checksummed(someone(99))}`), false);
    assert.deepEqual(of(run(20), tagged), [0, 0, 0, null]);
    const pack = join(folder, 'pack.yaml');
    const line = `{address: "${SHOP}", label: "Shop", source: "https://example.org", currency: ETH, confidence: forensic, abuse: service_hack}`;
    writeFileSync(pack, `title: T\ncreator: t\nlastmod: 2020-01-01\ntags:\n  - ${line}\n`);
    withCase(file, { create: false }, (context) => importPacks(context, [pack]));
    const rows = run(21);
    assert.deepEqual(of(rows, tagged), [1, 0, 0, null]);
    assert.match(String(of(rows, cluster)[3]), /no/);
  });

  it('the verdict is asked the way the watch looks and on its chain; a tag that changes it is told with the reason', () => {
    const id = add(request(checksummed(THIEF), { flow: 'sent', rescreen: true }), true);
    const asked: Array<[string, string]> = [];
    const screen: ScreenAddress = (context, subject, direction) => {
      asked.push([subject, direction]);
      return screenSubject(context, { subject: screeningSubject(subject), direction }, { keep: false });
    };
    run(30, screen);
    const pack = join(folder, 'later.yaml');
    const line = `{address: "${SHOP}", label: "Listed shop", source: "https://example.org", currency: ETH, confidence: forensic, concepts: [sanction]}`;
    writeFileSync(pack, `title: L\ncreator: t\nlastmod: 2020-01-01\ntags:\n  - ${line}\n`);
    withCase(file, { create: false }, (context) => importPacks(context, [pack]));
    assert.equal(run(31, screen).find(({ watch }) => watch === id)?.changed, 1);
    assert.equal(run(32, screen).find(({ watch }) => watch === id)?.changed, 0);
    assert.deepEqual(asked, Array(2).fill([checksummed(THIEF), 'sent']));
    const [change] = inState((state) => new AlertBook(state).ofSource(id)).filter(({ kind }) => kind === 'risk_change');
    const { why } = JSON.parse(change.content) as { why: { claims: { added: string[] } } };
    assert.match(why.claims.added.join(), /later\.yaml#0 sanction Listed shop/);
  });

  it('refuses what cannot be watched, naming it', () => {
    for (const text of [hash(1), `${THIEF}@1..2`, '0x12', `cluster:0x12`, `${'ab'.repeat(32)}:0`])
      assert.throws(
        () => watchSubject(text),
        (error) => error instanceof SpoorError && ['SUBJECT_INVALID', 'ADDRESS_INVALID'].includes(error.code),
        text,
      );
  });
});
