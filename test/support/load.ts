/** Many clients at once, each with a connection of its own that stays open; every answer is compared with what it must be. */
import { Agent, request as httpRequest } from 'node:http';

/** What clients saw. Latencies are milliseconds, sorted. */
export interface LoadOutcome {
  readonly right: number;
  readonly wrong: number;
  readonly lost: number;
  /** Codes of what kept answers from coming, each once. */
  readonly problems: readonly string[];
  /** Answers with 429. */
  readonly limited: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
}

/** How to load a service. */
export interface Load {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly token?: string;
  /** Pause of each client between an answer and its next question. */
  readonly pauseMs?: number;
  /** Prefix of the addresses asked about, so that no two loads ask the same. */
  readonly name: string;
}

/** Loads a service with screenings. */
export async function loadScreenings(load: Load): Promise<LoadOutcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections, maxFreeSockets: load.connections });
  const count = { right: 0, wrong: 0, lost: 0, limited: 0 };
  const latenciesMs: number[] = [];
  const problems = new Set<string>();
  const started = performance.now();
  const end = started + load.seconds * 1000;
  const lanes = Array.from({ length: load.connections }, async (_, lane) => {
    for (let step = 0; performance.now() < end; step += 1) {
      const address = `${load.name}.${lane}.${step}`;
      const before = performance.now();
      const reply = await post(agent, load, address).catch((error: NodeJS.ErrnoException) => {
        problems.add(error.code ?? error.message);
        return null;
      });
      if (reply === null) count.lost += 1;
      else if (reply.status === 429) count.limited += 1;
      else if (reply.status === 200 && reply.text.includes(`"echo":"${address}"`)) count.right += 1;
      else count.wrong += 1;
      if (reply !== null && reply.status !== 429) latenciesMs.push(performance.now() - before);
      if (load.pauseMs !== undefined) await new Promise((wake) => setTimeout(wake, load.pauseMs));
    }
  });
  await Promise.all(lanes);
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return { ...count, problems: [...problems], seconds, latenciesMs: latenciesMs.sort((a, b) => a - b) };
}

/** A quantile of sorted latencies. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function post(agent: Agent, { port, token }: Load, address: string): Promise<{ status: number; text: string }> {
  const body = JSON.stringify({ subject: { type: 'address', network: 'bitcoin', address } });
  const headers = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve, reject) => {
    const path = '/v1/screenings?wait_ms=10000';
    const request = httpRequest({ host: '127.0.0.1', port, method: 'POST', path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}
