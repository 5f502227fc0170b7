/** `trace --backward`: its options beside those of a trace forward, and the run. */
import type { Argv } from 'yargs';
import {
  type BackwardRequest,
  backwardDocument,
  DEFAULT_MAX_SOURCES,
  heightOrDate,
  parseSubject,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { renderBackward } from '../report/index.ts';
import { idleOptions } from './idle-options.ts';
import { type GlobalOptions, inOption, parseCount, print, printJson, say } from './io.ts';
import { DEFAULT_MAX_LABELS, type QuestionArgs, refuseCoinjoinChoice, refuseGaps, termsOf } from './trace-options.ts';

/** What asks backward. */
export interface BackwardArgs extends QuestionArgs, GlobalOptions {
  backward: boolean;
  subject?: string[];
  since?: string;
  maxSources?: string;
  strict: boolean;
}

/** Declares them. */
export function backwardOptions(yargs: Argv): Argv {
  const text = { type: 'string', requiresArg: true } as const;
  return yargs
    .option('backward', { type: 'boolean', default: false, describe: 'where the value of --subject came from' })
    .option('subject', {
      ...text,
      array: true,
      describe: 'with --backward: the output, transaction or address, repeatable',
    })
    .option('since', { ...text, describe: 'with --backward: follow nothing made before this height or date' })
    .option('max-sources', {
      ...text,
      describe: `with --backward: sources tried for rules that cannot be walked back (${DEFAULT_MAX_SOURCES})`,
    })
    .example(
      '$0 trace --backward --subject TXID:0 --rule fifo,haircut',
      'where a deposit came from, down to coinbases',
    );
}

/** Options of the other direction that were given, by name. */
function given(args: object, names: readonly string[]): string | undefined {
  const values = new Map<string, unknown>(Object.entries(args));
  return names.find((name) => {
    const value = values.get(name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
    return value !== undefined && value !== false;
  });
}

/** Options that a walk backward has no use for; `--max-labels` is one too, but for its default. */
const FORWARD_ONLY = [
  'seed',
  'follow',
  'until',
  'min-share',
  'split-below',
  'max-visited',
  'max-segments',
  'unknown',
  'envelope',
  'service-clusters',
  'seeding',
  'seed-overlap',
] as const;

/** Refuses options that say nothing in the direction asked. Throws USAGE naming the first. */
export function checkDirection(args: BackwardArgs): void {
  const ownLabels = args.maxLabels !== undefined && args.maxLabels !== DEFAULT_MAX_LABELS;
  const wrong = args.backward
    ? (given(args, FORWARD_ONLY) ?? (ownLabels ? 'max-labels' : undefined))
    : given(args, ['subject', 'since', 'max-sources']);
  if (wrong !== undefined) {
    const direction = args.backward ? 'does not go with --backward' : 'needs --backward';
    const hint = args.backward
      ? 'backward takes --subject, --rule, --stop-at, --max-hops, --min-sat and --since'
      : undefined;
    throw new SpoorError('USAGE', `--${wrong} ${direction}`, {}, hint);
  }
  if (args.backward && (args.subject ?? []).length === 0)
    throw new SpoorError('USAGE', 'give at least one --subject', {}, 'a deposit as txid:vout, a txid or an address');
}

/** Walks back and prints. */
export function runBackward(args: BackwardArgs): void {
  const subjects = args.subject ?? [];
  const { since } = args;
  if (since !== undefined) inOption('--since', () => heightOrDate(since, 'first'));
  for (const subject of subjects) parseSubject(subject);
  const terms = termsOf(args);
  refuseCoinjoinChoice(terms, 'a walk backward');
  const { rules, limits, stopAt, conventions } = terms;
  for (const line of idleOptions(args, rules)) say(args, line);
  const asked: Omit<BackwardRequest, 'subjects'> = {
    rules,
    limits: { maxHops: limits.maxHops, minSat: limits.minSat },
    since: args.since ?? null,
    stopAt,
    conventions,
    maxSources: args.maxSources === undefined ? DEFAULT_MAX_SOURCES : parseCount('--max-sources', args.maxSources),
  };
  withCase(args.case, { create: false }, (context) => {
    const document = backwardDocument(context, {
      ...asked,
      subjects: subjects.map((text) => parseSubject(text, context.network)),
    });
    if (args.json) printJson(document);
    else print(renderBackward(document));
    refuseGaps(args.strict, document.gaps.length);
  });
}
