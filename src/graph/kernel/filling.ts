/**
 * Claim:      tainted value leaves first: it fills outputs one after the other, and the fee only when all are full.
 * Source:     `src/taint/filling.ts`, for one label.
 * Parameters: the order: by vout (seniority) or the highest value first (TIHO).
 * Cost:       O(outputs), sorting under TIHO where there are more than two.
 * Fails when: as `src/taint/filling.ts`.
 */
import { amountOf } from './amounts';
import { mostOutputs } from './index';
import { at64, reserve } from './memory';
import { sortPlaces } from './sort-places';
import { valueSat } from './taint';

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

/** Fills one output from what is left. Returns what is left then. */
@inline
function fillOutput(output: u32, left: u64): u64 {
  const filled = min(left, valueSat(output));
  store<u64>(at64(amountOf, output), filled);
  return left - filled;
}

/** Fills the outputs. Returns what goes to the fee. */
export function fillOutputs(taintSat: u64, first: u32, end: u32): u64 {
  let left = taintSat;
  if (!byValue || end - first < 2) {
    for (let output = first; output < end; output += 1) left = fillOutput(output, left);
    return left;
  }
  if (end - first == 2) {
    const second: u32 = valueSat(first + 1) > valueSat(first) ? 1 : 0;
    left = fillOutput(first + second, left);
    return fillOutput(first + 1 - second, left);
  }
  const count = end - first;
  for (let place: u32 = 0; place < count; place += 1) store<u64>(values + (<usize>place << 3), valueSat(first + place));
  sortPlaces(values, order, count, true);
  for (let at: u32 = 0; at < count; at += 1) left = fillOutput(first + load<u32>(order + (<usize>at << 2)), left);
  return left;
}
