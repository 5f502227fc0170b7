/** Ids of requests and screenings: random, so that nobody guesses one from another. */
import { randomFillSync } from 'node:crypto';

/** Asking the system for bytes costs more than an id does: they are asked for so many at a time, and each is used once. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** A name of so many random bytes in hex behind a prefix. */
export function randomId(prefix: string, bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return prefix + pool.toString('hex', used - bytes, used);
}
