/** Drives a run of the engine from a LedgerView at hand. */
import type { LedgerView } from '../ledger/index.ts';
import { propagate } from './propagate.ts';
import type { TaintResult, TraceParameters } from './result.ts';

/**
 * Runs the taint engine over a view. `onVisit`, when given, is called with the number of questions answered so far and may throw
 * to stop the run (progress and Ctrl-C live with the caller).
 */
export function taintOverView(
  view: LedgerView,
  parameters: TraceParameters,
  onVisit?: (visited: number) => void,
): TaintResult {
  const run = propagate(parameters);
  let answered = 0;
  let step = run.next();
  while (!step.done) {
    const { transactions, blocks } = step.value;
    answered += 1;
    onVisit?.(answered);
    step = run.next({
      frames: transactions.map((tx) => view.frame(tx)),
      blocks: blocks.map((height) => view.blockFees(height)),
    });
  }
  return step.value;
}
