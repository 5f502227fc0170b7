/**
 * Claim:      the oldest money goes out first: inputs line up by the height at which they were made, oldest first, and then as FIFO.
 * Source:     named in methods as a variant of seniority; a rule of age is how priorities of claims are read where time decides (src/taint/README.md).
 * Parameters: none. Equal heights keep vin order; money that is in no block yet is newer than all. Fees in a coinbase are of one age: FIFO.
 * Cost:       as FIFO, plus sorting, plus the height of every output spent, which the driver has to look up.
 * Fails when: the height of an input is unknown and there is another beside it: the taint then rests there as unresolved, with a gap.
 */
import { fifo } from './fifo.ts';
import type { Division, Piece, Pieces, TaintRule } from './rule.ts';

// Value alone has no way back here: the walk that knows no taint does not look up ages.
const { backward: _, ...ordered } = fifo;

/** Oldest input first, then FIFO. */
export const ageSeniority: TaintRule = {
  ...ordered,
  name: 'age-seniority',
  needsHeights: true,
  divide: (division) => fifo.divide(byAge(division).division),
  pieces: (division) => {
    const { order, division: sorted } = byAge(division);
    const inPlace = (list: readonly Piece[]): Piece[] => list.map((piece) => ({ ...piece, vin: order[piece.vin] }));
    const found: Pieces = fifo.pieces?.(sorted) ?? { outputs: [], rest: [] };
    return { outputs: found.outputs.map(inPlace), rest: inPlace(found.rest) };
  },
};

/** The division with its inputs in order of age; `order` has the vin of each. */
function byAge(division: Division): { order: number[]; division: Division } {
  const { inputHeight, inputState, inputValueSat } = division;
  const order = inputValueSat.map((_, vin) => vin);
  if (inputHeight !== undefined) order.sort((a, b) => inputHeight[a] - inputHeight[b] || a - b);
  return {
    order,
    division: {
      ...division,
      inputState: order.map((vin) => inputState[vin]),
      inputValueSat: order.map((vin) => inputValueSat[vin]),
    },
  };
}
