/** The limits a user may set on following taint, in the order they are checked (methods 1.5). */

import type { Waiting } from './ledger-of-rule.ts';
import type { StopReason, TraceLimits } from './result.ts';
import type { TaintRule } from './rule.ts';

const MILLION = 1_000_000n;

/** Taint on the output over all labels; for poison the output's value, however many labels it carries. */
function taintSat(rule: TaintRule, waiting: Waiting): number {
  let total = 0;
  for (const [, amountSat] of rule.amounts(waiting.state, waiting.valueSat)) total += amountSat;
  return Math.min(total, waiting.valueSat);
}

/** The limit that forbids following this taint into a transaction of `height` (-1 when unknown), or null. */
export function limitReached(
  limits: TraceLimits,
  rule: TaintRule,
  waiting: Waiting,
  height: number,
): StopReason | null {
  const { maxHops, minSat, minShareMillionths, untilHeight } = limits;
  if (maxHops !== null && waiting.hops >= maxHops) return 'max-hops';
  if (untilHeight !== null && height > untilHeight) return 'until';
  if (minSat !== null && taintSat(rule, waiting) < minSat) return 'min-sat';
  if (minShareMillionths === null) return null;
  const scaled = BigInt(taintSat(rule, waiting)) * MILLION;
  return scaled < BigInt(minShareMillionths) * BigInt(waiting.valueSat) ? 'min-share' : null;
}
