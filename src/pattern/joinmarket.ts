/**
 * Claim:      a JoinMarket round: n equal outputs to new addresses, one per participant, most of the other outputs
 *             their change.
 * Source:     graphsense-lib heuristics_service after Schnoering and Vazirgiannis 2023 (arXiv 2311.12491);
 *             `joinmarket-filtered` adds the
 *             filters of the crocs-muni coinjoin-analysis wiki.
 * Parameters: denomination above 2,730 sat, 3 participants, half the outputs; from 50 inputs on at most 20 inputs and
 *             at least 1.7 outputs a
 *             participant. Filters: no null data, address reuse below 1/3, at most 100 inputs and outputs, under 4
 *             inputs per output, at most 2
 *             repeated values.
 * Cost:       O(inputs + outputs).
 * Fails when: an exchange pays a batch of equal sums from many addresses: the veto by tags exists for that.
 */
import { type Check, check, type Detector, type Fit } from './check.ts';
import {
  addressesOf,
  allDistinct,
  countValues,
  mostFrequent,
  payersAtLeast,
  payingOutputs,
  type TransactionShape,
} from './shape.ts';

const MAX_DUST_SAT = 2730;
const MIN_PARTICIPANTS = 3;
const CONFIDENCE = 49;
const LARGE_ROUND_INPUTS = 50;
const MAX_INPUTS_EACH = 20;
/** 1.7 outputs a participant, in tenths. */
const MIN_OUTPUTS_EACH_TENTHS = 17;
const MAX_FILTERED_SIZE = 100;
const MAX_INPUTS_PER_OUTPUT = 4;
const MAX_REPEATED_VALUES = 2;

function* structure(shape: TransactionShape): Generator<Check, Fit> {
  const { inputs } = shape;
  const outputs = payingOutputs(shape);
  yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
  const valuesSat = outputs.map(({ valueSat }) => valueSat);
  const { valueSat, count } = mostFrequent(countValues(valuesSat.filter((value) => value > MAX_DUST_SAT)));
  yield check(`a denomination above ${MAX_DUST_SAT} sat`, `${valueSat} sat`, valueSat > MAX_DUST_SAT);
  const majority = `at least half the ${outputs.length} outputs equal`;
  yield check(majority, `${count} of ${valueSat} sat`, count * 2 >= outputs.length);
  yield check(`at least ${MIN_PARTICIPANTS} participants`, count, count >= MIN_PARTICIPANTS);
  yield check(`at least ${count} different payers`, addressesOf(inputs).size, payersAtLeast(shape, count));
  yield check('all outputs to different addresses', addressesOf(outputs).size, allDistinct(outputs));
  const others = outputs.length - count;
  yield check('an output that is not the denomination', others, others > 0);
  if (inputs.length >= LARGE_ROUND_INPUTS) {
    const each = `${inputs.length} inputs, ${outputs.length} outputs, ${count} participants`;
    yield check(`at most ${MAX_INPUTS_EACH} inputs a participant`, each, inputs.length <= MAX_INPUTS_EACH * count);
    const enough = outputs.length * 10 >= MIN_OUTPUTS_EACH_TENTHS * count;
    yield check('at least 1.7 outputs a participant', each, enough);
  }
  return { participants: count, denominationsSat: [valueSat], confidence: CONFIDENCE };
}

/** The structural rule. */
export const joinMarket: Detector = {
  name: 'joinmarket',
  source: 'graphsense-lib heuristics_service',
  examine: structure,
};

/** The structural rule with filters against look-alikes. */
export const joinMarketFiltered: Detector = {
  name: 'joinmarket-filtered',
  source: 'graphsense-lib heuristics_service; crocs-muni coinjoin-analysis wiki',
  *examine(shape) {
    const { inputs, outputs } = shape;
    const fit = yield* structure(shape);
    const nullData = outputs.filter(({ type }) => type === 'op_return').length;
    yield check('no null data', nullData, nullData === 0);
    const all = [...inputs, ...outputs].filter(({ address }) => address !== null);
    const reused = all.length - addressesOf(all).size;
    yield check(`fewer than a third of ${all.length} addresses used again`, reused, reused * 3 < all.length);
    const size = Math.max(inputs.length, outputs.length);
    yield check(`at most ${MAX_FILTERED_SIZE} inputs and outputs`, size, size <= MAX_FILTERED_SIZE);
    const ratio = `${inputs.length} to ${outputs.length}`;
    const few = inputs.length < MAX_INPUTS_PER_OUTPUT * outputs.length;
    yield check(`under ${MAX_INPUTS_PER_OUTPUT} inputs per output`, ratio, few);
    const repeated = [...countValues(outputs.map(({ valueSat }) => valueSat)).values()].filter((n) => n > 1).length;
    yield check(`at most ${MAX_REPEATED_VALUES} repeated values`, repeated, repeated <= MAX_REPEATED_VALUES);
    return fit;
  },
};
