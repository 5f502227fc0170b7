/** Account facts read back as records, in one order, and taken out. */
import {
  type Account,
  type AccountBlockRecord,
  type AccountRecord,
  type AccountTransactionRecord,
  type Asset,
  type BalanceRecord,
  type BlockCredit,
  SpoorError,
  type TokenRecord,
} from '../../ledger/index.ts';
import { truth } from '../bytes.ts';
import type { CaseStore } from '../open.ts';
import { plucked, prepared } from '../statement.ts';
import { partsOf } from './merge.ts';
import { AccountNames, hashOrNull } from './name.ts';
import { AccountRows } from './rows.ts';
import { NO_BLOCK } from './table.ts';

/** Transactions in total order; one of which some amounts are exact and some went through floats comes as two records. */
export function* accountTransactions(store: CaseStore): Generator<AccountTransactionRecord> {
  const rows = new AccountRows(store, new AccountNames(store));
  const next = prepared<[number], { id: number; order_key: number }>(
    store.db,
    'SELECT id, order_key FROM account_tx WHERE order_key > ? ORDER BY order_key LIMIT 500',
  );
  for (let chunk = next.all(-1); chunk.length > 0; chunk = next.all(chunk[chunk.length - 1].order_key)) {
    for (const { id } of chunk) yield* partsOf(rows.fact(id));
  }
}

interface BlockRow {
  number: number;
  hash: Buffer | null;
  parent_hash: Buffer | null;
  timestamp_sec: number | null;
  fee_recipient: Account | null;
  base_fee: string | null;
  transaction_count: number | null;
  credits_told: number;
}

/** Blocks that a source told of, by number; those that only their transactions tell of are left out. */
export function* accountBlocks({ db }: CaseStore): Generator<AccountBlockRecord> {
  const next = prepared<[number], BlockRow>(
    db,
    `SELECT b.number, b.hash, b.parent_hash, b.timestamp_sec, n.account AS fee_recipient, b.base_fee, b.transaction_count, b.credits_told
     FROM account_block b LEFT JOIN account_name n ON n.id = b.fee_recipient WHERE b.stated = 1 AND b.number > ? ORDER BY b.number LIMIT 500`,
  );
  const credits = prepared<[number], { kind: BlockCredit['kind']; to: Account; amount: string }>(
    db,
    `SELECT c.kind, n.account AS "to", c.amount FROM account_credit c JOIN account_name n ON n.id = c.account WHERE c.block = ?
     ORDER BY c.place`,
  );
  for (let rows = next.all(-1); rows.length > 0; rows = next.all(rows[rows.length - 1].number)) {
    for (const row of rows) {
      const hash = hashOrNull(row.hash);
      if (hash === null) throw new SpoorError('CASE_UNREADABLE', `block ${row.number} was told of and has no hash`);
      const told = credits.all(row.number).map(({ kind, to, amount }) => ({ kind, to, amountWei: BigInt(amount) }));
      yield {
        hash,
        number: row.number,
        parentHash: hashOrNull(row.parent_hash),
        timestampSec: row.timestamp_sec,
        feeRecipient: row.fee_recipient,
        baseFeeWei: row.base_fee === null ? null : BigInt(row.base_fee),
        transactionCount: row.transaction_count,
        credits: row.credits_told === 1 ? told : null,
      };
    }
  }
}

/** Stated balances, by account, asset and block. */
export function accountBalanceRecords({ db }: CaseStore): BalanceRecord[] {
  return prepared<[], { account: Account; asset: Asset; block: number; amount: string }>(
    db,
    `SELECT n.account, a.asset, b.block, b.amount FROM account_balance b JOIN account_name n ON n.id = b.account
     JOIN account_asset a ON a.id = b.asset ORDER BY n.account, a.asset, b.block, length(b.amount), b.amount`,
  )
    .all()
    .map(({ account, asset, block, amount }) => ({
      account,
      asset,
      blockNumber: block === NO_BLOCK ? null : block,
      amount: BigInt(amount),
    }));
}

/** What tokens say of themselves, by contract. */
export function accountTokens({ db }: CaseStore): TokenRecord[] {
  return prepared<[], TokenRecord>(
    db,
    `SELECT asset, symbol, name, decimals FROM account_asset WHERE symbol IS NOT NULL OR name IS NOT NULL OR decimals IS NOT NULL
     ORDER BY asset`,
  ).all();
}

/** Accounts of which it is known whether they have code, by account. */
export function accountKinds({ db }: CaseStore): AccountRecord[] {
  return prepared<[], { account: Account; is_contract: number }>(
    db,
    'SELECT account, is_contract FROM account_name WHERE is_contract IS NOT NULL ORDER BY account',
  )
    .all()
    .map(({ account, is_contract }) => ({ account, isContract: truth(is_contract) }));
}

/** Counts of account facts. */
export interface AccountCounts {
  readonly transactions: number;
  /** Rows of tables without hash that stand as transactions. */
  readonly rowsWithoutHash: number;
  /** Rows of tables that tell of the same transfer as a transaction with hash: kept, counted once. */
  readonly shadowedRows: number;
  /** Transactions whose place in their block, or block, no source tells. */
  readonly unplaced: number;
  readonly internalMoves: number;
  readonly tokenMoves: number;
  /** Amounts, of moves and of transactions, that went through floats. */
  readonly approximate: number;
  readonly blocks: number;
  readonly accounts: number;
  readonly assets: number;
  readonly balances: number;
}

/** Counts the account facts of a case. */
export function accountCounts({ db }: CaseStore): AccountCounts {
  const one = (what: string): number => plucked<[], number>(db, `SELECT count(*) FROM ${what}`).get() ?? 0;
  return {
    transactions: one('account_tx WHERE hash IS NOT NULL'),
    rowsWithoutHash: one('account_tx WHERE hash IS NULL AND shadowed_by IS NULL'),
    shadowedRows: one('account_tx WHERE shadowed_by IS NOT NULL'),
    unplaced: one('account_tx WHERE placed = 0 AND shadowed_by IS NULL'),
    internalMoves: one('account_internal'),
    tokenMoves: one('account_token_move'),
    approximate:
      one('account_internal WHERE approximate = 1') +
      one('account_token_move WHERE approximate = 1') +
      one("account_tx WHERE approximate <> ''"),
    blocks: one('account_block'),
    accounts: one('account_name'),
    assets: one('account_asset'),
    balances: one('account_balance'),
  };
}

const TABLES = [
  'account_balance',
  'account_activity',
  'account_event',
  'account_token_move',
  'account_internal',
  'account_credit',
  'account_tx',
  'account_block',
  'account_name',
];

/** Takes every account fact out, but for which chain they are of; what the files tell is then read anew. */
export function clearAccountFacts({ db }: CaseStore): void {
  db.exec('UPDATE account_tx SET shadowed_by = NULL WHERE shadowed_by IS NOT NULL');
  for (const table of TABLES) db.exec(`DELETE FROM ${table}`);
  db.exec(
    "DELETE FROM account_asset WHERE asset <> 'native'; UPDATE account_asset SET symbol = NULL, name = NULL, decimals = NULL",
  );
}

/** Hashes and row keys of transactions above a block, and how many blocks lie there. */
export function accountFactsAbove({ db }: CaseStore, height: number): { transactions: Set<string>; blocks: number } {
  const hashes = plucked<[number], string>(
    db,
    "SELECT coalesce(row_key, '0x' || lower(hex(hash))) FROM account_tx WHERE block_number > ?",
  ).all(height);
  const blocks = plucked<[number], number>(db, 'SELECT count(*) FROM account_block WHERE number > ?').get(height) ?? 0;
  return { transactions: new Set(hashes), blocks };
}
