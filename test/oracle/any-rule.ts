/**
 * Some conserving rule or other: at every transaction the satoshis that enter are dealt to outputs and fee in an order drawn anew.
 * Claim: whatever holds for every conserving rule holds for it. Source: src/taint/README.md, "Whatever the rule". Parameters: the source of chance.
 * Cost: O(satoshis) per transaction. Fails when: read as a rule of law; nobody would divide money like this.
 */
import type { Prng } from '../support/prng.ts';
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';
import { type OracleConventions, type OracleResult, type SlowRule, walk } from './walk.ts';

/** One entry per satoshi: its label from 1, 0 clean. */
type Satoshis = number[];

function anyRule(prng: Prng): SlowRule<Satoshis, number> {
  return {
    clean: (valueSat) => new Array<number>(valueSat).fill(0),
    plant(state, _valueSat, label) {
      return {
        state: state.map((own) => (own === 0 ? label + 1 : own)),
        planted: state.filter((own) => own === 0).length,
      };
    },
    amounts: (state, labelCount) =>
      Array.from({ length: labelCount }, (_, label) => state.filter((own) => own === label + 1).length),
    move(parts, outputsSat, { restSat }) {
      let line = prng.shuffled(parts.flatMap(({ state }) => state));
      // Chance alone deals evenly; half the time one label goes first, so that the ends of intervals are reached.
      if (prng.chance(0.5)) {
        const first = prng.int(3);
        line = [...line.filter((label) => label === first), ...line.filter((label) => label !== first)];
      }
      const rooms = [...outputsSat, restSat];
      const dealt: Satoshis[] = rooms.map(() => []);
      for (const bucket of prng.shuffled(rooms.map((_, index) => index))) dealt[bucket] = line.splice(0, rooms[bucket]);
      return { outputs: dealt.slice(0, -1), rest: dealt[outputsSat.length] };
    },
  };
}

/** Walks a chain with a rule that this source of chance makes up on the way. */
export function anyRuleOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  how: { prng: Prng; conventions: Partial<OracleConventions> },
): OracleResult<Satoshis, number> {
  return walk(chain, seeds, anyRule(how.prng), how.conventions);
}
