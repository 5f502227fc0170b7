/** One whole process, timed: from before it is started until after it has ended, so that starting counts. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectPath } from '../../support/shared-data.ts';

/** Where the compiled stand-ins are; a stand-in is run as plain JavaScript, as ours is, so that no loader counts. */
const BUILT = projectPath('.tmp/bench-bulk/test/bench/bulk');
/** Our command line; another build can be named to compare versions. */
const OURS = process.env.SPOOR_BENCH_MAIN ?? projectPath('dist/cli/main.js');
/** Maps of a large chain need more than the heap a process has by itself; ours must do with that. */
const HEAP_MB = 12_000;
const MAX_OUTPUT_BYTES = 64 * 2 ** 20;

/** One run. CPU is user and system together; peak memory is the largest resident set. Null where nobody measured it. */
export interface Run {
  readonly wallSec: number;
  readonly cpuSec: number | null;
  readonly peakMb: number | null;
  /** The program's one JSON document. */
  readonly answer: Readonly<Record<string, unknown>>;
}

/** How a program ended: measured, or not there yet, or wrong. */
export type Outcome = Run | { readonly missing: string } | { readonly failed: string };

/** Compiles the stand-ins; throws with what the compiler said. */
export function buildStandIns(): void {
  const compiler = projectPath('node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', projectPath('test/bench/bulk/tsconfig.json')];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the stand-ins do not compile\n${stdout}`);
}

function runNode(args: readonly string[], scratch: string): Outcome {
  const usageFile = join(scratch, 'usage.json');
  rmSync(usageFile, { force: true });
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    ['--import', join(BUILT, 'usage.js'), ...args],
    { encoding: 'utf8', env: { ...process.env, SPOOR_BENCH_USAGE: usageFile }, maxBuffer: MAX_OUTPUT_BYTES },
  );
  const wallSec = (performance.now() - start) / 1000;
  if (error !== undefined) return { failed: error.message };
  if (status !== 0) return { failed: `exit ${status}: ${stderr.trim().slice(-500)}` };
  const { cpuSec, peakMb } = JSON.parse(readFileSync(usageFile, 'utf8'));
  return { wallSec, cpuSec, peakMb, answer: JSON.parse(stdout) };
}

/** Runs one of our commands with --json. */
export function runOurs(args: readonly string[], scratch: string): Outcome {
  if (!existsSync(OURS)) return { missing: 'not built' };
  return runNode([OURS, ...args, '--json', '--quiet'], scratch);
}

/** Runs a compiled stand-in. */
export function runStandIn(name: string, args: readonly string[], scratch: string): Outcome {
  return runNode([`--max-old-space-size=${HEAP_MB}`, join(BUILT, `stand-in-${name}.js`), ...args], scratch);
}

/** Block files of a folder, or block and undo files. */
function filesOf(folder: string, kinds: RegExp): string[] {
  return readdirSync(folder)
    .filter((name) => kinds.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** `cat` of the files to /dev/null, the bare cost of reading them. */
export function runCat(folder: string, kinds: RegExp): Outcome {
  const sink = openSync('/dev/null', 'w');
  const script = 'TIMEFORMAT="%U %S"; time cat "$@"';
  const start = performance.now();
  const { status, stderr } = spawnSync('bash', ['-c', script, 'cat', ...filesOf(folder, kinds)], {
    stdio: ['ignore', sink, 'pipe'],
    encoding: 'utf8',
  });
  const wallSec = (performance.now() - start) / 1000;
  if (status !== 0) return { failed: `cat: ${stderr}` };
  const [user, system] = stderr.trim().split(/\s+/).map(Number);
  return { wallSec, cpuSec: user! + system!, peakMb: null, answer: {} };
}

/** Whether any page of the files is in memory still; null where the tool to ask is not there. */
function cachedBytes(files: readonly string[]): number | null {
  const { status, stdout } = spawnSync('fincore', ['--bytes', '--noheadings', '--output', 'RES', ...files], {
    encoding: 'utf8',
  });
  if (status !== 0) return null;
  return stdout.split('\n').reduce((sum, line) => sum + Number(line.trim() || 0), 0);
}

/**
 * Takes the files out of the page cache; says by what means, or that it could not. First file by file (dd asks the kernel to forget), then, where
 * pages stay, the whole cache, which only root may.
 */
export function dropCache(folder: string): string {
  const files = filesOf(folder, /^(blk|rev)\d+\.dat$/);
  for (const file of files) spawnSync('sync', [file]);
  for (const file of files) spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  const left = cachedBytes(files);
  if (left === 0) return 'posix_fadvise on each file (dd nocache), checked with fincore';
  if (left === null) return 'posix_fadvise on each file (dd nocache), not checked';
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '1');
    return 'drop_caches';
  } catch (error) {
    return `not dropped: ${left} bytes stay in memory (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** A folder that is there. */
export function folderAt(...parts: string[]): string {
  const folder = join(...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}
