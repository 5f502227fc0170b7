/**
 * AccountView over a case file. Frames are read a few hundred transactions at a time, so memory does not grow with the case; numbers are row numbers counted
 * from 0. Rows of tables that tell of the same transfer as a transaction (account-shadow.ts) are in no frame.
 */
import {
  type Account,
  type AccountFrame,
  type AccountHash,
  type AccountId,
  type AccountTransactionRecord,
  type AccountTxId,
  type AccountView,
  type Asset,
  type AssetId,
  accountId,
  accountTxId,
  assetId,
  type BalanceFrame,
  type BlockCredit,
  blockEffects,
  type Effect,
  type EffectFrame,
  effectsOf,
  frameHoles,
  NONE,
  type ViewAccount,
  type ViewAsset,
} from '../../ledger/index.ts';
import { truth } from '../bytes.ts';
import type { CaseStore } from '../open.ts';
import { plucked, prepared } from '../statement.ts';
import { chainIdOf } from './chain-id.ts';
import { recordOf } from './merge.ts';
import { AccountNames, bytesOf, hashOrNull } from './name.ts';
import { balanceKey, blockEndKey } from './order.ts';
import {
  type AccountTxRow,
  type EventRow,
  factOfRows,
  type InternalRow,
  SELECT_EVENTS,
  SELECT_INTERNAL,
  SELECT_TOKENS,
  SELECT_TX,
  type TokenRow,
} from './rows.ts';
import { NO_BLOCK } from './table.ts';

/** Transactions, or blocks, that are read at a time. */
const CHUNK = 512;

interface FrameRow extends AccountTxRow {
  fee_recipient: Account | null;
}

const SELECT_FRAME = SELECT_TX.replace('SELECT t.id,', 'SELECT f.account AS fee_recipient, t.id,').concat(
  ' LEFT JOIN account_name f ON f.id = b.fee_recipient',
);

interface CreditRow {
  block: number;
  timestamp_sec: number | null;
  kind: BlockCredit['kind'];
  account: Account;
  amount: string;
}

/** The account facts of an open case as every engine reads them. */
export class SqliteAccountView implements AccountView {
  readonly chain = 'ethereum' as const;
  readonly chainId: number;
  private readonly db: CaseStore['db'];
  private readonly names: AccountNames;

  /** A case that holds no account facts yet is a view of an empty mainnet. */
  constructor(store: CaseStore) {
    this.db = store.db;
    this.chainId = chainIdOf(store) ?? 1;
    this.names = new AccountNames(store);
  }

  tip(): { readonly height: number; readonly hash: AccountHash | null } {
    const sql = 'SELECT number, hash FROM account_block ORDER BY number DESC LIMIT 1';
    const row = prepared<[], { number: number; hash: Buffer | null }>(this.db, sql).get();
    return row === undefined ? { height: 0, hash: null } : { height: row.number, hash: hashOrNull(row.hash) };
  }

  transactionCount(): number {
    return this.count('account_tx WHERE shadowed_by IS NULL');
  }

  accountCount(): number {
    return this.count('account_name');
  }

  assetCount(): number {
    return this.count('account_asset');
  }

  private count(what: string): number {
    return plucked<[], number>(this.db, `SELECT count(*) FROM ${what}`).get() ?? 0;
  }

  *frames(): Generator<AccountFrame> {
    const ends = this.blockEnds();
    let end = ends.next();
    for (const frame of this.transactionFrames()) {
      for (; !end.done && end.value.orderKey < frame.orderKey; end = ends.next()) yield end.value;
      yield frame;
    }
    for (; !end.done; end = ends.next()) yield end.value;
  }

  private *transactionFrames(): Generator<AccountFrame> {
    const next = prepared<[number], FrameRow>(
      this.db,
      `${SELECT_FRAME} WHERE t.order_key > ? AND t.shadowed_by IS NULL ORDER BY t.order_key LIMIT ${CHUNK}`,
    );
    let after = -1;
    for (;;) {
      const rows = next.all(after);
      if (rows.length === 0) return;
      yield* this.framesOf(rows, after);
      after = rows[rows.length - 1].order_key;
    }
  }

  /** Frames of rows that are all there is between `after` and the last of them. */
  private framesOf(rows: readonly FrameRow[], after: number): AccountFrame[] {
    const range = { after, last: rows[rows.length - 1].order_key };
    const within = 'WHERE t.order_key > @after AND t.order_key <= @last ORDER BY m.tx, m.place';
    const internal = byTx(prepared<unknown[], InternalRow>(this.db, `${SELECT_INTERNAL} ${within}`).all(range));
    const tokens = byTx(prepared<unknown[], TokenRow>(this.db, `${SELECT_TOKENS} ${within}`).all(range));
    return rows.map((row) => this.frameOf(row, internal.get(row.id) ?? [], tokens.get(row.id) ?? []));
  }

  private frameOf(row: FrameRow, internal: readonly InternalRow[], tokens: readonly TokenRow[]): AccountFrame {
    const record = recordOf(factOfRows(row, { internal, tokens, events: [] }));
    const found = effectsOf(record, row.fee_recipient);
    const place = row.placed === 1 ? {} : { unplaced: true };
    return {
      tx: accountTxId(row.id - 1),
      orderKey: row.order_key,
      blockNumber: row.block_number ?? NONE,
      timestampSec: row.timestamp_sec,
      order: found.order,
      ...place,
      sender: this.idOf(record.from),
      effects: found.effects.map((effect) => this.numbers(effect)),
      ...frameHoles(record, found),
    };
  }

  private idOf(account: Account | null): AccountId | typeof NONE {
    return account === null ? NONE : accountId(this.names.account(account) - 1);
  }

  private numbers({ kind, asset, from, to, amount }: Effect): EffectFrame {
    return { kind, asset: assetId(this.names.asset(asset) - 1), from: this.idOf(from), to: this.idOf(to), amount };
  }

  /** Frames of the ends of blocks that credited somebody. */
  private *blockEnds(): Generator<AccountFrame> {
    const next = prepared<[number], CreditRow>(
      this.db,
      `SELECT c.block, b.timestamp_sec, c.kind, n.account, c.amount FROM account_credit c JOIN account_block b ON b.number = c.block
       JOIN account_name n ON n.id = c.account WHERE c.block IN
       (SELECT DISTINCT block FROM account_credit WHERE block > ? ORDER BY block LIMIT ${CHUNK}) ORDER BY c.block, c.place`,
    );
    for (let rows = next.all(-1); rows.length > 0; rows = next.all(rows[rows.length - 1].block)) {
      const blocks = new Map<number, CreditRow[]>();
      for (const row of rows) blocks.set(row.block, [...(blocks.get(row.block) ?? []), row]);
      for (const credits of blocks.values()) {
        const frame = this.endFrame(credits);
        if (frame.effects.length > 0) yield frame;
      }
    }
  }

  private endFrame(rows: readonly CreditRow[]): AccountFrame {
    const [{ block, timestamp_sec }] = rows;
    const credits = rows.map(({ kind, account, amount }) => ({ kind, to: account, amountWei: BigInt(amount) }));
    return {
      tx: NONE,
      orderKey: blockEndKey(block),
      blockNumber: block,
      timestampSec: timestamp_sec,
      order: 'total',
      sender: NONE,
      effects: blockEffects({ credits }).map((effect) => this.numbers(effect)),
    };
  }

  frame(tx: AccountTxId): AccountFrame {
    const row = prepared<[number], FrameRow>(this.db, `${SELECT_FRAME} WHERE t.id = ?`).get(tx + 1);
    if (row === undefined) throw new Error(`no transaction has number ${tx}`);
    return this.frameOf(row, this.list<InternalRow>(SELECT_INTERNAL, tx), this.list<TokenRow>(SELECT_TOKENS, tx));
  }

  private list<Row>(select: string, tx: AccountTxId): Row[] {
    return prepared<[number], Row>(this.db, `${select} WHERE t.id = ? ORDER BY m.place`).all(tx + 1);
  }

  account(id: AccountId): ViewAccount {
    const row = prepared<[number], { account: Account; is_contract: number | null }>(
      this.db,
      'SELECT account, is_contract FROM account_name WHERE id = ?',
    ).get(id + 1);
    if (row === undefined) throw new Error(`no account has number ${id}`);
    return { account: row.account, isContract: truth(row.is_contract) };
  }

  asset(id: AssetId): ViewAsset {
    const row = prepared<[number], ViewAsset>(
      this.db,
      'SELECT asset, symbol, name, decimals FROM account_asset WHERE id = ?',
    ).get(id + 1);
    if (row === undefined) throw new Error(`no asset has number ${id}`);
    return row;
  }

  transaction(tx: AccountTxId): AccountTransactionRecord {
    const row = prepared<[number], AccountTxRow>(this.db, `${SELECT_TX} WHERE t.id = ?`).get(tx + 1);
    if (row === undefined) throw new Error(`no transaction has number ${tx}`);
    const internal = this.list<InternalRow>(SELECT_INTERNAL, tx);
    const tokens = this.list<TokenRow>(SELECT_TOKENS, tx);
    return recordOf(factOfRows(row, { internal, tokens, events: this.list<EventRow>(SELECT_EVENTS, tx) }));
  }

  findAccount(account: Account): AccountId | null {
    const row = plucked<[string], number>(this.db, 'SELECT id FROM account_name WHERE account = ?').get(account);
    return row === undefined ? null : accountId(row - 1);
  }

  findAsset(asset: Asset): AssetId | null {
    const row = plucked<[string], number>(this.db, 'SELECT id FROM account_asset WHERE asset = ?').get(asset);
    return row === undefined ? null : assetId(row - 1);
  }

  findTransaction(hash: AccountHash): AccountTxId | null {
    const sql = 'SELECT id FROM account_tx WHERE hash = ?';
    const row = plucked<[Buffer | null], number>(this.db, sql).get(bytesOf(hash));
    return row === undefined ? null : accountTxId(row - 1);
  }

  transactionsOfAccount(id: AccountId): readonly AccountTxId[] {
    const rows = prepared<unknown[], { id: number; order_key: number }>(
      this.db,
      `SELECT t.id, t.order_key FROM account_activity a JOIN account_tx t ON t.id = a.tx WHERE a.account = @id AND t.shadowed_by IS NULL
       UNION SELECT t.id, t.order_key FROM account_block b JOIN account_tx t ON t.block_number = b.number
       WHERE b.fee_recipient = @id AND t.shadowed_by IS NULL ORDER BY 2`,
    ).all({ id: id + 1 });
    const touches = ({ from, to }: EffectFrame): boolean => from === id || to === id;
    return rows.map((row) => accountTxId(row.id - 1)).filter((tx) => this.frame(tx).effects.some(touches));
  }

  *balances(): Generator<BalanceFrame> {
    // A balance at no known time is one of the end of the data: the last of all.
    const rows = prepared<[], { account: number; asset: number; block: number; amount: string }>(
      this.db,
      `SELECT account, asset, block, amount FROM account_balance
       ORDER BY block = ${NO_BLOCK}, block, account, asset, length(amount), amount`,
    ).all();
    for (const { account, asset, block, amount } of rows) {
      yield {
        account: accountId(account - 1),
        asset: assetId(asset - 1),
        blockNumber: block === NO_BLOCK ? null : block,
        orderKey: block === NO_BLOCK ? Number.POSITIVE_INFINITY : balanceKey(block),
        amount: BigInt(amount),
      };
    }
  }
}

function byTx<Row extends { tx: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const lists = new Map<number, Row[]>();
  for (const row of rows) {
    const list = lists.get(row.tx) ?? [];
    list.push(row);
    lists.set(row.tx, list);
  }
  return lists;
}
