/**
 * Claim:      the taint of one label by balance, in columns, and payments that move it there without an object or a bigint.
 * Source:     the same as `AccountRule.take` and `put` of a rule over amounts; the oracles and the tests hold both ways against each other.
 * Parameters: the rule's `share`; null for one that conserves nothing, where taint is there or not and goes along whole.
 * Cost:       constant per payment; 32 bytes per balance that carries taint, and 4 per balance.
 * Fails when: an amount is too large for two numbers: `pay` says so and does nothing, and the caller goes the long way.
 */
import { NONE } from '../../ledger/index.ts';
import type { BalanceTable } from './balance-table.ts';
import { LIMB, Limbs, MAX_HIGH, wholeOf } from './limbs.ts';
import { AMOUNT, type Division, isDivisible, newDivision, SHARE, TAINT, WHOLE } from './proportion.ts';
import { type BalanceState, emptyState } from './rule.ts';
import type { StateTable } from './states.ts';

/** A record: taint in two numbers, hops, and the balance whose it is. */
const RECORD = 4;
const HIGH = 1;
const HOPS = 2;
const BALANCE = 3;
/** Upper number of taint that is kept as a bigint. */
const WIDE = -1;

/** What `StateColumns.pay` did. */
export const NOT_PAID = 0;
/** See {@link NOT_PAID}: the payment carried no taint. */
export const PAID_CLEAN = 1;
/** See {@link NOT_PAID}: taint moved. */
export const PAID_TAINT = 2;

/** See the head of the file. */
export class StateColumns implements StateTable {
  /** The payment that was divided last: its share is what moved. */
  readonly division: Division = newDivision();
  private readonly balances: BalanceTable;
  private readonly share: ((division: Division) => void) | null;
  /** By balance: its record, counted from 1; 0 is none. */
  private slots = new Int32Array(1024);
  private records = new Float64Array(1024 * RECORD);
  private used = 0;
  private readonly free: number[] = [];
  private readonly wide = new Map<number, bigint>();
  private readonly limbs = new Limbs();

  constructor(balances: BalanceTable, share: ((division: Division) => void) | null) {
    this.balances = balances;
    this.share = share;
  }

  at(balance: number): BalanceState | undefined {
    const record = this.recordOf(balance);
    if (record < 0) return undefined;
    return { held: [this.taintAt(record)], hops: [this.records[record + HOPS]], lots: [], head: 0 };
  }

  keep(balance: number, state: BalanceState | null): void {
    let record = this.recordOf(balance);
    if (state === null) {
      if (record >= 0) this.close(balance, record);
      return;
    }
    if (record < 0) record = this.open(balance);
    const { limbs } = this;
    limbs.load(state.held[0]);
    if (limbs.isWide) this.wide.set(balance, limbs.whole);
    else this.wide.delete(balance);
    this.records[record] = limbs.low;
    this.records[record + HIGH] = limbs.isWide ? WIDE : limbs.high;
    this.records[record + HOPS] = state.hops[0];
  }

  forEach(visit: (balance: number, state: BalanceState) => void): void {
    const { records } = this;
    const state = emptyState(1);
    for (let record = 0; record < this.used; record += RECORD) {
      const balance = records[record + BALANCE];
      if (balance === NONE) continue;
      state.held[0] = this.taintAt(record);
      state.hops[0] = records[record + HOPS];
      visit(balance, state);
    }
  }

  /**
   * Moves what goes along with the amount that the balances have in hand; `payee` NONE: nowhere. Needs a payer that has the amount. Says what it did; the share is in `division`.
   */
  pay(payer: number, payee: number): typeof NOT_PAID | typeof PAID_CLEAN | typeof PAID_TAINT {
    const from = this.recordOf(payer);
    if (from < 0) return PAID_CLEAN;
    const to = payee === NONE ? NONE : this.recordOf(payee);
    if (this.share === null) {
      if (to >= 0) this.bringNearer(from, to);
      else if (payee !== NONE) this.arrive(from, payee, 1, 0);
      return PAID_TAINT;
    }
    const { division, balances, records } = this;
    if (balances.isWide(payer) || records[from + HIGH] === WIDE || !isDivisible(balances.highOf(payer)))
      return NOT_PAID;
    division[TAINT] = records[from];
    division[TAINT + 1] = records[from + HIGH];
    division[AMOUNT] = balances.amount.low;
    division[AMOUNT + 1] = balances.amount.high;
    division[WHOLE] = balances.lowOf(payer);
    division[WHOLE + 1] = balances.highOf(payer);
    this.share(division);
    const [low, high] = [division[SHARE], division[SHARE + 1]];
    if (low === 0 && high === 0) return PAID_CLEAN;
    if (to >= 0 && !this.addTo(to, low, high)) return NOT_PAID;
    if (to >= 0) this.bringNearer(from, to);
    else if (payee !== NONE) this.arrive(from, payee, low, high);
    // The column may be another one by now.
    this.takeFrom(payer, from, low, high);
    return PAID_TAINT;
  }

  /** Where the record of a balance begins; NONE where it carries no taint. */
  private recordOf(balance: number): number {
    return balance < this.slots.length ? (this.slots[balance] - 1) * RECORD : NONE;
  }

  private taintAt(record: number): bigint {
    const { records } = this;
    const high = records[record + HIGH];
    if (high !== WIDE) return wholeOf(records[record], high);
    return this.wide.get(records[record + BALANCE]) ?? 0n;
  }

  /** Adds a share to a record; false, and nothing done, where two numbers cannot hold it. */
  private addTo(record: number, shareLow: number, shareHigh: number): boolean {
    const { records } = this;
    let low = records[record] + shareLow;
    let high = records[record + HIGH] + shareHigh;
    if (low >= LIMB) {
      low -= LIMB;
      high += 1;
    }
    if (high > MAX_HIGH || records[record + HIGH] === WIDE) return false;
    records[record] = low;
    records[record + HIGH] = high;
    return true;
  }

  private takeFrom(balance: number, record: number, shareLow: number, shareHigh: number): void {
    const { records } = this;
    let low = records[record] - shareLow;
    let high = records[record + HIGH] - shareHigh;
    if (low < 0) {
      low += LIMB;
      high -= 1;
    }
    records[record] = low;
    records[record + HIGH] = high;
    if (low === 0 && high === 0) this.close(balance, record);
  }

  private bringNearer(from: number, to: number): void {
    const { records } = this;
    const hops = records[from + HOPS] + 1;
    if (hops < records[to + HOPS]) records[to + HOPS] = hops;
  }

  private arrive(from: number, payee: number, low: number, high: number): void {
    const to = this.open(payee);
    const { records } = this;
    records[to] = low;
    records[to + HIGH] = high;
    records[to + HOPS] = records[from + HOPS] + 1;
  }

  /** A record for a balance that has none. */
  private open(balance: number): number {
    const record = this.free.pop() ?? this.used;
    if (record === this.used) this.used += RECORD;
    if (this.used > this.records.length) {
      const records = new Float64Array(this.records.length * 2);
      records.set(this.records);
      this.records = records;
    }
    if (balance >= this.slots.length) {
      const slots = new Int32Array(Math.max(this.slots.length * 2, balance + 1));
      slots.set(this.slots);
      this.slots = slots;
    }
    this.slots[balance] = record / RECORD + 1;
    this.records[record + BALANCE] = balance;
    this.balances.mark(balance, 1);
    return record;
  }

  private close(balance: number, record: number): void {
    this.slots[balance] = 0;
    this.records[record + BALANCE] = NONE;
    this.wide.delete(balance);
    this.free.push(record);
    this.balances.mark(balance, -1);
  }
}
