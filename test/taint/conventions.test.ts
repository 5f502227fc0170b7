/** Conventions that differ between tools against the slow oracles on random graphs, each at least once by hand. */
import assert from 'node:assert/strict';
import {
  CONVENTION_VALUES,
  DEFAULT_CONVENTIONS,
  imbalance,
  provenance,
  type RuleResult,
  ruleByName,
  type TraceConventions,
} from '../../src/taint/index.ts';
import type { TaintRule } from '../../src/taint/rule.ts';
import { runsOf } from '../../src/taint/segment.ts';
import { integerBooks } from '../oracle/books.ts';
import { fifoOracle, inOutOracle, lifoReverseOracle, lifoStackOracle } from '../oracle/fifo.ts';
import { EXAMPLE_X_TX, exampleX } from '../oracle/fixtures.ts';
import { haircutIntegerOracle, seniorityOracle, tihoOracle } from '../oracle/haircut-integer.ts';
import type { OracleConventions, OracleResult } from '../oracle/walk.ts';
import { graphsOfLaw, timeoutOfLaw } from '../support/graph-count.ts';
import { memoryView } from '../support/memory-view.ts';
import { Prng } from '../support/prng.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { labelCountOf, outpointKey, type TinyChain, type TinySeed } from '../support/tiny-chain.ts';
import { firstOutputs, traceTiny } from '../support/tiny-view.ts';

const GRAPHS = graphsOfLaw(333);
const RULES_PER_GRAPH = 3;
const FIRST_SEED = Number(process.env.SEED ?? 31_000_000);

type Slow = (
  chain: TinyChain,
  seeds: readonly TinySeed[],
  conventions: Partial<OracleConventions>,
) => OracleResult<readonly number[], number>;

const ORACLES: Readonly<Record<string, Slow>> = {
  haircut: haircutIntegerOracle,
  fifo: fifoOracle,
  lifo: lifoStackOracle,
  'lifo-reverse': lifoReverseOracle,
  tiho: tihoOracle,
  seniority: seniorityOracle,
  'inout:TH': (chain, seeds, conventions) => inOutOracle(chain, seeds, { in: 'T', out: 'H' }, conventions),
  'inout:CS': (chain, seeds, conventions) => inOutOracle(chain, seeds, { in: 'C', out: 'S' }, conventions),
  'inout:HL': (chain, seeds, conventions) => inOutOracle(chain, seeds, { in: 'H', out: 'L' }, conventions),
};

function randomConventions(prng: Prng): TraceConventions {
  const names = Object.keys(CONVENTION_VALUES) as Array<keyof typeof CONVENTION_VALUES>;
  const drawn = names.map((name) => [name, CONVENTION_VALUES[name][prng.int(CONVENTION_VALUES[name].length)]]);
  const conventions: TraceConventions = { ...DEFAULT_CONVENTIONS, ...Object.fromEntries(drawn) };
  // Fixed point has its own oracle in rules-by-name.test.ts.
  const rounding = conventions.haircutRounding === 'fixed-point' ? 'largest-remainder' : conventions.haircutRounding;
  // A least share of a transaction is of all labels together: it does not go with labels followed alone.
  const threshold = conventions.seedOverlap !== 'multi-label' && prng.chance(0.3);
  return { ...conventions, haircutRounding: rounding, haircutTxShareMillionths: threshold ? prng.int(600_000) : null };
}

/** Taint of every output as its transaction left it, by outpoint and label; taint that a seed displaced is left out. */
function amountsOf(chain: TinyChain, result: RuleResult, labels: number): Map<string, number[]> {
  const first = firstOutputs(chain);
  const found = new Map<string, number[]>();
  for (const { output, tx, taint, reason } of [...result.holdings, ...result.passed]) {
    if (reason === 'seed-overridden') continue;
    const key = outpointKey(tx, output - first[tx]);
    const amounts = found.get(key) ?? new Array<number>(labels).fill(0);
    for (const [label, amountSat] of taint) amounts[label] += amountSat;
    found.set(key, amounts);
  }
  return found;
}

/** Every output and every book of a rule are those of the oracle. */
function agrees(chain: TinyChain, result: RuleResult, slow: OracleResult<readonly number[], number>): void {
  const found = amountsOf(chain, result, slow.labelCount);
  for (const [key, amounts] of slow.taint) {
    assert.deepEqual(found.get(key) ?? amounts.map(() => 0), [...amounts], `${result.rule} at ${key}`);
  }
  integerBooks(chain, slow).forEach((book, label) => {
    const { stopped, ...terms } = result.books[label];
    assert.equal(stopped, 0n);
    assert.deepEqual(terms, book, `${result.rule}, books of label ${label}`);
    assert.equal(imbalance(result.books[label]), 0n);
  });
}

/** Every label alone is what `multi-label` promises: the seeds of one label, called label 0. */
function agreesAlone(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  given: { conventions: TraceConventions; results: readonly RuleResult[] },
): void {
  for (let label = 0; label < labelCountOf(seeds); label += 1) {
    const own = seeds.filter((seed) => seed.label === label).map((seed) => ({ ...seed, label: 0 }));
    for (const result of given.results) {
      const only = (taint: RuleResult['holdings'][number]['taint']): RuleResult['holdings'][number]['taint'] =>
        taint.filter(([other]) => other === label).map(([, amountSat]) => [0, amountSat]);
      const alone: RuleResult = {
        ...result,
        books: [result.books[label]],
        holdings: result.holdings.map((placement) => ({ ...placement, taint: only(placement.taint) })),
        passed: result.passed.map((placement) => ({ ...placement, taint: only(placement.taint) })),
      };
      agrees(chain, alone, ORACLES[result.rule](chain, own, { ...given.conventions, seedOverlap: 'first-wins' }));
    }
  }
}

function walksBack(chain: TinyChain, result: RuleResult, rule: TaintRule): void {
  const placements = [...result.holdings, ...result.passed];
  const marks = (output: number, label: number): boolean[] =>
    placements
      .filter((placement) => placement.output === output)
      .map(({ state }) => {
        const line: boolean[] = [];
        for (const [own, start, length] of rule.ranges?.(state ?? []) ?? runsOf(state ?? [])) {
          for (let at = start; at < start + length; at += 1) if (own === label + 1) line[at] = true;
        }
        return line;
      })
      .find((line) => line.length > 0) ?? [];
  const view = memoryView(chain);
  for (const { output } of placements) {
    const there = placements.filter((placement) => placement.output === output).flatMap(({ taint }) => taint);
    const found = provenance(view, rule, { result, asked: output });
    const origins = new Map<number, number>();
    for (const { label, amountSat } of found?.origins ?? []) origins.set(label, (origins.get(label) ?? 0) + amountSat);
    assert.deepEqual(
      [...origins].sort((a, b) => a[0] - b[0]),
      [...there].sort((a, b) => a[0] - b[0]),
      `${result.rule} at output ${output}`,
    );
    for (const { from, to, label, fromRange, toRange } of found?.steps ?? []) {
      for (const [place, range] of [
        [from, fromRange],
        [to, toRange],
      ] as const) {
        if (range === null || place.output < 0) continue;
        const line = marks(place.output, label);
        for (let at = range[0]; at < range[1]; at += 1) assert.ok(line[at], `${result.rule}, ${place.output} at ${at}`);
      }
    }
  }
}

/** Bounds of methods 1.2 on every output but the seed itself. */
function envelope(chain: TinyChain, seed: TinySeed, result: RuleResult): void {
  const amounts = amountsOf(chain, result, 1);
  chain.transactions.forEach((transaction, tx) => {
    if (transaction.coinbase) return;
    const inputs = transaction.inputs.map((input) =>
      'external' in input
        ? [input.external, 0]
        : [
            chain.transactions[input.tx].outputs[input.vout].value,
            amounts.get(outpointKey(input.tx, input.vout))?.[0] ?? 0,
          ],
    );
    const [value, taint] = [0, 1].map((at) => inputs.reduce((sum, pair) => sum + pair[at], 0));
    transaction.outputs.forEach((output, vout) => {
      if (tx === seed.tx && vout === seed.vout) return;
      const found = amounts.get(outpointKey(tx, vout))?.[0] ?? 0;
      const low = Math.max(0, taint - (value - output.value));
      assert.ok(low <= found && found <= Math.min(output.value, taint), `${result.rule} at ${tx}:${vout}`);
    });
  });
}

const fifoX = (conventions: Partial<TraceConventions>, rule = 'fifo'): unknown => {
  const { chain, seeds } = exampleX();
  const { holdings, books } = traceTiny(chain, seeds, {
    rules: [rule],
    conventions: { ...DEFAULT_CONVENTIONS, ...conventions },
  }).value.rules[0];
  const outputs = [0, 1, 2].map(
    (wanted) => holdings.find(({ tx, vout }) => tx === EXAMPLE_X_TX && vout === wanted)?.taint[0][1] ?? 0,
  );
  return [...outputs, Number(books[0].fee)];
};

describe(`conventions against oracles (SEED=${FIRST_SEED}, ${GRAPHS} graphs)`, () => {
  it('rules agree under random conventions, with one to eight labels', () => {
    for (let index = 0; index < GRAPHS; index += 1) {
      const seed = FIRST_SEED + index;
      const prng = Prng.fromSeed(seed);
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 1 + (index % 8));
      const conventions = randomConventions(prng);
      try {
        const rules = prng.shuffled(Object.keys(ORACLES)).slice(0, RULES_PER_GRAPH);
        const results = traceTiny(chain, seeds, { rules, conventions }).value.rules;
        if (conventions.seedOverlap === 'multi-label') agreesAlone(chain, seeds, { conventions, results });
        else for (const result of results) agrees(chain, result, ORACLES[result.rule](chain, seeds, conventions));
      } catch (error) {
        throw new Error(`graph of seed ${seed}, ${JSON.stringify(conventions)}`, { cause: error });
      }
    }
  }).timeout(timeoutOfLaw(120_000));

  it('one label, nothing cut: every rule obeys the envelope of methods 1.2 under every convention', () => {
    for (let index = 0; index < 300; index += 1) {
      const seed = FIRST_SEED + index;
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 1).slice(0, 1);
      const conventions = {
        ...randomConventions(Prng.fromSeed(seed)),
        feeTaint: 'sink',
        haircutTxShareMillionths: null,
        // Rounding down may push a satoshi out of an output that the envelope says it cannot leave.
        haircutRounding: 'largest-remainder',
      } as const;
      for (const result of traceTiny(chain, seeds, { rules: Object.keys(ORACLES), conventions }).value.rules) {
        for (const planted of seeds) envelope(chain, planted, result);
      }
    }
  });

  it('the walk back under every convention: origins add up to the taint, and every range carries its label at both ends', () => {
    for (let index = 0; index < 120; index += 1) {
      const seed = FIRST_SEED + index;
      const prng = Prng.fromSeed(seed);
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 1 + (index % 4));
      const conventions = randomConventions(prng);
      const rules = prng.shuffled(Object.keys(ORACLES)).slice(0, RULES_PER_GRAPH);
      for (const result of traceTiny(chain, seeds, { rules, conventions }).value.rules) {
        walksBack(chain, result, ruleByName(result.rule, conventions));
      }
    }
  });

  it('example X, prorate-inputs: inputs pay 3, 2, 0 of the fee of 5, the line is c57 S28 c6 S4', () => {
    // Parts of 5 over 60, 30, 10 of 100: 3, 3/2, 1/2; floors 3, 1, 0, the sat over goes to the first of the equal remainders, the second input.
    // FIFO: c25; c32 S18; S10 c6 S4. LIFO from the end: S15 c6 S4 is 19 of 25; c37 S13 is 13 of 50; c20. Fee: c3 S2.
    assert.deepEqual(fifoX({ orderFee: 'prorate-inputs' }), [0, 18, 14, 2]);
    assert.deepEqual(fifoX({ orderFee: 'prorate-inputs' }, 'lifo'), [19, 13, 0, 2]);
  });

  it('example X, haircut: fee-first 8, 17, 7; 2 and rounded down 8, 17, 6; 3', () => {
    // fee-first: the outputs' part is 34 x 95 / 100 = 32.3, so 32, and the fee has 2; 32 over 25, 50, 20 of 95 is 8.4, 16.8, 6.7: 8, 17, 7.
    assert.deepEqual(fifoX({ haircutFee: 'fee-first' }, 'haircut'), [8, 17, 7, 2]);
    // down: 8.5, 17, 6.8 become 8, 17, 6; the 3 left over of 34 fit into the fee of 5.
    assert.deepEqual(fifoX({ haircutRounding: 'down' }, 'haircut'), [8, 17, 6, 3]);
  });

  it('a transaction is followed under haircut only above the share: 34 of 100 against 0.34 and 0.339999', () => {
    assert.deepEqual(fifoX({ haircutTxShareMillionths: 340_000 }, 'haircut'), [0, 0, 0, 0]);
    assert.deepEqual(fifoX({ haircutTxShareMillionths: 339_999 }, 'haircut'), [8, 17, 7, 2]);
  });

  it('a seed on tainted ground: fills it, takes it, or lies over it', () => {
    // A 10 goes with 5 clean into 15, which is seeded as B.
    const chain: TinyChain = {
      transactions: [
        { coinbase: false, height: 1, inputs: [{ external: 10 }], outputs: [{ value: 10 }] },
        { coinbase: false, height: 2, inputs: [{ tx: 0, vout: 0 }, { external: 5 }], outputs: [{ value: 15 }] },
      ],
    };
    const seeds = [
      { tx: 0, vout: 0, label: 0 },
      { tx: 1, vout: 0, label: 1 },
    ];
    const rests = (seedOverlap: TraceConventions['seedOverlap'], rule: string): unknown =>
      traceTiny(chain, seeds, {
        rules: [rule],
        conventions: { ...DEFAULT_CONVENTIONS, seedOverlap },
      }).value.rules[0].holdings.map(({ status, reason, taint }) => [status, reason, taint]);
    for (const rule of ['fifo', 'haircut', 'tiho']) {
      assert.deepEqual(rests('first-wins', rule), [
        [
          'unspent',
          null,
          [
            [0, 10],
            [1, 5],
          ],
        ],
      ]);
      assert.deepEqual(rests('seed-overrides', rule), [
        ['cut', 'seed-overridden', [[0, 10]]],
        ['unspent', null, [[1, 15]]],
      ]);
      assert.deepEqual(rests('multi-label', rule), [
        [
          'unspent',
          null,
          [
            [0, 10],
            [1, 15],
          ],
        ],
      ]);
    }
    assert.throws(() => rests('multi-label', 'dirty-first'), { code: 'USAGE', message: /multi-label.*dirty-first/ });
    const conventions = { ...DEFAULT_CONVENTIONS, seedOverlap: 'multi-label', haircutTxShareMillionths: 1 } as const;
    assert.throws(() => traceTiny(chain, seeds, { rules: ['haircut'], conventions }), { code: 'USAGE' });
  });

  it('equal outputs under tiho: the lower vout, or the higher', () => {
    const chain: TinyChain = {
      transactions: [
        { coinbase: false, height: 1, inputs: [{ external: 4 }], outputs: [{ value: 4 }] },
        {
          coinbase: false,
          height: 2,
          inputs: [{ tx: 0, vout: 0 }, { external: 6 }],
          outputs: [{ value: 5 }, { value: 5 }],
        },
      ],
    };
    for (const [tihoTies, vout] of [
      ['lower-vout', 0],
      ['higher-vout', 1],
    ] as const) {
      const conventions = { ...DEFAULT_CONVENTIONS, tihoTies };
      const [{ holdings }] = traceTiny(chain, [{ tx: 0, vout: 0, label: 0 }], { rules: ['tiho'], conventions }).value
        .rules;
      assert.deepEqual(
        holdings.map((placement) => [placement.vout, placement.taint]),
        [[vout, [[0, 4]]]],
      );
    }
  });
});
