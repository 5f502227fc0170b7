/**
 * Claim:      the rules that know how much of an output is tainted and not which part: taint is added up where it is spent, and divided there.
 * Source:     `src/taint/amount-rule.ts`, for one label.
 * Parameters: haircut (`haircut.ts`) or filling (`filling.ts`).
 * Cost:       16 bytes a transaction and 8 an output that taint rests on; a transaction reads its outputs alone.
 * Fails when: as `taint.ts`.
 */
import { enterOnce } from './entered';
import { paidBy, payFee, valueSat } from './fees';
import { fillInPlace, fillOutputs, prepareFilling } from './filling';
import { divideShares, OVERDRAWN, prepareShares } from './haircut';
import { holderOf, mostOutputs, outputCount, transactionCount, transactionOutput } from './index';
import { at32, at64, chunkEnd64, clearArray, extend, newArray, reserve } from './memory';
import { beginSettling, fill, outputHops, takeSeed } from './seeds';
import { burn, hold, move, refuse } from './taint';

const NONE: u32 = 0xffff_ffff;
const HAIRCUT_OUTPUTS_ONLY: u32 = 2;
const FILLING: u32 = 3;

let filling: bool = false;
/** Taint that rests on each output, satoshi (u64). */
let amountOf: usize = 0;
/**
 * For each transaction that taint enters the taint of what it spends (u64), and the fewest hops to it (u32, 8 bytes on). What an earlier run left there
 * is overwritten when taint enters, so nothing is wiped out.
 */
let pools: usize = 0;
let poolRoom: u32 = 0;
/** Taint of each output of the transaction at hand (u64). */
export let shares: usize = 0;

/** Makes room. */
export function prepareAmounts(rule: u32, outOrder: u32): void {
  if (amountOf == 0) {
    amountOf = newArray();
    shares = reserve(<usize>mostOutputs << 3);
  }
  if (transactionCount > poolRoom) {
    poolRoom = transactionCount;
    pools = reserve(<usize>poolRoom << 4);
  }
  extend(amountOf, outputCount, 17);
  filling = rule == FILLING;
  if (filling) prepareFilling(outOrder);
  else prepareShares(rule == HAIRCUT_OUTPUTS_ONLY);
}

/** Taint that rests on an output, satoshi. */
export function amountAt(output: u32): u64 {
  return load<u64>(at64(amountOf, output));
}

@inline
function poolOf(number: u32): usize {
  return pools + (<usize>number << 4);
}

/** Hops of a transaction. */
export function poolHops(number: u32): u32 {
  return load<u32>(poolOf(number), 8);
}

/** Taint of what a transaction made is taken away. */
export function clearAmounts(first: u32, end: u32): void {
  for (let output = first; output < end; ) {
    const stop = min(end, chunkEnd64(output));
    memory.fill(at64(amountOf, output), 0, <usize>(stop - output) << 3);
    output = stop;
  }
}

/** Taint of every output is taken away. */
export function clearAllAmounts(): void {
  clearArray(amountOf);
}

/** Taint comes to a transaction. */
@inline
export function addTaint(number: u32, taintSat: u64, hops: u32): void {
  const pool = poolOf(number);
  if (enterOnce(number)) {
    store<u64>(pool, taintSat);
    store<u32>(pool, hops, 8);
    return;
  }
  store<u64>(pool, load<u64>(pool) + taintSat);
  if (load<u32>(pool, 8) > hops) store<u32>(pool, hops, 8);
}

/** Divides taint over the outputs of a transaction that took `paid`. Returns what its fee carries. */
@inline
function divide(number: u32, taintSat: u64, paid: u64): u64 {
  const first = load<u32>(at32(transactionOutput, number));
  const end = load<u32>(at32(transactionOutput, number + 1));
  return filling ? fillOutputs(taintSat, first, end) : divideShares(taintSat, paid, first, end);
}

/** Moves taint through one transaction. */
@inline
export function visitAmounts(number: u32, enters: bool, seeded: bool): void {
  if (enters) {
    move();
    if (filling && !seeded) {
      const first = load<u32>(at32(transactionOutput, number));
      const end = load<u32>(at32(transactionOutput, number + 1));
      payFee(number, fillInPlace(load<u64>(poolOf(number)), first, end, poolHops(number) + 1), 0);
      return;
    }
    const rest = divide(number, load<u64>(poolOf(number)), paidBy(number));
    if (rest == OVERDRAWN) {
      refuse(number);
      return;
    }
    payFee(number, rest, 0);
  }
  settleAmounts(number, enters, seeded);
}

/** Moves the taint of a block's fees through its coinbase. */
export function coinbaseAmounts(number: u32, seeded: bool, taintSat: u64, income: u64): void {
  move();
  burn(divide(number, taintSat, income));
  settleAmounts(number, true, seeded);
}

/** The label fills what is clean. */
function seedAmounts(number: u32, enters: bool): void {
  const first = load<u32>(at32(transactionOutput, number));
  if (!enters) memory.fill(shares, 0, <usize>(load<u32>(at32(transactionOutput, number + 1)) - first) << 3);
  for (let output = takeSeed(number); output != NONE; output = takeSeed(number)) {
    const share = shares + (<usize>(output - first) << 3);
    const filled = valueSat(output) - load<u64>(share);
    store<u64>(share, valueSat(output));
    fill(filled, filled > 0);
  }
}

/** Taint comes to lie on an output: it rests there, or comes after `hops` to the transaction that spends it. */
@inline
export function settleOutput(output: u32, taintSat: u64, hops: u32): void {
  const spender = load<u32>(at64(holderOf, output), 4);
  if (spender - 1 < NONE - 1) addTaint(spender - 1, taintSat, hops);
  else {
    store<u64>(at64(amountOf, output), taintSat);
    hold(taintSat, spender != 0);
  }
}

@inline
function settleAmounts(number: u32, enters: bool, seeded: bool): void {
  if (seeded) seedAmounts(number, enters);
  beginSettling(number, seeded);
  const hops = enters ? poolHops(number) : 0;
  const first = load<u32>(at32(transactionOutput, number));
  const end = load<u32>(at32(transactionOutput, number + 1));
  for (let output = first; output < end; output += 1) {
    const taintSat = load<u64>(shares + (<usize>(output - first) << 3));
    if (taintSat > 0) settleOutput(output, taintSat, (seeded ? outputHops(output, hops) : hops) + 1);
  }
}
