/** Blocks for the graph kernel, by hand or from a TinyChain: what the parser of block files would hand over. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type GraphBlock, MoneyGraph } from '../../src/graph/index.ts';
import { projectPath } from './shared-data.ts';
import type { TinyChain, TinyInput } from './tiny-chain.ts';

/** A transaction by hand: its txid, what it spends, and owner (0: none) and satoshi of each output. */
export interface HandTx {
  readonly txid: Buffer;
  readonly spends: ReadonlyArray<{ readonly txid: Buffer; readonly vout: number; readonly owner?: bigint }>;
  readonly outputs: ReadonlyArray<{ readonly owner: bigint; readonly valueSat: number; readonly burned?: boolean }>;
}

/** The built kernel. */
export function graphModule(): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(projectPath('dist/graph/kernel.wasm')));
}

/** Two little-endian words each. */
export function words(values: readonly bigint[]): Uint32Array {
  return new Uint32Array(BigUint64Array.from(values).buffer);
}

/** First eight bytes of a txid as the kernel reads them. */
export function head(txid: Buffer): bigint {
  return txid.readBigUInt64LE(0);
}

/** Columns of a block; the first transaction is its coinbase. */
export function graphBlock(transactions: readonly HandTx[]): GraphBlock {
  const spends = transactions.flatMap((tx) => tx.spends);
  const outputs = transactions.flatMap((tx) => tx.outputs);
  const starts = (of: (tx: HandTx) => number): Uint32Array => {
    let sum = 0;
    return Uint32Array.from([0, ...transactions.map((tx) => (sum += of(tx)))]);
  };
  return {
    transactionCount: transactions.length,
    inputCount: spends.length,
    outputCount: outputs.length,
    firstInput: starts((tx) => tx.spends.length),
    firstOutput: starts((tx) => tx.outputs.length),
    inputHead: words(spends.map(({ txid }) => head(txid))),
    inputVout: Uint32Array.from(spends, ({ vout }) => vout),
    inputOwner: words(spends.map(({ owner }) => owner ?? 0n)),
    outputValueSat: Float64Array.from(outputs, ({ valueSat }) => valueSat),
    outputOwner: words(outputs.map(({ owner }) => owner)),
    outputFlags: Uint8Array.from(outputs, ({ burned }) => (burned === true ? 1 : 0)),
    txids: Buffer.concat(transactions.map(({ txid }) => txid)),
  };
}

/** A TinyChain in the graph. */
export interface TinyGraph {
  readonly graph: MoneyGraph;
  /** Number in the graph of each transaction of the chain, and back. */
  readonly numbers: readonly number[];
  readonly txOf: ReadonlyMap<number, number>;
  /** Subsidy of each block, by its number. */
  readonly subsidies: readonly number[];
}

function txidOf(name: string): Buffer {
  return createHash('sha256').update(name).digest();
}

/** Clean satoshi from outside come from a first block; a height without a coinbase gets one that makes nothing. */
export function tinyGraph(module: WebAssembly.Module, chain: TinyChain): TinyGraph {
  const limits = { transactions: 2000, inputs: 200_000, outputs: 200_000 };
  const graph = new MoneyGraph(module, { transactions: 5000, ids: true, block: limits });
  const outside = chain.transactions.flatMap(({ inputs }) =>
    inputs.flatMap((input) => ('external' in input ? [input] : [])),
  );
  const never = (): never => {
    throw new Error('no txid looks like another here');
  };
  const mint = outside.map(({ external }) => ({ owner: 0n, valueSat: external }));
  graph.add(graphBlock([{ txid: txidOf('mint'), spends: [], outputs: mint }]), never);
  const vouts = new Map(outside.map((input, vout) => [input, vout]));
  const spend = (input: TinyInput): { txid: Buffer; vout: number } =>
    'external' in input
      ? { txid: txidOf('mint'), vout: vouts.get(input) as number }
      : { txid: txidOf(`tx ${input.tx}`), vout: input.vout };
  const hand = (tx: number): HandTx => ({
    txid: txidOf(`tx ${tx}`),
    spends: chain.transactions[tx].inputs.map(spend),
    outputs: chain.transactions[tx].outputs.map(({ value, unspendable }) => ({
      owner: 0n,
      valueSat: value,
      ...(unspendable === true ? { burned: true } : {}),
    })),
  });
  const numbers: number[] = [];
  const subsidies = [0];
  let next = 1;
  for (const height of new Set(chain.transactions.map((transaction) => transaction.height))) {
    const members = chain.transactions.flatMap((transaction, tx) => (transaction.height === height ? [tx] : []));
    const coinbase = members.find((tx) => chain.transactions[tx].coinbase);
    const others = members.filter((tx) => tx !== coinbase);
    const first = coinbase === undefined ? { txid: txidOf(`none ${height}`), spends: [], outputs: [] } : hand(coinbase);
    if (coinbase !== undefined) numbers[coinbase] = next;
    others.forEach((tx, at) => {
      numbers[tx] = next + 1 + at;
    });
    next += 1 + others.length;
    subsidies.push(coinbase === undefined ? 0 : (chain.transactions[coinbase].subsidy ?? 0));
    graph.add(graphBlock([first, ...others.map(hand)]), never);
  }
  return { graph, numbers, txOf: new Map(numbers.map((number, tx) => [number, tx])), subsidies };
}
