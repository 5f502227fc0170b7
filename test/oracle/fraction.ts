/** Exact fractions over bigint, always in lowest terms with a positive denominator: two equal numbers are deeply equal. */

/** numerator / denominator. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The fraction of two integers; throws RangeError when the denominator is 0. */
export function fraction(numerator: bigint | number, denominator: bigint | number = 1n): Fraction {
  let top = BigInt(numerator);
  let bottom = BigInt(denominator);
  if (bottom === 0n) throw new RangeError('fraction with denominator 0');
  if (bottom < 0n) {
    top = -top;
    bottom = -bottom;
  }
  const common = greatestCommonDivisor(top < 0n ? -top : top, bottom);
  return { numerator: top / common, denominator: bottom / common };
}

/** Zero. */
export const ZERO: Fraction = { numerator: 0n, denominator: 1n };

/** left + right. */
export function add(left: Fraction, right: Fraction): Fraction {
  return fraction(
    left.numerator * right.denominator + right.numerator * left.denominator,
    left.denominator * right.denominator,
  );
}

/** left - right. */
export function subtract(left: Fraction, right: Fraction): Fraction {
  return add(left, { numerator: -right.numerator, denominator: right.denominator });
}

/** left * right. */
export function multiply(left: Fraction, right: Fraction): Fraction {
  return fraction(left.numerator * right.numerator, left.denominator * right.denominator);
}

/** Below 0, 0 or above 0 as left is below, equal to or above right. */
export function compare(left: Fraction, right: Fraction): number {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Sum of a list, 0 when empty. */
export function total(list: readonly Fraction[]): Fraction {
  return list.reduce(add, ZERO);
}

/** An integer or a fraction as a fraction. */
export function toFraction(value: number | bigint | Fraction): Fraction {
  return typeof value === 'object' ? value : fraction(value);
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [high, low] = [left, right];
  while (low !== 0n) [high, low] = [low, high % low];
  return high;
}
