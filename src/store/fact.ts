/** Recorded bodies, the files they came as, and block headers. Bodies are kept whole, by SHA-256: every fact can be read again. */
import Database from 'better-sqlite3';
import { type BlockRecord, blockHash, SpoorError } from '../ledger/index.ts';
import { blob, flag, hex } from './bytes.ts';
import type { CaseStore } from './open.ts';
import { plucked, prepared } from './statement.ts';

/** A file the case was fed. `sha256` is hex of its bytes as they were on disk. */
export interface StoredFile {
  readonly sha256: string;
  readonly name: string;
  readonly format: string;
  readonly network: string;
  readonly transactions: number;
  readonly blocks: number;
  readonly notes: readonly string[];
  /** Whether all of it was read; false while a long load is under way, or was stopped. */
  readonly complete: boolean;
  /** Whether its bytes are outside the case. */
  readonly outside: boolean;
  /** Bytes of its body. */
  readonly size: number;
}

/** Keeps a body; keeping it again changes nothing. */
export function putBody(store: CaseStore, sha256: string, bytes: Uint8Array): void {
  store.db
    .prepare(
      `INSERT INTO body (sha256, size, bytes) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET bytes = excluded.bytes, outside = 0 WHERE outside = 1`,
    )
    .run(blob(sha256), bytes.length, bytes);
}

/** Notes a body that stays outside the case; one that is inside stays inside. */
export function putOutsideBody(store: CaseStore, sha256: string, sizeBytes: number): void {
  store.db
    .prepare("INSERT OR IGNORE INTO body (sha256, size, bytes, outside) VALUES (?, ?, x'', 1)")
    .run(blob(sha256), sizeBytes);
}

/** Bytes of a body, or null where it is outside the case or unknown. */
export function getBody(store: CaseStore, sha256: string): Buffer | null {
  const row = store.db.prepare('SELECT bytes FROM body WHERE sha256 = ? AND outside = 0').pluck().get(blob(sha256));
  return (row as Buffer | undefined) ?? null;
}

/** Every body inside the case with its digest as stored, for verification. */
export function* bodies(store: CaseStore): Iterable<{ sha256: string; bytes: Buffer }> {
  const digests = store.db
    .prepare('SELECT sha256 FROM body WHERE outside = 0 ORDER BY sha256')
    .pluck()
    .all() as Buffer[];
  const bytesOf = store.db.prepare('SELECT bytes FROM body WHERE sha256 = ?').pluck();
  for (const digest of digests) yield { sha256: hex(digest), bytes: bytesOf.get(digest) as Buffer };
}

/** Whether a file with these bytes was ingested before, whole. */
export function hasFile(store: CaseStore, sha256: string): boolean {
  return store.db.prepare('SELECT 1 FROM file WHERE sha256 = ? AND complete = 1').get(blob(sha256)) !== undefined;
}

/** Heights a file tells of, lowest and highest; null when part of what it tells has none. */
export interface FileSpan {
  readonly minHeight: number | null;
  readonly maxHeight: number | null;
}

/**
 * Notes that a file was ingested, or how far; one that was partly undone and now is believed whole again is noted anew. Its body must be noted before.
 */
export function putFile(store: CaseStore, file: Omit<StoredFile, 'outside' | 'size'> & FileSpan): void {
  prepared(
    store.db,
    `INSERT OR REPLACE INTO file (sha256, name, format, network, transactions, blocks, notes, complete, min_height, max_height)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    blob(file.sha256),
    file.name,
    file.format,
    file.network,
    file.transactions,
    file.blocks,
    JSON.stringify(file.notes),
    flag(file.complete),
    file.minHeight,
    file.maxHeight,
  );
}

/** Files in the order of their names, then digests: independent of when they came. */
export function files(store: CaseStore): StoredFile[] {
  const rows = prepared(
    store.db,
    `SELECT f.sha256, f.name, f.format, f.network, f.transactions, f.blocks, f.notes, f.complete, b.outside, b.size
     FROM file f JOIN body b ON b.sha256 = f.sha256 ORDER BY f.name, f.sha256`,
  ).all() as Array<
    Omit<StoredFile, 'sha256' | 'notes' | 'complete' | 'outside'> & {
      sha256: Buffer;
      notes: string;
      complete: number;
      outside: number;
    }
  >;
  return rows.map((row) => ({
    ...row,
    sha256: hex(row.sha256),
    notes: JSON.parse(row.notes) as string[],
    complete: row.complete === 1,
    outside: row.outside === 1,
  }));
}

interface BlockRow {
  hash: Buffer;
  height: number | null;
  prev_hash: Buffer | null;
  merkle_root: Buffer | null;
  timestamp_sec: number | null;
  transaction_count: number | null;
}

/** Keeps a block header; a second source may fill what the first left out, and is refused where it says otherwise. Throws SOURCES_DISAGREE. */
export function putBlock(store: CaseStore, block: BlockRecord): void {
  const found = prepared(store.db, 'SELECT * FROM block WHERE hash = ?').get(blob(block.hash)) as BlockRow | undefined;
  const before = found === undefined ? block : blockRecord(found);
  const merged = { ...block };
  for (const field of ['height', 'prevHash', 'merkleRoot', 'timestampSec', 'transactionCount'] as const) {
    if (before[field] !== null && block[field] !== null && before[field] !== block[field]) {
      throw new SpoorError('SOURCES_DISAGREE', `another source has ${before[field]}, this one ${block[field]}`, {
        record: `block ${block.hash}`,
        field,
      });
    }
    Object.assign(merged, { [field]: block[field] ?? before[field] });
  }
  prepared(
    store.db,
    'INSERT OR REPLACE INTO block (hash, height, prev_hash, merkle_root, timestamp_sec, transaction_count) VALUES (?, ?, ?, ?, ?, ?)',
  ).run(
    blob(merged.hash),
    merged.height,
    blob(merged.prevHash),
    blob(merged.merkleRoot),
    merged.timestampSec,
    merged.transactionCount,
  );
}

function blockRecord(row: BlockRow): BlockRecord {
  return {
    hash: blockHash(hex(row.hash)),
    height: row.height,
    prevHash: row.prev_hash === null ? null : blockHash(hex(row.prev_hash)),
    merkleRoot: hex(row.merkle_root),
    timestampSec: row.timestamp_sec,
    transactionCount: row.transaction_count,
  };
}

/**
 * Whether a block is in the case as its bytes tell it: every transaction proven, every script and witness kept, and, where `withSpent`, the value and script
 * of every output it spends.
 */
export function holdsWholeBlock(
  store: CaseStore,
  block: { hash: string; transactionCount: number; withSpent: boolean },
): boolean {
  const held = store.db.prepare('SELECT count(*) FROM tx WHERE block_hash = ? AND verified = 1').pluck();
  if (held.get(blob(block.hash)) !== block.transactionCount) return false;
  const lacking = store.db.prepare(
    `SELECT 1 FROM tx t JOIN input i ON i.tx = t.id WHERE t.block_hash = ? AND (i.witness IS NULL OR
     (? = 1 AND t.coinbase = 0 AND (i.value IS NULL OR i.prev_script IS NULL))) LIMIT 1`,
  );
  return lacking.get(blob(block.hash), flag(block.withSpent)) === undefined;
}

/** Every block header, by height then hash. */
export function blocks(store: CaseStore): BlockRecord[] {
  return (prepared(store.db, 'SELECT * FROM block ORDER BY height, hash').all() as BlockRow[]).map(blockRecord);
}

/**
 * Fills height and time of transactions whose block header is known: the transactions given, and all of the blocks given. Returns the rows that
 * changed. Throws SOURCES_DISAGREE when a transaction has another height or time than its block.
 */
export function placeByBlock(
  store: CaseStore,
  given: { transactions: Iterable<number>; blocks: Iterable<string> },
): Set<number> {
  const members = plucked(store.db, 'SELECT id FROM tx WHERE block_hash = ?');
  const rows = new Set<number>(given.transactions);
  for (const hash of given.blocks) for (const row of members.all(blob(hash)) as number[]) rows.add(row);
  const wrong = prepared(
    store.db,
    `SELECT t.txid, t.height, b.height AS block_height FROM tx t JOIN block b ON b.hash = t.block_hash
     WHERE t.id = ? AND (t.height <> b.height OR t.timestamp_sec <> b.timestamp_sec)`,
  );
  const fill = prepared(
    store.db,
    `UPDATE tx SET height = coalesce(tx.height, b.height), timestamp_sec = coalesce(tx.timestamp_sec, b.timestamp_sec) FROM block b
     WHERE tx.id = ? AND b.hash = tx.block_hash AND ((tx.height IS NULL AND b.height IS NOT NULL)
       OR (tx.timestamp_sec IS NULL AND b.timestamp_sec IS NOT NULL))`,
  );
  const changed = new Set<number>();
  for (const row of rows) {
    const found = wrong.get(row) as { txid: Buffer; height: number | null; block_height: number | null } | undefined;
    if (found !== undefined) {
      throw new SpoorError(
        'SOURCES_DISAGREE',
        `it is said to be at height ${found.height}, its block at ${found.block_height}, or their times differ`,
        {
          record: `transaction ${hex(found.txid)}`,
          field: 'height',
        },
      );
    }
    if (fill.run(row).changes > 0) changed.add(row);
  }
  return changed;
}

/** Marks transactions as proven by their own bytes. */
export function markVerified(store: CaseStore, tx: number): void {
  prepared(store.db, 'UPDATE tx SET verified = 1 WHERE id = ?').run(tx);
}

/** Keeps the fee of a transaction, in satoshi. */
export function setFee(store: CaseStore, tx: number, feeSat: number): void {
  prepared(store.db, 'UPDATE tx SET fee = ? WHERE id = ?').run(feeSat, tx);
}

/** Greatest height whose block (or first sighting, where no block time is known) is not after `timeSec`; -1 when there is none. */
export function heightAt(store: CaseStore, timeSec: number): number {
  const height = plucked(store.db, 'SELECT max(height) FROM tx WHERE coalesce(timestamp_sec, seen_sec) <= ?').get(
    timeSec,
  );
  return (height as number | null) ?? -1;
}

/** Counts a report states about the whole case. */
export interface FactCounts {
  readonly transactions: number;
  readonly verified: number;
  readonly inputs: number;
  /** Inputs linked to the output they spend; those of coinbases spend none and are not counted. */
  readonly linkedInputs: number;
}

/** Counts the facts of a case. */
export function factCounts(store: CaseStore): FactCounts {
  const one = (sql: string): number => plucked(store.db, sql).get() as number;
  return {
    transactions: one('SELECT count(*) FROM tx'),
    verified: one('SELECT count(*) FROM tx WHERE verified = 1'),
    inputs: one('SELECT count(*) FROM input i JOIN tx t ON t.id = i.tx WHERE t.coinbase = 0'),
    linkedInputs: one('SELECT count(*) FROM input WHERE prev_output IS NOT NULL'),
  };
}

/** Rows of the first verified transactions in total order. */
export function verifiedTransactions(store: CaseStore, limit: number): number[] {
  return plucked(store.db, 'SELECT id FROM tx WHERE verified = 1 ORDER BY order_height, order_rank LIMIT ?').all(
    limit,
  ) as number[];
}

/** Txids of a block in order when every position from 0 is held, else null. */
export function wholeBlockTxids(store: CaseStore, hash: string): string[] | null {
  const rows = prepared(store.db, 'SELECT txid, position FROM tx WHERE block_hash = ? ORDER BY position').all(
    blob(hash),
  ) as Array<{ txid: Buffer; position: number | null }>;
  return rows.every(({ position }, index) => position === index) ? rows.map((row) => hex(row.txid)) : null;
}

/** What SQLite itself finds wrong with the file: damaged pages, rows that point to rows that are not there. */
export function databaseProblems(store: CaseStore): string[] {
  const integrity = (store.db.pragma('integrity_check') as Array<{ integrity_check: string }>).map(
    (row) => row.integrity_check,
  );
  const foreign = store.db.pragma('foreign_key_check') as unknown[];
  const problems = integrity.filter((line) => line !== 'ok');
  return foreign.length === 0 ? problems : [...problems, `${foreign.length} rows point to rows that are not there`];
}

/** Version of the SQLite library in use; opening it at all is the test. */
export function sqliteVersion(): string {
  const db = new Database(':memory:');
  const version = db.prepare('SELECT sqlite_version()').pluck().get() as string;
  db.close();
  return version;
}
