/** Tells receivers what is owed to them, at least once: what could not be told is told later, further and further apart. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SpoorError } from '../../ledger/index.ts';
import { type StateStore, type StoredDelivery, WatchTable } from '../../store/index.ts';
import type { WatchChannels, WatchRequest } from './watch.ts';
import { postWebhook } from './webhook.ts';

const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 3_600_000;
const OWNER_ONLY = 0o600;

/** What was told and what was not. */
export interface DeliveryOutcome {
  readonly told: number;
  readonly failed: ReadonlyArray<{ readonly watch: string; readonly channel: string; readonly problem: string }>;
}

/** Tells what is due. `offline` leaves webhooks for later. `secretOf` gives the value of an environment variable. */
export async function deliverDue(
  state: StateStore,
  how: { nowMs: () => number; offline: boolean; secretOf: (name: string) => string | undefined },
): Promise<DeliveryOutcome> {
  const table = new WatchTable(state);
  const failed: Array<{ watch: string; channel: string; problem: string }> = [];
  let told = 0;
  for (const delivery of table.due(how.nowMs())) {
    if (how.offline && delivery.channel === 'webhook') continue;
    const problem = await attempt(channelsOf(state, delivery.watch), delivery, how);
    state.write(() => {
      if (problem === null) table.done(delivery.seq, how.nowMs());
      else table.failed(delivery.seq, how.nowMs() + pauseMs(delivery.attempts), problem);
    });
    // Kept before the next is told: a run that is killed repeats one of them at most.
    state.commit();
    if (problem === null) told += 1;
    else failed.push({ watch: delivery.watch, channel: delivery.channel, problem });
  }
  return { told, failed };
}

/** Twice as long after each attempt, from five seconds to an hour. */
export function pauseMs(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts, 20));
}

function channelsOf(state: StateStore, watch: string): WatchChannels {
  const content = state.db.prepare('SELECT content FROM watch WHERE id = ?').pluck().get(watch) as string;
  return (JSON.parse(content) as WatchRequest).channels;
}

async function attempt(
  channels: WatchChannels,
  delivery: StoredDelivery,
  how: { nowMs: () => number; secretOf: (name: string) => string | undefined },
): Promise<string | null> {
  try {
    const { event: id, body, channel, attempts } = delivery;
    const { webhook, mailFolder, linesFile } = channels;
    if (channel === 'webhook' && webhook !== null) {
      const secret = how.secretOf(webhook.secretEnv);
      if (secret === undefined || secret === '')
        throw new SpoorError('USAGE', `the environment variable ${webhook.secretEnv} holds no secret`);
      await postWebhook(webhook, { id, body }, { secret, nowMs: how.nowMs() });
    } else if (channel === 'mail' && mailFolder !== null) writeMail(mailFolder, id, body);
    else if (channel === 'lines' && linesFile !== null) appendLine(linesFile, id, body, attempts > 0);
    return null;
  } catch (error) {
    if (error instanceof SpoorError) return error.message;
    if (error instanceof Error && 'code' in error) return `${String(error.code)}: the file could not be written`;
    throw error;
  }
}

/** A mail as a file, named by its event: told twice it is the same file. */
function writeMail(folder: string, id: string, body: string): void {
  mkdirSync(folder, { recursive: true });
  const { type, at, data } = JSON.parse(body) as { type: string; at: string; data: unknown };
  const lines = [
    `Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
    'From: spoor <spoor@localhost>',
    'To: undisclosed-recipients:;',
    `Subject: spoor ${type}`,
    `Message-ID: <${id}@spoor.localhost>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...(Buffer.from(`${JSON.stringify(data, null, 2)}\n`)
      .toString('base64')
      .match(/.{1,76}/g) ?? []),
    '',
  ];
  const target = join(folder, `${id}.eml`);
  writeFileSync(`${target}.part`, lines.join('\r\n'), { mode: OWNER_ONLY });
  renameSync(`${target}.part`, target);
}

/** Appends a line and waits for the disk. Half a line that an earlier run left is ended first; a line that may be there already is looked for. */
function appendLine(file: string, id: string, body: string, again: boolean): void {
  if (again && existsSync(file) && readFileSync(file, 'utf8').includes(`"id":"${id}"`)) return;
  const handle = openSync(file, 'a+', OWNER_ONLY);
  try {
    const { size } = fstatSync(handle);
    const last = Buffer.alloc(1);
    if (size > 0) readSync(handle, last, 0, 1, size - 1);
    appendFileSync(handle, `${size === 0 || last.toString() === '\n' ? '' : '\n'}${body}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
