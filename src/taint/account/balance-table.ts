/**
 * Balances by (account, asset) under dense numbers: native by account, tokens through one open-addressed table of typed arrays. A balance is two whole numbers,
 * `high * 2^32 + low`, exact below 2^85; one that grows beyond is kept as a bigint.
 */
import { type AccountId, type AssetId, accountId, assetId } from '../../ledger/index.ts';

const FIRST_SLOTS = 1024;
const LIMB = 2 ** 32;
const MAX_HIGH = 2 ** 53 - 1;
/** Amounts up to this are added limb by limb. */
const MAX_QUICK = (1n << 84n) - 1n;
const MAX_WORD = (1n << 64n) - 1n;
const WORD_BITS = 64n;

/** Part of the table that may be full. */
const LOAD = 0.6;

/** Every balance that was ever asked for, zero at first. */
export class BalanceTable {
  /** Balances there are. */
  size = 0;
  private low = new Float64Array(FIRST_SLOTS);
  private high = new Float64Array(FIRST_SLOTS);
  private readonly wide = new Map<number, bigint>();
  /** An amount written as 64 bits and read as twice 32. */
  private readonly word = new BigUint64Array(1);
  private readonly half = new Uint32Array(this.word.buffer);
  /** Rules under which a balance carries taint, by number of the balance. */
  marks = new Uint8Array(FIRST_SLOTS);
  private accounts = new Int32Array(FIRST_SLOTS);
  private assets = new Int32Array(FIRST_SLOTS);
  /** Number of the balance plus one, by hash. */
  private table = new Int32Array(FIRST_SLOTS * 2);
  /** The same by account, for the coin of the chain. */
  private readonly native: Int32Array;

  constructor(accountCount: number) {
    this.native = new Int32Array(accountCount);
  }

  /** Base units of a balance. */
  get(balance: number): bigint {
    if (this.wide.size > 0) {
      const whole = this.wide.get(balance);
      if (whole !== undefined) return whole;
    }
    const high = this.high[balance];
    this.half[0] = this.low[balance];
    this.half[1] = high;
    return high < LIMB ? this.word[0] : (BigInt(Math.floor(high / LIMB)) << WORD_BITS) + this.word[0];
  }

  set(balance: number, amount: bigint): void {
    if (amount > MAX_QUICK) {
      this.wide.set(balance, amount);
      return;
    }
    this.wide.delete(balance);
    this.high[balance] = this.split(amount);
    this.low[balance] = this.half[0];
  }

  /** Adds to a balance. */
  add(balance: number, amount: bigint): void {
    if (amount > MAX_QUICK || (this.wide.size > 0 && this.wide.has(balance))) {
      this.set(balance, this.get(balance) + amount);
      return;
    }
    let high = this.high[balance] + this.split(amount);
    let low = this.low[balance] + this.half[0];
    if (low >= LIMB) {
      low -= LIMB;
      high += 1;
    }
    if (high > MAX_HIGH) {
      this.set(balance, this.get(balance) + amount);
      return;
    }
    this.high[balance] = high;
    this.low[balance] = low;
  }

  /** Takes an amount out of a balance; false, and nothing done, where it has not as much. */
  take(balance: number, amount: bigint): boolean {
    if (amount > MAX_QUICK || (this.wide.size > 0 && this.wide.has(balance))) {
      const left = this.get(balance) - amount;
      if (left >= 0n) this.set(balance, left);
      return left >= 0n;
    }
    let high = this.high[balance] - this.split(amount);
    let low = this.low[balance] - this.half[0];
    if (low < 0) {
      low += LIMB;
      high -= 1;
    }
    if (high < 0) return false;
    this.high[balance] = high;
    this.low[balance] = low;
    return true;
  }

  /** Whether a balance has as much. */
  has(balance: number, amount: bigint): boolean {
    if (amount > MAX_QUICK || (this.wide.size > 0 && this.wide.has(balance))) return this.get(balance) >= amount;
    const more = this.high[balance] - this.split(amount);
    return more > 0 || (more === 0 && this.low[balance] >= this.half[0]);
  }

  /** The upper limb of an amount; the lower one is then in `half[0]`. */
  private split(amount: bigint): number {
    this.word[0] = amount;
    const upper = this.half[1];
    return amount > MAX_WORD ? upper + Number(amount >> WORD_BITS) * LIMB : upper;
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
      if (this.accounts[known - 1] === account && this.assets[known - 1] === asset) return known - 1;
      at = (at + 1) & mask;
    }
    const added = this.append(account, asset);
    this.table[at] = added + 1;
    if (added > this.table.length * LOAD) this.rehash();
    return added;
  }

  accountOf(balance: number): AccountId {
    return accountId(this.accounts[balance]);
  }

  /** An account's number with its brand. */
  accountNumbered(account: number): AccountId {
    return accountId(account);
  }

  assetOf(balance: number): AssetId {
    return assetId(this.assets[balance]);
  }

  private append(account: number, asset: number): number {
    const added = this.size;
    if (added === this.accounts.length) {
      this.accounts = grown(this.accounts);
      this.assets = grown(this.assets);
      this.low = grownFloats(this.low);
      this.high = grownFloats(this.high);
      const marks = new Uint8Array(this.marks.length * 2);
      marks.set(this.marks);
      this.marks = marks;
    }
    this.accounts[added] = account;
    this.assets[added] = asset;
    this.size += 1;
    return added;
  }

  private rehash(): void {
    const table = new Int32Array(this.table.length * 2);
    const mask = table.length - 1;
    for (let balance = 0; balance < this.size; balance += 1) {
      if (this.assets[balance] === 0) continue;
      let at = hash(this.accounts[balance], this.assets[balance]) & mask;
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

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const next = new Int32Array(array.length * 2);
  next.set(array);
  return next;
}

function grownFloats(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const next = new Float64Array(array.length * 2);
  next.set(array);
  return next;
}
