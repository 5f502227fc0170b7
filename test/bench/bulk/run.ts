/**
 * `npm run bench:bulk`: ours and its peers in turn over the same generated block files, whole processes, equal answers checked.
 *   --sizes 100000,1000000   transactions (default 10^5, 10^6, 5 x 10^6)
 *   --rounds N               rounds at each size (default 5; 3 from 5 x 10^6 on)
 *   --only REGEX             programs by name, see programs.ts
 *   --mix modern|legacy, --folder FOLDER   what is generated, and where it is kept
 *   --quick                  10^5, one round, page cache left alone: a smoke test that holds the answers equal
 *   --write                  puts the tables into results.md, with the date
 * Ends with 1 when a program fails or two answers differ; a ratio below its target does not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { projectPath } from '../../support/shared-data.ts';
import { type Facts, type Place, truth } from './facts.ts';
import { type GeneratedMeta, type GenerateParameters, PLAIN } from './generate.ts';
import type { Mix } from './generate-script.ts';
import { buildStandIns, dropCache, folderAt, type Run, runCat } from './measure.ts';
import { PROGRAMS, type Program } from './programs.ts';
import { boundTable, type Measured, ratioTable, type Timed } from './table.ts';

const ALL_FILES = /\.dat$/;
const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '100000,1000000,5000000' },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    mix: { type: 'string', default: 'modern' },
    folder: { type: 'string', default: join(tmpdir(), 'spoor-bench-bulk') },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const problems: string[] = [];
let coldBy = '';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Block files of these parameters: those of an earlier run, where they are whole, else new ones. */
function generated(parameters: GenerateParameters): Place {
  const { transactions, mix, seed } = parameters;
  const folder = folderAt(options.folder, `${mix}-${transactions}-seed${seed}`);
  const metaFile = join(folder, 'meta.json');
  const read = (): GeneratedMeta => JSON.parse(readFileSync(metaFile, 'utf8'));
  const whole = ({ parameters: kept, files }: GeneratedMeta) =>
    isDeepStrictEqual(kept, parameters) &&
    files.every(({ name, bytes }) => existsSync(join(folder, name)) && statSync(join(folder, name)).size === bytes);
  if (!existsSync(metaFile) || !whole(read())) {
    say(`generating ${transactions} transactions`);
    const cli = projectPath('test/bench/bulk/generate-cli.ts');
    const args = ['--import', 'tsx', cli, '--transactions', String(transactions), '--mix', mix, '--seed', String(seed)];
    const { status } = spawnSync(process.execPath, [...args, '--out', folder], {
      cwd: projectPath('.'),
      stdio: ['ignore', 2, 2],
    });
    if (status !== 0) throw new Error('the generator failed');
  }
  return { folder, scratch: folderAt(options.folder, 'scratch'), meta: read() };
}

/** Notes every stated part of an answer; two that differ are a problem. */
function compare(known: Map<string, { value: string; by: string }>, program: string, facts: Facts): void {
  for (const [part, value] of Object.entries(facts)) {
    const first = known.get(part);
    if (first === undefined) known.set(part, { value, by: program });
    else if (first.value !== value) problems.push(`${part}: ${program} says ${value}, ${first.by} says ${first.value}`);
  }
}

/** One run of a program; null, with the reason in `timed`, when there is no time to note. */
function once(program: Program, place: Place, timed: Map<string, Timed>): Run | null {
  if (program.cold && !options.quick) coldBy = dropCache(place.folder);
  const outcome = program.run(place);
  if (program.cold && !options.quick) runCat(place.folder, ALL_FILES);
  if ('wallSec' in outcome) return outcome;
  timed.set(program.name, outcome);
  if ('failed' in outcome) problems.push(`${program.name}: ${outcome.failed}`);
  return null;
}

function measure(place: Place, rounds: number, chosen: readonly Program[]): Measured {
  const { transactions } = place.meta;
  const timed = new Map<string, Timed>();
  const known = new Map<string, { value: string; by: string }>();
  compare(known, 'the generator', truth(place.meta));
  runCat(place.folder, ALL_FILES);
  for (let round = 1; round <= rounds; round += 1) {
    for (const program of chosen) {
      const before = timed.get(program.name);
      if ((before !== undefined && !('runs' in before)) || transactions > (program.upTo ?? Infinity)) continue;
      const run = once(program, place, timed);
      if (run === null) continue;
      say(`${transactions} round ${round} ${program.name}: ${run.wallSec.toFixed(3)} s`);
      timed.set(program.name, { runs: [...(before?.runs ?? []), run] });
      try {
        compare(known, program.name, program.facts?.(run, place) ?? {});
      } catch (error) {
        problems.push(`${program.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return { transactions, timed };
}

function page(measured: readonly Measured[], rounds: readonly number[]): string {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
  const method = `Rounds ${rounds.join(', ')}; medians with least and most; whole processes, in turn; mix ${options.mix}.`;
  const cold = coldBy === '' ? '' : ` Cold: ${coldBy}.`;
  return `## ${date}, ${machine}\n\n${method}${cold}\n\n${ratioTable(measured)}\n\n${boundTable(measured)}\n`;
}

/** Ingest against bare rows in the very schema of a case, where that benchmark is there; it holds all rows in memory, so 10^5 only. */
function ingestOnSchema(): void {
  const bench = projectPath('test/bench/bulk-ingest.bench.ts');
  if (!existsSync(bench)) return;
  const { folder } = generated({ ...PLAIN, transactions: 100_000, mix: 'modern', seed: 1 });
  const program = `const { benchBulkIngest } = await import(${JSON.stringify(bench)});
    process.stdout.write(JSON.stringify(benchBulkIngest(${JSON.stringify(folder)})) + '\\n');`;
  process.stdout.write('ingest of 100,000 transactions against bare rows in the schema of a case, 3 rounds: ');
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: projectPath('.'),
    stdio: 'inherit',
  });
  if (status !== 0) problems.push('the benchmark of ingest on the schema failed');
}

function main(): void {
  if (options.mix !== 'modern' && options.mix !== 'legacy')
    throw new RangeError(`--mix ${options.mix}: modern or legacy`);
  const mix: Mix = options.mix;
  const sizes = options.quick ? [100_000] : options.sizes.split(',').map(Number);
  const only = new RegExp(options.only);
  const chosen = PROGRAMS.filter(({ name, slow }) => only.test(name) && !(options.quick && slow === true));
  buildStandIns();
  const rounds = sizes.map((size) => (options.quick ? 1 : Number(options.rounds ?? (size < 5_000_000 ? 5 : 3))));
  const measured = sizes.map((transactions, at) =>
    measure(generated({ ...PLAIN, transactions, mix, seed: 1 }), rounds[at]!, chosen),
  );
  rmSync(join(options.folder, 'scratch'), { recursive: true, force: true });
  const text = page(measured, rounds);
  process.stdout.write(`${text}\n`);
  if (options.write) writeFileSync(projectPath('test/bench/bulk/results.md'), `# Bulk benchmarks\n\n${text}`);
  if (!options.quick && only.test('ingest')) ingestOnSchema();
  for (const problem of problems) say(`PROBLEM ${problem}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

main();
