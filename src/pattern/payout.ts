/**
 * Claim:      what a transaction does by its form: gathers (consolidation), spreads (fan-out), pays many (batch
 *             payout), pays many from one
 *             address that takes its change back (hot wallet), sprays dust.
 * Source:     own thresholds: the field uses these names without agreed numbers; 546 and 1,000 sat are the limits of
 *             dust in use.
 * Parameters: consolidation 10 inputs to 1 output; fan-out 10 outputs, 5 per input; batch payout 10 outputs to
 *             different addresses, more
 *             than inputs, at least 80 % different values; hot wallet 1 paying address, 5 payees, 1 output back; dust
 *             spray 10 outputs of at
 *             most 1,000 sat to different addresses, at least half of all.
 * Cost:       O(inputs + outputs).
 * Fails when: read as who did it: a user gathers coins too, and a payroll looks like an exchange.
 */
import { check, type Detector, type Fit } from './check.ts';
import { addressesOf, allDistinct, countValues, mostFrequent, payingOutputs } from './shape.ts';

const MIN_GATHERED = 10;
const MIN_SPREAD = 10;
const SPREAD_PER_INPUT = 5;
const MIN_PAYEES = 5;
/** Relay limit of a P2PKH output: what it costs more to spend than it holds. */
export const DUST_SAT = 546;
/** Up to here outputs are noise for freshness, exposure and hop distance. */
export const SMALL_SAT = 1_000;
const OWN = 'own threshold';

const PLAIN: Fit = { participants: null, denominationsSat: [], confidence: null };

/** Many coins into one. */
export const consolidation: Detector = {
  name: 'consolidation',
  source: OWN,
  *examine(shape) {
    const outputs = payingOutputs(shape);
    const { length } = shape.inputs;
    yield check(`at least ${MIN_GATHERED} inputs`, length, length >= MIN_GATHERED);
    yield check('exactly one output that pays', outputs.length, outputs.length === 1);
    return PLAIN;
  },
};

/** Few coins into many. */
export const fanOut: Detector = {
  name: 'fan-out',
  source: OWN,
  *examine(shape) {
    const outputs = payingOutputs(shape);
    const { length } = shape.inputs;
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    yield check(`at least ${MIN_SPREAD} outputs`, outputs.length, outputs.length >= MIN_SPREAD);
    const ratio = `${outputs.length} to ${length}`;
    yield check(`at least ${SPREAD_PER_INPUT} per input`, ratio, outputs.length >= SPREAD_PER_INPUT * length);
    return PLAIN;
  },
};

/** Many different sums to many payees. */
export const batchPayout: Detector = {
  name: 'batch-payout',
  source: OWN,
  *examine(shape) {
    const outputs = payingOutputs(shape);
    const { length } = shape.inputs;
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    yield check(`at least ${MIN_SPREAD} outputs`, outputs.length, outputs.length >= MIN_SPREAD);
    yield check('more outputs than inputs', `${outputs.length} to ${length}`, outputs.length > length);
    yield check('all outputs to different addresses', addressesOf(outputs).size, allDistinct(outputs));
    const values = countValues(outputs.map(({ valueSat }) => valueSat));
    const share = `${values.size} of ${outputs.length}`;
    yield check('at least 80 % of values differ', share, values.size * 10 >= outputs.length * 8);
    const { valueSat, count } = mostFrequent(values);
    return { ...PLAIN, denominationsSat: count > 1 ? [valueSat] : [] };
  },
};

/** One address pays many and takes the change back: how a service's hot wallet works. */
export const hotWallet: Detector = {
  name: 'hot-wallet',
  source: OWN,
  *examine(shape) {
    const outputs = payingOutputs(shape);
    const payers = addressesOf(shape.inputs);
    const unknown = shape.inputs.some(({ address }) => address === null);
    const one = payers.size === 1 && !unknown;
    yield check('one address pays', payers.size, unknown && payers.size <= 1 ? null : one);
    const back = outputs.filter(({ address }) => address !== null && payers.has(address)).length;
    yield check('exactly one output goes back to it', back, back === 1);
    const payees = addressesOf(outputs.filter(({ address }) => address !== null && !payers.has(address))).size;
    yield check(`at least ${MIN_PAYEES} payees`, payees, payees >= MIN_PAYEES);
    return PLAIN;
  },
};

/** Dust to many addresses. */
export const dustSpray: Detector = {
  name: 'dust-spray',
  source: OWN,
  *examine(shape) {
    const outputs = payingOutputs(shape);
    const small = outputs.filter(({ valueSat }) => valueSat <= SMALL_SAT);
    const payees = addressesOf(small).size;
    const rule = `at least ${MIN_SPREAD} addresses get at most ${SMALL_SAT} sat`;
    yield check(rule, payees, payees >= MIN_SPREAD);
    yield check('half the outputs', `${small.length} of ${outputs.length}`, small.length * 2 >= outputs.length);
    return PLAIN;
  },
};

/** Detectors of form other than coinjoins. */
export const FORM_DETECTORS: readonly Detector[] = [consolidation, fanOut, batchPayout, hotWallet, dustSpray];
