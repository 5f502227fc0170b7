/** Drives a run of the engine from a LedgerView at hand. */
import { type LedgerView, NEWEST, NONE, outputId, type TxFrame, type TxId } from '../ledger/index.ts';
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
    const { transactions, blocks, heights } = step.value;
    answered += 1;
    onVisit?.(answered);
    step = run.next({
      frames: transactions.map((tx) => (heights === true ? frameWithHeights(view, tx) : view.frame(tx))),
      blocks: blocks.map((height) => view.blockFees(height)),
    });
  }
  return step.value;
}

function frameWithHeights(view: LedgerView, tx: TxId): TxFrame {
  const frame = view.frame(tx);
  return { ...frame, inputHeight: inputHeights(view, frame) };
}

/** Height at which each input of a frame was made. */
export function inputHeights(view: Pick<LedgerView, 'frame' | 'transactionOf'>, frame: TxFrame): number[] {
  return frame.inputOutput.map((output) => {
    if (output === NONE) return NONE;
    const { height } = view.frame(view.transactionOf(outputId(output)));
    return height === NONE ? NEWEST : height;
  });
}
