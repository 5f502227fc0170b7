/** `cluster`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import {
  accountClustering,
  clusteringDocument,
  conflictCount,
  heightOrDate,
  type LINK_STRENGTHS,
  parsePair,
  runClusters,
  undoClusters,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { accountClusteringText } from '../report/index.ts';
import { clusteringText } from './cluster-text.ts';
import { clusterQuestions, LAYERS, refuseStrength, STRENGTH_OPTION, UNTIL } from './command-cluster-ask.ts';
import { type GlobalOptions, handler, inOption, print, printJson, progressBar, say } from './io.ts';

/** Adds the command with its actions. */
export function clusterCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command('cluster', 'who belongs together, by which transaction, and how sure', clusterActions);
}

function clusterActions(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  const run = yargs.command(['run', '$0'], 'make clusters from the facts of the case', runOptions, handler(runCluster));
  return clusterQuestions(run)
    .command('undo <run>', 'take a run out of the case; facts stay', (y) => y, handler(undoRun))
    .example('$0 cluster', 'core clusters: common inputs without coinjoins, same keys, nested scripts')
    .example('$0 cluster show ADDRESS', 'who was joined with it, and what is known of them');
}

function runOptions(yargs: Argv): Argv {
  return yargs
    .option('coinjoins', {
      choices: ['exclude', 'join'],
      default: 'exclude',
      describe: 'whether inputs of what looks like a coinjoin are joined',
    })
    .option('change', {
      type: 'string',
      requiresArg: true,
      describe:
        'expression of change heuristics that makes extended clusters besides, for example NAME or and(NAME, NAME)',
    })
    .option('keep-apart', {
      type: 'string',
      array: true,
      requiresArg: true,
      default: [],
      describe: 'ADDRESS,ADDRESS that must not be joined, repeatable; the decision is kept with the run',
    })
    .option('until', UNTIL)
    .option('chain', { choices: ['bitcoin', 'ethereum'], default: 'bitcoin', describe: 'which facts of the case' })
    .option('strength', STRENGTH_OPTION)
    .example(
      '$0 cluster run --change "at-least-2-agree(address-type, optimal-change, power-of-ten-value)"',
      'extended',
    );
}

interface RunArgs extends GlobalOptions {
  readonly chain: 'bitcoin' | 'ethereum';
  readonly strength?: (typeof LINK_STRENGTHS)[number];
  readonly coinjoins: 'exclude' | 'join';
  readonly until?: string;
  readonly change?: string;
  readonly keepApart: string[];
}

function runCluster(args: RunArgs): void {
  if (args.chain === 'ethereum') {
    runAccounts(args);
    return;
  }
  refuseStrength(args);
  const { until } = args;
  if (until !== undefined) inOption('--until', () => heightOrDate(until, 'last'));
  const keepApart = args.keepApart.map((text) => parsePair(text));
  withCase(args.case, { create: false }, (context) => {
    const { coinjoins, until = null, change = null } = args;
    const { onProgress, stop } = progressBar(args);
    const request = { coinjoins, until, change, keepApart };
    const clusters = runClusters(context, request, (done, total) => onProgress('reading', done, total));
    stop();
    const document = clusteringDocument(context, clusters);
    if (args.json) printJson(document);
    else print(clusteringText(document));
    say(args, `run ${document.run.id} is kept in ${args.case}`);
    for (const layer of change === null ? (['core'] as const) : LAYERS) {
      const count = conflictCount(context, clusters, layer);
      if (count > 0)
        say(
          args,
          `${count} ${layer} ${count === 1 ? 'cluster has' : 'clusters have'} tags that contradict each other: spoor cluster conflicts --layer ${layer}`,
        );
    }
  });
}

/** Clusters of accounts are made anew from the facts: no run is kept. */
function runAccounts(args: RunArgs): void {
  const given =
    args.change !== undefined
      ? '--change'
      : args.until !== undefined
        ? '--until'
        : args.keepApart.length > 0
          ? '--keep-apart'
          : null;
  if (given !== null) throw new SpoorError('USAGE', `${given} is for Bitcoin`);
  withCase(args.case, { create: false }, (context) => {
    const document = accountClustering(context, args.strength ?? 'strong');
    if (args.json) printJson(document);
    else print(accountClusteringText(document));
  });
}

function undoRun(args: GlobalOptions & { run: string }): void {
  if (!/^[0-9a-f]{4,16}$/.test(args.run))
    throw new SpoorError('USAGE', `"${args.run}" is no run id: give 4 to 16 hex digits`);
  withCase(args.case, { create: false }, (context) => {
    const { id } = undoClusters(context, args.run);
    if (args.json) printJson({ schema: 'spoor.undo/1', run: id });
    else print(`run ${id} and all it derived is out of the case`);
  });
}
