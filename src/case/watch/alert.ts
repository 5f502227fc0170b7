/** Alerts: made once for each event, reviewed by people, withdrawn when the chain undoes their event. Everything that happens is kept in a chain. */
import { SpoorError } from '../../ledger/index.ts';
import type { Screening } from '../../screen/index.ts';
import { type AlertEvent, type AlertFilter, AlertTable, type StateStore, type StoredAlert } from '../../store/index.ts';
import { sha256Hex } from '../context.ts';

/** States a person may put an alert in. */
export const ALERT_STATES = ['unreviewed', 'in_review', 'flagged', 'dismissed'] as const;
/** One of the states. */
export type AlertState = (typeof ALERT_STATES)[number];

/** An event that deserves an alert. The same key never makes two. */
export interface FoundAlert {
  readonly key: string;
  readonly kind: 'rule' | 'watch' | 'risk_change';
  readonly level: string;
  readonly subject: string;
  readonly content: unknown;
}

/** An alert as it is shown, schema spoor.alert/1. */
export interface AlertDocument {
  readonly schema: 'spoor.alert/1';
  readonly id: string;
  readonly kind: string;
  readonly level: string;
  readonly state: string;
  readonly withdrawn: boolean;
  readonly subject: string;
  readonly source: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly detail: unknown;
}

/** An alert with all that happened to it. */
export interface AlertHistory extends AlertDocument {
  readonly events: ReadonlyArray<{
    readonly at: string;
    readonly actor: string;
    readonly action: string;
    readonly from_state: string | null;
    readonly to_state: string | null;
    readonly comment: string | null;
    readonly digest: string;
  }>;
}

const ID_LENGTH = 24;

/** Name of the alert of an event. */
export function alertIdOf(key: string): string {
  return `alr_${sha256Hex(key).slice(0, ID_LENGTH)}`;
}

/** Alerts that a screening gives rise to: one for a subject, direction, rule and version of the rule, however often it is screened. */
export function alertsOfScreening({ subject, direction, alerts }: Screening): FoundAlert[] {
  return alerts.map((alert) => ({
    key: ['rule', subject.network, subject.asset, subject.text, direction, alert.rule.id, alert.rule.version].join('|'),
    kind: 'rule',
    level: alert.level,
    subject: subject.text,
    content: alert,
  }));
}

/** The alerts of a state file. */
export class AlertBook {
  private readonly state: StateStore;
  private readonly table: AlertTable;

  constructor(state: StateStore) {
    this.state = state;
    this.table = new AlertTable(state);
  }

  /** Makes the alert of an event unless it has one; inside a write of the state. Whether it is new. */
  make(found: FoundAlert, source: string, atMs: number): boolean {
    const { key, kind, level, subject, content } = found;
    const id = alertIdOf(key);
    const isNew = this.table.put({ id, key, kind, level, subject, source, content: JSON.stringify(content) }, atMs);
    if (isNew) this.note(id, { atMs, actor: source, action: 'created', fromState: null, toState: 'unreviewed' });
    return isNew;
  }

  /** Marks an alert as withdrawn, or as standing again; inside a write of the state. */
  withdraw(alert: StoredAlert, withdrawn: boolean, source: string, atMs: number): void {
    this.table.change({ id: alert.id, state: alert.state, withdrawn: withdrawn ? 1 : 0 }, atMs);
    const action = withdrawn ? 'withdrawn' : 'reinstated';
    this.note(alert.id, { atMs, actor: source, action, fromState: alert.state, toState: alert.state });
  }

  /** Changes the state of an alert, or comments on it. Resolves when it is kept. Throws NOT_FOUND, USAGE. */
  async review(
    id: string,
    asked: { state?: AlertState; comment?: string },
    by: string,
    atMs: number,
  ): Promise<AlertHistory> {
    if (asked.state === undefined && asked.comment === undefined)
      throw new SpoorError('USAGE', 'name a state, a comment, or both');
    const { committed } = this.state.write(() => {
      const alert = this.find(id);
      const state = asked.state ?? alert.state;
      this.table.change({ id, state, withdrawn: alert.withdrawn }, atMs);
      const action = state === alert.state ? 'commented' : 'moved';
      this.note(id, {
        atMs,
        actor: by,
        action,
        fromState: alert.state,
        toState: state,
        comment: asked.comment ?? null,
      });
    });
    await committed;
    return this.history(id);
  }

  /** One alert with its history. Throws NOT_FOUND. */
  history(id: string): AlertHistory {
    const events = this.table.events(id).map(({ atMs, actor, action, fromState, toState, comment, digest }) => ({
      at: iso(atMs),
      actor,
      action,
      from_state: fromState,
      to_state: toState,
      comment,
      digest,
    }));
    return { ...alertDocument(this.find(id)), events };
  }

  /** A page of alerts in the order they were made. `next` is where the next page begins; null at the end. */
  page(after: number, filter: AlertFilter, limit: number): { alerts: AlertDocument[]; next: number | null } {
    const rows = this.table.page(after, filter, limit + 1);
    const shown = rows.slice(0, limit);
    return { alerts: shown.map(alertDocument), next: rows.length > limit ? (shown.at(-1)?.seq ?? null) : null };
  }

  /** Alerts a watch or a screening made. */
  ofSource(source: string): StoredAlert[] {
    return this.table.ofSource(source);
  }

  /** Events whose chain is broken. */
  brokenEvents(): number[] {
    return this.table.brokenEvents();
  }

  private find(id: string): StoredAlert {
    const alert = this.table.get(id);
    if (alert === null) throw new SpoorError('NOT_FOUND', 'there is no alert with this id');
    return alert;
  }

  private note(
    alert: string,
    event: Omit<AlertEvent, 'seq' | 'digest' | 'alert' | 'comment'> & { comment?: string | null },
  ): void {
    this.table.putEvent({ comment: null, ...event, alert });
  }
}

/** An alert as shown. */
export function alertDocument(alert: StoredAlert): AlertDocument {
  const { id, kind, level, state, withdrawn, subject, source, content, createdMs, updatedMs } = alert;
  return {
    schema: 'spoor.alert/1',
    id,
    kind,
    level,
    state,
    withdrawn: withdrawn === 1,
    subject,
    source,
    created_at: iso(createdMs),
    updated_at: iso(updatedMs),
    detail: JSON.parse(content) as unknown,
  };
}

/** A time as ISO 8601 in UTC. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
