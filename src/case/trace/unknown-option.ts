/** The option `--unknown`: what inputs without history count as. */
import { SpoorError } from '../../ledger/index.ts';
import { envelopeHolds, ruleByName, type TraceConventions, type TraceLimits } from '../../taint/index.ts';
import type { CoinjoinChoice } from './coinjoin-choice.ts';

/** What inputs without history count as: clean, as is usual, or whatever they may be. */
export const UNKNOWN_VALUES = ['clean', 'bounds'] as const;
/** One of `UNKNOWN_VALUES`. */
export type Unknown = (typeof UNKNOWN_VALUES)[number];

/** What of a request decides whether bounds can be made. */
interface Asked extends CoinjoinChoice {
  readonly unknown?: Unknown;
  readonly rules: readonly string[];
  readonly limits: Omit<TraceLimits, 'untilHeight'>;
  readonly conventions: TraceConventions;
}

/** Refuses bounds, of unknown history or carried on from coinjoins, where something of the request looks at what is not known. Throws USAGE naming the option. */
export function refuseBounds({ unknown, rules, limits, conventions, atCoinjoin, coinjoinDetector }: Asked): void {
  const carries = atCoinjoin === 'carry';
  if (unknown !== 'bounds' && !carries) return;
  const asked = carries ? '--at-coinjoin carry' : '--unknown bounds';
  const refuse = (option: string, hint: string): SpoorError =>
    new SpoorError('USAGE', `${asked} does not go with ${option}`, {}, hint);
  if (carries && unknown === 'bounds')
    throw refuse('--unknown bounds', 'the mappings of a coinjoin may hang on the transactions that are missing');
  const limit = Object.entries(limitOptions(limits)).find(([, value]) => value !== null && value !== undefined);
  if (limit !== undefined) throw refuse(limit[0], 'such a limit looks at what is not known; --until goes');
  if (!envelopeHolds(conventions))
    throw refuse(
      'these conventions',
      'it knows seeds that fill what is clean, and rounding that loses nothing: leave out --seed-overlap, --haircut-rounding and --haircut-tx-share',
    );
  if (atCoinjoin === 'haircut') throw refuse('--at-coinjoin haircut', 'stop at coinjoins, or continue');
  if (coinjoinDetector === 'protocols' && !carries)
    throw refuse('--coinjoin-detector protocols', 'what protocol it is may hang on the transactions that are missing');
  const aged = rules.find((name) => ruleByName(name, conventions).needsHeights === true);
  if (aged !== undefined)
    throw refuse(`--rule ${aged}`, 'its order hangs on the heights of inputs, which bounds do not keep');
}

function limitOptions(limits: Omit<TraceLimits, 'untilHeight'>): Record<string, number | null | undefined> {
  return {
    '--max-hops': limits.maxHops,
    '--min-sat': limits.minSat,
    '--min-share': limits.minShareMillionths,
    '--max-visited': limits.maxTransactions,
    '--max-segments': limits.maxSegments,
  };
}
