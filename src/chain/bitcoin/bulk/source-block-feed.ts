/** Blocks of a folder in chain order, parsed by worker threads ahead of the one that takes them. */
import type { Worker } from 'node:worker_threads';
import { SpoorError } from '../../../ledger/index.ts';
import type { BlockColumns } from './columns.ts';
import { loadKernel } from './kernel.ts';
import { type FeedKind, Ring, ringMemory } from './ring.ts';
import type { BlockIndex } from './source-block-index.ts';
import { readerData } from './source-block-reader.ts';
import { IdleWorkers } from './source-block-threads.ts';
import { type WorkerStart, type WorkerWord, workOff } from './source-block-work.ts';

const SLOTS_PER_WORKER = 8;
/** Longest time the taking thread sleeps before it looks for signals and for the end of a worker. */
const POLL_MS = 20;
/** Blocks taken before other work of the thread (a signal, a timer) gets its turn. */
const BLOCKS_PER_TURN = 64;

/** How blocks are fed. */
export interface FeedOptions {
  readonly kind: FeedKind;
  readonly workers: number;
  /** Parse in plain TypeScript: slower, for comparison and where WebAssembly cannot be had. */
  readonly plain?: boolean;
  /** Check every merkle root. */
  readonly verify?: boolean;
  /** First block of the index to feed; a resumed run starts later. */
  readonly from?: number;
  readonly signal?: AbortSignal;
  /** Asked before every block: whether undo records are worth reading ahead, for the feeds that work without. */
  readonly wantsUndo?: () => boolean;
}

/** A block on its turn. `columns` are good until the next block is asked for. */
export interface FedBlock {
  readonly number: number;
  readonly columns: BlockColumns;
  /** Whether `inputValueSat` (and `inputOwner`, where the feed has it) are filled. */
  readonly hasUndo: boolean;
}

/** Totals of what was parsed. */
export interface FeedCounts {
  readonly transactions: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Workers under way. */
class Crew {
  readonly ring: Ring;
  private readonly start: WorkerStart;
  private readonly done: Array<Extract<WorkerWord, { kind: 'done' }>> = [];
  private readonly failures: Array<Extract<WorkerWord, { kind: 'error' }>> = [];
  private crash: Error | null = null;
  private readonly workers: readonly Worker[];
  private readonly ended: Promise<unknown>;

  constructor(index: BlockIndex, { kind, workers, from, plain, verify }: FeedOptions) {
    const memory = ringMemory(kind, workers * SLOTS_PER_WORKER);
    this.ring = new Ring(memory);
    const blocks = from === undefined ? index.blocks : index.blocks.slice(from);
    this.start = {
      reader: readerData({ ...index, blocks }, plain === true ? null : loadKernel(), verify),
      ring: memory,
    };
    const threads = index.idle ?? new IdleWorkers(index.folder.path, 0);
    this.workers = threads.take(Math.min(workers, blocks.length), this.start);
    threads.dismiss();
    this.ended = Promise.all(this.workers.map((worker) => this.watch(worker)));
  }

  private watch(worker: Worker): Promise<void> {
    return new Promise((resolve) => {
      worker.on('message', (word: WorkerWord) => this.hear(word));
      worker.on('error', (error) => {
        this.crash ??= error;
      });
      worker.on('exit', () => resolve());
    });
  }

  private hear(word: WorkerWord): void {
    if (word.kind === 'done') this.done.push(word);
    else this.failures.push(word);
  }

  /** Lets this thread work too: it need not be started. */
  async joinIn(): Promise<void> {
    this.hear(await workOff(this.start, turn));
  }

  /** Throws what a worker met at this block, or a crash. */
  check(number: number): void {
    if (this.crash !== null) throw this.crash;
    const failure = this.failures.find((one) => one.number === number);
    if (failure === undefined) return;
    const { error, text } = failure;
    throw error === null ? new Error(text) : new SpoorError(error.code, error.message, error.place, error.hint);
  }

  /** Totals, once every worker has ended; the first failure in chain order is thrown. */
  async counts(): Promise<FeedCounts> {
    await this.ended;
    const first = this.failures.reduce((least, { number }) => Math.min(least, number), Number.POSITIVE_INFINITY);
    this.check(first);
    const sum = (field: keyof FeedCounts): number => this.done.reduce((total, word) => total + word[field], 0);
    return { transactions: sum('transactions'), inputs: sum('inputs'), outputs: sum('outputs') };
  }

  async end(): Promise<void> {
    this.ring.stop();
    await this.ended;
  }
}

/** Lets signals, timers and words of workers have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Feeds blocks in chain order. Throws what reading and parsing throw, at the block that is wrong; ends early when the signal aborts. */
export async function* feedBlocks(index: BlockIndex, options: FeedOptions): AsyncGenerator<FedBlock, void> {
  const from = options.from ?? 0;
  const crew = new Crew(index, options);
  try {
    for (let number = 0; number < index.blocks.length - from; number += 1) {
      if (number % BLOCKS_PER_TURN === BLOCKS_PER_TURN - 1) await turn();
      for (let waits = 0; !crew.ring.holds(number); waits += 1) {
        if (waits > 0) await turn();
        if (options.signal?.aborted === true) return;
        crew.check(number);
        crew.ring.awaitArrival(number, POLL_MS);
      }
      crew.ring.wantsUndo = options.wantsUndo?.() ?? false;
      yield { number: from + number, columns: crew.ring.take(number), hasUndo: crew.ring.hasUndo(number) };
      crew.ring.free(number);
      if (options.signal?.aborted === true) return;
    }
  } finally {
    await crew.end();
  }
}

/** Parses every block and counts; nothing is handed over. Ends early when the signal aborts, with what was counted until then. */
export async function countBlocks(index: BlockIndex, options: Omit<FeedOptions, 'kind'>): Promise<FeedCounts> {
  const crew = new Crew(index, { ...options, kind: 'count', workers: options.workers - 1 });
  const stop = (): void => crew.ring.stop();
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener('abort', stop);
  try {
    await crew.joinIn();
    return await crew.counts();
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}
