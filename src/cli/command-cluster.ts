/** `cluster`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import {
  askedLayer,
  type ClusterDocument,
  type ClusteringDocument,
  type ClusterRunDocument,
  clusterDocument,
  clusteringDocument,
  clusterLines,
  type ExplainDocument,
  explainPair,
  loadClusters,
  parseUntil,
  parseWithout,
  runClusters,
  undoClusters,
  type WhatIfDocument,
  whatIf,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { visibleText } from '../report/index.ts';
import { type GlobalOptions, handler, print, printJson, say } from './io.ts';

/** Adds the command with its actions. */
export function clusterCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command('cluster', 'who belongs together, by which transaction, and how sure', clusterActions);
}

function clusterActions(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs
    .command(['run', '$0'], 'make clusters from the facts of the case', runOptions, handler(runCluster))
    .command('show <address>', 'the cluster of an address, with its tags', addressOptions, handler(showCluster))
    .command(
      'explain <a> <b>',
      'by which transactions two addresses are joined, and how weak the weakest is',
      pairOptions,
      handler(explainTwo),
    )
    .command('what-if', 'what falls apart without a transaction or a heuristic', whatIfOptions, handler(showWhatIf))
    .command('export', 'every address with its cluster', exportOptions, handler(exportClusters))
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
    .option('until', { type: 'string', requiresArg: true, describe: 'read facts up to this height or date only' });
}

interface RunArgs extends GlobalOptions {
  readonly coinjoins: 'exclude' | 'join';
  readonly until?: string;
}

function runCluster(args: RunArgs): void {
  if (args.until !== undefined) parseUntil(args.until);
  withCase(args.case, { create: false }, (context) => {
    const { coinjoins, until = null } = args;
    const document = clusteringDocument(context, runClusters(context, { coinjoins, until }));
    if (args.json) printJson(document);
    else print(clusteringText(document));
    say(args, `run ${document.run.id} is kept in ${args.case}`);
  });
}

function paramsLine({ params }: ClusterRunDocument): string {
  const until = params.untilHeight === null ? 'all facts' : `facts up to block ${params.untilHeight}`;
  return `coinjoins ${params.coinjoins === 'exclude' ? 'are left out' : 'join their inputs'}; ${until}`;
}

function clusteringText({ run, counts }: ClusteringDocument): string {
  const layer = (name: string, of: typeof counts.core): string =>
    `${name}: ${of.members} addresses in ${of.clusters} clusters, ${of.multiMember} of more than one; the largest has ${of.largest.size} (${of.largest.cluster ?? 'none'})`;
  return [
    layer('core', counts.core),
    ...(counts.extended === null ? [] : [layer('extended', counts.extended)]),
    `links: ${Object.entries(counts.links)
      .map(([heuristic, count]) => `${heuristic} ${count}`)
      .join(', ')}`,
    `${counts.transactions} transactions, ${counts.coinjoins} of them look like coinjoins; the signer of ${counts.unknownInputs} inputs is not known`,
    `run ${run.id}, ${paramsLine(run)}`,
  ].join('\n');
}

const LAYERS = ['core', 'extended'] as const;

function questionOptions(yargs: Argv): Argv {
  return yargs
    .option('run', { type: 'string', requiresArg: true, describe: 'run id or its beginning; the latest if left out' })
    .option('layer', { choices: LAYERS, default: 'core', describe: 'extended adds links by change heuristics' });
}

interface QuestionArgs extends GlobalOptions {
  readonly run?: string;
  readonly layer: (typeof LAYERS)[number];
}

function addressOptions(yargs: Argv): Argv {
  return questionOptions(yargs).positional('address', { type: 'string', demandOption: true });
}

function staleNote(args: GlobalOptions, { stale, id }: ClusterRunDocument): void {
  if (stale) say(args, `the case was fed, or its tags changed, since run ${id}; spoor cluster run makes a new one`);
}

function showCluster(args: QuestionArgs & { address: string }): void {
  withCase(args.case, { create: false }, (context) => {
    const { address, layer, run = null } = args;
    const document = clusterDocument(context, { address, layer, run });
    if (args.json) printJson(document);
    else print(clusterText(document));
    staleNote(args, document.run);
  });
}

function clusterText(document: ClusterDocument): string {
  const { cluster, size, addresses, tags, layer, run, claim } = document;
  const tagLines = tags.map(
    (tag) =>
      `  ${tag.direct ? 'direct   ' : 'inherited'}  ${tag.label}  (${[tag.category, tag.abuse].filter((kind) => kind !== null).join(', ')}; ${tag.confidence} ${tag.confidenceLevel}; ${tag.source}; ${tag.pack})  of ${tag.address}`,
  );
  return [
    `cluster:${cluster}  ${size} ${size === 1 ? 'address' : 'addresses'}  ${layer}`,
    claim,
    `run ${run.id}, ${paramsLine(run)}`,
    '',
    ...addresses.map((address) => `  ${address}`),
    '',
    tags.length === 0 ? 'no tag of the case is about any of them' : 'tags',
    ...tagLines,
  ]
    .map(visibleText)
    .join('\n');
}

function pairOptions(yargs: Argv): Argv {
  return questionOptions(yargs)
    .positional('a', { type: 'string', demandOption: true, describe: 'an address' })
    .positional('b', { type: 'string', demandOption: true, describe: 'another' })
    .example('$0 cluster explain A B', 'each transaction that ties them, and which of them all hangs on');
}

function explainTwo(args: QuestionArgs & { a: string; b: string }): void {
  withCase(args.case, { create: false }, (context) => {
    const { a, b, layer, run = null } = args;
    const document = explainPair(context, { addresses: [a, b], layer, run });
    if (args.json) printJson(document.path);
    else print(explainText(document));
    staleNote(args, document.run);
  });
}

function explainText({ path, hangsOn, cluster, layer, run, claim }: ExplainDocument): string {
  const steps = path.flatMap(({ heuristic, txid, addresses, height, proof, separates, weakest }) => [
    `  ${addresses[0]}`,
    `    ${heuristic}  ${txid}  block ${height ?? 'unknown'}  ${proof}${separates ? '  all hangs on it' : ''}${
      weakest ? '  weakest link' : ''
    }`,
    `  ${addresses[1]}`,
  ]);
  const hangs =
    hangsOn.length === 0
      ? 'no single transaction holds them together: without any one of them they stay joined'
      : `without ${hangsOn.join(', or without ')} they fall apart`;
  return [
    `cluster:${cluster}  ${layer}  ${path.length} ${path.length === 1 ? 'link' : 'links'}`,
    ...steps,
    path.length === 0 ? 'the same address' : hangs,
    claim,
    `run ${run.id}, ${paramsLine(run)}`,
  ].join('\n');
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

function whatIfText({ without, links, clustersSplit, splits, limit, layer, run }: WhatIfDocument): string {
  const rows = splits.flatMap(({ cluster, size, pieceCount, pieces }) => [
    `cluster:${cluster}  ${size} addresses would be ${pieceCount} clusters`,
    ...pieces.map((piece) => `  ${piece.size}  ${piece.cluster}`),
    ...(pieceCount > pieces.length ? [`  and ${pieceCount - pieces.length} more`] : []),
  ]);
  return [
    `without ${without}: ${links} ${links === 1 ? 'link goes' : 'links go'}, ${clustersSplit} ${layer} ${
      clustersSplit === 1 ? 'cluster falls' : 'clusters fall'
    } apart`,
    ...rows,
    ...(clustersSplit > splits.length ? [`the ${limit} largest are listed`] : []),
    `run ${run.id}, ${paramsLine(run)}`,
  ].join('\n');
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

function undoRun(args: GlobalOptions & { run: string }): void {
  if (!/^[0-9a-f]{4,16}$/.test(args.run))
    throw new SpoorError('USAGE', `"${args.run}" is no run id: give 4 to 16 hex digits`);
  withCase(args.case, { create: false }, (context) => {
    const { id } = undoClusters(context, args.run);
    if (args.json) printJson({ schema: 'spoor.undo/1', run: id });
    else print(`run ${id} and all it derived is out of the case`);
  });
}
