/**
 * The case file's tables. Ground facts (body, file, block, tx, output, input, address, spend) only grow; tag packs may be retracted,
 * their bodies stay; derived tables (run and what hangs on it) can be dropped and rebuilt. Coverage is what sources stated of their own answers: it
 * decides no amount. STRICT tables, ids dense, hashes as 32-byte BLOBs in display order.
 *
 * `tx.order_height` and `tx.order_rank` are the one exception among the facts: they are computed from them (order.ts) whenever facts of that
 * height change, and give every transaction its place in the total order.
 */
import type Database from 'better-sqlite3';
import { ACCOUNT_SCHEMA } from './account.ts';
import { ACTOR_SCHEMA } from './actor.ts';
import { CLUSTER_ROOT_SCHEMA } from './cluster.ts';
import { bringUp, type FileKind, isCurrent } from './migrate.ts';
import { RUN_NOTE_SCHEMA } from './run-note.ts';
import { TAG_SCHEMA } from './tag.ts';
import { VERDICT_SCHEMA } from './verdict.ts';

/** "spor" as a big-endian number: tells a case file from any other SQLite file. */
export const APPLICATION_ID = 0x73706f72;

const FIRST_SCHEMA = `
CREATE TABLE body (
  sha256 BLOB PRIMARY KEY NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE file (
  sha256 BLOB PRIMARY KEY NOT NULL REFERENCES body(sha256), name TEXT NOT NULL, format TEXT NOT NULL, network TEXT NOT NULL,
  transactions INTEGER NOT NULL, blocks INTEGER NOT NULL, notes TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE address (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE block (
  hash BLOB PRIMARY KEY NOT NULL, height INTEGER, prev_hash BLOB, merkle_root BLOB, timestamp_sec INTEGER, transaction_count INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX block_height ON block(height);

CREATE TABLE tx (
  id INTEGER PRIMARY KEY, txid BLOB NOT NULL, height INTEGER, block_hash BLOB, position INTEGER, timestamp_sec INTEGER,
  seen_sec INTEGER, version INTEGER, lock_time INTEGER, coinbase INTEGER NOT NULL, fee INTEGER, alias TEXT,
  verified INTEGER NOT NULL DEFAULT 0, order_height INTEGER NOT NULL DEFAULT 0, order_rank INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tx_txid ON tx(txid);
CREATE INDEX tx_order ON tx(order_height, order_rank);
CREATE INDEX tx_block ON tx(block_hash);
CREATE INDEX tx_height ON tx(height, position);
CREATE TABLE tx_alias (name TEXT PRIMARY KEY NOT NULL, tx INTEGER NOT NULL REFERENCES tx(id)) STRICT, WITHOUT ROWID;

CREATE TABLE output (
  id INTEGER PRIMARY KEY, tx INTEGER NOT NULL REFERENCES tx(id), vout INTEGER NOT NULL, value INTEGER NOT NULL,
  script BLOB, address INTEGER REFERENCES address(id), spent INTEGER, spender_txid BLOB, UNIQUE (tx, vout)
) STRICT;
CREATE INDEX output_address ON output(address);

CREATE TABLE input (
  tx INTEGER NOT NULL REFERENCES tx(id), vin INTEGER NOT NULL, prev_txid BLOB, prev_vout INTEGER, prev_alias TEXT,
  prev_output INTEGER REFERENCES output(id), value INTEGER, prev_script BLOB, prev_address INTEGER REFERENCES address(id),
  script_sig BLOB, sequence INTEGER, witness TEXT, PRIMARY KEY (tx, vin)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX input_prev_output ON input(prev_output) WHERE prev_output IS NOT NULL;
CREATE INDEX input_open_txid ON input(prev_txid) WHERE prev_output IS NULL;
CREATE TABLE input_alias (
  name TEXT NOT NULL, tx INTEGER NOT NULL REFERENCES tx(id), vin INTEGER NOT NULL, PRIMARY KEY (name, tx, vin)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag_pack (
  sha256 BLOB PRIMARY KEY NOT NULL REFERENCES body(sha256), name TEXT NOT NULL, title TEXT NOT NULL, creator TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE tag (
  pack BLOB NOT NULL REFERENCES tag_pack(sha256), place INTEGER NOT NULL, subject TEXT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (pack, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX tag_subject ON tag(subject);

CREATE TABLE run (
  id TEXT PRIMARY KEY NOT NULL, verb TEXT NOT NULL, engine TEXT NOT NULL, params TEXT NOT NULL, tip_height INTEGER NOT NULL,
  tip_hash TEXT, inputs TEXT NOT NULL, seeds TEXT NOT NULL, sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE run_seed (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, label INTEGER NOT NULL, output INTEGER NOT NULL REFERENCES output(id),
  PRIMARY KEY (run, label, output)
) STRICT, WITHOUT ROWID;
CREATE TABLE taint_book (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, rule TEXT NOT NULL, label INTEGER NOT NULL,
  seeded TEXT NOT NULL, held TEXT NOT NULL, fee TEXT NOT NULL, stopped TEXT NOT NULL, cut TEXT NOT NULL, burned TEXT NOT NULL,
  unresolved TEXT NOT NULL, PRIMARY KEY (run, rule, label)
) STRICT, WITHOUT ROWID;
CREATE TABLE taint_place (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, rule TEXT NOT NULL, output INTEGER NOT NULL REFERENCES output(id),
  label INTEGER NOT NULL, amount INTEGER NOT NULL, hops INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT,
  PRIMARY KEY (run, rule, output, label)
) STRICT, WITHOUT ROWID;
CREATE TABLE taint_fee (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, rule TEXT NOT NULL, tx INTEGER NOT NULL REFERENCES tx(id),
  label INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (run, rule, tx, label)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_gap (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, place INTEGER NOT NULL, kind TEXT NOT NULL, output INTEGER, tx INTEGER NOT NULL,
  value INTEGER NOT NULL, PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;
`;

/**
 * What a rollback must know of a file: the lowest and highest height it tells of (null when part of it has none, or for files of before this step) and
 * the block hashes and txids it tells of that were undone, as JSON. Blocks are found by their parent.
 */
const ROLLBACK = `
ALTER TABLE file ADD COLUMN min_height INTEGER;
ALTER TABLE file ADD COLUMN max_height INTEGER;
ALTER TABLE file ADD COLUMN undone TEXT NOT NULL DEFAULT '[]';
CREATE INDEX block_parent ON block(prev_hash);
`;

/**
 * A body may stay outside the case: then `bytes` is empty, `size` is that of the body, and the digest says which file it is. A file that was read in part
 * only (its load was stopped) is not complete: reading it again goes on.
 */
const BODIES_BY_REFERENCE = `
ALTER TABLE body ADD COLUMN outside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN complete INTEGER NOT NULL DEFAULT 1;
`;

/** Indexes that a load into an empty case makes at its end, as the steps above made them: sorted once they cost a fraction of row by row. */
const LATE_INDEXES: Readonly<Record<string, string>> = {
  tx_txid: 'ON tx(txid)',
  tx_order: 'ON tx(order_height, order_rank)',
  tx_block: 'ON tx(block_hash)',
  tx_height: 'ON tx(height, position)',
  output_address: 'ON output(address)',
  input_prev_output: 'ON input(prev_output) WHERE prev_output IS NOT NULL',
  input_open_txid: 'ON input(prev_txid) WHERE prev_output IS NULL',
};
const UNIQUE_INDEXES = ['input_prev_output'];

/** Takes the late indexes away. */
export function dropLateIndexes(db: Database.Database): void {
  for (const name of Object.keys(LATE_INDEXES)) db.exec(`DROP INDEX IF EXISTS ${name}`);
}

/** Whether a load that was killed left the case without them. */
export function lacksLateIndexes(db: Database.Database): boolean {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'").pluck().all();
  return Object.keys(LATE_INDEXES).some((name) => !names.includes(name));
}

/** Makes the late indexes that are missing: at the end of a load, or after one that was killed. */
export function makeLateIndexes(db: Database.Database): void {
  for (const [name, on] of Object.entries(LATE_INDEXES)) {
    db.exec(`CREATE ${UNIQUE_INDEXES.includes(name) ? 'UNIQUE INDEX' : 'INDEX'} IF NOT EXISTS ${name} ${on}`);
  }
}

/**
 * What sources said is whole (coverage), and which outputs they said are spent by whom (spend; the transaction that made the output may come later).
 */
const COVERAGE_SCHEMA = `
CREATE TABLE coverage (
  kind TEXT NOT NULL, subject TEXT NOT NULL, source TEXT NOT NULL, host TEXT NOT NULL, from_height INTEGER NOT NULL, to_height INTEGER,
  stated INTEGER, held INTEGER NOT NULL, complete INTEGER NOT NULL, tip_height INTEGER, tip_hash BLOB, as_of_sec INTEGER,
  PRIMARY KEY (kind, subject, source, host, from_height)
) STRICT, WITHOUT ROWID;
CREATE TABLE spend (
  txid BLOB NOT NULL, vout INTEGER NOT NULL, spender BLOB NOT NULL, PRIMARY KEY (txid, vout)
) STRICT, WITHOUT ROWID;
`;

/** Where an order rule lost the places of the satoshi on an output: null, `here` or `before`. */
const COARSE_PLACES = 'ALTER TABLE taint_place ADD COLUMN coarse TEXT;';

/**
 * Runs of clustering. Members are numbered by first appearance; `core` and `extended` are the number of the first member of the cluster (extended is null in a
 * run without change heuristics). A link says that by a heuristic, in a transaction, the members in `members` (4 bytes each, little-endian) have one controller.
 */
const CLUSTER_SCHEMA = `
CREATE TABLE cluster_member (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, member INTEGER NOT NULL, address TEXT NOT NULL, core INTEGER NOT NULL,
  extended INTEGER, PRIMARY KEY (run, member)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX cluster_member_address ON cluster_member(run, address);
CREATE INDEX cluster_member_core ON cluster_member(run, core) WHERE core <> member;
CREATE INDEX cluster_member_extended ON cluster_member(run, extended) WHERE extended <> member;
CREATE TABLE cluster_link (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, place INTEGER NOT NULL, heuristic TEXT NOT NULL, tx INTEGER NOT NULL REFERENCES tx(id),
  members BLOB NOT NULL, PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE cluster_note (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, name TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
`;

/** States of traces at earlier tips (checkpoint-table.ts). */
const CHECKPOINTS = `
CREATE TABLE taint_checkpoint (
  question TEXT NOT NULL, height INTEGER NOT NULL, facts TEXT NOT NULL, state_hash TEXT NOT NULL, digest TEXT NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY (question, height)
) STRICT;
`;

/**
 * The envelope of a run (taint, bounds.ts): bounds of a label, or of all together (-1), on an output as it was made, and of what of it came to rest there;
 * null where none can.
 */
const BOUND_SCHEMA = `
CREATE TABLE taint_bound (
  run TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, output INTEGER NOT NULL REFERENCES output(id), label INTEGER NOT NULL,
  status TEXT NOT NULL, made_lower INTEGER NOT NULL, made_upper INTEGER NOT NULL, rest_lower INTEGER, rest_upper INTEGER,
  PRIMARY KEY (run, output, label)
) STRICT, WITHOUT ROWID;
`;

/** Step n brings a file from schema version n to n + 1. Published steps never change. */
export const MIGRATIONS: readonly string[] = [
  FIRST_SCHEMA,
  ROLLBACK,
  BODIES_BY_REFERENCE,
  COVERAGE_SCHEMA,
  COARSE_PLACES,
  CLUSTER_SCHEMA,
  CHECKPOINTS,
  BOUND_SCHEMA,
  TAG_SCHEMA,
  ACCOUNT_SCHEMA,
  RUN_NOTE_SCHEMA,
  VERDICT_SCHEMA,
  ACTOR_SCHEMA,
  CLUSTER_ROOT_SCHEMA,
];

/** Schema version this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

const CASE_FILE: FileKind = { applicationId: APPLICATION_ID, steps: MIGRATIONS, what: 'case' };

/** Brings a case file to the current schema in one transaction. Throws CASE_NEWER, CASE_UNREADABLE. */
export function migrate(db: Database.Database, file: string): void {
  bringUp(db, file, CASE_FILE);
}

/** Whether a case that is open still has the schema this program writes. */
export function isCurrentCase({ db }: { readonly db: Database.Database }): boolean {
  return isCurrent(db, CASE_FILE);
}
