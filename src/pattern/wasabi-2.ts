/**
 * Claim:      a WabiSabi round of Wasabi 2: many native segwit inputs, and outputs that are nearly all of a fixed set
 *             of denominations.
 * Source:     `wasabi-2.0`: nopara73/Dumplings Scanner with the 15 inputs of the crocs-muni fork (rounds became small
 *             when zkSNACKs stopped);
 *             `wasabi-2.0-large`: the 50 inputs of the original. `wasabi-2.0-structural`: graphsense-lib
 *             heuristics_service.
 * Parameters: block 741,213 or later; over 80 % of outputs in the set; the set has 78 values, {2^i, 3^i, 2x3^i, 10^i,
 *             2x10^i, 5x10^i} from 5,000
 *             to 134,375,000,000 sat. Structural: 20 inputs, no address over a tenth, no output below 5,000 sat, 3
 *             values that repeat.
 * Cost:       O(inputs + outputs).
 * Fails when: a coordinator uses other denominations, or every output is a denomination (the structural rule asks for
 *             one that is not).
 */
import { check, type Detector } from './check.ts';
import { addressesOf, allDistinct, countValues, mostInputsOfOne, payingOutputs } from './shape.ts';
import { onlyTypes, typesOf } from './wasabi-1.ts';

const FIRST_HEIGHT = 741_213;
const MIN_DENOMINATION_SAT = 5_000;
const MAX_DENOMINATION_SAT = 134_375_000_000;
/** Base and multiples whose powers are denominations. */
const SERIES: ReadonlyArray<readonly [base: number, multiples: readonly number[]]> = [
  [2, [1]],
  [3, [1, 2]],
  [10, [1, 2, 5]],
];
const MIN_INPUTS_NOW = 15;
const MIN_INPUTS_ONCE = 50;
const STRUCTURAL_MIN_INPUTS = 20;
const MIN_REPEATED_VALUES = 3;
/** graphsense-lib counts at most ten inputs a participant. */
const MAX_INPUTS_EACH = 10;
const STRUCTURAL_CONFIDENCE = 60;

/** The standard denominations of Wasabi 2 in satoshi. */
export const WASABI_2_DENOMINATIONS_SAT: ReadonlySet<number> = new Set(
  SERIES.flatMap(([base, multiples]) =>
    multiples.flatMap((multiple) => {
      const values: number[] = [];
      for (let valueSat = multiple; valueSat <= MAX_DENOMINATION_SAT; valueSat *= base) {
        if (valueSat >= MIN_DENOMINATION_SAT) values.push(valueSat);
      }
      return values;
    }),
  ),
);

function fallsNever(valuesSat: ReadonlyArray<number | null>): boolean | null {
  let known = true;
  for (let at = 1; at < valuesSat.length; at += 1) {
    const before = valuesSat[at - 1];
    const here = valuesSat[at];
    if (before === null || here === null) known = false;
    else if (here > before) return false;
  }
  return known ? true : null;
}

function byDenominations(name: string, minInputs: number): Detector {
  return {
    name,
    source: minInputs === MIN_INPUTS_ONCE ? 'nopara73/Dumplings Scanner' : 'crocs-muni fork of Dumplings',
    *examine(shape) {
      const { height, inputs, outputs } = shape;
      yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
      const late = height === null ? null : height >= FIRST_HEIGHT;
      yield check(`block ${FIRST_HEIGHT} or later`, height ?? 'unknown', late);
      yield check(`at least ${minInputs} inputs`, inputs.length, inputs.length >= minInputs);
      yield check('inputs are P2WPKH or P2TR', typesOf(shape), onlyTypes(inputs, ['p2wpkh', 'p2tr']));
      const ordered = fallsNever(inputs.map(({ valueSat }) => valueSat));
      yield check('inputs from the largest down', ordered === null ? 'unknown' : String(ordered), ordered);
      const falling = fallsNever(outputs.map(({ valueSat }) => valueSat));
      yield check('outputs from the largest down', String(falling), falling);
      const standard = outputs.filter(({ valueSat }) => WASABI_2_DENOMINATIONS_SAT.has(valueSat));
      const most = standard.length * 10 > outputs.length * 8;
      yield check('over 80 % of outputs are denominations', `${standard.length} of ${outputs.length}`, most);
      const denominationsSat = [...new Set(standard.map(({ valueSat }) => valueSat))];
      return { participants: null, denominationsSat, confidence: null };
    },
  };
}

/** By denominations, rounds of 15 inputs or more. */
export const wasabi2 = byDenominations('wasabi-2.0', MIN_INPUTS_NOW);
/** By denominations, rounds of 50 inputs or more, as while zkSNACKs ran the coordinator. */
export const wasabi2Large = byDenominations('wasabi-2.0-large', MIN_INPUTS_ONCE);

/** By values that repeat, whatever they are. */
export const wasabi2Structural: Detector = {
  name: 'wasabi-2.0-structural',
  source: 'graphsense-lib heuristics_service',
  *examine(shape) {
    const { inputs } = shape;
    const outputs = payingOutputs(shape);
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    const enough = inputs.length >= STRUCTURAL_MIN_INPUTS;
    yield check(`at least ${STRUCTURAL_MIN_INPUTS} inputs`, inputs.length, enough);
    const most = mostInputsOfOne(shape);
    yield check('no address with over a tenth of the inputs', most, most * 10 <= inputs.length);
    const leastSat = outputs.reduce((least, { valueSat }) => Math.min(least, valueSat), Number.MAX_SAFE_INTEGER);
    const noDust = outputs.length > 0 && leastSat >= MIN_DENOMINATION_SAT;
    yield check(`no output below ${MIN_DENOMINATION_SAT} sat`, `${leastSat} sat`, noDust);
    yield check('all outputs to different addresses', addressesOf(outputs).size, allDistinct(outputs));
    const repeated = [...countValues(outputs.map(({ valueSat }) => valueSat))].filter(([, count]) => count > 1);
    const several = repeated.length >= MIN_REPEATED_VALUES;
    yield check(`at least ${MIN_REPEATED_VALUES} values that repeat`, repeated.length, several);
    const on = repeated.reduce((sum, [, count]) => sum + count, 0);
    const share = `${on} of ${outputs.length}`;
    yield check('half the outputs but the fee have them', share, on * 2 >= outputs.length - 1);
    yield check('an output that has none of them', outputs.length - on, on < outputs.length);
    const participants = Math.max(1, Math.floor(addressesOf(inputs).size / MAX_INPUTS_EACH));
    return { participants, denominationsSat: repeated.map(([value]) => value), confidence: STRUCTURAL_CONFIDENCE };
  },
};
