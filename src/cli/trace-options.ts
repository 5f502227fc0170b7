/** What may be asked of a trace, whether over a case or over block files: options, and their reading. */
import type { Argv } from 'yargs';
import {
  COINJOIN_DETECTORS,
  COINJOIN_POLICIES,
  type CoinjoinDetector,
  type CoinjoinPolicy,
  heightOrDate,
  parseRules,
  parseSeed,
  refuseContradictions,
  resolveConventions,
  STOPS,
  type Stop,
  type TraceRequest,
} from '../case/index.ts';
import { SpoorError, satoshiFromText } from '../ledger/index.ts';
import { askedConventions, type ConventionArgs, conventionOptions } from './convention-options.ts';
import { inOption, parseAboveZero, parseCount } from './io.ts';
import { parseShare } from './parse-share.ts';

const DEFAULT_RULES = 'haircut,fifo,poison';
/** Labels with books of their own when nobody says how many. */
export const DEFAULT_MAX_LABELS = '10000';
const DEFAULT_STOPS = 'service,coinjoin';

/** Seeds, rules and conventions as yargs gives them; absent where the user said nothing. */
export interface RuleArgs extends ConventionArgs {
  seed?: string[];
  rule?: string[];
}

/** The question as yargs gives it. */
export interface QuestionArgs extends RuleArgs {
  stopAt?: string[];
  atCoinjoin?: CoinjoinPolicy;
  coinjoinDetector?: CoinjoinDetector;
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
  return conventionOptions(yargs)
    .option('seed', {
      ...text,
      array: true,
      describe: 'LABEL=SUBJECT, repeatable',
    })
    .option('rule', {
      ...text,
      array: true,
      defaultDescription: DEFAULT_RULES,
      describe: 'rules, comma separated, or all',
    });
}

/** Declares all of the question. */
export function questionOptions(yargs: Argv): Argv {
  return ruleOptions(yargs)
    .option('stop-at', { ...text, array: true, defaultDescription: DEFAULT_STOPS, describe: STOPS.join(', ') })
    .option('at-coinjoin', {
      choices: COINJOIN_POLICIES,
      describe: 'what to do at a coinjoin; stop unless --stop-at leaves coinjoins out, then continue',
    })
    .option('coinjoin-detector', {
      choices: COINJOIN_DETECTORS,
      default: 'structural',
      describe:
        'how to tell one: by equal outputs alone, or by every protocol (finds Wasabi rounds that the first misses)',
    })
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
      default: DEFAULT_MAX_LABELS,
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

/** Stops and policy in accord: `stop`, `bounds` and `carry` stop at coinjoins, the others do not. Throws USAGE where `none` contradicts. */
function coinjoinsOf(
  stops: readonly Stop[],
  { atCoinjoin, coinjoinDetector }: Pick<QuestionArgs, 'atCoinjoin' | 'coinjoinDetector'>,
): Pick<TraceRequest, 'stopAt' | 'atCoinjoin' | 'coinjoinDetector'> {
  if (atCoinjoin === undefined) return { stopAt: stops, coinjoinDetector };
  const others = stops.filter((stop) => stop !== 'coinjoin');
  if (atCoinjoin === 'continue' || atCoinjoin === 'haircut') {
    return { stopAt: others.length === 0 ? ['none'] : others, atCoinjoin, coinjoinDetector };
  }
  if (stops.includes('none'))
    throw new SpoorError('USAGE', `--stop-at none stops nowhere, --at-coinjoin ${atCoinjoin} at coinjoins`);
  return { stopAt: [...others, 'coinjoin'], atCoinjoin, coinjoinDetector };
}

function optional<T>(text: string | undefined, parse: (text: string) => T): T | null {
  return text === undefined ? null : parse(text);
}

/** What only a forward trace over a case can answer is refused elsewhere; `where` names the place. Throws USAGE. */
export function refuseCoinjoinChoice(
  { atCoinjoin, coinjoinDetector }: Pick<TraceRequest, 'atCoinjoin' | 'coinjoinDetector'>,
  where: string,
): void {
  const option =
    atCoinjoin === 'haircut' || atCoinjoin === 'bounds' || atCoinjoin === 'carry'
      ? `--at-coinjoin ${atCoinjoin}`
      : coinjoinDetector === 'protocols'
        ? '--coinjoin-detector protocols'
        : null;
  if (option === null) return;
  throw new SpoorError('USAGE', `${option} needs a forward trace over a case, not ${where}`, {}, 'spoor trace');
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

/** Rules and conventions, from a preset or one by one. Throws USAGE, also where they contradict each other or `stopAt`. */
export function askedRules(
  args: RuleArgs,
  stopAt: readonly string[] | null,
): { rules: string[]; conventions: TraceRequest['conventions']; stopAt: readonly string[] | null } {
  const rules = args.rule === undefined ? null : parseRules(args.rule.join(','));
  const resolved = resolveConventions({ ...askedConventions(args), rules, stopAt });
  const { conventions } = resolved;
  const names = resolved.rules?.join(',') ?? DEFAULT_RULES;
  return { rules: parseRules(names, conventions), conventions, stopAt: resolved.stopAt };
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
  const { until } = args;
  if (until !== undefined) inOption('--until', () => heightOrDate(until, 'last'));
  const stopAt = args.stopAt === undefined ? null : parseStops(args.stopAt.join(','));
  const { rules, conventions, stopAt: stops } = askedRules(args, stopAt);
  return {
    rules,
    limits: {
      maxHops: optional(args.maxHops, (text) => parseCount('--max-hops', text)),
      minSat: optional(args.minSat, (text) => inOption('--min-sat', () => satoshiFromText(text))),
      minShareMillionths: optional(args.minShare, (text) => parseShare('--min-share', text)),
      maxTransactions: optional(args.maxVisited, (text) => parseCount('--max-visited', text)),
      maxSegments: optional(args.maxSegments, (text) => parseAboveZero('--max-segments', text)),
    },
    until: until ?? null,
    ...coinjoinsOf(parseStops(stops?.join(',') ?? DEFAULT_STOPS), args),
    conventions,
    splitBelowSat: optional(args.splitBelow, (text) => inOption('--split-below', () => satoshiFromText(text))),
    maxLabels: optional(args.maxLabels, (text) => parseAboveZero('--max-labels', text)),
  };
}
