/** `demo`, `ingest`, `case`, `doctor`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import {
  type CaseContext,
  caseInfo,
  demo,
  doctor,
  type FileOutcome,
  factLines,
  ingestSteps,
  verifyCase,
  withCase,
  withCaseAsync,
} from '../case/index.ts';
import { FILE_FORMATS, type FileFormat, NETWORK_NAMES } from '../chain/bitcoin/index.ts';
import { type Network, SpoorError } from '../ledger/index.ts';
import { renderText, renderTraceDocument, visibleText } from '../report/index.ts';
import { fileLines, type GlobalOptions, handler, onInterrupt, print, printJson, progressBar, say } from './io.ts';

/** Adds the commands. */
export function caseCommands(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs
    .command('demo', 'the bundled WannaCry case, from ransom payment to exchange deposit', (y) => y, handler(runDemo))
    .command('ingest <files..>', 'read local files into the case', ingestOptions, handler(runIngest))
    .command('case <action>', 'info, verify or export the case file', caseOptions, handler(runCase))
    .command('doctor', 'check this machine and the parts that evidence rests on', (y) => y, handler(runDoctor));
}

function runDemo(args: GlobalOptions): void {
  withCase(args.case, { create: true }, (context) => {
    const report = demo(context);
    print(args.json ? renderTraceDocument(report.trace) : renderText(report));
    say(args, `the case is kept in ${args.case}; try: npx spoor report --format html --out report.html`);
  });
}

function ingestOptions(yargs: Argv): Argv {
  return yargs
    .positional('files', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'files, .gz or plain, or the blocks folder of a node',
    })
    .option('format', { choices: ['auto', ...FILE_FORMATS], default: 'auto', describe: 'format of the files' })
    .option('network', { choices: NETWORK_NAMES, describe: 'network of the addresses; mainnet for a new case' })
    .option('keep-bodies', {
      type: 'boolean',
      default: false,
      describe: "keep a node's block files inside the case, not their digests only",
    })
    .example('$0 ingest rawaddr.json.gz txs.json', 'two files, formats told by their content')
    .example('$0 ingest ~/.bitcoin/blocks', 'all block files of a node with their undo files, as one chain');
}

interface IngestArgs extends GlobalOptions {
  readonly files: string[];
  readonly format: FileFormat | 'auto';
  readonly network?: Network;
  readonly keepBodies: boolean;
}

async function runIngest(args: IngestArgs): Promise<void> {
  const { onProgress, stop } = progressBar(args);
  const interrupt = onInterrupt();
  try {
    await withCaseAsync(args.case, { create: true }, async ({ store }) => {
      const { format, network = null, keepBodies } = args;
      const steps = ingestSteps(store, args.files, {
        format,
        network,
        keepBodies,
        onProgress: fileLines(args, onProgress),
      });
      let step = steps.next();
      for (; !step.done; step = steps.next()) {
        await interrupt.pause();
        if (interrupt.asked())
          throw new SpoorError('INTERRUPTED', 'stopped; what was read is kept', {}, 'run it again to go on');
      }
      showIngested(args, step.value);
    });
  } finally {
    interrupt.stop();
    stop();
  }
}

function showIngested(args: IngestArgs, files: readonly FileOutcome[]): void {
  if (args.json) printJson({ schema: 'spoor.ingest/1', files });
  for (const file of args.json ? [] : files) {
    const what = file.already
      ? 'in the case already'
      : `${file.transactions} transactions (${file.added} new, ${file.merged} merged, ${file.unchanged} known), ${file.blocks} blocks`;
    print(visibleText(`${file.file}: ${file.format}, ${what}`));
    for (const note of file.notes) say(args, `  note: ${visibleText(note)}`);
  }
}

function caseOptions(yargs: Argv): Argv {
  return yargs
    .positional('action', { choices: ['info', 'verify', 'export'] as const, demandOption: true })
    .option('bodies', {
      type: 'string',
      array: true,
      requiresArg: true,
      default: [],
      describe: 'for verify: folders of block files that are kept outside the case',
    })
    .example('$0 case verify', 'hashes, proofs, merkle roots, books: everything again')
    .example('$0 case export > facts.jsonl', 'every fact as spoor JSON lines');
}

interface CaseArgs extends GlobalOptions {
  readonly action: 'info' | 'verify' | 'export';
  readonly bodies: string[];
}

function runCase(args: CaseArgs): void {
  const verbs = { info: showInfo, verify: showVerification, export: exportFacts };
  withCase(args.case, { create: false }, (context) => verbs[args.action](context, args));
}

function exportFacts(context: CaseContext, { json }: CaseArgs): void {
  const lines = factLines(context);
  if (json) printJson({ schema: 'spoor.export/1', lines: [...lines].map((line) => JSON.parse(line) as unknown) });
  else for (const line of lines) print(line);
}

function showVerification(context: CaseContext, args: CaseArgs): void {
  const document = verifyCase(context, args.bodies);
  if (args.json) printJson(document);
  for (const { name, ok, checked, problems, notes } of args.json ? [] : document.checks) {
    print(visibleText(`${ok ? 'ok  ' : 'FAIL'}  ${name} (${checked})`));
    for (const note of notes) print(visibleText(`        note: ${note}`));
    for (const problem of problems) print(visibleText(`        ${problem}`));
  }
  if (!args.json) print(`facts ${document.facts}`);
  if (!document.ok) throw new SpoorError('VERIFY_FAILED', 'the case does not hold what it claims', { file: args.case });
}

function showInfo(context: CaseContext, { json }: CaseArgs): void {
  const info = caseInfo(context);
  const tipHash = info.tip.hash === null ? '' : ` ${info.tip.hash}`;
  const lines = [
    `network ${info.network}, tip block ${info.tip.height}${tipHash}`,
    `${info.transactions} transactions, ${info.verified} verified; ${info.blocks} block headers`,
    `inputs ${info.inputs}`,
    `facts  ${info.facts}`,
    ...info.files.map(
      (file) =>
        `file  ${file.sha256}  ${file.format}  ${file.name}  ${file.transactions} transactions${file.complete ? '' : ', read in part'}`,
    ),
    ...info.packs.map((pack) => `pack  ${pack.sha256}  ${pack.name}  ${pack.title}`),
    ...coverageLines(info.coverage),
    ...info.runs.map((run) => `run   ${run.id}  ${run.verb}  tip ${run.tipHeight}`),
  ];
  if (json) printJson(info);
  else print(lines.map(visibleText).join('\n'));
}

/** Statements of coverage: what, from whom, how much, at which block. Those about outspends, one a transaction, are counted. */
function coverageLines(rows: ReturnType<typeof caseInfo>['coverage']): string[] {
  const outspends = new Map<string, number>();
  const lines = rows.flatMap((row) => {
    const { kind, source, host, stated, held, complete, fromHeight, toHeight } = row;
    const tip = row.tip === null ? 'tip not known' : `tip ${row.tip.height} ${row.tip.hash}`;
    const whence = `${source} at ${host}  ${tip}`;
    if (kind === 'outspends') {
      outspends.set(whence, (outspends.get(whence) ?? 0) + 1);
      return [];
    }
    const what = kind === 'blocks' ? `${fromHeight}..${toHeight ?? fromHeight}` : row.subject;
    const count = `${held} of ${stated ?? 'an unstated number'}, ${complete ? 'complete' : 'incomplete'}`;
    return [`coverage  ${kind}  ${what}  ${count}  ${whence}`];
  });
  const counted = [...outspends].map(([whence, count]) => `coverage  outspends  of ${count} transactions  ${whence}`);
  return [...lines, ...counted];
}

function runDoctor(args: GlobalOptions): void {
  const findings = doctor(process.version);
  const ok = findings.every((finding) => finding.ok);
  if (args.json) printJson({ schema: 'spoor.doctor/1', ok, findings });
  else
    print(findings.map((finding) => `${finding.ok ? 'ok  ' : 'FAIL'}  ${finding.name}: ${finding.detail}`).join('\n'));
  if (!ok) throw new SpoorError('VERIFY_FAILED', 'this machine lacks something spoor needs');
}
