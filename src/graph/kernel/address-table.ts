/**
 * Claim:      owner keys become numbers in the order in which they are first met.
 * Source:     open addressing with linear probing; slots of 8 bytes: the high word of the key, the number plus one.
 * Parameters: a first capacity; the table doubles above a load of 0.6.
 * Cost:       one or two memory reads a look-up.
 * Fails when: two owners have the same 64-bit key; `chain/bitcoin/bulk/owner-key.ts` says how likely that is.
 */
import { at32, extend, giveBack, newArray, reserve } from './memory';

export let table: usize = 0;
export let mask: u32 = 0;
/** Low word of each address's key: the other half of the comparison, and what the table is filled again from when it grows. */
export let lowWords: usize = 0;

/** Numbers given so far. */
export let addressCount: u32 = 0;

/** Starts empty with room for about `expected` addresses. */
export function prepareAddresses(expected: u32): void {
  let slots: u32 = 1 << 16;
  while (slots < 0x1000_0000 && <f64>slots * 0.6 < <f64>expected) slots <<= 1;
  table = reserve(<usize>slots << 3);
  mask = slots - 1;
  lowWords = newArray();
  addressCount = 0;
}

function growTable(): void {
  const old = table;
  const oldSlots = mask + 1;
  const slots = oldSlots << 1;
  table = reserve(<usize>slots << 3);
  mask = slots - 1;
  for (let at: usize = old; at < old + (<usize>oldSlots << 3); at += 8) {
    const slot = load<u64>(at);
    if (slot == 0) continue;
    let place = load<u32>(at32(lowWords, <u32>slot - 1)) & mask;
    while (load<u64>(table + (<usize>place << 3)) != 0) place = (place + 1) & mask;
    store<u64>(table + (<usize>place << 3), slot);
  }
  giveBack(old, <usize>oldSlots << 3);
}

/** Number of the owner with this key, a new one where it was not met before. */
@inline
export function numberOf(key: u64): u32 {
  const low = <u32>key;
  const tag = <u32>(key >>> 32);
  let place = low & mask;
  while (true) {
    const at = table + (<usize>place << 3);
    const slot = load<u64>(at);
    if (slot == 0) return addAddress(at, low, tag);
    const number = <u32>slot - 1;
    if (<u32>(slot >>> 32) == tag && load<u32>(at32(lowWords, number)) == low) return number;
    place = (place + 1) & mask;
  }
}

function addAddress(at: usize, low: u32, tag: u32): u32 {
  const number = addressCount;
  store<u64>(at, (<u64>tag << 32) | <u64>(number + 1));
  extend(lowWords, number, 18);
  store<u32>(at32(lowWords, number), low);
  addressCount += 1;
  if (<f64>addressCount > <f64>mask * 0.6) growTable();
  return number;
}

/** Number of an owner, or all ones where it was never met. */
export function findNumber(key: u64): u32 {
  const tag = <u32>(key >>> 32);
  let place = <u32>key & mask;
  while (true) {
    const slot = load<u64>(table + (<usize>place << 3));
    if (slot == 0) return 0xffff_ffff;
    if (<u32>(slot >>> 32) == tag && load<u32>(at32(lowWords, <u32>slot - 1)) == <u32>key) return <u32>slot - 1;
    place = (place + 1) & mask;
  }
}

/** Touches the slots of `count` keys at `keys`, so that the look-ups that follow find them in the cache. Returns a number nobody needs. */
@inline
export function touch(keys: usize, count: u32): u64 {
  let sum: u64 = 0;
  for (let index: u32 = 0; index < count; index += 1) {
    sum += load<u64>(table + (<usize>(load<u32>(keys + (<usize>index << 3)) & mask) << 3));
  }
  return sum;
}
