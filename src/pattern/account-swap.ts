/**
 * Claim:      an account that has exactly one listed asset less and exactly one listed asset more after a transaction, fees aside, swapped the one for the
 *             other; so did one that paid while the only pool of the transaction paid somebody else.
 * Source:     net change per transaction (GraphSense keeps swaps with one asset out and one in of the sender; TRacer, IEEE TIFS 2023, nets by
 *             counterparty), by contract and for listed assets only. Events of exchanges name the protocol; for another recipient one is required.
 * Parameters: who is asked: the sender, owners that a CoW trade names, accounts the user states; the token list.
 * Cost:       O(effects) for a transaction of two assets.
 * Fails when: a payment and an unrelated receipt of one account stand in one transaction: the net change cannot tell them from a swap.
 */
import {
  type AccountConversion,
  type AccountFrame,
  type AccountId,
  type AccountTransactionRecord,
  type AccountTxId,
  type AccountView,
  type AssetId,
  account,
  NONE,
} from '../ledger/index.ts';
import type { AssetAmount, NetChange } from './account-change.ts';
import { isSwapEvent, protocolOf } from './account-protocol.ts';

/**
 * Why value that came and went in one transaction is not converted. `multi-asset`: more than one asset on a side; `not-listed`: one for one, but not both
 * are listed; `liquidity`: a position token that is not listed was made or given back; `other-recipient`: a swap was logged, and who was paid for it is not
 * plain; `incomplete`: a swap or a wrap is there, and the sources leave out its other half.
 */
export type RefusalReason = 'multi-asset' | 'not-listed' | 'liquidity' | 'other-recipient' | 'incomplete';

/** A conversion that was not made. Taint that left the account stays where the effects put it. */
export interface ConversionRefusal {
  readonly tx: AccountTxId;
  readonly account: AccountId;
  readonly reason: RefusalReason;
  readonly out: readonly AssetAmount[];
  readonly in: readonly AssetAmount[];
  /** Assets of `out` and `in` that are not listed. */
  readonly unlisted: readonly AssetId[];
  readonly protocol: string | null;
}

/** Conversions of one transaction: wraps first, then swaps, then unwraps, so that each may feed the next. */
export interface Conversions {
  readonly conversions: readonly AccountConversion[];
  readonly refusals: readonly ConversionRefusal[];
}

/** What swaps are told. */
export interface SwapContext {
  readonly view: AccountView;
  readonly controlled: ReadonlySet<AccountId>;
  readonly terminals: { has(account: AccountId): boolean };
  readonly isListed: (asset: AssetId) => boolean;
  /** Tokens that are ether in another coat. */
  readonly isWrapper: (asset: AssetId) => boolean;
}

type Changes = ReadonlyMap<AccountId, NetChange>;

/** Swaps of one transaction, from its net changes without its wraps. */
export function swapsOf(context: SwapContext, frame: AccountFrame, tx: AccountTxId, changes: Changes): Conversions {
  const record = context.view.transaction(tx);
  const protocol = protocolOf(record.events);
  const conversions: AccountConversion[] = [];
  const refusals: ConversionRefusal[] = [];
  for (const own of askedIn(context, frame, record, changes)) {
    const change = changes.get(own);
    if (change === undefined || context.terminals.has(own)) continue;
    const { down, up } = change;
    const oneSided = down.length === 0 || up.length === 0;
    if (oneSided && !(record.events ?? []).some(isSwapEvent)) continue;
    const found = oneSided ? paidElsewhere(context, changes, change) : ownSwap(context, change);
    if (found !== null) {
      conversions.push({ ...found, kind: 'swap', protocol });
      continue;
    }
    const reason = oneSided ? oneSidedReason(record) : refusalReason(context, frame, change);
    if (reason === 'other-recipient' && down.length === 0) continue;
    const unlisted = [...down, ...up].map(({ asset }) => asset).filter((asset) => !context.isListed(asset));
    refusals.push({ tx, account: own, reason, out: down, in: up, unlisted, protocol });
  }
  return { conversions, refusals };
}

/** Accounts whose net change counts: the sender, stated ones, owners of CoW trades, which a solver sends for them. */
function askedIn(
  { view, controlled }: SwapContext,
  { sender }: AccountFrame,
  record: AccountTransactionRecord,
  changes: Changes,
): Set<AccountId> {
  const asked = new Set<AccountId>(sender === NONE ? [] : [sender]);
  for (const own of changes.keys()) if (controlled.has(own)) asked.add(own);
  for (const { name, fields } of record.events ?? []) {
    const owner = name === 'cow.trade' && fields.owner !== undefined ? view.findAccount(account(fields.owner)) : null;
    if (owner !== null) asked.add(owner);
  }
  return asked;
}

type Pair = Omit<AccountConversion, 'kind' | 'protocol'>;

function pairOf(from: AccountId, out: AssetAmount, recipient: AccountId, into: AssetAmount): Pair {
  return {
    account: from,
    recipient,
    outAsset: out.asset,
    outAmount: out.amount,
    inAsset: into.asset,
    inAmount: into.amount,
  };
}

function ownSwap({ isListed }: SwapContext, { account: own, down, up }: NetChange): Pair | null {
  if (down.length !== 1 || up.length !== 1 || !isListed(down[0].asset) || !isListed(up[0].asset)) return null;
  return pairOf(own, down[0], own, up[0]);
}

/** One account paid, one was paid, and between them stands a single pool that took the one and gave the other. */
function paidElsewhere({ isListed, isWrapper }: SwapContext, changes: Changes, asked: NetChange): Pair | null {
  const all = [...changes.values()];
  const payers = all.filter(({ down, up }) => down.length === 1 && up.length === 0);
  const paid = all.filter(({ down, up }) => down.length === 0 && up.length === 1);
  const pools = all.filter(({ down, up }) => down.length === 1 && up.length === 1);
  if (payers.length !== 1 || paid.length !== 1 || pools.length !== 1 || all.length !== 3) return null;
  if (asked !== payers[0] && asked !== paid[0]) return null;
  const [out, into, pool] = [payers[0].down[0], paid[0].up[0], pools[0]];
  const same = (a: AssetAmount, b: AssetAmount): boolean =>
    a.amount === b.amount && (a.asset === b.asset || (isEther(a.asset) && isEther(b.asset)));
  const isEther = (asset: AssetId): boolean => asset === 0 || isWrapper(asset);
  if (!same(pool.up[0], out) || !same(pool.down[0], into)) return null;
  return isListed(out.asset) && isListed(into.asset) ? pairOf(payers[0].account, out, paid[0].account, into) : null;
}

function oneSidedReason({ internal, tokens }: AccountTransactionRecord): RefusalReason {
  return internal === null || tokens === null ? 'incomplete' : 'other-recipient';
}

function refusalReason({ isListed }: SwapContext, frame: AccountFrame, change: NetChange): RefusalReason {
  const { account: own, down, up } = change;
  const made = (asset: AssetId, kind: 'mint' | 'burn'): boolean =>
    frame.effects.some(
      (effect) => effect.kind === kind && effect.asset === asset && (kind === 'mint' ? effect.to : effect.from) === own,
    );
  const isPosition = (side: readonly AssetAmount[], kind: 'mint' | 'burn'): boolean =>
    side.length === 1 && !isListed(side[0].asset) && made(side[0].asset, kind);
  if (isPosition(up, 'mint') || isPosition(down, 'burn')) return 'liquidity';
  return down.length === 1 && up.length === 1 ? 'not-listed' : 'multi-asset';
}
