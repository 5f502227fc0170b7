/** Unknown history: the intervals hold the truth whatever is missing, and taking a transaction away narrows none. */
import assert from 'node:assert/strict';
import { type LedgerView, type TxId, txId } from '../../src/ledger/index.ts';
import {
  DEFAULT_CONVENTIONS,
  RULE_NAMES,
  ruleByName,
  type TraceConventions,
  type TraceParameters,
  taintOverView,
  unknownHistory,
} from '../../src/taint/index.ts';
import { memoryView } from '../support/memory-view.ts';
import { Prng } from '../support/prng.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import type { TinyChain, TinyTx } from '../support/tiny-chain.ts';
import { tinyTerms } from '../support/tiny-view.ts';
import { without } from '../support/without.ts';

const FIRST_SEED = Number(process.env.SEED ?? 4_700_000);
const GRAPHS = Number(process.env.SPOOR_UNKNOWN_GRAPHS ?? 15);
const RULES = [
  ...RULE_NAMES.filter((rule) => rule !== 'poison'),
  'haircut outputs-only',
  'haircut fee-first',
  'tiho higher-vout',
  'fifo prorate-inputs',
  'inout:TH prorate-inputs',
  ...[...'FLTCHS'].flatMap((x) => [...'FLHS'].map((y) => `inout:${x}${y}`)),
];

/** Amounts of the ordinary trace by output and label, and the intervals. */
function ask(
  view: LedgerView,
  terms: Omit<TraceParameters, 'rules'>,
  rule: string,
): {
  amounts: Map<string, number>;
  ends: Map<string, readonly [number, number]>;
  answer: ReturnType<typeof unknownHistory>;
} {
  const ordinary = taintOverView(view, { ...terms, rules: [rule] }).value.rules[0];
  const answer = unknownHistory(view, {
    ...terms,
    rule: ruleByName(rule, terms.conventions),
    untilHeight: terms.limits.untilHeight,
    ordinary,
  });
  const amounts = new Map<string, number>();
  for (const { output, taint } of [...ordinary.holdings, ...ordinary.passed])
    for (const [label, sat] of taint) amounts.set(`${output} ${label}`, (amounts.get(`${output} ${label}`) ?? 0) + sat);
  const ends = new Map(
    answer.outputs.flatMap(({ output, intervals }) =>
      intervals.map(({ label, lowerSat, upperSat }) => [`${output} ${label}`, [lowerSat, upperSat] as const] as const),
    ),
  );
  return { amounts, ends, answer };
}

const NOTHING = [0, 0] as const;

/** Every output of the view by label, without those of hidden transactions. */
function keysOf(chain: TinyChain, hidden: ReadonlySet<TxId>, labels: number): string[] {
  let output = 0;
  return chain.transactions.flatMap(({ outputs }, tx) =>
    outputs.flatMap(() => {
      output += 1;
      return hidden.has(txId(tx)) ? [] : Array.from({ length: labels }, (_, label) => `${output - 1} ${label}`);
    }),
  );
}

/** The convention that a variant of a rule is named after. */
function variant(name: string | undefined): Partial<TraceConventions> {
  if (name === 'outputs-only' || name === 'fee-first') return { haircutFee: name };
  if (name === 'higher-vout') return { tihoTies: name };
  return name === 'prorate-inputs' ? { orderFee: name } : {};
}

describe(`unknown history (SEED=${FIRST_SEED}, SPOOR_UNKNOWN_GRAPHS=${GRAPHS})`, () => {
  for (const [at, name] of RULES.entries()) {
    it(`${name}: the truth stays inside whatever is missing, and no transaction taken away narrows anything`, () => {
      const [rule] = name.split(' ');
      let wide = 0;
      for (let index = 0; index < (name.startsWith('inout') ? Math.ceil(GRAPHS / 3) : GRAPHS); index += 1) {
        const seed = FIRST_SEED + at * 1000 + index;
        const chain = randomChain(seed, { everyCoinbase: index % 4 === 1 });
        const prng = Prng.fromSeed(seed ^ 0x0707);
        const seeds = randomSeeds(chain, seed, 1 + (index % 3));
        const terms = tinyTerms(chain, seeds, {
          conventions: {
            ...DEFAULT_CONVENTIONS,
            feeTaint: index % 2 === 0 ? 'sink' : 'propagate',
            coinbaseOrder: index % 4 < 2 ? 'fees-first' : 'subsidy-first',
            ...variant(name.split(' ')[1]),
          },
          serviceAddresses: new Set(index % 3 === 0 ? [3] : []),
          limits: { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: index % 5 === 4 ? 5 : null },
        });
        const seeded = new Set(seeds.map(({ tx }) => tx));
        const order = prng.shuffled(chain.transactions.map((_, tx) => tx).filter((tx) => !seeded.has(tx)));
        const values = index % 3 === 2 ? 'lost' : 'kept';
        const truth = ask(memoryView(chain), terms, rule);
        const holds = (hidden: ReadonlySet<TxId>, larger: typeof truth, of: string): typeof truth => {
          const smaller = ask(without(memoryView(chain), hidden, values), terms, rule);
          for (const key of keysOf(chain, hidden, terms.labelCount)) {
            const [lower, upper] = smaller.ends.get(key) ?? NOTHING;
            const [lowerBefore, upperBefore] = larger.ends.get(key) ?? NOTHING;
            const place = `seed ${seed}, output ${key}, ${of}: [${lower}, ${upper}] before [${lowerBefore}, ${upperBefore}]`;
            assert.ok(lower <= lowerBefore && upper >= upperBefore, `${place} is narrower`);
            for (const amount of [truth.amounts.get(key) ?? 0, smaller.amounts.get(key) ?? 0])
              assert.ok(lower <= amount && amount <= upper, `${place} leaves out ${amount}`);
            if (lower < upper) wide += 1;
          }
          return smaller;
        };
        holds(new Set(), truth, 'all');
        for (const tx of order) holds(new Set([txId(tx)]), truth, `without ${tx}`);
        // One after the other: each step only widens.
        const gone = new Set<TxId>();
        let before = truth;
        for (const tx of order.slice(0, 6)) {
          gone.add(txId(tx));
          before = holds(new Set(gone), before, `without ${[...gone].join()}`);
        }
      }
      assert.ok(wide > 0, 'something was unknown');
    });
  }

  it('an input without history matters from the block on in which taint left the facts, and no more than what left', () => {
    // 100 seeded; 40 go to an output that nothing here spends, 60 are joined with 50 of unknown history, first or second.
    const chain = (order: readonly number[]): TinyChain => {
      const inputs: TinyTx['inputs'] = [{ tx: 1, vout: 1 }, { external: 50 }];
      return {
        transactions: [
          pay(1, [{ external: 100 }], [100]),
          pay(2, [{ tx: 0, vout: 0 }], [40, 60]),
          pay(
            3,
            order.map((at) => inputs[at]),
            [80, 30],
          ),
        ],
      };
    };
    const seeds = [{ tx: 0, vout: 0, label: 0 }];
    const at = (rule: string, order: readonly number[]): unknown => {
      const given = chain(order);
      const { ends, answer } = ask(memoryView(given), tinyTerms(given, seeds), rule);
      // Nothing spends the last outputs, so in the end all of the 100 is out of sight.
      assert.deepEqual([answer.openInputs, answer.openSat, answer.outOfSightSat], [1, 50n, [100n]]);
      return [ends.get('3 0'), ends.get('4 0')];
    };
    // fifo: [S60 u50] gives [S60 u20] and [u30]; at most the 40 that left can be in them.
    assert.deepEqual(at('fifo', [0, 1]), [
      [60, 80],
      [0, 30],
    ]);
    // The other way round: [u50 S60] gives [u50 S30] and [S30]; of the 50 at most 40 are the seed's.
    assert.deepEqual(at('fifo', [1, 0]), [
      [30, 70],
      [30, 30],
    ]);
    // tiho: 60 fill the 80 first, and 110 would fill both; 60 + 40 are the most there is.
    assert.deepEqual(at('tiho', [0, 1]), [
      [60, 80],
      [0, 30],
    ]);
    // haircut: 60 x 80/110 = 43.6 and 80; 60 x 30/110 = 16.4 and 30.
    assert.deepEqual(at('haircut', [0, 1]), [
      [43, 80],
      [16, 30],
    ]);
  });

  it('taint that went wholly to a fee has ended once, also where a rule stops before mixing', () => {
    // 15 are seeded: 10 end in a fee, 5 stay where nothing spends them. An input of 20 without history holds at most those 5.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 10 }], [10]),
        pay(1, [{ external: 5 }], [5]),
        pay(2, [{ tx: 0, vout: 0 }], [0]),
        pay(3, [{ external: 20 }], [20]),
      ],
    };
    const seeds = [0, 1].map((tx) => ({ tx, vout: 0, label: 0 }));
    for (const rule of ['pure-dirty-first', 'fifo']) {
      const { ends } = ask(memoryView(chain), tinyTerms(chain, seeds), rule);
      assert.deepEqual(ends.get('3 0'), [0, 5], rule);
    }
  });

  it('as long as all taint is in sight nothing is unknown, however many inputs have no history', () => {
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 100 }], [100]),
        pay(2, [{ tx: 0, vout: 0 }, { external: 50 }], [150]),
        pay(3, [{ tx: 1, vout: 0 }, { external: 50 }], [90, 110]),
      ],
    };
    for (const rule of RULES) {
      const [name] = rule.split(' ');
      const { amounts, ends, answer } = ask(memoryView(chain), tinyTerms(chain, [{ tx: 0, vout: 0, label: 0 }]), name);
      for (const output of [0, 1]) {
        const amount = amounts.get(`${output} 0`) ?? 0;
        if (!name.includes('dirty'))
          assert.deepEqual(ends.get(`${output} 0`), [amount, amount], `${rule}, output ${output}`);
      }
      // In block 3 the last outputs are made, which nothing spends: only there an input could be of the seed, had it come round within the block.
      assert.equal(answer.openInputs, name.includes('dirty') ? 0 : 1, rule);
    }
  });
});

function pay(height: number, inputs: TinyTx['inputs'], values: readonly number[]): TinyTx {
  return { coinbase: false, height, inputs, outputs: values.map((value) => ({ value })) };
}
