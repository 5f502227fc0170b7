/**
 * What a coinjoin's family promises of its owners: the premise under which mappings are worth more than the envelope.
 */
import { countValues, mostFrequent, type TransactionShape } from './shape.ts';
import type { CoinjoinFamily } from './verdict.ts';

/** Largest value that is dust of token protocols and no denomination. */
const MAX_TOKEN_DUST_SAT = 2730;

/**
 * Values of which one owner gets at most one output. The equal outputs of Wasabi 1, Whirlpool, JoinMarket and coinjoins
 * of no protocol go to one
 * participant each; Wasabi 2 gives one participant several of a denomination, so it promises nothing.
 */
export function oneEachOf(shape: TransactionShape, family: CoinjoinFamily | null): readonly number[] {
  if (family === 'wasabi-2') return [];
  const valuesSat = shape.outputs.map(({ valueSat }) => valueSat).filter((value) => value > MAX_TOKEN_DUST_SAT);
  const { valueSat, count } = mostFrequent(countValues(valuesSat));
  return count > 1 ? [valueSat] : [];
}
