/** The money followed live over a server on loopback: same books as offline, nothing asked twice, every misbehaviour of a server met. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fetchSubjects, importPacks, parseSubject, withCase, withCaseAsync } from '../../src/case/index.ts';
import { type EsploraSource, Transport, type TransportMode } from '../../src/chain/bitcoin/index.ts';
import { freshFolder, spoorAsync } from '../support/cli.ts';
import type { EsploraServer } from '../support/esplora-server.ts';
import { books, followWith, PACKS, serveWannacry, stillSource, WALLETS } from '../support/live-wannacry.ts';

describe('live sources over loopback', () => {
  let folder = '';
  let server: EsploraServer;
  let offline = '';

  before(async () => {
    folder = freshFolder();
    ({ server, offline } = await serveWannacry(folder));
  });
  after(() => server.close());
  afterEach(() => {
    server.mischief = null;
  });

  function source(
    cache: string,
    mode: TransportMode = 'live',
    more: object = {},
  ): { transport: Transport; esplora: EsploraSource } {
    return stillSource(server, join(folder, cache), { mode, ...more });
  }

  /** Fetches the three wallets and follows; the case is new, the cache is not. */
  async function run(
    name: string,
    given: { transport: Transport; esplora: EsploraSource },
    maxTransactions = 1000,
  ): Promise<{ books: string; ended: string }> {
    return withCaseAsync(join(folder, `${name}.spoor`), { create: true }, async (context) => {
      importPacks(context, PACKS);
      const outcomes = await fetchSubjects(context, given.esplora, {
        subjects: WALLETS.map((wallet) => parseSubject(wallet)),
        maxPages: 40,
      });
      assert.ok(outcomes.every(({ complete }) => complete === true));
      const { run: traced, follow } = await followWith(context, given, { budget: { maxTransactions } });
      return { books: books(traced), ended: follow.ended };
    });
  }

  it('fetching the wallets and following gives the books of the offline run; a second run asks nothing, and neither does a replay', async () => {
    const first = source('cache');
    assert.deepEqual(await run('live', first), { books: offline, ended: 'nothing new' });
    assert.ok(first.transport.requests > 50 && first.transport.requests < 400, `${first.transport.requests} requests`);
    const before = server.asked.length;
    for (const mode of ['live', 'replay'] as const) {
      const again = source('cache', mode);
      assert.deepEqual(await run(`again-${mode}`, again), { books: offline, ended: 'nothing new' });
      assert.equal(again.transport.requests, 0);
    }
    assert.equal(server.asked.length, before);
  });

  it('a budget ends it with what waits named, and the next run goes on from the cache without asking again', async () => {
    server.asked.length = 0;
    const cut = source('budget');
    assert.equal((await run('budget', cut, 5)).ended, 'max transactions');
    const asked = new Set(server.asked);
    server.asked.length = 0;
    assert.deepEqual(await run('budget-2', source('budget')), { books: offline, ended: 'nothing new' });
    assert.ok(
      server.asked.every((path) => !asked.has(path) || path.includes('outspends')),
      'what was answered for good is not asked again',
    );
  });

  it('a replay that misses names the request and touches no network', async () => {
    const before = server.asked.length;
    const { esplora } = source('empty', 'replay');
    await assert.rejects(esplora.history(WALLETS[0] as never, 1), {
      code: 'REPLAY_MISS',
      message: /GET http:\/\/127\.0\.0\.1:\d+\/api\/address\/115p7/,
    });
    assert.equal(server.asked.length, before);
  });

  it('asks again after 429 and 503, heeds Retry-After, and gives up with the right error', async () => {
    const waits: number[] = [];
    const clock = { nowMs: () => 0, sleep: (ms: number) => Promise.resolve(void waits.push(ms)), random: () => 0.5 };
    let failures = 2;
    server.mischief = (_, response) => {
      if (failures === 0) return false;
      failures -= 1;
      response.writeHead(failures === 1 ? 429 : 503, failures === 1 ? { 'retry-after': '7' } : {});
      response.end('slow down');
      return true;
    };
    const { esplora, transport } = source('retry', 'live', { clock });
    await esplora.history(WALLETS[1] as never, 1);
    // 7 s by the header, then half of 500 ms doubled once by full jitter. Two failures, two questions for the tip, the count and one page.
    assert.deepEqual(waits.slice(0, 2), [7000, 500]);
    assert.equal(transport.requests, 6);
    failures = 100;
    await assert.rejects(source('retry-2').esplora.history(WALLETS[1] as never, 1), {
      code: /RATE_LIMITED|SOURCE_FAILED/,
    });
  });

  it('meets the traps: a repeated page, an unknown cursor, a busy address, another host, bad JSON, refusal', async () => {
    const sends = (status: number, body: string, headers: object = {}): void => {
      server.mischief = (_, response) => {
        response.writeHead(status, headers as never);
        response.end(body);
        return true;
      };
    };
    const page = JSON.stringify(Array.from({ length: 25 }, (_, index) => ({ txid: String(index).padStart(64, '0') })));
    server.mischief = (request, response) => {
      if (!(request.url ?? '').includes('/txs/chain')) return false;
      response.end(page);
      return true;
    };
    await assert.rejects(source('t1').esplora.history(WALLETS[0] as never, 5), { code: 'MALFORMED', message: /twice/ });
    server.mischief = (request, response) => {
      if (!/chain\/./.test(request.url ?? '')) return false;
      response.end('[]');
      return true;
    };
    const cut = await source('t2').esplora.history(WALLETS[0] as never, 50);
    assert.equal(cut.complete, false);
    assert.equal(cut.transactions, 25);
    const short = await source('t2b').esplora.history(WALLETS[0] as never, 1);
    assert.equal(short.complete, false);
    const refusals: Array<[number, string, object, string]> = [
      [400, 'Too many history entries', {}, 'TOO_LARGE'],
      [413, 'result too long', {}, 'TOO_LARGE'],
      [401, 'no', {}, 'UNAUTHORIZED'],
      [400, 'Invalid Bitcoin address', {}, 'SOURCE_FAILED'],
      [302, '', { location: 'http://localhost:1/elsewhere' }, 'SOURCE_FAILED'],
      [200, '{"chain_stats":', {}, 'MALFORMED'],
      [200, '{"chain_stats":{}}', {}, 'MALFORMED'],
    ];
    for (const [index, [status, body, headers, code]] of refusals.entries()) {
      sends(status, body, headers);
      await assert.rejects(source(`r${index}`).esplora.history(WALLETS[0] as never, 1), { code }, `${status} ${body}`);
    }
  });

  it('the key goes out in its header and is found nowhere else: not in the cache, not in the case, not in what is printed', async () => {
    const canary = 'canary-5f0c1d9e';
    const seen = new Set<string>();
    server.mischief = (request) => {
      seen.add(String(request.headers['x-key']));
      return false;
    };
    const cache = join(folder, 'secret-cache');
    const args = [
      'fetch',
      WALLETS[0],
      '--url',
      server.url,
      '--cache',
      cache,
      '--case',
      'secret.spoor',
      '--key-header',
      'x-key',
      '--per-second',
      '1000',
    ];
    const outcome = await spoorAsync(folder, args, { SPOOR_KEY: canary });
    assert.equal(outcome.status, 0, outcome.stderr);
    server.mischief = (_, response) => {
      response.writeHead(401);
      response.end('denied');
      return true;
    };
    const denied = await spoorAsync(
      folder,
      [...args.slice(0, 4), '--cache', join(folder, 'denied-cache'), ...args.slice(6)],
      { SPOOR_KEY: canary },
    );
    assert.equal(denied.status, 7);
    assert.deepEqual([...seen], [canary]);
    for (const text of [
      outcome.stdout,
      outcome.stderr,
      denied.stdout,
      denied.stderr,
      readFileSync(join(folder, 'secret.spoor'), 'latin1'),
    ])
      assert.ok(!text.includes(canary));
    for (const entry of readdirSync(cache, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = readFileSync(join(entry.parentPath, entry.name));
      assert.ok(!(entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes).includes(canary), entry.name);
    }
    assert.match(outcome.stderr, /it was asked about 1 addresses/);
  });

  it('plain http to another machine, secrets in the address, no address: refused before anything is asked', async () => {
    for (const url of [
      'http://example.org/api',
      'https://user:pw@example.org',
      'https://example.org/?key=1',
      'ftp://example.org',
      'nonsense',
    ]) {
      assert.throws(() => new Transport({ base: { url }, cacheFolder: folder, mode: 'live' }), { code: 'USAGE' }, url);
    }
    assert.equal((await spoorAsync(folder, ['fetch', WALLETS[0], '--case', 'x.spoor'])).status, 2);
    assert.equal((await spoorAsync(folder, ['fetch', 'nonsense', '--url', server.url, '--case', 'x.spoor'])).status, 2);
  });

  it('trace --follow on the command line ends like the offline trace', async () => {
    withCase(join(folder, 'cli.spoor'), { create: true }, (context) => importPacks(context, PACKS));
    const common = [
      '--url',
      server.url,
      '--cache',
      join(folder, 'cache'),
      '--case',
      'cli.spoor',
      '--per-second',
      '1000',
      '--quiet',
    ];
    assert.equal((await spoorAsync(folder, ['fetch', 'tag:ransomware', ...common, '--max-pages', '40'])).status, 0);
    const outcome = await spoorAsync(folder, [
      'trace',
      '--seed',
      'w=tag:ransomware',
      '--rule',
      'fifo',
      '--follow',
      '--json',
      ...common,
    ]);
    assert.equal(outcome.status, 0, outcome.stderr);
    const [book] = JSON.parse(outcome.stdout).rules[0].books;
    assert.equal(book.stopped, JSON.parse(offline)[0][1][0][1]);
  });
});
