/**
 * Claim:      the part of a payment's taint that is in proportion, to the nearest whole unit, of amounts in two numbers each, without a bigint.
 * Source:     schoolbook products of 24-bit digits, whose sums a double holds exactly; a quotient guessed in doubles and put right by its remainder.
 * Parameters: none. Halves go up, as `shareOut` has it for one label (lot.ts), with which the tests compare it.
 * Cost:       constant: 26 products a guess, two guesses, seldom three.
 * Fails when: the whole is above `isDivisible`; the caller then divides bigints.
 */
import { LIMB } from './limbs.ts';

/** Places in a division of the lower number of each of its amounts; the upper one is behind it. */
export const TAINT = 0;
/** See {@link TAINT}. */
export const AMOUNT = 2;
/** See {@link TAINT}. */
export const WHOLE = 4;
/** See {@link TAINT}. */
export const SHARE = 6;

/** A payment of `AMOUNT` out of `WHOLE`, of which `TAINT` is tainted, neither above `WHOLE`; a rule writes into `SHARE` what of the taint goes along. */
export type Division = Float64Array;

/** A division to fill in. */
export function newDivision(): Division {
  return new Float64Array(8);
}

/** Negative, 0 or positive as the amount at one place of a division is below, equal to or above that at another. */
export function compareAt(division: Division, left: number, right: number): number {
  return division[left + 1] - division[right + 1] || division[left] - division[right];
}

/** Makes the share what is at another place. */
export function giveAll(division: Division, place: number): void {
  division[SHARE] = division[place];
  division[SHARE + 1] = division[place + 1];
}

/** Makes the share what the clean part of the whole lacks of the amount; nothing where it lacks nothing. */
export function giveRest(division: Division): void {
  let low = division[AMOUNT] - (division[WHOLE] - division[TAINT]);
  let high = division[AMOUNT + 1] - (division[WHOLE + 1] - division[TAINT + 1]);
  // Between -2^32 and 2^33.
  const carry = Math.floor(low / LIMB);
  low -= carry * LIMB;
  high += carry;
  division[SHARE] = high < 0 ? 0 : low;
  division[SHARE + 1] = high < 0 ? 0 : high;
}

const DIGIT = 2 ** 24;
const PER_DIGIT = 2 ** -24;
/** Five roundings of at most 2^-53 each, and some more: what a quotient in doubles can be off by, as a part of it. */
const MAX_ERROR = 2 ** -50;

/** Digits of taint, amount and whole, four each, lowest first. */
const digits = new Float64Array(12);
/** Product less quotient times whole: its five lowest digits, the top one with a sign. */
const rest = new Float64Array(5);

/** Whether `giveProportion` can divide by a whole with this upper number: below 2^84, so that five digits hold the remainder of every guess. */
export function isDivisible(high: number): boolean {
  return high < 2 ** 52;
}

/**
 * Makes the share `taint * amount / whole`, to the nearest: the quotient of the product and half the whole. A guess in doubles is off by at most 2^-50 of the
 * quotient and, rounded down, one, so its remainder is below 2^119 and the five lowest digits, read with a sign, are all of it. Needs a whole above 0.
 */
export function giveProportion(division: Division): void {
  const whole = valueAt(division, WHOLE);
  const quotient = (valueAt(division, TAINT) * valueAt(division, AMOUNT)) / whole;
  const guess = Math.floor(quotient);
  const fromHalf = quotient - guess - 0.5;
  // Farther from a half than it can be off by: the nearest whole number is certain, and small enough to be one in a double.
  if (Math.abs(fromHalf) > quotient * MAX_ERROR) {
    const nearest = fromHalf < 0 ? guess : guess + 1;
    division[SHARE + 1] = Math.floor(nearest / LIMB);
    division[SHARE] = nearest - division[SHARE + 1] * LIMB;
    return;
  }
  splitDigits(division, TAINT);
  splitDigits(division, AMOUNT);
  splitDigits(division, WHOLE);
  multiply();
  // Each of these is exact, and none waits for another.
  const q3 = Math.floor(guess * PER_DIGIT ** 3);
  const from2 = Math.floor(guess * PER_DIGIT ** 2);
  const from1 = Math.floor(guess * PER_DIGIT);
  const q2 = from2 - q3 * DIGIT;
  let q1 = from1 - from2 * DIGIT;
  let q0 = guess - from1 * DIGIT;
  takeTimesWhole(q0, q1, q2, q3);
  while (!isRemainder()) {
    const more = Math.floor(restValue() / whole) || 1;
    const upper = Math.floor(more * PER_DIGIT);
    const lower = more - upper * DIGIT;
    takeTimesWhole(lower, upper, 0, 0);
    q0 += lower;
    q1 += upper;
  }
  join(division, q0, q1, q3 * DIGIT + q2);
}

function valueAt(division: Division, place: number): number {
  return division[place + 1] * LIMB + division[place];
}

function splitDigits(division: Division, place: number): void {
  const low = division[place];
  const high = division[place + 1];
  const upper = Math.floor(high / 2 ** 16);
  const top = Math.floor(upper * PER_DIGIT);
  const at = place * 2;
  digits[at] = low & (DIGIT - 1);
  digits[at + 1] = (low >>> 24) + (high - upper * 2 ** 16) * 2 ** 8;
  digits[at + 2] = upper - top * DIGIT;
  digits[at + 3] = top;
}

/** The rest is the product and half the whole; digits above the fifth are left out, which nobody will miss. */
function multiply(): void {
  const t0 = digits[0];
  const t1 = digits[1];
  const t2 = digits[2];
  const t3 = digits[3];
  const a0 = digits[4];
  const a1 = digits[5];
  const a2 = digits[6];
  const a3 = digits[7];
  rest[0] = t0 * a0 + halfDigit(0);
  rest[1] = t0 * a1 + t1 * a0 + halfDigit(1);
  rest[2] = t0 * a2 + t1 * a1 + t2 * a0 + halfDigit(2);
  rest[3] = t0 * a3 + t1 * a2 + t2 * a1 + t3 * a0 + (digits[11] >>> 1);
  rest[4] = t1 * a3 + t2 * a2 + t3 * a1;
}

/** A digit of half the whole, rounded down. */
function halfDigit(place: number): number {
  return (digits[8 + place] >>> 1) + (digits[9 + place] & 1) * (DIGIT / 2);
}

/** Takes a number of wholes off the rest. */
function takeTimesWhole(g0: number, g1: number, g2: number, g3: number): void {
  const w0 = digits[8];
  const w1 = digits[9];
  const w2 = digits[10];
  const w3 = digits[11];
  const c0 = rest[0] - g0 * w0;
  const k0 = Math.floor(c0 * PER_DIGIT);
  const c1 = rest[1] - g0 * w1 - g1 * w0 + k0;
  const k1 = Math.floor(c1 * PER_DIGIT);
  const c2 = rest[2] - g0 * w2 - g1 * w1 - g2 * w0 + k1;
  const k2 = Math.floor(c2 * PER_DIGIT);
  const c3 = rest[3] - g0 * w3 - g1 * w2 - g2 * w1 - g3 * w0 + k2;
  const k3 = Math.floor(c3 * PER_DIGIT);
  const c4 = rest[4] - g1 * w3 - g2 * w2 - g3 * w1 + k3;
  rest[0] = c0 - k0 * DIGIT;
  rest[1] = c1 - k1 * DIGIT;
  rest[2] = c2 - k2 * DIGIT;
  rest[3] = c3 - k3 * DIGIT;
  rest[4] = c4 - Math.floor(c4 * PER_DIGIT + 0.5) * DIGIT;
}

/** Whether the rest is at least 0 and below the whole. */
function isRemainder(): boolean {
  if (rest[4] !== 0) return false;
  for (let place = 3; place >= 0; place -= 1) {
    const difference = rest[place] - digits[8 + place];
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function restValue(): number {
  return (((rest[4] * DIGIT + rest[3]) * DIGIT + rest[2]) * DIGIT + rest[1]) * DIGIT + rest[0];
}

/** Writes a quotient as the share; its digits may be above 2^24, or below 0 where a higher one makes up for it. */
function join(division: Division, q0: number, q1: number, upper: number): void {
  const k0 = Math.floor(q0 * PER_DIGIT);
  const d1 = q1 + k0;
  const k1 = Math.floor(d1 / 2 ** 8);
  division[SHARE] = q0 - k0 * DIGIT + (d1 - k1 * 2 ** 8) * DIGIT;
  division[SHARE + 1] = upper * 2 ** 16 + k1;
}
