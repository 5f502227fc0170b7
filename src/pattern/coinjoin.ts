/**
 * Claim:      a transaction with several equal outputs to different addresses, paid by at least as many different
 *             addresses, is a mix
 *             of several owners; order and average say nothing inside it.
 * Source:     the structural core shared by the JoinMarket, Wasabi and Whirlpool rules: denomination = most frequent
 *             output
 *             value; its count n is at least half the outputs and at most the distinct input addresses; all output
 *             addresses distinct.
 * Parameters: at least 3 equal outputs; the denomination above 2,730 sat (546 and 2,730 are dust of token protocols).
 * Cost:       O(inputs + outputs).
 * Fails when: owners agree without equal outputs (PayJoin: invisible by design), or a batch payout of equal sums looks
 *             alike.
 */
import { NONE, type TxFrame } from '../ledger/index.ts';
import { countValues, mostFrequent } from './shape.ts';

const MIN_EQUAL_OUTPUTS = 3;
const MAX_TOKEN_DUST_SAT = 2730;

/**
 * Whether the transaction has the shape of an equal-output coinjoin. Needs addresses: an input without one counts as
 * nobody.
 */
export function isCoinjoin(frame: TxFrame): boolean {
  const outputCount = frame.outputValueSat.length;
  if (frame.coinbase || frame.inputValueSat.length < MIN_EQUAL_OUTPUTS || outputCount < MIN_EQUAL_OUTPUTS) return false;
  const { count } = mostFrequent(countValues(frame.outputValueSat.filter((value) => value > MAX_TOKEN_DUST_SAT)));
  if (count < MIN_EQUAL_OUTPUTS || count * 2 < outputCount) return false;
  const payers = new Set(frame.inputAddress.filter((address) => address !== NONE));
  if (count > payers.size) return false;
  const payees = frame.outputAddress.filter((address) => address !== NONE);
  return new Set(payees).size === payees.length;
}
