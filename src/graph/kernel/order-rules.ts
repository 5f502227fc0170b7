/**
 * Claim:      the rules that follow every satoshi: inputs lined up, outputs served from the front of the line, the fee last or first.
 * Source:     `src/taint/segment.ts` and `src/taint/serving.ts`, for one label; dirty-first from `src/taint/visit.ts`.
 * Parameters: how inputs line up (`line.ts`), how outputs are served (0 vout order, 1 reversed, 2 highest first, 3 smallest first), whether the fee
 *             is served first, and whether taint ends at the first transaction that leaves an output with a clean part (0 never, 1 with it, 2
 *             before it).
 * Cost:       O(inputs + outputs + runs) a transaction, and sorting where amounts decide; 4 bytes an output and 8 a run.
 * Fails when: runs outgrow the memory: the kernel traps.
 */
import { feeOf, keepsFees, madeBy, payFee, refuseFees, subsidy, subsidyFirst, valueSat } from './fees';
import { inputOutput, mostOutputs, outputCount, transactionInput, transactionOutput } from './index';
import { addPiece, clearPieces, isSpent, lineUp, pieceCount, pieceSat, prepareLine, stateOfPiece, take } from './line';
import { at32, chunkEnd32, clearArray, extend, newArray, reserve } from './memory';
import { CLEAN, clearLists, FROZEN, FULL, freeRuns, taintedSat } from './runs';
import { sortPlaces } from './sort-places';
import { beginSettling, fill, outputHops, takeSeed } from './seeds';
import { burn, cut, hopsAt, move, refuse, settle } from './taint';

const NONE: u32 = 0xffff_ffff;

const REVERSED: u32 = 1;
const HIGHEST_OUT: u32 = 2;
const BEFORE: u32 = 2;

let serving: u32 = 0;
let feeFirst: bool = false;
let ending: u32 = 0;

/** State of each output (`runs.ts`). */
let stateOf: usize = 0;

/** Places of outputs in order, and their satoshi, for sorting. */
let order: usize = 0;
let values: usize = 0;

/** Sets the rule and makes room. */
export function prepareRuns(inOrder: u32, outOrder: u32, restFirst: bool, boundary: u32): void {
  prepareLine(inOrder);
  serving = outOrder;
  feeFirst = restFirst;
  ending = boundary;
  if (stateOf == 0) {
    stateOf = newArray();
    order = reserve(<usize>mostOutputs << 2);
    values = reserve(<usize>mostOutputs << 3);
  }
  extend(stateOf, outputCount, 18);
  clearLists();
}

@inline
function stateAt(output: u32): u32 {
  return load<u32>(at32(stateOf, output));
}

@inline
function setState(output: u32, state: u32): void {
  store<u32>(at32(stateOf, output), state);
}

/** Taint of an output, satoshi. */
export function runsAt(output: u32): u64 {
  return taintedSat(stateAt(output), valueSat(output));
}

/** Takes taint off these outputs. */
export function clearRuns(first: u32, end: u32): void {
  for (let output = first; output < end; ) {
    const stop = min(end, chunkEnd32(output));
    memory.fill(at32(stateOf, output), 0, <usize>(stop - output) << 2);
    output = stop;
  }
}

/** Takes taint off every output. */
export function clearAllRuns(): void {
  clearArray(stateOf);
}

/** Gives back the runs of a fee that goes nowhere. */
export function dropFee(state: u32): void {
  freeRuns(state);
}

/** State and taint of the fee, as served last. */
let feeRuns: u32 = CLEAN;
let feeTaintSat: u64 = 0;

@inline
function serveFee(sat: u64, keep: bool): void {
  const state = take(sat);
  feeTaintSat = taintedSat(state, sat);
  feeRuns = state;
  if (keep && feeTaintSat > 0) return;
  freeRuns(state);
  feeRuns = CLEAN;
}

/** Serves an output. Those that get nothing tainted are clean already. */
@inline
function serve(output: u32): void {
  const state = take(valueSat(output));
  if (state != CLEAN) setState(output, state);
}

function serveByValue(first: u32, count: u32): void {
  if (count == 2) {
    const one = valueSat(first);
    const other = valueSat(first + 1);
    const second: u32 = (serving == HIGHEST_OUT ? other > one : other < one) ? 1 : 0;
    serve(first + second);
    serve(first + 1 - second);
    return;
  }
  for (let place: u32 = 0; place < count; place += 1) store<u64>(values + (<usize>place << 3), valueSat(first + place));
  sortPlaces(values, order, count, serving == HIGHEST_OUT);
  for (let at: u32 = 0; at < count && !isSpent(); at += 1) serve(first + load<u32>(order + (<usize>at << 2)));
}

/** Serves fee and outputs of a transaction from the line. `keep` the runs of the fee. */
@inline
function serveAll(first: u32, end: u32, feeValue: u64, keep: bool): void {
  if (feeFirst) serveFee(feeValue, keep);
  if (serving == 0) for (let output = first; output < end && !isSpent(); output += 1) serve(output);
  else if (serving == REVERSED) for (let output = end; output > first && !isSpent(); output -= 1) serve(output - 1);
  else serveByValue(first, end - first);
  if (!feeFirst) serveFee(feeValue, keep);
}

/** Whether an output of value has a clean part. */
@inline
function holdsClean(first: u32, end: u32): bool {
  for (let output = first; output < end; output += 1) if (stateAt(output) != FULL && valueSat(output) > 0) return true;
  return false;
}

/** Moves the pieces through a transaction. Returns 0 when a boundary keeps them where they are, 1 when they moved, 2 when they move no further. */
@inline
function divide(first: u32, end: u32, feeValue: u64, keep: bool): u32 {
  lineUp();
  serveAll(first, end, feeValue, keep);
  if (ending == 0 || !holdsClean(first, end)) return 1;
  if (ending != BEFORE) return 2;
  for (let output = first; output < end; output += 1) {
    freeRuns(stateAt(output));
    setState(output, CLEAN);
  }
  freeRuns(feeRuns);
  return 0;
}

/** Moves taint through one transaction. */
@inline
export function visitRuns(number: u32, enters: bool, seeded: bool): void {
  const first = load<u32>(at32(transactionOutput, number));
  const end = load<u32>(at32(transactionOutput, number + 1));
  let moved: u32 = 0;
  if (enters) {
    const input = load<u32>(at32(transactionInput, number));
    const inputEnd = load<u32>(at32(transactionInput, number + 1));
    const paid = gather(input, inputEnd);
    const made = madeBy(number);
    if (made > paid) {
      refuse(number);
      return;
    }
    moved = divide(first, end, paid - made, keepsFees());
    leave(input, inputEnd, moved != 0);
    if (moved != 0) {
      move();
      payFee(number, feeTaintSat, feeRuns);
    }
  }
  settleRuns(number, seeded, moved == 2);
}

/** The inputs as pieces; what may not be followed counts as clean. Returns their sum. */
@inline
function gather(input: u32, end: u32): u64 {
  let paid: u64 = 0;
  clearPieces();
  for (let at = input; at < end; at += 1) {
    const output = load<u32>(at32(inputOutput, at));
    const state = stateAt(output);
    const own = valueSat(output);
    paid += own;
    addPiece(own, (state & FROZEN) != 0 ? CLEAN : state);
  }
  return paid;
}

/** Taint leaves the outputs that were spent, or is cut there. */
@inline
function leave(input: u32, end: u32, moved: bool): void {
  for (let piece: u32 = 0; piece < end - input; piece += 1) {
    const state = stateOfPiece(piece);
    if (state == CLEAN) continue;
    if (!moved) {
      cut(taintedSat(state, pieceSat(piece)));
      continue;
    }
    freeRuns(state);
    setState(load<u32>(at32(inputOutput, input + piece)), CLEAN);
  }
}

/**
 * Moves the taint of a block's fees through its coinbase, which leaves `unclaimedSat`. `payers` and `states` have the `count` fees that carry some, in
 * order.
 */
export function coinbaseRuns(
  number: u32,
  blockEnd: u32,
  seeded: bool,
  payers: usize,
  states: usize,
  count: u32,
  taintSat: u64,
  unclaimedSat: u64,
): void {
  const first = load<u32>(at32(transactionOutput, number));
  const end = load<u32>(at32(transactionOutput, number + 1));
  clearPieces();
  if (subsidyFirst) addPiece(subsidy, CLEAN);
  let next: u32 = 0;
  for (let payer = number + 1; payer < blockEnd; payer += 1) {
    const tainted = next < count && load<u32>(payers + (<usize>next << 2)) == payer;
    addPiece(feeOf(payer), tainted ? load<u32>(states + (<usize>next << 2)) : CLEAN);
    if (tainted) next += 1;
  }
  if (!subsidyFirst) addPiece(subsidy, CLEAN);
  const moved = divide(first, end, unclaimedSat, false);
  for (let piece: u32 = 0; piece < pieceCount; piece += 1) freeRuns(stateOfPiece(piece));
  if (moved == 0) refuseFees(taintSat);
  else {
    move();
    burn(feeTaintSat);
  }
  settleRuns(number, seeded, moved == 2);
}

@inline
function settleRuns(number: u32, seeded: bool, frozen: bool): void {
  if (seeded) seedRuns(number);
  beginSettling(number, seeded);
  const hops = hopsAt(number);
  const end = load<u32>(at32(transactionOutput, number + 1));
  for (let output = load<u32>(at32(transactionOutput, number)); output < end; ) {
    const stop = min(end, chunkEnd32(output));
    for (let at = at32(stateOf, output); output < stop; output += 1, at += 4) {
      const state = load<u32>(at);
      if (state == CLEAN) continue;
      const own = seeded ? outputHops(output, hops) : hops;
      // What a seed filled is followed, wherever it lies.
      const still = frozen && own != 0;
      settle(output, taintedSat(state, valueSat(output)), own + 1, still);
      if (still) store<u32>(at, state | FROZEN);
    }
  }
}

/** The label fills what is clean. */
function seedRuns(number: u32): void {
  for (let output = takeSeed(number); output != NONE; output = takeSeed(number)) {
    const state = stateAt(output);
    const filled = valueSat(output) - taintedSat(state, valueSat(output));
    fill(filled, filled > 0);
    if (filled == 0) continue;
    freeRuns(state);
    setState(output, FULL);
  }
}
