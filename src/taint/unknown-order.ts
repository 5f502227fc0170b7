/**
 * Claim:      under a rule of order that knows no taint, how much of each label each output holds where some inputs are known by bounds alone.
 * Source:     the order says how many satoshi of each input lie in each output, whatever their taint. Of an input worth v that holds between l and u
 *             of a label, x satoshi wherever they lie hold between max(0, l - (v - x)) and min(x, u); outputs add up what comes from each input. Each
 *             input taken alone is exact, since its taint can lie at its front or at its end.
 * Parameters: the rule, and what was ever seeded of each label.
 * Cost:       that of the rule's pieces.
 * Fails when: the rule leaves out pieces that hold no taint (T and C): it has no order without it.
 */
import { BOUND_ENTRY, boundsOf } from './bounds.ts';
import type { Division, Piece, TaintRule, TaintState } from './rule.ts';

/** Bounds as entries of bounds.ts. */
type BoundState = TaintState;

/** One input: runs that are known, or bounds, or null where it is clean. */
export type OrderedInput = { readonly known: TaintState } | { readonly bounds: BoundState } | null;

/** What is known of each output and of the rest; `bounds` where something of a bounded input lies there. */
export interface OrderedDivided {
  readonly outputs: readonly OrderedInput[];
  readonly rest: OrderedInput;
}

/** Divides. `caps` has what was seeded of each label from 1, of all together at 0. */
export function divideOrdered(
  rule: TaintRule,
  inputs: readonly OrderedInput[],
  values: Omit<Division, 'inputState'>,
  caps: readonly number[],
): OrderedDivided {
  const inputState = inputs.map((input) => (input !== null && 'known' in input ? input.known : null));
  const division = { ...values, inputState };
  const divided = rule.divide(division);
  const pieces = rule.pieces?.(division);
  if (pieces === undefined) throw new Error(`rule ${rule.name} has no pieces`);
  const place = (found: readonly Piece[], known: TaintState | null): OrderedInput => {
    const takenSat = new Map<number, number>();
    for (const { vin, lengthSat } of found) takenSat.set(vin, (takenSat.get(vin) ?? 0) + lengthSat);
    const parts = [...takenSat].flatMap(([vin, sat]) => {
      const input = inputs[vin];
      return input === null || 'known' in input ? [] : [partOf(input.bounds, values.inputValueSat[vin], sat)];
    });
    if (parts.length === 0) return known === null ? null : { known };
    const amounts = known === null ? [] : rule.amounts(known, 0);
    const all = amounts.reduce((sum, [, amountSat]) => sum + amountSat, 0);
    const exact = [0, all, all, 0, 0, ...amounts.flatMap(([label, amountSat]) => [label, amountSat, amountSat, 0, 0])];
    return { bounds: added([exact, ...parts], caps) };
  };
  return {
    outputs: divided.outputs.map((known, vout) => place(pieces.outputs[vout], known)),
    rest: place(pieces.rest, divided.rest),
  };
}

/** Bounds on `takenSat` satoshi of an output of `valueSat`, wherever they lie in it. */
function partOf(bounds: BoundState, valueSat: number, takenSat: number): BoundState {
  const part: number[] = [];
  for (let at = 0; at < bounds.length; at += BOUND_ENTRY) {
    const [label, lowerSat, upperSat] = bounds.slice(at, at + BOUND_ENTRY);
    part.push(label, Math.max(0, lowerSat - (valueSat - takenSat)), Math.min(takenSat, upperSat), 0, 0);
  }
  return part;
}

function added(parts: readonly BoundState[], caps: readonly number[]): BoundState {
  const labels = new Set(parts.flatMap((part) => part.filter((_, at) => at % BOUND_ENTRY === 0)));
  return [...labels]
    .sort((a, b) => a - b)
    .flatMap((label) => {
      const ends = parts.map((part) => boundsOf(part, label));
      const lowerSat = ends.reduce((sum, end) => sum + end.lowerSat, 0);
      const upperSat = ends.reduce((sum, end) => sum + end.upperSat, 0);
      return [label, lowerSat, Math.min(upperSat, caps[label] ?? upperSat), 0, 0];
    });
}
