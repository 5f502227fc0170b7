/**
 * Claim:      what every account held of every asset, replayed from the effects, and how far that is from what sources stated.
 * Source:     reference C5: an unknown prior balance is the least that keeps the running balance from falling below zero (prior.ts).
 * Parameters: none.
 * Cost:       two passes over the view, constant per effect.
 * Fails when: the view lacks effects (moves by contracts, a token that changes balances without an event): each difference is an adjustment, none is hidden.
 */
import { type AccountId, type AccountView, type AssetId, type BalanceFrame, NONE } from '../../ledger/index.ts';
import { accountPriors } from './prior.ts';

/** A difference between what was computed and what must be. */
export interface BalanceAdjustment {
  /** `stated`: a source stated another balance; `shortfall`: more left than a balance that was stated before and what came in since. */
  readonly reason: 'stated' | 'shortfall';
  /** Block after which, or in which; null where the balance was stated at no known time, and compared with the end. */
  readonly blockNumber: number | null;
  readonly computed: bigint;
  /** The balance from there on. */
  readonly balance: bigint;
}

/** One asset of one account. `prior + received - sent + adjustments = balance`. */
export interface AccountBalance {
  readonly account: AccountId;
  readonly asset: AssetId;
  readonly prior: bigint;
  readonly priorBasis: 'stated' | 'inferred';
  readonly received: bigint;
  readonly sent: bigint;
  readonly balance: bigint;
  /** Balances that sources stated, met on the way. */
  readonly stated: number;
  readonly adjustments: readonly BalanceAdjustment[];
}

interface Running {
  account: AccountId;
  asset: AssetId;
  prior: bigint;
  priorBasis: 'stated' | 'inferred';
  received: bigint;
  sent: bigint;
  balance: bigint;
  stated: number;
  adjustments: BalanceAdjustment[];
}

class Replay {
  private readonly rows = new Map<string, Running>();

  constructor(view: AccountView) {
    for (const { account, asset, amount, basis } of accountPriors(view, { statedBalances: 'adjust', gas: 'first' })) {
      const row = this.row(account, asset);
      row.prior = amount;
      row.balance = amount;
      row.priorBasis = basis;
    }
  }

  private row(account: AccountId, asset: AssetId): Running {
    const key = `${account} ${asset}`;
    const found = this.rows.get(key);
    if (found !== undefined) return found;
    const none = { prior: 0n, received: 0n, sent: 0n, balance: 0n, stated: 0 };
    const made: Running = { account, asset, ...none, priorBasis: 'inferred', adjustments: [] };
    this.rows.set(key, made);
    return made;
  }

  /** Changes of one frame; where their order inside it is not known only the sums count. */
  book(changes: ReadonlyArray<readonly [AccountId, AssetId, bigint]>, blockNumber: number): void {
    for (const [account, asset, amount] of changes) {
      const row = this.row(account, asset);
      if (amount > 0n) row.received += amount;
      else row.sent -= amount;
      row.balance += amount;
      if (row.balance < 0n) this.adjust(row, 'shortfall', blockNumber === NONE ? null : blockNumber, 0n);
    }
  }

  state({ account, asset, blockNumber, amount }: BalanceFrame): void {
    const row = this.row(account, asset);
    row.stated += 1;
    if (row.balance !== amount) this.adjust(row, 'stated', blockNumber, amount);
  }

  private adjust(row: Running, reason: BalanceAdjustment['reason'], blockNumber: number | null, balance: bigint): void {
    row.adjustments.push({ reason, blockNumber, computed: row.balance, balance });
    row.balance = balance;
  }

  balances(): AccountBalance[] {
    return [...this.rows.values()].sort((a, b) => a.account - b.account || a.asset - b.asset);
  }
}

/** What every account held of every asset, at the end of the view; by account, then asset. */
export function accountBalances(view: AccountView): AccountBalance[] {
  const replay = new Replay(view);
  const stated = view.balances()[Symbol.iterator]();
  let next = stated.next();
  for (const { orderKey, effects, order, blockNumber } of view.frames()) {
    for (; next.done !== true && next.value.orderKey <= orderKey; next = stated.next()) replay.state(next.value);
    const changes = effects.flatMap(({ from, to, asset, amount }) => [
      ...(from === NONE ? [] : [[from as AccountId, asset, -amount] as const]),
      ...(to === NONE ? [] : [[to as AccountId, asset, amount] as const]),
    ]);
    replay.book(order === 'partial' ? inFirst(changes) : changes, blockNumber);
  }
  for (; next.done !== true; next = stated.next()) replay.state(next.value);
  return replay.balances();
}

/** What comes in before what goes out: where the order is not known, no shortfall is seen that the sums do not show. */
function inFirst(changes: ReadonlyArray<readonly [AccountId, AssetId, bigint]>) {
  return [...changes.filter(([, , amount]) => amount > 0n), ...changes.filter(([, , amount]) => amount <= 0n)];
}
