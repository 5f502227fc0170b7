/**
 * Claim:      an owner and a spender, both people's accounts, are one person when the spender moves the owner's tokens on to addresses of the owner.
 * Source:     Victor, "Address Clustering Heuristics for Ethereum", FC 2020 (self-authorisation), restated; the reading of "addresses of the owner" is ours:
 *             the owner himself, or accounts that he paid by his own signature before.
 * Parameters: how many owners a spender may have at most; whether the return is asked for.
 * Cost:       O(approvals x transfers of the owner).
 * Fails when: the spender is a thief: victims of approval phishing approve him as well. So the return to the owner's addresses is asked for, spenders of many
 *             owners are left out, and the link is weak all the same.
 */
import type { AccountId } from '../ledger/index.ts';
import { type AccountHistory, type AccountRoles, type Approval, isPerson, type Transfer } from './account-history.ts';
import { type AccountLink, accountLink } from './account-link.ts';

/** Conventions of self-authorisation. */
export interface AuthorisationOptions {
  /** Spenders of more owners are left out. */
  readonly maxOwners: number;
}

/** Ours; the paper has none that could be read. */
export const SELF_AUTHORISATION: AuthorisationOptions = { maxOwners: 10 };

/** One link for each owner and spender, by the first approval that a return follows. */
export function selfAuthorisation(
  history: AccountHistory,
  roles: AccountRoles,
  options: AuthorisationOptions = SELF_AUTHORISATION,
): AccountLink[] {
  const owners = new Map<AccountId, Set<AccountId>>();
  for (const { owner, spender } of history.approvals) {
    const own = owners.get(spender) ?? new Set<AccountId>();
    owners.set(spender, own.add(owner));
  }
  const linked = new Set<string>();
  return history.approvals.flatMap((approval) => {
    const { owner, spender, tx } = approval;
    const count = owners.get(spender)?.size ?? 0;
    const pair = `${owner} ${spender}`;
    if (owner === spender || count > options.maxOwners || linked.has(pair)) return [];
    if (!isPerson(history, roles, owner) || !isPerson(history, roles, spender)) return [];
    if (!history.sent.has(owner) || !history.sent.has(spender)) return [];
    const back = returnOf(history, approval);
    if (back === null) return [];
    linked.add(pair);
    const evidence = { kind: 'self-authorisation', txApproval: tx, txReturn: back.tx, owners: count } as const;
    return [accountLink('self-authorisation', tx, [owner, spender], evidence)];
  });
}

/** A transfer of the owner's tokens by the spender to an address that the owner paid before the approval. */
function returnOf(history: AccountHistory, { owner, spender, place }: Approval): Transfer | null {
  const moves = (history.out.get(owner) ?? []).map((at) => history.transfers[at]);
  const paid = new Set(moves.filter((move) => move.signed && move.place < place).map(({ to }) => to));
  const back = moves.find(
    (move) => move.place >= place && move.sender === spender && (move.to === owner || paid.has(move.to)),
  );
  return back ?? null;
}
