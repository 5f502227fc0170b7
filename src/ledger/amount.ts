/** Exact amounts: integers in, integers out. Decimal points exist at the edges of the program only, and are read from text. */
import { MAX_MONEY_SAT, type Satoshi, satoshi } from './brand.ts';
import { SpoorError } from './error.ts';

const SAT_PER_BTC_DIGITS = 8;

/** Reads decimal satoshi text, for example `"1450067602"`. Throws AMOUNT_INVALID. */
export function satoshiFromText(text: string): Satoshi {
  if (!/^(0|[1-9]\d*)$/.test(text)) {
    throw new SpoorError('AMOUNT_INVALID', `"${text.slice(0, 40)}" is not a whole number of satoshi in decimal digits`);
  }
  if (text.length > 16) {
    throw new SpoorError(
      'AMOUNT_INVALID',
      `${text.slice(0, 40)} satoshi is above all the bitcoins there can be (${MAX_MONEY_SAT})`,
    );
  }
  return satoshi(Number(text));
}

/**
 * Reads a bitcoin amount from its decimal text without passing through a float: `0.00000001`, `50`, `5.96e-05`, `50.00000000`.
 * More than 8 decimal places that are not zero is an error, as is a sign. Throws AMOUNT_INVALID.
 */
export function satoshiFromBtcText(text: string): Satoshi {
  const match = /^(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) {
    throw new SpoorError(
      'AMOUNT_INVALID',
      `"${text.slice(0, 40)}" is not an amount of bitcoin (digits, one point, no sign)`,
    );
  }
  const whole = match[1];
  const decimals = match[2] ?? '';
  const shift = Number(match[3] ?? '0') + SAT_PER_BTC_DIGITS;
  const digits = whole + decimals;
  const pointAt = whole.length + shift;
  const kept = pointAt <= 0 ? '0' : digits.slice(0, pointAt).padEnd(pointAt, '0');
  const dropped = pointAt <= 0 ? digits : digits.slice(pointAt);
  if (/[1-9]/.test(dropped)) {
    throw new SpoorError(
      'AMOUNT_INVALID',
      `${text} BTC has parts of a satoshi: more than ${SAT_PER_BTC_DIGITS} decimal places`,
    );
  }
  return satoshiFromText(kept.replace(/^0+(?=\d)/, ''));
}

const CENTS_PER_USD = 100n;
const MICRO_PER_CENT = 10_000n;

/**
 * Value in US cents, cut to whole ones, of `raw` base units of an asset of so many decimals, at `microUsd` millionths of a dollar for one whole of it. A
 * valuation, not a measurement.
 */
export function usdCents(raw: bigint, decimals: number, microUsd: bigint): bigint {
  return (raw * microUsd) / 10n ** BigInt(decimals) / MICRO_PER_CENT;
}

/** Dollars in text with two decimals: 1205 cents give `12.05`. */
export function usdText(cents: bigint): string {
  return `${cents / CENTS_PER_USD}.${String(cents % CENTS_PER_USD).padStart(2, '0')}`;
}

/** Bitcoin text of an amount for people, always 8 decimals: 1450067602 gives `14.50067602`. */
export function btcText(valueSat: number): string {
  const digits = String(valueSat).padStart(SAT_PER_BTC_DIGITS + 1, '0');
  return `${digits.slice(0, -SAT_PER_BTC_DIGITS)}.${digits.slice(-SAT_PER_BTC_DIGITS)}`;
}

/**
 * Share `part/whole` as decimal text with `places` digits, rounded down so that a share below one never prints as one.
 * For people only: nothing is computed from it. `whole` 0 gives `0`.
 */
export function shareText(part: number, whole: number, places = 6): string {
  if (whole === 0) return '0';
  const scaled = (BigInt(part) * 10n ** BigInt(places)) / BigInt(whole);
  const digits = scaled.toString().padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

const LIMB = 2 ** 26;

/** Quotient and remainder of one exact division. */
export interface QuotientRemainder {
  quotient: number;
  remainder: number;
}

/**
 * `floor(a*b/c)` and its remainder, exactly, for integers 0 <= a, b, c <= MAX_MONEY_SAT with c >= 1 and a*b/c <= MAX_MONEY_SAT.
 *
 * The product has up to 102 bits, so it is never formed: a float division guesses the quotient (off by a few units at most), and the
 * remainder `a*b - q*c` is computed exactly in 26-bit limbs, which corrects the guess. Every intermediate integer stays below 2^53
 * because amounts stay below 2^51. Writes into `into` so that the inner loop of haircut allocates nothing.
 */
export function mulDiv(a: number, b: number, c: number, into: QuotientRemainder): void {
  const product = a * b;
  if (product <= Number.MAX_SAFE_INTEGER) {
    into.quotient = Math.floor(product / c);
    into.remainder = product - into.quotient * c;
    if (into.remainder < 0) {
      into.quotient -= 1;
      into.remainder += c;
    }
    return;
  }
  let quotient = Math.floor(product / c);
  const aHigh = Math.floor(a / LIMB);
  const aLow = a - aHigh * LIMB;
  const bHigh = Math.floor(b / LIMB);
  const bLow = b - bHigh * LIMB;
  const qHigh = Math.floor(quotient / LIMB);
  const qLow = quotient - qHigh * LIMB;
  const cHigh = Math.floor(c / LIMB);
  const cLow = c - cHigh * LIMB;
  const high = aHigh * bHigh - qHigh * cHigh;
  const middle = aHigh * bLow + aLow * bHigh - (qHigh * cLow + qLow * cHigh);
  const low = aLow * bLow - qLow * cLow;
  let remainder = (high * LIMB + middle) * LIMB + low;
  while (remainder < 0) {
    quotient -= 1;
    remainder += c;
  }
  while (remainder >= c) {
    quotient += 1;
    remainder -= c;
  }
  into.quotient = quotient;
  into.remainder = remainder;
}
