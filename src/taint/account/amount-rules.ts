/**
 * Claim:      haircut: a payment carries the average taint of the balance; taint-first and clean-first: it carries as much, or as little, as it can.
 * Source:     Moeser, Boehme, Breuker, FC 2014 workshops, on balances (reference C2); the other two bracket it on one balance.
 * Parameters: none. Ties of rounding as in lot.ts.
 * Cost:       O(labels) per payment.
 * Fails when: taint-first and clean-first are read as bounds: what leaves first starves who is paid later.
 */
import { addTaint, filledWith, mixedLot, scaledTo, shareOut, sum } from './lot.ts';
import { AMOUNT, compareAt, type Division, giveAll, giveProportion, giveRest, TAINT, WHOLE } from './proportion.ts';
import type { AccountRuleName } from './request.ts';
import { type AccountRule, emptyState } from './rule.ts';

type Share = (division: Division) => void;
type Divide = (amount: bigint, held: readonly bigint[], balance: bigint) => bigint[];

function takeBy(divide: Divide): AccountRule['take'] {
  return ({ held }, amount, balance) => {
    const parts = divide(amount, held, balance);
    for (let label = 0; label < held.length; label += 1) held[label] -= parts[label];
    return [mixedLot(amount, parts)];
  };
}

function amountRule(name: AccountRuleName, ordered: boolean, divide: Divide, share: Share): AccountRule {
  return {
    name,
    conserves: true,
    ordered,
    open: (_, labelCount) => emptyState(labelCount),
    divide,
    share,
    take: takeBy(divide),
    takeMixed: takeBy(shareOut),
    shrink({ held }, amount, balance) {
      const gone = shareOut(amount, held, balance);
      for (let label = 0; label < held.length; label += 1) held[label] -= gone[label];
      return gone;
    },
    put({ held }, lots) {
      for (const lot of lots) addTaint(held, lot);
    },
    mix() {
      // There are no places to forget.
    },
    putUnder() {
      // Clean units are what the balance has beyond `held`.
    },
    fill: filledWith,
    scale: scaledTo,
  };
}

/** Haircut in whole units. */
export const ACCOUNT_HAIRCUT = amountRule('haircut', false, shareOut, (division) => {
  if (compareAt(division, AMOUNT, WHOLE) === 0) giveAll(division, TAINT);
  else if (compareAt(division, TAINT, WHOLE) === 0) giveAll(division, AMOUNT);
  else giveProportion(division);
});

/** What is tainted leaves first; labels among themselves by haircut. */
export const TAINT_FIRST = amountRule(
  'taint-first',
  true,
  (amount, held) => {
    const tainted = sum(held);
    return amount >= tainted ? [...held] : shareOut(amount, held, tainted);
  },
  (division) => giveAll(division, compareAt(division, AMOUNT, TAINT) < 0 ? AMOUNT : TAINT),
);

/** What is clean leaves first; labels among themselves by haircut. */
export const CLEAN_FIRST = amountRule(
  'clean-first',
  true,
  (amount, held, balance) => {
    const tainted = sum(held);
    const carried = amount - (balance - tainted);
    return carried <= 0n ? held.map(() => 0n) : shareOut(carried, held, tainted);
  },
  giveRest,
);
