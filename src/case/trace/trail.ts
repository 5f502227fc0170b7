/** A run seen as a trail: every tainted output with what each rule says of it. Shared by hop table, flow picture and time line. */
import type { OutputId, TxId, ViewOutput, ViewTransaction } from '../../ledger/index.ts';
import type { Placement } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import type { TraceRun } from './trace.ts';

/** One tainted output: its placement under each rule that taints it. */
export interface TrailOutput {
  readonly output: ViewOutput;
  readonly transaction: ViewTransaction;
  readonly hops: number;
  /** Usually one placement per rule; two where a limit cut one label and another moved on. */
  readonly byRule: ReadonlyMap<string, readonly Placement[]>;
}

/** Total over labels of a placement; a placement without amounts (a zero-value output) gives 0. For poison the output's value. */
export function taintTotalSat(placement: Placement, conserves: boolean): number {
  if (!conserves) return placement.taint.length === 0 ? 0 : placement.valueSat;
  return placement.taint.reduce((total, [, amountSat]) => total + amountSat, 0);
}

/** Every tainted output of a run in total order. Transactions are read once. */
export function trailOf(context: CaseContext, run: TraceRun): TrailOutput[] {
  const byOutput = new Map<OutputId, Map<string, Placement[]>>();
  for (const rule of run.content.rules) {
    for (const placement of [...rule.passed, ...rule.holdings]) {
      const perRule = byOutput.get(placement.output) ?? new Map<string, Placement[]>();
      perRule.set(rule.rule, [...(perRule.get(rule.rule) ?? []), placement]);
      byOutput.set(placement.output, perRule);
    }
  }
  const transactions = new Map<TxId, ViewTransaction>();
  const trail = [...byOutput].map(([output, byRule]): TrailOutput => {
    const [[first]] = byRule.values();
    const transaction = transactions.get(first.tx) ?? context.view.transaction(first.tx);
    transactions.set(first.tx, transaction);
    const hops = Math.min(...[...byRule.values()].flat().map((placement) => placement.hops));
    return { output: transaction.outputs[output - transaction.outputs[0].output], transaction, hops, byRule };
  });
  return trail.sort((a, b) => a.transaction.orderKey - b.transaction.orderKey || a.output.vout - b.output.vout);
}
