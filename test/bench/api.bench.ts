/**
 * `npm run bench:api`: the service against the least a JSON endpoint can be on node:http, in the same run, in turns. The case is left out (threads that
 * answer from the request alone): what is measured is the service, with keeping every screening on disk before it is begun. Arguments: seconds of the
 * long load (60), seconds of a turn (3), turns (3).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { loadScreenings, quantile } from '../support/load.ts';
import { demoCaseIn, startProcess } from '../support/service.ts';

const SECONDS = Number(process.argv[2] ?? '60');
const TURN_SECONDS = Number(process.argv[3] ?? '3');
const TURNS = Number(process.argv[4] ?? '3');
const LOADS = [10, 50, 200] as const;
const BODY = JSON.stringify({ subject: { type: 'address', network: 'bitcoin', address: 'bench' } });

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
}

async function measure(port: number, path: string, connections: number): Promise<Measured> {
  const post = path.startsWith('/v1/screenings');
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    connections,
    duration: TURN_SECONDS,
    ...(post ? { method: 'POST', body: BODY, headers: { 'content-type': 'application/json' } } : {}),
  });
  const { requests, latency, errors, timeouts, non2xx } = result;
  return { perSecond: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, errors: errors + timeouts + non2xx };
}

async function startBare(): Promise<{ port: number; stop: () => void }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../support/bare-server.mjs', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const port = await new Promise<number>((resolve) => {
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(Number(text)));
  });
  return { port, stop: () => void child.kill('SIGTERM') };
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function compare(name: string, path: string, ports: { ours: number; bare: number }): Promise<void> {
  for (const connections of LOADS) {
    const ours: Measured[] = [];
    const bare: Measured[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      bare.push(await measure(ports.bare, path, connections));
      ours.push(await measure(ports.ours, path, connections));
    }
    const rate = median(ours.map(({ perSecond }) => perSecond));
    const peer = median(bare.map(({ perSecond }) => perSecond));
    const errors = ours.reduce((sum, one) => sum + one.errors, 0);
    const late = ours.map(({ p50Ms, p99Ms }) => `${p50Ms}/${p99Ms}`).join(' ');
    say(
      `${name}, ${connections} connections: ours ${rate.toFixed(0)}/s, bare ${peer.toFixed(0)}/s, ratio ${(rate / peer).toFixed(2)}, errors ${errors}, ms p50/p99 ${late}`,
    );
  }
}

const folder = mkdtempSync(join(tmpdir(), 'spoor-bench-'));
try {
  say(`${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${availableParallelism()} processors`);
  const rate = { max: 1_000_000_000, windowMs: 60_000, addressMax: null };
  const service = await startProcess(demoCaseIn(folder), { threads: 1, rate });
  const bare = await startBare();
  const ports = { ours: service.port, bare: bare.port };
  await compare('GET /v1/health', '/v1/health', ports);
  await compare('POST /v1/screenings', '/v1/screenings?wait_ms=10000', ports);
  bare.stop();
  const long = await loadScreenings({ port: service.port, connections: 1000, seconds: SECONDS, name: 'long' });
  say(
    `1,000 connections, ${long.seconds.toFixed(0)} s: ${long.right} right, ${long.wrong} wrong, ${long.lost} lost ${long.problems.join()}; ${(long.right / long.seconds).toFixed(0)}/s; p50 ${quantile(long.latenciesMs, 0.5).toFixed(0)} ms, p99 ${quantile(long.latenciesMs, 0.99).toFixed(0)} ms`,
  );
  say(`end by SIGTERM: exit ${String(await service.end('SIGTERM'))}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
