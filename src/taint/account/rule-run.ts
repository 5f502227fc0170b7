/** One rule during one run: its states, its books, where taint came to rest, and the trail. Labels are inner numbers. */
import { type AccountFrame, type AccountId, type AssetId, NONE } from '../../ledger/index.ts';
import type { BalanceTable } from './balance-table.ts';
import { bookTable, type InnerBook } from './books.ts';
import type { LabelOrder } from './label-order.ts';
import { cleanLot, type Lot, mixedLot, sum, taintOf } from './lot.ts';
import type { AccountCoarse, AccountOverlap, AccountStatus, AccountStep } from './result.ts';
import type { AccountRule, BalanceState } from './rule.ts';

/** Taint that came to rest on a balance for one reason. */
export interface Rest {
  readonly balance: number;
  readonly status: AccountStatus;
  readonly reason: string | null;
  readonly taint: bigint[];
  hops: number;
}

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

function restKey(balance: number, status: AccountStatus, reason: string | null): string {
  return `${balance} ${status} ${reason}`;
}

/** What `RuleRun.pay` is told beside the effect. */
export interface Payment {
  readonly payer: number;
  readonly payee: number;
  readonly stop: string | null;
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
  readonly states: Array<BalanceState | undefined> = [];
  readonly steps: AccountStep[] = [];
  readonly overlaps: AccountOverlap[] = [];
  readonly rests = new Map<string, Rest>();
  readonly coarse = new Map<string, AccountCoarse>();
  private readonly labels: LabelOrder;
  private readonly balances: BalanceTable;
  private readonly bookOf: (asset: AssetId, label: number) => InnerBook;
  readonly books: () => Array<{ asset: AssetId; label: number; book: InnerBook }>;
  private readonly maxLots: number;

  constructor(rule: AccountRule, shared: { labels: LabelOrder; balances: BalanceTable; maxLots: number | null }) {
    this.rule = rule;
    this.labels = shared.labels;
    this.balances = shared.balances;
    this.maxLots = shared.maxLots ?? Number.POSITIVE_INFINITY;
    const { bookOf, all } = bookTable();
    this.bookOf = bookOf;
    this.books = all;
  }

  /** Takes a payment out of a balance; null when the balance carries no taint. `unordered`: the rule may not look at places. */
  take(balance: number, amount: bigint, unordered: boolean): Parcel | null {
    const state = this.states[balance];
    if (state === undefined) return null;
    const { rule } = this;
    const whole = this.balances.get(balance);
    const hops = [...state.hops];
    if (unordered && rule.ordered) this.noteUnordered(balance, state, whole);
    const lots = unordered && rule.ordered ? rule.takeMixed(state, amount, whole) : rule.take(state, amount, whole);
    this.forgetClean(balance, state);
    return { lots, taint: taintOf(lots, this.labels.count), hops };
  }

  /** Takes away from a balance what a stated balance lacks; the parcel has the taint that is gone, and no lots. */
  shrink(balance: number, amount: bigint): Parcel | null {
    const state = this.states[balance];
    if (state === undefined) return null;
    const hops = [...state.hops];
    const taint = this.rule.shrink(state, amount, this.balances.get(balance));
    this.forgetClean(balance, state);
    return { lots: [], taint, hops };
  }

  /** The state of a balance, from now on tainted. */
  private stateOf(balance: number): BalanceState {
    const { states } = this;
    const known = states[balance];
    if (known !== undefined) return known;
    const state = this.rule.open(this.balances.get(balance), this.labels.count);
    // Without holes the list stays an array and does not become a table.
    while (states.length <= balance) states.push(undefined);
    states[balance] = state;
    this.balances.marks[balance] += 1;
    return state;
  }

  /** A balance whose taint is all gone is as one that never had any; under poison it is not. */
  private forgetClean(balance: number, { held }: BalanceState): void {
    if (!this.rule.conserves) return;
    for (let label = 0; label < held.length; label += 1) if (held[label] > 0n) return;
    this.states[balance] = undefined;
    this.balances.marks[balance] -= 1;
  }

  /**
   * A payment without limits, seeds and conversions: the same as `take` and what the receipt desk does with it, in one go. `payee` NONE: a fee or a burn.
   * Needs the balance before. Says whether taint moved.
   */
  pay(frame: AccountFrame, at: number, { payer, payee, stop, keepTrail }: Payment): boolean {
    const { kind, asset, amount, from, to } = frame.effects[at];
    const state = this.states[payer];
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
    let to = this.states[payee];
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
    if (moved) this.forgetClean(payer, from);
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
    if (moved) this.forgetClean(payer, from);
    return moved;
  }

  private takePart(payer: number, state: BalanceState, amount: bigint): Parcel {
    const { divide, conserves } = this.rule;
    if (divide === null) return this.take(payer, amount, false) ?? { lots: [], taint: [], hops: [] };
    const { held, hops } = state;
    const taint = divide(amount, held, this.balances.get(payer));
    if (conserves) {
      for (let label = 0; label < held.length; label += 1) held[label] -= taint[label];
      this.forgetClean(payer, state);
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
  }

  /** Adds clean units to a balance; nothing is kept of them where it carries no taint. */
  putClean(balance: number, amount: bigint): void {
    if (this.rule.divide !== null) return;
    const state = this.states[balance];
    if (state !== undefined) this.rule.put(state, [cleanLot(amount)]);
  }

  /** Puts clean units under everything else on a balance that carries taint. */
  putUnder(balance: number, amount: bigint): void {
    const state = this.states[balance];
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
    const key = restKey(balance, status, reason);
    const known = this.rests.get(key);
    if (known === undefined) {
      this.rests.set(key, { balance, status, reason, taint: [...taint], hops });
      return;
    }
    known.hops = Math.min(known.hops, hops);
    for (let label = 0; label < taint.length; label += 1) known.taint[label] += taint[label];
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
    const there = stop === null ? this.states[balance]?.held : this.rests.get(restKey(balance, 'stopped', stop))?.taint;
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
