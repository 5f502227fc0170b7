/**
 * Claim:      every output, and the fee, carries its transaction's average taint of one label, in whole satoshi, over the whole graph.
 * Source:     `src/taint/haircut.ts` and `src/taint/apportion.ts`, share convention; this repeats them on numbers, and test/graph compares.
 * Parameters: one output that is wholly tainted.
 * Cost:       one pass from the seed's transaction on: one read an input, two exact divisions an output of a tainted transaction.
 * Fails when: the graph misses inputs (the caller refuses such a graph).
 */
import { holderOf, inputOutput, outputCount, transactionCount, transactionInput, transactionOutput, valueOf } from './index';
import { at32, at64, extend, newArray, reserve } from './memory';

let taintOf: usize = 0;
let remainderOf: usize = 0;

/** Taint that went to miners, satoshi. */
export let haircutFee: u64 = 0;

/** Taint of an output, satoshi. */
export function taintAt(output: u32): f64 {
  return <f64>load<u64>(at64(taintOf, output));
}

/** The first output from `output` on where taint rests: unspent, or never to be spent. The number of outputs where there is none. */
export function nextHeld(output: u32): u32 {
  let at = output;
  while (at < outputCount) {
    if (load<u64>(at64(taintOf, at)) != 0) {
      const spender = load<u32>(at64(holderOf, at), 4);
      if (spender == 0 || spender == 0xffff_ffff) return at;
    }
    at += 1;
  }
  return at;
}

let quotient: u64 = 0;
let remainder: u64 = 0;

/** floor(a * b / c) and the rest, for amounts below 2^51: a float guesses the quotient, and the rest, exact modulo 2^64, corrects it. */
@inline
function mulDiv(a: u64, b: u64, c: u64): void {
  let guess = <u64>(<i64>((<f64>a * <f64>b) / <f64>c));
  let rest = <i64>(a * b - guess * c);
  while (rest < 0) {
    guess -= 1;
    rest += <i64>c;
  }
  while (rest >= <i64>c) {
    guess += 1;
    rest -= <i64>c;
  }
  quotient = guess;
  remainder = <u64>rest;
}

/** One satoshi each to the `left` largest of `count` remainders; equal ones by lowest place. The fee is the last. */
function giveLeftOver(left: u64, first: u32, count: u32): void {
  for (; left > 0; left -= 1) {
    let best: u32 = 0;
    let most: i64 = -1;
    for (let place: u32 = 0; place < count; place += 1) {
      const own = load<i64>(remainderOf + (<usize>place << 3));
      if (own > most) {
        most = own;
        best = place;
      }
    }
    store<i64>(remainderOf + (<usize>best << 3), -1);
    if (best == count - 1) haircutFee += 1;
    else {
      const at = at64(taintOf, first + best);
      store<u64>(at, load<u64>(at) + 1);
    }
  }
}

function divide(amount: u64, paid: u64, first: u32, end: u32): void {
  let left = amount;
  let made: u64 = 0;
  for (let output = first; output < end; output += 1) {
    const valueSat = <u64>(<i64>load<f64>(at64(valueOf, output)));
    made += valueSat;
    mulDiv(amount, valueSat, paid);
    store<u64>(at64(taintOf, output), quotient);
    store<u64>(remainderOf + (<usize>(output - first) << 3), remainder);
    left -= quotient;
  }
  mulDiv(amount, paid - made, paid);
  haircutFee += quotient;
  left -= quotient;
  store<u64>(remainderOf + (<usize>(end - first) << 3), remainder);
  if (left > 0) giveLeftOver(left, first, end - first + 1);
}

/** Spreads taint from one output, `seedTransaction` its transaction. Returns how many transactions it reached. */
export function haircut(seedTransaction: u32, seed: u32, blockOutputs: u32): u32 {
  taintOf = newArray();
  remainderOf = reserve(<usize>(blockOutputs + 1) << 3);
  haircutFee = 0;
  for (let output: u32 = 0; output < outputCount; output += 1 << 17) extend(taintOf, output, 17);
  if (outputCount > 0) extend(taintOf, outputCount - 1, 17);
  store<u64>(at64(taintOf, seed), <u64>(<i64>load<f64>(at64(valueOf, seed))));
  let reached: u32 = 0;
  let input = load<u32>(at32(transactionInput, seedTransaction + 1));
  for (let number = seedTransaction + 1; number < transactionCount; number += 1) {
    const end = load<u32>(at32(transactionInput, number + 1));
    const start = input;
    let amount: u64 = 0;
    for (; input < end; input += 1) amount += load<u64>(at64(taintOf, load<u32>(at32(inputOutput, input))));
    if (amount == 0) continue;
    reached += 1;
    let paid: u64 = 0;
    for (let again = start; again < end; again += 1) paid += <u64>(<i64>load<f64>(at64(valueOf, load<u32>(at32(inputOutput, again)))));
    divide(amount, paid, load<u32>(at32(transactionOutput, number)), load<u32>(at32(transactionOutput, number + 1)));
  }
  return reached;
}
