/** `fetch` from sources of Ethereum as a user runs it: a key that appears nowhere, who saw what, and explorers with every trap of theirs. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BLOCKSCOUT_HEADERS, BlockscoutSource } from '../../src/chain/ethereum/source-blockscout.ts';
import { EtherscanSource } from '../../src/chain/ethereum/source-etherscan.ts';
import { account, type SpoorError } from '../../src/ledger/index.ts';
import { freshFolder, spoorAsync } from '../support/cli.ts';
import { type Handler, type Loopback, loopback, transportTo } from '../support/loopback.ts';

const WHO = `0x${'ab'.repeat(20)}`;
const OTHER = `0x${'cd'.repeat(20)}`;
const KEY = 'Canary-Key-0123456789abcdef';
const BOUNDS = { from: 0, to: null, maxPages: 50 };

interface Row {
  readonly blockNumber: string;
  readonly [name: string]: string;
}

/** A row of txlist. */
function row(block: number, index: number): Row {
  return {
    blockNumber: String(block),
    timeStamp: String(1_700_000_000 + block),
    hash: `0x${(block * 100_000 + index + 1).toString(16).padStart(64, '0')}`,
    nonce: String(index),
    blockHash: `0x${block.toString(16).padStart(64, '0')}`,
    transactionIndex: String(index),
    from: WHO,
    to: OTHER,
    value: '1000000000000000000',
    gas: '21000',
    gasPrice: '1000000000',
    isError: '0',
    txreceipt_status: '1',
    input: '0x',
    contractAddress: '',
    cumulativeGasUsed: '21000',
    gasUsed: '21000',
    confirmations: '10',
    methodId: '0x',
    functionName: '',
  };
}

/** A server as Etherscan is: windows, pages, 10,000 rows at most, its texts. */
function etherscan(rows: readonly Row[], trouble: (query: URLSearchParams) => object | null = () => null): Handler {
  return (request, response) => {
    const { searchParams: query } = new URL(request.url ?? '', 'http://x');
    const get = (name: string): number => Number(query.get(name));
    const say = (body: object): void => void response.writeHead(200).end(JSON.stringify(body));
    const bad = trouble(query);
    if (bad !== null) return say(bad);
    if (query.has('txhash') && query.has('startblock'))
      return say({ status: '0', message: 'NOTOK', result: 'Error! Invalid parameters' });
    if (get('page') * get('offset') > 10_000)
      return say({ status: '0', message: 'NOTOK', result: 'Result window is too large' });
    const found =
      query.get('action') !== 'txlist'
        ? []
        : rows.filter(
            ({ blockNumber }) => Number(blockNumber) >= get('startblock') && Number(blockNumber) <= get('endblock'),
          );
    const page = found.slice((get('page') - 1) * get('offset'), get('page') * get('offset'));
    if (page.length === 0) return say({ status: '0', message: 'No transactions found', result: [] });
    say({ status: '1', message: 'OK', result: page });
  };
}

describe('explorers of Ethereum', () => {
  let server: Loopback;
  const folder = freshFolder();
  let count = 0;
  before(async () => {
    server = await loopback((_, response) => response.writeHead(500).end());
  });
  after(() => server.close());

  const cache = (): string => {
    count += 1;
    return join(folder, `cache-${count}`);
  };
  const etherscanSource = (where = cache()): EtherscanSource =>
    new EtherscanSource(transportTo(server.url, where, { maxAttempts: 2 }), 1);
  const hashesIn = (bodies: ReadonlyArray<{ bytes: Buffer }>): string[] =>
    bodies.flatMap(({ bytes }) =>
      (JSON.parse(bytes.toString('utf8')) as { result: Row[] }).result.map(({ hash }) => hash),
    );
  const code = (wanted: string) => (error: SpoorError) => error.code === wanted;

  it('Etherscan: 2,500 rows through pages of 1,000, each block whole, each row once; only page 1', async () => {
    // Seven rows a block, so that no page ends with a block.
    const rows = Array.from({ length: 2500 }, (_, index) => row(Math.floor(index / 7), index % 7));
    server.handler = etherscan(rows);
    const where = cache();
    const history = await etherscanSource(where).history(account(WHO), BOUNDS);
    assert.deepEqual(
      hashesIn(history.bodies),
      rows.map(({ hash }) => hash),
    );
    assert.deepEqual([history.transactions, history.complete], [2500, true]);
    assert.ok(server.asked.every((url) => url.includes('page=1&') && !url.includes('txhash')));
    server.asked.length = 0;
    assert.equal((await etherscanSource(where).history(account(WHO), BOUNDS)).transactions, 2500);
    assert.deepEqual(server.asked, []);
  });

  it('Etherscan: a block that fills pages alone is read page by page, and flagged above 10,000 rows', async () => {
    const rows = [row(1, 0), ...Array.from({ length: 2300 }, (_, index) => row(2, index)), row(3, 0)];
    server.handler = etherscan(rows);
    const whole = await etherscanSource().history(account(WHO), BOUNDS);
    assert.deepEqual([hashesIn(whole.bodies).length, whole.complete], [2302, true]);
    server.handler = etherscan([...Array.from({ length: 10_500 }, (_, index) => row(2, index)), row(3, 0)]);
    const cut = await etherscanSource().history(account(WHO), BOUNDS);
    assert.deepEqual([hashesIn(cut.bodies).length, cut.complete], [10_001, false]);
    assert.match(cut.gaps.join(), /block 2 has more rows/);
  });

  it('Etherscan: a timeout halves the range', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => row(index * 10, 0));
    server.handler = etherscan(rows, (query) => {
      if (query.get('module') === 'proxy')
        return { jsonrpc: '2.0', id: 1, result: { number: '0xbb8', hash: `0x${'1'.repeat(64)}` } };
      const span = Number(query.get('endblock')) - Number(query.get('startblock'));
      return span > 1000 && query.get('endblock') !== '99999999'
        ? { status: '0', message: 'NOTOK', result: 'Query Timeout occured. Please select a smaller result dataset' }
        : span > 99_000_000
          ? { status: '0', message: 'NOTOK', result: 'Query Timeout occured. Please select a smaller result dataset' }
          : null;
    });
    const history = await etherscanSource().history(account(WHO), { ...BOUNDS, to: 3000 });
    assert.deepEqual(hashesIn(history.bodies).length, 300);
  });

  it('Etherscan: every text is the error it means', async () => {
    const texts: ReadonlyArray<[string, string]> = [
      ['Invalid API Key', 'UNAUTHORIZED'],
      ['Missing/Invalid API Key', 'UNAUTHORIZED'],
      ['Free API access is not supported for this chain. Please upgrade your api plan', 'UNAUTHORIZED'],
      ['Max rate limit reached, please use API Key for higher rate limit', 'RATE_LIMITED'],
      ['Max calls per sec rate limit reached (3/sec)', 'RATE_LIMITED'],
      ['Result window is too large, PageNo x Offset size must be less than or equal to 10000', 'TOO_LARGE'],
      ['something new', 'SOURCE_FAILED'],
    ];
    for (const [result, wanted] of texts) {
      server.handler = etherscan([], () => ({ status: '0', message: 'NOTOK', result }));
      await assert.rejects(etherscanSource().history(account(WHO), BOUNDS), code(wanted), result);
    }
  });

  it('Etherscan: rows out of order or of other blocks, and HTML, are MALFORMED', async () => {
    for (const result of [[row(5, 0), row(4, 0)], [{ ...row(1, 0), blockNumber: 'x' }]]) {
      server.handler = etherscan([], () => ({ status: '1', message: 'OK', result }));
      await assert.rejects(etherscanSource().history(account(WHO), BOUNDS), code('MALFORMED'));
    }
    server.handler = (_, response) => void response.writeHead(200).end('<html>');
    await assert.rejects(etherscanSource().history(account(WHO), BOUNDS), code('MALFORMED'));
  });

  /** A server as Blockscout is: keyset pages, newest first. */
  const blockscout =
    (
      items: number,
      more: {
        page?: (body: Record<string, unknown>, start: number) => object;
        counted?: number;
        indexed?: boolean;
      } = {},
    ): Handler =>
    (request, response) => {
      const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://x');
      const say = (body: object): void => void response.writeHead(200).end(JSON.stringify(body));
      if (query.has('limit')) return void response.writeHead(422).end('{}');
      assert.equal(request.headers['show-scam-tokens'], 'true');
      if (pathname.endsWith('/counters')) return say({ transactions_count: String(more.counted ?? items) });
      if (pathname.endsWith('/indexing-status'))
        return say({ finished_indexing: more.indexed ?? true, finished_indexing_blocks: true });
      if (!pathname.endsWith('/transactions')) return say({ items: [], next_page_params: null });
      const start = Number(query.get('index') ?? 0);
      const rows = Array.from({ length: Math.min(50, items - start) }, (_, at) => ({
        hash: row(items - start - at, 0).hash,
        block_number: items - start - at,
      }));
      const next =
        start + 50 < items
          ? { block_number: items - start - 50, index: start + 50, items_count: 50, empty: null }
          : null;
      const body = { items: rows, next_page_params: next };
      say(more.page?.(body, start) ?? body);
    };
  const blockscoutSource = (): BlockscoutSource =>
    new BlockscoutSource(
      transportTo(`${server.url}/api/v2`, cache(), { maxAttempts: 1, headers: BLOCKSCOUT_HEADERS }),
      1,
    );

  it('Blockscout: keyset pages go back as they came, nothing is hidden, the count is reconciled', async () => {
    server.handler = blockscout(120);
    const history = await blockscoutSource().history(account(WHO), BOUNDS);
    assert.deepEqual([history.transactions, history.stated, history.complete], [120, 120, true]);
    server.handler = blockscout(120, { counted: 130 });
    const short = await blockscoutSource().history(account(WHO), BOUNDS);
    assert.deepEqual([short.complete, short.gaps.length], [false, 1]);
  });

  it('Blockscout: what is not processed or indexed yet is incomplete, never empty', async () => {
    server.handler = blockscout(10, { indexed: false });
    assert.match((await blockscoutSource().history(account(WHO), BOUNDS)).gaps.join(), /not read all moves/);
    server.handler = blockscout(10, {
      page: () => ({ message: 'Internal transactions for this block have not been processed yet' }),
    });
    const history = await blockscoutSource().history(account(WHO), { ...BOUNDS });
    assert.deepEqual([history.complete, history.transactions], [false, 0]);
  });

  it('Blockscout: a page that leads back, and one without items, are MALFORMED; 404 is an account never seen', async () => {
    server.handler = blockscout(120, { page: (body) => ({ ...body, next_page_params: { index: 0 } }) });
    await assert.rejects(blockscoutSource().history(account(WHO), BOUNDS), code('MALFORMED'));
    server.handler = blockscout(120, { page: () => ({ what: 1 }) });
    await assert.rejects(blockscoutSource().history(account(WHO), BOUNDS), code('MALFORMED'));
    server.handler = (_, response) => void response.writeHead(404).end('{"message":"Not found"}');
    const history = await blockscoutSource().history(account(WHO), BOUNDS);
    assert.deepEqual([history.transactions, history.complete], [0, true]);
  });

  it('the command: a key of the environment is sent, and written nowhere; who saw what is said; a second run asks nothing; offline too', async () => {
    const work = join(folder, 'command');
    mkdirSync(work);
    let shown = '';
    server.handler = (request, response, body) => {
      shown = request.url ?? '';
      etherscan([row(1, 0), row(2, 0)], (query) =>
        query.get('apikey') === KEY
          ? null
          : { status: '0', message: 'NOTOK', result: `Invalid API Key ${query.get('apikey')}` },
      )(request, response, body);
    };
    server.asked.length = 0;
    const command = [
      'fetch',
      WHO,
      '--source',
      'etherscan',
      '--key-query',
      'apikey',
      '--url',
      server.url,
      '--per-second',
      '1000',
    ];
    const args = [...command, '--case', 'c.spoor'];
    const first = await spoorAsync(work, args, { SPOOR_KEY: KEY });
    assert.equal(first.status, 0, first.stderr);
    assert.ok(shown.includes(KEY));
    assert.match(first.stderr, /it was asked about 1 addresses and transactions/);
    assert.ok(first.stderr.toLowerCase().includes(WHO));
    assert.match(first.stdout, /2 transactions, complete/);
    const requests = server.asked.length;
    const second = await spoorAsync(work, [...args, '--json'], { SPOOR_KEY: KEY });
    assert.equal(server.asked.length, requests);
    const document = JSON.parse(second.stdout) as { schema: string; requests: number; subjects: unknown[] };
    assert.deepEqual([document.schema, document.requests, document.subjects.length], ['spoor.fetch/1', 0, 1]);
    const offline = await spoorAsync(work, [...command, '--offline', '--case', 'other.spoor']);
    assert.equal(offline.status, 0, offline.stderr);
    assert.equal(server.asked.length, requests);
    for (const file of filesUnder(work)) {
      const bytes = readFileSync(file);
      const content = file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
      assert.ok(!content.includes(KEY), file);
    }
    for (const { stdout, stderr } of [first, second, offline]) assert.ok(!`${stdout}${stderr}`.includes(KEY));
  });

  it('the command: what is malformed or cannot be asked is refused before any question', async () => {
    server.asked.length = 0;
    const base = ['--url', server.url, '--case', 'refused.spoor'];
    for (const [args, status, words] of [
      [['fetch', '0x12', '--source', 'etherscan'], 2, /account/],
      [['fetch', '--source', 'eth-rpc'], 2, /nothing to fetch/],
      [['fetch', WHO, '--source', 'eth-rpc', '--chain-id', '-4'], 2, /chain-id/],
      [['fetch', '--blocks', '1..2', '--source', 'blockscout'], 2, /eth-rpc/],
      [['fetch', WHO, '--source', 'etherscan', '--cross-check', server.url], 2, /cross-check/],
    ] as const) {
      const outcome = await spoorAsync(folder, [...args, ...base]);
      assert.equal(outcome.status, status, `${args.join(' ')}: ${outcome.stderr}`);
      assert.match(outcome.stderr, words);
    }
    assert.deepEqual(server.asked, []);
  });
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
