/** The whole money graph of a folder of block files: inputs resolved, addresses, spends, clusters, and haircut over it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type BlockIndex,
  BlockReader,
  COLUMN_UNSPENDABLE,
  type FedBlock,
  loadKernel,
  MAX_COLUMNS,
  parserFor,
  readerData,
} from '../../chain/bitcoin/bulk/index.ts';
import { type GraphCounts, type GraphState, MoneyGraph, type OutputNumber } from '../../graph/index.ts';
import { isDeadCoinbase, outpoint, SpoorError, type Txid } from '../../ledger/index.ts';
import { type BulkOptions, type BulkTotals, feed, openIndex, totals } from './bulk.ts';
import { type CheckpointPlace, keeperOf, WalkCheckpoints, type WalkSnapshot } from './checkpoint.ts';
import { writeCoins } from './coins.ts';
import { IdKeeper } from './id-keeper.ts';
import { startOfChain } from './refuse.ts';

const GRAPH_KERNEL = new URL(import.meta.resolve('#built/graph/kernel.wasm'));

/** A page of a graph's memory in a checkpoint. */
export interface GraphLine {
  readonly kind: 'page';
  readonly page: number;
  readonly base64: string;
}

/** The kernel's bytes: what it keeps only the same one understands. */
function kernelBytes(): Buffer {
  return readFileSync(GRAPH_KERNEL);
}

/** Names the kernel in the question of a checkpoint. */
export function kernelDigest(): string {
  return createHash('sha256').update(kernelBytes()).digest('hex');
}

/** A graph with room for the blocks of an index, or one that was kept; `ids` false makes one for clusters alone. */
export function newGraph(index: BlockIndex, ids: boolean, kept: GraphState | null): MoneyGraph {
  const module = new WebAssembly.Module(kernelBytes());
  return new MoneyGraph(module, { transactions: index.transactions, ids, block: MAX_COLUMNS }, kept);
}

/** What a graph holds besides its state, as lines of a checkpoint. */
export function* graphLines(graph: MoneyGraph): Generator<GraphLine> {
  for (const { page, bytes } of graph.pages()) {
    yield { kind: 'page', page, base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') };
  }
}

/** Puts such a line back. */
export function putGraphLine(graph: MoneyGraph, { page, base64 }: GraphLine): void {
  graph.putPage({ page, bytes: Buffer.from(base64, 'base64') });
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

/** A graph with its ids between two blocks. */
interface GraphWalkState {
  /** Transactions that the graph has room for. */
  readonly room: number;
  readonly graph: GraphState;
  readonly dead: ReadonlyArray<readonly [txid: string, transaction: number]>;
}

type GraphCheckpoints = WalkCheckpoints<GraphWalkState, GraphLine>;

/** Throws USAGE where the chain has outgrown the table of txids that a checkpoint holds. */
function roomFor(index: BlockIndex, kept: GraphWalkState | null): void {
  if (kept === null || index.transactions <= kept.room) return;
  const grown = `${index.transactions} transactions where the checkpoint has room for ${kept.room}`;
  const hint = 'give the --until HEIGHT it was made with, or take the file away to start from the beginning';
  throw new SpoorError('USAGE', `the chain has grown: ${grown}`, {}, hint);
}

/**
 * A graph of all blocks with their ids, `all` of them kept or read again where one is asked for. `checkpoints` is left out by a command
 * that has none, and goes without `all`. Throws INCOMPLETE
 * without the first block, LEDGER_INVALID, INTERRUPTED, TOO_LARGE, and what a checkpoint throws.
 */
export async function buildGraph(
  index: BlockIndex,
  options: BulkOptions,
  all: boolean,
  checkpoints?: GraphCheckpoints | null,
): Promise<{ graph: MoneyGraph; ids: IdKeeper }> {
  const firstHeight = startOfChain(index, options.folder);
  const kept = checkpoints?.takeUp() ?? null;
  roomFor(index, kept);
  const graph = newGraph(index, true, kept?.graph ?? null);
  const ids = await openIds(index, all);
  if (kept !== null) {
    ids.takeUp({ firsts: kept.graph.firsts, next: graph.counts(0).transactions, dead: kept.dead });
    for (const line of checkpoints?.lines() ?? []) putGraphLine(graph, line);
  }
  const take = ({ columns, number }: FedBlock): void => {
    const first = ids.take(columns);
    if (isDeadCoinbase(ids.coinbaseOf(columns), firstHeight + number)) {
      columns.outputFlags.fill(COLUMN_UNSPENDABLE, 0, columns.firstOutput[1]);
      ids.bury(columns, first);
    }
    graph.add(columns, (meeting) => ids.compare(meeting, columns));
  };
  const room = kept?.room ?? index.transactions;
  const snapshot = (): WalkSnapshot<GraphWalkState, GraphLine> => {
    const { state } = graph;
    return { blocks: state.firsts.length, state: { room, graph: state, dead: ids.dead }, lines: graphLines(graph) };
  };
  const keeper = checkpoints === undefined ? null : keeperOf(checkpoints, snapshot);
  const from = kept?.graph.firsts.length ?? 0;
  await feed(index, { ...options, kind: 'graph', from }, take, keeper);
  const { missing, spentTwice } = graph.faults();
  if (missing === 0 && spentTwice === 0) return { graph, ids };
  throw new SpoorError(
    'LEDGER_INVALID',
    `${missing} inputs spend what the files do not hold, ${spentTwice} outputs are spent twice`,
    { file: options.folder },
    'the files are not as a node wrote them: --verify names the first block that is not',
  );
}

/** The whole graph: inputs resolved, addresses numbered, spenders marked, clusters. Throws as `buildGraph`. */
export async function bulkGraph(options: BulkOptions & { checkpoint?: CheckpointPlace | null }): Promise<GraphAnswer> {
  const { checkpoint = null, verify } = options;
  const index = openIndex(options);
  const checkpoints: GraphCheckpoints | null =
    checkpoint === null ? null : new WalkCheckpoints(checkpoint, index, ['graph', verify, kernelDigest()]);
  const found = answer(index, (await buildGraph(index, options, false, checkpoints)).graph, options);
  checkpoints?.drop();
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
