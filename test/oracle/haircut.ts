/**
 * Haircut in exact fractions.
 * Claim: taint of label l on output k is exactly b_k * T_l / A (or b_k * T_l / B, see below). Source: src/taint/README.md.
 * Parameters: conventions; a state lists a fraction of a satoshi per label. Cost: denominators grow with every hop.
 * Fails when: chains are long (some 50 hops).
 *
 * outputs-only with several labels: labels go one after the other into the room the outputs have left, and what finds none is the
 * fee's. With one label, or when all taint fits, that is b_k * T / B capped at b_k.
 */
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';
import { add, compare, type Fraction, fraction, multiply, subtract, total, ZERO } from './fraction.ts';
import { DEFAULT_CONVENTIONS, type OracleConventions, type OracleResult, type SlowRule, walk } from './walk.ts';

/** Taint per label, in fractions of a satoshi. */
export type Shares = readonly Fraction[];

/** Haircut of a chain, exactly. `state` and `taint` are the same lists. */
export function haircutOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  chosen: Partial<OracleConventions> = {},
): OracleResult<Shares, Fraction> {
  const outputsOnly = { ...DEFAULT_CONVENTIONS, ...chosen }.haircutFee === 'outputs-only';
  const rule: SlowRule<Shares, Fraction> = {
    clean: (_, labelCount) => Array.from({ length: labelCount }, () => ZERO),
    plant: (state, valueSat, label) => {
      const planted = subtract(fraction(valueSat), total(state));
      return { state: state.map((share, other) => (other === label ? add(share, planted) : share)), planted };
    },
    amounts: (state) => [...state],
    move: (parts, outputsSat, { restSat }) => {
      const labels = parts[0]?.state.map((_, label) => total(parts.map(({ state }) => state[label]!))) ?? [];
      return (outputsOnly ? overOutputs : overAll)(labels, outputsSat, restSat);
    },
  };
  return walk(chain, seeds, rule, chosen);
}

function overAll(taints: Shares, outputsSat: readonly number[], restSat: number): { outputs: Shares[]; rest: Shares } {
  const value = outputsSat.reduce((sum, output) => sum + output, restSat);
  const shareOf = (sat: number): Shares =>
    taints.map((taint) => (value === 0 ? ZERO : multiply(taint, fraction(sat, value))));
  return { outputs: outputsSat.map(shareOf), rest: shareOf(restSat) };
}

function overOutputs(taints: Shares, outputsSat: readonly number[]): { outputs: Shares[]; rest: Shares } {
  const value = outputsSat.reduce((sum, output) => sum + output, 0);
  let room = fraction(value);
  const entering = taints.map((taint) => {
    const enters = compare(taint, room) < 0 ? taint : room;
    room = subtract(room, enters);
    return enters;
  });
  return {
    outputs: outputsSat.map((sat) =>
      entering.map((taint) => (value === 0 ? ZERO : multiply(taint, fraction(sat, value)))),
    ),
    rest: taints.map((taint, label) => subtract(taint, entering[label]!)),
  };
}
