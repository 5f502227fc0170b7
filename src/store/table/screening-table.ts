/** Screenings a service accepted, and the keys under which clients may ask the same again. */
import type { StateStore } from '../state.ts';

/** A screening from its acceptance on. `request` and `answer` are JSON; the answer of a failed one is its error. */
export interface StoredScreening {
  readonly seq: number;
  readonly id: string;
  readonly owner: string;
  readonly request: string;
  readonly status: 'accepted' | 'complete' | 'failed';
  readonly answer: string | null;
  readonly acceptedMs: number;
  readonly finishedMs: number | null;
}

/** What a key was used for: digest of the request, and the ids it made, in order. */
export interface KeptKey {
  readonly digest: string;
  readonly screenings: readonly string[];
}

const COLUMNS = 'seq, id, owner, request, status, answer, accepted_ms AS acceptedMs, finished_ms AS finishedMs';

/** The statements of one service. Writers belong inside `StateStore.write`. */
export class ScreeningTable {
  private readonly statements;

  constructor({ db }: StateStore) {
    this.statements = {
      put: db.prepare(
        "INSERT INTO screening (id, owner, request, status, accepted_ms) VALUES (?, ?, ?, 'accepted', ?)",
      ),
      finish: db.prepare(
        "UPDATE screening SET status = ?, answer = ?, finished_ms = ? WHERE id = ? AND status = 'accepted'",
      ),
      get: db.prepare(`SELECT ${COLUMNS} FROM screening WHERE id = ?`),
      open: db.prepare(`SELECT ${COLUMNS} FROM screening WHERE status = 'accepted' ORDER BY seq`),
      page: db.prepare(
        `SELECT ${COLUMNS} FROM screening WHERE seq > ? AND (? IS NULL OR status = ?) ORDER BY seq LIMIT ?`,
      ),
      key: db.prepare('SELECT digest, screenings FROM idempotency WHERE owner = ? AND key = ? AND created_ms > ?'),
      putKey: db.prepare(
        'INSERT OR REPLACE INTO idempotency (owner, key, digest, screenings, created_ms) VALUES (?, ?, ?, ?, ?)',
      ),
      dropKeys: db.prepare(
        `DELETE FROM idempotency WHERE (owner, key) IN
         (SELECT owner, key FROM idempotency WHERE created_ms <= ? ORDER BY created_ms LIMIT ?)`,
      ),
    };
  }

  /** Keeps an accepted screening. */
  put(id: string, owner: string, request: string, atMs: number): void {
    this.statements.put.run(id, owner, request, atMs);
  }

  /** Keeps what came of a screening. False when that is known already: an answer never changes. */
  finish(id: string, status: 'complete' | 'failed', answer: string, atMs: number): boolean {
    return this.statements.finish.run(status, answer, atMs, id).changes > 0;
  }

  /** One screening. */
  get(id: string): StoredScreening | null {
    return (this.statements.get.get(id) as StoredScreening | undefined) ?? null;
  }

  /** Accepted and not finished, in the order of acceptance. */
  open(): StoredScreening[] {
    return this.statements.open.all() as StoredScreening[];
  }

  /** A page in the order of acceptance, after a sequence number. */
  page(after: number, status: string | null, limit: number): StoredScreening[] {
    return this.statements.page.all(after, status, status, limit) as StoredScreening[];
  }

  /** What a client used a key for after a moment. */
  key(owner: string, key: string, afterMs: number): KeptKey | null {
    const row = this.statements.key.get(owner, key, afterMs) as { digest: string; screenings: string } | undefined;
    return row === undefined ? null : { digest: row.digest, screenings: JSON.parse(row.screenings) as string[] };
  }

  /** Keeps a key; what it was used for before is forgotten. */
  putKey(owner: string, key: string, kept: KeptKey, atMs: number): void {
    this.statements.putKey.run(owner, key, kept.digest, JSON.stringify(kept.screenings), atMs);
  }

  /** Forgets keys that were last used for something new up to a moment, the oldest first and at most so many. Screenings stay. */
  dropKeys(untilMs: number, most: number): void {
    this.statements.dropKeys.run(untilMs, most);
  }
}
