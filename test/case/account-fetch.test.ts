/**
 * A real node into a case: the same effects by every way of asking, balances to the wei at every block, reorganisations, resumption and replay.
 *
 * Rules of the node as they are met here: the base fee is burned, the tip goes to the fee recipient at once, there is no reward for a block, and no withdrawals.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  accountFactsDigest,
  balancesDocument,
  type CaseContext,
  fetchAccountBlocks,
  fetchAccountSubjects,
  ingestFiles,
  parseAccountSubject,
  withCaseAsync,
} from '../../src/case/index.ts';
import { EthRpcSource } from '../../src/chain/ethereum/source-eth-rpc.ts';
import { readAccountBytes } from '../../src/chain/ethereum/source-file.ts';
import type { TransportOptions } from '../../src/chain/transport/options.ts';
import {
  type AccountTransactionRecord,
  blockEffects,
  type Effect,
  effectsOf,
  NATIVE,
  type SpoorError,
} from '../../src/ledger/index.ts';
import { accountHashAt, accountTransactions } from '../../src/store/index.ts';
import { type Anvil, anvilOrSkip, startAnvil } from '../support/anvil.ts';
import { type AnvilChain, buildAnvilChain, FEE_RECIPIENT } from '../support/anvil-chain.ts';
import { freshFolder } from '../support/cli.ts';
import { writeEtlRows } from '../support/etl-rows.ts';
import { transportTo } from '../support/loopback.ts';
import { type RpcProxy, refused, rpcProxy } from '../support/rpc-proxy.ts';

describe('a node into a case', () => {
  let anvil: Anvil;
  let chain: AnvilChain;
  let proxy: RpcProxy;
  const folder = freshFolder();
  let caseCount = 0;

  before(async function () {
    anvil = await startAnvil(anvilOrSkip(this));
    chain = await buildAnvilChain(anvil);
    await anvil.rpc('anvil_mine', '0xa0');
    proxy = await rpcProxy(anvil);
  });
  after(async () => {
    await proxy?.close();
    await anvil?.stop();
  });
  beforeEach(() => proxy.honest());

  const opened = (cache: string, more: Partial<TransportOptions> = {}): EthRpcSource =>
    new EthRpcSource(transportTo(proxy.url, join(folder, cache), { maxAttempts: 1, ...more }), null);
  const inCase = <T>(work: (context: CaseContext) => Promise<T>, file?: string): Promise<T> => {
    caseCount += 1;
    return withCaseAsync(file ?? join(folder, `${caseCount}.spoor`), { create: true }, work);
  };
  const range = (to = chain.tip) => ({ from: 0, to, fromTip: false });
  const without = (...methods: string[]): void => {
    proxy.lie = (asked) =>
      methods.some((name) => asked.method.startsWith(name)) ? refused(asked, -32601, 'Method not found') : undefined;
  };
  const recordsOf = ({ store }: CaseContext): AccountTransactionRecord[] => [...accountTransactions(store)];
  /** Effects of each transaction by its hash: in their order, and by asset where that is all that is known. */
  const effectsByHash = (context: CaseContext): Map<string, string[]> =>
    new Map(
      recordsOf(context).map((record) => {
        const words = effectsOf(record, null).effects.map(
          ({ kind, asset, from, to, amount }) => `${asset} ${kind} ${from} ${to} ${amount}`,
        );
        return [String(record.hash), words];
      }),
    );
  const perAsset = (effects: Map<string, string[]>): Map<string, string[]> =>
    new Map(
      [...effects].map(([hash, words]) => [
        hash,
        [...words].sort((a, b) => (a.slice(0, 42) < b.slice(0, 42) ? -1 : a.slice(0, 42) > b.slice(0, 42) ? 1 : 0)),
      ]),
    );

  it('callTracer, trace_block and tables of ethereum-etl give the same effects', async () => {
    const fetched = async (cache: string): Promise<Map<string, string[]>> =>
      inCase(async (context) => {
        const outcome = await fetchAccountBlocks(context, opened(cache), { range: range(), balances: false });
        assert.equal(outcome.fetched, chain.tip + 1);
        return effectsByHash(context);
      });
    const byCalls = await fetched('calls');
    without('debug_');
    const byTraces = await fetched('traces');
    assert.ok(byCalls.size > 40);
    assert.deepEqual([...perAsset(byTraces)].sort(), [...perAsset(byCalls)].sort());
    const paths = await writeEtlRows(anvil, join(folder, 'etl'), { from: 0, to: chain.tip });
    const byTables = await inCase(async (context) => {
      ingestFiles(context.store, paths, { format: 'auto', network: null, chainId: 31337 });
      return effectsByHash(context);
    });
    assert.deepEqual([...perAsset(byTables)].sort(), [...perAsset(byCalls)].sort());
  });

  it('ots gives the same effects where nothing was undone inside a transaction; where it was, balances show it', async () => {
    const byCalls = await inCase(async (context) => {
      await fetchAccountBlocks(context, opened('calls'), { range: range(), balances: false });
      return effectsByHash(context);
    });
    without('debug_', 'trace_');
    await inCase(async (context) => {
      const outcome = await fetchAccountBlocks(context, opened('ots'), { range: range(), balances: false });
      assert.match(outcome.notes.join(), /balances must prove them/);
      const differing = [...effectsByHash(context)].filter(
        ([hash, words]) => [...words].sort().join() !== [...(byCalls.get(hash) ?? [])].sort().join(),
      );
      const names = Object.entries(chain.did).filter(([, hash]) => differing.some(([other]) => other === hash));
      // Both undo a move inside of themselves, and the node lists it all the same.
      assert.deepEqual(names.map(([name]) => name).sort(), ['Factory.makeFailing', 'Fan.surviveRevert']);
    });
  });

  it('balances replayed from effects are those of the node, to the wei, for every account at every block', async () => {
    await inCase(async (context) => {
      await fetchAccountBlocks(context, opened('calls'), { range: range(), balances: false });
      const records = recordsOf(context);
      const accounts = new Set<string>([FEE_RECIPIENT]);
      for (const record of records)
        for (const { from, to, asset } of effectsOf(record, null).effects)
          if (asset === NATIVE) for (const one of [from, to]) if (one !== null) accounts.add(one);
      const held = new Map<string, bigint>();
      const balance = async (who: string, height: number): Promise<bigint> =>
        BigInt(await anvil.rpc<string>('eth_getBalance', who, `0x${height.toString(16)}`));
      for (const who of accounts) held.set(who, await balance(who, 0));
      const apply = ({ asset, from, to, amount }: Effect): void => {
        if (asset !== NATIVE) return;
        if (from !== null) held.set(from, (held.get(from) ?? 0n) - amount);
        if (to !== null) held.set(to, (held.get(to) ?? 0n) + amount);
      };
      for (let height = 1; height <= chain.tip; height += 1) {
        for (const record of records.filter(({ blockNumber }) => blockNumber === height))
          effectsOf(record, FEE_RECIPIENT as Parameters<typeof effectsOf>[1]).effects.forEach(apply);
        for (const who of accounts)
          assert.equal(held.get(who), await balance(who, height), `${who} at block ${height}`);
      }
      assert.ok(accounts.size > 25);
    });
  });

  it('with balances every stated one agrees but those of the token that keeps a fee, which are adjustments', async () => {
    await inCase(async (context) => {
      const outcome = await fetchAccountBlocks(context, opened('balances'), { range: range(), balances: true });
      assert.ok(outcome.balances > 200);
      const { balances, counted } = balancesDocument(context, null);
      const adjusted = balances.filter(({ adjustments }) => adjustments.length > 0);
      assert.ok(counted.balances >= balances.length);
      assert.deepEqual(
        adjusted
          .filter(({ asset }) => asset.toLowerCase() !== chain.contracts.FeeToken)
          .map(({ account, asset }) => `${account} ${asset}`),
        [],
      );
      // 500 sent, a hundredth kept: the receiver has 5 less than the event says.
      const helper = adjusted.find(({ account }) => account.toLowerCase() === chain.people.helper);
      assert.equal(helper?.adjustments[0]?.difference, '-5');
    });
  });

  it('a second run asks for nothing, and a replay without network makes the same case', async () => {
    const file = join(folder, 'twice.spoor');
    const first = await inCase(async (context) => {
      await fetchAccountBlocks(context, opened('balances'), { range: range(), balances: true });
      return accountFactsDigest(context.store);
    }, file);
    proxy.honest();
    await inCase(async (context) => {
      const outcome = await fetchAccountBlocks(context, opened('balances'), { range: range(), balances: true });
      assert.deepEqual([outcome.fetched, outcome.already], [0, chain.tip + 1]);
      assert.deepEqual(proxy.methods, []);
      assert.equal(accountFactsDigest(context.store), first);
    }, file);
    await inCase(async (context) => {
      await fetchAccountBlocks(context, opened('balances', { mode: 'replay' }), { range: range(), balances: true });
      assert.equal(accountFactsDigest(context.store), first);
    });
    assert.deepEqual(proxy.methods, []);
  });

  it('a run that was cut off goes on where it ended', async () => {
    const file = join(folder, 'cut.spoor');
    proxy.lie = (asked, honest) =>
      asked.method === 'eth_getBlockByNumber' && asked.params[0] === '0xa'
        ? refused(asked, -32000, 'going down')
        : honest;
    await assert.rejects(
      inCase((context) => fetchAccountBlocks(context, opened('cut'), { range: range(12), balances: false }), file),
      (error: SpoorError) => error.code === 'SOURCE_FAILED',
    );
    proxy.honest();
    await inCase(async (context) => {
      const outcome = await fetchAccountBlocks(context, opened('cut'), { range: range(12), balances: false });
      assert.deepEqual([outcome.already, outcome.fetched], [10, 3]);
    }, file);
  });

  it('a node of another chain is refused before anything is asked of it', async () => {
    await inCase(async (context) => {
      await fetchAccountBlocks(context, opened('calls'), { range: range(3), balances: false });
      proxy.lie = (asked, honest) => (asked.method === 'eth_chainId' ? { ...honest, result: '0x1' } : undefined);
      const other = new EthRpcSource(transportTo(proxy.url, join(folder, 'other'), { maxAttempts: 1 }), 31337);
      await assert.rejects(
        fetchAccountBlocks(context, other, { range: range(5), balances: false }),
        (error: SpoorError) => error.code === 'SOURCES_DISAGREE',
      );
    });
  });

  it('accounts and transactions by name; their bodies are records', async () => {
    await inCase(async (context) => {
      const source = opened('subjects');
      const subjects = [`${chain.people.thief}@0..${chain.tip}`, chain.did['Fan.split']].map(parseAccountSubject);
      const [thief, split] = await fetchAccountSubjects(context, source, { subjects, maxPages: 10, balances: false });
      assert.deepEqual([thief.complete, split.transactions], [true, 1]);
      const found = recordsOf(context).find(({ hash }) => hash === chain.did['Fan.split']);
      assert.equal(found?.internal?.length, 3);
      await assert.rejects(
        fetchAccountSubjects(context, source, {
          subjects: [parseAccountSubject(`0x${'9'.repeat(64)}`)],
          maxPages: 1,
          balances: false,
        }),
        (error: SpoorError) => error.code === 'NOT_FOUND',
      );
    });
  });

  /** The last six blocks are others when this returns: a process of its own asks, because the run must not go on meanwhile. */
  function reorganise(url: string): void {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'anvil_reorg', params: [6, []] });
    const ask = `fetch(${JSON.stringify(url)}, { method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(body)} })
      .then((answer) => answer.json()).then((answer) => process.exit(answer.error === undefined ? 0 : 1));`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', ask], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }

  describe('a reorganisation', () => {
    let own: Anvil;
    let ownProxy: RpcProxy;

    before(async function () {
      own = await startAnvil(anvilOrSkip(this));
      await buildAnvilChain(own);
      ownProxy = await rpcProxy(own);
    });
    after(async () => {
      await ownProxy?.close();
      await own?.stop();
    });

    it('is met in the middle of a run: the case is rolled back, and ends as a fresh one would', async () => {
      const source = (cache: string): EthRpcSource =>
        new EthRpcSource(transportTo(ownProxy.url, join(folder, cache)), null);
      const digest = await inCase(async (context) => {
        const met: number[] = [];
        let reorged = false;
        const outcome = await fetchAccountBlocks(context, source('reorg'), {
          range: { from: 0, to: 0, fromTip: true },
          balances: false,
          onBlock: (height) => {
            if (height === 20 && !reorged) {
              reorged = true;
              reorganise(own.url);
            }
          },
          onReorganisation: ({ height }) => void met.push(height),
        });
        assert.deepEqual(outcome.reorganisations.length, 1);
        assert.deepEqual(met, [17]);
        const tip = await own.rpc<{ hash: string; number: string }>('eth_getBlockByNumber', 'latest', false);
        assert.equal(accountHashAt(context.store, Number(tip.number)), tip.hash);
        return accountFactsDigest(context.store);
      });
      const fresh = await inCase(async (context) => {
        await fetchAccountBlocks(context, source('fresh'), {
          range: { from: 0, to: 0, fromTip: true },
          balances: false,
        });
        return accountFactsDigest(context.store);
      });
      assert.equal(digest, fresh);
    });
  });

  it('credits at the end of a block are none on this node', async () => {
    const { body } = await opened('calls').block(5);
    const { blocks } = readAccountBytes(body.bytes, { name: body.name, format: 'ethereum-rpc', chainId: body.chainId });
    assert.deepEqual(
      blocks.flatMap(({ block }) => blockEffects(block)),
      [],
    );
  });
});
