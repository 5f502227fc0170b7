/** Entropy and information for people: everything before them is counted in whole numbers. */

const PLACES = 6;
const MANTISSA_BITS = 53;

/** log2 of a count as decimal text with 6 places; `count` 0 has none. */
export function entropyText(count: bigint): string | null {
  if (count < 1n) return null;
  const bits = count.toString(2).length;
  const shift = Math.max(0, bits - MANTISSA_BITS);
  const log = Math.log2(Number(count >> BigInt(shift))) + shift;
  return placesText(log);
}

/** ln(whole / part) as decimal text with 6 places: how much knowing the part narrows the whole; both above zero, the part no larger. */
export function narrowingText(whole: number, part: number): string {
  return placesText(Math.log(whole) - Math.log(part));
}

function placesText(value: number): string {
  const digits = String(Math.round(value * 10 ** PLACES)).padStart(PLACES + 1, '0');
  return `${digits.slice(0, -PLACES)}.${digits.slice(-PLACES)}`;
}
