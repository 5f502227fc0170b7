/**
 * Every rule as one would write it first over an index in memory: all transactions in chain order, a Map from output to taint, bigint amounts. One
 * label, fees end in the books. They share nothing with the engines, and each coin must come out the same.
 */
import type { IndexColumns } from './index-chain.ts';

/** Where taint rests, by output, and what fees took. */
export interface NaiveAnswer {
  readonly rests: ReadonlyMap<number, bigint>;
  readonly feeSat: bigint;
  readonly reached: number;
}

interface Moving {
  /** Satoshi of the inputs, in vin order. */
  readonly paid: bigint[];
  readonly values: bigint[];
}

type Amounts = { readonly shares: bigint[]; readonly fee: bigint };

function sumOf(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n);
}

function haircutShares(taint: bigint, { paid, values }: Moving): Amounts {
  const whole = sumOf(paid);
  const rooms = [...values, whole - sumOf(values)];
  const shares = rooms.map((room) => (taint * room) / whole);
  const left = Number(taint - sumOf(shares));
  const remainders = rooms.map((room, place) => ({ place, rest: (taint * room) % whole }));
  remainders.sort((a, b) => (a.rest === b.rest ? a.place - b.place : a.rest > b.rest ? -1 : 1));
  for (const { place } of remainders.slice(0, left)) shares[place] += 1n;
  const fee = shares.pop() as bigint;
  return { shares, fee };
}

function filled(taint: bigint, values: readonly bigint[], order: readonly number[]): Amounts {
  const shares = values.map(() => 0n);
  let left = taint;
  for (const vout of order) {
    shares[vout] = left < values[vout] ? left : values[vout];
    left -= shares[vout];
  }
  return { shares, fee: left };
}

function byValue(values: readonly bigint[], sign: 1 | -1): number[] {
  const places = values.map((_, place) => place);
  return places.sort((a, b) => (values[a] === values[b] ? a - b : values[a] < values[b] ? -sign : sign));
}

type Share = (taint: bigint, moving: Moving) => Amounts;

const SHARES: Readonly<Record<string, Share>> = {
  haircut: haircutShares,
  tiho: (taint, { values }) => filled(taint, values, byValue(values, -1)),
  seniority: (taint, { values }) =>
    filled(
      taint,
      values,
      values.map((_, vout) => vout),
    ),
};

/** Values of what goes in and comes out of a transaction. */
function moving({ firstInput, firstOutput, inputOutput, valueSat }: IndexColumns, tx: number): Moving {
  const paid: bigint[] = [];
  const values: bigint[] = [];
  for (let at = firstInput[tx]; at < firstInput[tx + 1]; at += 1) paid.push(BigInt(valueSat[inputOutput[at]]));
  for (let at = firstOutput[tx]; at < firstOutput[tx + 1]; at += 1) values.push(BigInt(valueSat[at]));
  return { paid, values };
}

function amountsOf(columns: IndexColumns, seeds: ReadonlySet<number>, share: Share): NaiveAnswer {
  const { transactionCount, firstInput, firstOutput, inputOutput, valueSat } = columns;
  const taint = new Map<number, bigint>();
  let feeSat = 0n;
  let reached = 0;
  for (let tx = 0; tx < transactionCount; tx += 1) {
    let pooled = 0n;
    for (let at = firstInput[tx]; at < firstInput[tx + 1]; at += 1) {
      const own = taint.get(inputOutput[at]);
      if (own === undefined) continue;
      pooled += own;
      taint.delete(inputOutput[at]);
    }
    if (pooled > 0n) {
      const { shares, fee } = share(pooled, moving(columns, tx));
      shares.forEach((own, vout) => {
        if (own > 0n) taint.set(firstOutput[tx] + vout, own);
      });
      feeSat += fee;
      reached += 1;
    }
    for (let output = firstOutput[tx]; output < firstOutput[tx + 1]; output += 1) {
      if (seeds.has(output)) taint.set(output, BigInt(valueSat[output]));
    }
  }
  return { rests: taint, feeSat, reached };
}

type Run = [tainted: boolean, lengthSat: bigint];

interface OrderRule {
  readonly line: (inputs: Run[][], paid: readonly bigint[]) => Run[];
  /** -1 is the fee. */
  readonly serve: (values: readonly bigint[]) => number[];
  readonly ends?: 'with' | 'before';
}

function forward(values: readonly bigint[]): number[] {
  return [...values.map((_, vout) => vout), -1];
}

const vinOrder = (inputs: Run[][]): Run[] => inputs.flat();

const ORDERS: Readonly<Record<string, OrderRule>> = {
  fifo: { line: vinOrder, serve: forward },
  lifo: { line: vinOrder, serve: (values) => [-1, ...values.map((_, vout) => vout).reverse()] },
  'lifo-reverse': { line: vinOrder, serve: (values) => [...values.map((_, vout) => vout).reverse(), -1] },
  'dirty-first': { line: vinOrder, serve: forward, ends: 'with' },
  'pure-dirty-first': { line: vinOrder, serve: forward, ends: 'before' },
  'inout:CS': {
    line: (inputs) => inputs.flat().sort(([a], [b]) => Number(a) - Number(b)),
    serve: (values) => [...byValue(values, 1), -1],
  },
  'inout:HL': {
    line: (inputs, paid) => byValue(paid, -1).flatMap((vin) => inputs[vin]),
    serve: (values) => [...values.map((_, vout) => vout).reverse(), -1],
  },
};

/** Takes `wanted` satoshi off the front of a line that is turned round, so that its front is cheap to take from. */
function take(line: Run[], wanted: bigint): Run[] {
  const taken: Run[] = [];
  let left = wanted;
  while (left > 0n) {
    const run = line[line.length - 1];
    const moved = run[1] < left ? run[1] : left;
    const last = taken[taken.length - 1];
    if (last !== undefined && last[0] === run[0]) last[1] += moved;
    else if (moved > 0n) taken.push([run[0], moved]);
    left -= moved;
    if (moved === run[1]) line.pop();
    else line[line.length - 1] = [run[0], run[1] - moved];
  }
  return taken;
}

const isTainted = ([tainted]: Run): boolean => tainted;
const isClean = ([tainted]: Run): boolean => !tainted;

function taintIn(runs: readonly Run[]): bigint {
  return sumOf(runs.filter(isTainted).map(([, length]) => length));
}

/** Divides what goes in over outputs and fee (the last). */
function dividedRuns({ line, serve }: OrderRule, inputs: Run[][], { paid, values }: Moving): Run[][] {
  const waiting = line(inputs, paid).reverse();
  const parts = [...values, 0n].map((): Run[] => []);
  for (const vout of serve(values)) {
    parts[vout < 0 ? values.length : vout] = take(waiting, vout < 0 ? sumOf(paid) - sumOf(values) : values[vout]);
  }
  return parts;
}

function runsOf(columns: IndexColumns, seeds: ReadonlySet<number>, rule: OrderRule): NaiveAnswer {
  const { transactionCount, firstInput, firstOutput, inputOutput, valueSat } = columns;
  const runs = new Map<number, Run[]>();
  const ended = new Map<number, bigint>();
  const frozen = new Set<number>();
  let feeSat = 0n;
  let reached = 0;
  for (let tx = 0; tx < transactionCount; tx += 1) {
    const entering: number[] = [];
    for (let at = firstInput[tx]; at < firstInput[tx + 1]; at += 1) {
      const own = runs.get(inputOutput[at]);
      if (own !== undefined && frozen.has(inputOutput[at])) {
        ended.set(inputOutput[at], taintIn(own));
        runs.delete(inputOutput[at]);
      } else if (own !== undefined) entering.push(inputOutput[at]);
    }
    if (entering.length > 0) {
      const moved = moving(columns, tx);
      const inputs = moved.paid.map((sat, vin) => runs.get(inputOutput[firstInput[tx] + vin]) ?? [[false, sat] as Run]);
      const parts = dividedRuns(rule, inputs, moved);
      const mixed = rule.ends !== undefined && parts.slice(0, -1).some((part) => part.some(isClean));
      const stays = mixed && rule.ends === 'before';
      for (const output of entering) {
        if (stays) ended.set(output, taintIn(runs.get(output) as Run[]));
        runs.delete(output);
      }
      if (!stays) {
        reached += 1;
        feeSat += taintIn(parts.pop() as Run[]);
        parts.forEach((part, vout) => {
          if (!part.some(isTainted)) return;
          runs.set(firstOutput[tx] + vout, part);
          if (mixed) frozen.add(firstOutput[tx] + vout);
        });
      }
    }
    for (let output = firstOutput[tx]; output < firstOutput[tx + 1]; output += 1) {
      if (!seeds.has(output)) continue;
      runs.set(output, [[true, BigInt(valueSat[output])]]);
      frozen.delete(output);
    }
  }
  const rests = new Map(ended);
  for (const [output, own] of runs) rests.set(output, taintIn(own));
  return { rests, feeSat, reached };
}

/** Names of the rules. */
export const NAIVE_RULES: readonly string[] = [...Object.keys(SHARES), ...Object.keys(ORDERS)];

/** Runs a rule. */
export function naiveRule(columns: IndexColumns, seeds: ReadonlySet<number>, rule: string): NaiveAnswer {
  return rule in SHARES ? amountsOf(columns, seeds, SHARES[rule]) : runsOf(columns, seeds, ORDERS[rule]);
}
