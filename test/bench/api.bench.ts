/**
 * `npm run bench:api`: the service against the least a JSON endpoint can be on node:http, in the same run, in turns. The case is left out (threads that
 * answer from the request alone): what is measured is the service, with keeping every screening on disk before it is begun. Arguments: seconds of the
 * long load (60), seconds of a turn (3), turns (3). Beside requests a second it tells the processor time that the service spent on one, which other work on
 * the machine changes less.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { createToken, openState } from '../../src/case/index.ts';
import { loadScreenings, quantile } from '../support/load.ts';
import { demoCaseIn, startProcess } from '../support/service.ts';

const SECONDS = Number(process.argv[2] ?? '60');
const TURN_SECONDS = Number(process.argv[3] ?? '3');
const TURNS = Number(process.argv[4] ?? '3');
const LOADS = [10, 50, 200] as const;
const BODY = JSON.stringify({ subject: { type: 'address', network: 'bitcoin', address: 'bench' } });

interface Side {
  readonly port: number;
  readonly pid: number | undefined;
  readonly token?: string;
}

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** Processor time of the process for one request, microseconds; null where the system does not tell it. */
  readonly cpuUs: number | null;
}

const TICKS_PER_SECOND = 100;
const UTIME_FIELD = 11;

/** Processor time of a process so far, by /proc/PID/stat: fields 14 and 15, of which two stand before the closing bracket of its name. */
function cpuSec(pid: number | undefined): number | null {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return null;
  const text = readFileSync(file, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME_FIELD]) + Number(fields[UTIME_FIELD + 1])) / TICKS_PER_SECOND;
}

async function measure({ port, pid, token }: Side, path: string, connections: number): Promise<Measured> {
  const before = cpuSec(pid);
  const post = path.startsWith('/v1/screenings');
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    connections,
    duration: TURN_SECONDS,
    headers: {
      ...(post ? { 'content-type': 'application/json' } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(post ? { method: 'POST', body: BODY } : {}),
  });
  const { requests, latency, errors, timeouts, non2xx } = result;
  const after = cpuSec(pid);
  const cpuUs = before === null || after === null ? null : ((after - before) * 1e6) / Math.max(1, requests.total);
  const { p50: p50Ms, p99: p99Ms } = latency;
  return { perSecond: requests.average, p50Ms, p99Ms, errors: errors + timeouts + non2xx, cpuUs };
}

async function startBare(): Promise<Side & { stop: () => void }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../support/bare-server.mjs', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const port = await new Promise<number>((resolve) => {
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(Number(text)));
  });
  return { port, pid: child.pid, stop: () => void child.kill('SIGTERM') };
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const UNLIMITED = { max: 1_000_000_000, windowMs: 60_000, addressMax: 1_000_000_000 };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const leastCpu = (all: readonly Measured[]): string =>
  all.some(({ cpuUs }) => cpuUs === null) ? '?' : Math.min(...all.map(({ cpuUs }) => cpuUs ?? 0)).toFixed(0);

async function compare(name: string, path: string, sides: { ours: Side; bare: Side }): Promise<void> {
  for (const connections of LOADS) {
    const ours: Measured[] = [];
    const bare: Measured[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      bare.push(await measure(sides.bare, path, connections));
      ours.push(await measure(sides.ours, path, connections));
    }
    const rate = median(ours.map(({ perSecond }) => perSecond));
    const peer = median(bare.map(({ perSecond }) => perSecond));
    const errors = ours.reduce((sum, one) => sum + one.errors, 0);
    const late = ours.map(({ p50Ms, p99Ms }) => `${p50Ms}/${p99Ms}`).join(' ');
    say(
      `${name}, ${connections} connections: ours ${rate.toFixed(0)}/s, bare ${peer.toFixed(0)}/s, ratio ${(rate / peer).toFixed(2)}, errors ${errors}, ms p50/p99 ${late}, processor us a request ours ${leastCpu(ours)} bare ${leastCpu(bare)}`,
    );
  }
}

/** What a token costs: the same question with and without one, in turns. */
async function compareTokens(sides: ReadonlyArray<readonly [name: string, side: Side]>): Promise<void> {
  const path = '/v1/version';
  const all = sides.map(([name, side]) => ({ name, side, turns: [] as Measured[] }));
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const { side, turns } of all) turns.push(await measure(side, path, LOADS[1]));
  for (const { name, turns } of all) {
    const rate = median(turns.map(({ perSecond }) => perSecond));
    const errors = turns.reduce((sum, one) => sum + one.errors, 0);
    say(
      `GET ${path}, ${LOADS[1]} connections, ${name}: ${rate.toFixed(0)}/s, errors ${errors}, processor us a request ${leastCpu(turns)}`,
    );
  }
}

/** A service that asks for tokens, with one that has no quota and one that has. */
async function startGuarded(folder: string): Promise<{ plain: Side; quota: Side; stop: () => Promise<unknown> }> {
  mkdirSync(folder);
  const file = demoCaseIn(folder);
  const state = openState(file, { exclusive: false });
  const world = { nowSec: Math.floor(Date.now() / 1000), random: randomBytes };
  const [plain, quota] = [null, 1_000_000_000].map(
    (dayQuota) => createToken(state, { name: 'bench', scopes: ['screen'], expiresSec: null, dayQuota }, world).text,
  );
  state.close();
  const { port, child, end } = await startProcess(file, { threads: 1, rate: UNLIMITED });
  const side = { port, pid: child.pid };
  return { plain: { ...side, token: plain }, quota: { ...side, token: quota }, stop: () => end('SIGTERM') };
}

const folder = mkdtempSync(join(tmpdir(), 'spoor-bench-'));
try {
  say(`${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${availableParallelism()} processors`);
  const service = await startProcess(demoCaseIn(folder), { threads: 1, rate: UNLIMITED });
  const bare = await startBare();
  const ours = { port: service.port, pid: service.child.pid };
  const sides = { ours, bare };
  await compare('GET /v1/health', '/v1/health', sides);
  await compare('POST /v1/screenings', '/v1/screenings?wait_ms=10000', sides);
  bare.stop();
  const guarded = await startGuarded(join(folder, 'guarded'));
  await compareTokens([
    ['no token', ours],
    ['a token', guarded.plain],
    ['a token with a day quota', guarded.quota],
  ]);
  await guarded.stop();
  const long = await loadScreenings({ port: service.port, connections: 1000, seconds: SECONDS, name: 'long' });
  say(
    `1,000 connections, ${long.seconds.toFixed(0)} s: ${long.right} right, ${long.wrong} wrong, ${long.lost} lost ${long.problems.join()}; ${(long.right / long.seconds).toFixed(0)}/s; p50 ${quantile(long.latenciesMs, 0.5).toFixed(0)} ms, p99 ${quantile(long.latenciesMs, 0.99).toFixed(0)} ms`,
  );
  say(`end by SIGTERM: exit ${String(await service.end('SIGTERM'))}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
