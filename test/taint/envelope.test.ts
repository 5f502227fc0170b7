/** The envelope holds every conserving rule: the named ones under limits and stops, and rules made up at random. */
import assert from 'node:assert/strict';
import {
  type Bound,
  type BoundedOutput,
  DEFAULT_CONVENTIONS,
  RULE_NAMES,
  type RuleResult,
  type TaintResult,
  type TraceConventions,
  type TraceLimits,
} from '../../src/taint/index.ts';
import { anyRuleOracle } from '../oracle/any-rule.ts';
import { EXAMPLE_X_TX, exampleX } from '../oracle/fixtures.ts';
import { graphsOfLaw } from '../support/graph-count.ts';
import { Prng } from '../support/prng.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { labelCountOf, outpointKey, type TinyChain, type TinySeed } from '../support/tiny-chain.ts';
import { firstOutputs, traceTiny } from '../support/tiny-view.ts';

const GRAPHS = graphsOfLaw(600);
const FIRST_SEED = Number(process.env.SEED ?? 23_000_000);
const ALL = -1;
const IN_OUT = ['F', 'L', 'T', 'C', 'H', 'S'].flatMap((x) => ['F', 'L', 'H', 'S'].map((y) => `inout:${x}${y}`));
const EARLY = ['dirty-first', 'pure-dirty-first'];

function conventionsOf(prng: Prng): TraceConventions {
  const pick = <T>(a: T, b: T): T => (prng.chance(0.5) ? a : b);
  return {
    ...DEFAULT_CONVENTIONS,
    feeTaint: pick<'sink' | 'propagate'>('sink', 'propagate'),
    coinbaseOrder: pick<'fees-first' | 'subsidy-first'>('fees-first', 'subsidy-first'),
    haircutFee: pick<'share' | 'outputs-only'>('share', 'outputs-only'),
  };
}

function limitsOf(prng: Prng): TraceLimits {
  const maybe = (value: number): number | null => (prng.chance(0.5) ? value : null);
  return {
    maxHops: maybe(prng.int(5)),
    minSat: maybe(prng.int(60)),
    minShareMillionths: maybe(prng.int(700_000)),
    untilHeight: maybe(prng.between(1, 12)),
  };
}

const NO_LIMITS: TraceLimits = { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null };

/** Satoshi by label on every output of a rule, `ALL` for their sum: of all it was made with, and of what rests. */
function amountsOf(result: RuleResult): {
  made: Map<number, Map<number, number>>;
  rests: Map<number, Map<number, number>>;
} {
  const made = new Map<number, Map<number, number>>();
  const rests = new Map<number, Map<number, number>>();
  for (const placement of [...result.holdings, ...result.passed]) {
    for (const into of placement.status === 'passed' ? [made] : [made, rests]) {
      const amounts = into.get(placement.output) ?? new Map<number, number>();
      into.set(placement.output, amounts);
      for (const [label, amountSat] of placement.taint) {
        for (const of of [label, ALL]) amounts.set(of, (amounts.get(of) ?? 0) + amountSat);
      }
    }
  }
  return { made, rests };
}

function assertWithin(
  bounds: readonly Bound[],
  amounts: ReadonlyMap<number, number>,
  how: { lowerToo: boolean; what: string },
): void {
  const byLabel = new Map(bounds.map((bound) => [bound.label, bound]));
  for (const label of new Set([...byLabel.keys(), ...amounts.keys()])) {
    const { lowerSat, upperSat } = byLabel.get(label) ?? { lowerSat: 0, upperSat: 0 };
    const amount = amounts.get(label) ?? 0;
    assert.ok(amount <= upperSat, `${how.what}: ${amount} of label ${label}, at most ${upperSat} is possible`);
    if (how.lowerToo) assert.ok(amount >= lowerSat, `${how.what}: ${amount} of label ${label}, at least ${lowerSat}`);
  }
}

function checkRules({ value }: TaintResult): void {
  const envelope = new Map((value.envelope ?? []).map((one) => [one.output as number, one]));
  for (const result of value.rules) {
    if (!result.conserves) continue;
    const { made, rests } = amountsOf(result);
    const lowerToo = !EARLY.includes(result.rule);
    for (const output of new Set([...envelope.keys(), ...made.keys()])) {
      const bounds = envelope.get(output);
      const what = `${result.rule}, output ${output}`;
      assertWithin(bounds?.made ?? [], made.get(output) ?? new Map(), { lowerToo, what });
      // A rule that stops early rests where no other does.
      if (!lowerToo) continue;
      assertWithin(bounds?.rests ?? [], rests.get(output) ?? new Map(), { lowerToo, what: `${what}, at rest` });
    }
  }
}

function eachGraph(count: number, check: (chain: TinyChain, seeds: readonly TinySeed[], prng: Prng) => void): void {
  for (let index = 0; index < count; index += 1) {
    const seed = FIRST_SEED + index;
    const chain = randomChain(seed);
    try {
      check(chain, randomSeeds(chain, seed, 1 + (index % 8)), Prng.fromSeed(seed));
    } catch (error) {
      throw new Error(`graph of seed ${seed}`, { cause: error });
    }
  }
}

describe(`envelope of the conserving rules (SEED=${FIRST_SEED}, ${GRAPHS} graphs)`, () => {
  it(`holds every named rule on ${GRAPHS} random graphs, with limits and stops`, () => {
    eachGraph(GRAPHS, (chain, seeds, prng) => {
      const limits = prng.chance(0.6) ? limitsOf(prng) : NO_LIMITS;
      const rules = [...RULE_NAMES.filter((rule) => !EARLY.includes(rule)), ...prng.shuffled(IN_OUT).slice(0, 3)];
      const serviceAddresses = new Set(prng.chance(0.5) ? [prng.int(12)] : []);
      checkRules(
        traceTiny(chain, seeds, { rules, conventions: conventionsOf(prng), limits, serviceAddresses, envelope: true }),
      );
    });
  });

  it('a rule that stops early keeps to the upper ends where no seed lies below another', () => {
    // Below another seed it may find more room than rules that bring earlier taint there.
    eachGraph(GRAPHS / 5, (chain, _, prng) => {
      const roots = chain.transactions.flatMap(({ inputs, outputs }, tx) =>
        inputs.every((input) => 'external' in input) ? outputs.map((__, vout) => ({ tx, vout, label: 0 })) : [],
      );
      const seeds = prng.shuffled(roots).slice(0, 3);
      checkRules(traceTiny(chain, seeds, { rules: EARLY, envelope: true }));
    });
  });

  it(`holds rules made up at random, fees included, on ${GRAPHS} graphs`, () => {
    eachGraph(GRAPHS, (chain, seeds, prng) => {
      const conventions = conventionsOf(prng);
      const { envelope } = traceTiny(chain, seeds, { rules: [], conventions, envelope: true }).value;
      const first = firstOutputs(chain);
      const bounds = new Map((envelope ?? []).map((one) => [outpointKey(one.tx, one.output - first[one.tx]), one]));
      for (let round = 0; round < 2; round += 1) {
        const { taint } = anyRuleOracle(chain, seeds, { prng, conventions });
        for (const [key, byLabel] of taint) {
          const amounts = new Map(byLabel.map((amount, label) => [label, amount] as const));
          amounts.set(
            ALL,
            byLabel.reduce((sum, amount) => sum + amount, 0),
          );
          assertWithin(bounds.get(key)?.made ?? [], amounts, { lowerToo: true, what: key });
        }
      }
    });
  });

  it('running example X: 34 of 100 enter, outputs 25, 50, 20 hold 0 to 25, 0 to 34, 0 to 20', () => {
    const { chain, seeds } = exampleX();
    const made = (traceTiny(chain, seeds, { rules: [], envelope: true }).value.envelope ?? []).filter(
      ({ tx }) => tx === EXAMPLE_X_TX,
    );
    assert.deepEqual(made.map(allOf), [
      [0, 0, 25],
      [1, 0, 34],
      [2, 0, 20],
    ]);
  });

  it('two hops: 90 of 100 enter 60 + 40, so 50..60 and 30..40; the 60 beside 20 clean into 70 + 10: 40..60 and 0..10', () => {
    // 90 - (100 - 60) = 50, min(60, 90) = 60; 90 - (100 - 40) = 30. Then L = 50, U = 60, A = 80: 50 - 10 = 40, 60; 50 - 70 < 0, 10.
    const pay = (height: number, inputs: TinyChain['transactions'][number]['inputs'], values: number[]) => ({
      coinbase: false,
      height,
      inputs,
      outputs: values.map((value) => ({ value })),
    });
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 90 }], [90]),
        pay(2, [{ tx: 0, vout: 0 }, { external: 10 }], [60, 40]),
        pay(3, [{ tx: 1, vout: 0 }, { external: 20 }], [70, 10]),
      ],
    };
    const { envelope } = traceTiny(chain, [{ tx: 0, vout: 0, label: 0 }], { rules: [], envelope: true }).value;
    assert.deepEqual((envelope ?? []).map(allOf), [
      [0, 90, 90],
      [0, 50, 60],
      [1, 30, 40],
      [0, 40, 60],
      [1, 0, 10],
    ]);
  });

  it('what parts and meets again is never more than was seeded; that it is all of it again is not seen', () => {
    // 30 of 100 enter 50 + 50, each may hold 0 to 30: together 0 to 60, but no more than 30 exist.
    const chain: TinyChain = {
      transactions: [
        { coinbase: false, height: 1, inputs: [{ external: 30 }], outputs: [{ value: 30 }] },
        {
          coinbase: false,
          height: 2,
          inputs: [{ tx: 0, vout: 0 }, { external: 70 }],
          outputs: [{ value: 50 }, { value: 50 }],
        },
        {
          coinbase: false,
          height: 3,
          inputs: [
            { tx: 1, vout: 0 },
            { tx: 1, vout: 1 },
          ],
          outputs: [{ value: 100 }],
        },
      ],
    };
    const { envelope } = traceTiny(chain, [{ tx: 0, vout: 0, label: 0 }], { rules: [], envelope: true }).value;
    assert.deepEqual(allOf((envelope ?? [])[3]), [0, 0, 30]);
  });

  it('two labels that fill an input leave no room for clean money, though neither alone says so', () => {
    const chain: TinyChain = {
      transactions: [
        { coinbase: false, height: 1, inputs: [{ external: 100 }], outputs: [{ value: 50 }, { value: 50 }] },
        {
          coinbase: false,
          height: 2,
          inputs: [
            { tx: 0, vout: 0 },
            { tx: 0, vout: 1 },
          ],
          outputs: [{ value: 60 }, { value: 40 }],
        },
      ],
    };
    const seeds = [0, 1].map((vout) => ({ tx: 0, vout, label: vout }));
    const { envelope } = traceTiny(chain, seeds, { rules: [], envelope: true }).value;
    const [, , big, small] = envelope ?? [];
    assert.deepEqual(
      [big, small].map(({ made }) => made.map(({ label, lowerSat, upperSat }) => [label, lowerSat, upperSat])),
      [
        [
          [ALL, 60, 60],
          [0, 10, 50],
          [1, 10, 50],
        ],
        [
          [ALL, 40, 40],
          [0, 0, 40],
          [1, 0, 40],
        ],
      ],
    );
    assert.equal(labelCountOf(seeds), 2);
  });
});

/** Vout with the bounds on all labels together. */
function allOf({ vout, made }: BoundedOutput): number[] {
  return [vout, made[0].lowerSat, made[0].upperSat];
}
