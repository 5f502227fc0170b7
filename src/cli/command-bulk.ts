/** `bulk`: block files of a node straight through the engines, without a case. Parse, call one verb, render. */
import { availableParallelism } from 'node:os';
import type { Argv } from 'yargs';
import {
  type BulkOptions,
  bulkClusters,
  bulkCount,
  bulkGraph,
  bulkHaircut,
  bulkTxids,
  type CheckpointPlace,
} from '../case/bulk/index.ts';
import { parseOutpoint, SpoorError } from '../ledger/index.ts';
import { type GlobalOptions, handler, print, printJson, progressBar } from './io.ts';

/** Options of every bulk command. */
export interface BulkArgs extends GlobalOptions {
  readonly folder: string;
  readonly workers?: number;
  readonly until?: number;
  readonly plain: boolean;
  readonly verify: boolean;
}

/** Options of the commands that can be stopped and go on. */
export interface CheckpointArgs {
  readonly checkpoint?: string;
  readonly checkpointBlocks?: number;
}

/** Blocks between two checkpoints: some minutes of the whole chain. */
const CHECKPOINT_BLOCKS = 20_000;

/** Adds the commands. */
export function bulkCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command('bulk', 'block files of a node straight through the engines, without a case', (y) =>
    y
      .command('count <folder>', 'parse every block and count', bulkOptions, handler(runner(bulkCount)))
      .command('txids <folder>', 'hash every transaction', bulkOptions, handler(runner(bulkTxids)))
      .command('graph <folder>', 'the whole money graph with clusters', graphOptions, handler(runGraph))
      .command('clusters <folder>', 'clusters from block and undo files', clusterOptions, handler(runClusters))
      .command('haircut <folder>', 'haircut of one output over the whole chain', haircutOptions, handler(runHaircut))
      .command(
        'taint <folder>',
        'taint of one label over the whole graph, every rule',
        async (z) => (await import('./command-bulk-taint.ts')).bulkTaintOptions(bulkOptions(z)),
        async (args) => handler((await import('./command-bulk-taint.ts')).runBulkTaint)(args),
      )
      .command(
        'trace <folder>',
        'taint from seeds in one pass, every rule, without a case',
        async (z) => (await import('./command-bulk-trace.ts')).bulkTraceOptions(folderOptions(z)),
        async (args) => handler((await import('./command-bulk-trace.ts')).runBulkTrace)(args),
      )
      .demandCommand(1, 'name what to do with the block files; spoor bulk --help lists it'),
  );
}

function bulkOptions(yargs: Argv): Argv {
  return folderOptions(yargs).option('until', { type: 'number', describe: 'last height to read' });
}

function folderOptions(yargs: Argv): Argv {
  return yargs
    .positional('folder', {
      type: 'string',
      demandOption: true,
      describe: 'blocks folder: blk*.dat, rev*.dat, xor.dat',
    })
    .option('workers', { type: 'number', describe: 'threads that read and parse (default: one for each core)' })
    .option('plain', { type: 'boolean', default: false, describe: 'parse without WebAssembly (slower, same answer)' })
    .option('verify', { type: 'boolean', default: false, describe: 'hash everything and check every merkle root' });
}

function graphOptions(yargs: Argv): Argv {
  return checkpointOptions(bulkOptions(yargs))
    .example('$0 bulk graph ~/.bitcoin/blocks', 'addresses, spends and clusters of the whole chain')
    .example('$0 bulk graph FOLDER --checkpoint state', 'after a stop, the same command goes on');
}

function clusterOptions(yargs: Argv): Argv {
  return checkpointOptions(bulkOptions(yargs))
    .option('out', { type: 'string', requiresArg: true, describe: 'file for the list: address,cluster' })
    .example('$0 bulk clusters FOLDER --out clusters.csv', 'every address with the number of its cluster')
    .example('$0 bulk clusters FOLDER --out clusters.csv --checkpoint state', 'after a stop, the same command goes on');
}

function haircutOptions(yargs: Argv): Argv {
  return bulkOptions(yargs)
    .option('seed', { type: 'string', requiresArg: true, demandOption: true, describe: 'LABEL=TXID:VOUT' })
    .option('coins', { type: 'string', requiresArg: true, describe: 'file for the list of tainted coins' })
    .example('$0 bulk haircut FOLDER --seed theft=TXID:0 --coins coins.csv', 'every coin with its part of the theft');
}

/** Declares where the state of a command is kept. */
export function checkpointOptions(yargs: Argv): Argv {
  return yargs
    .option('checkpoint', {
      type: 'string',
      requiresArg: true,
      describe: 'keep the state of the run here; the same command then goes on from it',
    })
    .option('checkpoint-blocks', { type: 'number', describe: `blocks between checkpoints (${CHECKPOINT_BLOCKS})` });
}

/** Where it is kept, or null. Throws USAGE. */
export function checkpointOf({ checkpoint, checkpointBlocks }: CheckpointArgs): CheckpointPlace | null {
  const everyBlocks = whole('checkpoint-blocks', checkpointBlocks, 1) ?? CHECKPOINT_BLOCKS;
  return checkpoint === undefined ? null : { file: checkpoint, everyBlocks };
}

/** A whole number of at least `least`, or the default. Throws USAGE. */
export function whole(option: string, value: number | undefined, least: number): number | null {
  if (value === undefined) return null;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new SpoorError('USAGE', `--${option} is a whole number from ${least} on`);
}

/** Options of every bulk verb, with a progress bar and Ctrl-C. */
export async function withOptions<T>(args: BulkArgs, work: (options: BulkOptions) => Promise<T>): Promise<T> {
  const bar = progressBar(args);
  const abort = new AbortController();
  const onSignal = (): void => abort.abort();
  process.once('SIGINT', onSignal);
  try {
    return await work({
      folder: args.folder,
      workers: whole('workers', args.workers, 1) ?? Math.max(1, availableParallelism()),
      until: whole('until', args.until, 0),
      plain: args.plain,
      verify: args.verify,
      onProgress: (done, total) => bar.onProgress('blocks', done, total),
      signal: abort.signal,
    });
  } finally {
    process.removeListener('SIGINT', onSignal);
    bar.stop();
  }
}

function runner(verb: (options: BulkOptions) => Promise<object>): (args: BulkArgs) => Promise<void> {
  return async (args) => show(args, await withOptions(args, verb));
}

async function runGraph(args: BulkArgs & CheckpointArgs): Promise<void> {
  const checkpoint = checkpointOf(args);
  show(args, await withOptions(args, (options) => bulkGraph({ ...options, checkpoint })));
}

async function runClusters(args: BulkArgs & CheckpointArgs & { out?: string }): Promise<void> {
  const asked = { list: args.out ?? null, checkpoint: checkpointOf(args) };
  show(args, await withOptions(args, (options) => bulkClusters({ ...options, ...asked })));
}

async function runHaircut(args: BulkArgs & { seed: string; coins?: string }): Promise<void> {
  const equals = args.seed.indexOf('=');
  const seed = parseOutpoint(args.seed.slice(equals + 1));
  show(args, await withOptions(args, (options) => bulkHaircut({ ...options, seed, coins: args.coins ?? null })));
}

/** The answer as JSON, or a line for each of its parts. */
function show(args: GlobalOptions, answer: object): void {
  if (args.json) {
    printJson({ schema: 'spoor.bulk/1', ...answer });
    return;
  }
  for (const [name, value] of Object.entries(answer)) {
    if (name === 'notes') for (const note of value as readonly string[]) print(`note: ${note}`);
    else print(`${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}: ${String(value)}`);
  }
}
