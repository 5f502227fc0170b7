/** Watch lists: what is watched and whom to tell. */
import { SpoorError } from '../../ledger/index.ts';
import { type StateStore, WatchTable } from '../../store/index.ts';
import { sha256Hex } from '../context.ts';
import { checkWebhookUrl } from './webhook.ts';

/** Which way money must move to be told. */
export const WATCH_FLOWS = ['received', 'sent', 'both'] as const;
/** How grave an alert of a watch is. */
export const WATCH_LEVELS = ['low', 'medium', 'high', 'severe'] as const;

/** Whom to tell: any of the three, or nobody (the alert is kept all the same). No secret is kept: `secretEnv` names the variable that holds it. */
export interface WatchChannels {
  readonly webhook: { readonly url: string; readonly secretEnv: string; readonly allowPrivate: boolean } | null;
  readonly mailFolder: string | null;
  readonly linesFile: string | null;
}

/** What is watched. */
export interface WatchRequest {
  /** `address`, `account`, `account/asset`, `cluster:ADDRESS` or `tag:TEXT`; names are looked up anew at each run. */
  readonly subject: string;
  readonly flow: (typeof WATCH_FLOWS)[number];
  readonly level: (typeof WATCH_LEVELS)[number];
  /** Smaller outputs are not told; null is none. It does not bind accounts. */
  readonly minSat: number | null;
  /** Also screen each address again when tags or facts have changed, and tell when the verdict did. */
  readonly rescreen: boolean;
  readonly channels: WatchChannels;
}

/** A watch as shown. */
export interface WatchRow extends WatchRequest {
  readonly id: string;
  readonly createdAt: string;
  readonly owed: number;
  readonly problem: string | null;
}

const ID_LENGTH = 12;
const ENV_FORM = /^[A-Z_][A-Z0-9_]{0,63}$/;

/** Keeps a watch; asking for the same again gives the one there is. Throws USAGE. */
export function addWatch(state: StateStore, request: WatchRequest, nowMs: number): string {
  const { webhook } = request.channels;
  if (webhook !== null) {
    checkWebhookUrl(webhook.url, webhook.allowPrivate);
    if (!ENV_FORM.test(webhook.secretEnv))
      throw new SpoorError('USAGE', '--secret-env is the name of an environment variable, in capitals');
  }
  const content = JSON.stringify(request);
  const table = new WatchTable(state);
  const same = table.all().find((watch) => watch.content === content);
  if (same !== undefined) return same.id;
  const id = `wch_${sha256Hex(`${content} ${nowMs}`).slice(0, ID_LENGTH)}`;
  state.write(() => table.put({ id, subject: request.subject, content, createdMs: nowMs }));
  state.commit();
  return id;
}

/** Watches that were not removed, with what they still owe. */
export function listWatches(state: StateStore): WatchRow[] {
  const table = new WatchTable(state);
  return table.all().map(({ id, content, createdMs }) => {
    const open = table.open(id);
    const problem = open.findLast((delivery) => delivery.problem !== null)?.problem ?? null;
    const createdAt = new Date(createdMs).toISOString();
    return { ...(JSON.parse(content) as WatchRequest), id, createdAt, owed: open.length, problem };
  });
}

/** Removes a watch; its alerts stay, and what it owes is still told. Throws NOT_FOUND. */
export function removeWatch(state: StateStore, id: string, nowMs: number): void {
  const { value } = state.write(() => new WatchTable(state).remove(id, nowMs));
  state.commit();
  if (!value) throw new SpoorError('NOT_FOUND', `there is no watch "${id}"`, {}, 'spoor watch list shows them');
}
