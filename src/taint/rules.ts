/** The list of rules by name, and their check. */
import { SpoorError } from '../ledger/index.ts';
import { fifo } from './fifo.ts';
import { haircut } from './haircut.ts';
import { poison } from './poison.ts';
import type { TraceConventions } from './result.ts';
import type { TaintRule } from './rule.ts';

const MAKERS: Readonly<Record<string, (conventions: TraceConventions) => TaintRule>> = {
  poison: () => poison,
  haircut: (conventions) => haircut(conventions.haircutFee),
  fifo: () => fifo,
};

/** Names of the rules this engine knows, in the order reports show them. */
export const RULE_NAMES: readonly string[] = Object.keys(MAKERS);

/** Rule of that name under the given conventions. Throws USAGE listing the names it knows. */
export function ruleByName(name: string, conventions: TraceConventions): TaintRule {
  const maker = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (maker === undefined) {
    throw new SpoorError('USAGE', `there is no rule "${name}"; this version knows ${RULE_NAMES.join(', ')}`);
  }
  return maker(conventions);
}
