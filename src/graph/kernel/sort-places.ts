/**
 * Claim:      places 0, 1, 2 ... in the order of the amounts that stand there, highest or smallest first, the lower place first among equals.
 * Source:     merge sort, from runs of eight that insertion has sorted, over words of an amount and its place together; heap sort where they do not fit
 *             into a word.
 * Parameters: amounts as u64, the list of places as u32.
 * Cost:       O(n log n).
 * Fails when: never.
 */

import { reserve } from './memory';

/** Bits of a word for the place; the amount has the others. */
const PLACE_BITS: u64 = 13;
const MOST_PLACES: u32 = 1 << 13;
const MOST_SAT: u64 = (1 << 51) - 1;
const SORTED: u32 = 8;

let amounts: usize = 0;
let places: usize = 0;
let highestFirst: bool = false;

/** Whether place `a` is served after place `b`. */
@inline
function after(a: u32, b: u32): bool {
  const left = load<u64>(amounts + (<usize>a << 3));
  const right = load<u64>(amounts + (<usize>b << 3));
  if (left == right) return a > b;
  return highestFirst ? left < right : left > right;
}

@inline
function placeAt(index: u32): u32 {
  return load<u32>(places + (<usize>index << 2));
}

@inline
function setPlace(index: u32, place: u32): void {
  store<u32>(places + (<usize>index << 2), place);
}

function sift(start: u32, count: u32): void {
  let at = start;
  const own = placeAt(at);
  while (true) {
    let child: u32 = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && after(placeAt(child + 1), placeAt(child))) child += 1;
    if (!after(placeAt(child), own)) break;
    setPlace(at, placeAt(child));
    at = child;
  }
  setPlace(at, own);
}

/** Words being sorted, and room to merge them to. */
let keys: usize = 0;
let merged: usize = 0;

/** Amounts and places as words in which the first is the smallest. Returns whether all fit. */
function pack(count: u32): bool {
  if (count > MOST_PLACES) return false;
  if (keys == 0) {
    keys = reserve(<usize>MOST_PLACES << 3);
    merged = reserve(<usize>MOST_PLACES << 3);
  }
  let all: u64 = 0;
  for (let place: u32 = 0; place < count; place += 1) {
    const sat = load<u64>(amounts + (<usize>place << 3));
    all |= sat;
    store<u64>(keys + (<usize>place << 3), ((highestFirst ? MOST_SAT - sat : sat) << PLACE_BITS) | <u64>place);
  }
  return all <= MOST_SAT;
}

/** Sorts the words from `first` up to `end`, addresses, by insertion. */
@inline
function insert(first: usize, end: usize): void {
  for (let next = first + 8; next < end; next += 8) {
    const own = load<u64>(next);
    let at = next;
    for (; at > first && load<u64>(at - 8) > own; at -= 8) store<u64>(at, load<u64>(at - 8));
    store<u64>(at, own);
  }
}

/** Merges two sorted rows that lie one behind the other. */
@inline
function merge(first: usize, middle: usize, end: usize, to: usize): void {
  let left = first;
  let right = middle;
  for (let at = to; at < to + (end - first); at += 8) {
    if (right >= end || (left < middle && load<u64>(left) < load<u64>(right))) {
      store<u64>(at, load<u64>(left));
      left += 8;
    } else {
      store<u64>(at, load<u64>(right));
      right += 8;
    }
  }
}

function sortKeys(count: u32): void {
  const bytes = <usize>count << 3;
  const run = <usize>SORTED << 3;
  for (let at: usize = 0; at < bytes; at += run) insert(keys + at, keys + min(at + run, bytes));
  for (let width = run; width < bytes; width <<= 1) {
    for (let at: usize = 0; at < bytes; at += width << 1) {
      merge(keys + at, keys + min(at + width, bytes), keys + min(at + (width << 1), bytes), merged + at);
    }
    const other = keys;
    keys = merged;
    merged = other;
  }
}

function sortByHeap(count: u32): void {
  for (let place: u32 = 0; place < count; place += 1) setPlace(place, place);
  for (let at = count >>> 1; at > 0; at -= 1) sift(at - 1, count);
  for (let last = count - 1; last > 0; last -= 1) {
    const largest = placeAt(0);
    setPlace(0, placeAt(last));
    setPlace(last, largest);
    sift(0, last);
  }
}

/** Writes the places of `count` amounts to `list`. */
export function sortPlaces(from: usize, list: usize, count: u32, highest: bool): void {
  amounts = from;
  places = list;
  highestFirst = highest;
  if (count < 2) {
    if (count == 1) setPlace(0, 0);
  } else if (pack(count)) {
    sortKeys(count);
    const mask: u64 = (1 << PLACE_BITS) - 1;
    for (let at: u32 = 0; at < count; at += 1) setPlace(at, <u32>(load<u64>(keys + (<usize>at << 3)) & mask));
  } else sortByHeap(count);
}
