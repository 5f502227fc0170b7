/** The door to a server: shared by all who ask there, paced, capped, held when the server asks for it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { gateOf } from '../../../src/chain/transport/gate.ts';
import { backoffMs } from '../../../src/chain/transport/pace.ts';
import { Secret } from '../../../src/chain/transport/redact.ts';
import { freshFolder } from '../../support/cli.ts';
import { always, type Loopback, loopback, StillClock, transportTo } from '../../support/loopback.ts';

describe('chain/transport gate', () => {
  let folder = '';
  let server: Loopback;
  before(async () => {
    folder = freshFolder();
    server = await loopback(always(200, 'x'));
  });
  after(() => server.close());
  const about = (path: string) => ({ path, finality: 'final', subject: null }) as const;

  it('two transports to one server share its pace; another key, or another server, has its own', async () => {
    const clock = new StillClock();
    const slow = { clock, perSecond: 2 };
    const [one, two] = ['a', 'b'].map((name) => transportTo(server.url, join(folder, name), slow));
    for (const path of ['/1', '/2', '/3', '/4']) await (path < '/3' ? one : two).ask(about(path));
    // Two at once, then half a second for each.
    assert.deepEqual(clock.waits, [500, 500]);
    const keyed = { url: server.url, secrets: [new Secret('header', 'x-key', 'another-key')] };
    const other = transportTo(server.url, join(folder, 'c'), { ...slow, base: keyed });
    await other.ask(about('/5'));
    assert.deepEqual(clock.waits, [500, 500]);
  });

  it('of two wishes the more modest one holds, whichever comes first', async () => {
    for (const [first, second] of [
      [1, 1000],
      [1000, 1],
    ]) {
      const clock = new StillClock();
      const cache = join(folder, `wish ${first}`);
      const one = transportTo(server.url, cache, { clock, perSecond: first });
      transportTo(server.url, cache, { clock, perSecond: second });
      // The tokens of the first moment are the first wish's own; a second later only one has come.
      clock.ms += 1000;
      await one.ask(about('/6'));
      await one.ask(about('/7'));
      assert.deepEqual(clock.waits, [1000], `${first} ${second}`);
    }
  });

  it('what one was told to wait, all wait', async () => {
    const held: Array<{ ms: number; wake: () => void }> = [];
    const clock = {
      nowMs: () => 0,
      random: () => 0.5,
      sleep: (ms: number) => new Promise<void>((wake) => held.push({ ms, wake })),
    };
    const [one, two] = ['e', 'f'].map((name) => transportTo(server.url, join(folder, name), { clock }));
    let refusals = 1;
    server.asked.length = 0;
    server.handler = (_, response) => {
      const refused = refusals-- > 0;
      response.writeHead(refused ? 429 : 200, refused ? { 'retry-after': '30' } : {}).end();
    };
    const sleepers = async (count: number): Promise<void> => {
      while (held.length < count) await new Promise((resolve) => setImmediate(resolve));
    };
    const answers = [one.ask(about('/8'))];
    await sleepers(1);
    answers.push(two.ask(about('/9')));
    await sleepers(2);
    assert.deepEqual(
      held.map(({ ms }) => ms),
      [30_000, 30_000],
    );
    assert.deepEqual(server.asked, ['/8']);
    for (const { wake } of held) wake();
    await Promise.all(answers);
    assert.deepEqual(server.asked.slice(1).sort(), ['/8', '/9']);
  });

  it('no more than the cap are under way at once, and a failure lets the next one in', async () => {
    const gate = gateOf(new StillClock(), 'cap', { perSecond: 1e6, maxConcurrent: 3 });
    let running = 0;
    let most = 0;
    const work = (index: number) => async (): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (index % 3 === 0) throw new Error('failed');
      return index;
    };
    const ended = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => gate.pass(work(index))));
    assert.equal(most, 3);
    assert.equal(ended.filter(({ status }) => status === 'rejected').length, 7);
    assert.equal(await gate.pass(work(1)), 1);
  });

  it('full jitter: anything from nothing to the doubled delay, never above five minutes', () => {
    assert.equal(backoffMs(0, 0), 0);
    assert.equal(backoffMs(0, 0.999), 499);
    assert.equal(backoffMs(3, 0.5), 2000);
    assert.equal(backoffMs(40, 0.999), Math.floor(0.999 * 300_000));
  });
});
