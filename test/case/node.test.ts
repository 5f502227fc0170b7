/**
 * A real node in regtest: the same blocks by RPC, by REST, in raw form, as block files, as other tools would write them, all give the same facts; a chain that
 * is reorganised while it is fetched ends in the state of a fresh build; a server that lies is found out.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type BlocksOutcome,
  bulkTrace,
  type CaseContext,
  caseInfo,
  DEFAULT_CONVENTIONS,
  factLines,
  fetchBlocks,
  fetchSubjects,
  ingestFiles,
  parseBlocks,
  parseSeed,
  parseSubject,
  type Reorganisation,
  type TraceRequest,
  trace,
  traceDocument,
  verifyCase,
  withCase,
  withCaseAsync,
} from '../../src/case/index.ts';
import {
  type BlockVerbosity,
  type ChainSource,
  CoreRestSource,
  CoreRpcSource,
  coreHeaders,
  EsploraSource,
  readBitcoinBytes,
  Transport,
} from '../../src/chain/bitcoin/index.ts';
import { type BlockHash, blockHash, type Txid, txid } from '../../src/ledger/index.ts';
import { RULE_NAMES } from '../../src/taint/index.ts';
import { bitcoindFor, type Node, startNode } from '../support/bitcoind.ts';
import { freshFolder, spoorAsync } from '../support/cli.ts';
import { buildChain, ODD_SCRIPTS, reorganise } from '../support/node-chain.ts';
import { esploraTransactions, etlLines, type NodeBlock } from '../support/node-formats.ts';
import { type Lie, type NodeProxy, nodeProxy } from '../support/node-proxy.ts';
import { tableCounts } from '../support/table-counts.ts';

const AT_ONCE = 8;

type Kind = 'rpc3' | 'rpc2' | 'rpc0' | 'rest' | 'esplora';

describe('a real bitcoind in regtest', function () {
  this.timeout(300_000);
  let folder = '';
  let node: Node;
  let proxy: NodeProxy;
  let tip = 0;
  let facts: readonly string[] = [];

  before(async function () {
    folder = freshFolder();
    node = await startNode(bitcoindFor(this), join(folder, 'node'));
    proxy = await nodeProxy(node);
    tip = await buildChain(node);
  });
  after(async () => {
    await proxy?.close();
    node?.stop();
  });
  afterEach(() => {
    if (proxy !== undefined) proxy.lie = null;
  });

  /** A source over a transport of its own. Through the proxy where a test lies, or asks as Esplora. */
  function open(kind: Kind, cache: string, more: object = {}): { source: ChainSource; transport: Transport } {
    const { viaProxy = kind === 'esplora', ...options } = more as { viaProxy?: boolean };
    const clock = { nowMs: () => 1_700_000_000_000, sleep: () => Promise.resolve(), random: () => 0 };
    const secretHeaders = kind.startsWith('rpc') ? coreHeaders({ cookieFile: node.cookieFile }) : {};
    const transport = new Transport({
      base: { url: viaProxy ? proxy.url : node.url, secretHeaders },
      cacheFolder: join(folder, cache),
      mode: 'live',
      perSecond: 1000,
      clock,
      ...options,
    });
    const sources = {
      rest: () => new CoreRestSource(transport),
      esplora: () => new EsploraSource(transport),
      rpc: () => new CoreRpcSource(transport, { verbosity: Number(kind.slice(3)) as BlockVerbosity }),
    };
    return { source: sources[kind.startsWith('rpc') ? 'rpc' : (kind as 'rest' | 'esplora')](), transport };
  }

  function sync(
    context: CaseContext,
    source: ChainSource,
    range = '0..tip',
    onReorganisation?: (met: Reorganisation) => void,
  ): Promise<BlocksOutcome> {
    const heard = onReorganisation === undefined ? {} : { onReorganisation };
    return fetchBlocks(context, source, { range: parseBlocks(range), network: null, ...heard });
  }

  /** Facts of a new case that a source filled, which must be sound. */
  async function fetched(name: string, source: ChainSource): Promise<string[]> {
    await withCaseAsync(join(folder, `${name}.spoor`), { create: true }, (context) => sync(context, source));
    return withCase(join(folder, `${name}.spoor`), { create: false }, (context) => {
      const { transactions, verified } = caseInfo(context);
      assert.equal(verified, transactions, `${name}: every transaction re-hashes`);
      return [...factLines(context)];
    });
  }

  function factsOf(name: string, files: readonly string[]): string[] {
    return withCase(join(folder, `${name}.spoor`), { create: true }, (context) => {
      ingestFiles(context.store, files, { format: 'auto', network: 'regtest' });
      return [...factLines(context)];
    });
  }

  /** Compares line by line: the difference of whole ledgers would be unreadable. */
  function same(found: readonly string[], wanted: readonly string[]): void {
    const at = found.findIndex((text, index) => text !== wanted[index]);
    if (at >= 0) assert.equal(found[at], wanted[at]);
    assert.equal(found.length, wanted.length);
  }

  function written(name: string, content: string | Buffer): string {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  }

  const hashAt = (height: number): Promise<BlockHash> => node.rpc<string>('getblockhash', height).then(blockHash);

  /** Asks about every height, some at a time: a node refuses more than its work queue holds. */
  async function heights<T>(work: (height: number) => Promise<T>): Promise<T[]> {
    const found: T[] = [];
    for (let from = 0; from <= tip; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, tip + 1 - from);
      found.push(...(await Promise.all(Array.from({ length: count }, (_, index) => work(from + index)))));
    }
    return found;
  }

  it('RPC of verbosity 3, 2 and 0, REST and raw blocks give one ledger, and again from the record with no request', async () => {
    facts = await fetched('rpc3', open('rpc3', 'c-rpc3').source);
    assert.ok(facts.length > 2 * tip);
    for (const kind of ['rpc2', 'rpc0', 'rest', 'esplora'] as const) {
      same(await fetched(kind, open(kind, `c-${kind}`).source), facts);
    }
    for (const kind of ['rpc3', 'rest'] as const) {
      const { source, transport } = open(kind, `c-${kind}`, { mode: 'replay' });
      same(await fetched(`replayed-${kind}`, source), facts);
      assert.equal(transport.requests, 0);
    }
    withCase(join(folder, 'rest.spoor'), { create: false }, (context) => assert.ok(verifyCase(context).ok));
    const types = new Set(
      facts.flatMap((line) => [...line.matchAll(/"scriptPubKey":"([0-9a-f]+)"/g)].map(([, hex]) => hex)),
    );
    for (const [name, script] of Object.entries(ODD_SCRIPTS)) assert.ok(types.has(script), name);
    for (const shape of [/^76a914.{40}88ac$/, /^a914.{40}87$/, /^0014.{40}$/, /^0020.{64}$/, /^5120.{64}$/, /^6a/])
      assert.ok(
        [...types].some((hex) => shape.test(hex as string)),
        String(shape),
      );
  });

  it('a second run asks three short questions and no block', async () => {
    const { source, transport } = open('rpc3', 'c-second');
    await withCaseAsync(join(folder, 'rpc3.spoor'), { create: false }, async (context) => {
      const { fetched: count, already } = await sync(context, source);
      assert.deepEqual([count, already], [0, tip + 1]);
    });
    assert.equal(transport.requests, 3);
  });

  it('block files with and without XOR, raw frames and saved answers give the same ledger', async () => {
    const blocks = await heights(async (height) => {
      const hash = await hashAt(height);
      return { hash, raw: Buffer.from(await node.rpc<string>('getblock', hash, 0), 'hex') };
    });
    const frames = blocks.flatMap(({ raw }) => {
      const head = Buffer.alloc(8);
      head.writeUInt32LE(0xdab5bffa, 0);
      head.writeUInt32LE(raw.length, 4);
      return [head, raw];
    });
    same(factsOf('raw', [written('raw.dat', Buffer.concat(frames))]), facts);
    assert.ok(existsSync(join(node.blocksFolder, 'xor.dat')), 'this node keeps its block files XORed');
    same(factsOf('xored', [join(node.blocksFolder, 'blk00000.dat')]), facts);
    const clear = join(folder, 'clear');
    mkdirSync(clear);
    copyFileSync(join(folder, 'raw.dat'), join(clear, 'blk00000.dat'));
    writeFileSync(join(clear, 'xor.dat'), Buffer.alloc(8));
    same(factsOf('clear', [join(clear, 'blk00000.dat')]), facts);
    const printed = blocks.map(({ hash }) => node.cli('getblock', hash, '2').replace(/\n\s*/g, '')).join('\n');
    same(factsOf('cli', [written('cli.jsonl', printed)]), facts);
  });

  it('one pass over the block and undo files of the node gives the trace of the case made from them', async () => {
    const seeds = Array.from({ length: 8 }, (_, at) => {
      const block = JSON.parse(node.cli('getblock', node.cli('getblockhash', String(at + 1)), '1')) as {
        tx: string[];
      };
      return parseSeed(`L${at % 3}=${block.tx[0]}`, 'regtest');
    });
    const request: TraceRequest = {
      seeds,
      rules: RULE_NAMES,
      limits: { maxHops: null, minSat: null, minShareMillionths: null },
      until: null,
      stopAt: ['coinjoin'],
      conventions: { ...DEFAULT_CONVENTIONS, feeTaint: 'propagate' },
      splitBelowSat: null,
    };
    const file = join(folder, 'one-pass.spoor');
    const facts = factsOf('one-pass', [join(node.blocksFolder, 'blk00000.dat')]);
    assert.ok(facts.length > 0);
    const wanted = withCase(file, { create: false }, (context) => traceDocument(context, trace(context, request)));
    const options = { folder: node.blocksFolder, workers: 1, plain: false, verify: true, until: null };
    const asked = { options, request, packs: [], fromHeight: 0, coins: null, checkpoint: null, clusters: null };
    const found = await bulkTrace(asked);
    assert.deepEqual([found.rules, found.seeds, found.gaps], [wanted.rules, wanted.seeds, wanted.gaps]);
    assert.deepEqual(found.run.tip, wanted.run.tip);
    const moved = found.rules.flatMap(({ holdings }) => holdings).filter(({ hops }) => hops > 0);
    assert.ok(moved.length > 0, 'taint moved');
    assert.deepEqual(await bulkTrace({ ...asked, options: { ...options, plain: true } }), found);
  });

  it('bitcoin-etl rows and Esplora answers made of the blocks give the same ledger, as far as they carry it', async () => {
    const blocks = await heights(async (height) => node.rpc<NodeBlock>('getblock', await hashAt(height), 3));
    const etl = factsOf('etl', [written('etl.jsonl', blocks.flatMap(etlLines).join('\n'))]);
    same(reduced(etl, 'etl'), reduced(facts, 'etl'));
    const esplora = factsOf('esplora-json', [
      written('esplora.json', JSON.stringify(blocks.flatMap(esploraTransactions))),
    ]);
    same(reduced(esplora, 'esplora').sort(), reduced(facts, 'esplora').sort());
  });

  /** Facts without what a format leaves out: bitcoin-etl the coinbase input, witness and parent of a block; Esplora blocks and positions. */
  function reduced(lines: readonly string[], format: 'etl' | 'esplora'): string[] {
    return lines.flatMap((line) => {
      const row = JSON.parse(line) as {
        block?: { prevHash?: string };
        coinbase?: boolean;
        position?: number;
        inputs?: Array<{ witness?: string[] }>;
      };
      if (row.block !== undefined) {
        if (format === 'esplora') return [];
        delete row.block.prevHash;
      }
      if (format === 'esplora') delete row.position;
      else if (row.coinbase === true) row.inputs = [];
      else for (const input of row.inputs ?? []) delete input.witness;
      return [JSON.stringify(row)];
    });
  }

  it('fees are those of getblockstats at every height', async () => {
    const stated = await heights(async (height) => {
      if (height === 0) return 0;
      return (await node.rpc<{ totalfee: number }>('getblockstats', height, ['totalfee'])).totalfee;
    });
    assert.ok(stated.some((feeSat) => feeSat > 0));
    for (const name of ['rpc2', 'rest'])
      withCase(join(folder, `${name}.spoor`), { create: false }, ({ view }) => {
        stated.forEach((feeSat, height) => {
          const { feesSat, complete } = view.blockFees(height);
          assert.deepEqual([feesSat.reduce((sum, fee) => sum + fee, 0), complete], [feeSat, true], `height ${height}`);
        });
      });
  });

  it('single transactions come with the height of their block; unknown ones are null, questions of addresses are refused', async () => {
    const { tx } = await node.rpc<{ tx: string[] }>('getblock', await hashAt(tip), 1);
    const id = txid(tx[1]);
    for (const kind of ['rpc3', 'rest'] as const) {
      const { source } = open(kind, `c-tx-${kind}`);
      await withCaseAsync(join(folder, `tx-${kind}.spoor`), { create: true, network: 'regtest' }, async (context) => {
        await fetchSubjects(context, source, { subjects: [parseSubject(id)], maxPages: 1 });
        const [row] = context.view.findTransactions(id);
        const { height, blockHash: hash } = context.view.transaction(row as never);
        assert.deepEqual([height, hash], [tip, await hashAt(tip)]);
      });
      assert.equal(await source.transaction(txid('1'.repeat(64))), null);
      await assert.rejects(source.outspends(id), { code: 'USAGE', hint: /esplora, electrum/ });
      await assert.rejects(source.history('x' as never, 1), { code: 'USAGE', hint: /esplora/ });
      await assert.rejects(source.blockHash(tip + 5), { code: 'NOT_FOUND' });
      await assert.rejects(source.block(blockHash('1'.repeat(64))), { code: 'NOT_FOUND' });
    }
  });

  describe('a server that does not tell the truth', () => {
    const json = (value: object, status = 200) => ({ status, bytes: Buffer.from(JSON.stringify(value)) });

    /** Lies once the first blocks are in, about the block at height 5; the case keeps what came before. */
    async function found(kind: Kind, lie: Lie, wanted: { code: string | RegExp; message?: RegExp }): Promise<void> {
      const name = `lie-${kind}-${proxy.asked.length}`;
      await withCaseAsync(join(folder, `${name}.spoor`), { create: true }, async (context) => {
        const { source } = open(kind, name, { viaProxy: true, maxAttempts: 2 });
        await sync(context, source, '0..4');
        proxy.lie = lie;
        await assert.rejects(sync(context, source, '0..8'), wanted);
        proxy.lie = null;
        assert.equal(context.view.tip().height, 4);
        assert.equal((await sync(context, source, '0..8')).fetched, 4, 'an honest answer is asked for again');
      });
    }

    /** Changes what `getblock` says of the block at height 5. */
    function ofBlock(change: (block: Record<string, unknown>) => void): Lie {
      return ({ call }, { status, bytes }) => {
        if (call !== 'getblock') return null;
        const answer = JSON.parse(bytes.toString('utf8')) as { result: Record<string, unknown> };
        if (answer.result.height !== 5) return null;
        change(answer.result);
        return json(answer, status);
      };
    }

    it('another parent, another merkle root, another hash, no work', async () => {
      await found(
        'rpc2',
        ofBlock((block) => (block.previousblockhash = '2'.repeat(64))),
        { code: 'HASH_MISMATCH' },
      );
      await found(
        'rpc3',
        ofBlock((block) => (block.merkleroot = '3'.repeat(64))),
        { code: 'HASH_MISMATCH' },
      );
      const other = await node.rpc<NodeBlock>('getblock', await hashAt(tip), 2);
      await found(
        'rpc2',
        ofBlock((block) => (block.tx = other.tx)),
        {
          code: 'HASH_MISMATCH',
          message: /transactions that hash to/,
        },
      );
      await found(
        'rpc2',
        ofBlock((block) => delete block.bits),
        { code: 'MALFORMED' },
      );
      // A header whose own target it does not meet: its hash must be asked for, so the lie is in blockhashbyheight as well.
      const easy = Buffer.from(await node.rpc<string>('getblock', await hashAt(5), 0), 'hex');
      easy.writeUInt32LE(0x1d00ffff, 72);
      const weak = await hashOf(easy);
      await found('rest', ({ path }) => lieOfBlock5(path, weak, easy), { code: 'HASH_MISMATCH', message: /no work/ });
      // A block of a height further up: sound in itself, but it does not follow.
      const stranger = await node.rpc<string>('getblock', await hashAt(7), 0);
      const strangerHash = await hashAt(7);
      await found('rest', ({ path }) => lieOfBlock5(path, strangerHash, Buffer.from(stranger, 'hex')), {
        code: 'SOURCES_DISAGREE',
        message: /does not follow/,
      });
      const asRaw: Lie = ({ path }) =>
        /^\/block\/.*\/raw$/.test(path) ? { status: 200, bytes: Buffer.from(stranger, 'hex') } : null;
      await found('esplora', asRaw, { code: 'HASH_MISMATCH', message: /was asked for block/ });
    });

    function lieOfBlock5(path: string, hash: string, bytes: Buffer) {
      if (path === '/rest/blockhashbyheight/5.json') return json({ blockhash: hash });
      return path === `/rest/block/${hash}.bin` ? { status: 200, bytes } : null;
    }

    async function hashOf(block: Buffer): Promise<string> {
      const { createHash } = await import('node:crypto');
      const once = createHash('sha256').update(block.subarray(0, 80)).digest();
      return createHash('sha256').update(once).digest().reverse().toString('hex');
    }

    it('cut bytes, spent outputs of another count, cut JSON', async () => {
      const cut: Lie = ({ path }, { status, bytes }) =>
        path.startsWith('/rest/block/') ? { status, bytes: bytes.subarray(0, -9) } : null;
      await found('rest', cut, { code: 'MALFORMED' });
      for (const bytes of [Buffer.from([2, 0, 0]), Buffer.from([0]), Buffer.from([1, 1]), Buffer.from([1, 0, 7])]) {
        const wrong: Lie = ({ path }) => (path.startsWith('/rest/spenttxouts/') ? { status: 200, bytes } : null);
        await found('rest', wrong, { code: 'MALFORMED' });
      }
      const { bytes: whole } = await open('rest', 'spent-count').source.block(await hashAt(tip));
      const raw = Buffer.from(await node.rpc<string>('getblock', await hashAt(tip), 0), 'hex');
      // Number of transactions, none for the coinbase, number of inputs of the next: one more, and an empty output to fit.
      const counts = whole.subarray(raw.length, raw.length + 3);
      const more = Buffer.concat([
        raw,
        counts.subarray(0, 2),
        Buffer.from([(counts[2] as number) + 1]),
        Buffer.alloc(9),
      ]);
      const tooMany = Buffer.concat([more, whole.subarray(raw.length + 3)]);
      const options = { format: 'core-rest', network: 'regtest', name: 'x' } as const;
      assert.equal(readBitcoinBytes(whole, options).notes.length, 0);
      assert.throws(() => readBitcoinBytes(tooMany, options), {
        code: 'MALFORMED',
        message: /spent outputs for \d+ inputs/,
      });
      assert.match(String(readBitcoinBytes(raw, options).notes), /without its spent outputs/);
      const short: Lie = ({ call }, { status, bytes }) =>
        call === 'getblock' ? { status, bytes: bytes.subarray(0, -9) } : null;
      await found('rpc3', short, { code: 'MALFORMED' });
    });

    it('pruned, catching up, starting, an old node with status 500, rate limits', async () => {
      const says = (code: number, message: string, status: number): Lie => {
        return ({ call }) =>
          call === 'getblock' ? json({ result: null, error: { code, message }, id: 'spoor' }, status) : null;
      };
      await found('rpc3', says(-1, 'Block not available (pruned data)', 200), { code: 'PRUNED' });
      await found('rpc3', says(-1, 'Block not available (pruned data)', 500), { code: 'PRUNED' });
      await found('rpc3', says(-1, 'Block not available (not fully downloaded)', 500), { code: 'INCOMPLETE' });
      await found('rpc3', says(-28, 'Loading block index...', 500), { code: 'INCOMPLETE' });
      await found('rpc3', says(-5, 'Block not found', 500), { code: 'NOT_FOUND' });
      const pruned: Lie = ({ path }) =>
        path.startsWith('/rest/block/') ? { status: 404, bytes: Buffer.from('x not available (pruned data)') } : null;
      await found('rest', pruned, { code: 'PRUNED' });
      const busy: Lie = () => ({ status: 429, bytes: Buffer.from('slow down') });
      await found('rpc3', busy, { code: 'RATE_LIMITED' });
      const behind: Lie = ({ call, params }, honest) => {
        if (call === 'getblockhash' && params[0] === 5)
          return json({ result: null, error: { code: -8, message: 'Block height out of range' } }, 500);
        if (call !== 'getblockchaininfo') return null;
        const answer = JSON.parse(honest.bytes.toString('utf8')) as { result: { blocks: number } };
        answer.result.blocks = 4;
        return json(answer);
      };
      await found('rpc3', behind, { code: 'INCOMPLETE', message: /4 of \d+ blocks/ });
    });

    it('without an index of transactions it says so, and what to do', async () => {
      const message =
        'No such mempool transaction. Use -txindex or provide a block hash to enable blockchain transaction queries.';
      proxy.lie = ({ call }) => (call === 'getrawtransaction' ? json({ error: { code: -5, message } }) : null);
      const { source } = open('rpc3', 'no-index', { viaProxy: true });
      await assert.rejects(source.transaction(txid('1'.repeat(64)) as Txid), {
        code: 'INCOMPLETE',
        hint: /-txindex=1.*--blocks/,
      });
    });

    it('without undo data it is asked for less, and the case says so', async () => {
      proxy.lie = ({ call, params }) =>
        call === 'getblock' && params[1] === 3
          ? json({ error: { code: -32603, message: "Undo data expected but can't be read." } })
          : null;
      await withCaseAsync(join(folder, 'no-undo.spoor'), { create: true }, async (context) => {
        await sync(context, open('rpc3', 'no-undo', { viaProxy: true }).source, '0..tip');
        same([...factLines(context)], facts);
        assert.ok(caseInfo(context).files.every(({ notes }) => notes.some((note) => /no undo data/.test(note))));
      });
    });

    it('a node that was started again has a new cookie: the file is read again, once', async () => {
      const cookieFile = written('cookie', '__cookie__:of-the-run-before');
      proxy.lie = ({ authorization }) => {
        if (authorization === basic(readFileSync(node.cookieFile, 'utf8'))) return null;
        // The node writes its new cookie while it refuses the old one.
        copyFileSync(node.cookieFile, cookieFile);
        return { status: 401, bytes: Buffer.alloc(0) };
      };
      const transport = new Transport({
        base: { url: proxy.url, secretHeaders: coreHeaders({ cookieFile }) },
        cacheFolder: join(folder, 'cookie-cache'),
        mode: 'live',
      });
      assert.equal((await new CoreRpcSource(transport).tip()).height, tip);
      assert.equal(transport.requests, 2);
      const still = written('wrong-cookie', '__cookie__:never-right');
      proxy.lie = () => ({ status: 401, bytes: Buffer.alloc(0) });
      const refused = new Transport({
        base: { url: proxy.url, secretHeaders: coreHeaders({ cookieFile: still }) },
        cacheFolder: join(folder, 'cookie-cache-2'),
        mode: 'live',
      });
      await assert.rejects(new CoreRpcSource(refused).tip(), { code: 'UNAUTHORIZED', hint: /--cookie-file/ });
      assert.throws(() => coreHeaders({ user: 'only' }), { code: 'USAGE' });
      assert.throws(() => coreHeaders({ cookieFile: join(folder, 'none') }).authorization, { code: 'IO' });
      assert.throws(() => coreHeaders({ cookieFile: written('not-one', 'no colon') }).authorization, { code: 'IO' });
    });

    const basic = (pair: string): string => `Basic ${Buffer.from(pair.trim()).toString('base64')}`;

    it('the password goes out in its header and is found nowhere else', async () => {
      const password = 'canary-b7e02c51';
      const seen = new Set<string | undefined>();
      proxy.lie = async ({ authorization, call, params }) => {
        seen.add(authorization);
        const result = await node.rpc(call, ...params).catch(() => null);
        return json({ result, error: null, id: 'spoor' });
      };
      const args = ['--source', 'core-rpc', '--url', proxy.url, '--cache', join(folder, 'canary-cache')];
      const env = { SPOOR_RPC_USER: 'watcher', SPOOR_RPC_PASSWORD: password };
      const run = ['fetch', '--blocks', '0..3', '--case', 'canary.spoor', '--verbosity', '0', ...args];
      const outcome = await spoorAsync(folder, run, env);
      assert.equal(outcome.status, 0, outcome.stderr);
      assert.match(outcome.stdout, /blocks 0 to 3: 4 fetched, 0 already/);
      proxy.lie = () => ({ status: 401, bytes: Buffer.from('denied') });
      const denied = await spoorAsync(folder, run, env);
      assert.equal(denied.status, 7);
      assert.deepEqual([...seen], [basic(`watcher:${password}`)]);
      const texts = [
        outcome.stdout,
        outcome.stderr,
        denied.stdout,
        denied.stderr,
        bytesOf(join(folder, 'canary.spoor')),
      ];
      for (const entry of readdirSync(join(folder, 'canary-cache'), { recursive: true, withFileTypes: true }))
        if (entry.isFile()) texts.push(bytesOf(join(entry.parentPath, entry.name)));
      for (const text of texts)
        for (const secret of [password, basic(`watcher:${password}`).slice(6)]) assert.ok(!text.includes(secret));
    });

    function bytesOf(path: string): string {
      const bytes = readFileSync(path);
      return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
    }

    it('what cannot be asked is refused before anything is', async () => {
      const before = proxy.asked.length;
      const args = ['--source', 'core-rpc', '--url', proxy.url, '--case', 'refused.spoor'];
      for (const wrong of [[], ['--blocks', '5..2'], ['--blocks', '0..3', '--verbosity', '1']])
        assert.equal((await spoorAsync(folder, ['fetch', ...wrong, ...args])).status, 2, wrong.join(' '));
      assert.equal(proxy.asked.length, before);
      for (const text of ['1-2', '..5', '3..tip+1', '3..', 'x..y'])
        assert.throws(() => parseBlocks(text), { code: 'USAGE' });
    });
  });

  describe('a chain that is reorganised', () => {
    /** Facts and rows of a case, which must be sound; rows of files are left out where the files are others. */
    function stateOf(context: CaseContext, withFiles: boolean): { lines: string[]; rows: Record<string, number> } {
      const { ok, checks } = verifyCase(context);
      assert.ok(ok, JSON.stringify(checks.filter((check) => !check.ok)));
      const { body, file, ...rows } = tableCounts(context.store);
      return {
        lines: [...factLines(context)],
        rows: withFiles ? ({ body, file, ...rows } as Record<string, number>) : rows,
      };
    }

    /** A new case of the node's chain as it is now, from one file of raw blocks, or block by block from a source. */
    async function freshBuild(name: string, source: ChainSource | null): Promise<ReturnType<typeof stateOf>> {
      const path = join(folder, `${name}.spoor`);
      if (source === null) {
        tip = await node.rpc('getblockcount');
        const blocks = await heights(async (height) => node.rpc<string>('getblock', await hashAt(height), 0));
        withCase(path, { create: true }, ({ store }) => {
          const answers = blocks.map((hex) => JSON.stringify(hex)).join('\n');
          ingestFiles(store, [written(`${name}.jsonl`, answers)], { format: 'bitcoin-core', network: 'regtest' });
        });
      } else await withCaseAsync(path, { create: true }, (context) => sync(context, source));
      return withCase(path, { create: false }, (context) => stateOf(context, source !== null));
    }

    it('by 1 to 10 blocks between two runs ends in the state of a fresh build', async () => {
      const path = join(folder, 'reorg.spoor');
      await withCaseAsync(path, { create: true }, async (context) => {
        await sync(context, open('rest', 'c-reorg').source);
        for (let depth = 1; depth <= 10; depth += 1) {
          const before = await node.rpc<number>('getblockcount');
          const height = await reorganise(node, depth);
          const met: number[] = [];
          const source = open('rest', 'c-reorg').source;
          const { fetched: count } = await sync(context, source, '0..tip', (reorg) =>
            met.push(reorg.depth, reorg.height),
          );
          assert.deepEqual([met, count], [[depth, before - depth], height - (before - depth)]);
          if (![1, 10].includes(depth)) continue;
          const source10 = depth === 10 ? open('rest', 'c-fresh').source : null;
          const wanted = await freshBuild(`fresh-${depth}`, source10);
          const found = stateOf(context, source10 !== null);
          same(found.lines, wanted.lines);
          assert.deepEqual(found.rows, wanted.rows);
        }
      });
    });

    it('in the middle of a run ends in the state of a fresh build, and the run below the range is fetched again', async () => {
      const honest = open('rpc3', 'c-mid').source;
      const tipBefore = await node.rpc<number>('getblockcount');
      let turned = false;
      const turning: ChainSource = Object.create(honest, {
        blockHash: {
          value: async (height: number) => {
            if (height === tipBefore - 1 && !turned) {
              turned = true;
              await reorganise(node, 5);
            }
            return honest.blockHash(height);
          },
        },
      });
      await withCaseAsync(join(folder, 'mid.spoor'), { create: true }, async (context) => {
        const met: number[] = [];
        await sync(context, turning, `${tipBefore - 12}..tip`, (reorg) => met.push(reorg.depth));
        assert.deepEqual(met, [3], 'the blocks at -4 to -2 were in, and went');
        await reorganise(node, 3);
        const { reorganisations } = await sync(context, honest, `${await node.rpc<number>('getblockcount')}..tip`);
        assert.equal(reorganisations.length, 1);
        const wanted = withCaseAsync(join(folder, 'mid-fresh.spoor'), { create: true }, async (fresh) => {
          await sync(fresh, open('rpc3', 'c-mid-fresh').source, `${tipBefore - 12}..tip`);
          return stateOf(fresh, true);
        });
        const found = stateOf(context, true);
        same(found.lines, (await wanted).lines);
        assert.deepEqual(found.rows, (await wanted).rows);
      });
    });

    it('files are still refused where they hold two blocks at one height', async () => {
      const path = join(folder, 'two.spoor');
      const old = await node.rpc<string>('getblock', await hashAt(await node.rpc('getblockcount')), 3);
      await reorganise(node, 1);
      const height = (old as unknown as { height: number }).height;
      const now = await node.rpc<object>('getblock', await hashAt(height), 3);
      withCase(path, { create: true }, ({ store }) => {
        ingestFiles(store, [written('old.json', JSON.stringify(old))], { format: 'bitcoin-core', network: 'regtest' });
        assert.throws(
          () =>
            ingestFiles(store, [written('now.json', JSON.stringify(now))], {
              format: 'bitcoin-core',
              network: 'regtest',
            }),
          { code: /SOURCES_DISAGREE|LEDGER_INVALID/ },
        );
      });
    });
  });

  it('a key of the wrong length is refused, a wrong key does not pass silently', () => {
    for (const [key, code] of [
      [Buffer.alloc(7, 1), 'MALFORMED'],
      [Buffer.alloc(8, 0x55), /MALFORMED|FORMAT_UNKNOWN/],
    ] as const) {
      const bad = join(folder, `bad-${key.length}`);
      mkdirSync(bad);
      const bytes = readFileSync(join(node.blocksFolder, 'blk00000.dat')).subarray(0, 100_000);
      writeFileSync(join(bad, 'blk00000.dat'), bytes);
      writeFileSync(join(bad, 'xor.dat'), key);
      assert.throws(() => factsOf(`bad-${key.length}`, [join(bad, 'blk00000.dat')]), { code });
    }
  });
});
