/** A server that answers with status 200 and nonsense: refused by name, not recorded, and the same command does well once the server does. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fetchSubjects, parseSeed, parseSubject, withCaseAsync } from '../../src/case/index.ts';
import type { TransportMode } from '../../src/chain/bitcoin/index.ts';
import { freshFolder, spoorAsync } from '../support/cli.ts';
import type { EsploraServer } from '../support/esplora-server.ts';
import { followWith, REQUEST, serveWannacry, stillSource, WALLETS } from '../support/live-wannacry.ts';
import { always, loopback, transportTo } from '../support/loopback.ts';

/** Two payments of the sample; outputs of the other one are spent there. */
const POLONIEX = '36ef488e59d719fb906254aed61bfe46e8f64778bc6cac97e56a68c241004c28';
const OTHER = 'c03e48ad9fc778170c86542c0414a89052b21679a3576121ca6b1c2d340f1e22';

/** Bodies that are no answer to any question of the protocol: a page of a proxy, answers cut short, values of another kind. */
const NONSENSE = [
  '<html>checking your browser</html>',
  '[{"txid":"36ef',
  '[null]',
  '{"chain_stats":{"tx_count":9007199254740993}}',
];
describe('a server that answers nonsense with status 200', () => {
  let folder = '';
  let server: EsploraServer;
  let cases = 0;

  before(async () => {
    folder = freshFolder();
    ({ server } = await serveWannacry(folder));
  });
  after(() => server.close());
  afterEach(() => {
    server.mischief = null;
  });

  /** Answers questions whose path matches with a body. */
  function lie(path: RegExp, body: string): void {
    server.mischief = (request, response) => path.test(request.url ?? '') && response.end(body) !== null;
  }

  function inNewCase<T>(work: Parameters<typeof withCaseAsync<T>>[2]): Promise<T> {
    cases += 1;
    return withCaseAsync(join(folder, `${cases}.spoor`), { create: true }, work);
  }

  /** What fetching from a cache tells of subjects: its transactions and whether they are all. */
  function fetched(
    cache: string,
    subject: string,
    mode: TransportMode = 'live',
  ): Promise<ReadonlyArray<[number, boolean | null]>> {
    return inNewCase(async (context) => {
      const request = { subjects: [parseSubject(subject)], maxPages: 40 };
      const outcomes = await fetchSubjects(
        context,
        stillSource(server, join(folder, cache), { mode }).esplora,
        request,
      );
      return outcomes.map(({ transactions, complete }) => [transactions, complete]);
    });
  }

  const questions: Array<[string, RegExp, string, boolean | null]> = [
    ['statistics', /address\/\w+$/, WALLETS[0], true],
    ['page', /txs\/chain/, WALLETS[0], true],
    ['transaction', /\/tx\/\w+$/, POLONIEX, null],
  ];
  for (const [name, path, subject, complete] of questions)
    it(`${name}: MALFORMED with what to do; nothing of it is recorded`, async () => {
      for (const [index, body] of NONSENSE.entries()) {
        const cache = `${name} ${index}`;
        lie(path, body);
        await assert.rejects(fetched(cache, subject), { code: 'MALFORMED', hint: /later/ }, body);
        server.mischief = null;
        const [[transactions, whole]] = await fetched(cache, subject);
        assert.ok(transactions > 0 && whole === complete, body);
      }
    });

  it('a transaction that is none, or another one, counts for nothing; one in no block is not said to be fetched', async () => {
    const path = /\/tx\/\w+$/;
    for (const body of ['[]', JSON.stringify(server.answer(`/tx/${OTHER}`))]) {
      lie(path, body);
      await assert.rejects(fetched('none', POLONIEX), { code: 'MALFORMED' }, body);
    }
    lie(path, JSON.stringify({ ...(server.answer(`/tx/${POLONIEX}`) as object), status: { confirmed: false } }));
    assert.deepEqual(await fetched('unconfirmed', POLONIEX), [[0, null]]);
  });

  it('outspends: an answer about no output, or about some, makes nothing unspent', async () => {
    const follow = (cache: string) =>
      inNewCase(async (context) => {
        const live = stillSource(server, join(folder, cache));
        await fetchSubjects(context, live.esplora, { subjects: [parseSubject(OTHER)], maxPages: 1 });
        const request = { ...REQUEST, seeds: [parseSeed(`s=${OTHER}`)] };
        const budget = { maxTransactions: 1 };
        return (await followWith(context, live, { request, budget })).follow;
      });
    for (const [index, body] of [...NONSENSE, '[]', '[{"spent":true}]'].entries()) {
      lie(/outspends/, body);
      await assert.rejects(follow(`spends ${index}`), { code: 'MALFORMED', hint: /later/ }, body);
    }
    server.mischief = null;
    assert.equal((await follow('spends 0')).transactions, 1, 'the nonsense is not recorded');
    server.mischief = (request, response) => {
      const path = (request.url ?? '').replace('/api', '');
      const rows = path.endsWith('/outspends') ? (server.answer(path) as object[] | undefined) : undefined;
      return rows !== undefined && response.end(JSON.stringify([...rows, { spent: false }])) !== null;
    };
    const { waiting } = await follow('long');
    assert.ok(waiting.length > 0);
    for (const { reason } of waiting)
      assert.match(reason, /cannot say who spends it: it answers about \d+ of \d+ outputs/);
  });

  it('an answer the importer refuses says how to be rid of it, and it works', async () => {
    const path = `/address/${WALLETS[0]}/txs/chain`;
    lie(/txs\/chain$/, JSON.stringify(server.answer(path)).replace(/"value":\d+/, '"value":0.30000000000000004'));
    const hint = /^nothing of this answer was kept in the case; --refresh asks the source again/;
    await assert.rejects(fetched('refused', WALLETS[0]), { code: 'MALFORMED', message: /whole satoshi/, hint });
    server.mischief = null;
    await assert.rejects(fetched('refused', WALLETS[0]), { hint });
    const [[, complete]] = await fetched('refused', WALLETS[0], 'refresh');
    assert.equal(complete, true);
  });

  it('a number of pages that is none is refused before anything is asked', async () => {
    const pages = ['--max-pages', 'abc', '--url', server.url];
    const { status, stderr } = await spoorAsync(folder, ['fetch', WALLETS[0], ...pages]);
    assert.deepEqual([status, stderr.startsWith('spoor: --max-pages is a whole number')], [2, true], stderr);
  });

  it('a refusal is not recorded: with the right key, or when the node has started, the same command asks again', async () => {
    const account = '0x002c93452d54B6d64bfA9879fCaB14a74f1BDD44';
    const refusals: Array<[source: string, subject: string, status: number, body: object]> = [
      ['etherscan', account, 200, { status: '0', message: 'NOTOK', result: 'Missing/Invalid API Key' }],
      ['blockchain-info', POLONIEX, 200, { error: 'maintenance' }],
      ['core-rpc', POLONIEX, 500, { result: null, error: { code: -28, message: 'Loading block index' }, id: 'spoor' }],
    ];
    const page = await loopback(always(200, ''));
    for (const [source, subject, status, body] of refusals) {
      page.handler = always(status, JSON.stringify(body));
      for (const asked of [1, 2]) {
        const args = ['fetch', subject, '--source', source, '--url', page.url, '--per-second', '1000'];
        const { status: exit, stderr } = await spoorAsync(folder, args);
        assert.equal(exit, 7, stderr);
        assert.match(stderr, /^1 requests to/, `${source}, time ${asked}`);
      }
    }
    await page.close();
  });

  it('of every source: a body that is no JSON is no answer where JSON is asked for', async () => {
    const page = await loopback(always(200, '<html>busy</html>'));
    const transport = transportTo(page.url, join(folder, 'page'));
    const question = { path: '/x', finality: 'final', json: true, subject: null } as const;
    await assert.rejects(transport.ask(question), {
      code: 'MALFORMED',
      message: /a page of HTML where JSON is expected: <html>busy/,
    });
    page.handler = always(200, ' {"a":1}\n');
    assert.equal((await transport.ask(question)).bytes.toString(), ' {"a":1}\n');
    await page.close();
  });
});
