/** The k best paths against enumeration on random graphs, by hand on a small one, and their bounds. */
import assert from 'node:assert/strict';
import { moneyPaths, PATH_ORDERS, type PathQuestion } from '../../src/graph/index.ts';
import { outputId } from '../../src/ledger/index.ts';
import { moneyPathOracle, type TinyOutpoint, type TinyPathQuestion } from '../oracle/money-path.ts';
import { memoryView } from '../support/memory-view.ts';
import { Prng } from '../support/prng.ts';
import { randomChain } from '../support/random-chain.ts';
import type { TinyChain } from '../support/tiny-chain.ts';
import { firstOutputs } from '../support/tiny-view.ts';

const GRAPHS = Number(process.env.SPOOR_PATH_GRAPHS ?? 600);

/** The engine's answer in the words of the oracle. */
function engine(chain: TinyChain, question: TinyPathQuestion, bounds: Partial<PathQuestion> = {}) {
  const first = firstOutputs(chain);
  const set = (list: readonly TinyOutpoint[]) => new Set(list.map(({ tx, vout }) => outputId(first[tx] + vout)));
  const view = memoryView(chain);
  const { paths, explored, openEnds } = moneyPaths(
    view,
    {
      ...question,
      from: set(question.from),
      to: set(question.to),
      maxTransactions: 1000,
      passes: ({ tx }) => !question.refused.has(tx),
      ...bounds,
    },
    (tx) => question.timeSec[tx],
  );
  const text = paths.map(({ outputs, transactions, bottleneckSat, elapsedSec }) => {
    const made = outputs.map((output) => view.output(output));
    assert.deepEqual(
      transactions,
      made.slice(1).map(({ tx }) => tx),
    );
    return { outputs: made.map(({ tx, vout }) => ({ tx: Number(tx), vout })), bottleneckSat, elapsedSec };
  });
  return { paths: text, explored, openEnds };
}

function addressed(chain: TinyChain, prng: Prng): TinyChain {
  return {
    transactions: chain.transactions.map((transaction) => ({
      ...transaction,
      outputs: transaction.outputs.map((output) => ({ ...output, address: prng.int(6) })),
    })),
  };
}

function randomQuestion(chain: TinyChain, prng: Prng): TinyPathQuestion {
  const outputs = chain.transactions.flatMap(({ outputs: made }, tx) => made.map((_, vout) => ({ tx, vout })));
  const half = outputs[Math.floor(outputs.length / 2)]?.tx ?? 0;
  const early = outputs.filter(({ tx }) => tx <= half || prng.chance(0.1));
  const late = outputs.filter(({ tx }) => tx >= half || prng.chance(0.1));
  return {
    from: prng.shuffled(early).slice(0, prng.between(2, 10)),
    to: prng.shuffled(late).slice(0, prng.between(2, 10)),
    by: prng.pick(PATH_ORDERS),
    count: prng.pick([1, 2, 3, 1000]),
    maxHops: prng.pick([2, 3, 4, 50]),
    skipAddresses: new Set(prng.chance(0.5) ? [] : [prng.int(6)]),
    refused: new Set(prng.chance(0.7) ? [] : [prng.int(chain.transactions.length)]),
    // Block times of the real chain go back by up to two hours; some sources give none.
    timeSec: chain.transactions.map((_, tx) => (prng.chance(0.1) ? null : tx * 10 + prng.int(25))),
  };
}

describe('money paths', () => {
  it(`are the k best of all there are, on ${GRAPHS} random graphs`, () => {
    let found = 0;
    for (let seed = 1; seed <= GRAPHS; seed += 1) {
      const prng = Prng.fromSeed(seed ^ 0xa7);
      const chain = addressed(randomChain(seed, { transactions: prng.between(12, 30), maxRootSat: 12 }), prng);
      const question = randomQuestion(chain, prng);
      const { paths, explored } = engine(chain, question);
      assert.deepEqual(paths, moneyPathOracle(chain, question), `seed ${seed}, by ${question.by}`);
      assert.equal(explored.cutShort, false);
      found += paths.length;
    }
    assert.ok(found > GRAPHS, `only ${found} paths were compared`);
  });

  /**
   * By hand. Root outputs 0:0 (100) and 0:1 (40). 1 spends 0:0 and makes 1:0 (60), 1:1 (30). 2 spends 1:0, makes 2:0 (55). 3 spends 2:0 and
   * 1:1, makes 3:0 (80). 4 spends 0:1, makes 4:0 (35). 5 spends 3:0 and 4:0, makes 5:0 (110) and 5:1 (0, spent out of sight).
   */
  const byHand: TinyChain = {
    transactions: [
      { coinbase: false, height: 1, inputs: [{ external: 140 }], outputs: [{ value: 100 }, { value: 40 }] },
      { coinbase: false, height: 2, inputs: [{ tx: 0, vout: 0 }], outputs: [{ value: 60 }, { value: 30 }] },
      { coinbase: false, height: 3, inputs: [{ tx: 1, vout: 0 }], outputs: [{ value: 55 }] },
      {
        coinbase: false,
        height: 4,
        inputs: [
          { tx: 2, vout: 0 },
          { tx: 1, vout: 1 },
        ],
        outputs: [{ value: 80 }],
      },
      { coinbase: false, height: 5, inputs: [{ tx: 0, vout: 1 }], outputs: [{ value: 35 }] },
      {
        coinbase: false,
        height: 6,
        inputs: [
          { tx: 3, vout: 0 },
          { tx: 4, vout: 0 },
        ],
        outputs: [{ value: 110 }, { value: 0, statedSpent: true }],
      },
    ],
  };
  const asked: TinyPathQuestion = {
    from: [
      { tx: 0, vout: 0 },
      { tx: 0, vout: 1 },
    ],
    to: [{ tx: 5, vout: 0 }],
    by: 'value',
    count: 10,
    maxHops: 10,
    skipAddresses: new Set(),
    refused: new Set(),
    timeSec: [0, 10, 20, 30, 40, 50],
  };
  const ways = (question: TinyPathQuestion): string[] =>
    engine(byHand, question).paths.map(({ outputs }) => outputs.map(({ tx, vout }) => `${tx}:${vout}`).join(' '));

  it('by hand: the widest carries 55, then 35, then 30; fewest hops first puts the two-hop path before', () => {
    const [wide, side, narrow] = ['0:0 1:0 2:0 3:0 5:0', '0:1 4:0 5:0', '0:0 1:1 3:0 5:0'];
    assert.deepEqual(ways(asked), [wide, side, narrow]);
    assert.deepEqual(
      engine(byHand, asked).paths.map(({ bottleneckSat, elapsedSec }) => [bottleneckSat, elapsedSec]),
      [
        [55, 50],
        [35, 50],
        [30, 50],
      ],
    );
    assert.deepEqual(ways({ ...asked, by: 'hops' }), [side, narrow, wide]);
    assert.deepEqual(ways({ ...asked, maxHops: 3 }), [side, narrow]);
    assert.deepEqual(ways({ ...asked, refused: new Set([3]) }), [side]);
  });

  it('a path starts with its last output of the start: from the same and a later one, only the later', () => {
    const from = [
      { tx: 0, vout: 0 },
      { tx: 2, vout: 0 },
    ];
    assert.deepEqual(ways({ ...asked, from }), ['2:0 3:0 5:0', '0:0 1:1 3:0 5:0']);
  });

  it('says what it did not see: a cut search, an output spent out of sight', () => {
    const few = engine(byHand, asked, { maxTransactions: 2 });
    assert.equal(few.explored.cutShort, true);
    assert.equal(few.explored.transactions, 2);
    const beyond = { ...asked, to: [{ tx: 5, vout: 0 }], from: [{ tx: 5, vout: 1 }] };
    assert.deepEqual(engine(byHand, beyond).openEnds, [{ output: 8, valueSat: 0 }]);
    assert.deepEqual(engine(byHand, beyond).paths, []);
  });
});
