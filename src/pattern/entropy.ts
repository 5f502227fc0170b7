/** Entropy of a count of mappings, for people: everything before it is counted in whole numbers. */

const PLACES = 6;
const MANTISSA_BITS = 53;

/** log2 of a count as decimal text with 6 places; `count` 0 has none. */
export function entropyText(count: bigint): string | null {
  if (count < 1n) return null;
  const bits = count.toString(2).length;
  const shift = Math.max(0, bits - MANTISSA_BITS);
  const log = Math.log2(Number(count >> BigInt(shift))) + shift;
  const digits = String(Math.round(log * 10 ** PLACES)).padStart(PLACES + 1, '0');
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}
