/**
 * Claim:      nothing; it is a lead. Whoever gave an account its first ether may control it.
 * Source:     common practice of investigators, without a measured error; strongest with siblings: other fresh accounts that the same one funded about then
 *             with about as much.
 * Parameters: see `FunderOptions`.
 * Cost:       O(transfers), and for the siblings O(n log n) in the accounts of one funder.
 * Fails when: the facts start after the first ether came, or a person funds friends. Nothing is said where the funder is an exchange, a service or a contract.
 */
import { type AccountId, NONE } from '../ledger/index.ts';
import { type AccountHistory, type AccountRoles, isPerson, type Transfer } from './account-history.ts';
import { type AccountLink, accountLink } from './account-link.ts';

/** When first funded accounts count as siblings. */
export interface FunderOptions {
  readonly siblingBlocks: number;
  /** Largest difference of two amounts, in percent of the larger. */
  readonly siblingPercent: bigint;
}

/** Ours: one day of 12-second blocks, a tenth. */
export const FIRST_FUNDER: FunderOptions = { siblingBlocks: 7200, siblingPercent: 10n };

const NATIVE_ID = 0;

/** One link of funder and funded. */
export function firstFunder(
  history: AccountHistory,
  roles: AccountRoles,
  options: FunderOptions = FIRST_FUNDER,
): AccountLink[] {
  const firsts = firstEther(history).filter(
    ({ from, to, signed }) =>
      signed && isPerson(history, roles, from) && isPerson(history, roles, to) && history.sent.has(to),
  );
  const byFunder = new Map<AccountId, Transfer[]>();
  for (const first of firsts) byFunder.set(first.from, [...(byFunder.get(first.from) ?? []), first]);
  return firsts.map((first) =>
    accountLink('first-funder', first.tx, [first.from, first.to], {
      kind: 'first-funder',
      txFunding: first.tx,
      amount: first.amount,
      siblings: (byFunder.get(first.from) ?? []).filter((other) => areSiblings(options, first, other)).length,
    }),
  );
}

/** The first dealing of each account in which it gets ether before it did anything else. */
function firstEther({ transfers }: AccountHistory): Transfer[] {
  const known = new Set<AccountId>();
  const firsts: Transfer[] = [];
  for (const transfer of transfers) {
    // Tokens may come to an account that has no ether yet; only ether lets it act.
    if (transfer.asset === NATIVE_ID && !known.has(transfer.to)) firsts.push(transfer);
    known.add(transfer.from);
    if (transfer.asset === NATIVE_ID) known.add(transfer.to);
  }
  return firsts;
}

function areSiblings({ siblingBlocks, siblingPercent }: FunderOptions, a: Transfer, b: Transfer): boolean {
  if (a === b || a.blockNumber === NONE || b.blockNumber === NONE) return false;
  const [small, large] = a.amount < b.amount ? [a.amount, b.amount] : [b.amount, a.amount];
  return Math.abs(a.blockNumber - b.blockNumber) <= siblingBlocks && (large - small) * 100n <= siblingPercent * large;
}
