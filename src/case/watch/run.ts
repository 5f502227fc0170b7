/**
 * One look at everything watched: new events become alerts, undone ones are withdrawn, verdicts that changed are told. Alerts and what is owed to receivers
 * are kept in one transaction for each watch: a run that is killed has told of nothing it did not keep, and the next goes on.
 */
import { SpoorError } from '../../ledger/index.ts';
import type { Direction, Screening } from '../../screen/index.ts';
import { type StateStore, type StoredAlert, WatchTable } from '../../store/index.ts';
import { type CaseContext, inputsDigest, sha256Hex } from '../context.ts';
import { AlertBook, alertIdOf, type FoundAlert, iso } from './alert.ts';
import { stillHappened, WATCH_RULE_VERSION, watchEvents, watchedSubjects } from './event.ts';
import { riskChange, type Verdict, verdictDigest, verdictOf } from './verdict.ts';
import type { WatchRequest, WatchRow } from './watch.ts';
import { listWatches } from './watch.ts';

/** What a run found, by watch. */
export interface WatchOutcome {
  readonly watch: string;
  readonly created: number;
  readonly withdrawn: number;
  readonly reinstated: number;
  readonly changed: number;
  /** Why the watch could not be looked at, or null. */
  readonly problem: string | null;
}

/** How a verdict is reached: the verb `screen`, on an address, account or account/asset, the way the watch looks. */
export type ScreenAddress = (context: CaseContext, subject: string, direction: Direction) => Screening;

interface Desk {
  readonly state: StateStore;
  readonly table: WatchTable;
  readonly book: AlertBook;
  readonly nowMs: number;
}

const EVENT_ID_LENGTH = 24;

/** Notes what a new watch finds as seen, so that only what comes later is told. */
export function noteSeen(context: CaseContext, state: StateStore, watch: string, request: WatchRequest): number {
  const table = new WatchTable(state);
  const events = watchEvents(context, request);
  state.write(() => {
    for (const { name } of events) table.putSeen(watch, name);
  });
  state.commit();
  return events.length;
}

/** Looks at every watch. One whose subject cannot be read says so and keeps no other from being looked at. */
export function runWatches(
  context: CaseContext,
  state: StateStore,
  how: { nowMs: number; screen: ScreenAddress },
): WatchOutcome[] {
  const desk: Desk = { state, table: new WatchTable(state), book: new AlertBook(state), nowMs: how.nowMs };
  return listWatches(state).map((watch) => {
    const none = { watch: watch.id, created: 0, withdrawn: 0, reinstated: 0, changed: 0 };
    try {
      const verdicts = watch.rescreen ? newVerdicts(context, desk, watch, how.screen) : [];
      const events = watchEvents(context, watch);
      const { value } = state.write(() => ({
        ...tellEvents(context, desk, watch, events),
        changed: tellVerdicts(desk, watch, verdicts),
      }));
      state.commit();
      return { ...none, ...value, problem: null };
    } catch (error) {
      if (!(error instanceof SpoorError) || error.code === 'LOCKED' || error.code === 'IO') throw error;
      return { ...none, problem: error.message };
    }
  });
}

function keyOf(watch: string, event: string): string {
  return `watch|${watch}|${event}|v${WATCH_RULE_VERSION}`;
}

function tellEvents(
  context: CaseContext,
  desk: Desk,
  watch: WatchRow,
  events: ReturnType<typeof watchEvents>,
): { created: number; withdrawn: number; reinstated: number } {
  const seen = desk.table.seen(watch.id);
  const made = new Map(desk.book.ofSource(watch.id).map((alert) => [alert.key, alert]));
  const count = { created: 0, withdrawn: 0, reinstated: 0 };
  for (const event of events) {
    const key = keyOf(watch.id, event.name);
    if (seen.has(event.name) || made.has(key)) continue;
    const { level } = watch;
    create(desk, watch, {
      key,
      kind: 'watch',
      level,
      subject: event.address,
      content: { watch: watch.subject, ...event },
    });
    count.created += 1;
  }
  for (const alert of made.values()) {
    if (alert.kind !== 'watch') continue;
    const stands = stillHappened(context, (JSON.parse(alert.content) as { name: string }).name);
    if (stands !== (alert.withdrawn === 1)) continue;
    desk.book.withdraw(alert, !stands, watch.id, desk.nowMs);
    tell(desk, watch, alert.id, 'alert.updated', { id: alert.id, withdrawn: !stands, detail: content(alert) });
    count[stands ? 'reinstated' : 'withdrawn'] += 1;
  }
  return count;
}

function content(alert: StoredAlert): unknown {
  return JSON.parse(alert.content) as unknown;
}

function create(desk: Desk, watch: WatchRow, found: FoundAlert, kind = 'alert.created'): void {
  if (!desk.book.make(found, watch.id, desk.nowMs)) return;
  const id = alertIdOf(found.key);
  tell(desk, watch, id, kind, { id, level: found.level, detail: found.content });
}

/** Owes every channel of the watch an event. Its id is that of the alert and of how often something was told of it. */
function tell(desk: Desk, watch: WatchRow, alert: string, kind: string, data: unknown): void {
  const turn = desk.book.history(alert).events.length;
  const event = `evt_${sha256Hex(`${alert} ${kind} ${turn}`).slice(0, EVENT_ID_LENGTH)}`;
  const body = JSON.stringify({
    schema: 'spoor.event/1',
    id: event,
    type: kind,
    at: iso(desk.nowMs),
    watch: watch.id,
    data,
  });
  const { webhook, mailFolder, linesFile } = watch.channels;
  const channels = [
    webhook === null ? [] : ['webhook'],
    mailFolder === null ? [] : ['mail'],
    linesFile === null ? [] : ['lines'],
  ].flat();
  for (const channel of channels) desk.table.owe({ event, watch: watch.id, channel, body }, desk.nowMs);
}

interface NewVerdict {
  readonly address: string;
  readonly before: Verdict | null;
  readonly after: Verdict;
}

/** Verdicts on addresses whose last one rests on other inputs; outside the transaction, because screening takes long. */
function newVerdicts(context: CaseContext, { table }: Desk, watch: WatchRow, screen: ScreenAddress): NewVerdict[] {
  const inputs = inputsDigest(context.store);
  return watchedSubjects(context, watch.subject).flatMap((address) => {
    const kept = table.verdict(watch.id, address);
    const before = kept === null ? null : (JSON.parse(kept) as Verdict);
    if (before?.inputs === inputs) return [];
    const after = verdictOf(screen(context, address, watch.flow), inputs, before?.turn ?? 0);
    return [{ address, before, after }];
  });
}

function tellVerdicts(desk: Desk, watch: WatchRow, verdicts: readonly NewVerdict[]): number {
  let changed = 0;
  for (const { address, before, after } of verdicts) {
    const digest = verdictDigest(after);
    const differs = before !== null && verdictDigest(before) !== digest;
    const turn = after.turn + (differs ? 1 : 0);
    desk.table.putVerdict({ watch: watch.id, subject: address, digest, content: JSON.stringify({ ...after, turn }) });
    if (!differs) continue;
    changed += 1;
    const key = `risk|${watch.id}|${address}|${turn}`;
    const change = { ...riskChange(address, before, after) };
    create(
      desk,
      watch,
      { key, kind: 'risk_change', level: after.level, subject: address, content: change },
      'risk.changed',
    );
  }
  return changed;
}
