/** Random damage to bytes, for tests of parsers. */
import type { Prng } from './prng.ts';

/** One of a list. */
export function pick<T>(prng: Prng, list: readonly T[]): T {
  return list[prng.int(list.length)];
}

/** One to three random changes: a bit, a byte, a length, a cut, an insertion. */
export function damaged(block: Buffer, prng: Prng): Buffer {
  let bytes = Buffer.from(block);
  for (let left = prng.between(1, 3); left > 0; left -= 1) {
    const at = prng.int(bytes.length);
    const kind = prng.int(6);
    if (kind === 0) bytes = bytes.subarray(0, at);
    else if (kind === 1)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([prng.int(256)]), bytes.subarray(at)]);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    else if (kind === 3) bytes[at] = pick(prng, [0, 1, 0xfc, 0xfd, 0xfe, 0xff]);
    else bytes[at] ^= 1 << prng.int(8);
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}
