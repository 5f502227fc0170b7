/**
 * What is whole, from whom, and at which best block it was true. A row is a statement of a source about its own answer: it decides no amount, it
 * says how far a result can be relied on.
 */
import { blob, hex } from '../bytes.ts';
import type { CaseStore } from '../open.ts';

/** `blocks`: every transaction of a range of heights; `address`: the confirmed history; `outspends`: who spends a transaction's outputs. */
export type CoverageKind = 'blocks' | 'address' | 'outspends';

/** One statement. Heights are inclusive. */
export interface CoverageRow {
  readonly kind: CoverageKind;
  /** Address or txid; empty for blocks. */
  readonly subject: string;
  /** Kind of source, and its host. */
  readonly source: string;
  readonly host: string;
  readonly fromHeight: number;
  /** Null where the source's best block was not known. */
  readonly toHeight: number | null;
  /** How many the source says there are (blocks, transactions or outputs), null where it does not say; and how many came. */
  readonly stated: number | null;
  readonly held: number;
  readonly complete: boolean;
  /** Best block at which it was true. */
  readonly tip: { readonly height: number; readonly hash: string } | null;
  /** When it was answered, seconds since epoch. */
  readonly asOfSec: number | null;
}

interface Row {
  kind: CoverageKind;
  subject: string;
  source: string;
  host: string;
  from_height: number;
  to_height: number | null;
  stated: number | null;
  held: number;
  complete: number;
  tip_height: number | null;
  tip_hash: Buffer | null;
  as_of_sec: number | null;
}

function ofRow(row: Row): CoverageRow {
  const { kind, subject, source, host, stated, held } = row;
  return {
    kind,
    subject,
    source,
    host,
    fromHeight: row.from_height,
    toHeight: row.to_height,
    stated,
    held,
    complete: row.complete === 1,
    tip: row.tip_height === null || row.tip_hash === null ? null : { height: row.tip_height, hash: hex(row.tip_hash) },
    asOfSec: row.as_of_sec,
  };
}

function write({ db }: CaseStore, row: CoverageRow): void {
  db.prepare(
    `INSERT OR REPLACE INTO coverage (kind, subject, source, host, from_height, to_height, stated, held, complete, tip_height, tip_hash, as_of_sec)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    row.kind,
    row.subject,
    row.source,
    row.host,
    row.fromHeight,
    row.toHeight,
    row.stated,
    row.held,
    Number(row.complete),
    row.tip?.height ?? null,
    blob(row.tip?.hash ?? null),
    row.asOfSec,
  );
}

/** What is kept of two statements about one subject: a complete one, else the later; facts only grow, so what is held never shrinks. */
function better(kept: CoverageRow, coming: CoverageRow): CoverageRow {
  if (kept.complete && !coming.complete) return kept;
  const later = (kept.asOfSec ?? 0) > (coming.asOfSec ?? 0) && kept.complete === coming.complete ? kept : coming;
  return later.complete ? later : { ...later, held: Math.max(kept.held, coming.held) };
}

/** Keeps a statement. Complete ranges of blocks of one source that touch or overlap become one; of two about one subject the better stays. */
export function putCoverage(store: CaseStore, row: CoverageRow): void {
  const own = coverageOf(store, row.kind, row.subject).filter(
    ({ source, host }) => source === row.source && host === row.host,
  );
  if (row.kind !== 'blocks') {
    write(store, own.length === 0 ? row : better(own[0], row));
    return;
  }
  const remove = store.db.prepare(
    `DELETE FROM coverage WHERE kind = 'blocks' AND source = ? AND host = ? AND from_height = ?`,
  );
  let merged = row;
  for (const kept of row.complete ? own : []) {
    const touches =
      kept.complete &&
      kept.fromHeight <= (merged.toHeight ?? merged.fromHeight) + 1 &&
      (kept.toHeight ?? kept.fromHeight) >= merged.fromHeight - 1;
    if (!touches) continue;
    remove.run(row.source, row.host, kept.fromHeight);
    merged = union(kept, merged);
  }
  write(store, merged);
}

/** Two complete ranges that touch as one, true at the later of their tips. */
function union(a: CoverageRow, b: CoverageRow): CoverageRow {
  const fromHeight = Math.min(a.fromHeight, b.fromHeight);
  const toHeight = Math.max(a.toHeight ?? a.fromHeight, b.toHeight ?? b.fromHeight);
  const count = toHeight - fromHeight + 1;
  const later = (a.tip?.height ?? -1) > (b.tip?.height ?? -1) ? a : b;
  const { tip, asOfSec } = later;
  return { ...b, fromHeight, toHeight, stated: count, held: count, tip, asOfSec };
}

/** Every statement, in one order. */
export function coverage(store: CaseStore): CoverageRow[] {
  return (
    store.db.prepare('SELECT * FROM coverage ORDER BY kind, subject, source, host, from_height').all() as Row[]
  ).map(ofRow);
}

/** Statements about one subject, by source, host and height. */
export function coverageOf(store: CaseStore, kind: CoverageKind, subject: string): CoverageRow[] {
  return (
    store.db
      .prepare('SELECT * FROM coverage WHERE kind = ? AND subject = ? ORDER BY source, host, from_height')
      .all(kind, subject) as Row[]
  ).map(ofRow);
}

/** Takes back what was stated of blocks above a height, after a reorganisation: ranges end there, and statements made at a later tip go. */
export function dropCoverageAbove(store: CaseStore, height: number): void {
  for (const row of coverage(store)) {
    const last = row.toHeight ?? row.fromHeight;
    const reaches = row.kind === 'blocks' ? last > height : (row.tip?.height ?? -1) > height;
    if (!reaches) continue;
    store.db
      .prepare('DELETE FROM coverage WHERE kind = ? AND subject = ? AND source = ? AND host = ? AND from_height = ?')
      .run(row.kind, row.subject, row.source, row.host, row.fromHeight);
    if (row.kind !== 'blocks' || row.fromHeight > height) continue;
    const count = height - row.fromHeight + 1;
    // The tip it was true at is gone; that the blocks up to `height` are held stays true.
    write(store, { ...row, toHeight: height, stated: count, held: Math.min(row.held, count), tip: null });
  }
}
