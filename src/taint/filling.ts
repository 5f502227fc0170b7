/**
 * Claim:      tainted value leaves first: it fills outputs up to their value, one after the other, the fee only when all are full.
 * Source:     `tiho` (taint in, highest out; ties to the lower vout): Tironsakkul, Maarek, Eross, Just 2019, arXiv 1906.05754. `seniority` (outputs in
 *             vout order): named in the literature on blacklisting without a formal text; the reading used here is ours.
 * Parameters: which of two equal outputs TIHO fills first (`higher-vout`: zkokelj). Several labels: the total per output by the rule, then split over the labels by largest remainder.
 * Cost:       O(outputs log outputs + inputs) per transaction and label.
 * Fails when: seeds are added up: what one seed does depends on the others; and it has no walk back that knows no source.
 */
import { amountRule, divideOver, pool, sum, toDivided } from './amount-rule.ts';
import type { TraceConventions } from './conventions.ts';
import { allClean, type Divided, type Division, type TaintRule } from './rule.ts';
import { type OutOrder, servingOrder } from './serving.ts';

function fill(division: Division, order: OutOrder, ties?: TraceConventions['tihoTies']): Divided {
  const pooled = pool(division);
  const { outputValueSat } = division;
  if (pooled.length === 2) return fillOneLabel(pooled, outputValueSat, servingOrder(outputValueSat, order, ties));
  let leftSat = sum(pooled.filter((_, index) => index % 2 === 1));
  const filled = new Array<number>(outputValueSat.length).fill(0);
  for (const vout of servingOrder(outputValueSat, order, ties)) {
    filled[vout] = Math.min(leftSat, outputValueSat[vout]);
    leftSat -= filled[vout];
  }
  return toDivided(divideOver(pooled, [...filled, leftSat], null), outputValueSat.length);
}

/** The same for one label, which needs no split: by far the commonest case. */
function fillOneLabel(pooled: readonly number[], outputValueSat: readonly number[], vouts: readonly number[]): Divided {
  const [label] = pooled;
  let leftSat = pooled[1];
  const outputs = allClean(outputValueSat.length);
  for (const vout of vouts) {
    if (leftSat === 0) break;
    const filledSat = Math.min(leftSat, outputValueSat[vout]);
    leftSat -= filledSat;
    if (filledSat > 0) outputs[vout] = [label, filledSat];
  }
  return { outputs, rest: leftSat === 0 ? null : [label, leftSat] };
}

/** Taint in, highest out. */
export function tiho(ties: TraceConventions['tihoTies']): TaintRule {
  return { ...amountRule('tiho', (division) => fill(division, 'H', ties)), total: true };
}

/** Tainted value fills outputs in vout order. */
export const seniority: TaintRule = { ...amountRule('seniority', (division) => fill(division, 'F')), total: true };
