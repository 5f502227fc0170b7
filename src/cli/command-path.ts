/** `path`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import { checkPathRequest, findPaths, PATH_ORDERS, type PathOrder, STOPS, withCase } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { renderPathCsv, renderPathText } from '../report/index.ts';
import { chosenFormat, type GlobalOptions, handler, parseCount, print, printJson } from './io.ts';
import { parseStops } from './trace-options.ts';

/** Bounds when the user names none; they are printed with every answer. */
const DEFAULTS = { count: '5', maxHops: '12', maxTransactions: '10000' } as const;

/** Adds the command. */
export function pathCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command('path <from> <to>', 'the best money paths between two subjects', pathOptions, handler(runPath));
}

function pathOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  const subject = { type: 'string', demandOption: true } as const;
  return yargs
    .positional('from', {
      ...subject,
      describe: 'where the money starts: txid:vout, a txid, an address, tag:TEXT, cluster:ADDRESS',
    })
    .positional('to', { ...subject, describe: 'where it ends, written the same way' })
    .option('by', {
      choices: PATH_ORDERS,
      default: 'value',
      describe: 'best: the largest smallest output, the shortest time, or the fewest transactions',
    })
    .option('count', { ...text, default: DEFAULTS.count, describe: 'how many paths' })
    .option('max-hops', { ...text, default: DEFAULTS.maxHops, describe: 'transactions on one path, at most' })
    .option('max-transactions', { ...text, default: DEFAULTS.maxTransactions, describe: 'look at so many, at most' })
    .option('window', { ...text, describe: 'FROM..TO, heights or dates: every transaction of a path lies in it' })
    .option('stop-at', {
      ...text,
      array: true,
      default: ['service,coinjoin'],
      describe: `what no path passes through: ${STOPS.join(', ')}`,
    })
    .option('format', { choices: ['text', 'csv'] as const, describe: 'how to print it (text)' })
    .example('$0 path tag:wannacry tag:HitBtc.com', 'the five that can have carried most')
    .example('$0 path TXID:0 1ADDRESS --by time --window 2017-08-01..2017-08-31', 'the fastest in that month')
    .example('$0 path A B --stop-at none --max-hops 30 --format csv', 'through services and coinjoins too');
}

interface PathArgs extends GlobalOptions {
  readonly from: string;
  readonly to: string;
  readonly by: PathOrder;
  readonly count: string;
  readonly maxHops: string;
  readonly maxTransactions: string;
  readonly window?: string;
  readonly stopAt: string[];
  readonly format?: 'text' | 'csv';
}

function runPath(args: PathArgs): void {
  const format = chosenFormat(args, 'text');
  const request = {
    from: args.from,
    to: args.to,
    by: args.by,
    count: parseCount('--count', args.count),
    maxHops: parseCount('--max-hops', args.maxHops),
    maxTransactions: parseCount('--max-transactions', args.maxTransactions),
    window: args.window ?? null,
    stopAt: parseStops(args.stopAt.join(',')),
  };
  checkPathRequest(request);
  withCase(args.case, { create: false }, (context) => {
    const document = findPaths(context, request);
    if (format === 'json') printJson(document);
    else print((format === 'csv' ? renderPathCsv : renderPathText)(document));
    if (document.paths.length === 0) {
      throw new SpoorError(
        'NOT_FOUND',
        `no path from ${document.from.subject} to ${document.to.subject} within these bounds`,
        {},
        'raise --max-hops, widen --window, or pass services with --stop-at none; the answer says what was not seen',
      );
    }
  });
}
