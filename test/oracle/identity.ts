/**
 * Where every tainted satoshi came from: order rules on marks that are all different.
 * Claim: each seeded satoshi keeps its own mark, so a mark met anywhere names the seed and the satoshi of it. Source: src/taint/README.md.
 * Parameters: the order rule; conventions. Cost: O(satoshis moved). Fails when: amounts are large.
 */
import type { TinyChain, TinySeed } from '../support/tiny-chain.ts';
import { type Marks, orderMove } from './fifo.ts';
import { type OracleConventions, walk } from './walk.ts';

/** A seeded satoshi: its output, the place in it, its label. */
export interface Origin {
  readonly tx: number;
  readonly vout: number;
  readonly at: number;
  readonly label: number;
}

/** For every output by outpoint key, satoshi by satoshi, its origin, or null where it is clean. */
export function originOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  given: { readonly rule: string; readonly conventions: Partial<OracleConventions> },
): Map<string, ReadonlyArray<Origin | null>> {
  const origins: Origin[] = [];
  const planted = [...seeds];
  const { state } = walk<Marks, number>(
    chain,
    seeds,
    {
      clean: (valueSat) => new Array<number>(valueSat).fill(0),
      // `walk` plants the seeds in their order, each once.
      plant: (marks, _, label) => {
        const seed = planted.shift()!;
        const filled = marks.map((mark, at) =>
          mark === 0 ? origins.push({ tx: seed.tx, vout: seed.vout, at, label }) : mark,
        );
        return { state: filled, planted: marks.filter((mark) => mark === 0).length };
      },
      amounts: (marks, labelCount) =>
        Array.from(
          { length: labelCount },
          (_, label) => marks.filter((mark) => origins[mark - 1]?.label === label).length,
        ),
      move: orderMove(given.rule),
    },
    given.conventions,
  );
  return new Map([...state].map(([key, marks]) => [key, marks.map((mark) => origins[mark - 1] ?? null)]));
}
