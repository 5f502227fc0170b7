/**
 * Claim:      a Whirlpool mix (5 to 8 equal inputs and outputs of one pool), or the Tx0 that prepares coins for it.
 * Source:     graphsense-lib heuristics_service; `whirlpool-ashigaru` adds the pools and sizes of the crocs-muni fork
 *             of Dumplings.
 * Parameters: pools of 100,000, 1,000,000, 5,000,000 and 50,000,000 sat with fees of 5,000, 50,000, 175,000 and
 *             1,750,000 sat; an entrant pays
 *             100 to 110,000 sat above the pool; 1 to 4 entrants a mix; up to 70 equal outputs a Tx0, one fee of half
 *             to three times the pool's.
 * Cost:       O(inputs + outputs) per pool.
 * Fails when: alone, without lineage, someone imitates the form: `lineage.ts` asks where the inputs come from.
 */
import { check, type Detector } from './check.ts';
import { addressesOf, countValues, payingOutputs, type TransactionShape } from './shape.ts';

interface Pool {
  readonly valueSat: number;
  /** Null: not published where this rule comes from. */
  readonly feeSat: number | null;
}

const POOLS: readonly Pool[] = [
  { valueSat: 100_000, feeSat: 5_000 },
  { valueSat: 1_000_000, feeSat: 50_000 },
  { valueSat: 5_000_000, feeSat: 175_000 },
  { valueSat: 50_000_000, feeSat: 1_750_000 },
];
const ASHIGARU_POOLS: readonly Pool[] = [
  ...POOLS,
  { valueSat: 2_500_000, feeSat: null },
  { valueSat: 25_000_000, feeSat: null },
];
const MIN_SIZE = 5;
const MAX_SIZE = 8;
const ASHIGARU_MAX_SIZE = 10;
const MIN_ABOVE_SAT = 100;
const MAX_ABOVE_SAT = 110_000;
const MAX_ENTRANTS = 4;
const MAX_PREMIX = 70;
const MAX_OTHERS = 2;
const CONFIDENCE = 60;

function mix(name: string, limits: { pools: readonly Pool[]; maxSize: number; source: string }): Detector {
  return {
    name,
    source: limits.source,
    *examine(shape) {
      const { inputs, outputs } = shape;
      const size = inputs.length;
      yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
      yield check(`${MIN_SIZE} to ${limits.maxSize} inputs`, size, size >= MIN_SIZE && size <= limits.maxSize);
      yield check('as many outputs as inputs', outputs.length, outputs.length === size);
      const different = addressesOf(inputs).size === size && addressesOf(outputs).size === outputs.length;
      const unknown = [...inputs, ...outputs].some(({ address }) => address === null);
      yield check('all addresses different', unknown ? 'unknown' : String(different), unknown ? null : different);
      const pool = limits.pools.find(({ valueSat }) => outputs.every((output) => output.valueSat === valueSat));
      const found = [...countValues(outputs.map(({ valueSat }) => valueSat)).keys()];
      const pooled = pool !== undefined && outputs.length > 0;
      yield check('every output is of one pool', found.map((valueSat) => `${valueSat} sat`).join(', '), pooled);
      const poolSat = pool?.valueSat ?? 0;
      const aboveSat = inputs.map(({ valueSat }) => (valueSat === null ? null : valueSat - poolSat));
      const known = aboveSat.filter((above) => above !== null);
      const missing = known.length < size ? null : true;
      const within = known.every((above) => above >= 0 && above <= MAX_ABOVE_SAT);
      const range = `inputs are 0 to ${MAX_ABOVE_SAT} sat above the pool`;
      yield check(range, known.join(', '), within ? missing : false);
      const entrants = known.filter((above) => above > 0);
      const few = entrants.length >= 1 && entrants.length <= MAX_ENTRANTS;
      yield check(`1 to ${MAX_ENTRANTS} inputs above the pool`, entrants.length, missing === null ? null : few);
      const paid = entrants.every((above) => above >= MIN_ABOVE_SAT);
      yield check(`each at least ${MIN_ABOVE_SAT} sat above`, entrants.join(', '), paid ? missing : false);
      return { participants: size, denominationsSat: [poolSat], confidence: CONFIDENCE };
    },
  };
}

/** A mix of Samourai's Whirlpool. */
export const whirlpoolMix = mix('whirlpool', {
  pools: POOLS,
  maxSize: MAX_SIZE,
  source: 'graphsense-lib heuristics_service',
});
/** A mix of Whirlpool or of its successor Ashigaru. */
export const ashigaruMix = mix('whirlpool-ashigaru', {
  pools: ASHIGARU_POOLS,
  maxSize: ASHIGARU_MAX_SIZE,
  source: 'graphsense-lib heuristics_service; crocs-muni fork of Dumplings',
});

interface Premix {
  readonly pool: Pool;
  readonly valueSat: number;
  readonly count: number;
  readonly fees: number;
}

/**
 * What the outputs would be for a pool: its most frequent value just above the pool (ties to the highest), and outputs
 * like its fee.
 */
function premixOf(valuesSat: readonly number[], pool: Pool): Premix {
  const above = (valueSat: number): number => valueSat - pool.valueSat;
  const near = valuesSat.filter((valueSat) => above(valueSat) >= MIN_ABOVE_SAT && above(valueSat) <= MAX_ABOVE_SAT);
  let best = { valueSat: 0, count: 0 };
  for (const [valueSat, count] of countValues(near)) {
    if (count > best.count || (count === best.count && valueSat > best.valueSat)) best = { valueSat, count };
  }
  const feeSat = pool.feeSat ?? 0;
  const fees = valuesSat.filter((valueSat) => valueSat * 2 >= feeSat && valueSat <= 3 * feeSat).length;
  return { pool, ...best, fees };
}

function bestPremix(shape: TransactionShape): Premix {
  const valuesSat = payingOutputs(shape).map(({ valueSat }) => valueSat);
  const perPool = POOLS.map((pool) => premixOf(valuesSat, pool));
  const fitting = perPool.find(({ count, fees }) => count >= 1 && count >= valuesSat.length - MAX_OTHERS && fees === 1);
  return fitting ?? perPool.reduce((best, other) => (other.count > best.count ? other : best));
}

/** The transaction that cuts coins to size before a first mix. No coinjoin: one owner. */
export const whirlpoolTx0: Detector = {
  name: 'whirlpool-tx0',
  source: 'graphsense-lib heuristics_service',
  *examine(shape) {
    const outputs = payingOutputs(shape);
    yield check('not a coinbase', shape.coinbase ? 'coinbase' : 'no coinbase', !shape.coinbase);
    const nullData = shape.outputs.length - outputs.length;
    yield check('exactly one null-data output', nullData, nullData === 1);
    yield check('at least 2 other outputs', outputs.length, outputs.length >= 2);
    const { pool, valueSat, count, fees } = bestPremix(shape);
    const near = `equal outputs ${MIN_ABOVE_SAT} to ${MAX_ABOVE_SAT} sat above a pool, 1 to ${MAX_PREMIX}`;
    yield check(near, `${count} of ${valueSat} sat`, count >= 1 && count <= MAX_PREMIX);
    const others = outputs.length - count;
    yield check(`at most ${MAX_OTHERS} others (fee and change)`, others, others <= MAX_OTHERS);
    yield check(`exactly one output of half to three times ${pool.feeSat} sat`, fees, fees === 1);
    return { participants: 1, denominationsSat: [pool.valueSat], confidence: CONFIDENCE };
  },
};
