/**
 * The one delete of ground facts: everything above a height, when the chain was reorganised. What is undone is found first (blocks above the height, their
 * transactions, and transactions without a height that spend those), then the files that told of it, then rows go in one transaction. Rows that stay lose
 * nothing: whatever spends an undone output is undone itself, and linking writes only to the spender.
 *
 * Cost: linear in what goes, and one pass over the inputs and the aliases that stay, which have no index by address and transaction.
 */
import { SpoorError, txId } from '../ledger/index.ts';
import { accountChainOf } from './account/network.ts';
import { blob, flag, hex } from './bytes.ts';
import type { FileSpan } from './fact.ts';
import { type CaseStore, inOneTransaction } from './open.ts';
import { settleOrder } from './order.ts';

/** What a rollback takes out: hashes and txids, hex. */
export interface Undone {
  readonly height: number;
  readonly blocks: ReadonlySet<string>;
  readonly transactions: ReadonlySet<string>;
}

/** Rows that went. */
export interface Removed {
  readonly blocks: number;
  readonly transactions: number;
  readonly runs: number;
}

/** A file with the heights it tells of and what of it was undone before. */
export interface FileReach {
  readonly sha256: string;
  readonly name: string;
  readonly format: string;
  readonly network: string;
  readonly minHeight: number | null;
  readonly maxHeight: number | null;
  readonly undone: readonly string[];
}

/**
 * Runs `work` in one transaction that checks no links between rows: whole trees of rows go, and each single check would search a table.
 * What `work` leaves must be whole again.
 */
export function withLooseLinks<T>(store: CaseStore, work: () => T): T {
  store.db.pragma('foreign_keys = OFF');
  try {
    return inOneTransaction(store, work);
  } finally {
    store.db.pragma('foreign_keys = ON');
  }
}

/** Marks what lies above a height in tables that live as long as the connection. Must run inside `withLooseLinks`. */
export function findUndone(store: CaseStore, height: number): Undone {
  const { db } = store;
  db.exec(`DROP TABLE IF EXISTS temp.undone_block; DROP TABLE IF EXISTS temp.undone_tx; DROP TABLE IF EXISTS temp.undone_address;
    CREATE TEMP TABLE undone_block (hash BLOB PRIMARY KEY); CREATE TEMP TABLE undone_tx (id INTEGER PRIMARY KEY, txid BLOB);
    CREATE TEMP TABLE undone_address (id INTEGER PRIMARY KEY)`);
  db.prepare('INSERT INTO undone_block SELECT hash FROM block WHERE height > ?').run(height);
  db.prepare('INSERT INTO undone_tx SELECT id, txid FROM tx WHERE height > ?').run(height);
  const more = [
    'INSERT OR IGNORE INTO undone_tx SELECT id, txid FROM tx WHERE block_hash IN (SELECT hash FROM undone_block)',
    `INSERT OR IGNORE INTO undone_tx SELECT s.id, s.txid FROM undone_tx u JOIN output o ON o.tx = u.id
     JOIN input i ON i.prev_output = o.id JOIN tx s ON s.id = i.tx`,
    `INSERT OR IGNORE INTO undone_block SELECT block_hash FROM tx
     WHERE id IN (SELECT id FROM undone_tx) AND block_hash IS NOT NULL`,
  ].map((sql) => db.prepare(sql));
  while (more.reduce((changes, statement) => changes + statement.run().changes, 0) > 0);
  const list = (sql: string): Set<string> =>
    new Set((db.prepare(sql).pluck().all() as Buffer[]).map((one) => hex(one)));
  return {
    height,
    blocks: list('SELECT hash FROM undone_block'),
    transactions: list('SELECT txid FROM undone_tx'),
  };
}

/** Files with the heights they tell of, by name and digest: of Bitcoin, of the account chain, or all. */
export function fileReaches(store: CaseStore, chain: 'bitcoin' | 'accounts' | 'all'): FileReach[] {
  const rows = store.db
    .prepare(
      `SELECT sha256, name, format, network, min_height AS minHeight, max_height AS maxHeight, undone FROM file
       ORDER BY name, sha256`,
    )
    .all() as Array<Omit<FileReach, 'sha256' | 'undone'> & { sha256: Buffer; undone: string }>;
  const isAsked = ({ network }: { network: string }): boolean =>
    chain === 'all' || (accountChainOf(network) !== null) === (chain === 'accounts');
  return rows
    .filter(isAsked)
    .map((row) => ({ ...row, sha256: hex(row.sha256), undone: JSON.parse(row.undone) as string[] }));
}

/** What of one file was undone: block hashes and txids; none for a file that is not in the case. */
export function undoneOf(store: CaseStore, sha256: string): string[] {
  const text = store.db.prepare('SELECT undone FROM file WHERE sha256 = ?').pluck().get(blob(sha256));
  return JSON.parse((text as string | undefined) ?? '[]') as string[];
}

/** Whether a block hash or a txid is that of a block or a transaction of the case. */
export function holdsBlockOrTransaction(store: CaseStore, name: string): boolean {
  const found = store.db
    .prepare(
      'SELECT 1 FROM block WHERE hash = ?1 UNION ALL SELECT 1 FROM tx WHERE txid = ?1 OR block_hash = ?1 LIMIT 1',
    )
    .get({ 1: blob(name) });
  return found !== undefined;
}

/** Heights of transactions that stay and are said to be spent by one that goes. */
export function stampedHeights(store: CaseStore): Array<number | null> {
  return store.db
    .prepare(
      `SELECT DISTINCT t.height FROM output o JOIN tx t ON t.id = o.tx
       WHERE o.spender_txid IN (SELECT txid FROM undone_tx) AND t.id NOT IN (SELECT id FROM undone_tx)`,
    )
    .pluck()
    .all() as Array<number | null>;
}

/** Takes files out with their bodies; a body that is a tag pack as well stays. */
export function dropFiles(store: CaseStore, digests: Iterable<string>): void {
  const file = store.db.prepare('DELETE FROM file WHERE sha256 = ?');
  const body = store.db.prepare(
    'DELETE FROM body WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM tag_pack WHERE sha256 = ?1)',
  );
  for (const digest of digests) {
    file.run(blob(digest));
    body.run({ 1: blob(digest) });
  }
}

/** Notes what of a file is no longer believed; its body stays as the record of what was said. Without `span` it is read to know what it tells of. */
export function cutFile(
  store: CaseStore,
  file: {
    readonly sha256: string;
    readonly undone: readonly string[];
    readonly transactions: number;
    readonly blocks: number;
    readonly note: string;
    readonly span?: FileSpan;
  },
): void {
  const { minHeight = null, maxHeight = null } = file.span ?? {};
  store.db
    .prepare(
      `UPDATE file SET undone = ?, transactions = ?, blocks = ?, notes = json_insert(notes, '$[#]', ?), min_height = ?,
       max_height = ? WHERE sha256 = ?`,
    )
    .run(
      JSON.stringify(file.undone),
      file.transactions,
      file.blocks,
      file.note,
      minHeight,
      maxHeight,
      blob(file.sha256),
    );
}

/** Deletes what `findUndone` marked, with every run that rests on it, and orders anew the heights that stay. */
export function deleteUndone(store: CaseStore, { height }: Undone): Removed {
  const { db } = store;
  const runs = deleteRuns(store, height);
  db.prepare('DELETE FROM taint_checkpoint WHERE height > ?').run(height);
  const gone = '(SELECT id FROM undone_tx)';
  db.exec(`INSERT OR IGNORE INTO undone_address SELECT address FROM output WHERE address IS NOT NULL AND tx IN ${gone};
    INSERT OR IGNORE INTO undone_address SELECT prev_address FROM input WHERE prev_address IS NOT NULL AND tx IN ${gone}`);
  const resettled = db
    .prepare(`SELECT DISTINCT order_height FROM tx WHERE id IN ${gone} AND order_height <= ?`)
    .pluck()
    .all(height) as number[];
  for (const table of ['input_alias', 'tx_alias', 'input', 'output'])
    db.exec(`DELETE FROM ${table} WHERE tx IN ${gone}`);
  const transactions = db.prepare(`DELETE FROM tx WHERE id IN ${gone}`).run().changes;
  const blocks = db.prepare('DELETE FROM block WHERE hash IN (SELECT hash FROM undone_block)').run().changes;
  db.exec(`DELETE FROM undone_address WHERE id IN (SELECT address FROM output WHERE address IN (SELECT id FROM undone_address));
    DELETE FROM undone_address WHERE id IN (SELECT prev_address FROM input WHERE prev_address IN (SELECT id FROM undone_address));
    DELETE FROM address WHERE id IN (SELECT id FROM undone_address)`);
  orderAnew(store, resettled);
  return { blocks, transactions, runs };
}

/** A transaction without a height leaves a gap in the ranks of the height it was ordered at. */
function orderAnew(store: CaseStore, heights: readonly number[]): void {
  const any = store.db.prepare('SELECT id FROM tx WHERE order_height = ? LIMIT 1').pluck();
  const touched = heights.flatMap((height) => (any.get(height) as number | undefined) ?? []);
  settleOrder(store, new Set(touched.map(txId)));
}

/** Runs whose tip lies above the height, or that hold an undone output or transaction. Returns how many went. */
function deleteRuns(store: CaseStore, height: number): number {
  const { db } = store;
  const tables = tablesOfRuns(store);
  const doomed = new Set(
    db.prepare(`SELECT id FROM run WHERE tip_height > ? AND NOT ${ON_ACCOUNTS}`).pluck().all(height) as string[],
  );
  const gone = {
    output: '(SELECT id FROM output WHERE tx IN (SELECT id FROM undone_tx))',
    tx: '(SELECT id FROM undone_tx)',
  };
  for (const table of tables) {
    const columns = (db.pragma(`table_info(${table})`) as Array<{ name: string }>).map(({ name }) => name);
    for (const column of ['output', 'tx'] as const) {
      if (!columns.includes(column)) continue;
      const held = db.prepare(`SELECT DISTINCT run FROM ${table} WHERE ${column} IN ${gone[column]}`).pluck().all();
      for (const run of held as string[]) doomed.add(run);
    }
  }
  dropRuns(store, doomed);
  return doomed.size;
}

/** Whether a run is over the account chain of the case, whose heights are no heights of Bitcoin. */
const ON_ACCOUNTS = "coalesce(json_extract(params, '$.chain') = 'ethereum', 0)";

function tablesOfRuns({ db }: CaseStore): string[] {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[];
  return tables.filter((table) =>
    (db.pragma(`foreign_key_list(${table})`) as Array<{ table: string }>).some((key) => key.table === 'run'),
  );
}

function dropRuns(store: CaseStore, ids: Iterable<string>): void {
  for (const run of ids) {
    for (const table of tablesOfRuns(store)) store.db.prepare(`DELETE FROM ${table} WHERE run = ?`).run(run);
    store.db.prepare('DELETE FROM run WHERE id = ?').run(run);
  }
}

/** Deletes the runs over the account chain: what they rest on is read anew, and gets other numbers. */
export function deleteAccountRuns(store: CaseStore): number {
  const ids = store.db.prepare(`SELECT id FROM run WHERE ${ON_ACCOUNTS}`).pluck().all() as string[];
  dropRuns(store, ids);
  return ids.length;
}

/** What all files together say of an output being spent. */
export interface SpentStatement {
  readonly txid: string;
  readonly vout: number;
  readonly spent: boolean | null;
  readonly spenderTxid: string | null;
}

/** Writes anew what is said of outputs being spent, after a file that said it lost belief. Throws when the output is not there: a bug. */
export function restateSpent(store: CaseStore, statements: Iterable<SpentStatement>): void {
  const write = store.db.prepare(
    'UPDATE output SET spent = ?, spender_txid = ? WHERE vout = ? AND tx IN (SELECT id FROM tx WHERE txid = ?)',
  );
  for (const { txid, vout, spent, spenderTxid } of statements) {
    const { changes } = write.run(flag(spent), blob(spenderTxid), vout, blob(txid));
    if (changes === 0) throw new SpoorError('CASE_UNREADABLE', `no output ${txid}:${vout} is in the case`);
  }
}
