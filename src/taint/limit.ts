/** The limits a user may set on following taint, in the order they are checked (src/taint/README.md). */

import { hopsOf } from './hop-list.ts';
import type { Waiting } from './ledger-of-rule.ts';
import type { StopReason, TraceLimits } from './result.ts';
import type { TaintRule } from './rule.ts';

const MILLION = 1_000_000n;

/** Whether the user set any limit that bears on what enters a transaction. */
export function setsLimits({
  maxHops,
  minSat,
  minShareMillionths,
  untilHeight,
  maxTransactions,
}: TraceLimits): boolean {
  return [maxHops, minSat, minShareMillionths, untilHeight, maxTransactions ?? null].some((limit) => limit !== null);
}

/**
 * Labels whose taint on an output may not be followed into a transaction of `height` (-1 when unknown), with the limit that forbids it; null when
 * none. Each label is held to the limits by its own hops and amount, as if it were followed alone.
 */
export function labelsCut(
  limits: TraceLimits,
  rule: TaintRule,
  at: { waiting: Waiting; height: number },
): Map<number, StopReason> | null {
  const { maxHops, minSat, minShareMillionths, untilHeight } = limits;
  if (maxHops === null && minSat === null && minShareMillionths === null && untilHeight === null) return null;
  const { state, valueSat, hops } = at.waiting;
  const amounts = new Map(rule.amounts(state, valueSat));
  const cut = new Map<number, StopReason>();
  for (const label of rule.labels(state)) {
    const amountSat = amounts.get(label) ?? 0;
    if (maxHops !== null && hopsOf(hops, label) >= maxHops) cut.set(label, 'max-hops');
    else if (untilHeight !== null && at.height > untilHeight) cut.set(label, 'until');
    else if (minSat !== null && amountSat < minSat) cut.set(label, 'min-sat');
    else if (
      minShareMillionths !== null &&
      BigInt(amountSat) * MILLION < BigInt(minShareMillionths) * BigInt(valueSat)
    ) {
      cut.set(label, 'min-share');
    }
  }
  return cut.size === 0 ? null : cut;
}
