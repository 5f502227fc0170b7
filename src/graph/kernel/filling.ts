/**
 * Claim:      tainted value leaves first: it fills outputs one after the other, and the fee only when all are full.
 * Source:     `src/taint/filling.ts`, for one label.
 * Parameters: the order: by vout (seniority) or the highest value first (TIHO).
 * Cost:       by vout the outputs that are filled; by value O(outputs), of which most often the highest alone is filled; else `fill-highest.ts`.
 * Fails when: as `src/taint/filling.ts`.
 */
import { settleOutput, shares } from './amounts';
import { valueSat } from './fees';
import { fillHighest, prepareHighest } from './fill-highest';
import { valueOf } from './index';
import { at64, chunkEnd64 } from './memory';

const HIGHEST: u32 = 2;

let byValue: bool = false;
/** Where taint goes: to the transactions that spend the outputs, or to `shares` alone, since seeds come to lie on top. */
let inPlace: bool = false;
let firstOutput: u32 = 0;
let nextHops: u32 = 0;

/** Makes room to choose among the outputs of one transaction. */
export function prepareFilling(outOrder: u32): void {
  byValue = outOrder == HIGHEST;
  if (byValue) prepareHighest();
}

/** Fills an output from what is left. Returns what is left then. */
@inline
export function fillOutput(output: u32, left: u64): u64 {
  const filled = min(left, valueSat(output));
  if (!inPlace) store<u64>(shares + (<usize>(output - firstOutput) << 3), filled);
  else if (filled > 0) settleOutput(output, filled, nextHops);
  return left - filled;
}

/** Fills the outputs of a transaction without seeds, and settles them as it goes. Returns what goes to the fee. */
export function fillInPlace(taintSat: u64, first: u32, end: u32, hops: u32): u64 {
  inPlace = true;
  nextHops = hops;
  return fill(taintSat, first, end);
}

/** Writes what each output gets to `shares`. Returns what goes to the fee. */
export function fillOutputs(taintSat: u64, first: u32, end: u32): u64 {
  inPlace = false;
  firstOutput = first;
  memory.fill(shares, 0, <usize>(end - first) << 3);
  return fill(taintSat, first, end);
}

@inline
function fill(taintSat: u64, first: u32, end: u32): u64 {
  const count = end - first;
  if (!byValue || count < 2) return fillInOrder(taintSat, first, end);
  if (count == 2) {
    const second: u32 = valueSat(first + 1) > valueSat(first) ? 1 : 0;
    const left = fillOutput(first + second, taintSat);
    return left == 0 ? 0 : fillOutput(first + 1 - second, left);
  }
  return fillByValue(taintSat, first, end);
}

@inline
function fillInOrder(taintSat: u64, first: u32, end: u32): u64 {
  let left = taintSat;
  for (let output = first; output < end && left > 0; output += 1) left = fillOutput(output, left);
  return left;
}

function fillByValue(taintSat: u64, first: u32, end: u32): u64 {
  let highest = first;
  let most: u64 = 0;
  let made: u64 = 0;
  for (let output = first; output < end; ) {
    const stop = min(end, chunkEnd64(output));
    for (let at = at64(valueOf, output); output < stop; output += 1, at += 8) {
      const own = <u64>(<i64>load<f64>(at));
      made += own;
      if (own <= most) continue;
      most = own;
      highest = output;
    }
  }
  if (most >= taintSat) return fillOutput(highest, taintSat);
  return made <= taintSat ? fillInOrder(taintSat, first, end) : fillHighest(taintSat, first, end);
}
