/** One rule during one run: its states, its books, where taint came to rest, and the trail. Labels are inner numbers. */
import { type AccountFrame, type AccountId, type AssetId, NONE } from '../../ledger/index.ts';
import type { BalanceTable } from './balance-table.ts';
import { bookTable, FeeSum, type InnerBook } from './books.ts';
import type { LabelOrder } from './label-order.ts';
import { cleanLot, type Lot, mixedLot, sum, taintOf } from './lot.ts';
import { Rests } from './rests.ts';
import type { AccountCoarse, AccountOverlap, AccountStatus, AccountStep } from './result.ts';
import type { AccountRule, BalanceState } from './rule.ts';
import { NOT_PAID, PAID_TAINT, StateColumns } from './state-columns.ts';
import { StateObjects, type StateTable } from './states.ts';

/** What a step is about, beside its amounts. */
export type StepPlace = Omit<AccountStep, 'taint' | 'before' | 'paid' | 'tx' | 'orderKey'>;

/** Lots under way with the hops of each label at the balance they left. */
export interface Parcel {
  lots: Lot[];
  taint: bigint[];
  readonly hops: readonly number[];
  /** After a conversion: the taint that was sent out for it, in the other asset. */
  readonly paid?: readonly bigint[];
}

/** What `RuleRun.pay` is told beside the effect. */
export interface Payment {
  payer: number;
  payee: number;
  stop: string | null;
  readonly keepTrail: boolean;
}

function isPositive(amount: bigint): boolean {
  return amount > 0n;
}

function oneMore(count: number): number {
  return count + 1;
}

/** Fewest hops of the labels that a parcel carries. */
export function leastHops({ taint, hops }: Pick<Parcel, 'taint' | 'hops'>): number {
  let least = Number.MAX_SAFE_INTEGER;
  for (let label = 0; label < hops.length; label += 1) if (taint[label] > 0n) least = Math.min(least, hops[label]);
  return least;
}

/** See the head of the file. */
export class RuleRun {
  readonly rule: AccountRule;
  readonly states: StateTable;
  /** The same, where payments may go without bigints: one label under a rule that keeps amounts only. */
  private readonly columns: StateColumns | null;
  readonly steps: AccountStep[] = [];
  readonly overlaps: AccountOverlap[] = [];
  readonly rests = new Rests();
  readonly coarse = new Map<string, AccountCoarse>();
  private readonly labels: LabelOrder;
  private readonly balances: BalanceTable;
  private readonly bookOf: (asset: AssetId, label: number) => InnerBook;
  readonly books: () => Array<{ asset: AssetId; label: number; book: InnerBook }>;
  private readonly maxLots: number;
  private readonly fees: FeeSum;

  constructor(rule: AccountRule, shared: { labels: LabelOrder; balances: BalanceTable; maxLots: number | null }) {
    this.rule = rule;
    this.labels = shared.labels;
    this.balances = shared.balances;
    this.maxLots = shared.maxLots ?? Number.POSITIVE_INFINITY;
    const inColumns = rule.divide !== null && shared.labels.count === 1;
    this.columns = inColumns ? new StateColumns(shared.balances, rule.share) : null;
    this.states = this.columns ?? new StateObjects(shared.balances);
    const { bookOf, all } = bookTable();
    this.bookOf = bookOf;
    this.fees = new FeeSum((asset, fee) => this.enter(asset, 'fee', [fee]));
    this.books = () => {
      this.fees.flush();
      return all();
    };
  }

  /** Takes a payment out of a balance; null when the balance carries no taint. `unordered`: the rule may not look at places. */
  take(balance: number, amount: bigint, unordered: boolean): Parcel | null {
    const state = this.states.at(balance);
    if (state === undefined) return null;
    const { rule } = this;
    const whole = this.balances.get(balance);
    const hops = [...state.hops];
    if (unordered && rule.ordered) this.noteUnordered(balance, state, whole);
    const lots = unordered && rule.ordered ? rule.takeMixed(state, amount, whole) : rule.take(state, amount, whole);
    this.keepPaid(balance, state);
    return { lots, taint: taintOf(lots, this.labels.count), hops };
  }

  /** Takes away from a balance what a stated balance lacks; the parcel has the taint that is gone, and no lots. */
  shrink(balance: number, amount: bigint): Parcel | null {
    const state = this.states.at(balance);
    if (state === undefined) return null;
    const hops = [...state.hops];
    const taint = this.rule.shrink(state, amount, this.balances.get(balance));
    this.keepPaid(balance, state);
    return { lots: [], taint, hops };
  }

  /** The state of a balance, from now on tainted. */
  private stateOf(balance: number): BalanceState {
    return this.states.at(balance) ?? this.rule.open(this.balances.get(balance), this.labels.count);
  }

  /** Stores the state of a balance that paid. One whose taint is all gone is as one that never had any; under poison it is not. */
  private keepPaid(balance: number, state: BalanceState): void {
    this.states.keep(balance, this.rule.conserves && !state.held.some(isPositive) ? null : state);
  }

  /**
   * A payment without limits, seeds and conversions: the same as `take` and what the receipt desk does with it, in one go. `payee` NONE: a fee or a burn.
   * Needs the balance before, which has the amount in hand. Says whether taint moved.
   */
  pay(frame: AccountFrame, at: number, { payer, payee, stop, keepTrail }: Payment): boolean {
    const { kind, asset, amount, from, to } = frame.effects[at];
    if (this.columns !== null && (kind === 'fee' || (stop === null && to !== NONE && !keepTrail))) {
      const paid = this.columns.pay(payer, kind === 'fee' ? NONE : payee);
      if (paid === PAID_TAINT && kind === 'fee') this.fees.add(asset, this.columns.division);
      if (paid !== NOT_PAID) return paid === PAID_TAINT;
    }
    const state = this.states.at(payer);
    if (state === undefined) {
      if (payee !== NONE) this.putClean(payee, amount);
      return false;
    }
    const { divide, conserves } = this.rule;
    if (divide !== null && (kind === 'fee' || (stop === null && to !== NONE && !keepTrail))) {
      // Where nothing is conserved a label is there or not, and goes along whole: no share is asked for.
      const parts = conserves ? divide(amount, state.held, this.balances.get(payer)) : state.held;
      return kind === 'fee' ? this.payFee(asset, state, parts, payer) : this.payParts(payee, state, parts, payer);
    }
    const parcel = this.takePart(payer, state, amount);
    if (!parcel.taint.some(isPositive)) {
      if (payee !== NONE) this.putClean(payee, amount);
      return false;
    }
    if (to === NONE) {
      if (kind === 'fee') this.enter(asset, 'fee', parcel.taint);
      else this.rest(payer, { status: 'burned', reason: null }, parcel.taint, leastHops(parcel));
      return true;
    }
    const arrived: Parcel = { lots: parcel.lots, taint: parcel.taint, hops: parcel.hops.map(oneMore) };
    if (keepTrail) {
      const place: StepPlace = { kind: 'move', effect: at, from, fromAsset: asset, to, asset, amount };
      this.step(frame, place, arrived, stop);
    }
    if (stop === null) this.put(payee, arrived);
    else this.rest(payee, { status: 'stopped', reason: stop }, arrived.taint, leastHops(arrived));
    return true;
  }

  /** Parts move from one balance to another, nothing else to be kept of it. */
  private payParts(payee: number, from: BalanceState, parts: readonly bigint[], payer: number): boolean {
    const { conserves } = this.rule;
    let to = this.states.at(payee);
    let moved = false;
    for (let label = 0; label < parts.length; label += 1) {
      const part = parts[label];
      if (part === 0n) continue;
      moved = true;
      to ??= this.stateOf(payee);
      const hops = from.hops[label] + 1;
      to.hops[label] = to.held[label] > 0n ? Math.min(to.hops[label], hops) : hops;
      to.held[label] = conserves ? to.held[label] + part : 1n;
      if (conserves) from.held[label] -= part;
    }
    if (to !== undefined) this.states.keep(payee, to);
    if (moved) this.keepPaid(payer, from);
    return moved;
  }

  private payFee(asset: AssetId, from: BalanceState, parts: readonly bigint[], payer: number): boolean {
    let moved = false;
    for (let label = 0; label < parts.length; label += 1) {
      if (parts[label] === 0n) continue;
      moved = true;
      if (!this.rule.conserves) continue;
      this.bookOf(asset, label).fee += parts[label];
      from.held[label] -= parts[label];
    }
    if (moved) this.keepPaid(payer, from);
    return moved;
  }

  private takePart(payer: number, state: BalanceState, amount: bigint): Parcel {
    const { divide, conserves } = this.rule;
    if (divide === null) return this.take(payer, amount, false) ?? { lots: [], taint: [], hops: [] };
    const { held, hops } = state;
    const taint = divide(amount, held, this.balances.get(payer));
    if (conserves) {
      for (let label = 0; label < held.length; label += 1) held[label] -= taint[label];
      this.keepPaid(payer, state);
    }
    return { lots: [mixedLot(amount, taint)], taint, hops };
  }

  /** Mixing loses nothing where all units are alike. */
  private noteUnordered(balance: number, { held }: BalanceState, whole: bigint): void {
    if (!held.includes(whole)) this.countCoarse(balance, 'partial-order', sum(held));
  }

  /** Puts what was taken elsewhere into a balance; its hops are those of the labels on arrival. */
  put(balance: number, { lots, taint, hops }: Parcel): void {
    const { labels, rule } = this;
    const state = this.stateOf(balance);
    for (let label = 0; label < labels.count; label += 1) {
      if (taint[label] === 0n) continue;
      state.hops[label] = state.held[label] > 0n ? Math.min(state.hops[label], hops[label]) : hops[label];
    }
    rule.put(state, lots);
    if (state.lots.length - state.head > this.maxLots) {
      this.countCoarse(balance, 'lot-limit', sum(state.held));
      rule.mix(state);
    }
    this.states.keep(balance, state);
  }

  /** Adds clean units to a balance; nothing is kept of them where it carries no taint. */
  putClean(balance: number, amount: bigint): void {
    if (this.rule.divide !== null) return;
    const state = this.states.at(balance);
    if (state !== undefined) this.rule.put(state, [cleanLot(amount)]);
  }

  /** Puts clean units under everything else on a balance that carries taint. */
  putUnder(balance: number, amount: bigint): void {
    const state = this.states.at(balance);
    if (state !== undefined) this.rule.putUnder(state, amount);
  }

  /** Enters taint under a term of the books of an asset. */
  enter(asset: AssetId, term: keyof InnerBook, taint: readonly bigint[]): void {
    if (!this.rule.conserves) return;
    for (let label = 0; label < taint.length; label += 1) {
      if (taint[label] > 0n) this.bookOf(asset, label)[term] += taint[label];
    }
  }

  /** Taint comes to rest. */
  rest(
    balance: number,
    where: { status: AccountStatus; reason: string | null },
    taint: readonly bigint[],
    hops: number,
  ): void {
    const { status, reason } = where;
    this.enter(this.balances.assetOf(balance), status, taint);
    this.rests.add({ balance, status, reason, taint, hops });
  }

  /** Keeps a step of the trail; `stop` is the reason at which it ends. Called before the taint is put where it goes. */
  step(
    frame: AccountFrame,
    place: StepPlace,
    parcel: Pick<Parcel, 'taint' | 'paid'> & { along?: readonly bigint[] },
    stop: string | null,
  ): void {
    const { taint } = parcel;
    const balance = this.balances.numberOf(place.to, place.asset);
    const there = stop === null ? this.states.at(balance)?.held : this.rests.stopped(balance, stop);
    const before = taint.map((part, label) =>
      part > 0n ? (there?.[label] ?? 0n) + (parcel.along?.[label] ?? 0n) : 0n,
    );
    const { tx, orderKey } = frame;
    const { labels } = this;
    const paid = parcel.paid === undefined || place.kind !== 'convert' ? null : labels.amounts(parcel.paid);
    this.steps.push({ ...place, tx, orderKey, taint: labels.amounts(taint), before: labels.amounts(before), paid });
  }

  private countCoarse(balance: number, reason: AccountCoarse['reason'], amount: bigint): void {
    const key = `${balance} ${reason}`;
    const known = this.coarse.get(key);
    const account: AccountId = this.balances.accountOf(balance);
    const asset = this.balances.assetOf(balance);
    const count = (known?.count ?? 0) + 1;
    this.coarse.set(key, { account, asset, reason, count, amount: (known?.amount ?? 0n) + amount });
  }
}
