/**
 * Claim:      an account that received anything tainted is tainted in that asset for ever, and so is all it pays from then on.
 * Source:     Moeser, Boehme, Breuker, FC 2014 workshops, on accounts (methods 4.2).
 * Parameters: none.
 * Cost:       O(labels) per payment.
 * Fails when: its amounts are added up: they are full amounts, and no taint is conserved. One payment to an exchange taints all its customers.
 */
import { type Lot, mixedLot } from './lot.ts';
import { type AccountRule, emptyState } from './rule.ts';

function marked(amount: bigint, has: (label: number) => boolean, labelCount: number): Lot {
  return mixedLot(
    amount,
    Array.from({ length: labelCount }, (_, label) => (has(label) ? amount : 0n)),
  );
}

function has(lot: Lot, label: number): boolean {
  return lot.label === label || (lot.parts !== null && lot.parts[label] > 0n);
}

const take: AccountRule['take'] = ({ held }, amount) => [marked(amount, (label) => held[label] > 0n, held.length)];

/** Poison over accounts. A payment is always one lot. */
export const ACCOUNT_POISON: AccountRule = {
  name: 'poison',
  conserves: false,
  ordered: false,
  share: null,
  divide: (amount, held) => held.map((flag) => (flag > 0n ? amount : 0n)),
  open: (_, labelCount) => emptyState(labelCount),
  take,
  takeMixed: take,
  put({ held }, lots) {
    for (const lot of lots) {
      for (let label = 0; label < held.length; label += 1) if (has(lot, label)) held[label] = 1n;
    }
  },
  shrink: ({ held }) => held.map(() => 0n),
  mix() {
    // There are no places to forget.
  },
  putUnder() {
    // Nor amounts.
  },
  fill: (lots, label, labelCount) =>
    lots.map((lot) => marked(lot.amount, (other) => other === label || has(lot, other), labelCount)),
  scale: (lots, amount) => lots.map((lot) => marked(amount, (label) => has(lot, label), lot.parts?.length ?? 0)),
};
