/** The list of rules by name, and their check. */
import { SpoorError } from '../ledger/index.ts';
import { parseAddressFilter } from './address-filter.ts';
import { ADDRESS_RULES } from './address-taint.ts';
import { ageSeniority } from './age-seniority.ts';
import { comb } from './comb.ts';
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

/** Rules asked for by name, beside the in/out family: they need more of the facts than the others, or keep no books. */
const BY_NAME: Readonly<Record<string, (conventions: TraceConventions) => TaintRule>> = {
  'age-seniority': () => ageSeniority,
  'comb:low': ({ combSize }) => comb('low', combSize),
  'comb:high': ({ combSize }) => comb('high', combSize),
};

/** Stands for a rule over addresses wherever rules are looked at; nothing is divided by it. Throws USAGE for a filter that cannot be read. */
function overAddresses(name: string, conventions: TraceConventions): TaintRule | null {
  if (!Object.hasOwn(ADDRESS_RULES, name)) return null;
  parseAddressFilter(conventions.addressFilter);
  const { backward: _, ...reached } = poison;
  return { ...reached, name, overAddresses: true };
}

/** Short names that stand for several rules. */
export const RULE_GROUPS: ReadonlyMap<string, readonly string[]> = new Map([['comb', ['comb:low', 'comb:high']]]);

/** Names of the rules that `all` stands for, in the order reports show them: conserving rules first; the in/out family is asked for by name. */
export const RULE_NAMES: readonly string[] = Object.keys(MAKERS);

/** Rule of that name under the given conventions. Throws USAGE that offers the nearest names and lists all. */
export function ruleByName(name: string, conventions: TraceConventions): TaintRule {
  const makers = { ...MAKERS, ...BY_NAME };
  const rule = Object.hasOwn(makers, name)
    ? makers[name](conventions)
    : (inOut(name) ?? overAddresses(name, conventions));
  if (rule !== null) return withConventions(rule, conventions);
  const others = [...Object.keys(BY_NAME), ...RULE_GROUPS.keys(), ...Object.keys(ADDRESS_RULES)];
  const known = `${[...RULE_NAMES, ...others].join(', ')} and inout:XY with X in FLTCHS, Y in FLHS`;
  const near = nearestNames(name, [...RULE_NAMES, ...others, ...IN_OUT_NAMES]);
  const hint = near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
  throw new SpoorError('USAGE', `there is no rule "${name}"; this version knows ${known}`, {}, hint);
}

/** Rule that divides transactions. Throws USAGE for one that follows addresses: no driver of outputs can run it. */
export function outputRule(name: string, conventions: TraceConventions): TaintRule {
  const rule = ruleByName(name, conventions);
  if (rule.overAddresses !== true) return rule;
  throw new SpoorError('USAGE', `${name} needs the addresses of a case: it is for spoor trace alone`);
}

/** Conventions that change whole families of rules alike. */
function withConventions(rule: TaintRule, { orderFee, seedOverlap }: TraceConventions): TaintRule {
  const paying = rule.runs === true && orderFee === 'prorate-inputs' ? prorated(rule) : rule;
  if (seedOverlap === 'seed-overrides') return overriding(paying);
  // Poison is sets of labels that know nothing of each other: it follows each alone as it is.
  return seedOverlap === 'multi-label' && rule.conserves ? eachAlone(paying) : paying;
}
