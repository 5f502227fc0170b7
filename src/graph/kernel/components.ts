/**
 * Claim:      addresses that one transaction spends together are joined, unless the transaction looks like a coinjoin.
 * Source:     union-find with path halving; the smaller number wins, so that a cluster is named by its first address; coinjoins as in
 *             `src/pattern/coinjoin.ts`, whose test this repeats on numbers.
 * Parameters: at least 3 equal outputs, of more than 2,730 sat.
 * Cost:       almost constant for each spent output; O(n log n) for transactions with three inputs and outputs or more.
 * Fails when: owners sign one transaction without equal outputs (PayJoin), or a batch of equal payouts is taken for a coinjoin (then a merge is missed).
 */
import { at32, extend, newArray, reserve } from './memory';

const NOBODY: u32 = 0xffff_ffff;
const MIN_EQUAL_OUTPUTS: u32 = 3;
const MAX_TOKEN_DUST_SAT: u64 = 2730;

export let parent: usize = 0;
export let known: u32 = 0;
/** Room to sort the values and addresses of one transaction. */
export let scratch: usize = 0;

/** Merges that joined two clusters. */
export let mergeCount: u32 = 0;

/** Starts without addresses; `width` is the most inputs or outputs of one transaction. */
export function prepareComponents(width: u32): void {
  parent = newArray();
  scratch = reserve(<usize>width << 3);
  known = 0;
  mergeCount = 0;
}

/** Every address below `count` is there, each alone at first. */
@inline
export function growTo(count: u32): void {
  for (; known < count; known += 1) {
    extend(parent, known, 18);
    store<u32>(at32(parent, known), known);
  }
}

/** First address of the cluster. */
export function rootOf(address: u32): u32 {
  let own = address;
  while (true) {
    const at = at32(parent, own);
    const above = load<u32>(at);
    if (above == own) return own;
    const next = load<u32>(at32(parent, above));
    store<u32>(at, next);
    own = next;
  }
}

@inline
function join(a: u32, b: u32): void {
  const rootA = rootOf(a);
  const rootB = rootOf(b);
  if (rootA == rootB) return;
  mergeCount += 1;
  if (rootA < rootB) store<u32>(at32(parent, rootB), rootA);
  else store<u32>(at32(parent, rootA), rootB);
}

@inline
function sift(start: u32, count: u32): void {
  let at = start;
  const value = load<u64>(scratch + (<usize>at << 3));
  while (true) {
    let child: u32 = 2 * at + 1;
    if (child >= count) break;
    const right: u32 = child + 1;
    if (right < count && load<u64>(scratch + (<usize>right << 3)) > load<u64>(scratch + (<usize>child << 3))) child = right;
    const largest = load<u64>(scratch + (<usize>child << 3));
    if (largest <= value) break;
    store<u64>(scratch + (<usize>at << 3), largest);
    at = child;
  }
  store<u64>(scratch + (<usize>at << 3), value);
}

function sortScratch(count: u32): void {
  if (count < 2) return;
  for (let at = count >>> 1; at > 0; at -= 1) sift(at - 1, count);
  for (let last = count - 1; last > 0; last -= 1) {
    const largest = load<u64>(scratch);
    store<u64>(scratch, load<u64>(scratch + (<usize>last << 3)));
    store<u64>(scratch + (<usize>last << 3), largest);
    sift(0, last);
  }
}

/** How many different addresses there are among `count` numbers at `numbers`; `repeated` is set where one occurs twice. */
let repeated: bool = false;

function differentAddresses(numbers: usize, count: u32): u32 {
  let kept: u32 = 0;
  for (let index: u32 = 0; index < count; index += 1) {
    const number = load<u32>(numbers + (<usize>index << 2));
    if (number == NOBODY) continue;
    store<u64>(scratch + (<usize>kept << 3), <u64>number);
    kept += 1;
  }
  sortScratch(kept);
  let different: u32 = kept == 0 ? 0 : 1;
  for (let index: u32 = 1; index < kept; index += 1) {
    const at = scratch + (<usize>index << 3);
    if (load<u64>(at) != load<u64>(at - 8)) different += 1;
  }
  repeated = different < kept;
  return different;
}

/** Most equal outputs above token dust. */
function mostEqual(values: usize, count: u32): u32 {
  let kept: u32 = 0;
  for (let index: u32 = 0; index < count; index += 1) {
    const valueSat = <u64>(<i64>load<f64>(values + (<usize>index << 3)));
    if (valueSat <= MAX_TOKEN_DUST_SAT) continue;
    store<u64>(scratch + (<usize>kept << 3), valueSat);
    kept += 1;
  }
  sortScratch(kept);
  let most: u32 = 0;
  let run: u32 = 0;
  for (let index: u32 = 0; index < kept; index += 1) {
    const at = scratch + (<usize>index << 3);
    run = index > 0 && load<u64>(at) == load<u64>(at - 8) ? run + 1 : 1;
    most = max(most, run);
  }
  return most;
}

/** The test of `src/pattern/coinjoin.ts`. `payers` and `payees` are u32 address numbers, `values` f64. */
export function isCoinjoin(payers: usize, inputs: u32, payees: usize, values: usize, outputs: u32): bool {
  if (inputs < MIN_EQUAL_OUTPUTS || outputs < MIN_EQUAL_OUTPUTS) return false;
  const equal = mostEqual(values, outputs);
  if (equal < MIN_EQUAL_OUTPUTS || equal * 2 < outputs) return false;
  if (equal > differentAddresses(payers, inputs)) return false;
  differentAddresses(payees, outputs);
  return !repeated;
}

/** Joins the addresses that one transaction spends together. */
@inline
export function joinPayers(payers: usize, count: u32): void {
  let before = NOBODY;
  for (let index: u32 = 0; index < count; index += 1) {
    const own = load<u32>(payers + (<usize>index << 2));
    if (own == NOBODY) continue;
    if (before != NOBODY && before != own) join(before, own);
    before = own;
  }
}

/** Writes to every address the first of its cluster, and returns the list. */
export function settle(): usize {
  for (let address: u32 = 0; address < known; address += 1) {
    // The first address is the smallest, so its own entry is right when this one is reached.
    const at = at32(parent, address);
    store<u32>(at, load<u32>(at32(parent, load<u32>(at))));
  }
  return parent;
}
