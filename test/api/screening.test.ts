/** Screenings and alerts over HTTP, with threads whose every answer is known. */
import assert from 'node:assert/strict';
import type { Service } from '../../src/api/index.ts';
import { AlertBook, openState } from '../../src/case/index.ts';
import { freshFolder } from '../support/cli.ts';
import {
  ask,
  codeOf,
  demoCaseIn,
  FAKE_WORKER,
  killLeft,
  quietOptions,
  startProcess,
  withService,
} from '../support/service.ts';

interface Task {
  readonly id: string;
  readonly status: string;
  readonly screening: { readonly echo: string } | null;
  readonly alerts: readonly string[];
  readonly problem: { readonly code: string; readonly status: number; readonly detail: string } | null;
}

const body = (address: string, customer_ref = ''): string =>
  JSON.stringify({ subject: { type: 'address', network: 'bitcoin', address }, customer_ref });
const post = (port: number, text: string, path = '/v1/screenings', headers: Record<string, string> = {}) =>
  ask(port, { method: 'POST', path, body: text, headers });
const read = <T>(reply: { readonly text: string }): T => JSON.parse(reply.text) as T;

describe('api: screenings and alerts', () => {
  afterEach(killLeft);

  const file = demoCaseIn(freshFolder());
  const inService = (work: (service: Service) => Promise<void>, caseFile = file): Promise<void> =>
    withService(quietOptions(caseFile, { workerFile: FAKE_WORKER }), work);

  it('answers at once where there is time, else says where to ask again', () =>
    inService(async ({ port }) => {
      const fast = await post(port, body('a1'));
      assert.equal(fast.status, 200);
      const task = read<Task>(fast);
      assert.deepEqual([task.status, task.screening?.echo, task.problem], ['complete', 'a1', null]);
      const slow = await post(port, body('a2', 'sleep 300'), '/v1/screenings?wait_ms=20');
      assert.equal(slow.status, 202);
      assert.equal(slow.headers.location, `/v1/screenings/${read<Task>(slow).id}`);
      assert.equal(read<Task>(slow).screening, null);
      await new Promise((resolve) => setTimeout(resolve, 600));
      const later = read<Task>(await ask(port, { path: String(slow.headers.location) }));
      assert.deepEqual([later.status, later.screening?.echo], ['complete', 'a2']);
    }));

  it('a refusal has its own status and problem; a bug tells nothing but its request; a thread that ends is replaced', () =>
    inService(async ({ port }) => {
      const refused = await post(port, body('a3', 'fail'));
      assert.deepEqual([refused.status, codeOf(refused)], [400, 'SUBJECT_INVALID']);
      const broken = await post(port, body('a3', 'break'));
      assert.equal(broken.status, 500);
      assert.ok(!broken.text.includes('stack'));
      assert.equal((await post(port, body('a3', 'exit'))).status, 500);
      assert.equal((await post(port, body('a3'))).status, 200);
    }));

  it('does the same key and request once, also after a restart, and refuses the key for another request', async () => {
    const own = demoCaseIn(freshFolder());
    let first = '';
    await inService(async ({ port }) => {
      const replies = await Promise.all(
        Array.from({ length: 5 }, () => post(port, body('k1'), '/v1/screenings', { 'idempotency-key': 'one' })),
      );
      assert.deepEqual([...new Set(replies.map((reply) => read<Task>(reply).id))].length, 1);
      first = replies[0].text;
    }, own);
    // As a version before keys had an age left the file.
    const state = openState(own, { exclusive: false });
    state.db.exec(
      'DROP INDEX idempotency_created; DROP TABLE token_use; ALTER TABLE token DROP COLUMN day_quota; PRAGMA user_version = 1',
    );
    state.close();
    await inService(async ({ port }) => {
      assert.equal((await post(port, body('k1'), '/v1/screenings', { 'idempotency-key': 'one' })).text, first);
      const other = await post(port, body('k2'), '/v1/screenings', { 'idempotency-key': 'one' });
      assert.deepEqual([other.status, codeOf(other)], [409, 'CONFLICT']);
      const list = read<{ items: unknown[] }>(await ask(port, { path: '/v1/screenings' }));
      assert.equal(list.items.length, 1);
    }, own);
  });

  it('forgets a key when its time is over: it then stands for a new request, and old keys do not pile up', async () => {
    const own = demoCaseIn(freshFolder());
    const clock = { ms: 1_700_000_000_000 };
    const retentionMs = 60_000;
    const options = quietOptions(own, { workerFile: FAKE_WORKER, keyRetentionSec: 60, nowMs: () => clock.ms });
    const keys = (): unknown => {
      const state = openState(own, { exclusive: false });
      const count = state.db.prepare('SELECT count(*) FROM idempotency').pluck().get();
      state.close();
      return count;
    };
    await withService(options, async ({ port }) => {
      const as = (key: string, text: string) => post(port, text, '/v1/screenings', { 'idempotency-key': key });
      const first = read<Task>(await as('one', body('k1')));
      clock.ms += retentionMs - 1;
      assert.equal(read<Task>(await as('one', body('k1'))).id, first.id, 'a millisecond before its time is over');
      assert.equal((await as('one', body('k2'))).status, 409);
      clock.ms += 1;
      const again = read<Task>(await as('one', body('k1')));
      assert.notEqual(again.id, first.id, 'the same request is a new one');
      clock.ms += retentionMs;
      assert.equal(read<Task>(await as('one', body('k2'))).screening?.echo, 'k2', 'another request is no conflict');
      assert.equal(read<Task>(await ask(port, { path: `/v1/screenings/${first.id}` })).screening?.echo, 'k1');
      for (let key = 0; key < 24; key += 1) await as(`key-${key}`, body('k3'));
      assert.equal(keys(), 25);
      clock.ms += retentionMs;
      // Each new key makes room for ten: 25 are gone after three.
      for (const [key, left] of [
        ['x', 16],
        ['y', 7],
        ['z', 3],
      ] as const) {
        await as(key, body('k4'));
        assert.equal(keys(), left, key);
      }
      const version = read<{ settings: unknown }>(await ask(port, { path: '/v1/version' }));
      assert.deepEqual(version.settings, {
        max_data_age_sec: null,
        key_retention_sec: 60,
        watch_sec: null,
        rate: { max: 1_000_000, window_sec: 60, address_max: null },
        day_quota: null,
      });
    });
  });

  it('answers a batch in its order, each with its status; more than 100 are refused', () =>
    inService(async ({ port }) => {
      const requests = ['b1', 'b2', 'b3'].map((name, index) => JSON.parse(body(name, index === 1 ? 'fail' : '')));
      const reply = await post(port, JSON.stringify({ requests }), '/v1/screenings/batch');
      assert.equal(reply.status, 207);
      const { items } = read<{ items: Array<{ status: number; task: Task }> }>(reply);
      assert.deepEqual(
        items.map(({ status, task }) => [status, task.screening?.echo ?? task.problem?.code]),
        [
          [200, 'b1'],
          [400, 'SUBJECT_INVALID'],
          [200, 'b3'],
        ],
      );
      const many = Array.from({ length: 101 }, () => requests[0]);
      assert.equal((await post(port, JSON.stringify({ requests: many }), '/v1/screenings/batch')).status, 400);
    }));

  it('makes one alert for an event however often it is screened; people move it, and the chain of what happened holds', async () => {
    const own = demoCaseIn(freshFolder());
    await inService(async ({ port }) => {
      const ids: string[] = [];
      for (const name of ['x', 'y', 'x', 'x']) ids.push(read<Task>(await post(port, body(name, 'alert'))).alerts[0]);
      assert.deepEqual([ids[0] === ids[2], ids[0] === ids[1]], [true, false]);
      const list = read<{ items: Array<{ id: string; state: string }> }>(await ask(port, { path: '/v1/alerts' }));
      assert.deepEqual(
        list.items.map(({ id }) => id),
        [ids[0], ids[1]],
      );
      const patch = (text: string) => ask(port, { method: 'PATCH', path: `/v1/alerts/${ids[0]}`, body: text });
      assert.equal((await patch('{"state":"in_review","comment":"asked the customer"}')).status, 200);
      assert.equal((await patch('{"comment":"no answer"}')).status, 200);
      assert.equal((await patch('{}')).status, 400);
      assert.equal((await patch('{"state":"gone"}')).status, 400);
      const { state, events } = read<{ state: string; events: Array<{ action: string; comment: string | null }> }>(
        await ask(port, { path: `/v1/alerts/${ids[0]}` }),
      );
      assert.equal(state, 'in_review');
      assert.deepEqual(
        events.map(({ action, comment }) => [action, comment]),
        [
          ['created', null],
          ['moved', 'asked the customer'],
          ['commented', 'no answer'],
        ],
      );
      const open = read<{ items: unknown[] }>(await ask(port, { path: '/v1/alerts?state=unreviewed' }));
      assert.equal(open.items.length, 1);
    }, own);
    const state = openState(own, { exclusive: false });
    assert.deepEqual(new AlertBook(state).brokenEvents(), []);
    state.db.prepare("UPDATE alert_event SET comment = 'never asked' WHERE seq = 3").run();
    assert.deepEqual(new AlertBook(state).brokenEvents(), [3]);
    state.close();
  });

  it('pages hold every item once, in order, while new ones come; a cursor of another list is refused', async () => {
    const own = demoCaseIn(freshFolder());
    await inService(async ({ port }) => {
      const made: string[] = [];
      const add = async (): Promise<void> => void made.push(read<Task>(await post(port, body(`p${made.length}`))).id);
      for (let count = 0; count < 7; count += 1) await add();
      const seen: string[] = [];
      let cursor = '';
      for (;;) {
        const { items, next } = read<{ items: Array<{ id: string }>; next: string | null }>(
          await ask(port, { path: `/v1/screenings?limit=3${cursor}` }),
        );
        seen.push(...items.map(({ id }) => id));
        if (seen.length === 3) await add();
        if (next === null) break;
        cursor = `&cursor=${next}`;
      }
      assert.deepEqual(seen, made);
      assert.equal((await ask(port, { path: `/v1/alerts?limit=3${cursor}` })).status, 400);
      assert.equal((await ask(port, { path: '/v1/screenings?cursor=AAAA' })).status, 400);
      assert.equal((await ask(port, { path: '/v1/screenings?limit=0' })).status, 400);
      assert.equal((await ask(port, { path: '/v1/screenings?limit=5&limit=6' })).status, 400);
    }, own);
  });

  it('kill -9 under load: what was accepted is finished after the restart, none lost, none done twice', async () => {
    const own = demoCaseIn(freshFolder());
    const sent = new Map<string, string>();
    const accepted = new Map<string, string>();
    for (let round = 0; round < 3; round += 1) {
      const running = await startProcess(own, { threads: 2 });
      const lanes = Array.from({ length: 20 }, async (_, lane) => {
        for (let step = 0; ; step += 1) {
          const name = `r${round}l${lane}s${step}`;
          sent.set(name, '');
          // Each screening takes longer than its client waits, so that the kill meets accepted ones that are not finished.
          const reply = await post(running.port, body(name, `alert ${name}`), '/v1/screenings?wait_ms=0', {
            'idempotency-key': name,
          }).catch(() => null);
          if (reply === null) return;
          assert.ok(reply.status === 202 || reply.status === 200, reply.text);
          accepted.set(name, read<Task>(reply).id);
        }
      });
      for (const enough = accepted.size + 40 + 15 * round; accepted.size < enough; )
        await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(await running.end('SIGKILL'), 'SIGKILL');
      await Promise.all(lanes);
    }
    const last = await startProcess(own, { threads: 2 });
    // Clients whose answer was cut off ask again under their keys; so do those that got one.
    for (const name of sent.keys()) {
      const reply = await post(last.port, body(name, `alert ${name}`), '/v1/screenings', { 'idempotency-key': name });
      const task = read<Task>(reply);
      assert.deepEqual([task.status, task.screening?.echo], ['complete', name]);
      if (accepted.has(name)) assert.equal(task.id, accepted.get(name));
    }
    assert.equal(await last.end('SIGTERM'), 0);
    const state = openState(own, { exclusive: false });
    const count = (table: string): unknown => state.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    assert.deepEqual([count('screening'), count('alert')], [sent.size, sent.size]);
    assert.equal(state.db.prepare("SELECT count(*) FROM screening WHERE status <> 'complete'").pluck().get(), 0);
    assert.deepEqual(new AlertBook(state).brokenEvents(), []);
    assert.deepEqual(state.db.pragma('integrity_check', { simple: true }), 'ok');
    state.close();
  });

  it('SIGTERM: accepted work is finished and answered, what does not fit the time is kept, and the exit is 0', async () => {
    const own = demoCaseIn(freshFolder());
    const first = await startProcess(own, { stopMs: 3000 });
    const slow = post(first.port, body('t1', 'sleep 500'), '/v1/screenings?wait_ms=5000');
    await new Promise((resolve) => setTimeout(resolve, 150));
    const ended = first.end('SIGTERM');
    const answered = await slow;
    assert.deepEqual([answered.status, read<Task>(answered).screening?.echo], [200, 't1']);
    assert.equal(await ended, 0);
    const second = await startProcess(own, { stopMs: 100 });
    const late = post(second.port, body('t2', 'sleep 1500'), '/v1/screenings?wait_ms=5000');
    await new Promise((resolve) => setTimeout(resolve, 150));
    const cut = second.end('SIGTERM');
    const told = await late;
    assert.equal(told.status, 202);
    assert.equal(await cut, 0);
    const third = await startProcess(own);
    await new Promise((resolve) => setTimeout(resolve, 1800));
    const found = read<Task>(await ask(third.port, { path: String(told.headers.location) }));
    assert.deepEqual([found.status, found.screening?.echo], ['complete', 't2']);
    assert.equal(await third.end('SIGTERM'), 0);
  });
});
