/** The service on a loopback port over a demo-sized case, and plain HTTP questions to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServeOptions, type Service, serve } from '../../src/api/index.ts';
import { demo, withCase } from '../../src/case/index.ts';

/** Program of threads that need no case. */
export const FAKE_WORKER = new URL('./fake-case-worker.mjs', import.meta.url);

/** An answer as it came: nothing is followed, nothing parsed. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A question; headers are sent as they are, also Host. */
export interface Question {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

let made: Buffer | null = null;

/** Puts the bundled case into a folder; it is made once. */
export function demoCaseIn(folder: string): string {
  const file = join(folder, 'case.spoor');
  if (made !== null) {
    writeFileSync(file, made);
    return file;
  }
  withCase(file, { create: true }, (context) => void demo(context));
  made = readFileSync(file);
  return file;
}

/** Options of a service that tests start in their own process: any free port, no log. */
export function quietOptions(caseFile: string, more: Partial<ServeOptions> = {}): ServeOptions {
  return {
    caseFile,
    rulesFile: null,
    prices: { files: [], price: 'middle' },
    host: null,
    port: 0,
    names: [],
    threads: 1,
    rate: { max: 1_000_000, windowMs: 60_000, addressMax: null },
    dayQuota: null,
    logger: false,
    stopMs: 5000,
    maxAgeSec: null,
    keyRetentionSec: null,
    watchSec: null,
    offline: false,
    ...more,
  };
}

/** Runs a test against a service and stops it. */
export async function withService<T>(options: ServeOptions, work: (service: Service) => Promise<T>): Promise<T> {
  const service = await serve(options);
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
}

/** Asks once over a connection of its own. */
export function ask(port: number, { method = 'GET', path, headers = {}, body }: Question): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const own =
      body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path, headers: { ...own, ...headers }, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString('utf8'),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** The code of a problem. */
export function codeOf({ text }: Reply): string {
  return (JSON.parse(text) as { code: string }).code;
}

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly port: number;
  readonly child: ChildProcess;
  /** Sends a signal and waits for the end; gives the exit code, or the signal that ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string | null>;
}

const left = new Set<ChildProcess>();

/** Ends the services that a test that failed left behind. */
export function killLeft(): void {
  for (const child of left) child.kill('SIGKILL');
}

/** Starts the service in a process of its own, with threads that need no case unless `fake` is false. */
export async function startProcess(
  caseFile: string,
  options: Partial<ServeOptions> & { fake?: boolean } = {},
): Promise<ServiceProcess> {
  const program = fileURLToPath(new URL('./service-process.mjs', import.meta.url));
  const { fake = true, ...more } = options;
  const given = JSON.stringify(quietOptions(caseFile, { ...more, ...(fake ? { workerFile: FAKE_WORKER } : {}) }));
  const child = spawn(process.execPath, [program, caseFile, given], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  left.add(child);
  child.on('exit', () => left.delete(child));
  const ended = new Promise<number | string | null>((resolve) => child.on('exit', (code, by) => resolve(code ?? by)));
  const port = await new Promise<number>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(Number(text));
    });
    child.on('exit', () => reject(new Error('the service did not start')));
  });
  return {
    port,
    child,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
