/** `trace`, `why`, `report`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import {
  type CaseContext,
  isAccountSubject,
  parseSeed,
  parseSubject,
  runReport as reportOf,
  SERVICE_REACHES,
  type ServiceReach,
  type TraceRequest,
  type TraceRun,
  trace,
  traceDocument,
  traceReport,
  UNKNOWN_VALUES,
  type Unknown,
  type WhyDocument,
  why,
  withCase,
  withCaseAsync,
  writeUserFile,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import {
  btcOf,
  REPORT_FORMATS,
  type ReportFormat,
  renderText,
  renderTraceDocument,
  type TraceDocument,
  utcText,
  visibleText,
} from '../report/index.ts';
import { type AccountArgs, accountOptions, asksAccounts, refuseAccountOptions } from './account-options.ts';
import { type BackwardArgs, backwardOptions, checkDirection, runBackward } from './backward-options.ts';
import { type FollowArgs, followLive, followOptions, openLive } from './follow-options.ts';
import { idleOptions } from './idle-options.ts';
import { chosenFormat, type GlobalOptions, handler, print, printJson, progressBar, say } from './io.ts';
import { askedAbout, sayWhoSaw, sourceOptions } from './source-options.ts';
import { questionOptions, refuseGaps, requestOf, seedTexts } from './trace-options.ts';

/** Adds the three commands. */
export function traceCommands(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs
    .command(
      'trace',
      'follow taint forward from seeds, or value back to where it came from',
      traceOptions,
      handler(runTrace),
    )
    .command('why <subject>', 'explain the taint of an output, down to its seeds', whyOptions, handler(runWhy))
    .command('report', 'write a trace as a document', reportOptions, handler(runReport));
}

function traceOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return accountOptions(backwardOptions(questionOptions(followOptions(sourceOptions(yargs)))))
    .option('split-below', { ...text, describe: 'keep seed outputs below this many satoshi apart as LABEL/small' })
    .option('unknown', {
      choices: UNKNOWN_VALUES,
      requiresArg: true,
      describe: 'inputs whose history is not in the case: clean, or bounds (lower and upper amounts)',
    })
    .option('envelope', {
      type: 'boolean',
      defaultDescription: 'with --rule all',
      describe: 'also say what any conserving rule could say, per output, address, cluster and service',
    })
    .option('service-clusters', {
      choices: SERVICE_REACHES,
      requiresArg: true,
      defaultDescription: 'own',
      describe:
        'where services end: own is tagged addresses, definer adds clusters that a tag says it covers (as screen does), core the whole core cluster of each',
    })
    .option('strict', { type: 'boolean', default: false, describe: 'exit 5 when the result has gaps' })
    .example('$0 trace --seed ransom=tag:wannacry --rule all', 'every rule in one pass, and how far they agree')
    .example(
      '$0 trace --seed V=TXID:0 --follow --url https://HOST/api',
      'follow the money live; a second run asks nothing',
    )
    .example('$0 trace --seed ransom=tag:wannacry --rule fifo,haircut', 'every receipt of the tagged wallets')
    .example('$0 trace --seed V=TXID:0 --max-hops 3 --json', 'one payment, three transactions deep, as JSON');
}

type TraceArgs = FollowArgs &
  BackwardArgs &
  AccountArgs & { unknown?: Unknown; envelope?: boolean; serviceClusters?: ServiceReach };

/** Fetching makes every run of clustering one of other facts, so stops cannot rest on it meanwhile. Throws USAGE. */
function refuseReachLive({ follow, serviceClusters = 'own' }: TraceArgs): void {
  if (!follow || serviceClusters === 'own') return;
  throw new SpoorError(
    'USAGE',
    `--service-clusters ${serviceClusters} rests on clusters of the facts there are, and --follow fetches more`,
    {},
    'spoor trace --follow, then spoor cluster run, then spoor trace --service-clusters',
  );
}

/** Whether the envelope is asked for: by name, or because every rule is. */
function asksEnvelope({ envelope, rule }: TraceArgs): boolean {
  return envelope ?? rule?.some((names) => names.split(',').some((name) => name.trim() === 'all')) === true;
}

async function runTrace(args: TraceArgs): Promise<void> {
  checkDirection(args);
  if (asksAccounts(args)) return (await import('./account-trace.ts')).runAccountTrace(args);
  refuseAccountOptions(args);
  if (args.backward) return runBackward(args);
  refuseReachLive(args);
  const asked = requestOf(args);
  for (const line of idleOptions(args, asked.rules)) say(args, line);
  const live = args.follow ? openLive(args) : null;
  try {
    await withCaseAsync(args.case, { create: false }, async (context) => {
      const request = {
        ...asked,
        ...(args.unknown === undefined ? {} : { unknown: args.unknown }),
        ...(args.serviceClusters === undefined ? {} : { serviceReach: args.serviceClusters }),
        envelope: asksEnvelope(args),
        seeds: seedTexts(args).map((text) => parseSeed(text, context.network)),
      };
      const { run, follow } =
        live === null
          ? { run: traceWithBar(context, request, args), follow: undefined }
          : await followLive(context, live, { request, args });
      const who = live === null ? {} : { follow, askedAbout: askedAbout([live.transport]) };
      const report = args.json ? null : traceReport(context, run, 'Trace');
      const document = { ...(report?.trace ?? traceDocument(context, run)), ...who };
      print(report === null ? renderTraceDocument(document) : renderText({ ...report, trace: document }));
      say(args, `run ${run.run.id} is kept in ${args.case}`);
      if (run.from !== undefined) say(args, `went on from the state kept at block ${run.from}`);
      sayMarks(args, document);
      refuseGaps(args.strict, run.content.gaps.length);
    });
  } finally {
    if (live !== null) sayWhoSaw(args, live.transport);
  }
}

/** What a reader of the books alone would miss. */
function sayMarks(args: GlobalOptions, { rules, seeds, serviceConflicts = [] }: TraceDocument): void {
  for (const conflict of serviceConflicts) say(args, `conflict: ${conflict}`);
  const other = new Set(seeds.filter(({ bookedAs }) => bookedAs !== undefined).map(({ label }) => label)).size;
  if (other > 0) say(args, `labels above --max-labels, booked together as other: ${other}; seeds names each`);
  for (const { rule, coarse, overlaps } of rules) {
    if (coarse !== undefined)
      say(args, `${rule}: ${coarse.here} outputs above --max-segments and ${coarse.before} after them are averages`);
    if (overlaps !== undefined)
      say(args, `${rule}: ${overlaps.length} seeds lie on taint of other labels; overlaps names each`);
  }
}

function traceWithBar(context: CaseContext, request: TraceRequest, args: GlobalOptions): TraceRun {
  const { onProgress, stop } = progressBar(args);
  const total = context.view.transactionCount();
  const run = trace(context, request, (visited) => onProgress('tracing', visited, total));
  stop();
  return run;
}

function whyOptions(yargs: Argv): Argv {
  return yargs
    .positional('subject', { type: 'string', demandOption: true, describe: 'txid:vout, txid or address' })
    .option('rule', { type: 'string', requiresArg: true, describe: 'one rule of the run; fifo if it has it' })
    .option('run', { type: 'string', requiresArg: true, describe: 'run id or its beginning; the latest if left out' })
    .example('$0 why TXID:1 --rule fifo', 'which seeds, by which spends, which satoshi');
}

async function runWhy(args: GlobalOptions & { subject: string; rule?: string; run?: string }): Promise<void> {
  if (isAccountSubject(args.subject)) return (await import('./account-trace.ts')).runAccountWhy(args);
  parseSubject(args.subject);
  withCase(args.case, { create: false }, (context) => {
    const document = why(context, { subject: args.subject, rule: args.rule ?? null, run: args.run ?? null });
    if (args.json) printJson(document);
    else print(whyText(document));
  });
}

/** Satoshi offsets as `[from,to)`. */
function rangeText(part: readonly [number, number] | null): string {
  return part === null ? '' : `[${part[0]},${part[1]})`;
}

/** The walk for people: seeds, then each spend in order. */
function whyText(document: WhyDocument): string {
  const lines: string[] = [];
  for (const output of document.outputs) {
    const taint = Object.entries(output.taint).map(
      ([label, amount]) => `${amount} sat (${btcOf(amount)} BTC) of ${label}`,
    );
    lines.push(
      `${output.outpoint}  ${output.address ?? 'no address'}  value ${output.value} sat`,
      `under ${document.rule}: ${taint.join('; ')}`,
      '',
      'seeds',
    );
    for (const origin of output.origins) {
      const tags = origin.evidence.length === 0 ? '' : `  [${origin.evidence.map(({ detail }) => detail).join('; ')}]`;
      lines.push(
        `  ${origin.amount} sat  ${origin.label}  ${origin.outpoint}${rangeText(origin.range)}  ${origin.address ?? ''}${tags}`,
      );
    }
    lines.push('', 'spends, first to last');
    for (const step of output.steps) {
      const time = step.timestampSec === null ? 'time unknown' : utcText(step.timestampSec);
      lines.push(
        `  ${step.amount} sat  ${step.label}  block ${step.height ?? 'unknown'}  ${time}  ${step.proof}`,
        `    ${step.from}${rangeText(step.fromRange)}`,
        `    -> ${step.to}${rangeText(step.toRange)}`,
      );
    }
    lines.push('');
  }
  return lines.map(visibleText).join('\n');
}

function reportOptions(yargs: Argv): Argv {
  return yargs
    .option('format', { choices: REPORT_FORMATS, describe: 'document format (html)' })
    .option('run', { type: 'string', requiresArg: true, describe: 'run id or its beginning; the latest if left out' })
    .option('out', { type: 'string', requiresArg: true, describe: 'file to write; stdout if left out' })
    .option('title', { type: 'string', requiresArg: true, default: 'Trace report', describe: 'title of the document' })
    .option('strict', { type: 'boolean', default: false, describe: 'exit 5 when the result has gaps' })
    .example('$0 report --format html --out report.html', 'one self-contained page')
    .example(
      '$0 report --format graphml --out trace.graphml',
      'for Gephi, yEd or networkx; stix and misp for their platforms',
    );
}

function runReport(
  args: GlobalOptions & { format?: ReportFormat; run?: string; out?: string; title: string; strict: boolean },
): void {
  const format = chosenFormat(args, 'html');
  withCase(args.case, { create: false }, (context) => {
    const report = reportOf(context, { run: args.run ?? null, title: args.title });
    if (args.out === undefined) print(report.text(format));
    else writeUserFile(args.out, report.text(format));
    if (args.out !== undefined) say(args, `wrote ${args.out}`);
    refuseGaps(args.strict, report.gaps);
  });
}
