/** How much one client may ask: in a minute by its token and by its address, in a day, and of the threads while others wait. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { addressKey } from '../../src/api/access.ts';
import { FairQueue } from '../../src/api/queue.ts';
import { createToken, DayQuota, listTokens, openState } from '../../src/case/index.ts';
import { freshFolder, spoor } from '../support/cli.ts';
import {
  ask,
  codeOf,
  demoCaseIn,
  FAKE_WORKER,
  killLeft,
  quietOptions,
  type Reply,
  startProcess,
  withService,
} from '../support/service.ts';

/** Noon of a day, so that neither side of midnight is near: 12 hours are left. */
const NOON_SEC = 1_764_072_000;
const HALF_DAY_SEC = 43_200;
const MINUTE_MS = 60_000;

function tokenOf(file: string, dayQuota: number | null = null): { text: string; id: string } {
  const state = openState(file, { exclusive: false });
  const asked = { name: 'test', scopes: ['screen'], expiresSec: null, dayQuota } as const;
  const { text, row } = createToken(state, asked, { nowSec: NOON_SEC, random: randomBytes });
  state.close();
  return { text, id: row.id };
}

const bodyOf = (address: string, customer_ref = ''): object => ({
  subject: { type: 'address', network: 'bitcoin', address },
  customer_ref,
});
const as = (port: number, token: string, path = '/v1/version', sent?: unknown): Promise<Reply> =>
  ask(port, {
    path,
    headers: { authorization: `Bearer ${token}` },
    ...(sent === undefined ? {} : { method: 'POST', body: JSON.stringify(sent) }),
  });

function assertTooMany(reply: Reply, retrySec: number): void {
  assert.deepEqual([reply.status, codeOf(reply)], [429, 'TOO_MANY_REQUESTS']);
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  assert.equal(Number(reply.headers['retry-after']), retrySec);
  assert.equal(reply.headers['ratelimit-remaining'], '0');
}

describe('api: how much one client may ask', () => {
  after(killLeft);

  it('a token has its limit, an address another for all who ask from there; what a token is refused costs the others nothing', async () => {
    const file = demoCaseIn(freshFolder());
    const [one, two, three] = [tokenOf(file), tokenOf(file), tokenOf(file)];
    const rate = { max: 10, windowMs: MINUTE_MS, addressMax: 25 };
    await withService(quietOptions(file, { workerFile: FAKE_WORKER, rate }), async ({ port }) => {
      const flood = await Promise.all(Array.from({ length: 200 }, () => as(port, one.text)));
      assert.equal(flood.filter(({ status }) => status === 200).length, 10);
      assert.equal(flood.filter(({ status }) => status === 429).length, 190);
      for (let left = 9; left >= 0; left -= 1) {
        const reply = await as(port, two.text);
        assert.deepEqual([reply.status, reply.headers['ratelimit-remaining']], [200, String(left)]);
      }
      // 20 of the 25 of the address are gone: its limit is now nearer than that of the third token.
      for (let left = 4; left >= 0; left -= 1) {
        const reply = await as(port, three.text);
        const told = [reply.headers['ratelimit-limit'], reply.headers['ratelimit-remaining']];
        assert.deepEqual([reply.status, ...told], [200, '25', String(left)]);
      }
      const over = await as(port, three.text);
      assert.deepEqual([over.status, over.headers['ratelimit-limit']], [429, '25']);
      assert.ok(Number(over.headers['retry-after']) >= 1);
      assert.equal((await ask(port, { path: '/v1/health' })).status, 429, 'whoever asks from there');
    });
  });

  it('an IPv6 network of 64 bits is one address', () => {
    assert.equal(addressKey('127.0.0.1'), '127.0.0.1');
    assert.equal(addressKey('::ffff:10.0.0.1'), '::ffff:10.0.0.1');
    // RFC 5952, section 1: 2001:db8::1 is 2001:db8:0:0:0:0:0:1.
    assert.equal(addressKey('2001:db8::1'), '2001:db8:0:0::/64');
    assert.equal(addressKey('2001:db8::2:0:0:1'), '2001:db8:0:0::/64');
    assert.equal(addressKey('2001:db8:0:1:a:b:c:d'), '2001:db8:0:1::/64');
    assert.equal(addressKey('fe80::1%eth0'), 'fe80:0:0:0::/64');
    assert.equal(addressKey('::1'), '0:0:0:0::/64');
  });

  it('a token has its quota of a day: a batch counts its subjects, a restart resets nothing, midnight does', async () => {
    const folder = freshFolder();
    const file = demoCaseIn(folder);
    const [own, usual] = [tokenOf(file, 5), tokenOf(file)];
    const clock = { sec: NOON_SEC };
    const options = quietOptions(file, { workerFile: FAKE_WORKER, dayQuota: 7, nowMs: () => clock.sec * 1000 });
    await withService(options, async ({ port }) => {
      assert.equal((await as(port, own.text)).status, 200);
      const batch = { requests: [bodyOf('a'), bodyOf('b'), bodyOf('c')] };
      assert.equal((await as(port, own.text, '/v1/screenings/batch', batch)).status, 207);
      const over = await as(port, own.text, '/v1/screenings/batch', { requests: batch.requests.slice(1) });
      assertTooMany(over, HALF_DAY_SEC);
      const { items } = JSON.parse((await as(port, usual.text, '/v1/screenings')).text) as { items: unknown[] };
      assert.equal(items.length, 3, 'nothing of a batch that is refused is kept');
      assert.equal((await as(port, own.text, '/v1/health')).status, 200, 'what is for everybody costs nothing');
    });
    await withService(options, async ({ port }) => {
      assertTooMany(await as(port, own.text), HALF_DAY_SEC);
      for (let count = 1; count < 7; count += 1) assert.equal((await as(port, usual.text)).status, 200, `${count}`);
      const over = await as(port, usual.text);
      assertTooMany(over, HALF_DAY_SEC);
      assert.match(over.text, /of the 7 requests of this token a day nothing is left/);
      clock.sec += HALF_DAY_SEC - 1;
      assertTooMany(await as(port, own.text), 1);
      clock.sec += 1;
      assert.equal((await as(port, own.text)).status, 200, 'a new day');
      clock.sec -= 1;
      for (let count = 1; count < 5; count += 1) assert.equal((await as(port, own.text)).status, 200, `${count}`);
      assert.equal((await as(port, own.text)).status, 429, 'a clock turned back begins no day again');
    });
    const state = openState(file, { exclusive: false });
    const rows = listTokens(state, NOON_SEC).map(({ id, dayQuota, usedToday }) => [id, dayQuota, usedToday]);
    state.close();
    assert.deepEqual(new Map(rows.map(([id, ...rest]) => [id, rest])).get(own.id), [5, 5]);
    const made = spoor(folder, 'token', 'create', 'small', '--day-quota', '9', '--json', '--case', file);
    const { tokens } = JSON.parse(made.stdout) as { tokens: Array<{ dayQuota: number; usedToday: number }> };
    assert.deepEqual([tokens[0].dayQuota, tokens[0].usedToday], [9, 0]);
    assert.equal(spoor(folder, 'token', 'create', 'none', '--day-quota', '0', '--case', file).status, 2);
  });

  it('a service that is killed has allowed no more than the quota, and counts at most a hundredth of it that was not asked', async () => {
    const file = demoCaseIn(freshFolder());
    const small = tokenOf(file, 20);
    let allowed = 0;
    for (const end of ['SIGKILL', 'SIGKILL', 'SIGTERM'] as const) {
      const service = await startProcess(file);
      for (let count = 0; count < 8; count += 1) if ((await as(service.port, small.text)).status === 200) allowed += 1;
      await service.end(end);
    }
    assert.equal(allowed, 20, 'below 200 a day every one is written down');
    const state = openState(file, { exclusive: false });
    let day = new DayQuota(state);
    for (let count = 0; count < 100; count += 1) day.take('large', 10_000, 1, NOON_SEC);
    // The process ends here without a word: another takes up what is on disk.
    day = new DayQuota(state);
    let left = 0;
    while (day.take('large', 10_000, 1, NOON_SEC).allowed) left += 1;
    assert.ok(left <= 9900 && left >= 9900 - 64, `${left}`);
    state.close();
  });

  it('clients take turns: one with many questions keeps another waiting for one of them at a time', async () => {
    const queue = new FairQueue<string>();
    for (let count = 0; count < 5; count += 1) queue.push('many', `m${count}`);
    queue.push('few', 'f0');
    queue.pushFirst('own');
    queue.push('few', 'f1');
    assert.deepEqual([queue.length, queue.lengthOf('many'), queue.lengthOf('few'), queue.lengthOf('no')], [8, 5, 2, 0]);
    assert.deepEqual(queue.take(4), ['own', 'm0', 'f0', 'm1']);
    queue.push('late', 'l0');
    assert.deepEqual([queue.take(9), queue.length], [['f1', 'm2', 'l0', 'm3', 'm4'], 0]);

    const file = demoCaseIn(freshFolder());
    const [flood, other] = [tokenOf(file), tokenOf(file)];
    await withService(quietOptions(file, { workerFile: FAKE_WORKER }), async ({ port }) => {
      const many = Array.from({ length: 60 }, (_, at) => bodyOf(`flood${at}`, 'sleep 20'));
      const sent = await as(port, flood.text, '/v1/screenings/batch?wait_ms=0', { requests: many });
      assert.equal(sent.status, 207);
      assert.equal((await as(port, other.text, '/v1/screenings?wait_ms=10000', bodyOf('other'))).status, 200);
      const path = '/v1/screenings?status=complete&limit=200';
      const { items } = JSON.parse((await as(port, other.text, path)).text) as { items: unknown[] };
      assert.ok(items.length < 30, `${items.length - 1} of the flood were answered before`);
    });
  });
});
