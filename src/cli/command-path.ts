/** `path`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import {
  ACCOUNT_STOPS,
  type CaseContext,
  checkAccountPathRequest,
  checkPathRequest,
  findAccountPaths,
  findPaths,
  isAccountSubject,
  PATH_ORDERS,
  type PathOrder,
  STOPS,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { renderAccountPathCsv, renderAccountPathText, renderPathCsv, renderPathText } from '../report/index.ts';
import { parseAccountStops } from './account-options.ts';
import { chosenFormat, type GlobalOptions, handler, parseCount, print, printJson } from './io.ts';
import { parseStops } from './trace-options.ts';

/** Bounds when the user names none; they are printed with every answer. */
const DEFAULTS = { count: '5', maxHops: '12', maxTransactions: '10000' } as const;
const DEFAULT_STOPS = 'service,coinjoin';

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
      describe:
        'where the money starts: txid:vout, a txid, an address, tag:TEXT, cluster:ADDRESS; on Ethereum 0xACCOUNT, 0xACCOUNT/ASSET, either with @FROM..TO, or tag:TEXT',
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
      defaultDescription: `${DEFAULT_STOPS}; on Ethereum ${ACCOUNT_STOPS.join(',')}`,
      describe: `what no path passes through: ${STOPS.join(', ')}; on Ethereum ${ACCOUNT_STOPS.join(', ')}, none`,
    })
    .option('chain', {
      choices: ['bitcoin', 'ethereum'] as const,
      describe: 'the chain of both ends, where they are tags (ethereum where an end starts with 0x, else bitcoin)',
    })
    .option('format', { choices: ['text', 'csv'] as const, describe: 'how to print it (text)' })
    .example('$0 path tag:wannacry tag:HitBtc.com', 'the five that can have carried most')
    .example('$0 path TXID:0 1ADDRESS --by time --window 2017-08-01..2017-08-31', 'the fastest in that month')
    .example('$0 path A B --stop-at none --max-hops 30 --format csv', 'through services and coinjoins too')
    .example('$0 path 0xACCOUNT tag:exchange --stop-at mixer,bridge,dex', 'over Ethereum accounts, through services');
}

interface PathArgs extends GlobalOptions {
  readonly from: string;
  readonly to: string;
  readonly by: PathOrder;
  readonly count: string;
  readonly maxHops: string;
  readonly maxTransactions: string;
  readonly window?: string;
  readonly stopAt?: string[];
  readonly chain?: 'bitcoin' | 'ethereum';
  readonly format?: 'text' | 'csv';
}

/** What both chains are asked alike. */
function termsOf(args: PathArgs) {
  return {
    from: args.from,
    to: args.to,
    by: args.by,
    count: parseCount('--count', args.count),
    maxHops: parseCount('--max-hops', args.maxHops),
    maxTransactions: parseCount('--max-transactions', args.maxTransactions),
    window: args.window ?? null,
  };
}

function runPath(args: PathArgs): void {
  const onAccounts = [args.from, args.to].some(isAccountSubject);
  if (onAccounts && args.chain === 'bitcoin')
    throw new SpoorError(
      'USAGE',
      '--chain bitcoin goes with no 0x account',
      {},
      'leave --chain out, or name it ethereum',
    );
  if (onAccounts || args.chain === 'ethereum') {
    const request = { ...termsOf(args), stopAt: parseAccountStops(args.stopAt) };
    checkAccountPathRequest(request);
    answer(args, {
      find: (context) => findAccountPaths(context, request),
      csv: renderAccountPathCsv,
      text: renderAccountPathText,
    });
    return;
  }
  const request = { ...termsOf(args), stopAt: parseStops((args.stopAt ?? [DEFAULT_STOPS]).join(',')) };
  checkPathRequest(request);
  answer(args, { find: (context) => findPaths(context, request), csv: renderPathCsv, text: renderPathText });
}

interface AnyPathDocument {
  readonly from: { readonly subject: string };
  readonly to: { readonly subject: string };
  readonly paths: readonly unknown[];
}

/** Asks, prints, and fails where there is no path. */
function answer<Document extends AnyPathDocument>(
  args: PathArgs,
  verb: {
    find: (context: CaseContext) => Document;
    csv: (document: Document) => string;
    text: (document: Document) => string;
  },
): void {
  const format = chosenFormat(args, 'text');
  withCase(args.case, { create: false }, (context) => {
    const document = verb.find(context);
    if (format === 'json') printJson(document);
    else print((format === 'csv' ? verb.csv : verb.text)(document));
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
