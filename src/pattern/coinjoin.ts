/**
 * Claim:      a transaction with several equal outputs to different addresses, paid by at least as many different addresses, is a mix
 *             of several owners; order and average say nothing inside it.
 * Source:     the structural core shared by the JoinMarket, Wasabi and Whirlpool rules: denomination = most frequent output
 *             value; its count n is at least half the outputs and at most the distinct input addresses; all output addresses distinct.
 * Parameters: at least 3 equal outputs; the denomination above 2,730 sat (546 and 2,730 are dust of token protocols).
 * Cost:       O(inputs + outputs).
 * Fails when: owners agree without equal outputs (PayJoin: invisible by design), or a batch payout of equal sums looks alike.
 */
import { NONE, type TxFrame } from '../ledger/index.ts';

const MIN_EQUAL_OUTPUTS = 3;
const MAX_TOKEN_DUST_SAT = 2730;

/** Most frequent output value with its count; among equal counts the lowest value. */
function denomination(valuesSat: readonly number[]): { valueSat: number; count: number } {
  const counts = new Map<number, number>();
  for (const valueSat of valuesSat) {
    if (valueSat > MAX_TOKEN_DUST_SAT) counts.set(valueSat, (counts.get(valueSat) ?? 0) + 1);
  }
  let best = { valueSat: 0, count: 0 };
  for (const [valueSat, count] of counts) {
    if (count > best.count || (count === best.count && valueSat < best.valueSat)) best = { valueSat, count };
  }
  return best;
}

/** Whether the transaction has the shape of an equal-output coinjoin. Needs addresses: an input without one counts as nobody. */
export function isCoinjoin(frame: TxFrame): boolean {
  const outputCount = frame.outputValueSat.length;
  if (frame.coinbase || frame.inputValueSat.length < MIN_EQUAL_OUTPUTS || outputCount < MIN_EQUAL_OUTPUTS) return false;
  const { count } = denomination(frame.outputValueSat);
  if (count < MIN_EQUAL_OUTPUTS || count * 2 < outputCount) return false;
  const payers = new Set(frame.inputAddress.filter((address) => address !== NONE));
  if (count > payers.size) return false;
  const payees = frame.outputAddress.filter((address) => address !== NONE);
  return new Set(payees).size === payees.length;
}
