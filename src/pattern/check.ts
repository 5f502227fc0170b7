/**
 * How a detector answers: one check after the other, each with what was asked, what was found, and whether it holds. A
 * fact that no source
 * gives makes a check, and so the verdict, `unknown`: never a silent no.
 */
import type { TransactionShape } from './shape.ts';

/** `unknown`: nothing speaks against it, but a fact it needs is not known. */
export type Verdict = 'yes' | 'no' | 'unknown';

/** One condition of a detector, in words for people, with its answer; `null` where a fact is missing. */
export interface Check {
  readonly rule: string;
  readonly found: string;
  readonly holds: boolean | null;
}

/** What a detector knows of a transaction that fits it. Satoshi; `participants` is an estimate. */
export interface Fit {
  readonly participants: number | null;
  readonly denominationsSat: readonly number[];
  /** 0 to 100 as the source of the rule states it; null where the source states none. */
  readonly confidence: number | null;
}

/** One detector. `examine` yields its checks in order and returns what it knows if they hold. */
export interface Detector {
  readonly name: string;
  /** Where the rule and its numbers come from. */
  readonly source: string;
  examine(shape: TransactionShape): Generator<Check, Fit>;
}

/** The answer of one detector with its evidence. `fit` is null unless the verdict is yes. */
export interface Detection {
  readonly detector: string;
  readonly source: string;
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  readonly fit: Fit | null;
}

/** A check on a count or an amount. */
export function check(rule: string, found: number | string, holds: boolean | null): Check {
  return { rule, found: String(found), holds };
}

/** Runs a detector to the end: every check is evidence, also after one that fails. */
export function detect(detector: Detector, shape: TransactionShape): Detection {
  const run = detector.examine(shape);
  const checks: Check[] = [];
  let step = run.next();
  for (; !step.done; step = run.next()) checks.push(step.value);
  const failed = checks.some(({ holds }) => holds === false);
  const verdict: Verdict = failed ? 'no' : checks.some(({ holds }) => holds === null) ? 'unknown' : 'yes';
  const { name, source } = detector;
  return { detector: name, source, verdict, checks, fit: verdict === 'yes' ? step.value : null };
}

/** Whether a detector says yes: stops at the first check that does not hold, for reading many transactions. */
export function fits(detector: Detector, shape: TransactionShape): boolean {
  for (const { holds } of detector.examine(shape)) {
    if (holds !== true) return false;
  }
  return true;
}
