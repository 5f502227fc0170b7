/** `study run` and `study reproduce`: parse, call one verb, render. */
import { join } from 'node:path';
import type { Argv } from 'yargs';
import { parseSeed, withCase } from '../case/index.ts';
import {
  type Comparison,
  checkStudyRequest,
  MANIFEST_NAME,
  reproduceStudy,
  runStudy,
  type StudyCheck,
  type StudyGroup,
  type StudyRequest,
  writeStudy,
} from '../case/study/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { cellText, visibleText } from '../report/index.ts';
import { ordersOptions, showOrders } from './command-study-orders.ts';
import { type GlobalOptions, handler, parseCount, print, printJson, progressBar, say } from './io.ts';
import { type QuestionArgs, questionOptions, requestOf, seedTexts } from './trace-options.ts';

/** Adds the commands. */
export function studyCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command('study', 'compare rules, and seeds with controls, reproducibly', (study) =>
    study
      .command('run', 'trace seeds and controls one by one, measure, test, write a folder', runOptions, handler(run))
      .command('reproduce <manifest>', 'make a study again and compare its bytes', reproduceOptions, handler(reproduce))
      .command('orders', 'how much of an answer is the order of inputs and outputs', ordersOptions, handler(showOrders))
      .demandCommand(1, 'study run, study reproduce MANIFEST, or study orders'),
  );
}

function runOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return questionOptions(yargs)
    .option('control', {
      ...text,
      array: true,
      default: [],
      describe: 'SUBJECT whose outputs are controls, repeatable',
    })
    .option('random-controls', { ...text, describe: 'so many other outputs of the case as controls' })
    .option('sample', { ...text, describe: 'at most so many outputs of each group' })
    .option('draw-key', { ...text, default: 'spoor', describe: 'text that decides what is drawn' })
    .option('alpha', { ...text, default: '0.001', describe: 'p below which a difference is called significant' })
    .option('out', { ...text, demandOption: 'name a new folder: --out FOLDER', describe: 'folder for the results' })
    .example('$0 study run --seed r=tag:ransomware --random-controls 200 --rule fifo,haircut --out study', 'two rules')
    .example('$0 study reproduce study/manifest.json', 'the same bytes again, or exit code 6');
}

interface RunArgs extends QuestionArgs, GlobalOptions {
  readonly control: string[];
  readonly randomControls?: string;
  readonly sample?: string;
  readonly drawKey: string;
  readonly alpha: string;
  readonly out: string;
}

function studyRequest(args: RunArgs): StudyRequest {
  const count = (option: string, value: string | undefined): number | null =>
    value === undefined ? null : parseCount(option, value);
  return {
    trace: requestOf(args),
    controls: args.control,
    randomControls: count('--random-controls', args.randomControls),
    sample: count('--sample', args.sample),
    key: args.drawKey,
    alpha: args.alpha,
  };
}

function run(args: RunArgs): void {
  const asked = studyRequest(args);
  checkStudyRequest(asked);
  withCase(args.case, { create: false }, (context) => {
    const seeds = seedTexts(args).map((text) => parseSeed(text, context.network));
    const { onProgress, stop } = progressBar(args);
    const request = { ...asked, trace: { ...asked.trace, seeds } };
    const study = runStudy(context, request, (done, total) => onProgress('tracing', done, total));
    stop();
    writeStudy(study, args.out);
    if (args.json) printJson(study.manifest);
    else print(summary(study.compared, { alpha: args.alpha, groups: study.manifest.groups }));
    say(
      args,
      `wrote ${study.files.length + 1} files to ${args.out}; spoor study reproduce ${join(args.out, MANIFEST_NAME)}`,
    );
  });
}

/** What differs, for people; all of it is in tests.csv. */
function summary(
  compared: readonly Comparison[],
  study: { alpha: string; groups: Readonly<Record<'seed' | 'control', StudyGroup>> },
): string {
  const tested = compared.flatMap((one) => (one.test === null ? [] : [{ ...one, test: one.test }]));
  const found = tested.filter(({ test }) => test.p < Number(study.alpha));
  const { seed, control } = study.groups;
  const lines = [
    `${seed.outputs} seeds (${seed.amount} sat) against ${control.outputs} controls (${control.amount} sat)`,
    `spent by transactions the case does not hold: ${seed.unseen} seeds, ${control.unseen} controls; a difference may be one of what the case holds`,
    `${found.length} of ${tested.length} comparisons differ at p below ${study.alpha}; by chance alone a share of ${study.alpha} of them would`,
    ...found.map(
      ({ rule, metric, test }) =>
        `  ${rule}  ${metric.name}  ${test.effect > 0 ? 'seeds higher' : 'seeds lower'}  effect ${cellText('ratio', test.effect)}  p ${cellText('chance', test.p)}`,
    ),
  ];
  return lines.map(visibleText).join('\n');
}

function reproduceOptions(yargs: Argv): Argv {
  return yargs
    .positional('manifest', { type: 'string', demandOption: true, describe: `${MANIFEST_NAME} of a study` })
    .option('out', { type: 'string', requiresArg: true, describe: 'new folder for what was made again' })
    .example('$0 study reproduce study/manifest.json --json', 'each file with both digests');
}

interface ReproduceArgs extends GlobalOptions {
  readonly manifest: string;
  readonly out?: string;
}

function reproduce(args: ReproduceArgs): void {
  withCase(args.case, { create: false }, (context) => {
    const { onProgress, stop } = progressBar(args);
    const { check, study } = reproduceStudy(context, args.manifest, (done, total) =>
      onProgress('tracing', done, total),
    );
    stop();
    if (args.out !== undefined) writeStudy(study, args.out);
    if (args.json) printJson(check);
    else print(checkText(check));
    if (!check.ok)
      throw new SpoorError('VERIFY_FAILED', 'the study made again is not the study of the manifest', {
        file: args.manifest,
      });
  });
}

function checkText(check: StudyCheck): string {
  const lines = check.files.map(({ name, ok }) => `${ok ? 'ok  ' : 'FAIL'}  ${visibleText(name)}`);
  return [...lines, `study ${check.id}: ${check.ok ? 'every byte as before' : 'not the same'}`].join('\n');
}
