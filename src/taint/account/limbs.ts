/** Amounts below 2^85 as two whole numbers, `high * 2^32 + low`: `low` below 2^32, `high` below 2^53. */

/** Base of the lower number. */
export const LIMB = 2 ** 32;
/** Most that the upper number may be. */
export const MAX_HIGH = 2 ** 53 - 1;
/** Amounts above this are wide; two below it make a sum whose upper number is still exact. */
const MAX_QUICK = (1n << 84n) - 1n;
const MAX_WORD = (1n << 64n) - 1n;
const WORD_BITS = 64n;

/** 64 bits written as one and read as twice 32. */
const word = new BigUint64Array(1);
const half = new Uint32Array(word.buffer);

/** An amount taken apart. */
export class Limbs {
  whole = 0n;
  low = 0;
  high = 0;
  /** Too large for two numbers: `whole` alone counts. */
  isWide = false;

  load(amount: bigint): void {
    this.whole = amount;
    word[0] = amount;
    this.low = half[0];
    this.high = half[1];
    this.isWide = false;
    if (amount <= MAX_WORD) return;
    this.isWide = amount > MAX_QUICK;
    this.high += Number(amount >> WORD_BITS) * LIMB;
  }
}

/** The amount of two numbers. */
export function wholeOf(low: number, high: number): bigint {
  half[0] = low;
  half[1] = high;
  return high < LIMB ? word[0] : (BigInt(Math.floor(high / LIMB)) << WORD_BITS) + word[0];
}
