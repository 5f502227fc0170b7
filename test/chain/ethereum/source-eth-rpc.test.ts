/** A node over JSON-RPC: what it is asked, what is recorded, what it falls back on, and every lie it can tell found or labelled. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { collectLogs } from '../../../src/chain/ethereum/source-eth-logs.ts';
import { EthRpcSource } from '../../../src/chain/ethereum/source-eth-rpc.ts';
import { EthRpcClient } from '../../../src/chain/ethereum/source-rpc-client.ts';
import type { TransportOptions } from '../../../src/chain/transport/options.ts';
import { account, accountHash, asset, NATIVE, SpoorError } from '../../../src/ledger/index.ts';
import { type Anvil, anvilOrSkip, startAnvil } from '../../support/anvil.ts';
import { type AnvilChain, buildAnvilChain } from '../../support/anvil-chain.ts';
import { freshFolder } from '../../support/cli.ts';
import { transportTo } from '../../support/loopback.ts';
import { type Asked, about, type Envelope, type RpcProxy, refused, rpcProxy } from '../../support/rpc-proxy.ts';

const SWAP_BLOCK = 13;
const DELEGATION_BLOCK = 22;
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

describe('eth-rpc', () => {
  let anvil: Anvil;
  let chain: AnvilChain;
  let proxy: RpcProxy;

  before(async function () {
    anvil = await startAnvil(anvilOrSkip(this));
    chain = await buildAnvilChain(anvil);
    // The node calls what lies 64 blocks down final.
    await anvil.rpc('anvil_mine', '0x50');
    proxy = await rpcProxy(anvil);
  });
  after(async () => {
    await proxy?.close();
    await anvil?.stop();
  });
  beforeEach(() => proxy.honest());

  const opened = (folder: string, more: Partial<TransportOptions> = {}): EthRpcSource =>
    new EthRpcSource(transportTo(proxy.url, folder, { maxAttempts: 2, ...more }), 31337);
  const linesOf = ({ bytes }: { bytes: Buffer }): Array<{ method: string; answer: Envelope }> =>
    bytes
      .toString('utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const fails = async (work: Promise<unknown>, code: string, words: RegExp): Promise<void> => {
    await assert.rejects(work, (error) => {
      assert.ok(error instanceof SpoorError, String(error));
      assert.equal(
        `${error.code}: ${error.message}`.match(words) !== null && error.code,
        code,
        `${error.code}: ${error.message}`,
      );
      return true;
    });
  };

  describe('blocks', () => {
    it('come as header with transactions, receipts, and traces with logs, proved; nothing of a final one is asked twice', async () => {
      const folder = freshFolder();
      const source = opened(folder);
      assert.equal((await source.tip()).finalHeight, chain.tip + 80 - 64);
      const answer = await source.block(SWAP_BLOCK);
      assert.deepEqual(
        linesOf(answer.body).map(({ method }) => method),
        ['eth_getBlockByNumber', 'eth_getBlockReceipts', 'debug_traceBlockByHash'],
      );
      assert.deepEqual(
        { proved: answer.proved, traced: answer.traced, notes: answer.body.notes },
        { proved: true, traced: 'debug_traceBlock', notes: [] },
      );
      proxy.honest();
      const again = opened(folder);
      await again.tip();
      assert.deepEqual((await again.block(SWAP_BLOCK)).body.bytes, answer.body.bytes);
      assert.deepEqual(proxy.methods, ['eth_getBlockByNumber', 'eth_getBlockByNumber']);
      const replayed = opened(folder, { mode: 'replay' });
      assert.deepEqual((await replayed.block(SWAP_BLOCK)).body.bytes, answer.body.bytes);
    });

    it('a block that may still change is asked for again', async () => {
      const folder = freshFolder();
      const source = opened(folder);
      const { height } = await source.tip();
      await source.block(height);
      proxy.honest();
      const again = opened(folder);
      await again.tip();
      await again.block(height);
      assert.equal(proxy.methods.filter((method) => method === 'eth_getBlockByNumber').length, 3);
    });

    it('receipts come one by one where the node has no eth_getBlockReceipts, in batches as long as it takes', async () => {
      proxy.lie = about('eth_getBlockReceipts', (asked) =>
        refused(asked, -32601, 'the method eth_getBlockReceipts does not exist'),
      );
      proxy.raw = (asked, response) => {
        if (!Array.isArray(asked) || asked.length <= 2) return false;
        response
          .writeHead(200)
          .end(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32600, message: 'batch too large' } }));
        return true;
      };
      proxy.batch = (answers) => [...answers].reverse();
      const answer = await opened(freshFolder()).block(10);
      assert.deepEqual(
        linesOf(answer.body).map(({ method }) => method),
        [
          'eth_getBlockByNumber',
          ...Array.from({ length: 5 }, () => 'eth_getTransactionReceipt'),
          'debug_traceBlockByHash',
        ],
      );
      assert.equal(answer.proved, true);
    });

    it('traces come by trace_block, then by ots, and then not at all; each is said', async () => {
      const none = (...methods: string[]): void => {
        proxy.lie = (asked) =>
          methods.some((name) => asked.method.startsWith(name))
            ? refused(asked, -32601, 'Method not found')
            : undefined;
      };
      none('debug_');
      assert.equal((await opened(freshFolder()).block(SWAP_BLOCK)).traced, 'trace_block');
      none('debug_', 'trace_');
      const ots = await opened(freshFolder()).block(SWAP_BLOCK);
      assert.deepEqual([ots.traced, ots.body.notes.length], ['ots', 1]);
      none('debug_', 'trace_', 'ots_');
      const bare = await opened(freshFolder()).block(SWAP_BLOCK);
      assert.deepEqual([bare.traced, linesOf(bare.body).length], [null, 2]);
      assert.match(bare.body.notes.join(), /does not trace/);
    });

    it('a trace that takes too long is asked for transaction by transaction, and is INCOMPLETE, never empty', async () => {
      const late =
        (method: string): ((asked: Asked) => Envelope | undefined) =>
        (asked) =>
          asked.method.startsWith(method) ? refused(asked, -32000, 'execution timeout') : undefined;
      proxy.lie = late('debug_traceBlock');
      const answer = await opened(freshFolder()).block(DELEGATION_BLOCK);
      assert.equal(linesOf(answer.body).filter(({ method }) => method === 'debug_traceTransaction').length, 2);
      proxy.lie = (asked) => late('debug_')(asked) ?? late('trace_')(asked);
      await fails(opened(freshFolder()).block(DELEGATION_BLOCK), 'INCOMPLETE', /execution timeout/);
    });

    it('history the node has dropped is PRUNED, with what to do', async () => {
      for (const method of ['eth_getBlockByNumber', 'eth_getBlockReceipts', 'debug_traceBlockByHash']) {
        proxy.lie = about(method, (asked) => refused(asked, 4444, 'pruned history unavailable'));
        await fails(opened(freshFolder()).block(SWAP_BLOCK), 'PRUNED', /pruned history/);
      }
    });

    it('a node without finality says so with -39001, and nothing is kept as final', async () => {
      proxy.lie = (asked, honest) =>
        asked.params[0] === 'finalized' ? refused(asked, -39001, 'Unknown block') : honest;
      assert.equal((await opened(freshFolder()).tip()).finalHeight, null);
    });

    it('"too often" inside a body with status 200 is asked again later', async () => {
      let times = 0;
      proxy.raw = (asked, response) => {
        times += 1;
        if (times > 1) return false;
        const { id } = asked as Asked;
        response
          .writeHead(200)
          .end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: 429, message: 'compute units exceeded' } }));
        return true;
      };
      assert.equal(await opened(freshFolder()).chainId(), 31337);
      proxy.raw = (asked, response) => {
        response
          .writeHead(200)
          .end(JSON.stringify({ jsonrpc: '2.0', id: (asked as Asked).id, error: { code: 429, message: 'no' } }));
        return true;
      };
      await fails(opened(freshFolder()).chainId(), 'RATE_LIMITED', /429/);
    });
  });

  describe('lies', () => {
    type Result = Record<string, unknown>;
    const inResult = (method: string, change: (result: Result & Result[]) => unknown): void => {
      proxy.lie = about(method, (_, honest) => {
        const result = structuredClone(honest.result) as Result & Result[];
        return { ...honest, result: change(result) ?? result };
      });
    };
    const first = (list: unknown): Result => (list as Result[])[0];
    const cases: ReadonlyArray<
      [what: string, method: string, change: (result: Result & Result[]) => unknown, code: string]
    > = [
      ['another chain', 'eth_chainId', () => '0x1', 'SOURCES_DISAGREE'],
      ['a chain id that is no number', 'eth_chainId', () => 'ethereum', 'MALFORMED'],
      [
        'another block',
        'eth_getBlockByNumber',
        (block) => {
          block.number = '0x1';
        },
        'MALFORMED',
      ],
      [
        'a wrong hash',
        'eth_getBlockByNumber',
        (block) => {
          block.hash = `0x${'77'.repeat(32)}`;
        },
        'HASH_MISMATCH',
      ],
      [
        'a huge value',
        'eth_getBlockByNumber',
        (block) => {
          first(block.transactions).value = `0x${'f'.repeat(80)}`;
        },
        'HASH_MISMATCH',
      ],
      [
        'a value that is a float',
        'eth_getBlockByNumber',
        (block) => {
          first(block.transactions).value = 1e21;
        },
        'HASH_MISMATCH',
      ],
      [
        'a list cut short',
        'eth_getBlockByNumber',
        (block) => void (block.transactions as unknown[]).pop(),
        'HASH_MISMATCH',
      ],
      [
        'a transaction twice',
        'eth_getBlockByNumber',
        (block) => void (block.transactions as unknown[]).push(first(block.transactions)),
        'HASH_MISMATCH',
      ],
      ['receipts cut short', 'eth_getBlockReceipts', (list) => void list.pop(), 'HASH_MISMATCH'],
      ['receipts in another order', 'eth_getBlockReceipts', (list) => void list.reverse(), 'HASH_MISMATCH'],
      ['a log left out', 'eth_getBlockReceipts', (list) => void (list[0].logs as unknown[]).pop(), 'HASH_MISMATCH'],
      ['traces cut short', 'debug_traceBlockByHash', (list) => void list.pop(), 'HASH_MISMATCH'],
      ['traces in another order', 'debug_traceBlockByHash', (list) => void list.reverse(), 'HASH_MISMATCH'],
      ['no traces at all', 'debug_traceBlockByHash', () => [], 'HASH_MISMATCH'],
      [
        'a trace with another value',
        'debug_traceBlockByHash',
        (list) => {
          (list[0].result as Result).value = '0x9';
        },
        'HASH_MISMATCH',
      ],
      [
        'a trace of a failure',
        'debug_traceBlockByHash',
        (list) => {
          (list[0].result as Result).error = 'reverted';
        },
        'HASH_MISMATCH',
      ],
      [
        'a trace without a subtree that made logs',
        'debug_traceBlockByHash',
        (list) => {
          (list[0].result as Result).calls = [];
        },
        'HASH_MISMATCH',
      ],
    ];
    for (const [what, method, change, code] of cases) {
      it(`${what}: ${code}`, async () => {
        const folder = freshFolder();
        inResult(method, change);
        const height = /other order|twice/.test(what) ? DELEGATION_BLOCK : SWAP_BLOCK;
        await fails(opened(folder).block(height), code, /./);
        // A lie is never kept for good: the honest answer is asked for and taken.
        if (!/huge|left out|no traces/.test(what)) return;
        proxy.honest();
        assert.equal((await opened(folder).block(height)).proved, true);
      });
    }

    it('trace_block that counts a subtrace it does not give, or gives nothing for a block with transactions', async () => {
      const none = (asked: Asked): Envelope | undefined =>
        asked.method.startsWith('debug_') ? refused(asked, -32601, 'Method not found') : undefined;
      for (const change of [(list: Result[]) => list.slice(0, -1), () => [], (list: Result[]) => [...list, list[0]]]) {
        proxy.lie = (asked, honest) =>
          none(asked) ??
          (asked.method === 'trace_block' ? { ...honest, result: change(honest.result as Result[]) } : undefined);
        await fails(opened(freshFolder()).block(SWAP_BLOCK), 'HASH_MISMATCH', /contradicts itself/);
      }
    });

    it('an answer to another question: MALFORMED', async () => {
      proxy.lie = (_, honest) => ({ ...honest, id: 'another' });
      await fails(opened(freshFolder()).block(SWAP_BLOCK), 'MALFORMED', /another question/);
    });

    it('a page of HTML: MALFORMED, and not kept for good', async () => {
      const folder = freshFolder();
      proxy.raw = (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>please log in</html>');
        return true;
      };
      await fails(opened(folder).chainId(), 'MALFORMED', /a page of HTML where JSON is expected/);
      proxy.honest();
      assert.equal(await opened(folder).chainId(), 31337);
    });

    it('a body cut short: MALFORMED', async () => {
      proxy.raw = (_, response) => {
        response.writeHead(200).end('{"jsonrpc":"2.0","id":"spoor","result":"0x7a');
        return true;
      };
      await fails(opened(freshFolder()).chainId(), 'MALFORMED', /./);
    });

    it('a gzip bomb: TOO_LARGE', async () => {
      proxy.raw = (_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(8 * 2 ** 20, 32)));
        return true;
      };
      await fails(opened(freshFolder(), { maxBodyBytes: 2 ** 20 }).chainId(), 'TOO_LARGE', /above/);
    });

    it('frames nested without end: MALFORMED, and no parser falls over', async () => {
      proxy.raw = (asked, response) => {
        if ((asked as Asked).method !== 'debug_traceBlockByHash') return false;
        const deep = `${'{"calls":['.repeat(50_000)}${']}'.repeat(50_000)}`;
        response.writeHead(200).end(`{"jsonrpc":"2.0","id":"spoor","result":[{"result":${deep}}]}`);
        return true;
      };
      await fails(opened(freshFolder()).block(SWAP_BLOCK), 'MALFORMED', /nests deeper/);
    });

    it('a drip that never ends: SOURCE_FAILED in time', async () => {
      proxy.raw = (_, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
        return true;
      };
      await fails(
        opened(freshFolder(), { timeoutMs: 150, maxAttempts: 1 }).chainId(),
        'SOURCE_FAILED',
        /no answer in time/,
      );
    });

    it('a chain that changes between header and receipts: INCOMPLETE, nothing kept', async () => {
      proxy.lie = (asked, honest) =>
        asked.method === 'eth_getBlockReceipts' || asked.method === 'eth_getTransactionReceipt'
          ? { ...honest, result: null }
          : undefined;
      await fails(opened(freshFolder()).block(SWAP_BLOCK), 'INCOMPLETE', /no receipt/);
    });
  });

  describe('batches', () => {
    const asked = (): Parameters<EthRpcSource['balances']>[0] => [
      { account: account(chain.people.thief), asset: NATIVE, blockNumber: 5 },
      { account: account(chain.people.thief), asset: asset(chain.contracts.usd), blockNumber: SWAP_BLOCK },
      { account: account(chain.people.helper), asset: NATIVE, blockNumber: 5 },
    ];

    it('answers in any order are matched by their number', async () => {
      proxy.batch = (answers) => [answers[2], answers[0], answers[1]];
      const [body] = await opened(freshFolder()).balances(asked());
      const results = linesOf(body).map(({ answer }) => BigInt(String(answer.result)));
      // 5,000 dollars minted, 1,000 sent on, 4,000 swapped.
      assert.equal(results[1], 0n);
      assert.deepEqual(
        [results[0], results[2]],
        await Promise.all(
          [chain.people.thief, chain.people.helper].map(async (who) =>
            BigInt(await anvil.rpc<string>('eth_getBalance', who, '0x5')),
          ),
        ),
      );
    });

    for (const [what, change] of [
      ['an answer left out', (answers: Envelope[]) => answers.slice(1)],
      ['an answer twice', (answers: Envelope[]) => [answers[0], ...answers.slice(0, 2)]],
      ['an answer too many', (answers: Envelope[]) => [...answers, { ...answers[0], id: 77 }]],
    ] as const) {
      it(`${what}: MALFORMED`, async () => {
        proxy.batch = change;
        await fails(opened(freshFolder()).balances(asked()), 'MALFORMED', /batch/);
      });
    }

    it('one that failed names its question', async () => {
      proxy.batch = (answers) => [
        answers[0],
        { jsonrpc: '2.0', id: 1, error: { code: -32000, message: 'missing trie node' } },
        answers[2],
      ];
      await fails(opened(freshFolder()).balances(asked()), 'PRUNED', /block 13.*missing trie node/);
    });
  });

  describe('logs', () => {
    const client = (folder: string): EthRpcClient =>
      new EthRpcClient(transportTo(proxy.url, folder, { maxAttempts: 1 }));
    const range = { from: 0, to: 60, finalHeight: 39, subject: null };
    const all = async (): Promise<number> => {
      const logs = await anvil.rpc<unknown[]>('eth_getLogs', { fromBlock: '0x0', toBlock: '0x3c', topics: [TRANSFER] });
      return logs.length;
    };
    const spanOf = ({ params }: Asked): { from: number; to: number } => {
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
      return { from: Number(fromBlock), to: Number(toBlock) };
    };

    for (const [what, code, message] of [
      ['by blocks (-32602)', -32602, 'eth_getLogs is limited to a 5 block range'],
      ['by results (-32005)', -32005, 'query returned more than 10000 results'],
      ['by time', -32000, 'query timeout exceeded'],
    ] as const) {
      it(`a cap ${what} is bisected, and every log comes once`, async () => {
        proxy.lie = about('eth_getLogs', (asked) => {
          const { from, to } = spanOf(asked);
          return to - from >= 5 ? refused(asked, code, message) : undefined;
        });
        const { logs, missing } = await collectLogs(client(freshFolder()), { topics: [TRANSFER] }, range);
        assert.deepEqual([logs.length, missing], [await all(), []]);
        assert.equal(new Set(logs.map(({ blockNumber, logIndex }) => `${blockNumber} ${logIndex}`)).size, logs.length);
      });
    }

    it('a range the server suggests is taken, whether in words or in data', async () => {
      for (const inWords of [true, false]) {
        const spans: number[] = [];
        proxy.lie = about('eth_getLogs', (asked) => {
          const { from, to } = spanOf(asked);
          spans.push(to - from + 1);
          if (to - from < 7) return undefined;
          const until = `0x${(from + 6).toString(16)}`;
          const start = `0x${from.toString(16)}`;
          const words = inWords
            ? `this block range should work: [${start}, ${until}]`
            : 'query returned more than 10000 results';
          return refused(
            asked,
            -32005,
            `too large; returned more; ${words}`,
            inWords ? undefined : { from: start, to: until },
          );
        });
        await collectLogs(client(freshFolder()), { topics: [TRANSFER] }, range);
        assert.ok(spans.includes(7), spans.join());
      }
    });

    it('a block whose logs never come is named, not skipped', async () => {
      proxy.lie = about('eth_getLogs', (asked) => {
        const { from, to } = spanOf(asked);
        return from <= SWAP_BLOCK && to >= SWAP_BLOCK ? refused(asked, -32000, 'response size exceeded') : undefined;
      });
      const { missing } = await collectLogs(client(freshFolder()), { topics: [TRANSFER] }, range);
      assert.deepEqual(missing, [SWAP_BLOCK]);
    });

    it('logs of other blocks, of other kinds, twice or taken back are refused', async () => {
      for (const change of [
        (logs: Envelope[]) => [{ ...logs[0], blockNumber: '0xffff' }],
        (logs: Envelope[]) => [{ ...logs[0], topics: [`0x${'1'.repeat(64)}`] }],
        (logs: Envelope[]) => [logs[0], logs[0]],
        (logs: Envelope[]) => [{ ...logs[0], removed: true }],
      ]) {
        proxy.lie = about('eth_getLogs', (_, honest) => ({ ...honest, result: change(honest.result as Envelope[]) }));
        await fails(collectLogs(client(freshFolder()), { topics: [TRANSFER] }, range), 'MALFORMED', /asked for logs/);
      }
    });
  });

  describe('an account', () => {
    it('is found by token logs and by trace_filter; a second run asks nothing about it', async () => {
      const folder = freshFolder();
      const thief = account(chain.people.thief);
      const bounds = { from: 0, to: chain.tip, maxPages: 10 };
      const history = await opened(folder).history(thief, bounds);
      assert.deepEqual([history.complete, history.gaps], [true, []]);
      const expected = ['theft', 'Fan.split', 'Factory.make', 'fake.mint', 'pair.swap0For1', 'deposit to the exchange'];
      const names = history.bodies.map(({ name }) => name).join();
      for (const name of expected) assert.ok(names.includes(chain.did[name]), name);
      proxy.honest();
      assert.equal((await opened(folder).history(thief, bounds)).transactions, history.transactions);
      const about = proxy.methods.filter((method) => method !== 'eth_getBlockByNumber');
      assert.deepEqual(about, []);
    });

    it('without trace_filter the missing ether is said', async () => {
      proxy.lie = about('trace_filter', (asked) => refused(asked, -32601, 'Method not found'));
      const history = await opened(freshFolder()).history(account(chain.people.victim), {
        from: 0,
        to: chain.tip,
        maxPages: 10,
      });
      assert.equal(history.complete, false);
      assert.match(history.gaps.join(), /cannot say which ether/);
    });

    it('a transaction comes with its block, receipt and trace; an unknown one is null', async () => {
      const body = await opened(freshFolder()).transaction(accountHash(chain.did['Fan.split']));
      assert.deepEqual(body === null ? [] : linesOf(body).map(({ method }) => method), [
        'eth_getTransactionByHash',
        'eth_getBlockByHash',
        'eth_getTransactionReceipt',
        'debug_traceTransaction',
      ]);
      assert.equal(await opened(freshFolder()).transaction(accountHash(`0x${'9'.repeat(64)}`)), null);
    });
  });
});
