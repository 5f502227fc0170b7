/** The transport over loopback: what is asked again and when, what ends it, what is refused. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { EsploraSource } from '../../../src/chain/bitcoin/source-esplora.ts';
import type { TransportMode } from '../../../src/chain/transport/options.ts';
import { jsonRpcSaysRateLimit, type SourceRequest } from '../../../src/chain/transport/request.ts';
import { Transport } from '../../../src/chain/transport/transport.ts';
import { txid } from '../../../src/ledger/index.ts';
import { freshFolder } from '../../support/cli.ts';
import { always, type Loopback, loopback, StillClock, transportTo } from '../../support/loopback.ts';

const TIP: SourceRequest = { path: '/tip', finality: 'tip', subject: null };
const FINAL: SourceRequest = { path: '/final', finality: 'final', subject: null };
const RANGE: SourceRequest = { path: '/range', finality: 'final-range', subject: null };
const FRESH: SourceRequest = { path: '/fresh', finality: 'tip', fresh: true, subject: null };
const ABSENT: SourceRequest = { path: '/absent', finality: 'final', subject: null };

describe('chain/transport', () => {
  let folder = '';
  let server: Loopback;
  let caches = 0;
  const cache = (): string => join(folder, `cache-${caches++}`);

  before(async () => {
    folder = freshFolder();
    server = await loopback(always(200, 'x'));
  });
  after(() => server.close());
  beforeEach(() => {
    server.asked.length = 0;
    server.handler = always(200, '{"ok":true}');
  });

  describe('modes and how long an answer is good', () => {
    async function askAll(name: string, mode: TransportMode, more: object = {}): Promise<string[]> {
      server.asked.length = 0;
      server.handler = (request, response) =>
        void response.writeHead(request.url === '/absent' ? 404 : 200).end(`${request.url}`);
      const transport = transportTo(server.url, name, { mode, ...more });
      for (const request of [TIP, FINAL, RANGE, FRESH, ABSENT]) await transport.ask(request);
      return [...server.asked];
    }
    const all = ['/tip', '/final', '/range', '/fresh', '/absent'];

    it('live asks once and then only what wants a fresh answer; refresh what was of its moment; record everything; replay nothing', async () => {
      const name = cache();
      assert.deepEqual(await askAll(name, 'live'), all);
      assert.deepEqual(await askAll(name, 'live'), ['/fresh']);
      assert.deepEqual(await askAll(name, 'refresh'), ['/tip', '/fresh', '/absent']);
      assert.deepEqual(await askAll(name, 'record'), all);
      assert.deepEqual(await askAll(name, 'replay'), []);
    });

    it('"there is no such thing" is believed for an hour, a tip answer for ever or as long as the caller says', async () => {
      const name = cache();
      await askAll(name, 'live');
      const later = (sec: number): StillClock =>
        Object.assign(new StillClock(), { ms: 1_700_000_000_000 + sec * 1000 });
      assert.deepEqual(await askAll(name, 'live', { clock: later(3600) }), ['/fresh']);
      assert.deepEqual(await askAll(name, 'live', { clock: later(3601) }), ['/fresh', '/absent']);
      assert.deepEqual(await askAll(name, 'live', { clock: later(10_000), tipMaxAgeSec: 30 }), [
        '/tip',
        '/fresh',
        '/absent',
      ]);
    });

    it('what a transport has asked itself it does not ask twice in any mode, unless a fresh answer is wanted', async () => {
      const transport = transportTo(server.url, cache(), { mode: 'record' });
      for (const request of [TIP, TIP, FINAL, FINAL, FRESH, FRESH]) await transport.ask(request);
      assert.deepEqual(server.asked, ['/tip', '/final', '/fresh', '/fresh']);
    });

    it('the same question under way is asked once', async () => {
      const transport = transportTo(server.url, cache());
      const answers = await Promise.all([transport.ask(TIP), transport.ask(TIP), transport.ask(FINAL)]);
      assert.deepEqual(server.asked, ['/tip', '/final']);
      assert.equal(answers[0], answers[1]);
      assert.equal(transport.requests, 2);
    });

    it('a replay names what it lacks, also of a post', async () => {
      const transport = transportTo(server.url, cache(), { mode: 'replay' });
      await assert.rejects(transport.ask({ ...TIP, query: { b: '2', a: '1' } }), {
        code: 'REPLAY_MISS',
        message: /GET http:\/\/127\.0\.0\.1:\d+\/tip\?a=1&b=2/,
      });
      await assert.rejects(transport.ask({ ...TIP, post: '{"method":"getblock"}' }), {
        code: 'REPLAY_MISS',
        message: /POST .*\{"method":"getblock"\}/,
      });
      assert.deepEqual(server.asked, []);
    });
  });

  describe('asking again', () => {
    /** Answers with these statuses in order, the last for ever. */
    function statuses(...list: Array<[number, Record<string, string>?, string?]>): void {
      let next = 0;
      server.handler = (_, response) => {
        const [status, headers, body] = list[Math.min(next++, list.length - 1)];
        response.writeHead(status, headers).end(body ?? 'said');
      };
    }

    it('408, 429, 500, 502, 503 and 504 are; the delay is half of 500 ms doubled each time when chance says a half', async () => {
      for (const status of [408, 429, 500, 502, 503, 504]) {
        statuses([status], [status], [status], [200]);
        const clock = new StillClock();
        await transportTo(server.url, cache(), { clock }).ask(TIP);
        // 0.5 x 500 x 2^n.
        assert.deepEqual(clock.waits, [250, 500, 1000], `${status}`);
      }
    });

    it('403 is asked again once and no more; 400 and 413 never; 401 only when the secret has changed', async () => {
      statuses([403], [200]);
      assert.equal((await transportTo(server.url, cache()).ask(TIP)).status, 200);
      for (const [status, code, requests] of [
        [403, 'UNAUTHORIZED', 2],
        [413, 'TOO_LARGE', 1],
        [400, 'SOURCE_FAILED', 1],
        [401, 'UNAUTHORIZED', 1],
        [410, 'SOURCE_FAILED', 1],
      ] as const) {
        statuses([status]);
        const transport = transportTo(server.url, cache());
        await assert.rejects(transport.ask(TIP), { code });
        assert.equal(transport.requests, requests, `${status}`);
      }
    });

    it('Retry-After in seconds or as a date, never above five minutes, and it holds back every other question to that server', async () => {
      for (const [header, waitMs] of [
        ['7', 7000],
        // The clock stands at 22:13:20.
        ['Tue, 14 Nov 2023 22:14:20 GMT', 60_000],
        ['9999', 300_000],
        ['nonsense', 250],
      ] as const) {
        statuses([429, { 'retry-after': header }], [200]);
        const clock = new StillClock();
        await transportTo(server.url, cache(), { clock, deadlineMs: 1_000_000 }).ask(TIP);
        assert.deepEqual(clock.waits, [waitMs], header);
      }
      statuses([429, { 'retry-after': '7' }], [200]);
      const clock = new StillClock();
      const one = transportTo(server.url, cache(), { clock, maxAttempts: 1 });
      await assert.rejects(one.ask(TIP), { code: 'RATE_LIMITED' });
      assert.deepEqual(clock.waits, []);
    });

    it('an allowance that is used up stops questions until it is renewed, given in seconds or as a time', async () => {
      for (const [reset, waitMs] of [
        ['12', 12_000],
        ['1700000030', 30_000],
        ['1700000030000', 30_000],
        ['99999', 300_000],
      ] as const) {
        const clock = new StillClock();
        const transport = transportTo(server.url, cache(), { clock });
        server.handler = always(200, 'x', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset });
        await transport.ask(TIP);
        assert.deepEqual(clock.waits, []);
        server.handler = always(200, 'x', { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': reset });
        await transport.ask(FINAL);
        await transport.ask(RANGE);
        assert.deepEqual(clock.waits, [waitMs], reset);
      }
    });

    it('a rate limit said in a body under status 200 counts as 429, and is not recorded', async () => {
      const limit =
        '{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"daily request count exceeded, rate limited"}}';
      statuses([200, {}, limit], [200, {}, '{"result":1}']);
      const transport = transportTo(server.url, cache());
      const request: SourceRequest = { ...TIP, post: '{}', saysRateLimit: jsonRpcSaysRateLimit };
      assert.equal((await transport.ask(request)).bytes.toString(), '{"result":1}');
      assert.equal(transport.requests, 2);
      statuses([200, {}, limit]);
      await assert.rejects(transportTo(server.url, cache()).ask(request), { code: 'RATE_LIMITED' });
      const says = (body: string): boolean => jsonRpcSaysRateLimit(Buffer.from(body));
      assert.equal(says('{"error":{"code":429,"message":"x"}}'), true);
      assert.equal(says('{"error":{"code":-32005,"message":"query returned more than 10000 results"}}'), false);
      assert.equal(says('{"result":{"code":429}}'), false);
    });

    it('a server that hangs up is asked again; one that is not there is given up with the reason', async () => {
      let failures = 2;
      server.handler = (request, response) => {
        if (failures-- > 0) request.socket.destroy();
        else response.end('x');
      };
      assert.equal((await transportTo(server.url, cache()).ask(TIP)).status, 200);
      const gone = await loopback(always(200, ''));
      await gone.close();
      await assert.rejects(transportTo(gone.url, cache()).ask(TIP), {
        code: 'SOURCE_FAILED',
        message: /in 5 attempts \(ECONNREFUSED\)/,
      });
    });

    it('no delay leads beyond the deadline of the whole question', async () => {
      statuses([503, { 'retry-after': '50' }]);
      const clock = new StillClock();
      const transport = transportTo(server.url, cache(), { clock, deadlineMs: 120_000 });
      await assert.rejects(transport.ask(TIP), { code: 'SOURCE_FAILED' });
      assert.deepEqual(clock.waits, [50_000, 50_000]);
    });
  });

  describe('secrets that change', () => {
    it('are read again after 401, and the question is put once more', async () => {
      const keys = ['first-key-1', 'second-key-2'];
      server.handler = (request, response) =>
        void response.writeHead(request.headers['x-key'] === 'second-key-2' ? 200 : 401).end('x');
      const { Secret } = await import('../../../src/chain/transport/redact.ts');
      const secrets = () => [new Secret('header', 'x-key', keys.length > 1 ? (keys.shift() ?? '') : keys[0])];
      const transport = transportTo(server.url, cache(), { base: { url: server.url, secrets } });
      assert.equal((await transport.ask(TIP)).status, 200);
      assert.equal(transport.requests, 2);
    });
  });

  describe('limits', () => {
    it('a body above the limit is refused, whether it comes plain, zipped or without a length', async () => {
      const big = Buffer.alloc(2_000_000, 'a');
      const limits = { maxBodyBytes: 1_000_000 };
      for (const [body, headers] of [
        [big, {}],
        [gzipSync(big), { 'content-encoding': 'gzip' }],
        [big, { 'transfer-encoding': 'chunked' }],
      ] as Array<[Buffer, Record<string, string>]>) {
        server.handler = always(200, body, headers);
        const transport = transportTo(server.url, cache(), limits);
        await assert.rejects(transport.ask(TIP), { code: 'TOO_LARGE', message: /above 1000000 bytes/ });
        assert.equal(transport.requests, 1);
      }
      server.handler = always(200, gzipSync(big.subarray(0, 1_000_000)), { 'content-encoding': 'gzip' });
      assert.equal((await transportTo(server.url, cache(), limits).ask(TIP)).bytes.length, 1_000_000);
    });

    it('a zipped body that is cut short or damaged is no answer, and an encoding nobody asked for neither', async () => {
      const whole = gzipSync('{"fine":true}'.repeat(100));
      server.handler = always(200, whole.subarray(0, whole.length - 12), { 'content-encoding': 'gzip' });
      await assert.rejects(transportTo(server.url, cache()).ask(TIP), {
        code: 'SOURCE_FAILED',
        message: /damaged body/,
      });
      server.handler = always(200, 'x', { 'content-encoding': 'br' });
      await assert.rejects(transportTo(server.url, cache()).ask(TIP), { message: /1 attempt .*not asked for/ });
    });

    it('a server that drips or never answers ends with the time of the question', async () => {
      server.handler = (_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write('a'), 20);
        response.on('close', () => clearInterval(drip));
      };
      const { clock: _, ...real } = { clock: null, timeoutMs: 150, deadlineMs: 400, maxAttempts: 2, perSecond: 1000 };
      const systemLike = (): Transport =>
        new Transport({ base: { url: server.url }, cacheFolder: cache(), mode: 'live', ...real });
      const started = Date.now();
      await assert.rejects(systemLike().ask(TIP), { code: 'SOURCE_FAILED', message: /no answer in time/ });
      server.handler = () => undefined;
      await assert.rejects(systemLike().ask(TIP), { code: 'SOURCE_FAILED', message: /no answer in time/ });
      assert.ok(Date.now() - started < 10_000);
    });

    it('a body nested without end is refused before it is parsed', async () => {
      server.handler = always(200, `[${'['.repeat(200_000)}${']'.repeat(200_000)}]`);
      const id = txid('ab'.repeat(32));
      await assert.rejects(new EsploraSource(transportTo(server.url, cache())).outspends(id), {
        code: 'MALFORMED',
        message: /nested deeper than 64 levels/,
      });
    });

    it('headers without end are refused', async () => {
      server.handler = (request) => {
        request.socket.end(`HTTP/1.1 200 OK\r\nx-long: ${'a'.repeat(100_000)}\r\n\r\n`);
      };
      await assert.rejects(transportTo(server.url, cache()).ask(TIP), { code: 'TOO_LARGE', message: /headers/ });
    });
  });

  describe('redirects', () => {
    const to = (location: string, status = 302) => always(status, '', { location });

    it('are followed on the same server at most three times, and counted', async () => {
      server.handler = (request, response) => {
        const step = Number((request.url ?? '').slice(2) || 0);
        if (step === 3) response.end('there');
        else response.writeHead(302, { location: `/s${step + 1}` }).end();
      };
      const transport = transportTo(server.url, cache());
      assert.equal((await transport.ask({ ...TIP, path: '/s0' })).bytes.toString(), 'there');
      assert.equal(transport.requests, 4);
      server.handler = to('/again');
      server.asked.length = 0;
      await assert.rejects(transportTo(server.url, cache()).ask(TIP), {
        code: 'SOURCE_FAILED',
        message: /more than 3/,
      });
      assert.equal(server.asked.length, 4);
    });

    it('to another host, another port, another scheme, or of a post are refused, and nobody else is asked', async () => {
      const other = await loopback(always(200, 'stolen'));
      for (const location of [
        other.url,
        `http://localhost:${server.port}/x`,
        'http://127.0.0.1.example.org/',
        `https://127.0.0.1:${server.port}/`,
        '//example.org/x',
        `http://user:pw@127.0.0.1:${server.port}/`,
        'file:///etc/passwd',
        'http://[',
      ]) {
        server.handler = to(location);
        await assert.rejects(
          transportTo(server.url, cache()).ask(TIP),
          { code: 'SOURCE_FAILED', message: /not asked for/ },
          location,
        );
      }
      server.handler = to('/elsewhere', 307);
      await assert.rejects(transportTo(server.url, cache()).ask({ ...TIP, post: '{}' }), { message: /not asked for/ });
      assert.deepEqual(other.asked, []);
      await other.close();
    });
  });

  describe('where it may ask', () => {
    const open = (url: string, more: object = {}): Transport =>
      new Transport({ base: { url }, cacheFolder: folder, mode: 'live', ...more });

    it('plain http is for this machine alone, under whatever notation it hides', () => {
      for (const url of [
        'http://127.0.0.1:1',
        'http://127.9.9.9',
        'http://localhost',
        'http://[::1]:80',
        'http://2130706433/',
        'https://example.org',
      ])
        assert.doesNotThrow(() => open(url), url);
      for (const url of [
        'http://127.0.0.1.evil.com',
        'http://localhost.',
        'http://localhost.evil.com',
        'http://2130706434.evil.com',
        'http://0.0.0.0',
        'http://134744072/', // 8.8.8.8
        'http://[::ffff:8.8.8.8]/',
        'http://[::2]/',
        'http://10.0.0.1',
        'tcp://8.8.8.8:50001',
        'tcp://2130706433:50001',
        'tcp://127.0.0.1.evil.com:50001',
      ])
        assert.throws(() => open(url), { code: 'USAGE', message: /show everyone/ }, url);
    });

    it('nor is plain http to "this machine" when a proxy elsewhere would carry it; an onion service through SOCKS is encrypted by its network', () => {
      assert.throws(() => open('http://localhost', { proxy: 'http://proxy.example.org:3128' }), { code: 'USAGE' });
      assert.doesNotThrow(() => open('http://localhost', { proxy: 'http://127.0.0.1:3128' }));
      const onion = `http://${'a'.repeat(56)}.onion/api`;
      assert.doesNotThrow(() => open(onion, { proxy: 'socks5h://127.0.0.1:9050' }));
      assert.throws(() => open(onion), { code: 'USAGE' });
      assert.throws(() => open(onion, { proxy: 'http://127.0.0.1:9050' }), { code: 'USAGE' });
    });

    it('an Electrum server is named with its port', () => {
      for (const url of ['ssl://example.org', 'tcp://127.0.0.1', 'ssl://:50002', 'ssl:'])
        assert.throws(() => open(url), { code: 'USAGE' }, url);
      for (const url of ['ssl://example.org:50002', 'tcp://127.0.0.1:50001', 'tcp://[::1]:50001'])
        assert.doesNotThrow(() => open(url), url);
    });

    it('users, queries and fragments in the address are refused without repeating them', () => {
      for (const url of [
        'https://user:hunter2222@example.org',
        'https://example.org/?key=hunter2222',
        'https://example.org/#hunter2222',
      ])
        assert.throws(
          () => open(url),
          (error: Error) => !error.message.includes('hunter2222'),
        );
      assert.throws(() => open('https://example.org/{key}/api'), { code: 'USAGE', message: /no key is given/ });
      assert.doesNotThrow(() => open('https://example.org/{key}/api', { mode: 'replay' }));
    });
  });
});
