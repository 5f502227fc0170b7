/** Limits on work: the number of transactions taint may enter, and the number of runs an output may hold. Every cut and every average is named. */
import assert from 'node:assert/strict';
import {
  DEFAULT_CONVENTIONS,
  imbalance,
  RULE_NAMES,
  type RuleResult,
  type TraceConventions,
  type TraceLimits,
} from '../../src/taint/index.ts';
import { integerBooks } from '../oracle/books.ts';
import { coarseFifoOracle } from '../oracle/coarse.ts';
import { graphsOfLaw } from '../support/graph-count.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { labelCountOf, outpointKey, type TinyChain, type TinyTx } from '../support/tiny-chain.ts';
import { traceTiny } from '../support/tiny-view.ts';

const GRAPHS = graphsOfLaw(400);
const FIRST_SEED = Number(process.env.SEED ?? 20_170_512);
const NO_LIMITS: TraceLimits = { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null };

function conventions(index: number): TraceConventions {
  return {
    ...DEFAULT_CONVENTIONS,
    feeTaint: index % 2 === 0 ? 'sink' : 'propagate',
    coinbaseOrder: index % 4 < 2 ? 'fees-first' : 'subsidy-first',
    haircutFee: 'share',
  };
}

function pay(height: number, inputs: TinyTx['inputs'], values: number[]): TinyTx {
  return { coinbase: false, height, inputs, outputs: values.map((value) => ({ value })) };
}

/** Amounts and coarse marks of every tainted output, by outpoint. */
function placed(result: RuleResult, labels: number): Map<string, { amounts: number[]; mark: string | null }> {
  return new Map(
    [...result.holdings, ...result.passed].map(({ tx, vout, taint, coarse }) => {
      const amounts = new Array<number>(labels).fill(0);
      for (const [label, amountSat] of taint) amounts[label] = amountSat;
      return [outpointKey(tx, vout), { amounts, mark: coarse ?? null }];
    }),
  );
}

function compareCoarse(
  chain: TinyChain,
  seed: number,
  given: { maxRuns: number; conventions: TraceConventions },
): number {
  const seeds = randomSeeds(chain, seed, 1 + (seed % 8));
  const labelCount = labelCountOf(seeds);
  const slow = coarseFifoOracle(chain, seeds, { ...given, labelCount });
  const limits = { ...NO_LIMITS, maxSegments: given.maxRuns };
  const [fifo] = traceTiny(chain, seeds, { rules: ['fifo'], conventions: given.conventions, limits }).value.rules;
  const found = placed(fifo, labelCount);
  const marks = { here: 0, before: 0 };
  for (const [key, amounts] of slow.taint) {
    const state = slow.state.get(key)!;
    const mark = 'mark' in state && amounts.some((amount) => amount > 0) ? state.mark : null;
    if (mark !== null) marks[mark] += 1;
    const zero = { amounts: amounts.map(() => 0), mark: null };
    assert.deepEqual(found.get(key) ?? zero, { amounts: [...amounts], mark }, `fifo at ${key}`);
  }
  assert.deepEqual(fifo.coarse ?? { here: 0, before: 0 }, marks);
  integerBooks(chain, slow).forEach((book, label) => {
    const { stopped: _, ...terms } = fifo.books[label];
    assert.deepEqual(terms, book);
  });
  return marks.here;
}

describe(`limits on work (SEED=${FIRST_SEED})`, () => {
  it(`max-segments: fifo is the oracle that loses its places, on ${GRAPHS} random graphs`, () => {
    let coarse = 0;
    for (let index = 0; index < GRAPHS; index += 1) {
      const seed = FIRST_SEED + index;
      try {
        coarse += compareCoarse(randomChain(seed), seed, { maxRuns: 1 + (index % 4), conventions: conventions(index) });
      } catch (error) {
        throw new Error(`graph of seed ${seed}, ${JSON.stringify(conventions(index))}`, { cause: error });
      }
    }
    assert.ok(coarse > GRAPHS / 10, `${coarse}`);
  });

  it('max-segments by hand: three runs where two are allowed become shares of the next transaction', () => {
    // [c10 A10 c10] is one output of 30; it pays 15 and 15: fifo would give 5 and 5, haircut gives 10*15/30 = 5 and 5; of 20 and 10 fifo gives
    // 10 and 0, haircut 10*20/30 = 6.67 and 3.33, in whole satoshi 7 and 3.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 10 }], [10]),
        pay(2, [{ external: 10 }, { tx: 0, vout: 0 }, { external: 10 }], [30]),
        pay(3, [{ tx: 1, vout: 0 }], [20, 10]),
      ],
    };
    const seeds = [{ tx: 0, vout: 0, label: 0 }];
    const run = (maxSegments: number | null): unknown => {
      const [fifo] = traceTiny(chain, seeds, { rules: ['fifo'], limits: { ...NO_LIMITS, maxSegments } }).value.rules;
      const passed = fifo.passed.map(({ tx, coarse }) => [tx, coarse ?? null]);
      return [fifo.holdings.map(({ vout, taint, coarse }) => [vout, taint[0][1], coarse ?? null]), passed, fifo.coarse];
    };
    const plain = [
      [0, null],
      [1, null],
    ];
    assert.deepEqual(run(3), [[[0, 10, null]], plain, undefined]);
    assert.deepEqual(run(null), run(3));
    const shares = [
      [0, 7, 'before'],
      [1, 3, 'before'],
    ];
    assert.deepEqual(run(2), [
      shares,
      [
        [0, null],
        [1, 'here'],
      ],
      { here: 1, before: 2 },
    ]);
  });

  it('max-transactions: the first so many transactions of a rule are those of the run without it, the rest is cut and named', () => {
    let cuts = 0;
    for (let index = 0; index < GRAPHS; index += 1) {
      const seed = FIRST_SEED + index;
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 1 + (index % 8));
      const given = { rules: [...RULE_NAMES, 'inout:TL'] };
      const all = traceTiny(chain, seeds, given).value.rules;
      const maxTransactions = index % 7;
      const some = traceTiny(chain, seeds, { ...given, limits: { ...NO_LIMITS, maxTransactions } }).value.rules;
      some.forEach((rule, at) => {
        const name = `${rule.rule}, seed ${seed}`;
        assert.deepEqual(rule.transactions, all[at].transactions.slice(0, maxTransactions), name);
        for (const book of rule.books) assert.equal(imbalance(book), 0n, name);
        const cut = rule.holdings.filter(({ reason }) => reason === 'max-transactions');
        cuts += cut.length;
        // What pure-dirty-first would have cut one step later as mixed, it cuts here.
        const mixed = all[at].holdings.filter(({ reason }) => reason === 'mixed');
        const passed = new Set([...all[at].passed, ...mixed].map(({ output }) => output));
        for (const { output, status } of cut) assert.ok(status === 'cut' && passed.has(output), name);
        if (all[at].transactions.length > maxTransactions) assert.ok(cut.length > 0 || !rule.conserves, name);
        else if (mixed.length === 0) assert.deepEqual(rule, all[at], name);
      });
    }
    assert.ok(cuts > GRAPHS, `${cuts}`);
  });

  it('hops of a label that a limit cut at one input do not pass to what of it came by another, later input', () => {
    // A label of 20 beside 80 is cut at the shares below one half. 10 of it come three transactions later by another way: 3 hops, not 2.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 20 }], [20]),
        pay(1, [{ external: 80 }], [80]),
        pay(
          2,
          [
            { tx: 0, vout: 0 },
            { tx: 1, vout: 0 },
          ],
          [100],
        ),
        pay(1, [{ external: 10 }], [10]),
        pay(2, [{ tx: 3, vout: 0 }], [10]),
        pay(3, [{ tx: 4, vout: 0 }], [10]),
        pay(
          4,
          [
            { tx: 2, vout: 0 },
            { tx: 5, vout: 0 },
          ],
          [100, 10],
        ),
        pay(5, [{ tx: 6, vout: 1 }], [10]),
      ],
    };
    const seeds = [
      { tx: 0, vout: 0, label: 0 },
      { tx: 1, vout: 0, label: 1 },
      { tx: 3, vout: 0, label: 0 },
    ];
    const limits = { ...NO_LIMITS, maxHops: 3, minShareMillionths: 500_000 };
    const { value } = traceTiny(chain, seeds, { rules: ['fifo'], limits });
    const rests = value.rules[0].holdings.map(({ tx, vout, hops, reason, taint }) => [tx, vout, hops, reason, taint]);
    assert.deepEqual(rests, [
      [2, 0, 1, 'min-share', [[0, 20]]],
      [6, 0, 2, null, [[1, 80]]],
      [6, 1, 3, 'max-hops', [[0, 10]]],
    ]);
  });

  it('fee taint that meets a used-up limit at its coinbase stays booked as fee', () => {
    // 9 seeded, 3 of them paid as fee. One transaction is allowed: the payment. The coinbase would be the second.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 9 }], [9]),
        pay(2, [{ tx: 0, vout: 0 }], [6]),
        { coinbase: true, height: 2, subsidy: 5, inputs: [], outputs: [{ value: 8 }] },
      ],
    };
    const run = (maxTransactions: number): unknown => {
      const limits = { ...NO_LIMITS, maxTransactions };
      const given = { rules: ['fifo'], limits, conventions: conventions(1) };
      const { books } = traceTiny(chain, [{ tx: 0, vout: 0, label: 0 }], given).value.rules[0];
      return [books[0].held, books[0].fee];
    };
    assert.deepEqual(
      [run(1), run(2)],
      [
        [6n, 3n],
        [9n, 0n],
      ],
    );
  });
});
