/**
 * Claim:      a transaction whose outputs are half equal ones to different owners, the other half their change, is a
 *             coinjoin of some kind.
 * Source:     `equal-output`: BlockSci tx_identification.cpp `isCoinjoin`, ties of frequency to the lowest value as in
 *             GraphSense ingest.
 *             `equal-output-change`: nopara73/Dumplings Scanner, "other" coinjoins; a taker that sweeps leaves no
 *             change (crocs-muni fork).
 * Parameters: 2 inputs, 3 outputs, exactly half the outputs (rounded up) equal, values 546 and 2,730 sat excluded;
 *             margin of 10,000 sat
 *             between the largest input and denomination plus largest change.
 * Cost:       O(inputs + outputs).
 * Fails when: two owners pay by PayJoin (no equal outputs: invisible by design), or a payer sends equal sums to many
 *             (look-alike).
 */
import { check, type Detector } from './check.ts';
import { addressesOf, countValues, mostFrequent, payersAtLeast } from './shape.ts';

const MIN_INPUTS = 2;
const MIN_OUTPUTS = 3;
/** Dust of token protocols, never a denomination. */
const TOKEN_DUST_SAT: readonly number[] = [546, 2730];
const CHANGE_MARGIN_SAT = 10_000;

/** BlockSci's basic test. */
export const equalOutput: Detector = {
  name: 'equal-output',
  source: 'BlockSci tx_identification.cpp',
  *examine(shape) {
    const { inputs, outputs } = shape;
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    yield check(`at least ${MIN_INPUTS} inputs`, inputs.length, inputs.length >= MIN_INPUTS);
    yield check(`at least ${MIN_OUTPUTS} outputs`, outputs.length, outputs.length >= MIN_OUTPUTS);
    const participants = Math.floor((outputs.length + 1) / 2);
    yield check(`at least ${participants} inputs, half the outputs`, inputs.length, inputs.length >= participants);
    const payers = addressesOf(inputs).size;
    yield check(`at least ${participants} different payers`, payers, payersAtLeast(shape, participants));
    const { valueSat, count } = mostFrequent(countValues(outputs.map((output) => output.valueSat)));
    yield check(`exactly ${participants} equal outputs`, `${count} of ${valueSat} sat`, count === participants);
    yield check('not a dust value of token protocols', `${valueSat} sat`, !TOKEN_DUST_SAT.includes(valueSat));
    return { participants, denominationsSat: [valueSat], confidence: null };
  },
};

/** The test of Dumplings for coinjoins of no named protocol: every equal output but perhaps one has its change. */
export const equalOutputChange: Detector = {
  name: 'equal-output-change',
  source: 'nopara73/Dumplings Scanner, crocs-muni fork',
  *examine(shape) {
    const { inputs, outputs } = shape;
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    const counts = countValues(outputs.map((output) => output.valueSat));
    const repeated = [...counts.values()].filter((count) => count > 1).length;
    yield check('exactly one repeated output value', repeated, repeated === 1);
    const { valueSat, count } = mostFrequent(counts);
    const others = outputs.length - count;
    yield check('as many other outputs as equal ones, or one less', others, others === count || others === count - 1);
    const payees = new Set(outputs.map(({ address }, vout) => address ?? vout)).size;
    yield check(`at least ${count} different output scripts`, payees, payees >= count);
    const payers = addressesOf(inputs).size;
    yield check(`at least ${count} different payers`, payers, payersAtLeast(shape, count));
    const largest = largestInput(shape.inputs);
    const changeSat = Math.max(0, ...outputs.filter((output) => output.valueSat !== valueSat).map((o) => o.valueSat));
    const roomSat = valueSat + changeSat - CHANGE_MARGIN_SAT;
    const room = `largest input at most denomination plus largest change less ${CHANGE_MARGIN_SAT} sat (${roomSat} sat)`;
    yield check(room, largest === null ? 'unknown' : `${largest} sat`, largest === null ? null : largest <= roomSat);
    return { participants: count, denominationsSat: [valueSat], confidence: null };
  },
};

function largestInput(inputs: ReadonlyArray<{ readonly valueSat: number | null }>): number | null {
  let largest = 0;
  for (const { valueSat } of inputs) {
    if (valueSat === null) return null;
    largest = Math.max(largest, valueSat);
  }
  return largest;
}
