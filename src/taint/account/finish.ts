/** The end of a run: what is left in balances comes to rest, books are closed and checked, places are put in order. */
import type { BalanceTable } from './balance-table.ts';
import { assertAccountBooks } from './books.ts';
import type { LabelOrder } from './label-order.ts';
import type { ReceiptDesk } from './receipt.ts';
import type { AccountTaintRequest } from './request.ts';
import type {
  AccountBook,
  AccountGap,
  AccountHolding,
  AccountInterval,
  AccountRuleResult,
  AccountStatus,
  AccountTaintResult,
} from './result.ts';
import { leastHops, type Rest, type RuleRun } from './rule-run.ts';

/** What a run leaves behind. */
export interface Leftover {
  readonly request: AccountTaintRequest;
  readonly runs: readonly RuleRun[];
  readonly labels: LabelOrder;
  readonly balances: BalanceTable;
  readonly desk: ReceiptDesk;
  readonly gaps: readonly AccountGap[];
  readonly counts: Pick<AccountTaintResult, 'effectsRead' | 'framesTainted'>;
}

const STATUS_ORDER: readonly AccountStatus[] = ['held', 'stopped', 'cut', 'burned', 'unresolved'];

/** Closes a run. Throws CONSERVATION when a book does not add up. */
export function finished(leftover: Leftover): AccountTaintResult {
  const { runs, desk, gaps, counts } = leftover;
  const rules = runs.map((run) => ruleResult(run, leftover));
  return {
    rules,
    intervals: intervals(rules),
    seeded: desk.seeded(),
    overlaps: runs.flatMap(({ overlaps }) => overlaps),
    unmatchedSeeds: desk.unmatched(),
    gaps: [...gaps],
    ...counts,
  };
}

function ruleResult(run: RuleRun, leftover: Leftover): AccountRuleResult {
  const { name, conserves } = run.rule;
  const { balances, labels, request } = leftover;
  run.states.forEach((state, balance) => {
    if (state === undefined) return;
    const whole = balances.get(balance);
    const taint = conserves ? state.held : state.held.map((held) => (held > 0n ? whole : 0n));
    if (taint.every((part) => part === 0n)) return;
    const covered = request.isCovered?.(balances.accountOf(balance), balances.assetOf(balance)) ?? true;
    const where = covered
      ? ({ status: 'held', reason: null } as const)
      : ({ status: 'unresolved', reason: 'no-coverage' } as const);
    run.rest(balance, where, taint, leastHops({ taint, hops: state.hops }));
  });
  const books: AccountBook[] = run
    .books()
    .map(({ asset, label, book }) => ({ asset, label: labels.outer[label], ...book }))
    .sort((a, b) => a.asset - b.asset || a.label - b.label);
  assertAccountBooks(name, books);
  const holdings = [...run.rests.values()].map((rest) => holding(rest, leftover)).sort(inOrder);
  const coarse = [...run.coarse.values()].sort(
    (a, b) => a.account - b.account || a.asset - b.asset || compare(a.reason, b.reason),
  );
  return { rule: name, conserves, books, holdings, steps: run.steps, coarse };
}

function holding({ balance, status, reason, taint, hops }: Rest, { balances, labels }: Leftover): AccountHolding {
  return {
    account: balances.accountOf(balance),
    asset: balances.assetOf(balance),
    balance: balances.get(balance),
    taint: labels.amounts(taint),
    hops,
    status,
    reason,
  };
}

type Place = Pick<AccountHolding, 'account' | 'asset' | 'status' | 'reason'>;

function inOrder(a: Place, b: Place): number {
  return (
    a.account - b.account ||
    a.asset - b.asset ||
    STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status) ||
    compare(a.reason ?? '', b.reason ?? '')
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Least and most over the conserving rules; a rule that has nothing at a place says 0. */
function intervals(rules: readonly AccountRuleResult[]): AccountInterval[] {
  const conserving = rules.filter(({ conserves }) => conserves);
  const found = new Map<string, { place: Place; label: number; amounts: bigint[] }>();
  for (const { holdings } of conserving) {
    for (const place of holdings) {
      for (const [label, amount] of place.taint) {
        const key = `${place.account} ${place.asset} ${place.status} ${place.reason} ${label}`;
        const known = found.get(key) ?? { place, label, amounts: [] };
        known.amounts.push(amount);
        found.set(key, known);
      }
    }
  }
  return [...found.values()]
    .map(({ place: { account, asset, status, reason }, label, amounts }) => {
      const sorted = [...amounts].sort((a, b) => (a < b ? -1 : 1));
      const least = amounts.length < conserving.length ? 0n : sorted[0];
      return { account, asset, status, reason, label, least, most: sorted[sorted.length - 1] };
    })
    .sort((a, b) => inOrder(a, b) || a.label - b.label);
}
