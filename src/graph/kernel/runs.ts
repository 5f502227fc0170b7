/**
 * Claim:      ordered taint of an output in one word: clean, tainted throughout, or a list of runs, clean and tainted in turn, the clean one first.
 * Source:     `src/taint/segment.ts`, for one label: neighbours of one kind are one run, and only the first run can be empty.
 * Parameters: none.
 * Cost:       8 bytes a run and 8 for the head, in blocks of a power of two that are used again once they are given back.
 * Fails when: runs outgrow the memory: the kernel traps.
 */
import { reserve } from './memory';

/** No taint. */
export const CLEAN: u32 = 0;
/** All of the output is tainted. */
export const FULL: u32 = 2;
/** Bit beside a state: the rule follows this taint no further. */
export const FROZEN: u32 = 1;

const ARENA_BYTES: usize = 1 << 20;
/** First list given back of each size: 2^kind words. */
const GIVEN: usize = memory.data(4 * 32, 8);

let arena: usize = 0;
let arenaLeft: usize = 0;

function carve(bytes: usize): usize {
  if (bytes > ARENA_BYTES) return reserve(bytes);
  if (arenaLeft < bytes) {
    arena = reserve(ARENA_BYTES);
    arenaLeft = ARENA_BYTES;
  }
  const list = arena;
  arena += bytes;
  arenaLeft -= bytes;
  return list;
}

/** A list of `count` runs, not yet filled: u32 count, u32 kind, then the lengths as u64. */
export function newRuns(count: u32): u32 {
  const kind = 32 - <u32>clz<u32>(count);
  const given = GIVEN + (<usize>kind << 2);
  let list = <usize>load<u32>(given);
  if (list != 0) store<u32>(given, load<u32>(list, 8));
  else list = carve(<usize>8 << <usize>kind);
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
