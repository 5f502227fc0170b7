/** Exact ratios of whole numbers, for confidences: as text they are the same on every machine. */

/** `top / bottom`, bottom above zero. */
export interface Ratio {
  readonly top: bigint;
  readonly bottom: bigint;
}

/** Sum of two ratios. */
export function addRatios(a: Ratio, b: Ratio): Ratio {
  return reduced({ top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom });
}

/** Mean of one or more ratios. */
export function meanRatio(ratios: readonly Ratio[]): Ratio {
  const sum = ratios.reduce(addRatios, { top: 0n, bottom: 1n });
  return reduced({ top: sum.top, bottom: sum.bottom * BigInt(ratios.length) });
}

/** Lowest terms as `17/20`. */
export function ratioOf(ratio: Ratio): string {
  const { top, bottom } = reduced(ratio);
  return `${top}/${bottom}`;
}

/** Reads what `ratioOf` wrote. */
export function readRatio(text: string): Ratio {
  const [top, bottom] = text.split('/');
  return { top: BigInt(top), bottom: BigInt(bottom) };
}

function reduced({ top, bottom }: Ratio): Ratio {
  const divisor = greatestDivisor(top < 0n ? -top : top, bottom);
  return { top: top / divisor, bottom: bottom / divisor };
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [large, small] = [a, b];
  while (small > 0n) [large, small] = [small, large % small];
  return large;
}
