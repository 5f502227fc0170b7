/** Row numbers of accounts and assets, made on first sight; hashes to bytes and back. */
import { type Account, type AccountHash, type Asset, account, accountHash, asset } from '../../ledger/index.ts';
import type { CaseStore } from '../open.ts';
import { plucked } from '../statement.ts';

/** Bytes of a hash. */
export function bytesOf(hash: AccountHash | null): Buffer | null {
  return hash === null ? null : Buffer.from(hash.slice(2), 'hex');
}

/** Hash of its bytes. */
export function hashOf(bytes: Buffer): AccountHash {
  return accountHash(`0x${bytes.toString('hex')}`);
}

/** See {@link hashOf}. */
export function hashOrNull(bytes: Buffer | null): AccountHash | null {
  return bytes === null ? null : hashOf(bytes);
}

/** Names kept in memory before the cache is emptied: it saves look-ups, it must not grow with the case. */
const MAX_CACHED = 200_000;

/** Accounts and assets by row number; rows are counted from 1. */
export class AccountNames {
  private readonly accounts = new Map<string, number>();
  private readonly assets = new Map<string, number>();
  private readonly statements;

  constructor({ db }: CaseStore) {
    this.statements = {
      account: plucked<[string], number>(db, 'SELECT id FROM account_name WHERE account = ?'),
      asset: plucked<[string], number>(db, 'SELECT id FROM account_asset WHERE asset = ?'),
      newAccount: plucked<[string], number>(db, 'INSERT INTO account_name (account) VALUES (?) RETURNING id'),
      newAsset: plucked<[string], number>(db, 'INSERT INTO account_asset (asset) VALUES (?) RETURNING id'),
      accountText: plucked<[number], string>(db, 'SELECT account FROM account_name WHERE id = ?'),
      assetText: plucked<[number], string>(db, 'SELECT asset FROM account_asset WHERE id = ?'),
    };
  }

  /** Row of an account. */
  account(text: Account): number {
    return this.row(this.accounts, text, this.statements.account, this.statements.newAccount);
  }

  /** See {@link account}. */
  accountOrNull(text: Account | null): number | null {
    return text === null ? null : this.account(text);
  }

  /** Row of an asset. */
  asset(text: Asset): number {
    return this.row(this.assets, text, this.statements.asset, this.statements.newAsset);
  }

  /** Account of a row. */
  accountText(row: number): Account {
    return account(this.statements.accountText.get(row));
  }

  /** Asset of a row. */
  assetText(row: number): Asset {
    return asset(this.statements.assetText.get(row));
  }

  private row(
    cache: Map<string, number>,
    text: string,
    find: { get(text: string): number | undefined },
    make: { get(text: string): number | undefined },
  ): number {
    const cached = cache.get(text);
    if (cached !== undefined) return cached;
    const row = find.get(text) ?? make.get(text);
    if (row === undefined) throw new Error(`no row could be made for ${text}`);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(text, row);
    return row;
  }
}
