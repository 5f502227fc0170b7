/** Drives a run of the engine from a LedgerView at hand. */
import { type LedgerView, NEWEST, NONE, outputId, type TxFrame, type TxId } from '../ledger/index.ts';
import { parseAddressFilter } from './address-filter.ts';
import { ADDRESS_RULES, addressTaint } from './address-taint.ts';
import { propagate } from './propagate.ts';
import type { TaintResult, TraceParameters } from './result.ts';

/**
 * Runs the rules over a view: those over outputs in one walk, those over addresses each in its own. `onVisit`, when given, is called with the
 * number of questions answered so far and may throw to stop the run (progress and Ctrl-C live with the caller).
 */
export function taintOverView(
  view: LedgerView,
  parameters: TraceParameters,
  onVisit?: (visited: number) => void,
): TaintResult {
  const overOutputs = parameters.rules.filter((name) => !Object.hasOwn(ADDRESS_RULES, name));
  const found = taintOverOutputs(view, { ...parameters, rules: overOutputs }, onVisit);
  if (overOutputs.length === parameters.rules.length) return found;
  const byName = new Map(found.value.rules.map((result) => [result.rule, result]));
  const filter = parseAddressFilter(parameters.conventions.addressFilter);
  const rules = parameters.rules.map(
    (name) => byName.get(name) ?? addressTaint(view, { ...parameters, direction: ADDRESS_RULES[name], filter }),
  );
  return { ...found, value: { ...found.value, rules } };
}

/** What rules over outputs ask of a view. */
export type OutputsView = Pick<LedgerView, 'frame' | 'blockFees' | 'transactionOf'>;

/** Runs rules over outputs, and no others, over a view; else as `taintOverView`. */
export function taintOverOutputs(
  view: OutputsView,
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

function frameWithHeights(view: OutputsView, tx: TxId): TxFrame {
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
