/**
 * The walk that all conserving oracles share: one pass over the list, every output keeps its state for good.
 * Claim: processing the list in order meets every parent before its child (src/taint/README.md), so one pass is enough.
 * Source: src/taint/README.md. Parameters: conventions. Cost: whatever the rule costs. Fails when: the chain breaks `checkTinyChain`.
 *
 * Results are maps by `outpointKey`, and lists by label: entry l is the amount of label l, clean is not listed.
 */
import {
  fee,
  feePayers,
  heightsWithCoinbase,
  inputValue,
  labelCountOf,
  outpointKey,
  type TinyChain,
  type TinySeed,
  unclaimed,
} from '../support/tiny-chain.ts';
import { type Fraction, subtract, toFraction } from './fraction.ts';

/** Conventions of src/taint/README.md that oracles know. */
export interface OracleConventions {
  /** `propagate`: fee taint enters the coinbase of its block, where the chain has one. */
  readonly feeTaint: 'sink' | 'propagate';
  readonly coinbaseOrder: 'fees-first' | 'subsidy-first';
  readonly haircutFee: 'share' | 'outputs-only' | 'fee-first';
  /** `fixed-point` is `largest-remainder` on a chain whose amounts are 2^20 times as large: no oracle does it by itself. */
  readonly haircutRounding: 'largest-remainder' | 'fixed-point' | 'down';
  readonly haircutTxShareMillionths: number | null;
  readonly orderFee: 'tail' | 'prorate-inputs';
  readonly seedOverlap: 'first-wins' | 'seed-overrides' | 'multi-label';
  readonly tihoTies: 'lower-vout' | 'higher-vout';
}

/** Fee taint sinks, fees come before the subsidy, haircut gives the fee its share, seeds fill what is clean. */
export const DEFAULT_CONVENTIONS: OracleConventions = {
  feeTaint: 'sink',
  coinbaseOrder: 'fees-first',
  haircutFee: 'share',
  haircutRounding: 'largest-remainder',
  haircutTxShareMillionths: null,
  orderFee: 'tail',
  seedOverlap: 'first-wins',
  tihoTies: 'lower-vout',
};

/** One input (or one fee, or the subsidy) on its way through a transaction. */
export interface Part<S> {
  readonly valueSat: number;
  readonly state: S;
  /** Height at which it was made; -1 for satoshis from outside, 0 for all parts of a coinbase. */
  readonly height: number;
}

/** A conserving rule said as slowly as possible. `N` is number (satoshi) or Fraction. */
export interface SlowRule<S, N> {
  /** State of clean satoshis. */
  clean(valueSat: number, labelCount: number): S;
  /** Fills the clean part with the label (first wins), and says how much that was. */
  plant(state: S, valueSat: number, label: number): { state: S; planted: N };
  /** Amount by label. */
  amounts(state: S, labelCount: number): N[];
  /**
   * Moves parts into outputs; what no output takes (`restSat` satoshis) is the fee, or the burned rest of a coinbase; `overflow` is what rounding
   * left over beyond the rest.
   */
  move(parts: readonly Part<S>[], outputsSat: readonly number[], place: Place): { outputs: S[]; rest: S; overflow?: S };
  /** Whether the rule follows no taint into a transaction with these parts. */
  declines?(parts: readonly Part<S>[]): boolean;
}

/** Where parts move: what the outputs leave, whether a coinbase moves them, and the height each part was made at (the own one for fees). */
export interface Place {
  readonly restSat: number;
  readonly coinbase: boolean;
}

/** What an oracle found. */
export interface OracleResult<S, N extends number | Fraction> {
  readonly labelCount: number;
  readonly conventions: OracleConventions;
  /** Every output of the chain, spent or not, as it was when made. */
  readonly taint: ReadonlyMap<string, readonly N[]>;
  /** The same outputs in the rule's own terms. */
  readonly state: ReadonlyMap<string, S>;
  /** By transaction: taint in its fee; for a coinbase, taint in what it left unclaimed. */
  readonly fee: ReadonlyArray<readonly N[]>;
  /** The fee in the rule's own terms. */
  readonly feeState: readonly S[];
  /** By transaction: taint that rounding left over beyond the fee; it is booked with the fee and goes nowhere. */
  readonly overflow: ReadonlyArray<readonly N[]>;
  /** Taint that came to its end on the way: displaced by a seed, or not followed into a transaction. One list per event, by label. */
  readonly cut: ReadonlyArray<readonly N[]>;
  /** Taint of fees that their coinbase declined: it stays with who paid them. */
  readonly declinedFees: ReadonlyArray<readonly N[]>;
  /** What each seed newly tainted, in the order of the list of seeds given. */
  readonly planted: ReadonlyArray<{ readonly label: number; readonly amount: N }>;
}

/** Walks a chain with a rule. Seeds are planted when their output is made, before anything spends it, in the order given. */
export function walk<S extends object, N extends number | Fraction>(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  rule: SlowRule<S, N>,
  chosen: Partial<OracleConventions> = {},
): OracleResult<S, N> {
  const conventions = { ...DEFAULT_CONVENTIONS, ...chosen };
  const labelCount = labelCountOf(seeds);
  const state = new Map<string, S>();
  const feeState: S[] = [];
  const overflow: N[][] = [];
  const cut: N[][] = [];
  const declinedFees: N[][] = [];
  const plantedBySeed = new Map<TinySeed, N>();
  const clean = (valueSat: number): S => rule.clean(valueSat, labelCount);
  chain.transactions.forEach((transaction, tx) => {
    let parts: Part<S>[] = transaction.coinbase
      ? coinbaseParts(chain, tx, { conventions, feeState, rule, labelCount })
      : transaction.inputs.map((input, vin) => ({
          valueSat: inputValue(chain, tx, vin),
          height: 'external' in input ? -1 : chain.transactions[input.tx]!.height,
          state: 'external' in input ? clean(input.external) : state.get(outpointKey(input.tx, input.vout))!,
        }));
    if (rule.declines?.(parts)) {
      for (const part of parts) (transaction.coinbase ? declinedFees : cut).push(rule.amounts(part.state, labelCount));
      parts = parts.map(({ valueSat, height }) => ({ valueSat, height, state: clean(valueSat) }));
    }
    const restSat = fee(chain, tx) + unclaimed(chain, tx);
    const outputsSat = transaction.outputs.map(({ value }) => value);
    const moved = rule.move(parts, outputsSat, { restSat, coinbase: transaction.coinbase });
    feeState.push(moved.rest);
    overflow.push(rule.amounts(moved.overflow ?? clean(0), labelCount));
    transaction.outputs.forEach((output, vout) => {
      let made = moved.outputs[vout]!;
      for (const seed of seeds) {
        if (seed.tx !== tx || seed.vout !== vout) continue;
        const { state: filled, planted } = rule.plant(made, output.value, seed.label);
        if (conventions.seedOverlap === 'seed-overrides') {
          const before = rule.amounts(made, labelCount);
          const fresh = rule.plant(clean(output.value), output.value, seed.label);
          const [none] = rule.amounts(clean(0), labelCount);
          cut.push(before.map((amount, label) => (label === seed.label ? none! : amount)));
          plantedBySeed.set(seed, minus(fresh.planted, before[seed.label]!));
          made = fresh.state;
          continue;
        }
        made = filled;
        plantedBySeed.set(seed, planted);
      }
      state.set(outpointKey(tx, vout), made);
    });
  });
  return {
    labelCount,
    conventions,
    taint: new Map([...state].map(([key, made]) => [key, rule.amounts(made, labelCount)])),
    state,
    fee: feeState.map((left) => rule.amounts(left, labelCount)),
    feeState,
    overflow,
    cut,
    declinedFees,
    planted: seeds.map((seed) => ({ label: seed.label, amount: plantedBySeed.get(seed)! })),
  };
}

function minus<N extends number | Fraction>(from: N, amount: N): N {
  if (typeof from === 'number' && typeof amount === 'number') return (from - amount) as N;
  return subtract(toFraction(from), toFraction(amount)) as N;
}

interface CoinbaseNeeds<S, N> {
  readonly conventions: OracleConventions;
  readonly feeState: readonly S[];
  readonly rule: SlowRule<S, N>;
  readonly labelCount: number;
}

/** Fees of the block in order, then the subsidy, or the other way round; all clean where fee taint sinks. */
function coinbaseParts<S extends object, N>(chain: TinyChain, tx: number, needs: CoinbaseNeeds<S, N>): Part<S>[] {
  const { conventions, feeState, rule, labelCount } = needs;
  const subsidySat = chain.transactions[tx]!.subsidy ?? 0;
  const subsidy = { valueSat: subsidySat, height: 0, state: rule.clean(subsidySat, labelCount) };
  const fees = feePayers(chain, tx).map((payer) => {
    const valueSat = fee(chain, payer);
    const flows = conventions.feeTaint === 'propagate';
    return { valueSat, height: 0, state: flows ? feeState[payer]! : rule.clean(valueSat, labelCount) };
  });
  return conventions.coinbaseOrder === 'fees-first' ? [...fees, subsidy] : [subsidy, ...fees];
}

/** Whether taint in the fee of `tx` came to rest there, and did not flow on into a coinbase. */
export function feeSinks(chain: TinyChain, tx: number, conventions: OracleConventions): boolean {
  if (conventions.feeTaint === 'sink') return true;
  return !heightsWithCoinbase(chain).has(chain.transactions[tx]!.height);
}
