/** Seeds that lie on taint of another label: what was there stays (first wins), so the seed filled less than its output, and that is said. */
import { outputId } from '../../ledger/index.ts';
import type { OverlapRow } from '../../report/index.ts';
import type { RuleResult } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import type { TraceRun } from './trace.ts';

/** Rows in the order of the seeds. Poison keeps every label whole, and the other ways of overlap have entries of their own in the books. */
export function overlapRows(context: CaseContext, { params, content }: TraceRun, rule: RuleResult): OverlapRow[] {
  if (!rule.conserves || params.conventions.seedOverlap !== 'first-wins') return [];
  const placed = new Map<number, Map<number, number>>();
  for (const { output, taint } of [...rule.passed, ...rule.holdings]) {
    const amounts = placed.get(output) ?? new Map<number, number>();
    for (const [label, amountSat] of taint) amounts.set(label, (amounts.get(label) ?? 0) + amountSat);
    placed.set(output, amounts);
  }
  return content.seeds.flatMap(({ label, output }): OverlapRow[] => {
    const others = [...(placed.get(output) ?? [])].filter(([other]) => other !== label);
    if (others.length === 0) return [];
    const { outpoint, valueSat } = context.view.output(outputId(output));
    const kept = Object.fromEntries(others.map(([other, amountSat]) => [params.labels[other], String(amountSat)]));
    return [{ label: params.labels[label], outpoint, value: String(valueSat), kept }];
  });
}
