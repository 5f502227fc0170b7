/**
 * Claim:      ordered taint of an output in one word: clean, tainted throughout, or a list of runs, clean and tainted in turn, the clean one first.
 * Source:     `src/taint/segment.ts`, for one label: neighbours of one kind are one run, and only the first run can be empty.
 * Parameters: none.
 * Cost:       8 bytes a run and 8 for the head, in blocks of a power of two that are used again once they are given back.
 * Fails when: runs outgrow the memory: the kernel traps.
 */
import { at32, extend, newArray, reserve } from './memory';

/** No taint. */
export const CLEAN: u32 = 0;
/** All of the output is tainted. */
export const FULL: u32 = 2;
/** Bit beside a state: the rule follows this taint no further. */
export const FROZEN: u32 = 1;

const PIECE_BYTES: usize = 1 << 20;
/** First list given back of each size: 2^kind words. */
const GIVEN: usize = memory.data(4 * 32, 8);

/** Pieces of memory for lists, how many of them are in use, and what is left of the last. */
let pieces: usize = 0;
let pieceCount: u32 = 0;
let pieceAt: usize = 0;
let pieceLeft: usize = 0;
/** From this size on a list has memory of its own: 2^17 words are one piece. */
const LONG: u32 = 17;
let longs: usize = 0;
let longCount: u32 = 0;

/** Gives all lists back at once. */
export function clearLists(): void {
  if (pieces == 0) {
    pieces = newArray();
    longs = newArray();
  }
  pieceCount = 0;
  pieceLeft = 0;
  memory.fill(GIVEN, 0, 4 * 32);
  for (let long: u32 = 0; long < longCount; long += 1) freeRuns(load<u32>(at32(longs, long)));
}

function carve(kind: u32): usize {
  const bytes = <usize>8 << <usize>kind;
  if (kind >= LONG) {
    const own = reserve(bytes);
    extend(longs, longCount, 18);
    store<u32>(at32(longs, longCount), <u32>own);
    longCount += 1;
    return own;
  }
  if (pieceLeft < bytes) {
    extend(pieces, pieceCount, 18);
    const place = at32(pieces, pieceCount);
    if (load<u32>(place) == 0) store<u32>(place, <u32>reserve(PIECE_BYTES));
    pieceAt = <usize>load<u32>(place);
    pieceCount += 1;
    pieceLeft = PIECE_BYTES;
  }
  const list = pieceAt;
  pieceAt += bytes;
  pieceLeft -= bytes;
  return list;
}

/** A list of `count` runs, not yet filled: u32 count, u32 kind, then the lengths as u64. */
export function newRuns(count: u32): u32 {
  const kind = 32 - <u32>clz<u32>(count);
  const given = GIVEN + (<usize>kind << 2);
  let list = <usize>load<u32>(given);
  if (list != 0) store<u32>(given, load<u32>(list, 8));
  else list = carve(kind);
  store<u32>(list, count);
  store<u32>(list, kind, 4);
  return <u32>list;
}

/** Gives a state's list back, if it has one. */
@inline
export function freeRuns(state: u32): void {
  const list = <usize>(state & ~FROZEN);
  if (list <= FULL) return;
  const given = GIVEN + (<usize>load<u32>(list, 4) << 2);
  store<u32>(list, load<u32>(given), 8);
  store<u32>(given, <u32>list);
}

/** How many runs a list has. */
@inline
export function runCount(list: u32): u32 {
  return load<u32>(<usize>list);
}

/** Address of the first run. */
@inline
export function firstRun(list: u32): usize {
  return <usize>list + 8;
}

/** Tainted satoshi of a state on `valueSat`. */
@inline
export function taintedSat(state: u32, valueSat: u64): u64 {
  const list = state & ~FROZEN;
  if (list == CLEAN) return 0;
  if (list == FULL) return valueSat;
  let sum: u64 = 0;
  const end = firstRun(list) + (<usize>runCount(list) << 3);
  for (let at = firstRun(list) + 8; at < end; at += 16) sum += load<u64>(at);
  return sum;
}
