/** What `case verify` asks of traces over accounts: books that add up, and the same report when the manifest is run again. */
import { SpoorError } from '../../ledger/index.ts';
import type { CaseContext } from '../context.ts';
import { storedRunProblems } from '../run.ts';
import { accountReport } from './report.ts';
import { ACCOUNT_TRACE, type AccountTraceRun, answerAgain, loadAccountTrace } from './trace.ts';

/** How many traces over accounts the case has, and what is wrong with them. A run of other inputs is not made again. */
export function accountRunProblems(context: CaseContext): { readonly checked: number; readonly problems: string[] } {
  return storedRunProblems(context, ACCOUNT_TRACE, {
    again: ({ id }) => replayProblems(context, loadAccountTrace(context, id)),
  });
}

/** The engine closes its books itself and throws CONSERVATION; equal reports then have equal books. */
function replayProblems(context: CaseContext, { run, params, report }: AccountTraceRun): string[] {
  try {
    const again = accountReport(context, run, answerAgain(context, params));
    const parts = (Object.keys(again) as Array<keyof typeof again>).filter(
      (part) => JSON.stringify(again[part]) !== JSON.stringify(report[part]),
    );
    return parts.map((part) => `run ${run.id}, ${part}: running it again gives another result`);
  } catch (error) {
    if (error instanceof SpoorError) return [`run ${run.id} cannot be run again: ${error.message}`];
    throw error;
  }
}
