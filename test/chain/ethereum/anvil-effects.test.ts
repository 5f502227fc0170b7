/** Blocks of a real node, read from its own answers: the effects replay to the balances the node states, to the wei, at every block. */
import assert from 'node:assert/strict';
import { readAccountBytes } from '../../../src/chain/ethereum/index.ts';
import { type Account, blockEffects, type Effect, effectsOf, NATIVE } from '../../../src/ledger/index.ts';
import { type Anvil, anvilOrSkip, startAnvil } from '../../support/anvil.ts';
import { type AnvilChain, buildAnvilChain } from '../../support/anvil-chain.ts';

const hex = (value: number): string => `0x${value.toString(16)}`;

describe('a real node, replayed', () => {
  let anvil: Anvil;
  let chain: AnvilChain;
  let chainId: number;

  before(async function () {
    anvil = await startAnvil(anvilOrSkip(this));
    chain = await buildAnvilChain(anvil);
    chainId = Number(await anvil.rpc<string>('eth_chainId'));
  });
  after(() => anvil?.stop());

  /** A body of the answers about one block, with traces of one kind. */
  const read = async (
    number: number,
    traces: 'callTracer' | 'trace_block',
  ): Promise<ReturnType<typeof readAccountBytes>> => {
    const asked: Array<[string, unknown[]]> = [
      ['eth_getBlockByNumber', [hex(number), true]],
      ['eth_getBlockReceipts', [hex(number)]],
    ];
    if (traces === 'trace_block') asked.push(['trace_block', [hex(number)]]);
    const lines: string[] = [];
    for (const [method, params] of asked) {
      const answer = { jsonrpc: '2.0', id: 1, result: await anvil.rpc(method, ...params) };
      lines.push(JSON.stringify({ chainId, method, params, answer }));
    }
    if (traces === 'callTracer') {
      const block = await anvil.rpc<{ transactions: string[] }>('eth_getBlockByNumber', hex(number), false);
      for (const hash of block.transactions) {
        const params = [hash, { tracer: 'callTracer', tracerConfig: { withLog: true } }];
        const answer = { result: await anvil.rpc('debug_traceTransaction', ...params) };
        lines.push(JSON.stringify({ chainId, method: 'debug_traceTransaction', params, answer }));
      }
    }
    return readAccountBytes(Buffer.from(lines.join('\n')), { name: `block ${number}`, format: 'auto', chainId });
  };

  const replay = (balances: Map<Account, bigint>, effects: readonly Effect[]): void => {
    for (const { asset, from, to, amount } of effects) {
      if (asset !== NATIVE) continue;
      if (from !== null) balances.set(from, (balances.get(from) ?? 0n) - amount);
      if (to !== null) balances.set(to, (balances.get(to) ?? 0n) + amount);
    }
  };

  for (const traces of ['callTracer', 'trace_block'] as const) {
    it(`${traces}: ether of every account after every block is what the node states`, async () => {
      const balances = new Map<Account, bigint>();
      const known = new Set<Account>();
      for (let number = 1; number <= chain.tip; number += 1) {
        const { blocks, transactions } = await read(number, traces);
        const effects = transactions.flatMap(({ record }) => effectsOf(record, blocks[0].block.feeRecipient).effects);
        effects.push(...blockEffects(blocks[0].block));
        for (const account of effects.flatMap(({ from, to }) => [from, to])) {
          if (account === null || known.has(account)) continue;
          known.add(account);
          balances.set(account, BigInt(await anvil.rpc<string>('eth_getBalance', account, hex(number - 1))));
        }
        replay(balances, effects);
        for (const [account, amount] of balances) {
          assert.equal(
            amount,
            BigInt(await anvil.rpc<string>('eth_getBalance', account, hex(number))),
            `block ${number}, ${account}`,
          );
        }
      }
    });
  }

  it('both kinds of traces give the same moves', async () => {
    for (let number = 1; number <= chain.tip; number += 1) {
      const [calls, flat] = await Promise.all([read(number, 'callTracer'), read(number, 'trace_block')]);
      const moves = ({ transactions }: typeof calls): unknown[] =>
        transactions.map(({ record: { hash, internal, tokens, succeeded } }) => [
          hash,
          succeeded,
          internal?.map((move) => ({ ...move, step: null })),
          tokens?.map((move) => ({ ...move, step: null })),
        ]);
      assert.deepEqual(moves(calls), moves(flat), `block ${number}`);
    }
  });
});
