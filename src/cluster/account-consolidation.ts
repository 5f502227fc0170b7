/**
 * Claim:      nothing; it is a lead. Many fresh accounts that sweep their whole ether to one account within a short time may be one person's.
 * Source:     the fans of large thefts (Bybit 2025: forty times 10,000 ether, drawn together later); the thresholds are ours.
 * Parameters: see `ConsolidationOptions`.
 * Cost:       O(transfers) for balances, O(n log n) in the sweeps of one sink.
 * Fails when: the sink is a service that no role names, or balances are wrong because facts are missing: an account whose replayed balance falls below zero
 *             is left out.
 */
import { type AccountId, type AccountView, NONE } from '../ledger/index.ts';
import { type AccountHistory, type AccountRoles, isPerson, type Transfer } from './account-history.ts';
import { type AccountLink, accountLink } from './account-link.ts';

/** Conventions of consolidation sinks. */
export interface ConsolidationOptions {
  readonly minSources: number;
  /** All sweeps of a fan lie within so many blocks. */
  readonly windowBlocks: number;
  /** What may be left behind, in wei. */
  readonly maxLeftWei: bigint;
  /** A fresh account has sent at most so many transactions, the sweep among them. */
  readonly maxSent: number;
}

/** Ours: five accounts, one day of 12-second blocks, a hundredth of an ether. */
export const CONSOLIDATION_SINK: ConsolidationOptions = {
  minSources: 5,
  windowBlocks: 7200,
  maxLeftWei: 10_000_000_000_000_000n,
  maxSent: 3,
};

interface Sweep {
  readonly transfer: Transfer;
  readonly left: bigint;
}

const NATIVE_ID = 0;

/** One link of source and sink for each source of a fan. */
export function consolidationSink(
  view: AccountView,
  history: AccountHistory,
  roles: AccountRoles,
  options: ConsolidationOptions = CONSOLIDATION_SINK,
): AccountLink[] {
  const bySink = new Map<AccountId, Sweep[]>();
  for (const sweep of sweepsOf(view, history, roles, options)) {
    const { to } = sweep.transfer;
    bySink.set(to, [...(bySink.get(to) ?? []), sweep]);
  }
  return [...bySink.values()].flatMap((sweeps) => fansOf(sweeps, options));
}

/** Last sweep of each fresh account: after it nothing but a remainder is left. */
function sweepsOf(
  view: AccountView,
  history: AccountHistory,
  roles: AccountRoles,
  { maxLeftWei, maxSent }: ConsolidationOptions,
): Sweep[] {
  const balances = new Map<AccountId, bigint>();
  const impossible = new Set<AccountId>();
  const lastOut = new Map<AccountId, Sweep>();
  let place = 0;
  const add = (id: AccountId | typeof NONE, amount: bigint): void => {
    if (id === NONE) return;
    const balance = (balances.get(id) ?? 0n) + amount;
    balances.set(id, balance);
    if (balance < 0n) impossible.add(id);
  };
  for (const { tx, effects } of view.frames()) {
    const sent: Transfer[] = [];
    for (const { kind, asset, from, to, amount } of effects) {
      // Transfers of the history are these very effects, in this order.
      if (tx !== NONE && kind === 'move' && from !== NONE && to !== NONE) {
        const transfer = history.transfers[place];
        place += 1;
        if (asset === NATIVE_ID && transfer.signed) sent.push(transfer);
      }
      if (asset !== NATIVE_ID) continue;
      add(from, -amount);
      add(to, amount);
    }
    for (const transfer of sent) lastOut.set(transfer.from, { transfer, left: balances.get(transfer.from) ?? 0n });
  }
  return [...lastOut.values()].filter(
    ({ transfer: { from, to, blockNumber }, left }) =>
      left <= maxLeftWei &&
      blockNumber !== NONE &&
      !impossible.has(from) &&
      (history.sent.get(from) ?? 0) <= maxSent &&
      isPerson(history, roles, from) &&
      isPerson(history, roles, to) &&
      history.sent.has(to),
  );
}

function fansOf(sweeps: readonly Sweep[], { minSources, windowBlocks }: ConsolidationOptions): AccountLink[] {
  const sorted = [...sweeps].sort((a, b) => a.transfer.place - b.transfer.place);
  const largest = new Map<Sweep, number>();
  let first = 0;
  sorted.forEach((sweep, last) => {
    while (sweep.transfer.blockNumber - sorted[first].transfer.blockNumber > windowBlocks) first += 1;
    const sources = last - first + 1;
    if (sources < minSources) return;
    for (const one of sorted.slice(first, last + 1)) largest.set(one, Math.max(largest.get(one) ?? 0, sources));
  });
  return [...largest].map(([{ transfer, left }, sources]) =>
    accountLink('consolidation-sink', transfer.tx, [transfer.from, transfer.to], {
      kind: 'consolidation-sink',
      txSweep: transfer.tx,
      amount: transfer.amount,
      left,
      sources,
    }),
  );
}
