/** The order in which outputs are served: by vout, reversed, highest value first, smallest first; the lower vout first among equals. */
export type OutOrder = 'F' | 'L' | 'H' | 'S';

/** 0, 1, 2 and so on, for every number of outputs but the largest. Never written to. */
const ASCENDING: ReadonlyArray<readonly number[]> = Array.from({ length: 64 }, (_, length) => [
  ...Array(length).keys(),
]);
const DESCENDING: ReadonlyArray<readonly number[]> = ASCENDING.map((vouts) => [...vouts].reverse());

/** Output indexes in serving order. `ties` says which of two equal outputs comes first under H and S. */
export function servingOrder(
  outputValueSat: readonly number[],
  order: OutOrder,
  ties: 'lower-vout' | 'higher-vout' = 'lower-vout',
): readonly number[] {
  const { length } = outputValueSat;
  if (order === 'F') return ASCENDING[length] ?? [...outputValueSat.keys()];
  if (order === 'L') return DESCENDING[length] ?? [...outputValueSat.keys()].reverse();
  const sign = order === 'H' ? -1 : 1;
  if (length === 2) {
    const ahead = sign * (outputValueSat[0] - outputValueSat[1]);
    return ahead < 0 || (ahead === 0 && ties === 'lower-vout') ? ASCENDING[2] : DESCENDING[2];
  }
  const vouts = [...outputValueSat.keys()];
  return vouts.sort(
    (a, b) => sign * (outputValueSat[a] - outputValueSat[b]) || (ties === 'lower-vout' ? a - b : b - a),
  );
}
