/** `demo`, `ingest`, `case`, `doctor`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import {
  accountInfo,
  accountLines,
  balancesDocument,
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
import { ACCOUNT_FORMATS, type AccountFormat, checkAccount } from '../chain/ethereum/index.ts';
import { type Network, SpoorError } from '../ledger/index.ts';
import { renderText, renderTraceDocument, visibleText } from '../report/index.ts';
import { checkLines } from './check-lines.ts';
import { fileLines, type GlobalOptions, handler, onInterrupt, print, printJson, progressBar, say } from './io.ts';

/** Adds the commands. */
export function caseCommands(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs
    .command('demo', 'the bundled WannaCry case, from ransom payment to exchange deposit', (y) => y, handler(runDemo))
    .command('ingest <files..>', 'read local files into the case', ingestOptions, handler(runIngest))
    .command(
      'case <action> [subject]',
      'info, verify, export or balances of the case file',
      caseOptions,
      handler(runCase),
    )
    .command('doctor', 'check this machine and the parts that evidence rests on', (y) => y, handler(runDoctor));
}

function runDemo(args: GlobalOptions): void {
  withCase(args.case, { create: true }, (context) => {
    const report = demo(context);
    print(args.json ? renderTraceDocument(report.trace) : renderText(report));
    say(args, `the case is kept in ${args.case}; try: npx spoor report --format html --out report.html`);
  });
}

/** An id is a whole number above zero; yargs gives NaN for what is no number. */
function checkChainId(chainId: unknown): void {
  if (chainId !== undefined && !(Number.isSafeInteger(chainId) && Number(chainId) > 0)) {
    throw new SpoorError('USAGE', `--chain-id takes a whole number above zero, not ${String(chainId)}`);
  }
}

function ingestOptions(yargs: Argv): Argv {
  return yargs
    .positional('files', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'files, .gz or plain, or the blocks folder of a node',
    })
    .option('format', { choices: FORMATS, default: 'auto', describe: 'format of the files' })
    .option('network', { choices: NETWORK_NAMES, describe: 'network of the addresses; mainnet for a new case' })
    .option('chain-id', {
      type: 'number',
      requiresArg: true,
      describe: 'chain of files of Ethereum and its kin; that of the case, 1 (Ethereum) for a new one',
    })
    .option('account', {
      type: 'string',
      requiresArg: true,
      describe: 'whose answers the files hold, where they do not say it (a balance of Etherscan)',
    })
    .option('keep-bodies', {
      type: 'boolean',
      default: false,
      describe: "keep a node's block files inside the case, not their digests only",
    })
    .example('$0 ingest rawaddr.json.gz txs.json', 'two files, formats told by their content')
    .example('$0 ingest ~/.bitcoin/blocks', 'all block files of a node with their undo files, as one chain');
}

/** Formats of both chains; `spoor` is one of either. */
const FORMATS = [...new Set(['auto', ...FILE_FORMATS, ...ACCOUNT_FORMATS])];

interface IngestArgs extends GlobalOptions {
  readonly files: string[];
  readonly format: FileFormat | AccountFormat | 'auto';
  readonly chainId?: number;
  readonly account?: string;
  readonly network?: Network;
  readonly keepBodies: boolean;
}

async function runIngest(args: IngestArgs): Promise<void> {
  checkChainId(args.chainId);
  const { onProgress, stop } = progressBar(args);
  const interrupt = onInterrupt();
  try {
    await withCaseAsync(args.case, { create: true }, async ({ store }) => {
      const { format, network = null, chainId = null, keepBodies } = args;
      const steps = ingestSteps(store, args.files, {
        format,
        network,
        chainId,
        account: args.account === undefined ? null : checkAccount(args.account),
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
    .positional('action', { choices: ['info', 'verify', 'export', 'balances'] as const, demandOption: true })
    .positional('subject', {
      type: 'string',
      describe: 'for balances: an account, or account/asset; without it all that a source stated',
    })
    .option('chain', {
      choices: ['bitcoin', 'ethereum'] as const,
      describe: 'for export: facts of which chain, where the case holds both',
    })
    .option('bodies', {
      type: 'string',
      array: true,
      requiresArg: true,
      default: [],
      describe: 'for verify: folders of block files that are kept outside the case',
    })
    .example('$0 case verify', 'hashes, proofs, merkle roots, books: everything again')
    .example('$0 case export > facts.jsonl', 'every fact as spoor JSON lines')
    .example(
      '$0 case balances 0x098B716B8Aaf21512996dC57EB0615e2383E2f96',
      'what an account held, and every correction',
    );
}

interface CaseArgs extends GlobalOptions {
  readonly action: 'info' | 'verify' | 'export' | 'balances';
  readonly subject?: string;
  readonly chain?: 'bitcoin' | 'ethereum';
  readonly bodies: string[];
}

function runCase(args: CaseArgs): void {
  const verbs = { info: showInfo, verify: showVerification, export: exportFacts, balances: showBalances };
  for (const [option, action] of [
    ['subject', 'balances'],
    ['chain', 'export'],
  ] as const)
    if (args[option] !== undefined && args.action !== action)
      throw new SpoorError('USAGE', `case ${args.action} takes no ${option}; case ${action} does`);
  withCase(args.case, { create: false }, (context) => verbs[args.action](context, args));
}

function exportFacts(context: CaseContext, { json, chain }: CaseArgs): void {
  const lines = exportedLines(context, chain ?? null);
  if (json) printJson({ schema: 'spoor.export/1', lines: [...lines].map((line) => JSON.parse(line) as unknown) });
  else for (const line of lines) print(line);
}

/** Facts of one chain: a file of both would be read as one of either. */
function exportedLines(context: CaseContext, chain: 'bitcoin' | 'ethereum' | null): Iterable<string> {
  const held = accountInfo(context.store) !== null;
  const both = held && context.view.transactionCount() > 0;
  if (both && chain === null) {
    throw new SpoorError(
      'USAGE',
      'the case holds facts of two chains',
      {},
      'give --chain bitcoin or --chain ethereum, a file each',
    );
  }
  return (chain ?? (held ? 'ethereum' : 'bitcoin')) === 'bitcoin' ? factLines(context) : accountLines(context.store);
}

function showBalances(context: CaseContext, { json, subject }: CaseArgs): void {
  const document = balancesDocument(context, subject ?? null);
  if (json) {
    printJson(document);
    return;
  }
  const { counted, balances } = document;
  const lines = balances.flatMap(({ account, asset, symbol, prior, received, sent, balance, adjustments }) => [
    `${account}  ${asset}${symbol === null ? '' : ` (${symbol})`}`,
    `  before ${prior.amount} (${prior.basis}), in ${received}, out ${sent}, now ${balance}`,
    ...adjustments.map(
      ({ reason, block, computed, balance: to, difference }) =>
        `  adjusted by ${difference}: ${computed} computed, ${to} ${reason === 'stated' ? 'stated' : 'at least'} ${block === null ? 'at no known time' : `at block ${block}`}`,
    ),
  ]);
  const sum = `${counted.balances} balances in the case, ${counted.inferredPriors} with an inferred prior, ${counted.adjustments} adjustments`;
  print([...lines, sum].map(visibleText).join('\n'));
}

function showVerification(context: CaseContext, args: CaseArgs): void {
  const { onProgress, stop } = progressBar(args);
  const document = verifyCase(context, args.bodies, (done, total) => onProgress('checks', done, total));
  stop();
  if (args.json) printJson(document);
  for (const line of args.json ? [] : checkLines(document.checks)) print(line);
  if (!args.json) print(`facts ${document.facts}`);
  if (!document.ok) throw new SpoorError('VERIFY_FAILED', 'the case does not hold what it claims', { file: args.case });
}

function showInfo(context: CaseContext, { json }: CaseArgs): void {
  const info = caseInfo(context);
  const tipHash = info.tip.hash === null ? '' : ` ${info.tip.hash}`;
  const lines = [
    `network ${info.network}, tip block ${info.tip.height}${tipHash}`,
    `${info.transactions} transactions, ${info.verified} verified; ${info.blocks} block headers`,
    ...accountInfoLines(info.accounts),
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

/** What the case holds of an account chain. */
function accountInfoLines(accounts: ReturnType<typeof accountInfo>): string[] {
  if (accounts === null) return [];
  const { chainId, tip, counts } = accounts;
  const { transactions, rowsWithoutHash, shadowedRows, unplaced, internalMoves, tokenMoves, approximate } = counts;
  const hash = tip.hash === null ? '' : ` ${tip.hash}`;
  return [
    `account chain ${chainId}, tip block ${tip.height}${hash}`,
    `${transactions} transactions with ${internalMoves} internal and ${tokenMoves} token moves, ${rowsWithoutHash} transfers without hash (${shadowedRows} more are told by a transaction)`,
    `${counts.blocks} blocks, ${counts.accounts} accounts, ${counts.assets} assets, ${counts.balances} stated balances; ${unplaced} transactions with no known place in their block, ${approximate} amounts that went through floats`,
  ];
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
