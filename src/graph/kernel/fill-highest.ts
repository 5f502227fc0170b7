/**
 * Claim:      the highest outputs of a transaction are filled as far as the taint goes, the lower vout first among equals.
 * Source:     Hoare's selection (1961), by the sum of what lies on a side in place of its count: words of an amount and its place together are parted, and
 *             only the side in which the taint ends is looked at again.
 * Parameters: the outputs of one transaction, and taint that fills some of them and not all.
 * Cost:       O(outputs) as a rule; sorted whole, O(n log n), where so many parts did not end it or where they do not fit into a word.
 * Fails when: never.
 */
import { fillOutput } from './filling';
import { valueSat } from './fees';
import { mostOutputs } from './index';
import { reserve } from './memory';
import { sortPlaces } from './sort-places';

/** Bits of a word for the place; the amount has the others. */
const PLACE_BITS: u64 = 13;
const MOST_PLACES: u32 = 1 << 13;
const MOST_SAT: u64 = (1 << 51) - 1;
const MOST_PARTS: u32 = 40;
/** So few are sorted by insertion. */
const FEW: usize = 8 << 3;

/** Words, of which the smallest is served first; or amounts, as `sortPlaces` wants them. */
let words: usize = 0;
let order: usize = 0;

/** Makes room. */
export function prepareHighest(): void {
  if (words != 0) return;
  words = reserve(<usize>mostOutputs << 3);
  order = reserve(<usize>mostOutputs << 2);
}

@inline
function wordSat(word: u64): u64 {
  return MOST_SAT - (word >>> PLACE_BITS);
}

/** Fills the outputs of the words between two addresses, in their order. Returns what is left. */
@inline
function fillWords(from: usize, to: usize, first: u32, taintSat: u64): u64 {
  let left = taintSat;
  for (let at = from; at < to && left > 0; at += 8) {
    left = fillOutput(first + <u32>(load<u64>(at) & (MOST_PLACES - 1)), left);
  }
  return left;
}

/** Makes the words. Returns whether all fit. */
@inline
function pack(first: u32, count: u32): bool {
  if (count > MOST_PLACES) return false;
  let all: u64 = 0;
  for (let place: u32 = 0; place < count; place += 1) {
    const sat = valueSat(first + place);
    all |= sat;
    store<u64>(words + (<usize>place << 3), ((MOST_SAT - sat) << PLACE_BITS) | <u64>place);
  }
  return all <= MOST_SAT;
}

@inline
function swap(a: usize, b: usize): void {
  const word = load<u64>(a);
  store<u64>(a, load<u64>(b));
  store<u64>(b, word);
}

/** Puts the middle one of the first, the middle and the last word last. */
@inline
function choosePivot(from: usize, to: usize): void {
  const middle = from + (((to - from) >>> 4) << 3);
  const last = to - 8;
  if (load<u64>(middle) < load<u64>(from)) swap(middle, from);
  if (load<u64>(last) < load<u64>(from)) swap(last, from);
  if (load<u64>(middle) < load<u64>(last)) swap(middle, last);
}

/** Satoshi of the words that the last `part` put in front. */
let frontSat: u64 = 0;

/** Puts the words before the pivot in front. Returns where the others begin, the pivot among them: neither side is empty, since no word is there twice. */
@inline
function part(from: usize, to: usize): usize {
  choosePivot(from, to);
  const last = to - 8;
  const pivot = load<u64>(last);
  let next = from;
  frontSat = 0;
  for (let at = from; at < last; at += 8) {
    const word = load<u64>(at);
    if (word >= pivot) continue;
    frontSat += wordSat(word);
    store<u64>(at, load<u64>(next));
    store<u64>(next, word);
    next += 8;
  }
  return next;
}

function insert(from: usize, to: usize): void {
  for (let next = from + 8; next < to; next += 8) {
    const own = load<u64>(next);
    let at = next;
    for (; at > from && load<u64>(at - 8) > own; at -= 8) store<u64>(at, load<u64>(at - 8));
    store<u64>(at, own);
  }
}

function fillSorted(taintSat: u64, first: u32, end: u32): u64 {
  const count = end - first;
  for (let place: u32 = 0; place < count; place += 1) store<u64>(words + (<usize>place << 3), valueSat(first + place));
  sortPlaces(words, order, count, true);
  let left = taintSat;
  for (let at: u32 = 0; at < count && left > 0; at += 1) {
    left = fillOutput(first + load<u32>(order + (<usize>at << 2)), left);
  }
  return left;
}

/** Fills them. Returns what is left, 0 where there is room for all. */
export function fillHighest(taintSat: u64, first: u32, end: u32): u64 {
  if (!pack(first, end - first)) return fillSorted(taintSat, first, end);
  let left = taintSat;
  let from = words;
  let to = words + (<usize>(end - first) << 3);
  for (let parts: u32 = 0; to - from > FEW; parts += 1) {
    if (parts == MOST_PARTS) return fillSorted(taintSat, first, end);
    const middle = part(from, to);
    if (frontSat > left) to = middle;
    else {
      left -= frontSat;
      from = middle;
    }
  }
  insert(from, to);
  return fillWords(words, to, first, taintSat);
}
