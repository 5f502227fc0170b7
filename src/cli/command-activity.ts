/** `cluster activity`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import {
  type ActivityParams,
  activityDocument,
  CLOCKS,
  type Clock,
  parseOffset,
  parseSubject,
  parseWindow,
  withCase,
  writeUserFile,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { activitySvg, renderActivityText } from '../report/index.ts';
import { type GlobalOptions, inOption, parseCount, print, printJson, say } from './io.ts';

const HOUR_SEC = 3600;
const DAY_SEC = 24 * HOUR_SEC;

/** Options of the action. */
export function activityOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return yargs
    .positional('subject', { type: 'string', demandOption: true, describe: 'an address, cluster:ID or tag:TEXT' })
    .option('offset', {
      ...text,
      array: true,
      nargs: 1,
      default: [],
      describe: 'clock to show besides UTC, repeatable: +03:00, or --offset=-05:00; fixed, without summer time',
    })
    .option('window', {
      ...text,
      describe: 'FROM..TO or NAME=FROM..TO (heights, or days of UTC) to look for bursts in',
    })
    .option('clock', {
      choices: CLOCKS,
      default: 'block-first',
      describe: 'which time of a transaction counts where it has both: of its block, or when first seen',
    })
    .option('burst-least', { ...text, default: '10', describe: 'events that make a burst' })
    .option('burst-hours', { ...text, default: '24', describe: 'hours they fit in' })
    .option('dormant-days', { ...text, default: '30', describe: 'days without an event that are dormancy' })
    .option('svg', { ...text, describe: 'file for the picture' })
    .example('$0 cluster activity ADDRESS --offset +03:00', 'by hour and weekday of two clocks')
    .example('$0 cluster activity ADDRESS --window outbreak=2017-05-12..2017-05-19', 'bursts of a campaign');
}

interface ActivityArgs extends GlobalOptions {
  readonly subject: string;
  readonly offset: string[];
  readonly window?: string;
  readonly clock: Clock;
  readonly burstLeast: string;
  readonly burstHours: string;
  readonly dormantDays: string;
  readonly svg?: string;
}

/** Shows the profile of a subject, and writes its picture where a file is named. */
export function showActivity(args: ActivityArgs): void {
  parseSubject(args.subject);
  const { window } = args;
  const params: ActivityParams = {
    clock: args.clock,
    offsets: args.offset.map(parseOffset),
    windows: window === undefined ? [] : [inOption('--window', () => parseWindow(window))],
    burst: {
      least: atLeast(2, '--burst-least', args.burstLeast),
      withinSec: atLeast(1, '--burst-hours', args.burstHours) * HOUR_SEC,
    },
    dormantSec: atLeast(1, '--dormant-days', args.dormantDays) * DAY_SEC,
  };
  withCase(args.case, { create: false }, (context) => {
    const document = activityDocument(context, args.subject, params);
    if (args.svg !== undefined) writeUserFile(args.svg, activitySvg(document));
    if (args.json) printJson(document);
    else print(renderActivityText(document));
    if (args.svg !== undefined) say(args, `the picture is in ${args.svg}`);
  });
}

function atLeast(least: number, option: string, text: string): number {
  const count = parseCount(option, text);
  if (count < least) throw new SpoorError('USAGE', `${option} is at least ${least}`);
  return count;
}
