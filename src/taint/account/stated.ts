/** Balances that sources stated, met by the computed ones on the way (reference C5). */
import type { AccountView, BalanceFrame } from '../../ledger/index.ts';
import type { BalanceTable } from './balance-table.ts';
import type { AccountGap } from './result.ts';
import { leastHops, type RuleRun } from './rule-run.ts';

/** Corrects balances at the places where they are stated: what is above the computed one is clean, what is below shrinks all parts alike. */
export class StatedBalances {
  readonly gaps: AccountGap[] = [];
  private readonly balances: BalanceTable;
  private readonly runs: readonly RuleRun[];
  private readonly frames: Iterator<BalanceFrame>;
  private next: BalanceFrame | null;

  constructor(view: AccountView, balances: BalanceTable, runs: readonly RuleRun[]) {
    this.balances = balances;
    this.runs = runs;
    this.frames = view.balances()[Symbol.iterator]();
    this.next = this.read();
  }

  private read(): BalanceFrame | null {
    const step = this.frames.next();
    return step.done === true ? null : step.value;
  }

  /** Corrects what is stated for places up to a key. A frame of that key comes after. */
  applyUpTo(orderKey: number): void {
    while (this.next !== null && this.next.orderKey <= orderKey) {
      this.apply(this.next);
      this.next = this.read();
    }
  }

  private apply({ account, asset, amount, orderKey }: BalanceFrame): void {
    const isNew = this.balances.size;
    const balance = this.balances.numberOf(account, asset);
    const difference = amount - this.balances.get(balance);
    // A balance that nothing has touched yet is not corrected: this is how much it holds.
    if (balance < isNew && difference !== 0n) {
      this.gaps.push({ kind: 'adjusted', account, asset, orderKey, amount: difference });
      if (difference > 0n) for (const run of this.runs) run.putClean(balance, difference);
      else this.shrink(balance, -difference);
    }
    this.balances.set(balance, amount);
  }

  private shrink(balance: number, amount: bigint): void {
    for (const run of this.runs) {
      const gone = run.shrink(balance, amount);
      if (gone === null || gone.taint.every((part) => part === 0n)) continue;
      run.rest(balance, { status: 'unresolved', reason: 'adjusted' }, gone.taint, leastHops(gone));
    }
  }
}
