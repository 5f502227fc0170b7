/**
 * Claim:      for each balance, what it held before its first effect: as stated, or the least that keeps it from falling below zero.
 * Source:     reference C5, partial history.
 * Parameters: whether stated balances count, and when gas is paid, as in the run.
 * Cost:       one pass, constant per effect.
 * Fails when: the view lacks inflows: the least prior then stands for what came in later, and is clean too early.
 */
import { type AccountFrame, type AccountView, type BalanceFrame, type EffectFrame, NONE } from '../../ledger/index.ts';
import { BalanceTable } from './balance-table.ts';
import { isGas } from './pass.ts';
import type { AccountConventions, AccountPrior } from './request.ts';

/** Prior balances above zero, by account and asset. After the first stated balance nothing is inferred. */
export function accountPriors(
  view: AccountView,
  { statedBalances, gas }: Pick<AccountConventions, 'statedBalances' | 'gas'>,
): AccountPrior[] {
  const running = new RunningBalances(view.accountCount(), gas);
  const stated = statedBalances === 'ignore' ? [] : view.balances();
  const frames = stated[Symbol.iterator]();
  let next = frames.next();
  for (const frame of view.frames()) {
    for (; next.done !== true && next.value.orderKey <= frame.orderKey; next = frames.next()) running.state(next.value);
    running.book(frame);
  }
  for (; next.done !== true; next = frames.next()) running.state(next.value);
  return running.priors();
}

class RunningBalances {
  private readonly table: BalanceTable;
  /** By balance: what it must have held at first, and whether a source has stated it since. */
  private readonly prior: bigint[] = [];
  private readonly basis: Array<'stated' | 'inferred'> = [];
  private readonly fixed: boolean[] = [];

  private readonly gas: AccountConventions['gas'];

  constructor(accountCount: number, gas: AccountConventions['gas']) {
    this.gas = gas;
    this.table = new BalanceTable(accountCount);
  }

  state({ account, asset, amount }: BalanceFrame): void {
    const known = this.table.size;
    const balance = this.numberOf(account, asset);
    if (balance >= known) {
      this.prior[balance] = amount;
      this.basis[balance] = 'stated';
    }
    this.fixed[balance] = true;
    this.table.set(balance, amount);
  }

  book({ effects, order, tx }: AccountFrame): void {
    if (order !== 'partial') {
      const gasLast = this.gas === 'last' && tx !== NONE;
      this.bookInOrder(gasLast ? [...effects.filter((one) => !isGas(one)), ...effects.filter(isGas)] : effects);
      return;
    }
    // Where the order is not known, only the sums say something.
    const net = new Map<number, bigint>();
    const add = (account: number, asset: number, amount: bigint): void => {
      const balance = this.numberOf(account, asset);
      net.set(balance, (net.get(balance) ?? 0n) + amount);
    };
    for (const { from, to, asset, amount } of effects) {
      if (from !== NONE) add(from, asset, -amount);
      if (to !== NONE) add(to, asset, amount);
    }
    for (const [balance, amount] of net) this.change(balance, amount);
  }

  private bookInOrder(effects: readonly EffectFrame[]): void {
    for (const { from, to, asset, amount } of effects) {
      if (from === to) continue;
      if (from !== NONE) this.change(this.numberOf(from, asset), -amount);
      if (to !== NONE) this.change(this.numberOf(to, asset), amount);
    }
  }

  priors(): AccountPrior[] {
    return this.prior
      .flatMap((amount, balance) => {
        const account = this.table.accountOf(balance);
        return amount > 0n ? [{ account, asset: this.table.assetOf(balance), amount, basis: this.basis[balance] }] : [];
      })
      .sort((a, b) => a.account - b.account || a.asset - b.asset);
  }

  private numberOf(account: number, asset: number): number {
    const balance = this.table.numberOf(account, asset);
    if (this.prior[balance] === undefined) {
      this.prior[balance] = 0n;
      this.basis[balance] = 'inferred';
      this.fixed[balance] = false;
    }
    return balance;
  }

  private change(balance: number, amount: bigint): void {
    if (amount >= 0n) this.table.add(balance, amount);
    else if (!this.table.take(balance, -amount)) {
      if (!this.fixed[balance]) this.prior[balance] -= this.table.get(balance) + amount;
      this.table.set(balance, 0n);
    }
  }
}
