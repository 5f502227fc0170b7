/**
 * Claim:      the rules that know how much of an output is tainted and not which part: one amount an output, taken away where it is spent.
 * Source:     `src/taint/amount-rule.ts`, for one label.
 * Parameters: haircut (`haircut.ts`) or filling (`filling.ts`).
 * Cost:       8 bytes an output; one read of an amount for each input of a tainted transaction, and one of its value under haircut.
 * Fails when: as `taint.ts`.
 */
import { fillOutputs, prepareFilling } from './filling';
import { divideShares, prepareShares } from './haircut';
import { inputOutput, outputCount, transactionInput, transactionOutput } from './index';
import { at32, at64, extend, newArray } from './memory';
import { beginSettling, burn, fill, hopsAt, move, outputHops, payFee, refuse, settle, takeSeed, valueSat } from './taint';

const NONE: u32 = 0xffff_ffff;
const FILLING: u32 = 3;

let filling: bool = false;
/** Taint of each output, satoshi (u64). */
export let amountOf: usize = 0;

/** Makes room for an amount an output. */
export function prepareAmounts(rule: u32, outOrder: u32): void {
  if (amountOf == 0) amountOf = newArray();
  extend(amountOf, outputCount, 17);
  filling = rule == FILLING;
  if (filling) prepareFilling(outOrder);
  else prepareShares(rule == 2);
}

/** Taint of an output, satoshi. */
@inline
export function amountAt(output: u32): u64 {
  return load<u64>(at64(amountOf, output));
}

@inline
function setAmount(output: u32, taintSat: u64): void {
  store<u64>(at64(amountOf, output), taintSat);
}

/** Takes taint off these outputs. */
export function clearAmounts(first: u32, end: u32): void {
  for (let output = first; output < end; output += 1) setAmount(output, 0);
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
    const end = load<u32>(at32(transactionInput, number + 1));
    let taintSat: u64 = 0;
    let paid: u64 = 0;
    for (let input = load<u32>(at32(transactionInput, number)); input < end; input += 1) {
      const output = load<u32>(at32(inputOutput, input));
      const at = at64(amountOf, output);
      const own = load<u64>(at);
      if (own != 0) store<u64>(at, 0);
      taintSat += own;
      if (!filling) paid += valueSat(output);
    }
    move();
    const rest = divide(number, taintSat, paid);
    if (rest == ~(<u64>0)) {
      refuse(number);
      return;
    }
    payFee(number, rest, 0);
  }
  settleAmounts(number, seeded);
}

/** Moves the taint of a block's fees through its coinbase. */
export function coinbaseAmounts(number: u32, seeded: bool, taintSat: u64, income: u64): void {
  move();
  burn(divide(number, taintSat, income));
  settleAmounts(number, seeded);
}

@inline
function settleAmounts(number: u32, seeded: bool): void {
  if (seeded) {
    for (let output = takeSeed(number); output != NONE; output = takeSeed(number)) {
      const filled = valueSat(output) - amountAt(output);
      setAmount(output, valueSat(output));
      fill(filled, filled > 0);
    }
  }
  beginSettling(number, seeded);
  const hops = hopsAt(number);
  const end = load<u32>(at32(transactionOutput, number + 1));
  for (let output = load<u32>(at32(transactionOutput, number)); output < end; output += 1) {
    const taintSat = amountAt(output);
    if (taintSat == 0) continue;
    settle(output, taintSat, (seeded ? outputHops(output, hops) : hops) + 1, false);
  }
}
