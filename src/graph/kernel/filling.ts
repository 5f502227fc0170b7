/**
 * Claim:      tainted value leaves first: it fills outputs one after the other, and the fee only when all are full.
 * Source:     `src/taint/filling.ts`, for one label.
 * Parameters: the order: by vout (seniority) or the highest value first (TIHO).
 * Cost:       O(outputs), sorting under TIHO where there are more than two.
 * Fails when: as `src/taint/filling.ts`.
 */
import { valueSat } from './fees';
import { shares } from './amounts';
import { mostOutputs } from './index';
import { reserve } from './memory';
import { sortPlaces } from './sort-places';

const HIGHEST: u32 = 2;

let byValue: bool = false;
let values: usize = 0;
let order: usize = 0;

/** Makes room to sort the outputs of one transaction. */
export function prepareFilling(outOrder: u32): void {
  byValue = outOrder == HIGHEST;
  if (values != 0) return;
  values = reserve(<usize>mostOutputs << 3);
  order = reserve(<usize>mostOutputs << 2);
}

/** Fills the output of a place from what is left. Returns what is left then. */
@inline
function fillPlace(first: u32, place: u32, left: u64): u64 {
  const filled = min(left, valueSat(first + place));
  store<u64>(shares + (<usize>place << 3), filled);
  return left - filled;
}

/** Fills the outputs. Returns what goes to the fee. */
export function fillOutputs(taintSat: u64, first: u32, end: u32): u64 {
  const count = end - first;
  let left = taintSat;
  if (!byValue || count < 2) {
    for (let place: u32 = 0; place < count; place += 1) left = fillPlace(first, place, left);
    return left;
  }
  if (count == 2) {
    const higher: u32 = valueSat(first + 1) > valueSat(first) ? 1 : 0;
    return fillPlace(first, 1 - higher, fillPlace(first, higher, left));
  }
  let highest: u32 = 0;
  for (let place: u32 = 0; place < count; place += 1) {
    const own = valueSat(first + place);
    store<u64>(values + (<usize>place << 3), own);
    if (own > load<u64>(values + (<usize>highest << 3))) highest = place;
  }
  if (load<u64>(values + (<usize>highest << 3)) >= left) {
    // Most often the highest holds it all, and nothing need be sorted.
    memory.fill(shares, 0, <usize>count << 3);
    return fillPlace(first, highest, left);
  }
  sortPlaces(values, order, count, true);
  for (let at: u32 = 0; at < count; at += 1) left = fillPlace(first, load<u32>(order + (<usize>at << 2)), left);
  return left;
}
