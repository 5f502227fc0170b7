/** Claims blocks, reads them straight into the memory of a kernel, parses, hashes, and puts the columns into the ring: what every thread does. */
import { SpoorError } from '../../../ledger/index.ts';
import { Ring, type RingMemory } from './ring.ts';
import { BlockReader, parserFor, type ReaderData } from './source-block-reader.ts';

/** What a worker is started with. */
export interface WorkerStart {
  readonly reader: ReaderData;
  readonly ring: RingMemory;
}

/** Bytes a millisecond that no disk gives: they lay in memory. */
const FROM_MEMORY = 2_000_000;

/**
 * What a thread does that waits for the one that takes blocks, where that one may be long over a block: it reads files ahead, so that the disk goes on. One
 * block at a time; false for nothing to do.
 */
function readingAhead(ring: Ring, reader: BlockReader, count: number): () => boolean {
  return () => {
    const number = ring.claimAhead(count);
    if (number === null) return false;
    const start = performance.now();
    const bytes = reader.readAhead(number);
    if (bytes > FROM_MEMORY * (performance.now() - start)) ring.skipAhead();
    return true;
  };
}

/** What a waiting thread is told: work, or to end without. */
export interface WorkerOrder {
  readonly start: WorkerStart | null;
}

/** What it says at its end: how it ended, with its part of the counts; or the error it met at block `number`. */
export type WorkerWord =
  | { readonly kind: 'done'; readonly transactions: number; readonly inputs: number; readonly outputs: number }
  | {
      readonly kind: 'error';
      readonly number: number;
      readonly error: Pick<SpoorError, 'code' | 'message' | 'place' | 'hint'> | null;
      readonly text: string;
    };

/** Works until no block is left, the ring is stopped or a block is wrong. `pause` is awaited after each block, for a thread that has other work too. */
export async function workOff(
  { reader: data, ring: memory }: WorkerStart,
  pause: (() => Promise<void>) | null = null,
): Promise<WorkerWord> {
  const ring = new Ring(memory);
  const reader = new BlockReader(data, memory.kind, await parserFor(data));
  // Taint alone keeps the taking thread long over some blocks and idle over most.
  const readsAhead = memory.kind === 'spends' || memory.kind === 'payers';
  const meanwhile = readsAhead ? readingAhead(ring, reader, data.count) : () => false;
  const counts = { transactions: 0, inputs: 0, outputs: 0 };
  for (let number = ring.claim(); number < data.count && !ring.stopped; number = ring.claim()) {
    const undo = reader.readsUndo || ring.wantsUndo;
    try {
      const columns = reader.read(number, undo);
      counts.transactions += columns.transactionCount;
      counts.inputs += columns.inputCount;
      counts.outputs += columns.outputCount;
      if (memory.kind !== 'count') ring.put(number, columns, undo, meanwhile);
    } catch (error) {
      const known = error instanceof SpoorError ? ((await reader.explain(number, undo)) ?? error) : null;
      const parts = known && { code: known.code, message: known.message, place: known.place, hint: known.hint };
      return { kind: 'error', number, error: parts, text: String(error) };
    }
    await pause?.();
  }
  return { kind: 'done', ...counts };
}
