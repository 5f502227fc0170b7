/** Clusters straight from block and undo files: nothing is hashed, nothing looked up but addresses. */
import type { BlockColumns, BlockIndex } from '../../chain/bitcoin/bulk/index.ts';
import type { MoneyGraph } from '../../graph/index.ts';
import { type BulkOptions, feed, openIndex } from './bulk.ts';
import { ClusterList } from './cluster-list.ts';
import { answer, type GraphAnswer, newGraph } from './graph.ts';

/** Clusters under way: what one block after the other adds, and their list. */
export class ClusterWalk {
  /** Number of the block it takes next. */
  next = 0;
  private readonly index: BlockIndex;
  private readonly graph: MoneyGraph;
  private readonly list: ClusterList | null;

  private constructor(index: BlockIndex, list: ClusterList | null) {
    this.index = index;
    this.graph = newGraph(index, false);
    this.list = list;
  }

  /** `list` is a file for `address,cluster`, or null. Throws IO. */
  static async open(index: BlockIndex, list: string | null): Promise<ClusterWalk> {
    return new ClusterWalk(index, list === null ? null : await ClusterList.open(list, index.network));
  }

  /** Adds block `next`. Columns as of the feeds `clusters` or, for a list, `owners` and `full`. Throws TOO_LARGE, IO. */
  take(columns: BlockColumns): void {
    this.graph.addSpends(columns);
    this.list?.take(columns, this.graph);
    this.next += 1;
  }

  /** Totals, once every block was taken; writes the list. Throws IO. */
  finish(options: BulkOptions): GraphAnswer {
    const found = answer(this.index, this.graph, options);
    this.list?.finish(this.graph);
    return found;
  }

  close(): void {
    this.list?.close();
  }
}

/** Clusters of a folder in one walk. `list`: a file for `address,cluster`. Throws INCOMPLETE where undo records are missing, INTERRUPTED, TOO_LARGE, IO. */
export async function bulkClusters(options: BulkOptions & { list?: string | null }): Promise<GraphAnswer> {
  const { list = null } = options;
  const index = openIndex(options);
  const walk = await ClusterWalk.open(index, list);
  try {
    await feed(index, { ...options, kind: list === null ? 'clusters' : 'owners' }, ({ columns }) => walk.take(columns));
    return walk.finish(options);
  } finally {
    walk.close();
  }
}
