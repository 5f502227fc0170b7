/** Answers a source cannot give about one thing, which is no reason to stop asking about others. */
import { SpoorError } from '../../ledger/index.ts';

/** Failures that concern what was asked about and nothing else: a busy script of an Electrum server, a spend whose spender is not shown. */
const CANNOT_SAY = ['TOO_LARGE', 'INCOMPLETE'] as const;

/** An answer; null where the source cannot give it, after `onUnsaid` was told why. */
export async function orUnsaid<T>(answer: Promise<T | null>, onUnsaid: (reason: string) => void): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof SpoorError) || !(CANNOT_SAY as readonly string[]).includes(error.code)) throw error;
    onUnsaid(error.message);
    return null;
  }
}
