/**
 * Claim:      the last satoshi that goes in is the first that comes out. Two definitions are in use and differ as soon as there is a fee.
 * Source:     `lifo` (stack): outputs in vout order take from the end of the inputs, each slice keeps its inner order, the fee is what is left at the
 *             front. `lifo-reverse`: outputs from last to first take from the front, the fee is the tail (zkokelj, MSc thesis 2021).
 * Parameters: none.
 * Cost:       as FIFO.
 * Fails when: as FIFO; and it has no case law behind it.
 */
import { orderRule } from './segment.ts';
import { servingOrder } from './serving.ts';

/** Last in, first out as a stack: seen from the front, the fee comes first and then the outputs from last to first. */
export const lifo = orderRule('lifo', 'F', (outputs) => servingOrder(outputs, 'L'), 'rest-first');

/** Outputs from last to first, fee last. */
export const lifoReverse = orderRule('lifo-reverse', 'F', (outputs) => servingOrder(outputs, 'L'));
