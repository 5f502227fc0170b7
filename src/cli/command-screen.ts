/** `screen`: parse, call one verb, render. */
import { createReadStream, openSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Argv } from 'yargs';
import {
  type CaseContext,
  DAY_PRICES,
  type DayPrice,
  readAssetPrices,
  readRules,
  replayScreening,
  ScreenBatch,
  ScreenDesk,
  ScreenJournal,
  type ScreenOptions,
  screenAgain,
  screeningList,
  screeningSubject,
  testRules,
  withCase,
  withCaseAsync,
  writeUserFile,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { renderExplanation, renderScreening } from '../report/index.ts';
import {
  DEFAULT_METHODS,
  type Direction,
  LEVELS,
  type Level,
  METHODS,
  type Method,
  reaches,
  type Screening,
} from '../screen/index.ts';
import { type GlobalOptions, handler, parseCount, print, printJson, say } from './io.ts';

interface ScreenArgs extends GlobalOptions {
  readonly subjects: string[];
  readonly direction: Direction;
  readonly rules?: string;
  readonly asOf?: string;
  readonly method?: string;
  readonly prices?: string[];
  readonly price: DayPrice;
  readonly maxHops?: string;
  readonly maxTransactions?: string;
  readonly maxOutputs?: string;
  readonly lookup: boolean;
  readonly clusters: boolean;
  readonly keep: boolean;
  readonly failOn?: Level;
  readonly jsonl: boolean;
  readonly explain?: string;
  readonly input?: string;
  readonly inputFormat?: 'jsonl' | 'csv';
  readonly journal?: string;
}

/** Adds the command. */
export function screenCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'screen [subjects..]',
    'what a deposit, a withdrawal or an address is exposed to, by rules, with reasons',
    screenOptions,
    handler(runScreen),
  );
}

function screenOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return yargs
    .positional('subjects', {
      type: 'string',
      array: true,
      default: [],
      describe:
        'address, txid:vout or txid; 0x account, account/asset or hash; or: replay ID, again ID, list, rules test FILE',
    })
    .option('direction', {
      choices: ['received', 'sent', 'both'] as const,
      default: 'received',
      describe: 'received: where it came from; sent: where it went',
    })
    .option('rules', { ...text, describe: 'YAML file of rules (the bundled ones)' })
    .option('as-of', { ...text, describe: 'day YYYY-MM-DD: blocks and tags known up to its end' })
    .option('method', {
      ...text,
      describe: `taint rules, of ${METHODS.join(', ')} (${DEFAULT_METHODS})`,
      alias: 'rule',
    })
    .option('prices', {
      ...text,
      array: true,
      describe: 'CSV of daily prices in dollars with Date,Open,High,Low,Close: FILE of bitcoin, or ASSET=FILE',
    })
    .option('price', { choices: DAY_PRICES, default: 'middle', describe: 'price of a day; middle is half-way' })
    .option('max-hops', { ...text, describe: 'transactions on one path, at most (as the rules say)' })
    .option('max-transactions', { ...text, describe: 'transactions read per method, at most (as the rules say)' })
    .option('max-outputs', { ...text, describe: 'outputs of an address, the largest first (as the rules say)' })
    .option('lookup', { type: 'boolean', default: false, describe: 'tags of the subject alone, no walk: never none' })
    .option('clusters', { type: 'boolean', default: true, describe: 'tags of the same cluster count' })
    .option('keep', { type: 'boolean', default: true, describe: 'keep the verdict in the case, for replay' })
    .option('fail-on', { choices: LEVELS, describe: 'exit 4 from this level on; unknown comes right after none' })
    .option('jsonl', { type: 'boolean', default: false, describe: 'one line of JSON per subject' })
    .option('explain', { ...text, describe: 'write an explanation in plain words to FILE, or - for stdout' })
    .option('input', { ...text, describe: 'batch from FILE, or - for stdin: JSONL, or CSV with a first line of names' })
    .option('input-format', { choices: ['jsonl', 'csv'] as const, describe: 'of --input (by its first character)' })
    .option('journal', { ...text, describe: 'with --input: go on where a batch that was stopped left off' })
    .example('$0 screen TXID:0', 'one deposit')
    .example('$0 screen TXID:1 --direction sent --fail-on high', 'before a withdrawal; exit 4 when high or severe')
    .example('$0 screen --input deposits.jsonl --journal deposits.journal', 'a batch that can be killed')
    .example('$0 screen again scr_ID', 'a verdict as of now, and why it differs')
    .example('$0 screen rules test rules.yaml', 'check a file of rules and judge its golden cases');
}

async function runScreen(args: ScreenArgs): Promise<void> {
  const [first, second, third] = args.subjects;
  if (first === 'rules' && second === 'test') return runRulesTest(args, third ?? null);
  if (first === 'list') return runList(args);
  if (first === 'replay' || first === 'again') {
    if (second === undefined || third !== undefined)
      throw new SpoorError('USAGE', `spoor screen ${first} takes one id of a screening`);
    return first === 'replay' ? runReplay(args, second) : runAgain(args, second);
  }
  if (args.input !== undefined) return runBatch(args, args.input);
  if (args.journal !== undefined) throw new SpoorError('USAGE', '--journal goes with --input');
  if (args.subjects.length === 0)
    throw new SpoorError('USAGE', 'name a subject, or a batch with --input', {}, 'spoor screen --help');
  for (const text of args.subjects) screeningSubject(text);
  return withCase(args.case, { create: false }, (context) => {
    const desk = new ScreenDesk(context, optionsOf(args));
    const answers = args.subjects.map((text) => desk.screen(requestOf(args, context, text)));
    show(args, answers);
    failOn(
      args,
      answers.map(({ risk }) => risk.level),
    );
  });
}

function optionsOf(args: ScreenArgs): ScreenOptions {
  return {
    rules: readRules(args.rules ?? null),
    asOf: args.asOf ?? null,
    prices: readAssetPrices(args.prices ?? [], args.price),
    clusters: args.clusters,
    keep: args.keep,
    nowSec: Math.floor(Date.now() / 1000),
  };
}

function requestOf(args: ScreenArgs, { network }: CaseContext, text: string): Parameters<ScreenDesk['screen']>[0] {
  const count = (option: string, given: string | undefined): number | undefined =>
    given === undefined ? undefined : Math.max(1, parseCount(option, given));
  const limits = Object.entries({
    max_hops: count('--max-hops', args.maxHops),
    max_transactions: count('--max-transactions', args.maxTransactions),
    max_outputs: count('--max-outputs', args.maxOutputs),
  }).filter(([, value]) => value !== undefined);
  return {
    subject: screeningSubject(text, network),
    direction: args.direction,
    ...(args.method === undefined ? {} : { methods: parseMethods(args.method) }),
    ...(limits.length === 0 ? {} : { limits: Object.fromEntries(limits) }),
    ...(args.lookup ? { lookup_only: true } : {}),
    ...(args.asOf === undefined ? {} : { as_of: args.asOf }),
  };
}

function parseMethods(text: string): Method[] {
  return text.split(',').map((name) => {
    const found = METHODS.find((method) => method === name.trim());
    if (found === undefined) throw new SpoorError('USAGE', `--method is of ${METHODS.join(', ')}, not "${name}"`);
    return found;
  });
}

function show(args: ScreenArgs, answers: readonly Screening[]): void {
  if (args.explain !== undefined && args.explain !== '-')
    writeUserFile(args.explain, answers.map(renderExplanation).join('\n'));
  if (args.jsonl) for (const answer of answers) print(JSON.stringify(answer));
  else if (args.json && answers.length > 1)
    throw new SpoorError('USAGE', '--json is one document: screen one subject, or use --jsonl');
  else if (args.json) printJson(answers[0]);
  else if (args.explain === '-') print(answers.map(renderExplanation).join('\n'));
  else print(answers.map(renderScreening).join('\n'));
}

function failOn({ failOn: least }: ScreenArgs, levels: ReadonlyArray<Level | null>): void {
  if (least === undefined) return;
  const worst = levels.filter((level) => level !== null && reaches(level, least));
  if (worst.length > 0)
    throw new SpoorError('FINDINGS', `${worst.length} of ${levels.length} reached --fail-on ${least}`);
}

function runReplay(args: ScreenArgs, id: string): void {
  withCase(args.case, { create: false }, (context) => show(args, [replayScreening(context, id)]));
}

function runAgain(args: ScreenArgs, id: string): void {
  withCase(args.case, { create: false }, (context) => {
    const difference = screenAgain(context, id, optionsOf(args));
    if (args.json) printJson(difference);
    else if (args.jsonl) print(JSON.stringify(difference));
    else {
      const { before, after, changed, exposure, causes } = difference;
      print(`${before.id} was ${before.level}; as of now ${after.level} (${after.id})`);
      if (!changed) print('Nothing that the verdict says is different.');
      for (const row of exposure)
        print(`  ${row.direction} ${row.method} ${row.what}: ${row.before ?? 'nothing'} -> ${row.after ?? 'nothing'}`);
      for (const { what, detail } of causes) print(`  because ${what}: ${detail}`);
    }
    failOn(args, [difference.answer.risk.level]);
  });
}

function runList(args: ScreenArgs): void {
  withCase(args.case, { create: false }, (context) => {
    const rows = screeningList(context).map(({ run, subject, level, madeSec }) => ({
      id: `scr_${run}`,
      subject,
      level,
      made_sec: madeSec,
    }));
    if (args.json) printJson({ schema: 'spoor.screenings/1', screenings: rows });
    else for (const { id, subject, level } of rows) print(`${id}  ${level.padEnd(7)}  ${subject}`);
  });
}

function runRulesTest(args: ScreenArgs, file: string | null): void {
  const { file: read, sha256, cases } = testRules(readRules(file));
  const failed = cases.filter(({ passed }) => !passed);
  if (args.json) {
    const { id, version, rules } = read;
    printJson({ schema: 'spoor.rules-test/1', id, version, sha256, rules: rules.length, failed: failed.length, cases });
  } else {
    print(`rules ${read.id}@${read.version}: ${read.rules.length} rules, ${cases.length} golden cases`);
    for (const { name, passed, expected, got } of cases) {
      const told = `${got.level} by ${got.rules.join(', ') || 'no rule'}`;
      print(
        passed
          ? `  as expected: ${name}: ${told}`
          : `  NOT as expected: ${name}: ${told}; expected ${expected.level}${expected.rules === null ? '' : ` by ${expected.rules.join(', ') || 'no rule'}`}`,
      );
    }
  }
  if (failed.length > 0) throw new SpoorError('VERIFY_FAILED', `${failed.length} golden cases came out otherwise`);
}

async function runBatch(args: ScreenArgs, input: string): Promise<void> {
  if (args.subjects.length > 0) throw new SpoorError('USAGE', 'subjects on the command line do not go with --input');
  if (args.method ?? args.maxHops ?? args.maxTransactions ?? args.maxOutputs)
    throw new SpoorError('USAGE', 'in a batch methods and limits are fields of each line, or of the rules');
  await withCaseAsync(args.case, { create: false }, async (context) => {
    const desk = new ScreenDesk(context, optionsOf(args));
    const defaults = { direction: args.direction, lookupOnly: args.lookup, network: context.network };
    const batch = new ScreenBatch(desk, defaults);
    const journal =
      args.journal === undefined
        ? null
        : new ScreenJournal(args.journal, JSON.stringify([desk.digest, args.direction, args.lookup]));
    const levels: Array<Level | null> = [];
    const stream = input === '-' ? process.stdin : createReadStream('', { fd: opened(input) });
    const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    let format = args.inputFormat ?? null;
    let at = 0;
    for await (const line of lines) {
      if (line.trim() === '') continue;
      if (format === null) format = /^\s*[{"]/.test(line) ? 'jsonl' : 'csv';
      if (format === 'csv' && at === 0) {
        batch.header(line);
        at = 1;
        continue;
      }
      const index = format === 'csv' ? at - 1 : at;
      at += 1;
      const before = journal?.before(index, line) ?? null;
      if (before !== null) batch.skip();
      const answered = before ?? batch.answer(line);
      if (before === null) journal?.keep(line, answered);
      print(answered.text);
      levels.push(answered.level);
    }
    journal?.close();
    say(args, `${levels.length} lines, ${levels.filter((level) => level === null).length} errors`);
    failOn(args, levels);
  });
}

/** A file opened for reading. Throws FILE_NOT_FOUND and IO naming it. */
function opened(file: string): number {
  try {
    if (statSync(file).isDirectory()) throw new Error('it is a folder');
    return openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new SpoorError('FILE_NOT_FOUND', 'there is no such file', { file });
    throw new SpoorError('IO', `the batch cannot be read: ${error instanceof Error ? error.message : ''}`, { file });
  }
}
