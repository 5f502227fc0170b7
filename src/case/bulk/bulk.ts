/**
 * Block files of a node straight through, without a case: what every such walk starts with, counting and hashing. Blocks are read and parsed by worker
 * threads; this thread takes them in chain order.
 */
import { createHash } from 'node:crypto';
import {
  type BlockIndex,
  countBlocks,
  type FedBlock,
  type FeedKind,
  feedBlocks,
  IdleWorkers,
  indexBlocks,
} from '../../chain/bitcoin/bulk/index.ts';
import { SpoorError } from '../../ledger/index.ts';
import type { WalkKeeper } from './checkpoint.ts';

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

/** Best chain of a folder, up to a height, with its first threads started. Throws USAGE where the heights are unknown. */
export function openIndex({ folder, until, workers }: Pick<BulkOptions, 'folder' | 'until' | 'workers'>): BlockIndex {
  const idle = new IdleWorkers(folder, workers);
  try {
    return { ...indexUntil(folder, until), idle };
  } catch (error) {
    idle.dismiss();
    throw error;
  } finally {
    idle.pause();
  }
}

function indexUntil(folder: string, until: number | null): BlockIndex {
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

/** Feeds every block from `from` on to `take`. Throws INTERRUPTED when the signal ends it early, and what `keeper` throws. */
export async function feed(
  index: BlockIndex,
  options: BulkOptions & { kind: FeedKind; from?: number },
  take: (block: FedBlock) => void,
  keeper: WalkKeeper | null = null,
): Promise<void> {
  const { kind, workers, plain, verify, from = 0, signal, onProgress } = options;
  const { length } = index.blocks;
  let done = from;
  for await (const block of feedBlocks(index, { kind, workers, plain, verify, from, ...(signal && { signal }) })) {
    take(block);
    done += 1;
    onProgress?.(done, length);
    keeper?.passed(done);
  }
  if (done === length) return;
  throw keeper?.stopped(done, length) ?? new SpoorError('INTERRUPTED', `stopped after ${done} of ${length} blocks`);
}

/** Parses everything and counts. */
export async function bulkCount(options: BulkOptions): Promise<BulkTotals & { inputs: number; outputs: number }> {
  // This thread works too.
  const index = openIndex({ ...options, workers: options.workers - 1 });
  const { inputs, outputs, transactions } = await countBlocks(index, options);
  if (options.signal?.aborted === true)
    throw new SpoorError('INTERRUPTED', `stopped after ${transactions} of ${index.transactions} transactions`);
  return { ...totals(index, options), inputs, outputs };
}

/** Hashes every transaction. `digest` is the SHA-256 of all txids (internal order) in chain order. */
export async function bulkTxids(options: BulkOptions): Promise<BulkTotals & { digest: string }> {
  const index = openIndex(options);
  const digest = createHash('sha256');
  await feed(index, { ...options, kind: 'txids' }, ({ columns: { txids, transactionCount } }) => {
    digest.update(txids.subarray(0, 32 * transactionCount));
  });
  return { ...totals(index, options), digest: digest.digest('hex') };
}
