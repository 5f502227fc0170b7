/**
 * Claim:      a round of Wasabi 1: many inputs of many owners, outputs of about 0.1 BTC and, later, doublings of it,
 *             change and a coordinator fee.
 * Source:     `wasabi-1.0`, `wasabi-1.1`: nopara73/Dumplings Scanner (scripts of the coordinator from its Constants).
 *             `wasabi-1-levels`:
 *             graphsense-lib heuristics_service after Schnoering and Vazirgiannis 2023.
 * Parameters: blocks 530,500 to 609,999 with a known coordinator, from 610,000 without; 10 equal outputs within 0.02
 *             BTC of 0.1 BTC; levels
 *             2^i x 0.1 BTC within 2^i x 500,000 sat with 2 outputs; 10 inputs, none with over a tenth; 3 to 7 payers a
 *             participant.
 * Cost:       O(inputs + outputs x levels).
 * Fails when: an exchange pays a batch of round sums from many addresses (hard false positives of 1.6 % in
 *             graphsense-lib's own count).
 */
import { type Check, check, type Detector } from './check.ts';
import {
  addressesOf,
  allDistinct,
  countValues,
  mostFrequent,
  mostInputsOfOne,
  payersAtLeast,
  payingOutputs,
  type ShapeOutput,
  type TransactionShape,
} from './shape.ts';

const FIRST_HEIGHT = 530_500;
const FIRST_WITHOUT_COORDINATOR = 610_000;
const COORDINATORS: readonly string[] = [
  'bc1qs604c7jv6amk4cxqlnvuxv26hv3e48cds4m0ew',
  'bc1qa24tsgchvuxsaccp8vrnkfd85hrcpafg20kmjw',
];
const MORE_THAN_EQUAL = 2;
const BASE_SAT = 10_000_000;
const BASE_PRECISION_SAT = 2_000_000;
const MIN_EQUAL = 10;
const MIN_UNIQUE = 2;
const MIN_INPUTS = 10;
const LEVEL_TOLERANCE_SAT = 500_000;
const MIN_LEVEL_OUTPUTS = 2;
const MIN_PARTICIPANTS = 3;
const MAX_INPUTS_EACH = 7;
const SMALL_ROUND_INPUTS = 20;
/** A total within a ten-thousandth of a multiple of the modal value is a payout, not a small round. */
const SPLIT_RESIDUAL_PARTS = 10_000;

function known(height: number | null): string {
  return height === null ? 'unknown' : String(height);
}

/** While the coordinator had known scripts. */
export const wasabi10: Detector = {
  name: 'wasabi-1.0',
  source: 'nopara73/Dumplings Scanner',
  *examine(shape) {
    const { height, outputs } = shape;
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    const within = height === null ? null : height >= FIRST_HEIGHT && height < FIRST_WITHOUT_COORDINATOR;
    yield check(`block ${FIRST_HEIGHT} to ${FIRST_WITHOUT_COORDINATOR - 1}`, known(height), within);
    const paid = outputs.find(({ address }) => address !== null && COORDINATORS.includes(address));
    yield check('pays a known coordinator', paid?.address ?? 'no', paid !== undefined);
    const { valueSat, count } = mostFrequent(countValues(outputs.map((output) => output.valueSat)));
    yield check(`a value more than ${MORE_THAN_EQUAL} times`, `${count} of ${valueSat} sat`, count > MORE_THAN_EQUAL);
    return { participants: count, denominationsSat: [valueSat], confidence: null };
  },
};

/** Since the coordinator uses new scripts each round. */
export const wasabi11: Detector = {
  name: 'wasabi-1.1',
  source: 'nopara73/Dumplings Scanner',
  *examine(shape) {
    const { height, inputs, outputs } = shape;
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    const late = height === null ? null : height >= FIRST_WITHOUT_COORDINATOR;
    yield check(`block ${FIRST_WITHOUT_COORDINATOR} or later`, known(height), late);
    yield check('only P2WPKH in and out', typesOf(shape), onlyTypes([...inputs, ...outputs], ['p2wpkh']));
    const counts = countValues(outputs.map((output) => output.valueSat));
    const { valueSat, count } = mostFrequent(counts);
    yield check(`at least ${MIN_EQUAL} equal outputs`, `${count} of ${valueSat} sat`, count >= MIN_EQUAL);
    yield check(`at least ${count} inputs`, inputs.length, inputs.length >= count);
    const offSat = Math.abs(valueSat - BASE_SAT);
    const close = `within ${BASE_PRECISION_SAT} sat of ${BASE_SAT} sat`;
    yield check(close, `${valueSat} sat`, offSat <= BASE_PRECISION_SAT);
    const unique = [...counts.values()].filter((n) => n === 1).length;
    yield check(`at least ${MIN_UNIQUE} values that occur once`, unique, unique >= MIN_UNIQUE);
    return { participants: count, denominationsSat: [valueSat], confidence: null };
  },
};

/** Script types met, for evidence. */
export function typesOf(shape: TransactionShape): string {
  const types = new Set([...shape.inputs, ...shape.outputs].map(({ type }) => type ?? 'unknown'));
  return [...types].sort().join(', ');
}

/** Whether all are of these script types; null when one is unknown and no known one is of another. */
export function onlyTypes(
  of: ReadonlyArray<{ readonly type: ShapeOutput['type'] }>,
  allowed: ReadonlyArray<ShapeOutput['type']>,
): boolean | null {
  if (of.some(({ type }) => type !== null && !allowed.includes(type))) return false;
  return of.some(({ type }) => type === null) ? null : true;
}

/** Outputs on each level 2^i x 0.1 BTC that has at least 2. */
function levelCounts(outputs: readonly ShapeOutput[]): Map<number, number> {
  const counts = new Map<number, number>();
  const most = outputs.reduce((largest, { valueSat }) => Math.max(largest, valueSat), 0);
  for (let level = 0; BASE_SAT * 2 ** level <= most; level += 1) {
    const times = 2 ** level;
    const on = outputs.filter(({ valueSat }) => Math.abs(valueSat - times * BASE_SAT) <= times * LEVEL_TOLERANCE_SAT);
    if (on.length >= MIN_LEVEL_OUTPUTS) counts.set(level, on.length);
  }
  return counts;
}

/** A round with few inputs whose total is a multiple of its modal value is a payout of equal sums. */
function* smallRound(shape: TransactionShape, outputs: readonly ShapeOutput[]): Generator<Check, void> {
  if (shape.inputs.length >= SMALL_ROUND_INPUTS) return;
  const totalSat = outputs.reduce((sum, { valueSat }) => sum + valueSat, 0);
  const modalSat = mostFrequent(countValues(outputs.map(({ valueSat }) => valueSat))).valueSat;
  const rest = modalSat === 0 ? 0 : totalSat % modalSat;
  const offSat = Math.min(rest, modalSat - rest);
  const multiple = modalSat > 0 && BigInt(offSat) * BigInt(SPLIT_RESIDUAL_PARTS) <= BigInt(totalSat);
  const rule = `under ${SMALL_ROUND_INPUTS} inputs: total is not within 0.01 % of a multiple of the modal value`;
  yield check(rule, `${offSat} sat off`, !multiple);
}

/** The structural rule for both versions: level 0 alone is 1.0, more levels 1.1. */
export const wasabi1Levels: Detector = {
  name: 'wasabi-1-levels',
  source: 'graphsense-lib heuristics_service',
  *examine(shape) {
    const { inputs } = shape;
    const outputs = payingOutputs(shape);
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    yield check(`at least ${MIN_INPUTS} inputs`, inputs.length, inputs.length >= MIN_INPUTS);
    const most = mostInputsOfOne(shape);
    yield check('no address with over a tenth of the inputs', most, most * 10 <= inputs.length);
    const levels = levelCounts(outputs);
    const participants = Math.max(0, ...levels.values());
    const found = [...levels].map(([level, n]) => `${n} of ${BASE_SAT * 2 ** level} sat`).join(', ') || 'none';
    yield check(`a level with at least ${MIN_PARTICIPANTS} outputs`, found, participants >= MIN_PARTICIPANTS);
    const payers = addressesOf(inputs).size;
    yield check(`at least ${participants} different payers`, payers, payersAtLeast(shape, participants));
    const atMost = MAX_INPUTS_EACH * participants;
    yield check(`at most ${atMost} different payers`, payers, payers <= atMost);
    const postmix = [...levels.values()].reduce((sum, n) => sum + n, 0);
    const majority = postmix * 2 >= outputs.length - 1;
    const allButChange = postmix >= outputs.length - payers - 1;
    const rule = 'half the outputs but the fee are on levels, or all but one change a payer';
    yield check(rule, `${postmix} of ${outputs.length}`, majority || allButChange);
    yield check('all outputs to different addresses', addressesOf(outputs).size, allDistinct(outputs));
    yield* smallRound(shape, outputs);
    const full = levelConfidence(participants, payers);
    const confidence = majority && allButChange ? full : Math.floor(full / 2);
    return { participants, denominationsSat: [...levels.keys()].map((level) => BASE_SAT * 2 ** level), confidence };
  },
};

/** floor(50 + 50 (n/payers - 1/7) / (1 - 1/7)): how tightly the payers bound the participants. */
function levelConfidence(participants: number, payers: number): number {
  if (payers === 0) return 0;
  const slack = MAX_INPUTS_EACH - 1;
  return Math.floor((50 * slack * payers + 50 * (MAX_INPUTS_EACH * participants - payers)) / (slack * payers));
}
