/** The end of a run: what is left in balances comes to rest, books are closed and checked, places are put in order. */
import type { BalanceTable } from './balance-table.ts';
import { assertAccountBooks } from './books.ts';
import type { LabelOrder } from './label-order.ts';
import type { ReceiptDesk } from './receipt.ts';
import type { AccountTaintRequest } from './request.ts';
import type { Rest } from './rests.ts';
import type {
  AccountBook,
  AccountGap,
  AccountHolding,
  AccountInterval,
  AccountRuleResult,
  AccountStatus,
  AccountTaintResult,
} from './result.ts';
import { leastHops, type RuleRun } from './rule-run.ts';

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
  const held = new HeldPlaces(balances);
  run.states.forEach((balance, state) => {
    const whole = balances.get(balance);
    const taint = conserves ? state.held : state.held.map((part) => (part > 0n ? whole : 0n));
    if (!taint.some(isPositive)) return;
    const covered = request.isCovered?.(balances.accountOf(balance), balances.assetOf(balance)) ?? true;
    const [status, reason] = covered ? (['held', null] as const) : (['unresolved', 'no-coverage'] as const);
    // A balance is left once and for a reason of its own, so nothing that came to rest before is looked for.
    run.enter(balances.assetOf(balance), status, taint);
    const hops = leastHops({ taint, hops: state.hops });
    held.add(balance, holding({ balance, status, reason, taint, hops }, leftover));
  });
  const books: AccountBook[] = run
    .books()
    .map(({ asset, label, book }) => ({ asset, label: labels.outer[label], ...book }))
    .sort((a, b) => a.asset - b.asset || a.label - b.label);
  assertAccountBooks(name, books);
  const rested = run.rests
    .all()
    .map((rest) => holding(rest, leftover))
    .sort(inOrder);
  const holdings = merged(held.inOrder(), rested);
  const coarse = [...run.coarse.values()].sort(
    (a, b) => a.account - b.account || a.asset - b.asset || compare(a.reason, b.reason),
  );
  return { rule: name, conserves, books, holdings, steps: run.steps, coarse };
}

/** What balances hold at the end, one place for each. */
class HeldPlaces {
  private readonly balances: BalanceTable;
  private readonly found: AccountHolding[] = [];
  /** By balance: its place in `found`. */
  private readonly placeOf: Int32Array;
  private readonly numbers: number[] = [];

  constructor(balances: BalanceTable) {
    this.balances = balances;
    this.placeOf = new Int32Array(balances.size);
  }

  add(balance: number, place: AccountHolding): void {
    this.placeOf[balance] = this.found.length;
    this.numbers.push(balance);
    this.found.push(place);
  }

  inOrder(): AccountHolding[] {
    return this.balances.inOrder(this.numbers).map((balance) => this.found[this.placeOf[balance]]);
  }
}

/** Two lists in order as one. */
function merged(left: AccountHolding[], right: readonly AccountHolding[]): AccountHolding[] {
  return right.length === 0 ? left : [...left, ...right].sort(inOrder);
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

/** What one conserving rule says is its own least and most. */
function intervalsOfOne(holdings: readonly AccountHolding[]): AccountInterval[] {
  const found: AccountInterval[] = [];
  for (const { account, asset, status, reason, taint } of holdings) {
    for (const [label, amount] of taint)
      found.push({ account, asset, status, reason, label, least: amount, most: amount });
  }
  return found;
}

/** Least and most over the conserving rules; a rule that has nothing at a place says 0. */
function intervals(rules: readonly AccountRuleResult[]): AccountInterval[] {
  const conserving = rules.filter(({ conserves }) => conserves);
  if (conserving.length === 1) return intervalsOfOne(conserving[0].holdings);
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
