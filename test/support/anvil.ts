/**
 * A real Ethereum node on loopback: anvil, from the optional package or on the path. It mines when it is told to, at times it is told, so that the same
 * script makes the same blocks. It dies with this process, however that ends: its keeper reads a pipe that then closes.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { projectPath } from './shared-data.ts';

/** A running node. */
export interface Anvil {
  readonly url: string;
  /** Asks it. Throws what it says is wrong. */
  rpc<T>(method: string, ...params: readonly unknown[]): Promise<T>;
  stop(): Promise<void>;
}

/** Path of anvil, or why there is none. */
export function findAnvil(): { path: string } | { missing: string } {
  const packaged = projectPath('node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil');
  if (existsSync(packaged) && process.platform === 'linux' && process.arch === 'x64') return { path: packaged };
  const onPath = spawnSync('sh', ['-c', 'command -v anvil'], { encoding: 'utf8' }).stdout.trim();
  if (onPath !== '') return { path: onPath };
  return { missing: 'no anvil: neither the optional package @foundry-rs/anvil-linux-amd64 nor one on the path' };
}

/** For a `before` hook: the path, or the test is skipped with the reason printed, and fails in CI. */
export function anvilOrSkip(test: Mocha.Context): string {
  const found = findAnvil();
  if ('path' in found) return found.path;
  if (process.env.CI === 'true') throw new Error(found.missing);
  process.stderr.write(`    skipped: ${found.missing}\n`);
  return test.skip();
}

/** Second at which the first block of the node was made. */
export const GENESIS_SEC = 1_700_000_000;

const KEEPER = '"$0" "$@" & node=$!; cat > /dev/null; kill $node; wait $node';

/** Starts a node that mines on demand, transactions in the order they come. */
export async function startAnvil(path: string, extra: readonly string[] = []): Promise<Anvil> {
  const args = ['--host', '127.0.0.1', '--port', '0', '--no-mining', '--order', 'fifo', '--threads', '1'];
  const rules = extra.includes('--hardfork') ? [] : ['--hardfork', 'prague'];
  const keeper = spawn('sh', ['-c', KEEPER, path, ...args, '--timestamp', String(GENESIS_SEC), ...rules, ...extra], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const url = `http://127.0.0.1:${await portOf(keeper)}`;
  keeper.stdout.resume();
  return {
    url,
    rpc: (method, ...params) => call(url, method, params),
    stop: () =>
      new Promise((resolve) => {
        keeper.on('close', () => resolve());
        keeper.stdin.end();
      }),
  };
}

function portOf(keeper: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    keeper.stdout?.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString('utf8')).slice(-10_000);
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(printed)?.[1];
      if (port !== undefined) resolve(port);
    });
    keeper.on('close', () => reject(new Error(`anvil did not start: ${printed}`)));
  });
}

async function call<T>(url: string, method: string, params: readonly unknown[]): Promise<T> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { result, error } = (await response.json()) as { result: T; error?: { message: string } };
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result;
}
