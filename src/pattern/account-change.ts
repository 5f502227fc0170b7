/** Net changes of accounts inside one transaction, the fee aside. */
import { type AccountFrame, type AccountId, type AssetId, type EffectFrame, NONE } from '../ledger/index.ts';

/** An amount of an asset, above zero. */
export interface AssetAmount {
  readonly asset: AssetId;
  readonly amount: bigint;
}

/** What an account has less and more of after a transaction; assets in order of their numbers. */
export interface NetChange {
  readonly account: AccountId;
  readonly down: readonly AssetAmount[];
  readonly up: readonly AssetAmount[];
}

/** Effects that a person's dealings make: fees, tips, rewards, withdrawals and corrections are none of them. */
export function isDealing({ kind }: EffectFrame): boolean {
  return kind === 'move' || kind === 'mint' || kind === 'burn';
}

/** Changes of every account that has one, in the order in which they first appear. `skip` leaves effects out. */
export function netChanges(frame: AccountFrame, skip?: ReadonlySet<number>): Map<AccountId, NetChange> {
  const sums = new Map<AccountId, Map<AssetId, bigint>>();
  const add = (account: AccountId | typeof NONE, asset: AssetId, amount: bigint): void => {
    if (account === NONE) return;
    const own = sums.get(account) ?? new Map<AssetId, bigint>();
    sums.set(account, own);
    own.set(asset, (own.get(asset) ?? 0n) + amount);
  };
  frame.effects.forEach((effect, place) => {
    if (!isDealing(effect) || skip?.has(place) === true) return;
    add(effect.from, effect.asset, -effect.amount);
    add(effect.to, effect.asset, effect.amount);
  });
  const changes = new Map<AccountId, NetChange>();
  for (const [account, own] of sums) {
    const sorted = [...own].sort(([a], [b]) => a - b);
    const down = sorted.filter(([, sum]) => sum < 0n).map(([asset, sum]) => ({ asset, amount: -sum }));
    const up = sorted.filter(([, sum]) => sum > 0n).map(([asset, sum]) => ({ asset, amount: sum }));
    if (down.length + up.length > 0) changes.set(account, { account, down, up });
  }
  return changes;
}
