/** Clusters straight from block and undo files: nothing is hashed, nothing looked up but addresses. */
import type { BlockColumns, BlockIndex } from '../../chain/bitcoin/bulk/index.ts';
import type { GraphState, MoneyGraph } from '../../graph/index.ts';
import { type BulkOptions, feed, openIndex } from './bulk.ts';
import { type CheckpointPlace, keeperOf, WalkCheckpoints } from './checkpoint.ts';
import { ClusterList } from './cluster-list.ts';
import { answer, type GraphAnswer, type GraphLine, graphLines, kernelDigest, newGraph, putGraphLine } from './graph.ts';

/** Clusters between two blocks, besides their lines. */
export interface ClusterState {
  readonly next: number;
  /** Size of the file beside the list in bytes. */
  readonly listBytes: number;
  readonly graph: GraphState;
}

/** Clusters under way: what one block after the other adds, and their list. */
export class ClusterWalk {
  /** Number of the block it takes next. */
  next: number;
  private readonly index: BlockIndex;
  private readonly graph: MoneyGraph;
  private readonly list: ClusterList | null;
  private isWhole = false;

  private constructor(index: BlockIndex, list: ClusterList | null, kept: ClusterState | null) {
    this.index = index;
    this.graph = newGraph(index, false, kept?.graph ?? null);
    this.list = list;
    this.next = kept?.next ?? 0;
  }

  /** `list` is a file for `address,cluster`, or null; `kept` is what it goes on from, once its lines are put back. Throws IO. */
  static async open(index: BlockIndex, list: string | null, kept: ClusterState | null): Promise<ClusterWalk> {
    const open = list === null ? null : await ClusterList.open(list, index.network, kept?.listBytes ?? 0);
    return new ClusterWalk(index, open, kept);
  }

  /** Adds block `next`. Columns as of the feeds `clusters` or, for a list, `owners` and `full`. Throws TOO_LARGE, IO. */
  take(columns: BlockColumns): void {
    this.graph.addSpends(columns);
    this.list?.take(columns, this.graph);
    this.next += 1;
  }

  /** As it stands; writes what waits of the list. Throws IO. */
  get state(): ClusterState {
    return { next: this.next, listBytes: this.list?.flush() ?? 0, graph: this.graph.state };
  }

  /** What belongs to the state. */
  lines(): Generator<GraphLine> {
    return graphLines(this.graph);
  }

  /** Puts a line back. */
  putLine(line: GraphLine): void {
    putGraphLine(this.graph, line);
  }

  /** Totals, once every block was taken; writes the list. Throws IO. */
  finish(options: BulkOptions): GraphAnswer {
    const found = answer(this.index, this.graph, options);
    this.list?.finish(this.graph);
    this.isWhole = true;
    return found;
  }

  /** Closes the list; `canGoOn` says that a checkpoint may take the walk up again. */
  close(canGoOn: boolean): void {
    this.list?.close(canGoOn && !this.isWhole);
  }
}

/**
 * Clusters of a folder in one walk. `list`: a file for `address,cluster`. Throws INCOMPLETE where undo records are missing, INTERRUPTED, TOO_LARGE, IO, and
 * what a checkpoint throws.
 */
export async function bulkClusters(
  options: BulkOptions & { list?: string | null; checkpoint?: CheckpointPlace | null },
): Promise<GraphAnswer> {
  const { list = null, checkpoint = null, verify } = options;
  const index = openIndex(options);
  const question = ['clusters', list !== null, verify, kernelDigest()];
  const checkpoints: WalkCheckpoints<ClusterState, GraphLine> | null =
    checkpoint === null ? null : new WalkCheckpoints(checkpoint, index, question);
  const kept = checkpoints?.takeUp() ?? null;
  const walk = await ClusterWalk.open(index, list, kept);
  try {
    if (kept !== null) for (const line of checkpoints?.lines() ?? []) walk.putLine(line);
    const keeper = keeperOf(checkpoints, () => ({ blocks: walk.next, state: walk.state, lines: walk.lines() }));
    const how = { ...options, kind: list === null ? 'clusters' : 'owners', from: walk.next } as const;
    await feed(index, how, ({ columns }) => walk.take(columns), keeper);
    const found = walk.finish(options);
    checkpoints?.drop();
    return found;
  } finally {
    walk.close(checkpoints !== null);
  }
}
