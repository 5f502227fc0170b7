/** The SQL that a view reads with. Order is always the total order of the facts, never that of rows. */
import type Database from 'better-sqlite3';

/** Row of a statement below. */
export interface TxRow {
  id: number;
  txid: Buffer;
  height: number | null;
  block_hash: Buffer | null;
  position: number | null;
  timestamp_sec: number | null;
  seen_sec: number | null;
  coinbase: number;
  verified: number;
  order_height: number;
  order_rank: number;
}
/** Row of a statement below. */
export interface InputRow {
  prev_txid: Buffer | null;
  prev_vout: number | null;
  prev_alias: string | null;
  prev_output: number | null;
  value: number | null;
  prev_address: number | null;
  address: string | null;
  vin: number;
}
/** Row of a statement below. */
export interface OutputRow {
  id: number;
  tx: number;
  vout: number;
  value: number;
  script: Buffer | null;
  address_id: number | null;
  address: string | null;
  spent: number | null;
  claimed: number;
  spender_txid: Buffer | null;
  spender: number | null;
  order_height: number | null;
  order_rank: number | null;
  txid: Buffer;
}

/**
 * An input of the case that names the transaction but not the output (WalletExplorer gives no vout), and fits more than one: the output may be
 * what it spends, so it must not pass for unspent.
 */
const CLAIMED = `EXISTS (SELECT 1 FROM input q WHERE q.prev_output IS NULL AND q.prev_txid = t.txid AND q.prev_vout IS NULL
  AND (q.value IS NULL OR q.value = o.value) AND (q.prev_address IS NULL OR o.address IS NULL OR q.prev_address = o.address)) AS claimed`;

const OUTPUT_COLUMNS = `${CLAIMED}, o.id, o.tx, o.vout, o.value, o.script, o.address AS address_id, a.text AS address, o.spent, o.spender_txid, t.txid,
  i.tx AS spender, s.order_height, s.order_rank
  FROM output o JOIN tx t ON t.id = o.tx LEFT JOIN address a ON a.id = o.address
  LEFT JOIN input i ON i.prev_output = o.id LEFT JOIN tx s ON s.id = i.tx`;

type Read<Parameters extends unknown[], Row> = Database.Statement<Parameters, Row>;

/** A block's height and hash. */
export interface TipRow {
  height: number;
  hash: Buffer | null;
}

/** Statements of one open case; those that give a single number are plucked. */
export interface ViewStatements {
  readonly tx: Read<[number], TxRow>;
  readonly inputs: Read<[number], InputRow>;
  readonly outputs: Read<[number], OutputRow>;
  readonly output: Read<[number], OutputRow>;
  readonly byTxid: Read<[Buffer], number>;
  readonly byOutpoint: Read<[Buffer, number], number>;
  readonly byAddress: Read<[string], number>;
  readonly spender: Read<[number], number>;
  readonly address: Read<[string], number>;
  readonly tip: Read<[], TipRow>;
  readonly blockTip: Read<[], TipRow>;
  readonly blockMembers: Read<[number], number>;
  readonly blockCount: Read<[number], number | null>;
  readonly all: Read<[], number>;
  readonly count: Read<[], number>;
}

/** Prepares the statements, once per open case. */
export function viewStatements(db: Database.Database): ViewStatements {
  return {
    tx: db.prepare<[number], TxRow>('SELECT * FROM tx WHERE id = ?'),
    inputs: db.prepare<[number], InputRow>(
      `SELECT i.vin, i.prev_txid, i.prev_vout, i.prev_alias, i.prev_output, i.value, i.prev_address, a.text AS address
         FROM input i LEFT JOIN address a ON a.id = i.prev_address WHERE i.tx = ? ORDER BY i.vin`,
    ),
    outputs: db.prepare<[number], OutputRow>(`SELECT ${OUTPUT_COLUMNS} WHERE o.tx = ? ORDER BY o.vout`),
    output: db.prepare<[number], OutputRow>(`SELECT ${OUTPUT_COLUMNS} WHERE o.id = ?`),
    byTxid: db.prepare<[Buffer], number>('SELECT id FROM tx WHERE txid = ? ORDER BY order_height, order_rank').pluck(),
    byOutpoint: db
      .prepare<[Buffer, number], number>(
        'SELECT o.id FROM tx t JOIN output o ON o.tx = t.id WHERE t.txid = ? AND o.vout = ? ORDER BY t.order_height DESC',
      )
      .pluck(),
    byAddress: db
      .prepare<[string], number>(
        `SELECT o.id FROM address a JOIN output o ON o.address = a.id JOIN tx t ON t.id = o.tx WHERE a.text = ?
         ORDER BY t.order_height, t.order_rank, o.vout`,
      )
      .pluck(),
    spender: db.prepare<[number], number>('SELECT tx FROM input WHERE prev_output = ?').pluck(),
    address: db.prepare<[string], number>('SELECT id FROM address WHERE text = ?').pluck(),
    tip: db.prepare<[], TipRow>(
      `SELECT t.height, coalesce(t.block_hash, b.hash) AS hash FROM tx t LEFT JOIN block b ON b.height = t.height
         WHERE t.height IS NOT NULL ORDER BY t.height DESC, t.block_hash IS NULL, t.block_hash LIMIT 1`,
    ),
    blockTip: db.prepare<[], TipRow>(
      'SELECT height, hash FROM block WHERE height IS NOT NULL ORDER BY height DESC, hash LIMIT 1',
    ),
    blockMembers: db.prepare<[number], number>('SELECT id FROM tx WHERE height = ? ORDER BY order_rank').pluck(),
    blockCount: db.prepare<[number], number | null>('SELECT transaction_count FROM block WHERE height = ?').pluck(),
    all: db.prepare<[], number>('SELECT id FROM tx ORDER BY order_height, order_rank').pluck(),
    count: db.prepare<[], number>('SELECT count(*) FROM tx').pluck(),
  };
}
