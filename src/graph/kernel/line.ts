/**
 * Claim:      what goes into a transaction, lined up as one row of runs, and taken from its front satoshi by satoshi.
 * Source:     `lineUp` and `Tape` of `src/taint/segment.ts`, for one label: neighbours of one kind are one run from the start.
 * Parameters: how pieces line up: 0 vin order, 1 turned round, 2 tainted first, 3 clean first, 4 highest first, 5 smallest first.
 * Cost:       O(pieces + runs), and sorting where amounts decide.
 * Fails when: more is taken than there is: the caller compares the sums first.
 */
import { mostInputs, mostTransactions } from './index';
import { reserve } from './memory';
import { CLEAN, FULL, firstRun, newRuns, runCount, taintedSat } from './runs';
import { sortPlaces } from './sort-places';

const TURNED: u32 = 1;
const TAINTED_FIRST: u32 = 2;
const CLEAN_FIRST: u32 = 3;
const HIGHEST_FIRST: u32 = 4;

let lining: u32 = 0;

/** What goes into the transaction at hand, piece by piece: satoshi as u64, and states. */
let pieceValue: usize = 0;
let pieceState: usize = 0;
export let pieceCount: u32 = 0;
/** Places of pieces in order. */
let order: usize = 0;

/** The line: runs as u64, clean and tainted in turn, the clean one first. */
let line: usize = 0;
let lineRoom: u32 = 0;
let lineCount: u32 = 0;
/** Most runs that the pieces can come to. */
let runsWanted: u32 = 0;
/** Where serving stands: the run, and how much of it is left. */
let runAt: u32 = 0;
let runLeft: u64 = 0;

/** Sets the order and makes room for the pieces of one transaction: inputs, or the fees and the subsidy of a block. */
export function prepareLine(inOrder: u32): void {
  lining = inOrder;
  if (pieceValue != 0) return;
  const most = max(mostInputs, mostTransactions + 1);
  pieceValue = reserve(<usize>most << 3);
  pieceState = reserve(<usize>most << 2);
  order = reserve(<usize>most << 2);
}

/** Starts without pieces. */
@inline
export function clearPieces(): void {
  pieceCount = 0;
  // The line starts with a clean run, which may be empty.
  runsWanted = 1;
}

/** Adds a piece to the end. */
@inline
export function addPiece(sat: u64, state: u32): void {
  store<u64>(pieceValue + (<usize>pieceCount << 3), sat);
  store<u32>(pieceState + (<usize>pieceCount << 2), state);
  pieceCount += 1;
  runsWanted += state > FULL ? runCount(state) : 1;
}

/** Satoshi of a piece. */
@inline
export function pieceSat(piece: u32): u64 {
  return load<u64>(pieceValue + (<usize>piece << 3));
}

/** State of a piece. */
@inline
export function stateOfPiece(piece: u32): u32 {
  return load<u32>(pieceState + (<usize>piece << 2));
}

@inline
function growLine(): void {
  if (runsWanted <= lineRoom) return;
  while (lineRoom < runsWanted) lineRoom = max(lineRoom << 1, 1 << 13);
  line = reserve(<usize>lineRoom << 3);
}

/** Adds a run to the end of the line. */
@inline
function append(tainted: u32, sat: u64): void {
  if (sat == 0) return;
  if (((lineCount - 1) & 1) == tainted) {
    const at = line + (<usize>(lineCount - 1) << 3);
    store<u64>(at, load<u64>(at) + sat);
  } else {
    store<u64>(line + (<usize>lineCount << 3), sat);
    lineCount += 1;
  }
}

@inline
function appendPiece(piece: u32): void {
  const state = stateOfPiece(piece);
  if (state <= FULL) {
    append(state == FULL ? 1 : 0, pieceSat(piece));
    return;
  }
  const count = runCount(state);
  for (let run: u32 = 0; run < count; run += 1) append(run & 1, load<u64>(firstRun(state) + (<usize>run << 3)));
}

@inline
function appendTurned(piece: u32): void {
  const state = stateOfPiece(piece);
  if (state <= FULL) {
    append(state == FULL ? 1 : 0, pieceSat(piece));
    return;
  }
  for (let run = runCount(state); run > 0; run -= 1) {
    append((run - 1) & 1, load<u64>(firstRun(state) + (<usize>(run - 1) << 3)));
  }
}

/** Lines up the pieces. */
export function lineUp(): void {
  growLine();
  store<u64>(line, 0);
  lineCount = 1;
  if (lining == 0) for (let piece: u32 = 0; piece < pieceCount; piece += 1) appendPiece(piece);
  else if (lining == TURNED) for (let piece = pieceCount; piece > 0; piece -= 1) appendTurned(piece - 1);
  else if (lining == TAINTED_FIRST || lining == CLEAN_FIRST) {
    let tainted: u64 = 0;
    let all: u64 = 0;
    for (let piece: u32 = 0; piece < pieceCount; piece += 1) {
      tainted += taintedSat(stateOfPiece(piece), pieceSat(piece));
      all += pieceSat(piece);
    }
    if (lining == CLEAN_FIRST) append(0, all - tainted);
    append(1, tainted);
    if (lining == TAINTED_FIRST) append(0, all - tainted);
  } else {
    sortPlaces(pieceValue, order, pieceCount, lining == HIGHEST_FIRST);
    for (let at: u32 = 0; at < pieceCount; at += 1) appendPiece(load<u32>(order + (<usize>at << 2)));
  }
  runAt = 0;
  runLeft = load<u64>(line);
}

@inline
function nextRun(): void {
  runAt += 1;
  runLeft = runAt < lineCount ? load<u64>(line + (<usize>runAt << 3)) : 0;
}

/** Whether nothing tainted is left on the line. */
@inline
export function isSpent(): bool {
  return runAt + 1 >= lineCount && (runAt & 1) == 0;
}

/** Takes `sat` from the front of the line, which holds as much. Returns them as a state. */
@inline
export function take(sat: u64): u32 {
  if (sat == 0) return CLEAN;
  if (runLeft == 0) nextRun();
  if (runLeft >= sat) {
    runLeft -= sat;
    return (runAt & 1) != 0 ? FULL : CLEAN;
  }
  return takeRuns(sat);
}

function takeRuns(sat: u64): u32 {
  let left = sat - runLeft;
  let last = runAt;
  let length: u64 = 0;
  while (left > 0) {
    last += 1;
    length = load<u64>(line + (<usize>last << 3));
    if (length >= left) break;
    left -= length;
  }
  // One that starts tainted has an empty clean run before.
  const lead = runAt & 1;
  const count = last - runAt + 1 + lead;
  const state = newRuns(count);
  const to = firstRun(state);
  if (lead != 0) store<u64>(to, 0);
  store<u64>(to + (<usize>lead << 3), runLeft);
  for (let run: u32 = runAt + 1; run < last; run += 1) {
    store<u64>(to + (<usize>(run - runAt + lead) << 3), load<u64>(line + (<usize>run << 3)));
  }
  store<u64>(to + (<usize>(count - 1) << 3), left);
  runAt = last;
  runLeft = length - left;
  return state;
}
