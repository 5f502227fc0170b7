/**
 * Claim:      as FIFO, but only as long as nothing clean is mixed in: the first transaction that leaves any output with a clean part is the end.
 * Source:     Dirty-First and Pure Dirty-First of Tironsakkul et al. (TaintedTX, "Context matters"): the first keeps that transaction in the
 *             result, the second drops it.
 * Parameters: none. Outputs are looked at, the fee is not. What is not followed stays in the books as cut, reason `mixed`.
 * Cost:       as FIFO, and far fewer transactions.
 * Fails when: a thief pays change to himself with a clean coin beside it: the trail ends at the first such payment. With several labels a
 *             satoshi of another label is not clean, so labels do bear on each other here.
 */
import { fifo } from './fifo.ts';
import type { TaintRule } from './rule.ts';

/** FIFO up to and with the first mixed transaction. */
export const dirtyFirst: TaintRule = { ...fifo, name: 'dirty-first', boundary: 'after' };

/** FIFO up to the first mixed transaction, without it. */
export const pureDirtyFirst: TaintRule = { ...fifo, name: 'pure-dirty-first', boundary: 'before' };
