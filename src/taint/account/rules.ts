/** Account rules by name. */
import { ACCOUNT_POISON } from './account-poison.ts';
import { ACCOUNT_HAIRCUT, CLEAN_FIRST, TAINT_FIRST } from './amount-rules.ts';
import { ACCOUNT_FIFO, ACCOUNT_LIFO } from './lot-rules.ts';
import type { AccountRuleName } from './request.ts';
import type { AccountRule } from './rule.ts';

const RULES: Readonly<Record<AccountRuleName, AccountRule>> = {
  haircut: ACCOUNT_HAIRCUT,
  fifo: ACCOUNT_FIFO,
  lifo: ACCOUNT_LIFO,
  'taint-first': TAINT_FIRST,
  'clean-first': CLEAN_FIRST,
  poison: ACCOUNT_POISON,
};

/** The rule of a name. */
export function accountRule(name: AccountRuleName): AccountRule {
  return RULES[name];
}
