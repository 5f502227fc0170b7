/**
 * Block files of a node straight through the engines, without a case: counting, hashing, the whole graph with clusters, clusters alone, and haircut
 * over the whole chain. Blocks are read and parsed by worker threads; this thread takes them in chain order.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type BlockColumns,
  type BlockIndex,
  BlockReader,
  COLUMN_UNSPENDABLE,
  countBlocks,
  feedBlocks,
  indexBlocks,
  loadKernel,
  MAX_COLUMNS,
  parserFor,
  readerData,
} from '../../chain/bitcoin/bulk/index.ts';
import { type GraphCounts, MoneyGraph, type OutputNumber } from '../../graph/index.ts';
import { isDeadCoinbase, outpoint, SpoorError, type Txid } from '../../ledger/index.ts';
import { ClusterList } from './cluster-list.ts';
import { writeCoins } from './coins.ts';
import { IdKeeper } from './id-keeper.ts';
import { startOfChain } from './refuse.ts';

const GRAPH_KERNEL = new URL(import.meta.resolve('#built/graph/kernel.wasm'));

/** How bulk work is done. */
export interface BulkOptions {
  readonly folder: string;
  readonly workers: number;
  /** Parse in plain TypeScript instead of WebAssembly. */
  readonly plain: boolean;
  /** Hash every transaction and check every merkle root. */
  readonly verify: boolean;
  /** Last height to read, or null for all. */
  readonly until: number | null;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What every bulk answer starts with. */
export interface BulkTotals {
  readonly network: string;
  readonly blocks: number;
  readonly transactions: number;
  readonly bytes: number;
  /** Whether the merkle roots were checked. */
  readonly verified: boolean;
  readonly notes: readonly string[];
}

/** Best chain of a folder, up to a height. Throws USAGE where the heights are unknown. */
export function openIndex({ folder, until }: Pick<BulkOptions, 'folder' | 'until'>): BlockIndex {
  const index = indexBlocks(folder);
  if (until === null) return index;
  if (index.firstHeight === null) throw new SpoorError('USAGE', '--until needs a chain that starts at its first block');
  const blocks = index.blocks.slice(0, until - index.firstHeight + 1);
  const sum = (of: (block: (typeof blocks)[number]) => number): number =>
    blocks.reduce((total, one) => total + of(one), 0);
  return { ...index, blocks, transactions: sum(({ transactions }) => transactions), bytes: sum(({ size }) => size) };
}

/** What every answer starts with. */
export function totals(index: BlockIndex, { verify }: BulkOptions): BulkTotals {
  const { network, transactions, bytes, notes } = index;
  return { network, blocks: index.blocks.length, transactions, bytes, verified: verify, notes };
}

/** Feeds every block to `take`. Throws INTERRUPTED when the signal ends it early. */
export async function feed(
  index: BlockIndex,
  options: BulkOptions & { kind: 'txids' | 'graph' | 'clusters' | 'addresses' },
  take: (columns: BlockColumns, number: number) => void,
): Promise<void> {
  const { kind, workers, plain, verify, signal, onProgress } = options;
  let done = 0;
  const how = { kind, workers, plain, verify, ...(signal && { signal }) };
  for await (const { number, columns } of feedBlocks(index, how)) {
    take(columns, number);
    done += 1;
    onProgress?.(done, index.blocks.length);
  }
  if (done < index.blocks.length)
    throw new SpoorError('INTERRUPTED', `stopped after ${done} of ${index.blocks.length} blocks`);
}

/** Parses everything and counts. */
export async function bulkCount(options: BulkOptions): Promise<BulkTotals & { inputs: number; outputs: number }> {
  const index = openIndex(options);
  const { inputs, outputs, transactions } = await countBlocks(index, options);
  if (options.signal?.aborted === true)
    throw new SpoorError('INTERRUPTED', `stopped after ${transactions} of ${index.transactions} transactions`);
  return { ...totals(index, options), inputs, outputs };
}

/** Hashes every transaction. `digest` is the SHA-256 of all txids (internal order) in chain order. */
export async function bulkTxids(options: BulkOptions): Promise<BulkTotals & { digest: string }> {
  const index = openIndex(options);
  const digest = createHash('sha256');
  await feed(index, { ...options, kind: 'txids' }, ({ txids, transactionCount }) => {
    digest.update(txids.subarray(0, 32 * transactionCount));
  });
  return { ...totals(index, options), digest: digest.digest('hex') };
}

function newGraph(index: BlockIndex, ids: boolean): MoneyGraph {
  const module = new WebAssembly.Module(readFileSync(GRAPH_KERNEL));
  return new MoneyGraph(module, { transactions: index.transactions, ids, block: MAX_COLUMNS });
}

/** What a graph command answers. `digest`: SHA-256 of each address's first fellow, as u32 little-endian, in order of first appearance. */
export type GraphAnswer = BulkTotals & GraphCounts & { readonly digest: string; readonly bytesPerTransaction: number };

function answer(index: BlockIndex, graph: MoneyGraph, options: BulkOptions): GraphAnswer {
  const digest = createHash('sha256');
  const sizes = new Uint32Array(graph.counts(0).addresses);
  let largest = 0;
  for (const roots of graph.clusters()) {
    digest.update(roots);
    for (const root of roots) {
      sizes[root] += 1;
      if (sizes[root] > largest) largest = sizes[root];
    }
  }
  const counts = graph.counts(largest);
  const bytesPerTransaction = Math.round(graph.bytes / Math.max(1, counts.transactions));
  return { ...totals(index, options), ...counts, digest: digest.digest('hex'), bytesPerTransaction };
}

async function openIds(index: BlockIndex, all: boolean): Promise<IdKeeper> {
  const data = readerData(index, loadKernel());
  return new IdKeeper(all, new BlockReader(data, 'txids', await parserFor(data)));
}

/** A graph of all blocks with their ids, `all` of them kept or read again where one is asked for. Throws INCOMPLETE without the first block. */
export async function buildGraph(
  index: BlockIndex,
  options: BulkOptions,
  all: boolean,
): Promise<{ graph: MoneyGraph; ids: IdKeeper }> {
  const firstHeight = startOfChain(index, options.folder);
  const graph = newGraph(index, true);
  const ids = await openIds(index, all);
  await feed(index, { ...options, kind: 'graph' }, (columns, number) => {
    const first = ids.take(columns);
    if (isDeadCoinbase(ids.coinbaseOf(columns), firstHeight + number)) {
      columns.outputFlags.fill(COLUMN_UNSPENDABLE, 0, columns.firstOutput[1]);
      ids.bury(columns, first);
    }
    graph.add(columns, (meeting) => ids.compare(meeting, columns));
  });
  const { missing, spentTwice } = graph.faults();
  if (missing === 0 && spentTwice === 0) return { graph, ids };
  throw new SpoorError(
    'LEDGER_INVALID',
    `${missing} inputs spend what the files do not hold, ${spentTwice} outputs are spent twice`,
    { file: options.folder },
    'the files are not as a node wrote them: --verify names the first block that is not',
  );
}

/** The whole graph: inputs resolved, addresses numbered, spenders marked, clusters. */
export async function bulkGraph(options: BulkOptions): Promise<GraphAnswer> {
  const index = openIndex(options);
  return answer(index, (await buildGraph(index, options, false)).graph, options);
}

/** Clusters straight from block and undo files: nothing is hashed, nothing looked up but addresses. `list`: a file for `address,cluster`. */
export async function bulkClusters(options: BulkOptions & { list?: string | null }): Promise<GraphAnswer> {
  const index = openIndex(options);
  const graph = newGraph(index, false);
  await feed(index, { ...options, kind: 'clusters' }, (columns) => graph.addSpends(columns));
  const found = answer(index, graph, options);
  if (options.list === undefined || options.list === null) return found;
  const list = await ClusterList.open(options.list, graph, index.network);
  try {
    await feed(index, { ...options, kind: 'addresses' }, (columns) => list.take(columns));
  } finally {
    list.close();
  }
  return found;
}

/** Haircut of one output over the whole chain, in whole satoshi as decimal strings, its coins written to a file. */
export async function bulkHaircut(
  options: BulkOptions & { seed: { txid: Txid; vout: number }; coins: string | null },
): Promise<
  BulkTotals & { seededSat: string; heldSat: string; burnedSat: string; feeSat: string; reached: number; coins: number }
> {
  const index = openIndex(options);
  const { graph, ids } = await buildGraph(index, options, true);
  const run = graph.taint({
    rule: 'haircut',
    seeds: outputsOf(graph, ids, options.seed),
    feeTaint: 'sink',
    coinbaseOrder: 'fees-first',
    haircutFee: 'share',
    subsidySat: () => 0,
  });
  const { coins } = writeCoins(run, ids, options.coins);
  const { seededSat, heldSat, burnedSat, feeSat, reached } = run.books;
  return {
    ...totals(index, options),
    seededSat: String(seededSat),
    heldSat: String(heldSat),
    burnedSat: String(burnedSat),
    feeSat: String(feeSat),
    reached,
    coins,
  };
}

/** The outputs that a seed names, all of its transaction where it names none. Throws NOT_FOUND. */
export function outputsOf(
  graph: MoneyGraph,
  ids: IdKeeper,
  seed: { readonly txid: Txid; readonly vout: number | null },
): OutputNumber[] {
  const { txid, vout } = seed;
  const living = graph.transactionNumber(Buffer.from(txid, 'hex').reverse());
  const named = [...ids.buried(txid), ...(living === null || ids.txid(living) !== txid ? [] : [living])];
  const found = [...new Set(named)].flatMap((transaction) => {
    const first = graph.firstOutput(transaction);
    const count = graph.firstOutput(transaction + 1) - first;
    const vouts = vout === null ? Array.from({ length: count }, (_, at) => at) : [vout].filter((one) => one < count);
    return vouts.map((one) => ({ transaction, output: first + one }));
  });
  if (found.length > 0) return found;
  throw new SpoorError('NOT_FOUND', `no output ${vout === null ? `of ${txid}` : outpoint(txid, vout)} in these blocks`);
}
