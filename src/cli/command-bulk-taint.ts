/** `bulk taint`: every rule of one label over the whole graph. Apart from the other bulk commands because it loads what they do without. */
import type { Argv } from 'yargs';
import { type BulkTaintAnswer, bulkTaint, parseSeed } from '../case/index.ts';
import { btcOf, visibleText } from '../report/index.ts';
import { type BulkArgs, withOptions } from './command-bulk.ts';
import { print, printJson, say } from './io.ts';
import { askedRules, type RuleArgs, ruleOptions, seedTexts } from './trace-options.ts';

interface BulkTaintArgs extends BulkArgs, RuleArgs {
  coins?: string;
}

/** Declares the options. */
export function bulkTaintOptions(yargs: Argv): Argv {
  return ruleOptions(yargs)
    .option('coins', { type: 'string', requiresArg: true, describe: 'file for resting places, one JSON line each' })
    .example(
      '$0 bulk taint FOLDER --seed theft=TXID:0 --rule all',
      'every rule over one graph, as bulk trace --stop-at none',
    );
}

/** Runs the verb and prints its answer. */
export async function runBulkTaint(args: BulkTaintArgs): Promise<void> {
  const seeds = seedTexts(args).map((text) => parseSeed(text));
  const { rules, conventions } = askedRules(args, null);
  const answer = await withOptions(args, (options) =>
    bulkTaint({ options, seeds, rules, conventions, coins: args.coins ?? null }),
  );
  if (args.json) printJson({ schema: 'spoor.bulk/1', ...answer });
  else print(summary(answer));
  if (args.coins !== undefined) say(args, `resting places are in ${args.coins}`);
}

const TERMS = ['held', 'fee', 'cut', 'burned'] as const;

/** Books for people: one line for each rule. */
function summary({ label, rules, transactions, blocks, conventions, notes }: BulkTaintAnswer): string {
  const { feeTaint, coinbaseOrder, haircutFee } = conventions;
  const lines = [
    `${transactions} transactions in ${blocks} blocks`,
    `fee taint ${feeTaint}, coinbase order ${coinbaseOrder}, haircut fee ${haircutFee}`,
    ...notes.map((note) => `note: ${note}`),
  ];
  for (const { rule, conserves, reached, coins, ...books } of rules) {
    const reach = `${reached} transactions, ${coins} resting places`;
    if (!conserves) {
      lines.push(`${rule}: taints in full, keeps no books; ${reach}`);
      continue;
    }
    const parts = TERMS.filter((term) => books[`${term}Sat`] !== '0').map(
      (term) => `${term} ${btcOf(books[`${term}Sat`])}`,
    );
    lines.push(`${rule}, ${label}: seeded ${btcOf(books.seededSat)} BTC = ${parts.join(' + ')}; ${reach}`);
  }
  return lines.map(visibleText).join('\n');
}
