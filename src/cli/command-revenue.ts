/** `revenue`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import {
  DAY_PRICES,
  type DayPrice,
  parseRange,
  parseRules,
  parseSubject,
  type RevenueParams,
  readPaymentList,
  readPrices,
  revenueDocument,
  revenueOfList,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { type GlobalOptions, handler, parseCount, print, printJson } from './io.ts';
import { revenueText } from './revenue-text.ts';

/** Adds the command. */
export function revenueCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command('revenue [subjects..]', 'what ransom addresses took in, stage by stage', options, handler(run));
}

function options(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return yargs
    .positional('subjects', {
      type: 'string',
      array: true,
      describe: 'addresses, tag:TEXT, cluster:ID',
    })
    .option('payments', {
      ...text,
      describe:
        'a published list of payments (CSV: txid, vout, address, btc, timestamp) in place of subjects and a case',
    })
    .option('family', { ...text, describe: 'only the lines of the list with this family' })
    .option('expand', {
      choices: ['none', 'core'],
      default: 'none',
      describe: 'core adds the clusters of the latest run',
    })
    .option('window', { ...text, describe: 'FROM..TO, heights or days of UTC, of the campaign' })
    .option('demanded-usd', { ...text, default: '', describe: 'demands in whole dollars, with commas; needs --prices' })
    .option('demanded-sat', { ...text, default: '', describe: 'demands in satoshi, with commas; exact' })
    .option('tolerance-percent', { ...text, default: '15', describe: 'how far from a demand in dollars' })
    .option('part-hours', {
      ...text,
      default: '72',
      describe: 'payments of one payer so close in time count where their sum meets a demand; 0 lets none',
    })
    .option('part-by', {
      choices: ['payer', 'address'],
      default: 'payer',
      describe: 'whose payments add up: those of one paying cluster, or all to one address',
    })
    .option('cash-out', {
      ...text,
      default: 'fifo,haircut',
      describe: 'rules by which what is left is followed to the first services; none leaves the stage out',
    })
    .option('min-sat', { ...text, default: '1000', describe: 'less is dust' })
    .option('fresh', { type: 'boolean', default: false, describe: 'only the first payment to each address' })
    .option('prices', { ...text, describe: 'CSV with Date,Open,High,Low,Close, one row a day' })
    .option('price', { choices: DAY_PRICES, default: 'middle', describe: 'middle is half-way from high to low' })
    .example(
      '$0 revenue --payments LIST.csv --family Locky --prices FILE --demanded-sat 50000000 --part-by address',
      'a published list; what it cannot say is named',
    )
    .example('$0 revenue "tag:WannaCry v2" --prices FILE --demanded-usd 300,600', 'payments near 300 or 600 dollars');
}

interface RevenueArgs extends GlobalOptions {
  readonly subjects?: string[];
  readonly payments?: string;
  readonly family?: string;
  readonly expand: 'none' | 'core';
  readonly window?: string;
  readonly demandedUsd: string;
  readonly demandedSat: string;
  readonly tolerancePercent: string;
  readonly partHours: string;
  readonly partBy: 'payer' | 'address';
  readonly cashOut: string;
  readonly minSat: string;
  readonly fresh: boolean;
  readonly prices?: string;
  readonly price: DayPrice;
}

function run(args: RevenueArgs): void {
  const { subjects = [], payments, family = null } = args;
  if (payments === undefined && subjects.length === 0)
    throw new SpoorError('USAGE', 'give addresses, tag:TEXT or cluster:ID, or --payments FILE');
  if (payments !== undefined && subjects.length > 0)
    throw new SpoorError('USAGE', '--payments is asked by itself: a list has no case for its subjects');
  if (payments === undefined && family !== null) throw new SpoorError('USAGE', '--family needs --payments');
  for (const subject of subjects) parseSubject(subject);
  const params: RevenueParams = {
    expand: args.expand,
    window: args.window === undefined ? null : parseRange(args.window),
    demandedUsd: counts('--demanded-usd', args.demandedUsd),
    demandedSat: counts('--demanded-sat', args.demandedSat),
    tolerancePercent: parseCount('--tolerance-percent', args.tolerancePercent),
    partHours: parseCount('--part-hours', args.partHours),
    partBy: args.partBy,
    minSat: parseCount('--min-sat', args.minSat),
    fresh: args.fresh,
    cashOut: payments !== undefined || args.cashOut === 'none' ? [] : parseRules(args.cashOut),
  };
  const prices = args.prices === undefined ? null : readPrices(args.prices, args.price);
  if (prices === null && params.demandedUsd.length > 0)
    throw new SpoorError('USAGE', '--demanded-usd needs --prices: a demand in dollars is met on the day of payment');
  const document =
    payments === undefined
      ? withCase(args.case, { create: false }, (context) => revenueDocument(context, subjects, params, prices))
      : revenueOfList(readPaymentList(payments, 'mainnet'), family, { params, prices });
  if (args.json) printJson(document);
  else print(revenueText(document));
}

function counts(option: string, text: string): number[] {
  return text === '' ? [] : text.split(',').map((part) => parseCount(option, part.trim()));
}
