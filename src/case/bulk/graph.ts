/** The whole money graph of a folder of block files: inputs resolved, addresses, spends, clusters, and haircut over it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type BlockIndex,
  BlockReader,
  COLUMN_UNSPENDABLE,
  loadKernel,
  MAX_COLUMNS,
  parserFor,
  readerData,
} from '../../chain/bitcoin/bulk/index.ts';
import { type GraphCounts, MoneyGraph, type OutputNumber } from '../../graph/index.ts';
import { isDeadCoinbase, outpoint, SpoorError, type Txid } from '../../ledger/index.ts';
import { type BulkOptions, type BulkTotals, feed, openIndex, totals } from './bulk.ts';
import { writeCoins } from './coins.ts';
import { IdKeeper } from './id-keeper.ts';
import { startOfChain } from './refuse.ts';

const GRAPH_KERNEL = new URL(import.meta.resolve('#built/graph/kernel.wasm'));

/** A graph with room for the blocks of an index; `ids` false makes one for clusters alone. */
export function newGraph(index: BlockIndex, ids: boolean): MoneyGraph {
  const module = new WebAssembly.Module(readFileSync(GRAPH_KERNEL));
  return new MoneyGraph(module, { transactions: index.transactions, ids, block: MAX_COLUMNS });
}

/** What a graph command answers. `digest`: SHA-256 of each address's first fellow, as u32 little-endian, in order of first appearance. */
export type GraphAnswer = BulkTotals & GraphCounts & { readonly digest: string; readonly bytesPerTransaction: number };

/** Totals of a whole graph. */
export function answer(index: BlockIndex, graph: MoneyGraph, options: BulkOptions): GraphAnswer {
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
  await feed(index, { ...options, kind: 'graph' }, ({ columns, number }) => {
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
