/**
 * Claim:      one bit a transaction: taint enters it. Swept in order, the bits are the list of what is to be visited.
 * Source:     as `taint.ts`.
 * Parameters: none.
 * Cost:       n / 8 bytes for n transactions, and a sweep over them.
 * Fails when: never.
 */
import { reserve } from './memory';

let bits: usize = 0;
/** Transactions there is room for. */
export let room: u32 = 0;

@inline
function bytes(): usize {
  return <usize>(room + 64) >>> 3;
}

/** Makes room, all bits unset. */
export function prepareEntered(transactions: u32): void {
  room = transactions;
  bits = reserve(bytes());
}

/** Unsets all bits. */
export function clearEntered(): void {
  memory.fill(bits, 0, bytes());
}

@inline
export function wordAt(at: u32): u64 {
  return load<u64>(bits + (<usize>at << 3));
}

/** The first transaction from `from` on that taint enters, or `limit`. */
export function nextEntered(from: u32, limit: u32): u32 {
  if (from >= limit) return limit;
  const last = (limit - 1) >>> 6;
  let at = from >>> 6;
  let word = wordAt(at) & (~(<u64>0) << <u64>(from & 63));
  while (word == 0) {
    if (at >= last) return limit;
    at += 1;
    word = wordAt(at);
  }
  return min((at << 6) + <u32>ctz(word), limit);
}

/** Whether taint enters a transaction. */
@inline
export function isEntered(number: u32): bool {
  return (wordAt(number >>> 6) & ((<u64>1) << <u64>(number & 63))) != 0;
}

/** Taint enters a transaction. */
@inline
export function markEntered(number: u32): void {
  const at = bits + (<usize>(number >>> 6) << 3);
  store<u64>(at, load<u64>(at) | ((<u64>1) << <u64>(number & 63)));
}

/** Taint enters a transaction. Returns whether it is the first that does. */
@inline
export function enterOnce(number: u32): bool {
  const at = bits + (<usize>(number >>> 6) << 3);
  const word = load<u64>(at);
  const bit = (<u64>1) << <u64>(number & 63);
  store<u64>(at, word | bit);
  return (word & bit) == 0;
}
