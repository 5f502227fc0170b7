/** The list of rules by name, and their check. */
import { SpoorError } from '../ledger/index.ts';
import { dirtyFirst, pureDirtyFirst } from './dirty-first.ts';
import { fifo } from './fifo.ts';
import { seniority, tiho } from './filling.ts';
import { haircut } from './haircut.ts';
import { IN_OUT_NAMES, inOut } from './in-out.ts';
import { lifo, lifoReverse } from './lifo.ts';
import { nearestNames } from './nearest.ts';
import { poison } from './poison.ts';
import { prorated } from './prorate.ts';
import type { TraceConventions } from './result.ts';
import type { TaintRule } from './rule.ts';
import { eachAlone, overriding } from './seed-overlap.ts';

const MAKERS: Readonly<Record<string, (conventions: TraceConventions) => TaintRule>> = {
  haircut: (conventions) => haircut(conventions),
  fifo: () => fifo,
  lifo: () => lifo,
  'lifo-reverse': () => lifoReverse,
  tiho: (conventions) => tiho(conventions.tihoTies),
  seniority: () => seniority,
  'dirty-first': () => dirtyFirst,
  'pure-dirty-first': () => pureDirtyFirst,
  poison: () => poison,
};

/** Names of the rules that `all` stands for, in the order reports show them: conserving rules first; the in/out family is asked for by name. */
export const RULE_NAMES: readonly string[] = Object.keys(MAKERS);

/** Rule of that name under the given conventions. Throws USAGE that offers the nearest names and lists all. */
export function ruleByName(name: string, conventions: TraceConventions): TaintRule {
  const rule = Object.hasOwn(MAKERS, name) ? MAKERS[name](conventions) : inOut(name);
  if (rule !== null) return withConventions(rule, conventions);
  const known = `${RULE_NAMES.join(', ')} and inout:XY with X in FLTCHS, Y in FLHS`;
  const near = nearestNames(name, [...RULE_NAMES, ...IN_OUT_NAMES]);
  const hint = near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
  throw new SpoorError('USAGE', `there is no rule "${name}"; this version knows ${known}`, {}, hint);
}

/** Conventions that change whole families of rules alike. */
function withConventions(rule: TaintRule, { orderFee, seedOverlap }: TraceConventions): TaintRule {
  const paying = rule.runs === true && orderFee === 'prorate-inputs' ? prorated(rule) : rule;
  if (seedOverlap === 'seed-overrides') return overriding(paying);
  // Poison is sets of labels that know nothing of each other: it follows each alone as it is.
  return seedOverlap === 'multi-label' && rule.conserves ? eachAlone(paying) : paying;
}
