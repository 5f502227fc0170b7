/** The service on a loopback port over a demo-sized case, and plain HTTP questions to it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { type ServeOptions, type Service, serve } from '../../src/api/index.ts';
import { demo, withCase } from '../../src/case/index.ts';

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
    host: null,
    port: 0,
    names: [],
    threads: 1,
    rate: { max: 1_000_000, windowMs: 60_000 },
    logger: false,
    stopMs: 5000,
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
