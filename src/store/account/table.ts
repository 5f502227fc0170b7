/**
 * The way of facts of an account chain into the store: merged with what is there, then ordered and told apart from rows of tables that tell of the same
 * transfer. Everything between `new AccountTable` and `settle` belongs in one transaction of the store.
 */
import {
  type AccountBlockRecord,
  type AccountRecord,
  type AccountTransactionRecord,
  type BalanceRecord,
  type BlockCredit,
  SpoorError,
  type TokenRecord,
} from '../../ledger/index.ts';
import { flag } from '../bytes.ts';
import type { CaseStore } from '../open.ts';
import { plucked, prepared } from '../statement.ts';
import { accountsOf, factOf, mergeAccountFacts, nameOf } from './merge.ts';
import { AccountNames, bytesOf } from './name.ts';
import { settleAccountOrder } from './order.ts';
import { AccountRows } from './rows.ts';
import { settleShadows } from './shadow.ts';

/** What became of a fact that was given. */
export type Taken = 'added' | 'merged' | 'unchanged';

interface BlockRow {
  number: number;
  hash: Buffer | null;
  parent_hash: Buffer | null;
  timestamp_sec: number | null;
  fee_recipient: number | null;
  base_fee: string | null;
  transaction_count: number | null;
}

const BLOCK_COLUMNS = [
  'hash',
  'parent_hash',
  'timestamp_sec',
  'fee_recipient',
  'base_fee',
  'transaction_count',
] as const;
/** Column of a block to the field of its record. */
const BLOCK_FIELDS: Readonly<Record<(typeof BLOCK_COLUMNS)[number], string>> = {
  hash: 'hash',
  parent_hash: 'parentHash',
  timestamp_sec: 'timestampSec',
  fee_recipient: 'feeRecipient',
  base_fee: 'baseFeeWei',
  transaction_count: 'transactionCount',
};

/** Facts on their way into the store. */
export class AccountTable {
  private readonly store: CaseStore;
  private readonly names: AccountNames;
  private readonly rows: AccountRows;
  private readonly touchedTx = new Set<number>();
  private readonly touchedBlocks = new Set<number>();

  constructor(store: CaseStore) {
    this.store = store;
    this.names = new AccountNames(store);
    this.rows = new AccountRows(store, this.names);
  }

  /** Adds a transaction, or merges it with what other sources said. Throws SOURCES_DISAGREE, LEDGER_INVALID. */
  take(record: AccountTransactionRecord): Taken {
    const fact = factOf(record);
    const found = this.rows.find(fact.scalars);
    const after = found === null ? fact : mergeAccountFacts(found.fact, fact);
    if (found !== null && sameFact(found.fact, after)) return 'unchanged';
    const tx = found === null ? this.rows.insert(after) : this.rows.update(found.tx, after);
    this.touchedTx.add(tx);
    const activity = prepared(this.store.db, 'INSERT OR IGNORE INTO account_activity (account, tx) VALUES (?, ?)');
    for (const account of accountsOf(after)) activity.run(this.names.account(account), tx);
    this.tellBlock(after.scalars);
    return found === null ? 'added' : 'merged';
  }

  /** A transaction tells of its block: its number, hash and time. */
  private tellBlock({
    blockNumber,
    blockHash,
    timestampSec,
    hash,
    rowKey,
  }: AccountTransactionRecord | BlockWords): void {
    if (blockNumber === null) return;
    const words = { hash: bytesOf(blockHash), timestamp_sec: timestampSec };
    this.mergeBlock(blockNumber, { ...NO_WORDS, ...words }, nameOf({ hash, rowKey }));
  }

  /** Keeps a block. Throws SOURCES_DISAGREE. */
  takeBlock(block: AccountBlockRecord): void {
    const { number, hash, parentHash, timestampSec, feeRecipient, baseFeeWei, transactionCount, credits } = block;
    const words = {
      hash: bytesOf(hash),
      parent_hash: bytesOf(parentHash),
      timestamp_sec: timestampSec,
      fee_recipient: feeRecipient === null ? null : this.names.account(feeRecipient),
      base_fee: baseFeeWei === null ? null : String(baseFeeWei),
      transaction_count: transactionCount,
    };
    this.mergeBlock(number, words, `block ${number}`);
    prepared(this.store.db, 'UPDATE account_block SET stated = 1 WHERE number = ?').run(number);
    if (credits !== null) this.takeCredits(number, credits);
  }

  private mergeBlock(number: number, words: Omit<BlockRow, 'number'>, record: string): void {
    const { db } = this.store;
    const before = prepared<[number], BlockRow>(db, 'SELECT * FROM account_block WHERE number = ?').get(number);
    const after = { ...words };
    for (const column of BLOCK_COLUMNS) {
      const [held, told] = [before?.[column] ?? null, words[column]];
      if (held !== null && told !== null && !sameValue(held, told)) {
        const [a, b] = [held, told].map((value) => this.blockValue(column, value));
        const message = `one source has ${a} for block ${number}, another ${b}`;
        throw new SpoorError('SOURCES_DISAGREE', message, { record, field: BLOCK_FIELDS[column] }, REORG_HINT);
      }
      Object.assign(after, { [column]: told ?? held });
    }
    if (before !== undefined && BLOCK_COLUMNS.every((column) => sameValue(before[column], after[column]))) return;
    if (after.hash !== null) this.refuseTwoNumbers(after.hash, number, record);
    const list = BLOCK_COLUMNS.join(', ');
    const values = BLOCK_COLUMNS.map((column) => after[column]);
    prepared(
      db,
      `INSERT INTO account_block (number, ${list}, stated, credits_told) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)
       ON CONFLICT DO UPDATE SET ${BLOCK_COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    ).run(number, ...values);
    this.touchedBlocks.add(number);
  }

  private blockValue(column: string, value: unknown): string {
    if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
    return column === 'fee_recipient' ? this.names.accountText(value as number) : String(value);
  }

  private refuseTwoNumbers(hash: Buffer, number: number, record: string): void {
    const other = plucked<[Buffer], number>(this.store.db, 'SELECT number FROM account_block WHERE hash = ?').get(hash);
    if (other === undefined || other === number) return;
    const message = `block 0x${hash.toString('hex')} is number ${other} for one source, ${number} for another`;
    throw new SpoorError('SOURCES_DISAGREE', message, { record, field: 'blockNumber' });
  }

  /** Credits of a block, as a multiset: whoever tells of them tells of all. */
  private takeCredits(number: number, credits: readonly BlockCredit[]): void {
    const { db } = this.store;
    const rows = credits
      .map(({ kind, to, amountWei }) => ({ kind, to, amount: String(amountWei) }))
      .map((row) => ({ ...row, key: `${row.kind} ${row.to} ${row.amount.padStart(80, '0')}` }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const told = plucked<[number], number>(db, 'SELECT credits_told FROM account_block WHERE number = ?').get(number);
    if (told === 1) {
      const held = prepared<[number], { kind: string; account: number; amount: string }>(
        db,
        'SELECT kind, account, amount FROM account_credit WHERE block = ? ORDER BY place',
      ).all(number);
      const text = rows.map(({ kind, to, amount }) => `${kind} ${this.names.account(to)} ${amount}`).join();
      if (text === held.map(({ kind, account, amount }) => `${kind} ${account} ${amount}`).join()) return;
      const message = `one source has ${held.length} credits at the end of the block, another ${rows.length}, or not the same`;
      throw new SpoorError('SOURCES_DISAGREE', message, { record: `block ${number}`, field: 'credits' });
    }
    const insert = prepared(
      db,
      'INSERT INTO account_credit (block, place, kind, account, amount) VALUES (?, ?, ?, ?, ?)',
    );
    rows.forEach(({ kind, to, amount }, place) => {
      insert.run(number, place, kind, this.names.account(to), amount);
    });
    prepared(db, 'UPDATE account_block SET credits_told = 1 WHERE number = ?').run(number);
  }

  /** Keeps a stated balance. Throws SOURCES_DISAGREE where another amount was stated after the same block. */
  takeBalance({ account, asset, blockNumber, amount }: BalanceRecord): void {
    const { db } = this.store;
    const key = [this.names.account(account), this.names.asset(asset), blockNumber ?? NO_BLOCK] as const;
    const held = plucked<readonly unknown[] & unknown[], string>(
      db,
      'SELECT amount FROM account_balance WHERE account = ? AND asset = ? AND block = ?',
    ).get(...key);
    if (blockNumber !== null && held !== undefined && held !== String(amount)) {
      const message = `one source has ${held} of ${asset} after block ${blockNumber}, another ${amount}`;
      throw new SpoorError('SOURCES_DISAGREE', message, { record: `account ${account}`, field: 'balance' });
    }
    prepared(db, 'INSERT OR IGNORE INTO account_balance (account, asset, block, amount) VALUES (?, ?, ?, ?)').run(
      ...key,
      String(amount),
    );
  }

  /** Keeps what a token says of itself: every symbol and name it goes by, and its decimals. Throws SOURCES_DISAGREE. */
  takeToken({ asset, symbol, name, decimals }: TokenRecord): void {
    const { db } = this.store;
    const id = this.names.asset(asset);
    const held = prepared<[number], { symbol: string | null; name: string | null; decimals: number | null }>(
      db,
      'SELECT symbol, name, decimals FROM account_asset WHERE id = ?',
    ).get(id);
    if (held === undefined) throw new Error(`no asset has row ${id}`);
    if (decimals !== null && held.decimals !== null && decimals !== held.decimals) {
      const message = `one source gives the token ${held.decimals} decimals, another ${decimals}`;
      throw new SpoorError('SOURCES_DISAGREE', message, { record: `token ${asset}`, field: 'decimals' });
    }
    prepared(db, 'UPDATE account_asset SET symbol = ?, name = ?, decimals = ? WHERE id = ?').run(
      bothClaims(held.symbol, symbol),
      bothClaims(held.name, name),
      decimals ?? held.decimals,
      id,
    );
  }

  /** Keeps what is known of an account; one that had code once is a contract. */
  takeAccount({ account, isContract }: AccountRecord): void {
    const id = this.names.account(account);
    if (isContract === null) return;
    const sql = 'UPDATE account_name SET is_contract = max(coalesce(is_contract, ?1), ?1) WHERE id = ?2';
    prepared(this.store.db, sql).run({ 1: flag(isContract), 2: id });
  }

  /** Places what came, fills blocks, and finds rows that tell of the same transfer as a transaction. */
  settle(): void {
    this.fillFromBlocks();
    settleAccountOrder(this.store, this.touchedTx, this.touchedBlocks);
    settleShadows(this.store, this.touchedTx, this.touchedBlocks);
  }

  /** A transaction that tells only the hash of its block learns the number, once a block or another transaction tells it. */
  private fillFromBlocks(): void {
    const { db } = this.store;
    const rows = prepared<[], { id: number; number: number; timestamp_sec: number | null }>(
      db,
      `SELECT t.id, b.number, t.timestamp_sec FROM account_tx t JOIN account_block b ON b.hash = t.block_hash
       WHERE t.block_number IS NULL AND t.block_hash IS NOT NULL`,
    ).all();
    const fill = prepared(db, 'UPDATE account_tx SET block_number = ? WHERE id = ?');
    for (const { id, number, timestamp_sec } of rows) {
      fill.run(number, id);
      this.touchedTx.add(id);
      this.mergeBlock(number, { ...NO_WORDS, timestamp_sec }, this.rows.nameOfRow(id));
    }
  }
}

const REORG_HINT = 'one of the sources is of a chain that was reorganised, or of another chain';

type BlockWords = Pick<AccountTransactionRecord, 'blockNumber' | 'blockHash' | 'timestampSec' | 'hash' | 'rowKey'>;

const NO_WORDS: Omit<BlockRow, 'number'> = {
  hash: null,
  parent_hash: null,
  timestamp_sec: null,
  fee_recipient: null,
  base_fee: null,
  transaction_count: null,
};

/** Block of a balance that was stated at no known time. */
export const NO_BLOCK = -1;

function sameValue(a: unknown, b: unknown): boolean {
  return Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : a === b;
}

/** Amounts are bigint, which JSON does not know. */
function sameFact(a: unknown, b: unknown): boolean {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  return text(a) === text(b);
}

const CLAIM_BREAK = ' | ';

/** Everything a token was called, in one order. */
function bothClaims(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return [...new Set([...a.split(CLAIM_BREAK), ...b.split(CLAIM_BREAK)])].sort().join(CLAIM_BREAK);
}
