/**
 * Bounds of coinjoins carried on: on small graphs every mapping of every coinjoin is tried, the coinjoin parted into the transactions of its owners,
 * and the rule run on what results; each amount must lie in the interval of its output. What is known less of a mapping narrows nothing.
 */
import assert from 'node:assert/strict';
import type { TxFrame } from '../../src/ledger/index.ts';
import { boundsOverMappings, type MappingQuestion } from '../../src/pattern/index.ts';
import {
  type CoinjoinBounds,
  DEFAULT_CONVENTIONS,
  RULE_NAMES,
  ruleByName,
  type TraceConventions,
  taintOverView,
  unknownHistory,
} from '../../src/taint/index.ts';
import { allMappings, type OwnerSet } from '../oracle/mappings.ts';
import { memoryView } from '../support/memory-view.ts';
import { Prng } from '../support/prng.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { inputValue, outpointKey, type TinyChain, type TinySeed, type TinyTx } from '../support/tiny-chain.ts';
import { amountsByKey, firstOutputs, tinyTerms, traceTiny } from '../support/tiny-view.ts';

const FIRST_SEED = Number(process.env.SEED ?? 5_130_000);
const GRAPHS = Number(process.env.SPOOR_CARRIED_GRAPHS ?? 10);
const MOST_MAPPINGS = 80;
const RULES = [
  ...RULE_NAMES.filter((rule) => rule !== 'poison'),
  'haircut outputs-only',
  'fifo prorate-inputs',
  ...['TL', 'CS', 'HF', 'SH'].map((pair) => `inout:${pair}`),
];

type Question = Pick<MappingQuestion, 'inputsSat' | 'outputsSat'>;
type Premise = Pick<MappingQuestion, 'oneEachSat' | 'maxSteps'>;

const FREE: Premise = { oneEachSat: [], maxSteps: 1_000_000 };
/** Any answer is then the envelope of the whole transaction. */
const NO_STEPS: Premise = { oneEachSat: [], maxSteps: 0 };

function questionOf(chain: TinyChain, tx: number): Question {
  const { inputs, outputs } = chain.transactions[tx];
  return {
    inputsSat: inputs.map((_, vin) => inputValue(chain, tx, vin)),
    outputsSat: outputs.map(({ value }) => value),
  };
}

/** Coinjoins may be any payments of a few inputs and outputs, all worth something: the law does not ask what they look like. */
function mixesOf(chain: TinyChain, prng: Prng): number[] {
  const fit = chain.transactions.flatMap((transaction, tx) => {
    const { inputsSat, outputsSat } = questionOf(chain, tx);
    const small = inputsSat.length > 1 && inputsSat.length < 5 && outputsSat.length > 1 && outputsSat.length < 5;
    return !transaction.coinbase && small && ![...inputsSat, ...outputsSat].includes(0) ? [tx] : [];
  });
  return prng
    .shuffled(fit)
    .slice(0, 2)
    .sort((a, b) => a - b);
}

/** The chain with each coinjoin as the payments of its owners, and where each old output went. */
function parted(chain: TinyChain, owners: ReadonlyMap<number, readonly OwnerSet[]>) {
  const places = new Map<string, { tx: number; vout: number }>();
  const transactions: TinyTx[] = [];
  chain.transactions.forEach((transaction, tx) => {
    const inputs = transaction.inputs.map((input) =>
      'external' in input ? input : (places.get(outpointKey(input.tx, input.vout)) ?? input),
    );
    const sets = owners.get(tx) ?? [{ vins: [...inputs.keys()], vouts: [...transaction.outputs.keys()] }];
    for (const { vins, vouts } of sets) {
      vouts.forEach((old, vout) => places.set(outpointKey(tx, old), { tx: transactions.length, vout }));
      transactions.push({
        ...transaction,
        inputs: vins.map((vin) => inputs[vin]),
        outputs: vouts.map((vout) => transaction.outputs[vout]),
      });
    }
  });
  return { chain: { transactions }, places };
}

/** Every choice of a mapping for each coinjoin; null where there are too many. */
function choices(chain: TinyChain, mixes: readonly number[], premise: Premise): Array<Map<number, OwnerSet[]>> | null {
  let found: Array<Map<number, OwnerSet[]>> = [new Map()];
  for (const tx of mixes) {
    const intrafees = { makerSat: 0, takerSat: 0 };
    const mappings = [...allMappings({ ...questionOf(chain, tx), intrafees, ...premise })];
    found = found.flatMap((chosen) => mappings.map((owners) => new Map([...chosen, [tx, owners]])));
    if (found.length > MOST_MAPPINGS) return null;
  }
  return found;
}

function boundsFor(mixes: readonly number[], premise: Premise): CoinjoinBounds {
  return {
    isMix: (frame: TxFrame) => mixes.includes(frame.tx),
    boundsOver: ({ inputValueSat, outputValueSat }, marksSat) =>
      boundsOverMappings(
        {
          inputsSat: inputValueSat,
          outputsSat: outputValueSat,
          intrafees: { makerSat: 0, takerSat: 0 },
          ...premise,
        },
        marksSat,
      ).bounds,
  };
}

interface Asked {
  readonly chain: TinyChain;
  readonly seeds: readonly TinySeed[];
  readonly rule: string;
  readonly conventions: TraceConventions;
  readonly mixes: readonly number[];
}

/** Intervals by outpoint and label. */
function intervals({ chain, seeds, rule, conventions, mixes }: Asked, premise: Premise) {
  const view = memoryView(chain);
  const terms = tinyTerms(chain, seeds, { conventions });
  const first = firstOutputs(chain);
  const { outputs } = unknownHistory(view, {
    ...terms,
    rule: ruleByName(rule, conventions),
    untilHeight: null,
    ordinary: taintOverView(view, { ...terms, rules: [rule] }).value.rules[0],
    openInputsClean: true,
    coinjoins: boundsFor(mixes, premise),
  });
  const found = new Map<string, readonly [number, number]>();
  for (const { output, intervals: own } of outputs) {
    const tx = view.transactionOf(output);
    for (const { label, lowerSat, upperSat } of own)
      found.set(`${outpointKey(tx, output - first[tx])} ${label}`, [lowerSat, upperSat]);
  }
  return found;
}

/** The fee of a coinjoin is one piece; parted, a coinbase that lines up fees by value would put its parts elsewhere, which no real one does. */
function conventionsOf(index: number, rule: string, variant: string | undefined): TraceConventions {
  return {
    ...DEFAULT_CONVENTIONS,
    feeTaint: index % 2 === 0 || /^inout:[HS]/.test(rule) ? 'sink' : 'propagate',
    coinbaseOrder: index % 4 < 2 ? 'fees-first' : 'subsidy-first',
    ...(variant === 'outputs-only' ? { haircutFee: variant } : {}),
    ...(variant === 'prorate-inputs' ? { orderFee: variant } : {}),
  };
}

/** Runs the rule on every mapping and holds each amount to its interval. Returns how many intervals are not a point. */
function holdsEveryMapping(asked: Asked, chosen: ReadonlyArray<Map<number, OwnerSet[]>>, where: string): number {
  const { chain, seeds, rule, conventions } = asked;
  const ends = intervals(asked, FREE);
  const labels = 1 + Math.max(...seeds.map(({ label }) => label));
  for (const owners of chosen) {
    const { chain: split, places } = parted(chain, owners);
    const moved = seeds.map(({ tx, vout, label }) => ({
      ...(places.get(outpointKey(tx, vout)) ?? { tx, vout }),
      label,
    }));
    moved.sort((a, b) => a.tx - b.tx || a.vout - b.vout);
    const truth = amountsByKey(split, traceTiny(split, moved, { rules: [rule], conventions }).value.rules[0], labels);
    for (const [key, place] of places) {
      const amounts = truth.get(outpointKey(place.tx, place.vout)) ?? new Array<number>(labels).fill(0);
      amounts.forEach((sat, label) => {
        const [lower, upper] = ends.get(`${key} ${label}`) ?? [0, 0];
        const mapping = JSON.stringify([...owners]);
        assert.ok(
          lower <= sat && sat <= upper,
          `${where}: output ${key} has ${sat} of ${label}, not in [${lower}, ${upper}]; ${mapping}`,
        );
      });
    }
  }
  return [...ends.values()].filter(([lower, upper]) => lower < upper).length;
}

function assertWider(narrow: ReadonlyMap<string, readonly [number, number]>, wide: typeof narrow, where: string): void {
  for (const key of new Set([...narrow.keys(), ...wide.keys()])) {
    const [lower, upper] = narrow.get(key) ?? [0, 0];
    const [least, most] = wide.get(key) ?? [0, 0];
    assert.ok(
      least <= lower && upper <= most,
      `${where}: ${key} [${least}, ${most}] is narrower than [${lower}, ${upper}]`,
    );
  }
}

describe(`bounds of coinjoins carried on (SEED=${FIRST_SEED}, SPOOR_CARRIED_GRAPHS=${GRAPHS})`, () => {
  for (const [at, name] of RULES.entries()) {
    it(`${name}: hold what the rule gives under every mapping, and know no more when less is known`, () => {
      const [rule, variant] = name.split(' ');
      let wide = 0;
      for (let index = 0, seed = FIRST_SEED + at * 1000; index < GRAPHS; seed += 1) {
        const prng = Prng.fromSeed(seed ^ 0x0c01);
        const chain = randomChain(seed, { everyCoinbase: index % 4 === 1 });
        const mixes = mixesOf(chain, prng);
        const chosen = choices(chain, mixes, FREE);
        if (mixes.length === 0 || chosen === null || chosen.length < 2) continue;
        const asked: Asked = {
          chain,
          seeds: randomSeeds(chain, seed, 1 + (index % 3)),
          rule,
          conventions: conventionsOf(index, rule, variant),
          mixes,
        };
        wide += holdsEveryMapping(asked, chosen, `seed ${seed}`);
        const oneEachSat = mixes.flatMap((tx) => questionOf(chain, tx).outputsSat);
        const free = intervals(asked, FREE);
        assertWider(
          intervals(asked, { ...FREE, oneEachSat }),
          free,
          `seed ${seed}, without the premise of one output each`,
        );
        assertWider(free, intervals(asked, NO_STEPS), `seed ${seed}, without a step`);
        index += 1;
      }
      assert.ok(wide > 0, 'something hung on the mapping');
    });
  }

  it('by hand: 10 stolen beside 10 clean through a coinjoin into 10 and 10, then joined with 5 clean and parted', () => {
    // The coinjoin: each owner gets one 10, so an output has 0 or 10. Then 10 + 5 into 12 and 3: of the 10, fifo puts all into the 12.
    const pay = (inputs: TinyTx['inputs'], values: readonly number[]): TinyTx => ({
      coinbase: false,
      height: 1,
      inputs,
      outputs: values.map((value) => ({ value })),
    });
    const chain: TinyChain = {
      transactions: [
        pay([{ external: 10 }], [10]),
        pay([{ tx: 0, vout: 0 }, { external: 10 }], [10, 10]),
        pay([{ tx: 1, vout: 0 }, { external: 5 }], [12, 3]),
        pay([{ tx: 1, vout: 1 }], [4, 6]),
      ],
    };
    const asked = { chain, seeds: [{ tx: 0, vout: 0, label: 0 }], conventions: DEFAULT_CONVENTIONS, mixes: [1] };
    const ends = (rule: string): unknown[] => {
      const found = intervals({ ...asked, rule }, FREE);
      return ['1:0', '1:1', '2:0', '2:1', '3:0', '3:1'].map((key) => found.get(`${key} 0`) ?? [0, 0]);
    };
    const [both, none] = [
      [0, 10],
      [0, 0],
    ];
    assert.deepEqual(ends('fifo'), [both, both, [0, 10], none, [0, 4], [0, 6]]);
    // haircut: 10 x 12/15 = 8 and 10 x 3/15 = 2.
    assert.deepEqual(ends('haircut'), [both, both, [0, 8], [0, 2], [0, 4], [0, 6]]);
    assert.deepEqual(ends('tiho'), [both, both, [0, 10], none, [0, 4], [0, 6]]);
    // lifo: 5 clean are the last in; the first out, 12, has them and 7 of the 10; the 3 is of the 10.
    assert.deepEqual(ends('lifo'), [both, both, [0, 7], [0, 3], [0, 4], [0, 6]]);
  });
});
