#!/usr/bin/env node
import type { Argv } from 'yargs';
/** Entry of the command line. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ENGINE_VERSION, ERROR_TABLE, errorLine, SpoorError } from '../ledger/index.ts';
import type { GlobalOptions } from './io.ts';
import { safeLines } from './safe-text.ts';

const UNEXPECTED = 1;

type Commands = (yargs: Argv<GlobalOptions>) => Argv<GlobalOptions>;

/**
 * Command files with the first words they answer to. Only the file of the command that was typed is loaded, because loading what another needs (a
 * database, a network) takes longer than a short command; help and unknown words load all.
 */
const COMMAND_FILES: ReadonlyArray<{ readonly names: readonly string[]; load(): Promise<Commands> }> = [
  {
    names: ['demo', 'ingest', 'case', 'doctor'],
    load: async () => (await import('./command-case.ts')).caseCommands,
  },
  { names: ['actor'], load: async () => (await import('./command-actor.ts')).actorCommand },
  { names: ['tag'], load: async () => (await import('./command-tag.ts')).tagCommand },
  { names: ['fetch'], load: async () => (await import('./command-fetch.ts')).fetchCommand },
  { names: ['trace', 'why', 'report'], load: async () => (await import('./command-trace.ts')).traceCommands },
  { names: ['path'], load: async () => (await import('./command-path.ts')).pathCommand },
  { names: ['leads'], load: async () => (await import('./command-leads.ts')).leadsCommand },
  { names: ['rank'], load: async () => (await import('./command-rank.ts')).rankCommand },
  { names: ['screen'], load: async () => (await import('./command-screen.ts')).screenCommand },
  { names: ['pattern'], load: async () => (await import('./command-pattern.ts')).patternCommand },
  { names: ['cluster'], load: async () => (await import('./command-cluster.ts')).clusterCommand },
  { names: ['revenue'], load: async () => (await import('./command-revenue.ts')).revenueCommand },
  { names: ['study'], load: async () => (await import('./command-study.ts')).studyCommand },
  { names: ['bundle'], load: async () => (await import('./command-bundle.ts')).bundleCommand },
  { names: ['watch'], load: async () => (await import('./command-watch.ts')).watchCommand },
  { names: ['serve', 'token'], load: async () => (await import('./command-serve.ts')).serveCommands },
  { names: ['bulk'], load: async () => (await import('./command-bulk.ts')).bulkCommand },
];

async function withCommands(base: Argv<GlobalOptions>, word: string | undefined): Promise<Argv<GlobalOptions>> {
  if (word === '--version') return base;
  const named = COMMAND_FILES.filter(({ names }) => word !== undefined && names.includes(word));
  let parser = base;
  for (const { load } of named.length > 0 ? named : COMMAND_FILES) parser = (await load())(parser);
  return parser;
}

function usage(message: string): SpoorError {
  return new SpoorError('USAGE', message, {}, 'spoor --help, or spoor COMMAND --help');
}

/** Prints an error and returns its exit code: coded errors by the one table, anything else is a bug and shows its stack. */
function failure(error: unknown): number {
  if (error instanceof SpoorError) {
    process.stderr.write(`${safeLines(`spoor: ${errorLine(error)}`)}\n`);
    return ERROR_TABLE[error.code].exit;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`spoor: unexpected failure, please report it with this text\n${text}\n`);
  return UNEXPECTED;
}

/** Options and positionals declared as lists; any other that is given twice is refused. The parser does not say which are, so a test holds this list to the commands. */
const REPEATABLE: ReadonlySet<string> = new Set([
  '_',
  'bodies',
  'control',
  'files',
  'keep-apart',
  'known-since',
  'names',
  'offset',
  'prices',
  'rule',
  'seed',
  'stop-at',
  'subject',
  'subjects',
  'tags',
]);

async function main(): Promise<number> {
  const base = yargs(hideBin(process.argv))
    .scriptName('spoor')
    .version(ENGINE_VERSION)
    .option('case', {
      type: 'string',
      requiresArg: true,
      default: process.env.SPOOR_CASE || './case.spoor',
      describe: 'case file (environment SPOOR_CASE)',
    })
    .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout, nothing else' })
    .option('quiet', { type: 'boolean', default: false, describe: 'nothing on stderr but errors' })
    .option('offline', {
      type: 'boolean',
      default: false,
      describe: 'touch no network: recorded answers only',
    });
  const parser = (await withCommands(base, hideBin(process.argv)[0]))
    .completion('completion', 'print a completion script for bash or zsh')
    .demandCommand(1, 'name a command; spoor --help lists them')
    .recommendCommands()
    .strict()
    .check((args) => {
      for (const [name, value] of Object.entries(args)) {
        const repeatable = REPEATABLE.has(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
        if (Array.isArray(value) && !repeatable) throw new SpoorError('USAGE', `--${name} is given twice`);
      }
      return true;
    })
    .wrap(100)
    .fail((message, error) => {
      throw error ?? usage(message);
    });
  try {
    await parser.parseAsync();
    return 0;
  } catch (error) {
    // The parser's own errors (an option without its value) are of a class that it does not export, and pass by its handler of failures.
    return failure(error instanceof Error && error.name === 'YError' ? usage(error.message) : error);
  }
}

/** A reader that closes the pipe early (head, less) is no failure; a disk that is full is one of the disk, whatever the command did before. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.exit(failure(new SpoorError('IO', `the output cannot be written: ${error.message}`)));
});
process.exitCode = await main();
