/** The order in which outputs are served: by vout, reversed, highest value first, smallest first; the lower vout first among equals. */
export type OutOrder = 'F' | 'L' | 'H' | 'S';

/** Output indexes in serving order. `ties` says which of two equal outputs comes first under H and S. */
export function servingOrder(
  outputValueSat: readonly number[],
  order: OutOrder,
  ties: 'lower-vout' | 'higher-vout' = 'lower-vout',
): number[] {
  const vouts = outputValueSat.map((_, vout) => vout);
  if (order === 'F') return vouts;
  if (order === 'L') return vouts.reverse();
  const sign = order === 'H' ? -1 : 1;
  return vouts.sort(
    (a, b) => sign * (outputValueSat[a] - outputValueSat[b]) || (ties === 'lower-vout' ? a - b : b - a),
  );
}
