/** Runs the built command line as a user does: its own process, its own folder. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectPath } from './shared-data.ts';

/** What a command left behind. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `spoor` with these arguments in `folder`. */
export function spoor(folder: string, ...args: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [projectPath('dist/cli/main.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, TZ: 'Pacific/Apia', NODE_OPTIONS: '' },
  });
  return { status, stdout, stderr };
}

/** Runs `spoor` as a user without rights: as root that is another user, so that file modes count. */
export function spoorWithoutRights(folder: string, ...args: string[]): Outcome {
  const nobody = 65_534;
  const rights = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const { status, stdout, stderr } = spawnSync(process.execPath, [projectPath('dist/cli/main.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    ...rights,
  });
  return { status, stdout, stderr };
}

/** A fresh folder that is removed after the suite. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spoor-test-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** As `spoor`, without blocking this process: for commands that talk to a server of the test. */
export function spoorAsync(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [projectPath('dist/cli/main.js'), ...args], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...text })));
}
