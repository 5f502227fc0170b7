/** Taint that goes on block by block from a kept state gives the bytes of a run over everything, and a state taken back is the state it was (invariant 13). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  DEFAULT_CONVENTIONS,
  RULE_NAMES,
  type StateLine,
  stateText,
  type TaintResult,
  type TraceParameters,
} from '../../src/taint/index.ts';
import { graphsOfLaw } from '../support/graph-count.ts';
import { Prng } from '../support/prng.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { labelCountOf, type TinyChain, type TinySeed } from '../support/tiny-chain.ts';
import { engineSeeds, traceTiny } from '../support/tiny-view.ts';

const GRAPHS = Math.ceil(graphsOfLaw(500) / 10);
const FIRST_SEED = Number(process.env.SEED ?? 20_170_512);

/** The chain up to a height. */
function upTo(chain: TinyChain, height: number): TinyChain {
  return { transactions: chain.transactions.filter((transaction) => transaction.height <= height) };
}

interface Step {
  readonly lines: readonly StateLine[];
  readonly hash: string;
  readonly result: TaintResult;
}

function hashOf(lines: readonly StateLine[]): string {
  return createHash('sha256').update(lines.map(stateText).sort().join('\n')).digest('hex');
}

/** Runs over a chain, from the start or from a step before. */
function run(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  given: Partial<TraceParameters>,
  before?: Step & { known: number },
): Step {
  let lines: StateLine[] = [];
  const fresh = seeds.filter(({ tx }) => tx < chain.transactions.length && tx >= (before?.known ?? 0));
  const result = traceTiny(chain, fresh, {
    ...given,
    seeds: engineSeeds(chain, fresh),
    labelCount: labelCountOf(seeds),
    ...(before === undefined ? {} : { from: before.lines }),
    // Through text, as a store keeps it.
    onEnd: (all) => {
      lines = [...all].map((line) => JSON.parse(JSON.stringify(line)) as StateLine);
    },
  });
  return { lines, hash: hashOf(lines), result };
}

/** What a run says, without what is kept for `why` only. */
function said({ result }: Step): unknown {
  const plain = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, inner: unknown) =>
        typeof inner === 'bigint' ? String(inner) : key === 'state' || key === 'collected' ? undefined : inner,
      ),
    );
  const gaps = result.gaps.map((gap) => JSON.stringify(gap)).sort();
  return plain({ ...result, gaps });
}

function parameters(prng: Prng): Partial<TraceParameters> {
  const maybe = (value: number): number | null => (prng.chance(0.25) ? value : null);
  return {
    rules: [...RULE_NAMES, 'inout:TL'],
    envelope: prng.chance(0.5),
    conventions: {
      ...DEFAULT_CONVENTIONS,
      feeTaint: prng.chance(0.5) ? 'sink' : 'propagate',
      coinbaseOrder: prng.chance(0.5) ? 'fees-first' : 'subsidy-first',
    },
    limits: {
      maxHops: maybe(3),
      minSat: maybe(15),
      minShareMillionths: maybe(200_000),
      untilHeight: maybe(6),
      maxTransactions: maybe(4),
      maxSegments: maybe(2),
    },
    serviceAddresses: new Set(prng.chance(0.3) ? [3] : []),
    stopAtCoinjoin: prng.chance(0.3),
  };
}

describe(`taint from a checkpoint (SEED=${FIRST_SEED})`, () => {
  it(`block by block is all at once, and a state taken back is what it was, on ${GRAPHS} random chains`, () => {
    let advanced = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + GRAPHS; seed += 1) {
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 1 + (seed % 8));
      const given = parameters(Prng.fromSeed(seed));
      const heights = [...new Set(chain.transactions.map(({ height }) => height))];
      let before: (Step & { known: number }) | undefined;
      const steps: Step[] = [];
      for (const height of heights) {
        const part = upTo(chain, height);
        const step = run(part, seeds, given, before);
        const fresh = run(part, seeds, given);
        assert.equal(step.hash, fresh.hash, `seed ${seed}, height ${height}: state`);
        assert.deepEqual(said(step), said(fresh), `seed ${seed}, height ${height}: answer`);
        steps.push(step);
        before = { ...step, known: part.transactions.length };
        advanced += 1;
      }
      // The last two blocks go and come again: first the state is that of before, then that of after.
      const back = Math.max(0, heights.length - 3);
      const kept = upTo(chain, heights[back]);
      const known = kept.transactions.length;
      assert.equal(
        run(kept, seeds, given, { ...steps[back], known }).hash,
        steps[back].hash,
        `seed ${seed}: rolled back`,
      );
      const again = run(chain, seeds, given, { ...steps[back], known });
      assert.equal(again.hash, steps.at(-1)?.hash, `seed ${seed}: forward again`);
    }
    assert.ok(advanced > GRAPHS * 3);
  });
});
