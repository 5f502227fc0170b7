/**
 * Claim:      divides a whole number of satoshi over buckets in proportion to their room, exactly, never over a bucket's room.
 * Source:     largest remainder (Hamilton); several labels in order against the room left (src/taint/README.md).
 * Parameters: ties go to the lowest bucket index.
 * Cost:       O(n) plus O(n log n) only when units are left over.
 * Fails when: taint is split into dust on purpose: rounding by whole satoshi then steers it (src/taint/README.md, the 10 against 5 example).
 */
import { mulDiv, type QuotientRemainder } from '../ledger/index.ts';

/**
 * Adds to `share[k]` the part of `amountSat` that bucket k gets, and takes it from `room[k]`.
 * Needs 0 <= amountSat <= sum(room) = roomSat; all integers. `share` and `room` are written in place.
 */
export function apportion(amountSat: number, roomSat: number, room: number[], share: number[]): void {
  if (amountSat === 0) return;
  const division: QuotientRemainder = { quotient: 0, remainder: 0 };
  const remainders = new Array<number>(room.length).fill(0);
  let left = amountSat;
  for (let bucket = 0; bucket < room.length; bucket += 1) {
    if (room[bucket] === 0) {
      share[bucket] = 0;
      continue;
    }
    mulDiv(amountSat, room[bucket], roomSat, division);
    share[bucket] = division.quotient;
    remainders[bucket] = division.remainder;
    left -= division.quotient;
  }
  if (left > 0) giveLeftOver(left, remainders, share);
  for (let bucket = 0; bucket < room.length; bucket += 1) room[bucket] -= share[bucket];
}

/** One unit each to the `left` largest remainders; equal remainders by lowest index. */
function giveLeftOver(left: number, remainders: readonly number[], share: number[]): void {
  if (left === 1) {
    let best = 0;
    for (let bucket = 1; bucket < remainders.length; bucket += 1) {
      if (remainders[bucket] > remainders[best]) best = bucket;
    }
    share[best] += 1;
    return;
  }
  const order = remainders.map((_, bucket) => bucket).sort((a, b) => remainders[b] - remainders[a] || a - b);
  for (const bucket of order.slice(0, left)) share[bucket] += 1;
}
