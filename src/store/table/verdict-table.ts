/** Screenings as they were kept: schema-verdict.ts. */
import { SpoorError } from '../../ledger/index.ts';
import type { CaseStore } from '../open.ts';
import { prepared } from '../statement.ts';

/** One screening. `request` is what was asked, JSON; `reads` what was resolved and read for it, packed JSON. */
export interface StoredVerdict {
  readonly run: string;
  readonly subject: string;
  readonly level: string;
  readonly request: string;
  readonly reads: Buffer;
  readonly answerSha256: string;
  /** Seconds since epoch when it was made; null where nobody gave a clock. */
  readonly madeSec: number | null;
}

const COLUMNS = 'run, subject, level, request, reads, answer_sha256 AS answerSha256, made_sec AS madeSec';

/** Keeps a screening; its run must be kept already. */
export function putVerdict(store: CaseStore, row: StoredVerdict): void {
  prepared(
    store.db,
    'INSERT INTO verdict (run, subject, level, request, reads, answer_sha256, made_sec) VALUES (?, ?, ?, ?, ?, ?, ?)',
  ).run(row.run, row.subject, row.level, row.request, row.reads, row.answerSha256, row.madeSec);
}

/** Whether a screening of this run is kept. */
export function hasVerdict(store: CaseStore, run: string): boolean {
  return prepared(store.db, 'SELECT 1 FROM verdict WHERE run = ?').get(run) !== undefined;
}

/** The screening whose run starts with `prefix`. Throws NOT_FOUND. */
export function findVerdict(store: CaseStore, prefix: string): StoredVerdict {
  const found = prepared<[string, string], StoredVerdict>(
    store.db,
    `SELECT ${COLUMNS} FROM verdict WHERE run >= ? AND run < ? LIMIT 2`,
  ).all(prefix, `${prefix}~`);
  if (found.length === 1 && prefix !== '') return found[0];
  const what = found.length === 0 ? 'no screening has' : 'more than one screening has';
  throw new SpoorError(
    'NOT_FOUND',
    `${what} an id that starts with "${prefix.slice(0, 40)}"`,
    {},
    'spoor screen list shows those of the case; batches that look up only, and --no-keep, keep none',
  );
}

/** Screenings without what they read, by run. */
export function listVerdicts(store: CaseStore): Array<Omit<StoredVerdict, 'reads' | 'request'>> {
  return prepared<[], Omit<StoredVerdict, 'reads' | 'request'>>(
    store.db,
    `SELECT s.run, s.subject, s.level, s.answer_sha256 AS answerSha256, s.made_sec AS madeSec
     FROM verdict s JOIN run r ON r.id = s.run ORDER BY r.sequence`,
  ).all();
}

/** Text of an address by its number. */
export function addressText(store: CaseStore, address: number): string | null {
  const row = prepared<[number], { text: string }>(store.db, 'SELECT text FROM address WHERE id = ?').get(address);
  return row?.text ?? null;
}
