/**
 * Claim:      every output, and the fee, carries the transaction's average taint.
 * Source:     Moeser, Boehme, Breuker, "Towards Risk Scoring of Bitcoin Transactions", FC 2014 workshops; whole satoshi by src/taint/README.md.
 * Parameters: fee `share` (the fee takes its part) or `outputs-only` (outputs take all up to their value, the fee only the excess).
 * Cost:       O((inputs + outputs) x labels) per transaction.
 * Fails when: read as provenance (no coin is followed, only averages), or at dust scale (rounding, see apportion.ts).
 */
import { amountRule, divideOver, pool, sum, toDivided } from './amount-rule.ts';
import type { Divided, Division, TaintRule } from './rule.ts';

function divideWithFeeShare(division: Division): Divided {
  const { inputValueSat, outputValueSat } = division;
  const room = [...outputValueSat, sum(inputValueSat) - sum(outputValueSat)];
  return toDivided(divideOver(pool(division), room, null), outputValueSat.length);
}

function divideOutputsOnly(division: Division): Divided {
  const { outputValueSat } = division;
  const states = divideOver(pool(division), [...outputValueSat, 0], outputValueSat.length);
  return toDivided(states, outputValueSat.length);
}

/** Haircut with whole satoshi. */
export function haircut(fee: 'share' | 'outputs-only'): TaintRule {
  if (fee === 'outputs-only') return amountRule('haircut', divideOutputsOnly);
  return { ...amountRule('haircut', divideWithFeeShare), backward: 'shares' };
}
