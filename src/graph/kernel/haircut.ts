/**
 * Claim:      every output, and the fee, carries its transaction's average taint, in whole satoshi.
 * Source:     `src/taint/haircut.ts` and `src/taint/apportion.ts`, for one label; this repeats them on numbers, and test/graph compares.
 * Parameters: the fee takes its share, or outputs take all up to their value and the fee only the excess.
 * Cost:       one exact division an output and one for the fee.
 * Fails when: as `src/taint/haircut.ts`.
 */
import { valueSat } from './fees';
import { shares } from './amounts';
import { mostOutputs } from './index';
import { reserve } from './memory';

/** In place of what a fee carries: the transaction pays more than it took. */
export const OVERDRAWN: u64 = ~(<u64>0);

let outputsOnly: bool = false;
let remainderOf: usize = 0;

/** Makes room for the remainders of one transaction. */
export function prepareShares(only: bool): void {
  outputsOnly = only;
  if (remainderOf == 0) remainderOf = reserve(<usize>(mostOutputs + 1) << 3);
}

let quotient: u64 = 0;
let remainder: u64 = 0;

/**
 * floor(amount * sat / room) and the rest, for amounts below 2^51: a float, `scale` the quotient of amount and room, guesses, and the rest, exact
 * modulo 2^64, corrects it.
 */
@inline
function share(amount: u64, sat: u64, room: u64, scale: f64): void {
  let guess = <i64>(<f64>(<i64>sat) * scale);
  let rest = <i64>(amount * sat) - guess * <i64>room;
  while (rest < 0) {
    guess -= 1;
    rest += <i64>room;
  }
  while (rest >= <i64>room) {
    guess += 1;
    rest -= <i64>room;
  }
  quotient = <u64>guess;
  remainder = <u64>rest;
}

/** One satoshi each to the `left` largest of `count` remainders; equal ones by lowest place. Returns whether the last place got one. */
function giveLeftOver(left: u64, count: u32): bool {
  let last = false;
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
    if (best == count - 1) last = true;
    else {
      const at = shares + (<usize>best << 3);
      store<u64>(at, load<u64>(at) + 1);
    }
  }
  return last;
}

/** Divides taint over the outputs of a transaction that took `paid`. Returns what its fee carries, all ones where it pays more than it took. */
export function divideShares(taintSat: u64, paid: u64, first: u32, end: u32): u64 {
  let room = paid;
  let excess: u64 = 0;
  if (outputsOnly) {
    room = 0;
    for (let output = first; output < end; output += 1) room += valueSat(output);
    if (room > paid) return OVERDRAWN;
    excess = taintSat > room ? taintSat - room : 0;
    // Nothing to divide, and nothing to divide by.
    if (room == 0) {
      memory.fill(shares, 0, <usize>(end - first) << 3);
      return excess;
    }
  }
  const amount = taintSat - excess;
  let left = amount;
  let made: u64 = 0;
  const scale = <f64>(<i64>amount) / <f64>(<i64>room);
  for (let output = first; output < end; output += 1) {
    const own = valueSat(output);
    made += own;
    share(amount, own, room, scale);
    store<u64>(shares + (<usize>(output - first) << 3), quotient);
    store<u64>(remainderOf + (<usize>(output - first) << 3), remainder);
    left -= quotient;
  }
  if (made > room) return OVERDRAWN;
  share(amount, room - made, room, scale);
  store<u64>(remainderOf + (<usize>(end - first) << 3), remainder);
  left -= quotient;
  let fee = excess + quotient;
  if (left > 0 && giveLeftOver(left, end - first + 1)) fee += 1;
  return fee;
}
