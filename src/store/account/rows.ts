/** Rows of transactions of an account chain to facts and back. */
import {
  type Account,
  type AccountHash,
  type AccountTransactionRecord,
  type Asset,
  account,
  type EventRecord,
  type InternalMove,
} from '../../ledger/index.ts';
import { flag, truth } from '../bytes.ts';
import type { CaseStore } from '../open.ts';
import { plucked, prepared } from '../statement.ts';
import type { FactList, ListItem } from './list.ts';
import {
  type AccountFact,
  AMOUNT_FIELDS,
  type EventWhat,
  eventItem,
  type InternalWhat,
  internalItem,
  nameOf,
  type TokenWhat,
  tokenItem,
} from './merge.ts';
import { type AccountNames, bytesOf, hashOrNull } from './name.ts';

/** A row of `account_tx` with the texts of its accounts and what its block tells. */
export interface AccountTxRow {
  id: number;
  hash: Buffer | null;
  row_key: string | null;
  block_number: number | null;
  block_hash: Buffer | null;
  tx_index: number | null;
  timestamp_sec: number | null;
  sender: Account | null;
  receiver: Account | null;
  created: Account | null;
  value: string | null;
  succeeded: number | null;
  nonce: number | null;
  type: number | null;
  method_id: string | null;
  gas_price: string | null;
  fee: string | null;
  burnt: string | null;
  delegated: string | null;
  internal_told: number;
  tokens_told: number;
  events_told: number;
  internal_whole: number;
  tokens_whole: number;
  approximate: string;
  order_key: number;
  placed: number;
}

/** A row of `account_internal` with texts. */
export interface InternalRow {
  tx: number;
  kind: InternalMove['kind'];
  sender: Account;
  receiver: Account | null;
  amount: string;
  trace: string | null;
  step: number | null;
  approximate: number;
}

/** A row of `account_token_move` with texts. */
export interface TokenRow {
  tx: number;
  asset: Asset;
  sender: Account | null;
  receiver: Account | null;
  amount: string;
  log_index: number | null;
  step: number | null;
  approximate: number;
}

/** A row of `account_event` with texts. */
export interface EventRow {
  tx: number;
  emitter: Account;
  name: string;
  fields: string;
  log_index: number | null;
  step: number | null;
}

/** Reads rows of transactions; add WHERE and ORDER BY. Hash and time of the block are filled in from it. */
export const SELECT_TX = `SELECT t.id, t.hash, t.row_key, t.block_number, coalesce(t.block_hash, b.hash) AS block_hash, t.tx_index,
  coalesce(t.timestamp_sec, b.timestamp_sec) AS timestamp_sec, s.account AS sender, r.account AS receiver, c.account AS created, t.value,
  t.succeeded, t.nonce, t.type, t.method_id, t.gas_price, t.fee, t.burnt, t.delegated, t.internal_told, t.tokens_told, t.events_told,
  t.internal_whole, t.tokens_whole, t.approximate, t.order_key, t.placed
  FROM account_tx t LEFT JOIN account_block b ON b.number = t.block_number LEFT JOIN account_name s ON s.id = t.sender
  LEFT JOIN account_name r ON r.id = t.receiver LEFT JOIN account_name c ON c.id = t.created`;
/** Reads internal moves of transactions in `t`. */
export const SELECT_INTERNAL = `SELECT m.tx, m.kind, s.account AS sender, r.account AS receiver, m.amount, m.trace, m.step, m.approximate
  FROM account_tx t JOIN account_internal m ON m.tx = t.id JOIN account_name s ON s.id = m.sender
  LEFT JOIN account_name r ON r.id = m.receiver`;
/** Reads token moves of transactions in `t`. */
export const SELECT_TOKENS = `SELECT m.tx, a.asset, s.account AS sender, r.account AS receiver, m.amount, m.log_index, m.step, m.approximate
  FROM account_tx t JOIN account_token_move m ON m.tx = t.id JOIN account_asset a ON a.id = m.asset
  LEFT JOIN account_name s ON s.id = m.sender LEFT JOIN account_name r ON r.id = m.receiver`;
/** Reads events of transactions in `t`. */
export const SELECT_EVENTS = `SELECT m.tx, e.account AS emitter, m.name, m.fields, m.log_index, m.step
  FROM account_tx t JOIN account_event m ON m.tx = t.id JOIN account_name e ON e.id = m.emitter`;

const COLUMNS = [
  'hash',
  'row_key',
  'block_number',
  'block_hash',
  'tx_index',
  'timestamp_sec',
  'sender',
  'receiver',
  'created',
  'value',
  'succeeded',
  'nonce',
  'type',
  'method_id',
  'gas_price',
  'fee',
  'burnt',
  'delegated',
  'internal_told',
  'tokens_told',
  'events_told',
  'internal_whole',
  'tokens_whole',
  'approximate',
] as const;

function bigOrNull(text: string | null): bigint | null {
  return text === null ? null : BigInt(text);
}

function textOrNull(amount: bigint | null): string | null {
  return amount === null ? null : String(amount);
}

function list<Row, What>(
  told: number,
  whole: number,
  rows: readonly Row[],
  item: (row: Row) => ListItem<What>,
): FactList<What> {
  return { told: told === 1, whole: whole === 1, items: rows.map(item) };
}

/** The fact of a row and the rows of its lists. */
export function factOfRows(
  row: AccountTxRow,
  lists: { internal: readonly InternalRow[]; tokens: readonly TokenRow[]; events: readonly EventRow[] },
): AccountFact {
  return {
    scalars: {
      hash: hashOrNull(row.hash),
      rowKey: row.row_key,
      blockNumber: row.block_number,
      blockHash: hashOrNull(row.block_hash),
      txIndex: row.tx_index,
      timestampSec: row.timestamp_sec,
      from: row.sender,
      to: row.receiver,
      created: row.created,
      valueWei: bigOrNull(row.value),
      succeeded: truth(row.succeeded),
      nonce: row.nonce,
      type: row.type,
      methodId: row.method_id,
      gasPriceWei: bigOrNull(row.gas_price),
      feeWei: bigOrNull(row.fee),
      burntWei: bigOrNull(row.burnt),
      delegated: row.delegated === null ? null : (JSON.parse(row.delegated) as string[]).map((text) => account(text)),
    },
    approximate: AMOUNT_FIELDS.filter((field) => row.approximate.split(' ').includes(field)),
    internal: list(row.internal_told, row.internal_whole, lists.internal, internalOfRow),
    tokens: list(row.tokens_told, row.tokens_whole, lists.tokens, tokenOfRow),
    events: list(row.events_told, 0, lists.events, eventOfRow),
  };
}

function internalOfRow({
  kind,
  sender,
  receiver,
  amount,
  trace,
  step,
  approximate,
}: InternalRow): ListItem<InternalWhat> {
  const move = { kind, from: sender, to: receiver, valueWei: BigInt(amount), traceAddress: trace, step };
  return internalItem(move, approximate === 1);
}

function tokenOfRow(row: TokenRow): ListItem<TokenWhat> {
  const { asset, sender, receiver, amount, log_index, step, approximate } = row;
  const move = { asset, from: sender, to: receiver, amount: BigInt(amount), logIndex: log_index, step };
  return tokenItem(move, approximate === 1);
}

function eventOfRow({ emitter, name, fields, log_index, step }: EventRow): ListItem<EventWhat> {
  return eventItem({ emitter, name, fields: JSON.parse(fields) as EventRecord['fields'], logIndex: log_index, step });
}

/** Finds, writes and overwrites transactions. */
export class AccountRows {
  private readonly names: AccountNames;
  private readonly db: CaseStore['db'];

  constructor({ db }: CaseStore, names: AccountNames) {
    this.db = db;
    this.names = names;
  }

  /** The transaction of this hash or row key as its own sources tell it (not filled in from its block). */
  find({ hash, rowKey }: Pick<AccountTransactionRecord, 'hash' | 'rowKey'>): { tx: number; fact: AccountFact } | null {
    const id =
      hash === null
        ? plucked<[string | null], number>(this.db, 'SELECT id FROM account_tx WHERE row_key = ?').get(rowKey)
        : plucked<[Buffer | null], number>(this.db, 'SELECT id FROM account_tx WHERE hash = ?').get(bytesOf(hash));
    return id === undefined ? null : { tx: id, fact: this.fact(id) };
  }

  /** The fact of a row. Throws a bug error when there is none. */
  fact(tx: number): AccountFact {
    const row = prepared<[number], AccountTxRow>(this.db, `${SELECT_TX} WHERE t.id = ?`).get(tx);
    if (row === undefined) throw new Error(`no transaction has row ${tx}`);
    return factOfRows(row, {
      internal: prepared<[number], InternalRow>(this.db, `${SELECT_INTERNAL} WHERE t.id = ? ORDER BY m.place`).all(tx),
      tokens: prepared<[number], TokenRow>(this.db, `${SELECT_TOKENS} WHERE t.id = ? ORDER BY m.place`).all(tx),
      events: prepared<[number], EventRow>(this.db, `${SELECT_EVENTS} WHERE t.id = ? ORDER BY m.place`).all(tx),
    });
  }

  /** Name of a row for messages. */
  nameOfRow(tx: number): string {
    return nameOf(this.fact(tx).scalars);
  }

  insert(fact: AccountFact): number {
    const sql = `INSERT INTO account_tx (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`;
    const tx = Number(prepared(this.db, sql).run(...this.values(fact)).lastInsertRowid);
    this.writeLists(tx, fact);
    return tx;
  }

  update(tx: number, fact: AccountFact): number {
    const sql = `UPDATE account_tx SET ${COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`;
    prepared(this.db, sql).run(...this.values(fact), tx);
    for (const table of ['account_internal', 'account_token_move', 'account_event'])
      prepared(this.db, `DELETE FROM ${table} WHERE tx = ?`).run(tx);
    this.writeLists(tx, fact);
    return tx;
  }

  private values({ scalars, approximate, internal, tokens, events }: AccountFact): unknown[] {
    const { names } = this;
    const hashes: readonly [AccountHash | null, AccountHash | null] = [scalars.hash, scalars.blockHash];
    return [
      bytesOf(hashes[0]),
      scalars.rowKey,
      scalars.blockNumber,
      bytesOf(hashes[1]),
      scalars.txIndex,
      scalars.timestampSec,
      names.accountOrNull(scalars.from),
      names.accountOrNull(scalars.to),
      names.accountOrNull(scalars.created),
      textOrNull(scalars.valueWei),
      flag(scalars.succeeded),
      scalars.nonce,
      scalars.type,
      scalars.methodId,
      textOrNull(scalars.gasPriceWei),
      textOrNull(scalars.feeWei),
      textOrNull(scalars.burntWei),
      scalars.delegated === null ? null : JSON.stringify(scalars.delegated),
      flag(internal.told),
      flag(tokens.told),
      flag(events.told),
      flag(internal.whole),
      flag(tokens.whole),
      approximate.join(' '),
    ];
  }

  private writeLists(tx: number, { internal, tokens, events }: AccountFact): void {
    const { names } = this;
    const internalRow = prepared(
      this.db,
      `INSERT INTO account_internal (tx, place, kind, sender, receiver, amount, trace, step, approximate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    internal.items.forEach(({ what, amount, place, step, approximate }, index) => {
      const parties = [names.account(what.from), names.accountOrNull(what.to)];
      internalRow.run(tx, index, what.kind, ...parties, String(amount), place, step, flag(approximate));
    });
    const tokenRow = prepared(
      this.db,
      `INSERT INTO account_token_move (tx, place, asset, sender, receiver, amount, log_index, step, approximate)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    tokens.items.forEach(({ what, amount, place, step, approximate }, index) => {
      const parties = [names.asset(what.asset), names.accountOrNull(what.from), names.accountOrNull(what.to)];
      tokenRow.run(
        tx,
        index,
        ...parties,
        String(amount),
        place === null ? null : Number(place),
        step,
        flag(approximate),
      );
    });
    const eventRow = prepared(
      this.db,
      'INSERT INTO account_event (tx, place, emitter, name, fields, log_index, step) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    events.items.forEach(({ what, place, step }, index) => {
      const said = [names.account(what.emitter), what.name, JSON.stringify(what.fields)];
      eventRow.run(tx, index, ...said, place === null ? null : Number(place), step);
    });
  }
}
