/** Units that accounts paid without having them: they came from where the view does not reach, and are clean. */
import type { BalanceTable } from './balance-table.ts';
import type { AccountGap } from './result.ts';
import type { RuleRun } from './rule-run.ts';

/** What balances lacked. */
export class Shortfall {
  private readonly balances: BalanceTable;
  private readonly runs: readonly RuleRun[];
  private readonly missing = new Map<number, bigint>();

  constructor(balances: BalanceTable, runs: readonly RuleRun[]) {
    this.balances = balances;
    this.runs = runs;
  }

  /** Gives a balance what it lacks of an amount, under all else that it has. */
  cover(balance: number, amount: bigint): void {
    const short = amount - this.balances.get(balance);
    this.balances.set(balance, amount);
    this.missing.set(balance, (this.missing.get(balance) ?? 0n) + short);
    for (const run of this.runs) run.putUnder(balance, short);
  }

  gaps(): AccountGap[] {
    return [...this.missing].map(([balance, amount]) => {
      const place = { account: this.balances.accountOf(balance), asset: this.balances.assetOf(balance) };
      return { kind: 'unknown-history', ...place, amount };
    });
  }
}
