/** LIFO (both), TIHO, seniority and the in/out family against their slow oracles on random graphs. */
import assert from 'node:assert/strict';
import { DEFAULT_CONVENTIONS, imbalance, RULE_NAMES, type TraceConventions } from '../../src/taint/index.ts';
import {
  fifoOracle,
  type InOrder,
  inOutOracle,
  lifoReverseOracle,
  lifoStackOracle,
  type OutOrder,
} from '../oracle/fifo.ts';
import { EXAMPLE_X_TX, exampleX } from '../oracle/fixtures.ts';
import { seniorityOracle, tihoOracle } from '../oracle/haircut-integer.ts';
import { graphsOfLaw } from '../support/graph-count.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import { labelCountOf, outpointKey, type TinyChain, type TinySeed, type TinyTx } from '../support/tiny-chain.ts';
import { firstOutputs, traceTiny } from '../support/tiny-view.ts';

const GRAPHS = graphsOfLaw(1_500);
const FIRST_SEED = Number(process.env.SEED ?? 7_000_000);

type Slow = (
  chain: TinyChain,
  seeds: readonly TinySeed[],
  conventions: Partial<TraceConventions>,
) => { readonly taint: ReadonlyMap<string, readonly number[]> };

const ORACLES: Record<string, Slow> = {
  lifo: lifoStackOracle,
  'lifo-reverse': lifoReverseOracle,
  tiho: tihoOracle,
  seniority: seniorityOracle,
};
for (const x of ['F', 'L', 'T', 'C', 'H', 'S'] as InOrder[]) {
  for (const y of ['F', 'L', 'H', 'S'] as OutOrder[]) {
    ORACLES[`inout:${x}${y}`] = (chain, seeds, conventions) =>
      inOutOracle(chain, seeds, { in: x, out: y }, conventions);
  }
}

function check(rule: string, chain: TinyChain, seeds: readonly TinySeed[], conventions: TraceConventions): void {
  const result = traceTiny(chain, seeds, { rules: [rule], conventions }).value.rules[0];
  const first = firstOutputs(chain);
  const labels = labelCountOf(seeds);
  const found = new Map<string, number[]>();
  for (const { output, tx, taint } of [...result.holdings, ...result.passed]) {
    const amounts = new Array<number>(labels).fill(0);
    for (const [label, amountSat] of taint) amounts[label] = amountSat;
    found.set(outpointKey(tx, output - first[tx]), amounts);
  }
  for (const [key, amounts] of ORACLES[rule](chain, seeds, conventions).taint) {
    assert.deepEqual(found.get(key) ?? amounts.map(() => 0), [...amounts], `${rule} at ${key}`);
  }
  for (const book of result.books) assert.equal(imbalance(book), 0n);
}

describe(`further rules against oracles (SEED=${FIRST_SEED})`, () => {
  for (const [at, rule] of Object.keys(ORACLES).entries()) {
    it(`${rule} on ${rule.startsWith('inout') ? GRAPHS / 5 : GRAPHS} random graphs`, () => {
      for (let index = 0; index < (rule.startsWith('inout') ? GRAPHS / 5 : GRAPHS); index += 1) {
        const seed = FIRST_SEED + at * GRAPHS + index;
        const chain = randomChain(seed);
        const conventions: TraceConventions = {
          ...DEFAULT_CONVENTIONS,
          feeTaint: index % 2 === 0 ? 'sink' : 'propagate',
          coinbaseOrder: index % 4 < 2 ? 'fees-first' : 'subsidy-first',
        };
        try {
          check(rule, chain, randomSeeds(chain, seed, 1 + (index % 8)), conventions);
        } catch (error) {
          throw new Error(`graph of seed ${seed}`, { cause: error });
        }
      }
    });
  }

  it('running example X: lifo 19,15,0;0, reverse 20,10,0;4, tiho 0,34,0;0, inout:CS 0,29,0;5, seniority 25,9,0;0', () => {
    const { chain, seeds } = exampleX();
    const wanted: Record<string, [number[], bigint]> = {
      lifo: [[19, 15, 0], 0n],
      'lifo-reverse': [[20, 10, 0], 4n],
      tiho: [[0, 34, 0], 0n],
      'inout:CS': [[0, 29, 0], 5n],
      seniority: [[25, 9, 0], 0n],
    };
    for (const [rule, [outputs, fee]] of Object.entries(wanted)) {
      const { holdings, books } = traceTiny(chain, seeds, { rules: [rule] }).value.rules[0];
      const taint = [0, 0, 0];
      for (const { tx, vout, taint: amounts } of holdings) if (tx === EXAMPLE_X_TX) taint[vout] = amounts[0][1];
      assert.deepEqual([taint, books[0].fee], [outputs, fee], rule);
    }
  });

  it('without fees both LIFOs give the same amounts to every output of one hop (invariant 3); inout:FF is fifo; tiho does not add up', () => {
    let apart = 0;
    for (let seed = 1; seed <= 300; seed += 1) {
      const chain = randomChain(seed, { noFees: true });
      const seeds = randomSeeds(chain, seed, 1);
      const stack = lifoStackOracle(chain, seeds).taint;
      const engine = (rule: string): Map<string, number> => {
        const { holdings, passed } = traceTiny(chain, seeds, { rules: [rule] }).value.rules[0];
        return new Map(
          [...holdings, ...passed].map(({ tx, vout, taint }) => [outpointKey(tx, vout), taint[0]?.[1] ?? 0]),
        );
      };
      const [reverse, fifo, pair] = [engine('lifo-reverse'), engine('fifo'), engine('inout:FF')];
      for (const [key, [amount]] of stack) assert.equal(reverse.get(key) ?? 0, amount, `seed ${seed}, ${key}`);
      for (const [key, [amount]] of fifoOracle(chain, seeds).taint)
        assert.deepEqual([fifo.get(key) ?? 0, pair.get(key) ?? 0], [amount, amount]);
      const [left, right] = [seeds.slice(0, 1), seeds.slice(1)];
      const sum = (given: TinySeed[]): number[] =>
        [...tihoOracle(chain, given).taint.values()].map(([amount]) => amount ?? 0);
      if (
        right.length > 0 &&
        JSON.stringify(sum(seeds)) !== JSON.stringify(sum(left).map((amount, index) => amount + sum(right)[index]))
      )
        apart += 1;
    }
    assert.ok(apart > 0, 'TIHO must fail additivity somewhere');
  });

  it('dirty-first follows pure taint to the first mixed transaction and with it, pure-dirty-first to before it', () => {
    // 100 seeded -> 100 (pure) -> joined with 50 clean into 120 + 30 (mixed: 30 is [S0 c30]) -> each spent again.
    const pay = (height: number, inputs: TinyTx['inputs'], values: number[]): TinyTx => ({
      coinbase: false,
      height,
      inputs,
      outputs: values.map((value) => ({ value })),
    });
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 100 }], [100]),
        pay(2, [{ tx: 0, vout: 0 }], [100]),
        pay(3, [{ tx: 1, vout: 0 }, { external: 50 }], [120, 30]),
        pay(4, [{ tx: 2, vout: 0 }], [120]),
        pay(4, [{ tx: 2, vout: 1 }], [30]),
      ],
    };
    const seeds = [{ tx: 0, vout: 0, label: 0 }];
    const rests = (rule: string): unknown => {
      const { holdings, books } = traceTiny(chain, seeds, { rules: [rule] }).value.rules[0];
      assert.equal(imbalance(books[0]), 0n);
      return holdings.map(({ tx, vout, status, reason, hops, taint }) => [tx, vout, status, reason, hops, taint[0][1]]);
    };
    assert.deepEqual(rests('dirty-first'), [[2, 0, 'cut', 'mixed', 2, 100]]);
    assert.deepEqual(rests('pure-dirty-first'), [[1, 0, 'cut', 'mixed', 1, 100]]);
    assert.deepEqual(rests('fifo'), [[3, 0, 'unspent', null, 3, 100]]);
    // Where nothing clean ever comes in, both are FIFO.
    const pure: TinyChain = {
      transactions: [
        pay(1, [{ external: 9 }], [9]),
        pay(2, [{ tx: 0, vout: 0 }], [4, 0, 3]),
        pay(
          3,
          [
            { tx: 1, vout: 2 },
            { tx: 1, vout: 0 },
          ],
          [7],
        ),
      ],
    };
    for (const rule of ['dirty-first', 'pure-dirty-first']) {
      const { holdings, books } = traceTiny(pure, seeds, { rules: [rule] }).value.rules[0];
      assert.deepEqual([holdings.map(({ tx, taint }) => [tx, taint[0][1]]), books[0].fee], [[[2, 7]], 2n], rule);
    }
  });

  it('pure-dirty-first leaves fee taint with who paid it when the coinbase would mix it', () => {
    // 9 sat seeded, 3 of them paid as fee; the coinbase adds a subsidy of 5, and its one output of 8 holds clean satoshi.
    const chain: TinyChain = {
      transactions: [
        { coinbase: false, height: 1, inputs: [{ external: 9 }], outputs: [{ value: 9 }] },
        { coinbase: false, height: 2, inputs: [{ tx: 0, vout: 0 }], outputs: [{ value: 6 }] },
        { coinbase: true, height: 2, subsidy: 5, inputs: [], outputs: [{ value: 8 }] },
      ],
    };
    const seeds = [{ tx: 0, vout: 0, label: 0 }];
    const { books, holdings, transactions } = traceTiny(chain, seeds, {
      rules: ['pure-dirty-first'],
      conventions: { ...DEFAULT_CONVENTIONS, feeTaint: 'propagate' },
    }).value.rules[0];
    assert.deepEqual([books[0].fee, books[0].held], [3n, 6n]);
    assert.deepEqual(
      holdings.map(({ tx }) => tx),
      [1],
    );
    assert.deepEqual(transactions.at(-1), { tx: 1, orderKey: 2, feeTaint: [[0, 3]] });
  });

  it('the names of the contract are known, others are refused with the list', () => {
    assert.deepEqual(
      [...RULE_NAMES].join(' '),
      'haircut fifo lifo lifo-reverse tiho seniority dirty-first pure-dirty-first poison',
    );
    const { chain, seeds } = exampleX();
    for (const wrong of ['inout:FX', 'inout:', 'FIFO', 'toString', 'inout:FFF']) {
      assert.throws(() => traceTiny(chain, seeds, { rules: [wrong] }), { code: 'USAGE' });
    }
  });
});
