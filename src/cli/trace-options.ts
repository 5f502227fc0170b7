/** What may be asked of a trace, whether over a case or over block files: options, and their reading. */
import type { Argv } from 'yargs';
import {
  DEFAULT_CONVENTIONS,
  parseRules,
  parseSeed,
  parseUntil,
  refuseContradictions,
  STOPS,
  type Stop,
  type TraceRequest,
} from '../case/index.ts';
import { SpoorError, satoshiFromText } from '../ledger/index.ts';
import { parseCount } from './io.ts';

/** Seeds, rules and conventions as yargs gives them. */
export interface RuleArgs {
  seed?: string[];
  rule: string[];
  feeTaint: 'sink' | 'propagate';
  coinbaseOrder: 'fees-first' | 'subsidy-first';
  haircutFee: 'share' | 'outputs-only';
}

/** The question as yargs gives it. */
export interface QuestionArgs extends RuleArgs {
  stopAt: string[];
  maxHops?: string;
  minSat?: string;
  minShare?: string;
  until?: string;
  maxVisited?: string;
  maxSegments?: string;
  maxLabels?: string;
  splitBelow?: string;
}

const text = { type: 'string', requiresArg: true } as const;

/** Declares seeds, rules and conventions. */
export function ruleOptions(yargs: Argv): Argv {
  return yargs
    .option('seed', {
      ...text,
      array: true,
      describe: 'LABEL=SUBJECT, repeatable',
    })
    .option('rule', {
      ...text,
      array: true,
      default: ['haircut,fifo,poison'],
      describe: 'rules, comma separated, or all',
    })
    .option('fee-taint', {
      choices: ['sink', 'propagate'],
      default: DEFAULT_CONVENTIONS.feeTaint,
      describe: 'taint of fees',
    })
    .option('coinbase-order', {
      choices: ['fees-first', 'subsidy-first'],
      default: DEFAULT_CONVENTIONS.coinbaseOrder,
      describe: 'for --fee-taint propagate',
    })
    .option('haircut-fee', {
      choices: ['share', 'outputs-only'],
      default: DEFAULT_CONVENTIONS.haircutFee,
      describe: 'fee under haircut',
    });
}

/** Declares all of the question. */
export function questionOptions(yargs: Argv): Argv {
  return ruleOptions(yargs)
    .option('stop-at', { ...text, array: true, default: ['service,coinjoin'], describe: STOPS.join(', ') })
    .option('max-hops', { ...text, describe: 'cut taint this many transactions from its seed' })
    .option('min-sat', { ...text, describe: 'do not follow outputs with less taint' })
    .option('min-share', { ...text, describe: 'do not follow outputs with a smaller tainted share, for example 0.05' })
    .option('until', { ...text, describe: 'do not follow spends after this height or date' })
    .option('max-visited', { ...text, describe: 'cut taint that would enter more transactions than this under a rule' })
    .option('max-segments', {
      ...text,
      describe: 'order rules: follow outputs with more runs of satoshi than this by haircut, and flag them',
    })
    .option('max-labels', {
      ...text,
      default: '10000',
      describe: 'labels with books of their own, by their earliest seed; the rest is booked together as other',
    });
}

/** Reads `--stop-at a,b`. Throws USAGE. */
export function parseStops(text: string): Stop[] {
  const stops = text.split(',').map((part) => part.trim());
  for (const stop of stops) {
    if (!(STOPS as readonly string[]).includes(stop))
      throw new SpoorError('USAGE', `--stop-at knows ${STOPS.join(', ')}, not "${stop}"`);
  }
  if (stops.includes('none') && stops.length > 1)
    throw new SpoorError('USAGE', '--stop-at none goes with nothing else');
  return stops as Stop[];
}

/** A share such as 0.05 as millionths, read from its text. */
export function parseShare(option: string, text: string): number {
  const match = /^(0|1)(?:\.(\d{1,6}))?$/.exec(text);
  const millionths =
    match === null ? Number.NaN : Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0'));
  if (!(millionths <= 1_000_000))
    throw new SpoorError('USAGE', `${option} is a decimal from 0 to 1 with at most 6 places, not "${text}"`);
  return millionths;
}

function parseAboveZero(option: string, text: string): number {
  const count = parseCount(option, text);
  if (count === 0) throw new SpoorError('USAGE', `${option} is at least 1`);
  return count;
}

function optional<T>(text: string | undefined, parse: (text: string) => T): T | null {
  return text === undefined ? null : parse(text);
}

/** Fails with GAPS when the user asked for a result without holes. */
export function refuseGaps(strict: boolean, count: number): void {
  if (strict && count > 0)
    throw new SpoorError(
      'GAPS',
      `${count} gaps hang on this result`,
      {},
      'they are listed under gaps; --strict asked for none',
    );
}

/** The seeds as written. Throws USAGE when there is none. */
export function seedTexts({ seed }: RuleArgs): readonly string[] {
  if (seed === undefined || seed.length === 0) throw new SpoorError('USAGE', 'give at least one --seed LABEL=SUBJECT');
  return seed;
}

/** What is asked, checked for form before any case is looked for; seeds are read again once the network is known. Throws USAGE without a seed. */
export function requestOf(args: QuestionArgs): TraceRequest {
  const request = { seeds: seedTexts(args).map((text) => parseSeed(text)), ...termsOf(args) };
  refuseContradictions(request);
  return request;
}

/** What is asked but for where it starts. */
export function termsOf(args: QuestionArgs): Omit<TraceRequest, 'seeds'> {
  const { feeTaint, coinbaseOrder, haircutFee } = args;
  if (args.until !== undefined) parseUntil(args.until);
  return {
    rules: parseRules(args.rule.join(',')),
    limits: {
      maxHops: optional(args.maxHops, (text) => parseCount('--max-hops', text)),
      minSat: optional(args.minSat, satoshiFromText),
      minShareMillionths: optional(args.minShare, (text) => parseShare('--min-share', text)),
      maxTransactions: optional(args.maxVisited, (text) => parseCount('--max-visited', text)),
      maxSegments: optional(args.maxSegments, (text) => parseAboveZero('--max-segments', text)),
    },
    until: args.until ?? null,
    stopAt: parseStops(args.stopAt.join(',')),
    conventions: { ...DEFAULT_CONVENTIONS, feeTaint, coinbaseOrder, haircutFee },
    splitBelowSat: optional(args.splitBelow, satoshiFromText),
    maxLabels: optional(args.maxLabels, (text) => parseAboveZero('--max-labels', text)),
  };
}
