/** Webhooks of a service that watches: a receiver on loopback that fails first, a service that is killed while it tells, a chain that takes an event back. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addWatch, ingestFiles, noteSeen, openState, rollback, watchSubject, withCase } from '../../src/case/index.ts';
import { freshFolder } from '../support/cli.ts';
import { type Loopback, loopback } from '../support/loopback.ts';
import { cleanLines, ledgerFile, line, PEOPLE } from '../support/screening-chain.ts';
import { ask, killLeft, quietOptions, startProcess, withService } from '../support/service.ts';

const SECRET_ENV = 'SPOOR_TEST_WEBHOOK_SECRET';
const SECRET = 'a shared secret';
/** The first pause after a failure (deliver.ts). */
const PAUSE_MS = 5000;
const LOOK_MS = 100;

interface Told {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}
interface Event {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly id: string; readonly withdrawn?: boolean };
}

/** A receiver that keeps what it was told; it answers with the next of these statuses, then 204. */
async function receiver(statuses: number[]): Promise<{ told: Told[]; server: Loopback }> {
  const told: Told[] = [];
  const server = await loopback(({ headers }, response, body) => {
    told.push({ headers, body });
    response.writeHead(statuses.shift() ?? 204, { location: '/elsewhere' }).end();
  });
  return { told, server };
}

const eventOf = ({ body }: Told): Event => JSON.parse(body) as Event;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await holds()) return;
    await pause(50);
  }
  assert.fail(`waited for: ${what}`);
}

/** A case with the clean chain but for its last payment, and a watch over who is paid by it that tells a webhook. */
function watched(url: string): { file: string; feed: (name: string, more?: readonly string[]) => void } {
  const folder = freshFolder();
  const file = join(folder, 'case.spoor');
  const fed = (name: string, lines: readonly string[]): void => {
    writeFileSync(join(folder, name), ledgerFile(lines));
    withCase(file, { create: true }, ({ store }) => {
      ingestFiles(store, [join(folder, name)], { format: 'auto', network: null, account: null });
    });
  };
  fed('before.jsonl', cleanLines().slice(0, 3));
  withCase(file, { create: false }, (context) => {
    const state = openState(file, { exclusive: false });
    const webhook = { url, secretEnv: SECRET_ENV, allowPrivate: false };
    const channels = { webhook, mailFolder: null, linesFile: null };
    const subject = watchSubject(PEOPLE.deposit, context.network);
    const asked = { subject, flow: 'received', level: 'high', minSat: null, rescreen: false, channels } as const;
    noteSeen(context, state, addWatch(state, asked, 1), asked);
    state.close();
  });
  return { file, feed: (name, more = []) => fed(name, [...cleanLines(), ...more]) };
}

async function alerts(port: number): Promise<ReadonlyArray<{ id: string; withdrawn: boolean }>> {
  return (JSON.parse((await ask(port, { path: '/v1/alerts' })).text) as { items: [] }).items;
}

describe('api: webhooks of what is watched', () => {
  before(() => {
    process.env[SECRET_ENV] = SECRET;
  });
  after(() => {
    delete process.env[SECRET_ENV];
    killLeft();
  });

  it('tells what came with its signature, again after a failure once the pause is over, and what a reorganisation took back and brought back', async () => {
    const { told, server } = await receiver([500, 302]);
    const { file, feed } = watched(`${server.url}/told`);
    const clock = { ms: 1_700_000_000_000 };
    const options = quietOptions(file, { watchSec: LOOK_MS / 1000, nowMs: () => clock.ms });
    const looks = (): Promise<void> => pause(6 * LOOK_MS);
    await withService(options, async ({ port }) => {
      feed('after.jsonl');
      await until(() => told.length === 1, 'the first attempt');
      await looks();
      clock.ms += PAUSE_MS - 1;
      await looks();
      assert.equal(told.length, 1, 'not before the pause is over');
      clock.ms += 1;
      await until(() => told.length === 2, 'the second attempt');
      await looks();
      clock.ms += 2 * PAUSE_MS - 1;
      await looks();
      assert.equal(told.length, 2, 'a redirect is a failure, and the second pause is twice as long');
      clock.ms += 1;
      await until(() => told.length === 3, 'the third attempt');
      await looks();
      const [{ id }] = await alerts(port);
      for (const [at, { headers, body }] of told.entries()) {
        const timestamp = String(headers['spoor-timestamp']);
        assert.equal(timestamp, String(1_700_000_000 + [0, 5, 15][at]));
        const proof = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
        assert.equal(headers['spoor-signature'], `v1=${proof}`);
        assert.equal(headers['spoor-event-id'], eventOf({ headers, body }).id);
        assert.equal(headers['content-type'], 'application/json');
        assert.equal(body, told[0].body, 'the same event');
        assert.ok(!body.includes(SECRET));
      }
      assert.deepEqual([eventOf(told[0]).type, eventOf(told[0]).data.id], ['alert.created', id]);
      withCase(file, { create: false }, (context) => void rollback(context, 211));
      await until(() => told.length === 4, 'that it was undone');
      // The block that takes the place of the one undone holds the payment too, and another.
      feed('again.jsonl', [line(9, 212, [], [{ valueSat: 5, address: PEOPLE.miner }])]);
      await until(() => told.length === 5, 'that it is back');
      await looks();
      const later = told.slice(3).map(eventOf);
      assert.deepEqual(
        later.map(({ type, data }) => [type, data.id, data.withdrawn]),
        [
          ['alert.updated', id, true],
          ['alert.updated', id, false],
        ],
      );
      assert.equal(new Set([eventOf(told[0]).id, ...later.map((event) => event.id)]).size, 3, 'three events');
      assert.deepEqual(
        (await alerts(port)).map((alert) => [alert.id, alert.withdrawn]),
        [[id, false]],
      );
      assert.equal(told.length, 5);
    });
    await withService(options, looks);
    assert.equal(told.length, 5, 'nor again after a restart');
    feed('offline.jsonl', [line(10, 213, [], [{ valueSat: 5, address: PEOPLE.deposit }])]);
    await withService({ ...options, offline: true }, async ({ port }) => {
      await until(async () => (await alerts(port)).length === 2, 'the alert of the second payment');
      await looks();
      assert.equal(told.length, 5, 'offline nobody is told');
    });
    await withService(options, () => until(() => told.length === 6, 'what was owed'));
    await server.close();
  });

  it('kill -9 while it tells: the event is told again under its name, and makes no second alert', async () => {
    const { told, server } = await receiver([]);
    const { file, feed } = watched(`${server.url}/told`);
    const options = { fake: false, watchSec: LOOK_MS / 1000 };
    const answered = server.handler;
    const first = await startProcess(file, options);
    let killed: Promise<unknown> | null = null;
    server.handler = ({ headers }, response, body) => {
      // Heard, but never answered.
      told.push({ headers, body });
      killed ??= first.end('SIGKILL').then(() => response.destroy());
    };
    feed('after.jsonl');
    await until(() => killed !== null, 'the first attempt');
    await killed;
    server.handler = answered;
    const second = await startProcess(file, options);
    await until(() => told.length === 2, 'the second attempt');
    assert.equal(told[1].body, told[0].body);
    assert.equal(told[1].headers['spoor-event-id'], told[0].headers['spoor-event-id']);
    await until(async () => {
      const state = openState(file, { exclusive: false });
      const open = state.db.prepare('SELECT count(*) FROM delivery WHERE done_ms IS NULL').pluck().get();
      state.close();
      return open === 0;
    }, 'the end of the second attempt');
    await second.end('SIGKILL');
    const third = await startProcess(file, options);
    await until(async () => (await ask(third.port, { path: '/v1/ready' })).status === 200, 'the third service');
    await pause(6 * LOOK_MS);
    const found = await alerts(third.port);
    await third.end('SIGTERM');
    await server.close();
    assert.deepEqual([told.length, found.length], [2, 1]);
  });
});
