/**
 * Claim:      haircut in units of 2^-20 satoshi: dust on purpose cannot steer it by more than a millionth of a satoshi per output.
 * Source:     src/taint/README.md, fixed point; the same largest remainder as in whole satoshi, at the finer unit.
 * Parameters: fee `share` or `outputs-only` or `fee-first`, as in haircut.ts.
 * Cost:       as haircut, with bigint products: some ten times its time per transaction.
 * Fails when: single amounts are added up: each is shown in whole satoshi, rounded down. The books hold every unit, in whole satoshi at the end.
 */
import { amountRule } from './amount-rule.ts';
import type { TraceConventions } from './conventions.ts';
import type { Divided, Division, TaintRule, TaintState } from './rule.ts';

/** Units in one satoshi. */
export const UNITS_PER_SAT = 2n ** 20n;

/** Numbers per label in a state: the label, whole satoshi, units beyond them. */
const ENTRY = 3;

type Amount = readonly [label: number, units: bigint];

/** Haircut in fixed point. */
export function haircutFixed(fee: TraceConventions['haircutFee']): TaintRule {
  return {
    ...amountRule('haircut', (division) => divide(division, fee)),
    unitsPerSat: UNITS_PER_SAT,
    units: (state) => amountsOf(state),
    seed(existing, valueSat, label) {
      const amounts = new Map(amountsOf(existing ?? []));
      let filled = BigInt(valueSat) * UNITS_PER_SAT;
      for (const units of amounts.values()) filled -= units;
      if (filled === 0n) return { state: existing, filledSat: 0 };
      amounts.set(label, (amounts.get(label) ?? 0n) + filled);
      return { state: stateOf([...amounts]), filledSat: Number(filled / UNITS_PER_SAT), filledUnits: filled };
    },
    only: (state, labels) => stateOf(amountsOf(state).filter(([label]) => labels.has(label))),
    labels: (state) => amountsOf(state).map(([label]) => label),
    amounts: (state) =>
      amountsOf(state).flatMap(([label, units]): Array<[number, number]> => {
        const wholeSat = Number(units / UNITS_PER_SAT);
        return wholeSat === 0 ? [] : [[label, wholeSat]];
      }),
  };
}

function amountsOf(state: TaintState): Amount[] {
  const amounts: Amount[] = [];
  for (let at = 0; at < state.length; at += ENTRY) {
    amounts.push([state[at], BigInt(state[at + 1]) * UNITS_PER_SAT + BigInt(state[at + 2])]);
  }
  return amounts;
}

function stateOf(amounts: readonly Amount[]): TaintState | null {
  const above = amounts.filter(([, units]) => units > 0n);
  if (above.length === 0) return null;
  return [...above]
    .sort((a, b) => a[0] - b[0])
    .flatMap(([label, units]) => [label, Number(units / UNITS_PER_SAT), Number(units % UNITS_PER_SAT)]);
}

function divide(division: Division, fee: TraceConventions['haircutFee']): Divided {
  const { inputState, inputValueSat, outputValueSat } = division;
  const pooled = new Map<number, bigint>();
  for (const [label, units] of inputState.flatMap((state) => amountsOf(state ?? []))) {
    pooled.set(label, (pooled.get(label) ?? 0n) + units);
  }
  const room = outputValueSat.map((valueSat) => BigInt(valueSat) * UNITS_PER_SAT);
  const paid = inputValueSat.reduce((total, valueSat) => total + BigInt(valueSat) * UNITS_PER_SAT, 0n);
  const outputs = sum(room);
  room.push(paid - outputs);
  const buckets: Amount[][] = room.map(() => []);
  for (const [label, units] of [...pooled].sort((a, b) => a[0] - b[0])) {
    const toFee = fee === 'share' ? 0n : feeUnits(units, { fee, paid, outputs, room });
    const open = fee === 'share' ? room : room.slice(0, -1);
    const shares = apportionUnits(units - toFee, open);
    if (fee !== 'share') shares.push(toFee);
    shares.forEach((share, bucket) => {
      room[bucket] -= share;
      if (share > 0n) buckets[bucket].push([label, share]);
    });
  }
  const states = buckets.map(stateOf);
  return { outputs: states.slice(0, -1), rest: states[outputValueSat.length] };
}

/** Units that go to the fee before the outputs share. */
function feeUnits(
  units: bigint,
  of: { fee: 'outputs-only' | 'fee-first'; paid: bigint; outputs: bigint; room: readonly bigint[] },
): bigint {
  const feeRoom = of.room[of.room.length - 1];
  const outputRoom = sum(of.room) - feeRoom;
  const enters = of.fee === 'outputs-only' || of.paid === 0n ? units : nearest(units * of.outputs, of.paid);
  const fitting = enters < units - feeRoom ? units - feeRoom : enters;
  return units - (fitting > outputRoom ? outputRoom : fitting);
}

/** To the nearest whole number, halves to the even one. */
function nearest(numerator: bigint, denominator: bigint): bigint {
  const floor = numerator / denominator;
  const half = 2n * (numerator % denominator) - denominator;
  return half > 0n || (half === 0n && floor % 2n === 1n) ? floor + 1n : floor;
}

function sum(list: readonly bigint[]): bigint {
  return list.reduce((total, units) => total + units, 0n);
}

/** Largest remainder in units, ties to the lowest bucket: apportion.ts, whose products are bounded by satoshi, in bigint. */
export function apportionUnits(units: bigint, room: readonly bigint[]): bigint[] {
  const all = sum(room);
  if (units === 0n || all === 0n) return room.map(() => 0n);
  const shares = room.map((bucket) => (units * bucket) / all);
  const remainders = room.map((bucket, at) => ({ at, remainder: (units * bucket) % all }));
  remainders.sort((a, b) => (a.remainder === b.remainder ? a.at - b.at : a.remainder > b.remainder ? -1 : 1));
  for (const { at } of remainders.slice(0, Number(units - sum(shares)))) shares[at] += 1n;
  return shares;
}
