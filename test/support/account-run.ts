/** A run of taint over accounts on frames written by hand: every rule, one label, no limits and no stops unless told. */
import { accountTxId } from '../../src/ledger/index.ts';
import {
  ACCOUNT_RULES,
  type AccountTaintRequest,
  type AccountTaintResult,
  accountTaint,
  DEFAULT_ACCOUNT_CONVENTIONS,
} from '../../src/taint/index.ts';
import { framesOf, frameView, type PlainFrame } from './account-frames.ts';
import type { RandomHistory } from './random-accounts.ts';

/** No limit at all. */
export const UNLIMITED = { maxHops: null, minAmount: new Map(), untilKey: null, maxLots: null };

/** Runs it. */
export function runAccounts(plain: readonly PlainFrame[], given: Partial<AccountTaintRequest>): AccountTaintResult {
  return accountTaint(frameView(framesOf(plain)), {
    rules: ACCOUNT_RULES,
    labelCount: 1,
    seeds: [],
    priors: [],
    limits: UNLIMITED,
    conventions: DEFAULT_ACCOUNT_CONVENTIONS,
    stopAt: () => null,
    conversionsOf: ({ orderKey }) => plain[orderKey / 10 - 1].conversions ?? [],
    keepTrail: true,
    ...given,
  });
}

/** Runs a random history with its own labels, seeds and gas; nothing stops it unless told. */
export function runHistory(history: RandomHistory, given: Partial<AccountTaintRequest> = {}): AccountTaintResult {
  return accountTaint(frameView(history.frames, history.stated), {
    rules: ACCOUNT_RULES,
    labelCount: history.labelCount,
    seeds: history.seeds,
    priors: history.priors,
    limits: UNLIMITED,
    conventions: { ...DEFAULT_ACCOUNT_CONVENTIONS, gas: history.gas },
    stopAt: () => null,
    conversionsOf: ({ orderKey }) => history.conversions[orderKey / 10 - 1] ?? [],
    keepTrail: true,
    ...given,
  });
}

/** A seed on an effect of a transaction. */
export const seedOn = (tx: number, at: number, label = 0) =>
  ({ label, select: { kind: 'effect', tx: accountTxId(tx), effect: at } }) as const;
