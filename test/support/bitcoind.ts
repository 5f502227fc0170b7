/**
 * A real bitcoind on loopback, in regtest. Found by the environment variable BITCOIND, on the path, or put into `.peers/` by the installer of the
 * test data folder; where none can be had, a user's run skips with a notice and CI fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { projectPath } from './shared-data.ts';

/** A running node. */
export interface Node {
  readonly blocksFolder: string;
  /** Runs bitcoin-cli and returns what it prints, without the line break. */
  cli(...args: string[]): string;
  /** Base address of RPC and REST. */
  readonly url: string;
  readonly cookieFile: string;
  /** Asks over HTTP, which costs no process. Throws what the node says is wrong. */
  rpc<T>(method: string, ...params: readonly unknown[]): Promise<T>;
  stop(): void;
}

/** Path of bitcoind for a suite; without one the suite is skipped with the reason, and in CI it fails. */
export function bitcoindFor(suite: Mocha.Context): string {
  const found = findBitcoind();
  if ('path' in found) return found.path;
  if (process.env.CI === 'true') throw new Error(found.missing);
  process.stderr.write(`    skipped: ${found.missing}\n`);
  return suite.skip();
}

/** Path of bitcoind, or why there is none. */
function findBitcoind(): { path: string } | { missing: string } {
  const named = process.env.BITCOIND;
  if (named !== undefined) return { path: named };
  const onPath = spawnSync('sh', ['-c', 'command -v bitcoind'], { encoding: 'utf8' }).stdout.trim();
  if (onPath !== '') return { path: onPath };
  const installer = projectPath('../shared/tools/install-bitcoind');
  if (!existsSync(installer)) return { missing: 'no bitcoind on the path, and no installer beside the project' };
  const folder = projectPath('.peers/bitcoind');
  mkdirSync(folder, { recursive: true });
  const { status, stdout, stderr } = spawnSync('bash', [installer, folder], { encoding: 'utf8', timeout: 300_000 });
  return status === 0 ? { path: stdout.trim() } : { missing: `bitcoind could not be installed: ${stderr.slice(-300)}` };
}

/** A port nobody listens on at this moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

/** Asks the node to stop and waits until it has let go of its data folder. */
function stopNode(cli: Node['cli'], folder: string): void {
  cli('stop');
  const pidFile = join(folder, 'regtest', 'bitcoind.pid');
  for (let waits = 0; existsSync(pidFile) && waits < 200; waits += 1) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

/** Starts a node with a data folder of its own. */
export async function startNode(bitcoind: string, folder: string, extra: readonly string[] = []): Promise<Node> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const common = ['-regtest', `-datadir=${folder}`, `-rpcport=${port}`];
  const options = [
    '-listen=0',
    '-connect=0',
    '-dnsseed=0',
    '-fixedseeds=0',
    '-server',
    '-rest',
    '-txindex=1',
    '-rpcbind=127.0.0.1',
    '-rpcallowip=127.0.0.1',
  ];
  const started = spawnSync(bitcoind, [...common, ...options, '-fallbackfee=0.0001', '-daemonwait', ...extra], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (started.status !== 0) throw new Error(`bitcoind did not start: ${started.stderr}`);
  const cli = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(join(dirname(bitcoind), 'bitcoin-cli'), [...common, ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`bitcoin-cli ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const url = `http://127.0.0.1:${port}`;
  const cookieFile = join(folder, 'regtest', '.cookie');
  const rpc = async <T>(method: string, ...params: readonly unknown[]): Promise<T> => {
    const authorization = `Basic ${Buffer.from(readFileSync(cookieFile)).toString('base64')}`;
    const body = JSON.stringify({ jsonrpc: '2.0', id: 'test', method, params });
    const response = await fetch(url, { method: 'POST', headers: { authorization }, body });
    const { result, error } = (await response.json()) as { result: T; error?: { message: string } | null };
    if (error !== undefined && error !== null) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  return {
    blocksFolder: join(folder, 'regtest', 'blocks'),
    cli,
    url,
    cookieFile,
    rpc,
    stop: () => stopNode(cli, folder),
  };
}
