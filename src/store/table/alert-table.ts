/** Alerts, one row for each event for ever, and what happened to them, in a chain of digests. */
import { createHash } from 'node:crypto';
import type { StateStore } from '../state.ts';

/** An alert. `key` names the event it is about; `content` is JSON of whoever made it. Times are milliseconds since epoch. */
export interface StoredAlert {
  readonly seq: number;
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly level: string;
  readonly state: string;
  readonly subject: string;
  /** Screening or watch that made it. */
  readonly source: string;
  readonly withdrawn: 0 | 1;
  readonly content: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** Something that happened to an alert. `digest` covers this row and the digest of the row before it in the table. */
export interface AlertEvent {
  readonly seq: number;
  readonly alert: string;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly fromState: string | null;
  readonly toState: string | null;
  readonly comment: string | null;
  readonly digest: string;
}

const COLUMNS =
  'seq, id, key, kind, level, state, subject, source, withdrawn, content, created_ms AS createdMs, updated_ms AS updatedMs';
const EVENT_COLUMNS =
  'seq, alert, at_ms AS atMs, actor, action, from_state AS fromState, to_state AS toState, comment, digest';

/** Which alerts a page holds; null is any. */
export interface AlertFilter {
  readonly state: string | null;
  readonly level: string | null;
  readonly kind: string | null;
}

/** The statements of one user of the state. Writers belong inside `StateStore.write`. */
export class AlertTable {
  private readonly statements;

  constructor({ db }: StateStore) {
    this.statements = {
      put: db.prepare(
        `INSERT INTO alert (id, key, kind, level, state, subject, source, content, created_ms, updated_ms)
         VALUES (?, ?, ?, ?, 'unreviewed', ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
      ),
      get: db.prepare(`SELECT ${COLUMNS} FROM alert WHERE id = ?`),
      ofSource: db.prepare(`SELECT ${COLUMNS} FROM alert WHERE source = ? ORDER BY seq`),
      page: db.prepare(
        `SELECT ${COLUMNS} FROM alert WHERE seq > @after AND (@state IS NULL OR state = @state)
         AND (@level IS NULL OR level = @level) AND (@kind IS NULL OR kind = @kind) ORDER BY seq LIMIT @limit`,
      ),
      change: db.prepare('UPDATE alert SET state = ?, withdrawn = ?, updated_ms = ? WHERE id = ?'),
      events: db.prepare(`SELECT ${EVENT_COLUMNS} FROM alert_event WHERE alert = ? ORDER BY seq`),
      allEvents: db.prepare(`SELECT ${EVENT_COLUMNS} FROM alert_event ORDER BY seq`),
      last: db.prepare('SELECT digest FROM alert_event ORDER BY seq DESC LIMIT 1').pluck(),
      putEvent: db.prepare(
        'INSERT INTO alert_event (alert, at_ms, actor, action, from_state, to_state, comment, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ),
    };
  }

  /** Keeps an alert unless its event has one already. Whether it is new. */
  put(
    alert: Pick<StoredAlert, 'id' | 'key' | 'kind' | 'level' | 'subject' | 'source' | 'content'>,
    atMs: number,
  ): boolean {
    const { id, key, kind, level, subject, source, content } = alert;
    return this.statements.put.run(id, key, kind, level, subject, source, content, atMs, atMs).changes > 0;
  }

  /** One alert. */
  get(id: string): StoredAlert | null {
    return (this.statements.get.get(id) as StoredAlert | undefined) ?? null;
  }

  /** Alerts that a screening or a watch made. */
  ofSource(source: string): StoredAlert[] {
    return this.statements.ofSource.all(source) as StoredAlert[];
  }

  /** A page in the order they were made, after a sequence number. */
  page(after: number, filter: AlertFilter, limit: number): StoredAlert[] {
    return this.statements.page.all({ after, limit, ...filter }) as StoredAlert[];
  }

  /** Changes state and withdrawal of an alert. */
  change({ id, state, withdrawn }: Pick<StoredAlert, 'id' | 'state' | 'withdrawn'>, atMs: number): void {
    this.statements.change.run(state, withdrawn, atMs, id);
  }

  /** What happened to an alert. */
  events(id: string): AlertEvent[] {
    return this.statements.events.all(id) as AlertEvent[];
  }

  /** Appends to what happened. */
  putEvent(event: Omit<AlertEvent, 'seq' | 'digest'>): void {
    const digest = eventDigest(event, (this.statements.last.get() as string | undefined) ?? '');
    const { alert, atMs, actor, action, fromState, toState, comment } = event;
    this.statements.putEvent.run(alert, atMs, actor, action, fromState, toState, comment, digest);
  }

  /** Sequence numbers of events whose digest is not that of the row and the row before: what was altered, or follows a row taken out. */
  brokenEvents(): number[] {
    let before = '';
    return (this.statements.allEvents.all() as AlertEvent[]).flatMap((event) => {
      const whole = eventDigest(event, before) === event.digest;
      before = event.digest;
      return whole ? [] : [event.seq];
    });
  }
}

function eventDigest(event: Omit<AlertEvent, 'seq' | 'digest'>, before: string): string {
  const { alert, atMs, actor, action, fromState, toState, comment } = event;
  const row = JSON.stringify([before, alert, atMs, actor, action, fromState, toState, comment]);
  return createHash('sha256').update(row).digest('hex');
}
