/**
 * Claim:      a payment made to look like a coinjoin of two (Samourai's Stonewall): so the other detectors are not to
 *             be believed here.
 * Source:     graphsense-lib heuristics_service, used there as a veto and not as a claim.
 * Parameters: 3 or 4 outputs with addresses, all different; 2 inputs; exactly one value that occurs exactly twice, at
 *             least 5,000 sat; of 4
 *             outputs the other two differ.
 * Cost:       O(inputs + outputs).
 * Fails when: two people really mix in this form (StonewallX2): the veto then hides a real coinjoin of two.
 */
import { check, type Detector } from './check.ts';
import { addressesOf, allDistinct, countValues, payingOutputs } from './shape.ts';

const MIN_INPUTS = 2;
const SIZES: readonly number[] = [3, 4];
const MIN_PAIR_SAT = 5_000;

/** The veto. */
export const stonewall: Detector = {
  name: 'stonewall',
  source: 'graphsense-lib heuristics_service',
  *examine(shape) {
    const outputs = payingOutputs(shape);
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    yield check('3 or 4 outputs', outputs.length, SIZES.includes(outputs.length));
    yield check(`at least ${MIN_INPUTS} inputs`, shape.inputs.length, shape.inputs.length >= MIN_INPUTS);
    yield check('all outputs to different addresses', addressesOf(outputs).size, allDistinct(outputs));
    const counts = countValues(outputs.map(({ valueSat }) => valueSat));
    const pairs = [...counts].filter(([, count]) => count === 2).map(([valueSat]) => valueSat);
    yield check('exactly one value exactly twice, the other outputs differ', pairs.length, pairs.length === 1);
    const pairSat = pairs[0] ?? 0;
    yield check(`it is at least ${MIN_PAIR_SAT} sat`, `${pairSat} sat`, pairSat >= MIN_PAIR_SAT);
    return { participants: 2, denominationsSat: [pairSat], confidence: null };
  },
};
