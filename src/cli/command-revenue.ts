/** `revenue`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import {
  DAY_PRICES,
  type DayPrice,
  parseRange,
  parseSubject,
  type RevenueDocument,
  type RevenueParams,
  type RevenueStage,
  readPrices,
  revenueDocument,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { btcOf, visibleText } from '../report/index.ts';
import { type GlobalOptions, handler, parseCount, print, printJson } from './io.ts';

/** Adds the command. */
export function revenueCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command('revenue <subjects..>', 'what ransom addresses took in, stage by stage', options, handler(run));
}

function options(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return yargs
    .positional('subjects', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'addresses, tag:TEXT, cluster:ID',
    })
    .option('expand', {
      choices: ['none', 'core'],
      default: 'none',
      describe: 'core adds the clusters of the latest run',
    })
    .option('window', { ...text, describe: 'FROM..TO, heights or days of UTC, of the campaign' })
    .option('demanded-usd', { ...text, default: '', describe: 'demands in whole dollars, with commas; needs --prices' })
    .option('demanded-sat', { ...text, default: '', describe: 'demands in satoshi, with commas; exact' })
    .option('tolerance-percent', { ...text, default: '15', describe: 'how far from a demand in dollars' })
    .option('min-sat', { ...text, default: '1000', describe: 'less is dust' })
    .option('fresh', { type: 'boolean', default: false, describe: 'only the first payment to each address' })
    .option('prices', { ...text, describe: 'CSV with Date,Open,High,Low,Close, one row a day' })
    .option('price', { choices: DAY_PRICES, default: 'middle', describe: 'middle is half-way from high to low' })
    .example('$0 revenue "tag:WannaCry v2" --prices FILE --demanded-usd 300,600', 'payments near 300 or 600 dollars');
}

interface RevenueArgs extends GlobalOptions {
  readonly subjects: string[];
  readonly expand: 'none' | 'core';
  readonly window?: string;
  readonly demandedUsd: string;
  readonly demandedSat: string;
  readonly tolerancePercent: string;
  readonly minSat: string;
  readonly fresh: boolean;
  readonly prices?: string;
  readonly price: DayPrice;
}

function run(args: RevenueArgs): void {
  for (const subject of args.subjects) parseSubject(subject);
  const params: RevenueParams = {
    expand: args.expand,
    window: args.window === undefined ? null : parseRange(args.window),
    demandedUsd: counts('--demanded-usd', args.demandedUsd),
    demandedSat: counts('--demanded-sat', args.demandedSat),
    tolerancePercent: parseCount('--tolerance-percent', args.tolerancePercent),
    minSat: parseCount('--min-sat', args.minSat),
    fresh: args.fresh,
  };
  const prices = args.prices === undefined ? null : readPrices(args.prices, args.price);
  if (prices === null && params.demandedUsd.length > 0)
    throw new SpoorError('USAGE', '--demanded-usd needs --prices: a demand in dollars is met on the day of payment');
  withCase(args.case, { create: false }, (context) => {
    const document = revenueDocument(context, args.subjects, params, prices);
    if (args.json) printJson(document);
    else print(revenueText(document));
  });
}

function counts(option: string, text: string): number[] {
  return text === '' ? [] : text.split(',').map((part) => parseCount(option, part.trim()));
}

function revenueText(document: RevenueDocument): string {
  const { seeds, expandedBy, serviceOwned, collectors, stages, gaps, prices, params } = document;
  return [
    `${seeds.length} seed addresses, ${expandedBy.length} more by core clusters; a payment is one output`,
    ...serviceOwned.map(
      ({ seed, address, label }) => `left out: ${seed} is with ${visibleText(label)} (${address}), a service`,
    ),
    ...stages.flatMap(stageLines),
    ...collectors.map(
      ({ address, from, sat }) => `collector: ${address} got ${btcOf(sat)} BTC, ${from} of the set paid in`,
    ),
    prices === null
      ? 'no price file: no dollars'
      : `dollars of the payment day, ${prices.price} price, from ${visibleText(prices.file)} sha256:${prices.sha256}`,
    ...(gaps.daysWithoutPrice.length === 0 ? [] : [`gap: no price on ${gaps.daysWithoutPrice.join(', ')}`]),
    ...(gaps.unknownSigner === 0 ? [] : [`in doubt: ${gaps.unknownSigner} payments may come from the set itself`]),
    `options: ${JSON.stringify(params)}`,
    'An amount that fits a demand is not yet a ransom: the stages say what is consistent with one. Where the money went after: spoor trace.',
  ].join('\n');
}

function stageLines({ stage, seeds, expanded, interval }: RevenueStage): string[] {
  const row = ({ payments, sat, usd, unpriced }: typeof seeds): string =>
    `${payments} payments, ${btcOf(sat)} BTC${usd === null ? '' : `, ${usd} USD`}${usd !== null && unpriced > 0 ? ` (${unpriced} without a price)` : ''}`;
  const { payments, sat, usd } = interval;
  const dollars = usd === null ? '' : `, ${usd.join(' to ')} USD`;
  return [
    `${stage === 'all' ? 'all' : `after ${stage}`}: ${row(seeds)}${expanded === null ? '' : `; expanded ${row(expanded)}`}`,
    `  over all choices so far: ${payments.join(' to ')} payments, ${sat.map(btcOf).join(' to ')} BTC${dollars}`,
  ];
}
