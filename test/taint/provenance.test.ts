/** The walk back to the seeds, for every rule: against marks on single satoshis, and sums where there are no positions. */
import assert from 'node:assert/strict';
import { outputId } from '../../src/ledger/index.ts';
import {
  DEFAULT_CONVENTIONS,
  provenance,
  RULE_NAMES,
  type RuleResult,
  ruleByName,
  type TraceConventions,
} from '../../src/taint/index.ts';
import { COINBASE_TX, coinbaseFixture, EXAMPLE_X_TX, exampleX } from '../oracle/fixtures.ts';
import { originOracle } from '../oracle/identity.ts';
import { memoryView } from '../support/memory-view.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { labelCountOf, outpointKey, type TinyChain, type TinySeed } from '../support/tiny-chain.ts';
import { firstOutputs, traceTiny } from '../support/tiny-view.ts';

const FIRST_SEED = Number(process.env.SEED ?? 4_400_000);
const GRAPHS = 30;
const IN_OUT = [...'FLTCHS'].flatMap((x) => [...'FLHS'].map((y) => `inout:${x}${y}`));
const ORDER_RULES = ['fifo', 'lifo', 'lifo-reverse', ...IN_OUT];
/** Rules without an oracle of marks: they follow less, or know amounts only. */
const OTHERS = RULE_NAMES.filter((rule) => !ORDER_RULES.includes(rule) && rule !== 'poison');

function conventionsOf(index: number): TraceConventions {
  return {
    ...DEFAULT_CONVENTIONS,
    feeTaint: index % 2 === 0 ? 'sink' : 'propagate',
    coinbaseOrder: index % 4 < 2 ? 'fees-first' : 'subsidy-first',
    haircutFee: index % 3 === 0 ? 'outputs-only' : 'share',
  };
}

interface Case {
  readonly chain: TinyChain;
  readonly seeds: readonly TinySeed[];
  readonly conventions: TraceConventions;
  readonly result: RuleResult;
}

/** Runs `check` on every tainted output of random graphs, with the walk back from it. */
function onGraphs(
  rule: string,
  graphs: number,
  check: (
    given: Case,
    placement: RuleResult['holdings'][number],
    found: NonNullable<ReturnType<typeof provenance>>,
  ) => void,
): void {
  let walked = 0;
  for (let index = 0; index < graphs; index += 1) {
    const seed = FIRST_SEED + index;
    const chain = randomChain(seed, { everyCoinbase: index % 4 === 1 });
    const seeds = randomSeeds(chain, seed, 1 + (index % 3));
    const conventions = conventionsOf(index);
    const limits = {
      maxHops: index % 5 === 0 ? 2 : null,
      minSat: index % 7 === 0 ? 5 : null,
      minShareMillionths: null,
      untilHeight: null,
    };
    const result = traceTiny(chain, seeds, { rules: [rule], conventions, limits }).value.rules[0];
    const view = memoryView(chain);
    for (const placement of [...result.holdings, ...result.passed]) {
      try {
        const found = provenance(view, ruleByName(rule, conventions), { result, asked: placement.output });
        assert.ok(found !== null);
        check({ chain, seeds, conventions, result }, placement, found);
      } catch (error) {
        throw new Error(`graph of seed ${seed}, output ${placement.output}, ${JSON.stringify(conventions)}`, {
          cause: error,
        });
      }
      walked += 1;
    }
  }
  assert.ok(walked > graphs);
}

/** Satoshi per label that the origins of a walk sum to. */
function sums(labels: number, origins: ReadonlyArray<{ label: number; amountSat: number }>): number[] {
  const total = new Array<number>(labels).fill(0);
  for (const { label, amountSat } of origins) total[label] += amountSat;
  return total;
}

function taintOn(result: RuleResult, output: number, labels: number): number[] {
  const placed = [...result.holdings, ...result.passed].filter((placement) => placement.output === output);
  return sums(
    labels,
    placed.flatMap(({ taint }) => taint.map(([label, amountSat]) => ({ label, amountSat }))),
  );
}

describe(`provenance of every rule (SEED=${FIRST_SEED})`, () => {
  for (const rule of ORDER_RULES) {
    it(`${rule}: the seeds and satoshis named are those of the marks, fee taint included`, () => {
      const graphs = rule.startsWith('inout') ? GRAPHS / 3 : GRAPHS;
      let memory: { chain: TinyChain; marks: ReturnType<typeof originOracle> } | null = null;
      onGraphs(rule, graphs, ({ chain, seeds, conventions, result }, { output, tx }, { origins }) => {
        if (memory?.chain !== chain) memory = { chain, marks: originOracle(chain, seeds, { rule, conventions }) };
        const first = firstOutputs(chain);
        const cut = result.holdings.some(({ status }) => status === 'cut');
        const named = origins.flatMap(({ output: seed, label, range, amountSat }) => {
          assert.ok(range !== null && range[1] - range[0] === amountSat);
          const of = first.findIndex((start, index) => start <= seed && seed < first[index + 1]);
          return Array.from({ length: amountSat }, (_, at) => `${of}:${seed - first[of]} ${range[0] + at} ${label}`);
        });
        const marks = (memory.marks.get(outpointKey(tx, output - first[tx])) ?? []).flatMap((mark) =>
          mark === null ? [] : [`${mark.tx}:${mark.vout} ${mark.at} ${mark.label}`],
        );
        // What a limit cut moved no further, so less arrives than the marks say; under T and C other satoshis then do.
        if (cut) assert.deepEqual(sums(labelCountOf(seeds), origins), taintOn(result, output, labelCountOf(seeds)));
        else assert.deepEqual(named.sort(), marks.sort());
        assert.equal(new Set(named).size, named.length, 'no satoshi twice');
      });
    });
  }

  for (const rule of OTHERS) {
    it(`${rule}: origins are seeds, sum to the taint shown, and no output is asked for more than it had`, () => {
      onGraphs(rule, GRAPHS * 2, ({ seeds, chain, result }, { output }, { origins, steps }) => {
        const labels = labelCountOf(seeds);
        assert.deepEqual(sums(labels, origins), taintOn(result, output, labels));
        const first = firstOutputs(chain);
        const seeded = new Set(seeds.map(({ tx, vout, label }) => `${first[tx] + vout} ${label}`));
        for (const origin of origins) assert.ok(seeded.has(`${origin.output} ${origin.label}`));
        const asked = new Map<string, number>();
        for (const { from, label, amountSat } of steps) {
          const key = `${from.output} ${label}`;
          if (from.output >= 0) asked.set(key, (asked.get(key) ?? 0) + amountSat);
        }
        for (const [key, amountSat] of asked) {
          const [from, label] = key.split(' ').map(Number);
          assert.ok(amountSat <= taintOn(result, from, labels)[label], `${key} is asked for ${amountSat}`);
        }
      });
    });
  }

  it('poison: every label of an output has a seed of it behind, also through fees', () => {
    onGraphs('poison', GRAPHS * 2, ({ seeds, chain }, { taint }, { origins }) => {
      const first = firstOutputs(chain);
      assert.deepEqual(
        [...new Set(origins.map(({ label }) => label))].sort(),
        taint.map(([label]) => label),
      );
      for (const { output, label } of origins)
        assert.ok(seeds.some((seed) => first[seed.tx] + seed.vout === output && seed.label === label));
    });
  });

  it('the coinbase example of src/taint/README.md: S4 lay at [1,5) of the fee of transaction 1, and in all of the seed', () => {
    // Fees first: [c1 S4 c35] is output 0. The fee [c1 S4] is the tail of [c11][S4] behind an output of 10.
    const { chain, seeds } = coinbaseFixture();
    const conventions = { ...conventionsOf(1), haircutFee: 'share' as const };
    const result = traceTiny(chain, seeds, { rules: ['fifo'], conventions }).value.rules[0];
    const asked = outputId(firstOutputs(chain)[COINBASE_TX]);
    const found = provenance(memoryView(chain), ruleByName('fifo', conventions), { result, asked });
    assert.deepEqual(
      found?.steps.map(({ tx, from, to, fromRange, toRange }) => [tx, from, to.output, fromRange, toRange]),
      [
        [COINBASE_TX, { tx: 1, output: -1 }, asked, [1, 5], [1, 5]],
        [1, { tx: 0, output: 0 }, -1, [0, 4], [1, 5]],
      ],
    );
    assert.deepEqual(found?.origins, [{ output: 0, label: 0, amountSat: 4, range: [0, 4] }]);
  });

  it('running example X under lifo: output 0 holds all of input 1 but 15, and all taint of input 2', () => {
    // From the end of [c60][S30][c6 S4]: 25 = S15 c6 S4. The S15 are the last 15 of input 1.
    const { chain, seeds } = exampleX();
    const conventions = conventionsOf(0);
    const result = traceTiny(chain, seeds, { rules: ['lifo'], conventions }).value.rules[0];
    const first = firstOutputs(chain);
    const found = provenance(memoryView(chain), ruleByName('lifo', conventions), {
      result,
      asked: outputId(first[EXAMPLE_X_TX]),
    });
    assert.deepEqual(found?.origins, [
      { output: first[1], label: 0, amountSat: 4, range: [0, 4] },
      { output: first[0], label: 0, amountSat: 15, range: [15, 30] },
    ]);
  });
});
