/**
 * Balances by (account, asset) under dense numbers: native by account, tokens through one open-addressed table. A balance is one record of 32 bytes, so that a
 * visit is one read from memory: two whole numbers, `high * 2^32 + low`, exact below 2^85; the rules that taint it; whose it is. One that grows beyond is kept
 * as a bigint.
 */
import { type AccountId, type AssetId, accountId, assetId } from '../../ledger/index.ts';
import { LIMB, Limbs, MAX_HIGH, wholeOf } from './limbs.ts';

const FIRST_SLOTS = 1024;

/** Part of the table that may be full. */
const LOAD = 0.6;

/** A record: the upper number as one double, the rest as four 32-bit words. */
const RECORD_DOUBLES = 4;
const RECORD_WORDS = 8;
const LOW = 2;
const MARKS = 3;
const ACCOUNT = 4;
const ASSET = 5;

/** Every balance that was ever asked for, zero at first. */
export class BalanceTable {
  /** Balances there are. */
  size = 0;
  /** The amount that `load` was given last. */
  readonly amount = new Limbs();
  private readonly written = new Limbs();
  private doubles: Float64Array<ArrayBuffer>;
  private words: Uint32Array;
  private readonly wide = new Map<number, bigint>();
  /** Number of the balance plus one, by hash. */
  private table: Int32Array;
  /** The same by account, for the coin of the chain. */
  private readonly native: Int32Array;

  constructor(accountCount: number) {
    // As many balances as accounts, and a power of two; more make it grow.
    const slots = Math.max(FIRST_SLOTS, 2 ** Math.ceil(Math.log2(accountCount)));
    this.doubles = new Float64Array(slots * RECORD_DOUBLES);
    this.words = new Uint32Array(this.doubles.buffer);
    this.table = new Int32Array(slots * 2);
    this.native = new Int32Array(accountCount);
  }

  /** Base units of a balance. */
  get(balance: number): bigint {
    if (this.wide.size > 0) {
      const whole = this.wide.get(balance);
      if (whole !== undefined) return whole;
    }
    return wholeOf(this.lowOf(balance), this.highOf(balance));
  }

  set(balance: number, amount: bigint): void {
    const { written } = this;
    written.load(amount);
    if (written.isWide) {
      this.wide.set(balance, amount);
      return;
    }
    this.wide.delete(balance);
    this.write(balance, written.low, written.high);
  }

  /** Adds to a balance. */
  add(balance: number, amount: bigint): void {
    this.load(amount);
    this.addLoaded(balance);
  }

  /** Takes an amount out of a balance; false, and nothing done, where it has not as much. */
  take(balance: number, amount: bigint): boolean {
    this.load(amount);
    return this.takeLoaded(balance);
  }

  /** Whether a balance has as much. */
  has(balance: number, amount: bigint): boolean {
    this.load(amount);
    return this.hasLoaded(balance);
  }

  /** As `has`, of the amount in hand. */
  hasLoaded(balance: number): boolean {
    if (this.isWide(balance)) return this.get(balance) >= this.amount.whole;
    const more = this.highOf(balance) - this.amount.high;
    return more > 0 || (more === 0 && this.lowOf(balance) >= this.amount.low);
  }

  /** Takes an amount in hand, for `addLoaded`, `takeLoaded` and `hasLoaded`; `add`, `take` and `has` take theirs in hand, `set` does not. */
  load(amount: bigint): void {
    this.amount.load(amount);
  }

  /** As `add`, of the amount in hand. */
  addLoaded(balance: number): void {
    const { amount } = this;
    if (this.isWide(balance)) {
      this.set(balance, this.get(balance) + amount.whole);
      return;
    }
    let high = this.highOf(balance) + amount.high;
    let low = this.lowOf(balance) + amount.low;
    if (low >= LIMB) {
      low -= LIMB;
      high += 1;
    }
    if (high > MAX_HIGH) this.set(balance, this.get(balance) + amount.whole);
    else this.write(balance, low, high);
  }

  /** As `take`, of the amount in hand. */
  takeLoaded(balance: number): boolean {
    const { amount } = this;
    if (this.isWide(balance)) {
      const left = this.get(balance) - amount.whole;
      if (left >= 0n) this.set(balance, left);
      return left >= 0n;
    }
    let high = this.highOf(balance) - amount.high;
    let low = this.lowOf(balance) - amount.low;
    if (low < 0) {
      low += LIMB;
      high -= 1;
    }
    if (high < 0) return false;
    this.write(balance, low, high);
    return true;
  }

  /** Whether a balance, or the amount in hand, is kept as a bigint. */
  isWide(balance: number): boolean {
    return this.amount.isWide || (this.wide.size > 0 && this.wide.has(balance));
  }

  /** The lower number of a balance that is not wide, below 2^32. */
  lowOf(balance: number): number {
    return this.words[balance * RECORD_WORDS + LOW];
  }

  /** The upper number of a balance that is not wide, below 2^53. */
  highOf(balance: number): number {
    return this.doubles[balance * RECORD_DOUBLES];
  }

  private write(balance: number, low: number, high: number): void {
    this.doubles[balance * RECORD_DOUBLES] = high;
    this.words[balance * RECORD_WORDS + LOW] = low;
  }

  /** Rules under which a balance carries taint. */
  marksOf(balance: number): number {
    return this.words[balance * RECORD_WORDS + MARKS];
  }

  /** One rule more or less (`by` 1 or -1) under which a balance carries taint. */
  mark(balance: number, by: 1 | -1): void {
    this.words[balance * RECORD_WORDS + MARKS] += by;
  }

  /** Number of a balance; new balances get the next one. */
  numberOf(account: number, asset: number): number {
    if (asset === 0) {
      const known = this.native[account];
      if (known !== 0) return known - 1;
      const added = this.append(account, asset);
      this.native[account] = added + 1;
      return added;
    }
    const mask = this.table.length - 1;
    let at = hash(account, asset) & mask;
    for (let known = this.table[at]; known !== 0; known = this.table[at]) {
      const word = (known - 1) * RECORD_WORDS;
      if (this.words[word + ACCOUNT] === account && this.words[word + ASSET] === asset) return known - 1;
      at = (at + 1) & mask;
    }
    const added = this.append(account, asset);
    this.table[at] = added + 1;
    if (added > this.table.length * LOAD) this.rehash();
    return added;
  }

  accountOf(balance: number): AccountId {
    return accountId(this.words[balance * RECORD_WORDS + ACCOUNT]);
  }

  /** An account's number with its brand. */
  accountNumbered(account: number): AccountId {
    return accountId(account);
  }

  assetOf(balance: number): AssetId {
    return assetId(this.words[balance * RECORD_WORDS + ASSET]);
  }

  /** Numbers of balances by account, then asset. */
  inOrder(list: readonly number[]): number[] {
    const accountOf = (balance: number): number => this.words[balance * RECORD_WORDS + ACCOUNT];
    const assetOf = (balance: number): number => this.words[balance * RECORD_WORDS + ASSET];
    let span = 1;
    for (const balance of list) span = Math.max(span, assetOf(balance) + 1);
    if (this.native.length * span > Number.MAX_SAFE_INTEGER) {
      return [...list].sort((a, b) => accountOf(a) - accountOf(b) || assetOf(a) - assetOf(b));
    }
    // Both in one number: such a list is sorted without a call for every pair.
    const places = new Float64Array(list.length);
    for (let at = 0; at < list.length; at += 1) places[at] = accountOf(list[at]) * span + assetOf(list[at]);
    places.sort();
    const ordered: number[] = [];
    for (let at = 0; at < places.length; at += 1) {
      const account = Math.floor(places[at] / span);
      ordered.push(this.numberOf(account, places[at] - account * span));
    }
    return ordered;
  }

  private append(account: number, asset: number): number {
    const added = this.size;
    if (added * RECORD_DOUBLES === this.doubles.length) {
      const doubles = new Float64Array(this.doubles.length * 2);
      doubles.set(this.doubles);
      this.doubles = doubles;
      this.words = new Uint32Array(doubles.buffer);
    }
    this.words[added * RECORD_WORDS + ACCOUNT] = account;
    this.words[added * RECORD_WORDS + ASSET] = asset;
    this.size += 1;
    return added;
  }

  private rehash(): void {
    const table = new Int32Array(this.table.length * 2);
    const mask = table.length - 1;
    for (let balance = 0; balance < this.size; balance += 1) {
      const word = balance * RECORD_WORDS;
      if (this.words[word + ASSET] === 0) continue;
      let at = hash(this.words[word + ACCOUNT], this.words[word + ASSET]) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = balance + 1;
    }
    this.table = table;
  }
}

function hash(account: number, asset: number): number {
  const mixed = Math.imul(account, 0x9e3779b1) ^ Math.imul(asset, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
