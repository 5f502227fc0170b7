/**
 * FIFO under a limit of runs, satoshi by satoshi until an output has too many runs, then by shares.
 * Claim: an output whose marks change more often than allowed keeps only its amounts, and every transaction that spends such an output is haircut.
 * Source: src/taint/README.md, limits. Parameters: the most runs; conventions. Cost: O(satoshis moved). Fails when: amounts are large.
 */
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';
import { apportion } from './haircut-integer.ts';
import { type OracleConventions, type OracleResult, type Part, type SlowRule, walk } from './walk.ts';

/** Marks per satoshi (0 clean, label + 1), or amounts per label once the places are lost. */
export type CoarseState =
  | { readonly marks: readonly number[] }
  | { readonly amounts: readonly number[]; readonly valueSat: number; readonly mark: 'here' | 'before' };

type Rule = SlowRule<CoarseState, number>;

function runs(marks: readonly number[]): number {
  return marks.filter((mark, index) => index === 0 || mark !== marks[index - 1]).length;
}

function amountsOf(state: CoarseState, labelCount: number): number[] {
  if ('amounts' in state) return [...state.amounts];
  return Array.from({ length: labelCount }, (_, label) => state.marks.filter((mark) => mark === label + 1).length);
}

function plant(state: CoarseState, label: number): ReturnType<Rule['plant']> {
  if ('marks' in state) {
    const planted = state.marks.filter((mark) => mark === 0).length;
    return { state: { marks: state.marks.map((mark) => (mark === 0 ? label + 1 : mark)) }, planted };
  }
  const planted = state.valueSat - state.amounts.reduce((sum, amount) => sum + amount, 0);
  const amounts = state.amounts.map((amount, other) => (other === label ? amount + planted : amount));
  return { state: { ...state, amounts }, planted };
}

/** Everything by shares: whole satoshi, label after label. */
function haircut(parts: readonly Part<CoarseState>[], placesSat: readonly number[], labelCount: number): CoarseState[] {
  const taints = Array.from({ length: labelCount }, (_, label) =>
    parts.reduce((sum, { state }) => sum + amountsOf(state, labelCount)[label]!, 0),
  );
  return apportion(taints, placesSat).map((amounts, place): CoarseState => {
    const valueSat = placesSat[place]!;
    // A clean place has lost nothing: a seed on it knows where it lies.
    if (amounts.every((amount) => amount === 0)) return { marks: new Array<number>(valueSat).fill(0) };
    return { amounts, valueSat, mark: 'before' };
  });
}

/** FIFO with at most `maxRuns` runs on an output; the fee carries its share where places are lost. */
export function coarseFifoOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  given: { maxRuns: number; labelCount: number; conventions: Partial<OracleConventions> },
): OracleResult<CoarseState, number> {
  const { labelCount, maxRuns } = given;
  const rule: Rule = {
    clean: (valueSat) => ({ marks: new Array<number>(valueSat).fill(0) }),
    plant: (state, _, label) => plant(state, label),
    amounts: amountsOf,
    move: (parts, outputsSat, { restSat }) => {
      const tainted = parts.filter(({ state }) => amountsOf(state, labelCount).some((amount) => amount > 0));
      if (tainted.some(({ state }) => 'amounts' in state)) {
        const places = haircut(parts, [...outputsSat, restSat], labelCount);
        return { outputs: places.slice(0, -1), rest: places.at(-1)! };
      }
      const line = parts.flatMap(({ state, valueSat }) =>
        'marks' in state ? [...state.marks] : new Array<number>(valueSat).fill(0),
      );
      const outputs = outputsSat.map((valueSat): CoarseState => {
        const marks = line.splice(0, valueSat);
        const tooMany = marks.some((mark) => mark !== 0) && runs(marks) > maxRuns;
        return tooMany ? { amounts: amountsOf({ marks }, labelCount), valueSat, mark: 'here' } : { marks };
      });
      return { outputs, rest: { marks: line } };
    },
  };
  return walk(chain, seeds, rule, given.conventions);
}
