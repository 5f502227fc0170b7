/** Standard streams of the command line: stdout is data, stderr is everything else. */
import { createRequire } from 'node:module';
import type { SingleBar } from 'cli-progress';
import type { Progress } from '../case/index.ts';
import { locate, SpoorError } from '../ledger/index.ts';
import { safeLines } from './safe-text.ts';

/** Options every command takes. */
export interface GlobalOptions {
  readonly case: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly offline: boolean;
}

/** Writes data. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Writes one JSON document and nothing else. */
export function printJson(document: unknown): void {
  print(JSON.stringify(document, null, 2));
}

/** Writes a line for people to stderr, unless they asked for quiet. */
export function say(options: GlobalOptions, line: string): void {
  if (!options.quiet) process.stderr.write(`${safeLines(line)}\n`);
}

/** Most units of work between two looks at the clock-free progress bar, and how many looks small work gets. */
const STEP = 500;
const LOOKS = 100;

/** Work on fewer transactions than this is over before a line about it is read. */
const FEW = 100_000;

/** The one bar on the terminal. */
let shown: SingleBar | null = null;

/** Only a terminal shows bars, so only there are they loaded. */
function loadBars(): typeof import('cli-progress') {
  return createRequire(import.meta.url)('cli-progress');
}

/** A progress bar on a terminal, nothing in a pipe. Call `stop` when the work is done. */
export function progressBar(options: GlobalOptions): { onProgress: Progress; stop: () => void } {
  if (options.quiet || !process.stderr.isTTY) return { onProgress: () => undefined, stop: () => undefined };
  const { Presets, SingleBar } = loadBars();
  // Lines wrap as they do: who stops the program by Ctrl-C must not be left with a terminal that cuts them.
  const look = { format: '{phase} {bar} {value}/{total}', clearOnComplete: true, linewrap: true };
  const bar = new SingleBar(look, Presets.shades_grey);
  let phase = '';
  return {
    onProgress: (name, done, total) => {
      if (name !== phase) bar.start(total, 0, { phase: name });
      shown = bar;
      phase = name;
      const step = Math.min(STEP, Math.max(1, Math.floor(total / LOOKS)));
      if (done % step === 0 || done === total) bar.update(done);
    },
    stop: endProgress,
  };
}

/** Takes the bar that is shown off the terminal; to be called before anything else is written. */
function endProgress(): void {
  shown?.stop();
  shown = null;
}

/** Passes progress on, and says each file of a node that is begun where no bar shows it. */
export function fileLines(options: GlobalOptions, onProgress: Progress): Progress {
  let current = '';
  return (name, done, total) => {
    if (name !== current && total > FEW && !process.stderr.isTTY)
      say(options, `${name}: ${done} of ${total} transactions`);
    current = name;
    onProgress(name, done, total);
  };
}

/** Ctrl-C as a question: work that is done in steps asks between two of them, after `pause` has let the signal in. */
export function onInterrupt(): { asked: () => boolean; pause: () => Promise<void>; stop: () => void } {
  let asked = false;
  const listener = (): void => {
    asked = true;
  };
  process.on('SIGINT', listener);
  return {
    asked: () => asked,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    stop: () => void process.off('SIGINT', listener),
  };
}

/**
 * A handler for a command whose options yargs has checked: names in strict mode, types and choices by their declaration. The one place where
 * what yargs parsed is taken for the arguments of a command. A command that fails takes its bar along: one that stays keeps the process alive.
 */
export function handler<Args extends GlobalOptions>(
  run: (args: Args) => void | Promise<void>,
): (args: object) => Promise<void> {
  return async (args) => {
    try {
      await run(args as Args);
    } finally {
      endProgress();
    }
  };
}

/** Reads a whole number of an option. Throws USAGE. */
export function parseCount(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new SpoorError('USAGE', `${option} is a whole number of at most 9 digits, not "${text}"`);
  return Number(text);
}

/** As `parseCount`, from 1. Throws USAGE. */
export function parseAboveZero(option: string, text: string): number {
  const count = parseCount(option, text);
  if (count === 0) throw new SpoorError('USAGE', `${option} is at least 1`);
  return count;
}

/** Reads the value of an option; what is wrong with it is said with the option's name. Throws what `parse` throws. */
export function inOption<T>(option: string, parse: () => T): T {
  return locate({ field: option }, parse);
}

/** Format of a document: as asked, JSON with `--json`. Throws USAGE where the two contradict each other. */
export function chosenFormat<F extends string>(args: { json: boolean; format?: F }, usual: F): F | 'json' {
  if (!args.json) return args.format ?? usual;
  if (args.format === undefined || args.format === 'json') return 'json';
  throw new SpoorError(
    'USAGE',
    `--json and --format ${args.format} contradict each other`,
    {},
    'leave one of them out',
  );
}

/** Today, UTC, as `YYYY-MM-DD`: the one clock of the command line, for what a user does now and gives no day for. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Reads a day of an option, `YYYY-MM-DD`. Throws USAGE. */
export function parseDay(option: string, text: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text;
  throw new SpoorError('USAGE', `${option} is a day such as 2025-01-01, not "${text.slice(0, 60)}"`);
}
