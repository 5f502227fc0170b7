/** Watch lists, what they have seen, and the deliveries they owe. Writers belong inside `StateStore.write`. */
import type { StateStore } from '../state.ts';

/** A watch. `content` is JSON of what was asked. Times are milliseconds since epoch. */
export interface StoredWatch {
  readonly id: string;
  readonly subject: string;
  readonly content: string;
  readonly createdMs: number;
  readonly removedMs: number | null;
}

/** Something to be told over one channel of a watch. `event` is the id a receiver tells repetitions by. */
export interface StoredDelivery {
  readonly seq: number;
  readonly event: string;
  readonly watch: string;
  readonly channel: string;
  readonly body: string;
  readonly attempts: number;
  readonly dueMs: number;
  readonly problem: string | null;
}

const WATCH_COLUMNS = 'id, subject, content, created_ms AS createdMs, removed_ms AS removedMs';
const DELIVERY_COLUMNS = 'seq, event, watch, channel, body, attempts, due_ms AS dueMs, problem';

/** The statements of one user of the state. */
export class WatchTable {
  private readonly statements;

  constructor({ db }: StateStore) {
    this.statements = {
      put: db.prepare(
        'INSERT INTO watch (id, seq, subject, content, created_ms) VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM watch), ?, ?, ?)',
      ),
      all: db.prepare(`SELECT ${WATCH_COLUMNS} FROM watch WHERE removed_ms IS NULL ORDER BY seq`),
      remove: db.prepare('UPDATE watch SET removed_ms = ? WHERE id = ? AND removed_ms IS NULL'),
      putSeen: db.prepare('INSERT INTO watch_seen (watch, event) VALUES (?, ?) ON CONFLICT DO NOTHING'),
      seen: db.prepare('SELECT event FROM watch_seen WHERE watch = ?').pluck(),
      verdict: db.prepare('SELECT content FROM watch_verdict WHERE watch = ? AND subject = ?').pluck(),
      putVerdict: db.prepare(
        'INSERT INTO watch_verdict (watch, subject, digest, content) VALUES (@watch, @subject, @digest, @content) ON CONFLICT (watch, subject) DO UPDATE SET digest = @digest, content = @content',
      ),
      owe: db.prepare(
        'INSERT INTO delivery (event, watch, channel, body, due_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT (event, channel) DO NOTHING',
      ),
      due: db.prepare(`SELECT ${DELIVERY_COLUMNS} FROM delivery WHERE done_ms IS NULL AND due_ms <= ? ORDER BY seq`),
      open: db.prepare(`SELECT ${DELIVERY_COLUMNS} FROM delivery WHERE done_ms IS NULL AND watch = ? ORDER BY seq`),
      done: db.prepare('UPDATE delivery SET done_ms = ?, attempts = attempts + 1, problem = NULL WHERE seq = ?'),
      failed: db.prepare('UPDATE delivery SET attempts = attempts + 1, due_ms = ?, problem = ? WHERE seq = ?'),
    };
  }

  /** Keeps a watch. */
  put({ id, subject, content, createdMs }: Omit<StoredWatch, 'removedMs'>): void {
    this.statements.put.run(id, subject, content, createdMs);
  }

  /** Watches that were not removed, in the order they were made. */
  all(): StoredWatch[] {
    return this.statements.all.all() as StoredWatch[];
  }

  /** Removes a watch; its alerts stay. False when there is none. */
  remove(id: string, atMs: number): boolean {
    return this.statements.remove.run(atMs, id).changes > 0;
  }

  /** Keeps that a watch has seen an event that deserves no alert. */
  putSeen(watch: string, event: string): void {
    this.statements.putSeen.run(watch, event);
  }

  /** Events seen so. */
  seen(watch: string): Set<string> {
    return new Set(this.statements.seen.all(watch) as string[]);
  }

  /** The last verdict of a watch on an address, as JSON. */
  verdict(watch: string, subject: string): string | null {
    return (this.statements.verdict.get(watch, subject) as string | undefined) ?? null;
  }

  /** Keeps a verdict in the place of the last. */
  putVerdict(verdict: { watch: string; subject: string; digest: string; content: string }): void {
    this.statements.putVerdict.run(verdict);
  }

  /** Keeps that something is to be told. */
  owe(
    { event, watch, channel, body }: Pick<StoredDelivery, 'event' | 'watch' | 'channel' | 'body'>,
    atMs: number,
  ): void {
    this.statements.owe.run(event, watch, channel, body, atMs);
  }

  /** What is to be told by now, in the order it came up. */
  due(nowMs: number): StoredDelivery[] {
    return this.statements.due.all(nowMs) as StoredDelivery[];
  }

  /** What a watch still owes. */
  open(watch: string): StoredDelivery[] {
    return this.statements.open.all(watch) as StoredDelivery[];
  }

  /** It was told. */
  done(seq: number, atMs: number): void {
    this.statements.done.run(atMs, seq);
  }

  /** It could not be told: again at `dueMs`. */
  failed(seq: number, dueMs: number, problem: string): void {
    this.statements.failed.run(dueMs, problem, seq);
  }
}
