/**
 * Claim:      the first satoshi that goes in is the first that comes out.
 * Source:     Devaynes v Noble (Clayton's case) 1816; Anderson, Shumailov, Ahmed, "Making Bitcoin Legal", 2018 (src/taint/README.md).
 * Parameters: none. The unit of account is the output; inputs in vin order, outputs in vout order, the fee takes the tail.
 * Cost:       O(inputs + outputs + segments) per transaction; lossless, so segments grow with cuts and merges.
 * Fails when: the order of inputs or outputs carries no meaning (coinjoins, sorted transactions): the answer then rests on a convention.
 */
import { orderRule } from './segment.ts';
import { servingOrder } from './serving.ts';

/** First in, first out, over run-length segments. State: (label, length) pairs whose lengths sum to the output's value. */
export const fifo = orderRule('fifo', 'F', (outputs) => servingOrder(outputs, 'F'));
