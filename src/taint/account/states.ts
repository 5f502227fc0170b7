/** Where the taint of balances is kept under one rule: as objects (lots, several labels), or one label of amounts in columns. */
import type { BalanceTable } from './balance-table.ts';
import type { BalanceState } from './rule.ts';

/** States by balance. A balance without taint has none. */
export interface StateTable {
  /** The state of a balance; `keep` it after any change. */
  at(balance: number): BalanceState | undefined;
  /** Stores a state, or forgets a balance (null). Sees to the balance's mark. */
  keep(balance: number, state: BalanceState | null): void;
  /** Hands over every state there is, to be read during the call only. */
  forEach(visit: (balance: number, state: BalanceState) => void): void;
}

/** States as they are. */
export class StateObjects implements StateTable {
  private readonly states: Array<BalanceState | undefined> = [];
  private readonly balances: BalanceTable;

  constructor(balances: BalanceTable) {
    this.balances = balances;
  }

  at(balance: number): BalanceState | undefined {
    return this.states[balance];
  }

  keep(balance: number, state: BalanceState | null): void {
    const { states } = this;
    const known = states[balance];
    if ((known ?? null) === state) return;
    // Without holes the list stays an array and does not become a table.
    while (states.length <= balance) states.push(undefined);
    states[balance] = state ?? undefined;
    if ((known === undefined) !== (state === null)) this.balances.mark(balance, state === null ? -1 : 1);
  }

  forEach(visit: (balance: number, state: BalanceState) => void): void {
    this.states.forEach((state, balance) => {
      if (state !== undefined) visit(balance, state);
    });
  }
}
