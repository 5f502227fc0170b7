/**
 * Integer haircut and the other rules whose state is one amount per label: TIHO and seniority.
 * Claim: sums are exact per label and no place is overfilled. Source: src/taint/README.md, written straight from the text.
 * Parameters: conventions; a state lists satoshis per label. Cost: labels x places per transaction, in bigint.
 * Fails when: more taint is handed over than places can hold; that throws.
 */
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';
import { outputOrder } from './fifo.ts';
import { DEFAULT_CONVENTIONS, type OracleConventions, type OracleResult, type SlowRule, walk } from './walk.ts';

/** Taint per label in satoshi. */
export type Amounts = readonly number[];

/** Result of an amount rule; `state` and `taint` hold the same numbers. */
export type AmountResult = OracleResult<Amounts, number>;

type Moved = { outputs: Amounts[]; rest: Amounts; overflow?: Amounts };
type Move = (taints: Amounts, outputsSat: readonly number[], restSat: number) => Moved;

/**
 * Largest remainder, label after label (src/taint/README.md): entry [place][label] of the answer. `capacity` lists the places in order, the fee
 * last; label l hands out `taints[l]` satoshis in proportion to what earlier labels left of each place, whole units first, the missing
 * ones to the largest remainders, the lowest index among equals. Throws RangeError when the places cannot hold it all.
 */
export function apportion(taints: Amounts, capacity: readonly number[]): number[][] {
  const remaining = capacity.map(BigInt);
  const answer = capacity.map(() => taints.map(() => 0));
  taints.forEach((amount, label) => {
    const taint = BigInt(amount);
    const weight = remaining.reduce((sum, room) => sum + room, 0n);
    if (taint > weight) throw new RangeError(`label ${label} brings ${taint} sat to ${weight} sat of room`);
    if (taint === 0n) return;
    const shares = remaining.map((room) => (room * taint) / weight);
    const byRemainder = remaining
      .map((room, place) => ({ place, remainder: (room * taint) % weight }))
      .sort((left, right) =>
        left.remainder === right.remainder ? left.place - right.place : left.remainder > right.remainder ? -1 : 1,
      );
    const missing = Number(taint - shares.reduce((sum, share) => sum + share, 0n));
    for (const { place } of byRemainder.slice(0, missing)) shares[place]! += 1n;
    shares.forEach((share, place) => {
      answer[place]![label] = Number(share);
      remaining[place]! -= share;
    });
  });
  return answer;
}

/** Integer haircut. outputs-only: each label goes into the room the outputs have left, what finds none is the fee's. */
export function haircutIntegerOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  chosen: Partial<OracleConventions> = {},
): AmountResult {
  const { haircutFee, haircutRounding, haircutTxShareMillionths } = { ...DEFAULT_CONVENTIONS, ...chosen };
  const whole = { share: overAll, 'outputs-only': overOutputs, 'fee-first': feeFirst }[haircutFee];
  const rule = amountRule(haircutRounding === 'down' ? roundedDown(haircutFee) : whole);
  if (haircutTxShareMillionths === null) return walk(chain, seeds, rule, chosen);
  const declines: SlowRule<Amounts, number>['declines'] = (parts) => {
    const tainted = sumOf(parts.map(({ state }) => sumOf(state)));
    const value = sumOf(parts.map(({ valueSat }) => valueSat));
    return tainted * 1_000_000 <= haircutTxShareMillionths * value;
  };
  return walk(chain, seeds, { ...rule, declines }, chosen);
}

/** Taint in, highest out: tainted value fills outputs from the highest value down (lower vout first), then the fee. */
export function tihoOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  chosen: Partial<OracleConventions> = {},
): AmountResult {
  return walk(chain, seeds, amountRule(filling('H', chosen.tihoTies)), chosen);
}

/** Seniority: tainted value fills outputs in vout order, then the fee. */
export function seniorityOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  chosen: Partial<OracleConventions> = {},
): AmountResult {
  return walk(chain, seeds, amountRule(filling('F')), chosen);
}

function amountRule(move: Move): SlowRule<Amounts, number> {
  return {
    clean: (_, labelCount) => new Array<number>(labelCount).fill(0),
    plant: (state, valueSat, label) => {
      const planted = valueSat - sumOf(state);
      return { state: state.map((amount, other) => (other === label ? amount + planted : amount)), planted };
    },
    amounts: (state) => [...state],
    move: (parts, outputsSat, { restSat }) => {
      const taints = parts[0]?.state.map((_, label) => sumOf(parts.map(({ state }) => state[label]!))) ?? [];
      return move(taints, outputsSat, restSat);
    },
  };
}

const overAll: Move = (taints, outputsSat, restSat) => {
  const places = apportion(taints, [...outputsSat, restSat]);
  return { outputs: places.slice(0, -1), rest: places.at(-1)! };
};

const overOutputs: Move = (taints, outputsSat) => {
  let room = sumOf(outputsSat);
  const entering = taints.map((taint) => {
    const enters = Math.min(taint, room);
    room -= enters;
    return enters;
  });
  return { outputs: apportion(entering, outputsSat), rest: taints.map((taint, label) => taint - entering[label]!) };
};

/** The outputs' part of each label is rounded to the nearest satoshi (halves to even), the fee has what is off it; then as over the outputs. */
const feeFirst: Move = (taints, outputsSat, restSat) => {
  let room = sumOf(outputsSat);
  let feeRoom = restSat;
  const outputs = sumOf(outputsSat);
  const entering = taints.map((taint) => {
    const wanted = outputs + restSat === 0 ? 0 : halfEven(BigInt(taint) * BigInt(outputs), BigInt(outputs + restSat));
    let enters = Math.max(wanted, taint - feeRoom);
    if (enters > room) enters = room;
    room -= enters;
    feeRoom -= taint - enters;
    return enters;
  });
  return { outputs: apportion(entering, outputsSat), rest: taints.map((taint, label) => taint - entering[label]!) };
};

function halfEven(numerator: bigint, denominator: bigint): number {
  const floor = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  const up = twice > denominator || (twice === denominator && floor % 2n === 1n);
  return Number(up ? floor + 1n : floor);
}

/** Every output's part rounded down, label by label into the room that is left; the fee takes what it can of the remainder, the rest overflows. */
function roundedDown(fee: OracleConventions['haircutFee']): Move {
  return (taints, outputsSat, restSat) => {
    const total = sumOf(outputsSat);
    const room = [...outputsSat];
    let feeRoom = restSat;
    const answer: Moved & { overflow: number[]; rest: number[] } = {
      outputs: outputsSat.map(() => taints.map(() => 0)),
      rest: taints.map(() => 0),
      overflow: taints.map(() => 0),
    };
    taints.forEach((taint, label) => {
      const over = fee === 'share' ? total + restSat : total;
      const part =
        fee === 'fee-first' && total > 0 ? halfEven(BigInt(taint) * BigInt(total), BigInt(total + restSat)) : taint;
      let left = taint;
      outputsSat.forEach((value, vout) => {
        const share = over === 0 ? 0 : Math.min(room[vout]!, Number((BigInt(part) * BigInt(value)) / BigInt(over)));
        (answer.outputs[vout] as number[])[label] = share;
        room[vout]! -= share;
        left -= share;
      });
      const paid = Math.min(left, feeRoom);
      feeRoom -= paid;
      answer.rest[label] = paid;
      answer.overflow[label] = left - paid;
    });
    return answer;
  };
}

/** Fills places by the total taint first, then splits each place among the labels as `apportion` does (src/taint/README.md, TIHO). */
function filling(order: 'H' | 'F', ties?: OracleConventions['tihoTies']): Move {
  return (taints, outputsSat, restSat) => {
    let left = sumOf(taints);
    const filled = outputsSat.map(() => 0);
    for (const vout of outputOrder(outputsSat, order, ties)) {
      filled[vout] = Math.min(left, outputsSat[vout]!);
      left -= filled[vout]!;
    }
    if (left > restSat) throw new RangeError(`${left} sat of taint for a rest of ${restSat} sat`);
    const places = apportion(taints, [...filled, left]);
    return { outputs: places.slice(0, -1), rest: places.at(-1)! };
  };
}

function sumOf(list: readonly number[]): number {
  return list.reduce((sum, amount) => sum + amount, 0);
}
