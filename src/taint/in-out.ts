/**
 * Claim:      taint follows the order in which inputs are lined up (X) and outputs are served (Y); the fee comes last.
 * Source:     the in/out family of Tironsakkul et al. (TaintedTX): X in F first, L last, T tainted first, C clean first, H highest input first,
 *             S smallest input first; Y in F, L, H, S. FIFO is FF.
 * Parameters: X and Y. H and S order whole inputs, never merged runs, so that the order does not depend on the taint.
 * Cost:       as FIFO, plus sorting.
 * Fails when: read as law: most of the 24 pairs stand for no rule but their own, and show how far a convention alone moves an answer.
 */
import type { TaintRule } from './rule.ts';
import { type InOrder, orderRule } from './segment.ts';
import { type OutOrder, servingOrder } from './serving.ts';

const NAME = /^inout:([FLTCHS])([FLHS])$/;

/** Names of the whole family. */
export const IN_OUT_NAMES: readonly string[] = [...'FLTCHS'].flatMap((x) => [...'FLHS'].map((y) => `inout:${x}${y}`));

/** The rule `inout:XY`, or null when the name is not of that form. */
export function inOut(name: string): TaintRule | null {
  const match = NAME.exec(name);
  if (match === null) return null;
  return orderRule(name, match[1] as InOrder, (outputs) => servingOrder(outputs, match[2] as OutOrder));
}
