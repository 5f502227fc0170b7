/** Two servers of the same facts, one of which lies: every lie is named, none of the liar's answers is kept. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  type CaseContext,
  type CrossCheckDocument,
  caseInfo,
  crossCheck,
  parseSubject,
  withCase,
  withCaseAsync,
} from '../../src/case/index.ts';
import type { ChainSource } from '../../src/chain/bitcoin/index.ts';
import { blockHash } from '../../src/ledger/index.ts';
import { freshFolder, spoorAsync } from '../support/cli.ts';
import { type EsploraServer, esploraServer, servedHash } from '../support/esplora-server.ts';
import { serveWannacry, stillSource, WALLETS } from '../support/live-wannacry.ts';

/** What the test reads and changes of an Esplora transaction. */
interface Served {
  txid: string;
  vout: Array<{ value: number; scriptpubkey_address?: string; scriptpubkey?: string }>;
  vin: Array<{ txid: string; vout: number; prevout: { value: number } }>;
  status: { block_height: number; block_time?: number; block_hash?: string };
}

describe('two sources compared', () => {
  let folder = '';
  let honest: EsploraServer;
  let other: EsploraServer;
  let turn = 0;

  before(async () => {
    folder = freshFolder();
    ({ server: honest } = await serveWannacry(folder));
    other = await withCaseAsync(join(folder, 'whole.spoor'), { create: false }, (context) => esploraServer(context));
  });
  after(() => Promise.all([honest.close(), other.close()]));
  afterEach(() => {
    other.mischief = null;
    honest.mischief = null;
  });

  /** Makes a server tell its transactions differently, wherever they stand. */
  function lie(server: EsploraServer, change: (tx: Served) => Served | null): void {
    server.mischief = (request, response) => {
      const path = (request.url ?? '').replace('/api', '');
      if (!/^\/tx\/\w+$|\/txs\/chain/.test(path)) return false;
      const found = server.answer(path);
      if (found === undefined) return false;
      const told = Array.isArray(found) ? found.flatMap((tx) => change(tx as Served) ?? []) : change(found as Served);
      response.writeHead(told === null ? 404 : 200);
      response.end(told === null ? 'Transaction not found' : JSON.stringify(told));
      return true;
    };
  }

  async function check(
    subjects: readonly string[],
    look: (context: CaseContext) => void = () => undefined,
  ): Promise<CrossCheckDocument> {
    turn += 1;
    return withCaseAsync(join(folder, `check-${turn}.spoor`), { create: true }, async (context) => {
      const a = stillSource(honest, join(folder, `a-${turn}`)).esplora;
      const b = stillSource(other, join(folder, `b-${turn}`)).esplora;
      const request = { subjects: subjects.map((text) => parseSubject(text)), maxPages: 40, blocks: null };
      const document = await crossCheck(context, { a, b }, request);
      look(context);
      return document;
    });
  }

  const hosts = (context: CaseContext): string[] => caseInfo(context).coverage.map(({ host }) => host);

  it('two honest servers agree, and the answers of both are kept', async () => {
    const document = await check([WALLETS[0], WALLETS[1]], (context) => assert.equal(hosts(context).length, 4));
    assert.equal(document.agrees, true);
    assert.deepEqual(document.commonTip, { height: 485_346, a: servedHash(485_346), b: servedHash(485_346) });
    for (const { compared, a, kept, disagreements } of document.subjects) {
      assert.equal(compared, a.stated);
      assert.deepEqual([kept, disagreements], ['both', []]);
    }
  });

  it('names every field that differs in every transaction, and keeps nothing of the second source', async () => {
    const pages = (honest.answer(`/address/${WALLETS[1]}/txs/chain`) as Served[]).filter(({ vin }) => vin.length > 0);
    const [x, y] = pages;
    lie(other, (tx) => {
      if (tx.txid === x.txid)
        return {
          ...tx,
          vout: tx.vout.map((out, at) => (at === 0 ? { ...out, value: out.value - 1 } : out)),
          status: { ...tx.status, block_height: tx.status.block_height + 1 },
        };
      if (tx.txid !== y.txid) return tx;
      const vin = tx.vin.map((input, at) =>
        at === 0
          ? { ...input, txid: 'cd'.repeat(32), vout: 7, prevout: { ...input.prevout, value: input.prevout.value + 5 } }
          : input,
      );
      return { ...tx, vin };
    });
    const document = await check([WALLETS[1], WALLETS[2]], (context) => {
      assert.deepEqual(hosts(context).sort(), [honest, honest, other].map(({ url }) => new URL(url).host).sort());
    });
    assert.equal(document.agrees, false);
    const [disputed, agreed] = document.subjects;
    const wanted = [
      [x.txid, 'height', x.status.block_height, x.status.block_height + 1],
      [x.txid, 'outputs[0].valueSat', x.vout[0].value, x.vout[0].value - 1],
      [y.txid, 'inputs[0].prevTxid', y.vin[0].txid, 'cd'.repeat(32)],
      [y.txid, 'inputs[0].prevVout', y.vin[0].vout, 7],
      [y.txid, 'inputs[0].valueSat', y.vin[0].prevout.value, y.vin[0].prevout.value + 5],
    ];
    const found = disputed.disagreements.map(({ txid, field, a, b }) => [txid, field, a, b]);
    assert.deepEqual([...found].sort(), [...wanted].sort());
    assert.deepEqual([disputed.kept, agreed.kept], ['first', 'both']);
  });

  it('a transaction that one leaves out is a disagreement; a field that one leaves out is not', async () => {
    const [gone] = honest.answer(`/address/${WALLETS[0]}/txs/chain`) as Served[];
    lie(other, (tx) => (tx.txid === gone.txid ? null : { ...tx, status: { ...tx.status, block_time: undefined } }));
    const missing = await check([gone.txid]);
    assert.deepEqual(missing.subjects[0].onlyInA, [{ txid: gone.txid, explained: null }]);
    assert.equal(missing.agrees, false);
    let timed = 0;
    lie(honest, (tx) => {
      if (tx.status.block_time === undefined) timed += 1;
      return { ...tx, status: { ...tx.status, block_time: 1_500_000_000 } };
    });
    lie(other, (tx) => ({ ...tx, status: { ...tx.status, block_time: undefined } }));
    const document = await check([WALLETS[0]]);
    assert.ok(timed > 0);
    assert.equal(document.agrees, true);
    const [{ fieldsOnlyInA, fieldsOnlyInB, compared }] = document.subjects;
    assert.deepEqual([fieldsOnlyInA, fieldsOnlyInB], [[{ field: 'timestampSec', count: compared }], []]);
  });

  it('counts are compared at one tip; at another tip what is above it is explained; another block at the common height is named', async () => {
    const mislead = (height: number, count: number, hash: string | null): void => {
      other.mischief = (request, response) => {
        const path = (request.url ?? '').replace('/api', '');
        const told: Record<string, string> = {
          '/blocks/tip/height': String(height),
          [`/address/${WALLETS[0]}`]: JSON.stringify({ chain_stats: { tx_count: count } }),
          ...(hash === null ? {} : { [`/block-height/${height}`]: hash }),
        };
        if (told[path] === undefined) return false;
        response.end(told[path]);
        return true;
      };
    };
    const { tx_count: real } = (honest.answer(`/address/${WALLETS[0]}`) as { chain_stats: { tx_count: number } })
      .chain_stats;
    mislead(485_346, real + 1, null);
    const counts = await check([WALLETS[0]]);
    assert.deepEqual(counts.subjects[0].disagreements, [{ txid: null, field: 'stated', a: real, b: real + 1 }]);
    mislead(480_000, real + 1, null);
    assert.deepEqual((await check([WALLETS[0]])).subjects[0].disagreements, []);
    mislead(480_000, real, 'ee'.repeat(32));
    const forked = await check([WALLETS[0]]);
    assert.deepEqual(forked.commonTip, { height: 480_000, a: servedHash(480_000), b: 'ee'.repeat(32) });
    assert.equal(forked.agrees, false);
  });

  it('blocks are compared where both sources have them; another hash, and another transaction in it, are named', async () => {
    const line = (value: number): Buffer =>
      Buffer.from(
        `${JSON.stringify({ txid: 'aa'.repeat(32), height: 5, inputs: [{ valueSat: '9' }], outputs: [{ valueSat: String(value) }] })}\n`,
      );
    const source = (values: Record<number, number>, hashes: Record<number, string>): ChainSource => {
      const none = (): Promise<never> => Promise.reject(new Error('not asked'));
      const hash = (height: number) => blockHash(hashes[height] ?? servedHash(height));
      return {
        kind: 'core-rpc',
        host: 'node',
        capabilities: { blocks: true, addressHistory: false, outspends: false, order: 'total' },
        tip: async () => ({ height: 9, hash: hash(9) }),
        blockHash: async (height) => hash(height),
        block: async (asked) => {
          const height = [5, 6, 7].find((at) => hash(at) === asked) ?? -1;
          return { name: `block ${height}`, format: 'spoor', bytes: line(values[height] ?? 8) };
        },
        transaction: none,
        outspends: none,
        history: none,
      };
    };
    const document = await withCaseAsync(join(folder, 'blocks.spoor'), { create: true }, (context) =>
      crossCheck(
        context,
        { a: source({}, {}), b: source({ 6: 7 }, { 7: 'ff'.repeat(32) }) },
        { subjects: [], maxPages: 0, blocks: { from: 5, to: 7 } },
      ),
    );
    assert.deepEqual(
      document.subjects.map(({ subject, compared, disagreements }) => [
        subject,
        compared,
        disagreements.map(({ field }) => field),
      ]),
      [
        ['block 5', 1, []],
        ['block 6', 1, ['outputs[0].valueSat']],
        ['block 7', 0, ['blockHash']],
      ],
    );
    withCase(join(folder, 'blocks.spoor'), { create: false }, (context) =>
      assert.equal(caseInfo(context).transactions, 0),
    );
  });

  it('on the command line: one JSON document, who was asked what by host, the key for the first alone, exit 6 and every line in text', async () => {
    const [x] = honest.answer(`/address/${WALLETS[0]}/txs/chain`) as Served[];
    const keys = { honest: new Set<string>(), other: new Set<string>() };
    const args = (name: string): string[] => [
      'fetch',
      WALLETS[0],
      '--url',
      honest.url,
      '--cross-check',
      other.url,
      '--case',
      `${name}.spoor`,
      '--cache',
      join(folder, name),
      '--per-second',
      '1000',
      '--key-header',
      'x-key',
    ];
    honest.mischief = (request) => {
      keys.honest.add(String(request.headers['x-key']));
      return false;
    };
    other.mischief = (request) => {
      keys.other.add(String(request.headers['x-key']));
      return false;
    };
    const env = { SPOOR_KEY: 'canary-0f9e' };
    const fine = await spoorAsync(folder, [...args('fine'), '--json'], env);
    assert.equal(fine.status, 0, fine.stderr);
    const { schema, agrees, askedAbout } = JSON.parse(fine.stdout);
    assert.deepEqual([schema, agrees], ['spoor.crosscheck/1', true]);
    const [first, second] = [honest, other].map(({ url }) => new URL(url).host);
    assert.deepEqual(
      askedAbout.map(({ host, subjects }: { host: string; subjects: string[] }) => [host, subjects]),
      [
        [first, [WALLETS[0]]],
        [second, [WALLETS[0]]],
      ],
    );
    assert.deepEqual([[...keys.honest], [...keys.other]], [['canary-0f9e'], ['undefined']]);
    for (const host of [first, second])
      assert.match(fine.stderr, new RegExp(`requests to ${host}; it was asked about 1`));
    lie(other, (tx) => (tx.txid === x.txid ? { ...tx, status: { ...tx.status, block_height: 1 } } : tx));
    const wrong = await spoorAsync(folder, args('wrong'), env);
    assert.equal(wrong.status, 6, wrong.stderr);
    assert.match(wrong.stdout, new RegExp(`DISAGREE ${x.txid} height: A ${x.status.block_height}, B 1`));
    assert.match(wrong.stdout, /A and B DISAGREE/);
    const same = [...args('same')];
    same[5] = honest.url;
    assert.equal((await spoorAsync(folder, same, env)).status, 2);
  });
});
