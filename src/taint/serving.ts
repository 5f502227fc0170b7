/** The order in which outputs are served: by vout, reversed, highest value first, smallest first; the lower vout first among equals. */
export type OutOrder = 'F' | 'L' | 'H' | 'S';

/** Output indexes in serving order. */
export function servingOrder(outputValueSat: readonly number[], order: OutOrder): number[] {
  const vouts = outputValueSat.map((_, vout) => vout);
  if (order === 'F') return vouts;
  if (order === 'L') return vouts.reverse();
  const sign = order === 'H' ? -1 : 1;
  return vouts.sort((a, b) => sign * (outputValueSat[a] - outputValueSat[b]) || a - b);
}
