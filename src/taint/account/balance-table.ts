/** Balances by (account, asset) under dense numbers: native by account, tokens through one open-addressed table of typed arrays. */
import { type AccountId, type AssetId, accountId, assetId } from '../../ledger/index.ts';

const FIRST_SLOTS = 1024;
/** Part of the table that may be full. */
const LOAD = 0.6;

/** Every balance that was ever asked for, zero at first. */
export class BalanceTable {
  /** Base units by number of the balance. */
  readonly amounts: bigint[] = [];
  private accounts = new Int32Array(FIRST_SLOTS);
  private assets = new Int32Array(FIRST_SLOTS);
  /** Number of the balance plus one, by hash. */
  private table = new Int32Array(FIRST_SLOTS * 2);
  /** The same by account, for the coin of the chain. */
  private readonly native: Int32Array;

  constructor(accountCount: number) {
    this.native = new Int32Array(accountCount);
  }

  get size(): number {
    return this.amounts.length;
  }

  /** Number of a balance; new balances get the next one. */
  numberOf(account: number, asset: number): number {
    if (asset === 0) {
      const known = this.native[account];
      if (known !== 0) return known - 1;
      const added = this.add(account, asset);
      this.native[account] = added + 1;
      return added;
    }
    const mask = this.table.length - 1;
    let at = hash(account, asset) & mask;
    for (let known = this.table[at]; known !== 0; known = this.table[at]) {
      if (this.accounts[known - 1] === account && this.assets[known - 1] === asset) return known - 1;
      at = (at + 1) & mask;
    }
    const added = this.add(account, asset);
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

  private add(account: number, asset: number): number {
    const added = this.amounts.length;
    if (added === this.accounts.length) {
      this.accounts = grown(this.accounts);
      this.assets = grown(this.assets);
    }
    this.accounts[added] = account;
    this.assets[added] = asset;
    this.amounts.push(0n);
    return added;
  }

  private rehash(): void {
    const table = new Int32Array(this.table.length * 2);
    const mask = table.length - 1;
    for (let balance = 0; balance < this.amounts.length; balance += 1) {
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
