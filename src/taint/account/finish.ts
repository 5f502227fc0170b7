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
  const left: Rest[] = [];
  run.states.forEach((state, balance) => {
    if (state === undefined) return;
    const whole = balances.get(balance);
    const taint = conserves ? state.held : state.held.map((held) => (held > 0n ? whole : 0n));
    if (!taint.some(isPositive)) return;
    const covered = request.isCovered?.(balances.accountOf(balance), balances.assetOf(balance)) ?? true;
    const where = covered
      ? ({ status: 'held', reason: null } as const)
      : ({ status: 'unresolved', reason: 'no-coverage' } as const);
    // A balance is left once and for a reason of its own, so nothing that came to rest before is looked for.
    run.enter(balances.assetOf(balance), where.status, taint);
    left.push({ balance, ...where, taint, hops: leastHops({ taint, hops: state.hops }) });
  });
  const books: AccountBook[] = run
    .books()
    .map(({ asset, label, book }) => ({ asset, label: labels.outer[label], ...book }))
    .sort((a, b) => a.asset - b.asset || a.label - b.label);
  assertAccountBooks(name, books);
  const holdings = [...run.rests.values(), ...left].map((rest) => holding(rest, leftover)).sort(inOrder);
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

function isPositive(amount: bigint): boolean {
  return amount > 0n;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Least and most over the conserving rules; a rule that has nothing at a place says 0. */
function intervals(rules: readonly AccountRuleResult[]): AccountInterval[] {
  const conserving = rules.filter(({ conserves }) => conserves);
  // Every list is in this order, so that sorting them together is a merge.
  const said: Array<{ place: Place; label: number; amount: bigint }> = [];
  for (const { holdings } of conserving) {
    for (const place of holdings) for (const [label, amount] of place.taint) said.push({ place, label, amount });
  }
  said.sort((a, b) => inOrder(a.place, b.place) || a.label - b.label);
  const found: AccountInterval[] = [];
  for (let from = 0, to = 0; from < said.length; from = to) {
    const { place, label, amount } = said[from];
    let [least, most] = [amount, amount];
    for (to = from + 1; to < said.length && said[to].label === label && inOrder(said[to].place, place) === 0; to += 1) {
      if (said[to].amount < least) least = said[to].amount;
      if (said[to].amount > most) most = said[to].amount;
    }
    const { account, asset, status, reason } = place;
    found.push({ account, asset, status, reason, label, least: to - from < conserving.length ? 0n : least, most });
  }
  return found;
}
