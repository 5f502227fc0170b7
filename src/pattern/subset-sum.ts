/**
 * Claim:      the payers' sums can pay for the participants of a coinjoin: each an equal output, and for `definite`
 *             each its change too.
 * Source:     BlockSci tx_identification.cpp: `isCoinjoinExtra` (definite), `isPossibleCoinjoin` (possible), both by
 *             filling buckets with sums.
 * Parameters: the fee a participant may pay, the larger of a base and a share of the denomination; most steps.
 * Cost:       exponential in payers at worst; steps are counted, not timed.
 * Fails when: participants pay more than the fee; one owner's payment to himself fits as well.
 */
import { addressesOf, countValues, mostFrequent, type TransactionShape } from './shape.ts';

/** `definite`: every participant's output and change can be paid. `possible`: at least two equal outputs can. */
export type SumVerdict = 'definite' | 'possible' | 'no' | 'timed-out' | 'unknown';

/** What a participant may pay, and how long to try. */
export interface SumLimits {
  readonly baseFeeSat: number;
  /** Share of the denomination, in millionths. */
  readonly feeMillionths: number;
  readonly maxSteps: number;
}

const MILLION = 1_000_000n;
const TOKEN_DUST_SAT: readonly number[] = [546, 2730];

/** Sums the inputs by address; an input without one is a payer of its own. Null when a value is not known. */
function payerSums(shape: TransactionShape): number[] | null {
  const sums = new Map<string | number, number>();
  for (const [vin, { valueSat, address }] of shape.inputs.entries()) {
    if (valueSat === null) return null;
    sums.set(address ?? vin, (sums.get(address ?? vin) ?? 0) + valueSat);
  }
  return [...sums.values()];
}

function feeSat(denominationSat: number, limits: SumLimits): number {
  return Math.max(limits.baseFeeSat, Number((BigInt(denominationSat) * BigInt(limits.feeMillionths)) / MILLION));
}

/** Values by how many different addresses get them, most first, ties to the lowest value. */
function denominationByPayees(shape: TransactionShape): { valueSat: number; count: number } {
  const payees = new Map<number, Set<string | number>>();
  for (const [vout, { valueSat, address }] of shape.outputs.entries()) {
    payees.set(valueSat, (payees.get(valueSat) ?? new Set()).add(address ?? vout));
  }
  return mostFrequent(new Map([...payees].map(([valueSat, of]) => [valueSat, of.size])));
}

/** Goals of the participants: equal output plus change, less the fee; null when the form is not that of a coinjoin. */
function definiteGoals(shape: TransactionShape, payers: number, limits: SumLimits): number[] | null {
  const { outputs } = shape;
  const participants = Math.floor((outputs.length + 1) / 2);
  if (outputs.length < 3 || shape.inputs.length < 2 || participants > payers) return null;
  const { valueSat, count } = denominationByPayees(shape);
  if (count !== participants || TOKEN_DUST_SAT.includes(valueSat)) return null;
  const changes = outputs.filter((output) => output.valueSat !== valueSat).map((output) => output.valueSat);
  const most = feeSat(valueSat, limits);
  return Array.from({ length: participants }, (_, at) => Math.max(0, valueSat + (changes[at] ?? 0) - most));
}

/** Two equal outputs to others than the payers, less the fee; null when there are none. */
function possibleGoals(shape: TransactionShape, payers: number, limits: SumLimits): number[] | null {
  if (shape.outputs.length < 2 || payers < 2) return null;
  const own = addressesOf(shape.inputs);
  const others = shape.outputs.filter(({ address }) => address === null || !own.has(address));
  const { valueSat, count } = mostFrequent(countValues(others.map((output) => output.valueSat)));
  if (count < 2) return null;
  const goal = Math.max(0, valueSat - feeSat(valueSat, limits));
  return [goal, goal];
}

/** Whether the sums can be dealt out so that every goal is reached; null when the steps are spent. */
function covers(sums: readonly number[], goals: readonly number[], maxSteps: number): boolean | null {
  const falling = [...sums].sort((a, b) => b - a);
  const left = falling.map((_, at) => falling.slice(at).reduce((sum, sat) => sum + sat, 0));
  let steps = 0;
  const deal = (at: number, open: readonly number[]): boolean | null => {
    const wanting = open.filter((goal) => goal > 0).sort((a, b) => b - a);
    if (wanting.length === 0) return true;
    if (at === falling.length || wanting.reduce((sum, goal) => sum + goal, 0) > left[at]) return false;
    steps += 1;
    if (steps > maxSteps) return null;
    for (const [bucket, goal] of wanting.entries()) {
      if (bucket > 0 && goal === wanting[bucket - 1]) continue;
      const dealt = deal(
        at + 1,
        wanting.map((one, own) => (own === bucket ? one - falling[at] : one)),
      );
      if (dealt !== false) return dealt;
    }
    return false;
  };
  return deal(0, goals);
}

/** The verdict by sums. `unknown` when an input's value is not known. */
export function sumVerdict(shape: TransactionShape, limits: SumLimits): SumVerdict {
  const sums = payerSums(shape);
  if (sums === null) return 'unknown';
  if (shape.coinbase) return 'no';
  const asks = [
    { verdict: 'definite', goals: definiteGoals(shape, sums.length, limits) },
    { verdict: 'possible', goals: possibleGoals(shape, sums.length, limits) },
  ] as const;
  let timedOut = false;
  for (const { verdict, goals } of asks) {
    const covered = goals === null ? false : covers(sums, goals, limits.maxSteps);
    if (covered === true) return verdict;
    if (covered === null) timedOut = true;
  }
  return timedOut ? 'timed-out' : 'no';
}
