/**
 * Claim:      outputs that are tainted when they are made, each at its turn.
 * Source:     `place` of `src/taint/visit.ts`: what is there already stays, the label fills the clean part.
 * Parameters: seeds in the order in which their transactions are visited, and within one by output.
 * Cost:       12 bytes a seed.
 * Fails when: never; the caller gives each output once.
 */
import { reserve } from './memory';

const NONE: u32 = 0xffff_ffff;

/** Seeds: transaction, output, and whether the seed changed what was on it; 12 bytes each. */
let seeds: usize = 0;
let seedRoom: u32 = 0;
export let seedCount: u32 = 0;
let seedAt: u32 = 0;
/** The same, as the outputs of one transaction are settled. */
let settling: u32 = 0;

/** Satoshi that seeds filled. */
export let seededSat: u64 = 0;

/** Makes room for `count` seeds. Returns where they go. */
export function reserveSeeds(count: u32): usize {
  if (count > seedRoom) {
    seeds = reserve(12 * <usize>count);
    seedRoom = count;
  }
  seedCount = count;
  return seeds;
}

/** Starts with the first seed. */
export function beginSeeds(): void {
  seedAt = 0;
  seededSat = 0;
}

/** Transaction of the next seed, all ones when there is none. */
@inline
export function nextSeeded(): u32 {
  return seedAt < seedCount ? seedTransaction(seedAt) : NONE;
}

/** Transaction of a seed. */
@inline
export function seedTransaction(seed: u32): u32 {
  return load<u32>(seeds + 12 * <usize>seed);
}

@inline
function seedOutput(seed: u32): u32 {
  return load<u32>(seeds + 12 * <usize>seed, 4);
}

/** The next seed of a transaction, all ones when there is no more; `fill` says what it did. */
export function takeSeed(number: u32): u32 {
  if (seedAt >= seedCount || seedTransaction(seedAt) != number) return NONE;
  seedAt += 1;
  return seedOutput(seedAt - 1);
}

/** The seed taken last filled so much of its output; `changed` where it was not tainted throughout before. */
export function fill(filledSat: u64, changed: bool): void {
  seededSat += filledSat;
  store<u32>(seeds + 12 * <usize>(seedAt - 1), changed ? 1 : 0, 8);
}

/** Outputs of a transaction are settled from here on, the lowest first. Its seeds are taken. */
@inline
export function beginSettling(number: u32, seeded: bool): void {
  settling = seedAt;
  if (seeded) while (settling > 0 && seedTransaction(settling - 1) == number) settling -= 1;
}

/** Hops of an output: those of its transaction, none where a seed changed it. */
@inline
export function outputHops(output: u32, hops: u32): u32 {
  while (settling < seedAt) {
    const seed = seedOutput(settling);
    if (seed > output) return hops;
    settling += 1;
    if (seed == output) return load<u32>(seeds + 12 * <usize>(settling - 1), 8) != 0 ? 0 : hops;
  }
  return hops;
}
