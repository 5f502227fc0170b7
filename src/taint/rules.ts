/** The list of rules by name, and their check. */
import { SpoorError } from '../ledger/index.ts';
import { dirtyFirst, pureDirtyFirst } from './dirty-first.ts';
import { fifo } from './fifo.ts';
import { seniority, tiho } from './filling.ts';
import { haircut } from './haircut.ts';
import { inOut } from './in-out.ts';
import { lifo, lifoReverse } from './lifo.ts';
import { poison } from './poison.ts';
import type { TraceConventions } from './result.ts';
import type { TaintRule } from './rule.ts';

const MAKERS: Readonly<Record<string, (conventions: TraceConventions) => TaintRule>> = {
  haircut: (conventions) => haircut(conventions.haircutFee),
  fifo: () => fifo,
  lifo: () => lifo,
  'lifo-reverse': () => lifoReverse,
  tiho: () => tiho,
  seniority: () => seniority,
  'dirty-first': () => dirtyFirst,
  'pure-dirty-first': () => pureDirtyFirst,
  poison: () => poison,
};

/** Names of the rules that `all` stands for, in the order reports show them: conserving rules first; the in/out family is asked for by name. */
export const RULE_NAMES: readonly string[] = Object.keys(MAKERS);

/** Rule of that name under the given conventions. Throws USAGE listing the names it knows. */
export function ruleByName(name: string, conventions: TraceConventions): TaintRule {
  const rule = Object.hasOwn(MAKERS, name) ? MAKERS[name](conventions) : inOut(name);
  if (rule !== null) return rule;
  const known = `${RULE_NAMES.join(', ')} and inout:XY with X in FLTCHS, Y in FLHS`;
  throw new SpoorError('USAGE', `there is no rule "${name}"; this version knows ${known}`);
}
