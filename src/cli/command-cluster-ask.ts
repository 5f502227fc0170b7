/** `cluster`: the questions about a run that is kept; each calls one verb and renders. */
import type { Argv } from 'yargs';
import {
  accountCluster,
  askedLayer,
  bridgeOf,
  type ClusterRunDocument,
  changeDocument,
  clusterDocument,
  clusterLines,
  conflictsDocument,
  explainAccounts,
  explainPair,
  heightOrDate,
  isAccountSubject,
  LINK_STRENGTHS,
  loadClusters,
  parseWithout,
  whatIf,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { accountClusterText, accountLinksText } from '../report/index.ts';
import { bridgeText, changeText, clusterText, conflictsText, explainText, whatIfText } from './cluster-text.ts';
import { activityOptions, showActivity } from './command-activity.ts';
import { type GlobalOptions, handler, inOption, print, printJson, say } from './io.ts';

/** How sure links between accounts must be. */
export const STRENGTH_OPTION = {
  choices: LINK_STRENGTHS,
  requiresArg: true,
  defaultDescription: 'strong',
  describe: 'Ethereum: links of this strength and surer make clusters',
} as const;

/** Facts that a run or a question may read. */
export const UNTIL = {
  type: 'string',
  requiresArg: true,
  describe: 'read facts up to this height or date only',
} as const;

/** Throws USAGE where the strength of links between accounts is asked for on Bitcoin. */
export function refuseStrength({ strength }: { strength?: string }): void {
  if (strength !== undefined) throw new SpoorError('USAGE', '--strength is for accounts of Ethereum');
}

/** Layers of clusters, the surer first. */
export const LAYERS = ['core', 'extended'] as const;

/** Adds the questions. */
export function clusterQuestions(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs
    .command('show <address>', 'the cluster of an address, with its tags', addressOptions, handler(showCluster))
    .command(
      'explain <a> <b>',
      'by which transactions two addresses are joined, and how weak the weakest is',
      pairOptions,
      handler(explainTwo),
    )
    .command('activity <subject>', 'when an address or a cluster acted', activityOptions, handler(showActivity))
    .command('bridge <address>', 'the transaction that holds most of a cluster', addressOptions, handler(showBridge))
    .command(
      'conflicts',
      'clusters whose tags contradict each other, what ties the two sides, what may be kept apart',
      conflictOptions,
      handler(showConflicts),
    )
    .command('what-if', 'what falls apart without a transaction or a heuristic', whatIfOptions, handler(showWhatIf))
    .command('change <txid>', 'what every change heuristic says of a transaction', changeOptions, handler(showChange))
    .command('export', 'every address with its cluster', exportOptions, handler(exportClusters));
}

function questionOptions(yargs: Argv): Argv {
  return yargs
    .option('run', { type: 'string', requiresArg: true, describe: 'run id or its beginning; the latest if left out' })
    .option('strength', STRENGTH_OPTION)
    .option('layer', { choices: LAYERS, default: 'core', describe: 'extended adds links by change heuristics' });
}

interface QuestionArgs extends GlobalOptions {
  readonly run?: string;
  readonly layer: (typeof LAYERS)[number];
  readonly strength?: (typeof LINK_STRENGTHS)[number];
}

function addressOptions(yargs: Argv): Argv {
  return questionOptions(yargs).positional('address', { type: 'string', demandOption: true });
}

function staleNote(args: GlobalOptions, { stale, id }: ClusterRunDocument): void {
  if (stale) say(args, `the case was fed, or its tags changed, since run ${id}; spoor cluster run makes a new one`);
}

function showCluster(args: QuestionArgs & { address: string }): void {
  if (!isAccountSubject(args.address)) refuseStrength(args);
  withCase(args.case, { create: false }, (context) => {
    if (isAccountSubject(args.address)) {
      const document = accountCluster(context, { account: args.address, strength: args.strength ?? 'strong' });
      if (args.json) printJson(document);
      else print(accountClusterText(document));
      return;
    }
    const { address, layer, run = null } = args;
    const document = clusterDocument(context, { address, layer, run });
    if (args.json) printJson(document);
    else print(clusterText(document));
    staleNote(args, document.run);
  });
}

function pairOptions(yargs: Argv): Argv {
  return questionOptions(yargs)
    .positional('a', { type: 'string', demandOption: true, describe: 'an address' })
    .positional('b', { type: 'string', demandOption: true, describe: 'another' })
    .example('$0 cluster explain A B', 'each transaction that ties them, and which of them all hangs on');
}

function explainTwo(args: QuestionArgs & { a: string; b: string }): void {
  const ofAccounts = isAccountSubject(args.a) && isAccountSubject(args.b);
  if (!ofAccounts) refuseStrength(args);
  withCase(args.case, { create: false }, (context) => {
    if (ofAccounts) {
      const links = explainAccounts(context, { accounts: [args.a, args.b], strength: args.strength ?? 'strong' });
      if (args.json) printJson(links);
      else print(accountLinksText(links));
      return;
    }
    const { a, b, layer, run = null } = args;
    const document = explainPair(context, { addresses: [a, b], layer, run });
    if (args.json) printJson(document.path);
    else print(explainText(document));
    staleNote(args, document.run);
  });
}

function changeOptions(yargs: Argv): Argv {
  return yargs
    .positional('txid', { type: 'string', demandOption: true, describe: 'the transaction' })
    .option('until', UNTIL);
}

function showChange(args: GlobalOptions & { txid: string; until?: string }): void {
  const { until } = args;
  if (until !== undefined) inOption('--until', () => heightOrDate(until, 'last'));
  withCase(args.case, { create: false }, (context) => {
    const document = changeDocument(context, { txid: args.txid, until: args.until ?? null });
    if (args.json) printJson(document);
    else print(changeText(document));
  });
}

function showBridge(args: QuestionArgs & { address: string }): void {
  withCase(args.case, { create: false }, (context) => {
    const { address, layer, run = null } = args;
    const document = bridgeOf(context, { address, layer, run });
    if (args.json) printJson(document);
    else print(bridgeText(document));
    staleNote(args, document.run);
  });
}

function conflictOptions(yargs: Argv): Argv {
  return questionOptions(yargs).example(
    '$0 cluster conflicts --layer extended',
    'two services, a service and a crime, or two actors in one cluster',
  );
}

function showConflicts(args: QuestionArgs): void {
  refuseStrength(args);
  withCase(args.case, { create: false }, (context) => {
    const document = conflictsDocument(context, { run: args.run ?? null, layer: args.layer });
    if (args.json) printJson(document);
    else print(conflictsText(document));
    staleNote(args, document.run);
  });
}

function whatIfOptions(yargs: Argv): Argv {
  return questionOptions(yargs)
    .option('without', {
      type: 'string',
      requiresArg: true,
      demandOption: 'say what to leave out: --without TXID or --without HEURISTIC',
      describe: 'a txid, or common-input, same-key, nested-script, change',
    })
    .example('$0 cluster what-if --without TXID', 'which clusters that one transaction holds together');
}

function showWhatIf(args: QuestionArgs & { without: string }): void {
  parseWithout(args.without);
  withCase(args.case, { create: false }, (context) => {
    const { without, layer, run = null } = args;
    const document = whatIf(context, { without, layer, run });
    if (args.json) printJson(document);
    else print(whatIfText(document));
    staleNote(args, document.run);
  });
}

function exportOptions(yargs: Argv): Argv {
  return questionOptions(yargs).option('format', { choices: ['csv'], default: 'csv', describe: 'format of the list' });
}

function exportClusters(args: QuestionArgs): void {
  withCase(args.case, { create: false }, (context) => {
    const clusters = loadClusters(context, args.run ?? null);
    const lines = clusterLines(context, clusters, askedLayer(clusters, args.layer));
    if (args.json) {
      const [, ...rows] = lines;
      const pairs = rows.map((line) => line.split(','));
      printJson({
        schema: 'spoor.clusters/1',
        run: clusters.run.id,
        layer: args.layer,
        addresses: pairs.map(([address, cluster]) => ({ address, cluster })),
      });
    } else for (const line of lines) print(line);
  });
}
