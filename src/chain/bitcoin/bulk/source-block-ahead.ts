/**
 * What the first of the threads does that wait while an index is made: it reads the files from the beginning, so that a cold disk is not idle while the
 * index asks it for one header after the other.
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK_BYTES = 1 << 20;
/** What is read ahead must still be in memory when its turn comes. */
const MOST_BYTES = 2 ** 30;

/** What a thread does until it is told more: read ahead in a folder until the word is 1; null for nothing. */
export interface WorkerWait {
  readonly ahead: { readonly folder: string; readonly stop: SharedArrayBuffer } | null;
}

/** Reads block files in order into nowhere, for the page cache. A folder that cannot be read is for the index to refuse. */
export function readAhead({ folder, stop }: NonNullable<WorkerWait['ahead']>): void {
  const word = new Int32Array(stop);
  const into = new Uint8Array(CHUNK_BYTES);
  let left = MOST_BYTES;
  try {
    for (const name of readdirSync(folder).sort()) {
      if (!name.startsWith('blk')) continue;
      const file = openSync(join(folder, name), 'r');
      try {
        for (let count = 1; count > 0 && left > 0 && Atomics.load(word, 0) === 0; left -= count) {
          count = readSync(file, into, 0, CHUNK_BYTES, null);
        }
      } finally {
        closeSync(file);
      }
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}
