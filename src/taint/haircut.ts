/**
 * Claim:      every output, and the fee, carries the transaction's average taint.
 * Source:     Moeser, Boehme, Breuker, "Towards Risk Scoring of Bitcoin Transactions", FC 2014 workshops; whole satoshi by src/taint/README.md.
 * Parameters: fee `share` (the fee takes its part), `outputs-only` (outputs take all up to their value, the fee only the excess) or `fee-first` (its
 *             part is rounded and taken off before the outputs share); rounding `largest-remainder`, `down` or `fixed-point`; least share of a transaction.
 * Cost:       O((inputs + outputs) x labels) per transaction.
 * Fails when: read as provenance (no coin is followed, only averages), or at dust scale (rounding, see apportion.ts).
 */
import { mulDiv, type QuotientRemainder } from '../ledger/index.ts';
import { amountRule, type Buckets, divideOver, give, pool, sum, toDivided } from './amount-rule.ts';
import { apportion } from './apportion.ts';
import type { TraceConventions } from './conventions.ts';
import { haircutFixed } from './haircut-fixed.ts';
import { allClean, type Divided, type Division, type TaintRule } from './rule.ts';

/** What haircut is told. */
export type HaircutConventions = Pick<TraceConventions, 'haircutFee' | 'haircutRounding' | 'haircutTxShareMillionths'>;

/** Haircut with whole satoshi. */
export function haircut(conventions: HaircutConventions): TaintRule {
  const { haircutFee, haircutRounding, haircutTxShareMillionths } = conventions;
  if (haircutRounding === 'fixed-point') return above(haircutFixed(haircutFee), haircutTxShareMillionths);
  const divide = haircutRounding === 'down' ? DOWN[haircutFee] : WHOLE[haircutFee];
  const whole = amountRule('haircut', divide);
  // Only where every place gets its plain share is the share of an input in it the weight of that input.
  const plain = haircutFee === 'share' && haircutRounding === 'largest-remainder' && haircutTxShareMillionths === null;
  const rule: TaintRule = plain ? { ...whole, backward: 'shares' } : whole;
  return above(rule, haircutTxShareMillionths);
}

/** The rule, following transactions above a share only. */
function above(rule: TaintRule, shareMillionths: number | null): TaintRule {
  if (shareMillionths === null) return rule;
  return { ...rule, declines: (division) => !exceeds(rule, division, shareMillionths) };
}

/** Whether more than a part of what enters is tainted, all labels together. A coinbase is looked at like any other. */
function exceeds(rule: TaintRule, division: Division, shareMillionths: number): boolean {
  let tainted = 0n;
  for (const state of division.inputState) {
    if (state === null) continue;
    for (const [, amount] of rule.units?.(state) ?? rule.amounts(state, 0)) tainted += BigInt(amount);
  }
  const value = BigInt(sum(division.inputValueSat)) * (rule.unitsPerSat ?? 1n);
  return tainted * 1_000_000n > BigInt(shareMillionths) * value;
}

const WHOLE: Readonly<Record<TraceConventions['haircutFee'], (division: Division) => Divided>> = {
  share(division) {
    const { inputValueSat, outputValueSat } = division;
    const room = [...outputValueSat, sum(inputValueSat) - sum(outputValueSat)];
    return toDivided(divideOver(pool(division), room, null), outputValueSat.length);
  },
  'outputs-only'(division) {
    const { outputValueSat } = division;
    const states = divideOver(pool(division), [...outputValueSat, 0], outputValueSat.length);
    return toDivided(states, outputValueSat.length);
  },
  'fee-first'(division) {
    const { outputValueSat } = division;
    const outputsSat = sum(outputValueSat);
    const valueSat = sum(division.inputValueSat);
    const room = [...outputValueSat];
    const states: Buckets = allClean(outputValueSat.length + 1);
    const left = { outputsSat, feeSat: valueSat - outputsSat };
    for (const [label, amountSat] of pairs(pool(division))) {
      const rounded = toNearest(amountSat, outputsSat, valueSat);
      // Labels round one after the other: the last must still fit into what the others left of fee and outputs.
      const entersSat = Math.min(Math.max(rounded, amountSat - left.feeSat), left.outputsSat);
      const share = new Array<number>(room.length).fill(0);
      apportion(entersSat, left.outputsSat, room, share);
      left.outputsSat -= entersSat;
      left.feeSat -= amountSat - entersSat;
      addShares(states, label, [...share, amountSat - entersSat]);
    }
    return toDivided(states, outputValueSat.length);
  },
};

/** As above with outputs rounded down. What is left over goes to the fee, and over it where the fee has no room. */
const DOWN: Readonly<Record<TraceConventions['haircutFee'], (division: Division) => Divided>> = {
  share: (division) => roundDown(division, (ofSat) => ({ ofSat, overSat: sum(division.inputValueSat) })),
  'outputs-only': (division) => roundDown(division, (ofSat) => ({ ofSat, overSat: sum(division.outputValueSat) })),
  'fee-first': (division) => {
    const [paidSat, overSat] = [sum(division.inputValueSat), sum(division.outputValueSat)];
    return roundDown(division, (taintSat) => ({ ofSat: toNearest(taintSat, overSat, paidSat), overSat }));
  },
};

/** Output k gets `ofSat` times its value over `overSat`, rounded down and at most the room that other labels left. */
function roundDown(
  division: Division,
  ratio: (taintSat: number) => { readonly ofSat: number; readonly overSat: number },
): Divided {
  const { inputValueSat, outputValueSat } = division;
  const room = [...outputValueSat];
  let feeRoomSat = sum(inputValueSat) - sum(outputValueSat);
  const states: Buckets = allClean(outputValueSat.length + 2);
  const result: QuotientRemainder = { quotient: 0, remainder: 0 };
  for (const [label, amountSat] of pairs(pool(division))) {
    const { ofSat, overSat } = ratio(amountSat);
    const share = outputValueSat.map((valueSat, vout) => {
      if (overSat === 0) return 0;
      mulDiv(ofSat, valueSat, overSat, result);
      return Math.min(result.quotient, room[vout]);
    });
    share.forEach((givenSat, vout) => {
      room[vout] -= givenSat;
    });
    const leftSat = amountSat - sum(share);
    const feeSat = Math.min(leftSat, feeRoomSat);
    feeRoomSat -= feeSat;
    addShares(states, label, [...share, feeSat, leftSat - feeSat]);
  }
  return { ...toDivided(states, outputValueSat.length), overflow: states[outputValueSat.length + 1] };
}

function addShares(states: Buckets, label: number, share: readonly number[]): void {
  share.forEach((amountSat, bucket) => {
    if (amountSat > 0) give(states, bucket, [label, amountSat]);
  });
}

function pairs(flat: readonly number[]): Array<[number, number]> {
  const found: Array<[number, number]> = [];
  for (let pair = 0; pair < flat.length; pair += 2) found.push([flat[pair], flat[pair + 1]]);
  return found;
}

/** a * b / c to the nearest whole number, halves to the even one. */
function toNearest(a: number, b: number, c: number): number {
  if (c === 0) return 0;
  const result: QuotientRemainder = { quotient: 0, remainder: 0 };
  mulDiv(a, b, c, result);
  const { quotient, remainder } = result;
  const half = 2 * remainder - c;
  return half > 0 || (half === 0 && quotient % 2 === 1) ? quotient + 1 : quotient;
}
