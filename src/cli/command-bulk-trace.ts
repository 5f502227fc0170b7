/** `bulk trace`: taint straight from block files. Apart from the other bulk commands because it loads what they do without. */
import type { Argv } from 'yargs';
import { type BulkTraceDocument, bulkTrace } from '../case/index.ts';
import { btcOf, renderTraceDocument, visibleText } from '../report/index.ts';
import {
  type BulkArgs,
  type CheckpointArgs,
  checkpointOf,
  checkpointOptions,
  whole,
  withOptions,
} from './command-bulk.ts';
import { print, say } from './io.ts';
import { type QuestionArgs, questionOptions, refuseCoinjoinChoice, requestOf } from './trace-options.ts';

interface BulkTraceArgs extends Omit<BulkArgs, 'until'>, CheckpointArgs, QuestionArgs {
  tags?: string[];
  from?: number;
  tip?: number;
  coins?: string;
  clusters?: string;
}

/** Declares the options. */
export function bulkTraceOptions(yargs: Argv): Argv {
  const file = { type: 'string', requiresArg: true } as const;
  return checkpointOptions(questionOptions(yargs))
    .option('tags', { ...file, array: true, describe: 'tag packs that name the services to stop at' })
    .option('from', { type: 'number', describe: 'no seed is older than this height: taint looks at nothing before it' })
    .option('tip', { type: 'number', describe: 'last height to read' })
    .option('coins', {
      ...file,
      describe: 'write resting places to this file, one JSON line each, and keep none in memory',
    })
    .option('clusters', {
      ...file,
      describe: 'make clusters of every block in the same walk, and write the list address,cluster to this file',
    })
    .example('$0 bulk trace FOLDER --seed theft=TXID:0 --rule fifo,haircut --stop-at none', 'two rules in one pass')
    .example('$0 bulk trace FOLDER --seed V=TXID --tags exchanges.yaml --json', 'stop at the services of a tag pack')
    .example(
      '$0 bulk trace FOLDER --seed V=TXID --rule fifo --clusters clusters.csv',
      'taint and clusters in one walk',
    );
}

/** Runs the verb and prints its document. */
export async function runBulkTrace(args: BulkTraceArgs): Promise<void> {
  const request = requestOf(args);
  refuseCoinjoinChoice(request, 'block files');
  if (request.stopAt.includes('service') && (args.tags ?? []).length === 0) {
    say(args, 'no --tags are given, so taint stops at no service');
  }
  const document = await withOptions({ ...args, until: args.tip }, (options) =>
    bulkTrace({
      options,
      request,
      packs: args.tags ?? [],
      fromHeight: whole('from', args.from, 0) ?? 0,
      coins: args.coins ?? null,
      clusters: args.clusters ?? null,
      checkpoint: checkpointOf(args),
    }),
  );
  print(args.json ? renderTraceDocument(document) : summary(document));
  if (args.coins !== undefined) say(args, `resting places are in ${args.coins}`);
  if (args.clusters !== undefined) say(args, `clusters are in ${args.clusters}`);
}

const TERMS = ['held', 'fee', 'stopped', 'cut', 'burned', 'unresolved'] as const;

/** Books for people: one line for each rule and label. */
function summary({ run, rules, gaps, clusters }: BulkTraceDocument): string {
  const lines = [`tip ${run.tip.height}, run ${run.id}`];
  for (const { rule, conserves, books, holdings } of rules) {
    if (!conserves) lines.push(`${rule}: taints in full, keeps no books; ${holdings.length} resting places`);
    for (const book of books) {
      const parts = TERMS.filter((term) => book[term] !== '0').map((term) => `${term} ${btcOf(book[term])}`);
      lines.push(`${rule}, ${book.label}: seeded ${btcOf(book.seeded)} BTC = ${parts.join(' + ')}`);
    }
  }
  if (clusters !== undefined) {
    const { addresses, clusters: count, largestCluster } = clusters;
    lines.push(`${addresses} addresses in ${count} clusters, the largest of ${largestCluster}`);
  }
  if (gaps.length > 0) lines.push(`${gaps.length} gaps; --json lists them`);
  return lines.map(visibleText).join('\n');
}
