/**
 * Claim:      taint of one label goes from its seeds through the whole graph, transaction after transaction, and all of it is in the books.
 * Source:     `src/taint/visit.ts` without stops and limits; this repeats it on numbers, rule by rule, and `test/graph` compares.
 * Parameters: a rule; seeds in the order in which their transactions are visited; whether fee taint goes on into the coinbase.
 * Cost:       a sweep over one bit a transaction; beyond that only what taint touches.
 * Fails when: the graph misses inputs (the caller refuses such a graph), or a transaction pays more than it takes (`overdrawn` names it).
 */
import {
  addTaint,
  amountAt,
  clearAllAmounts,
  clearAmounts,
  coinbaseAmounts,
  poolHops,
  prepareAmounts,
  visitAmounts,
} from './amounts';
import { clearEntered, enterOnce, isEntered, markEntered, nextEntered, prepareEntered, room, wordAt } from './entered';
import {
  beginFees,
  claims,
  closeFees,
  feeCount,
  feeHops,
  feeOf,
  feePayer,
  feesGoOn,
  feeState,
  feeTaint,
  income,
  madeBy,
  payFee,
  refuseFees,
} from './fees';
import { holderOf, transactionCount, transactionInput, transactionOutput } from './index';
import { at32, at64, chunkEnd64, reserve } from './memory';
import { clearAllRuns, clearRuns, coinbaseRuns, dropFee, prepareRuns, runsAt, visitRuns } from './order-rules';
import { beginSeeds, fill, nextSeeded, reserveSeeds, seedCount, seedTransaction, takeSeed } from './seeds';

const NONE: u32 = 0xffff_ffff;
const POISON: u32 = 0;
const ORDER: u32 = 4;

/** 0 poison, 1 haircut, 2 haircut of outputs only, 3 filling, 4 an order rule. */
export let kind: u32 = POISON;

/** Fewest transactions from a seed (u32) for each that taint enters, else left from an earlier run; `amounts.ts` keeps its own. */
let hopsOf: usize = 0;
/** Poison can go without, which is quicker; all other rules count hops. */
let countsHops: bool = false;
/** A run that reached more than one transaction in so many is wiped out as a whole. */
const DENSE: u32 = 16;

/** Books, satoshi. */
export let heldSat: u64 = 0;
export let burnedSat: u64 = 0;
export let cutSat: u64 = 0;
/** Transactions that moved taint. */
export let reached: u32 = 0;
/** Transaction that pays more than it takes; all ones for none. */
export let overdrawn: u32 = NONE;

/** Takes back what the last run left, and makes room for `count` seeds. Returns where they go: transaction, output and a 0 each, u32. */
export function placeForSeeds(count: u32): usize {
  clear();
  return reserveSeeds(count);
}

function clear(): void {
  if (room > 0) {
    if (reached > transactionCount / DENSE) clearAll();
    else clearVisited();
  }
  if (transactionCount <= room) return;
  prepareEntered(transactionCount);
  hopsOf = reserve(<usize>room << 2);
}

function clearAll(): void {
  if (kind == ORDER) clearAllRuns();
  else if (kind != POISON) clearAllAmounts();
  clearEntered();
}

function clearVisited(): void {
  for (let seed: u32 = 0; seed < seedCount; seed += 1) clearOne(seedTransaction(seed));
  for (let number = nextEntered(0, room); number < room; number = nextEntered(number + 1, room)) clearOne(number);
  clearEntered();
}

function clearOne(number: u32): void {
  const first = load<u32>(at32(transactionOutput, number));
  const end = load<u32>(at32(transactionOutput, number + 1));
  if (kind == ORDER) clearRuns(first, end);
  else if (kind != POISON) clearAmounts(first, end);
}

/**
 * Starts a run of the seeds that were written; under poison hops only `withHops`. `fees`: 0 end in the books, 1 go on into the coinbase, 2 likewise and the subsidy stands before them.
 * For filling and order rules the other parameters are those of `order-rules.ts`.
 */
export function begin(
  rule: u32,
  fees: u32,
  inOrder: u32,
  outOrder: u32,
  restFirst: bool,
  boundary: u32,
  withHops: bool,
): void {
  kind = rule;
  countsHops = withHops;
  beginFees(fees);
  beginSeeds();
  heldSat = 0;
  burnedSat = 0;
  cutSat = 0;
  reached = 0;
  overdrawn = NONE;
  if (rule == ORDER) prepareRuns(inOrder, outOrder, restFirst, boundary);
  else if (rule != POISON) prepareAmounts(rule, outOrder);
}

/** Visits what taint enters, and what is seeded, from one transaction up to another. */
export function walk(from: u32, end: u32): void {
  let number = from;
  while (number < end) {
    const seeded = nextSeeded();
    const limit = seeded < number ? end : min(seeded, end);
    walkEntered(number, limit);
    if (limit >= end || overdrawn != NONE) return;
    visit(limit, isEntered(limit), true);
    number = limit + 1;
  }
}

/** Visits what taint enters, where nothing is seeded. Visits set bits further on, in the word at hand too. */
function walkEntered(from: u32, limit: u32): void {
  if (from >= limit) return;
  const last = (limit - 1) >>> 6;
  let mask = ~(<u64>0) << <u64>(from & 63);
  for (let at = from >>> 6; at <= last; at += 1) {
    for (let word = wordAt(at) & mask; word != 0; word = wordAt(at) & mask) {
      const number = (at << 6) + <u32>ctz(word);
      if (number >= limit || overdrawn != NONE) return;
      visit(number, true, false);
      mask = (~(<u64>0) << <u64>(number & 63)) << 1;
    }
    mask = ~(<u64>0);
  }
}

/** Taint reaches a transaction after this many hops. */
@inline
function enter(number: u32, hops: u32): void {
  const place = hopsOf + (<usize>number << 2);
  if (enterOnce(number) || load<u32>(place) > hops) store<u32>(place, hops);
}

/** Hops of a transaction, 0 where taint does not enter it. */
export function hopsAt(number: u32): u32 {
  if (!isEntered(number)) return 0;
  return kind == ORDER || kind == POISON ? load<u32>(hopsOf + (<usize>number << 2)) : poolHops(number);
}

@inline
function visit(number: u32, enters: bool, seeded: bool): void {
  if (kind == POISON) visitPoison(number, enters, seeded);
  else if (kind == ORDER) visitRuns(number, enters, seeded);
  else visitAmounts(number, enters, seeded);
}

/** The coinbase of a block whose other transactions, up to `end`, were visited. `subsidySat` is what it may make anew. */
export function visitCoinbase(number: u32, end: u32, subsidySat: f64): void {
  const seeded = nextSeeded() == number;
  if (overdrawn != NONE) return;
  const taint = feeTaint;
  const count = feeCount;
  closeFees();
  if (count > 0 && claims(number, end, <u64>(<i64>subsidySat))) {
    if (kind == ORDER || kind == POISON) enter(number, feeHops + 1);
    else addTaint(number, taint, feeHops + 1);
    if (kind == POISON) visitPoison(number, true, seeded);
    else if (kind == ORDER) coinbaseRuns(number, end, seeded, feePayer, feeState, count, taint, income - madeBy(number));
    else coinbaseAmounts(number, seeded, taint, income);
    return;
  }
  // A coinbase that claims more than there is cannot be followed: the taint was paid as fee and no more is known.
  refuseFees(taint);
  if (kind == ORDER) for (let at: u32 = 0; at < count; at += 1) dropFee(load<u32>(feeState + (<usize>at << 2)));
  if (seeded) visit(number, false, true);
}

/** Taint that ends with the coinbase: what it does not claim. */
@inline
export function burn(taintSat: u64): void {
  burnedSat += taintSat;
}

/** Taint on an output that its spender does not take. */
@inline
export function cut(taintSat: u64): void {
  cutSat += taintSat;
}

/** A transaction moved taint. */
@inline
export function move(): void {
  reached += 1;
}

/** A transaction pays more than it takes. */
@inline
export function refuse(number: u32): void {
  overdrawn = number;
}

/** Taint comes to rest on an output that nobody spends, or nobody can. */
@inline
export function hold(taintSat: u64, burned: bool): void {
  if (burned) burnedSat += taintSat;
  else heldSat += taintSat;
}

/** Taint of an order rule comes to lie on an output: it is held, burned, cut where it is frozen, or enters the transaction that spends it after `hops`. */
@inline
export function settle(output: u32, taintSat: u64, hops: u32, frozen: bool): void {
  const spender = load<u32>(at64(holderOf, output), 4);
  if (spender == 0 || spender == NONE) hold(taintSat, spender != 0);
  else if (frozen) cutSat += taintSat;
  else enter(spender - 1, hops);
}

/** Every output is tainted in full as soon as anything tainted goes in, whatever it is worth. */
@inline
function visitPoison(number: u32, enters: bool, seeded: bool): void {
  if (!enters) {
    for (let output = takeSeed(number); output != NONE; output = takeSeed(number)) {
      fill(0, true);
      poison(output, output + 1, 1);
    }
    return;
  }
  reached += 1;
  // A seed on what is poisoned already changes nothing.
  if (seeded) for (let output = takeSeed(number); output != NONE; output = takeSeed(number)) fill(0, false);
  const first = load<u32>(at32(transactionOutput, number));
  poison(first, load<u32>(at32(transactionOutput, number + 1)), hopsAt(number) + 1);
  if (feesGoOn && load<u32>(at32(transactionInput, number)) < load<u32>(at32(transactionInput, number + 1))) {
    payFee(number, feeOf(number), 0);
  }
}

/** Taint enters whatever spends these outputs. */
@inline
function poison(first: u32, end: u32, hops: u32): void {
  for (let output = first; output < end; ) {
    const stop = min(end, chunkEnd64(output));
    for (let at = at64(holderOf, output) + 4; output < stop; output += 1, at += 8) {
      const spender = load<u32>(at);
      if (spender - 1 >= NONE - 1) continue;
      if (countsHops) enter(spender - 1, hops);
      else markEntered(spender - 1);
    }
  }
}

/** The first output from `from` on, below `end`, where taint of amount or order rules rests; `end` where there is none. */
export function nextRest(from: u32, end: u32): u32 {
  let at = from;
  if (kind == ORDER) while (at < end && runsAt(at) == 0) at += 1;
  else while (at < end && amountAt(at) == 0) at += 1;
  return at;
}

/** Taint of an output, satoshi. Poison is not asked. */
export function taintAt(output: u32): f64 {
  return <f64>(kind == ORDER ? runsAt(output) : amountAt(output));
}

/** 0 unspent, 1 can never be spent, 2 spent: what a spender left on it is cut. */
export function fateOf(output: u32): u32 {
  const spender = load<u32>(at64(holderOf, output), 4);
  return spender == 0 ? 0 : spender == NONE ? 1 : 2;
}
