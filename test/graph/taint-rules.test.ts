/** The array engines of one label against the general engine of the taint room: every rule and convention, coin by coin, to the satoshi. */
import assert from 'node:assert/strict';
import type { MoneyGraph, TaintedCoin, TaintQuestion } from '../../src/graph/index.ts';
import { DEFAULT_CONVENTIONS, RULE_NAMES, type RuleResult, type TraceConventions } from '../../src/taint/index.ts';
import { graphModule, tinyGraph } from '../support/graph-block.ts';
import { graphsOfLaw } from '../support/graph-count.ts';
import { Prng } from '../support/prng.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import type { TinyChain, TinySeed, TinyTx } from '../support/tiny-chain.ts';
import { traceTiny } from '../support/tiny-view.ts';

const GRAPHS = Math.ceil(graphsOfLaw(1_000) / 10);
const FIRST_SEED = Number(process.env.SEED ?? 31_415_926);
const PAIRS = [...'FLTCHS'].flatMap((lining) => [...'FLHS'].map((serving) => `inout:${lining}${serving}`));
/** Of the in/out family so many on each graph. */
const PAIRS_EACH = 4;

/** Nothing of the chain is spent outside of it, as in a whole chain. */
function closed({ transactions }: TinyChain): TinyChain {
  return {
    transactions: transactions.map((transaction) => ({
      ...transaction,
      outputs: transaction.outputs.map(({ statedSpent: _, ...output }) => output),
    })),
  };
}

function conventionsOf(prng: Prng): TraceConventions {
  return {
    ...DEFAULT_CONVENTIONS,
    feeTaint: prng.chance(0.5) ? 'sink' : 'propagate',
    coinbaseOrder: prng.chance(0.5) ? 'fees-first' : 'subsidy-first',
    haircutFee: prng.chance(0.5) ? 'share' : 'outputs-only',
  };
}

type Rest = readonly [tx: number, vout: number, valueSat: number, taintSat: number, hops: number, status: string];

function byPlace(a: Rest, b: Rest): number {
  return a[0] - b[0] || a[1] - b[1];
}

function expectedOf({ holdings, books, conserves }: RuleResult): object {
  const rests = holdings.map(
    ({ tx, vout, valueSat, taint, hops, status }): Rest => [tx, vout, valueSat, taint[0][1], hops, status],
  );
  const [book] = books;
  return {
    rests: rests.sort(byPlace),
    ...(conserves
      ? { seeded: book.seeded, held: book.held, fee: book.fee, cut: book.cut, burned: book.burned }
      : { seeded: 0n, held: 0n, fee: 0n, cut: 0n, burned: 0n }),
  };
}

/** A chain in the graph, asked rule after rule, so that each run has to clear what the last one left. */
class Asked {
  private readonly chain: ReturnType<typeof tinyGraph>;

  constructor(module: WebAssembly.Module, chain: TinyChain) {
    this.chain = tinyGraph(module, chain);
  }

  found(rule: string, seeds: readonly TinySeed[], conventions: TraceConventions): object {
    const { graph, numbers, txOf, subsidies } = this.chain;
    const run = graph.taint({
      rule,
      seeds: seeds.map(({ tx, vout }) => seedOf(graph, numbers[tx], vout)),
      feeTaint: conventions.feeTaint,
      coinbaseOrder: conventions.coinbaseOrder,
      haircutFee: conventions.haircutFee === 'outputs-only' ? 'outputs-only' : 'share',
      subsidySat: (block) => subsidies[block],
    });
    const rests: Rest[] = [];
    run.rests(({ transaction, vout, valueSat, taintSat, hops, status }: TaintedCoin) => {
      rests.push([txOf.get(transaction) as number, vout, valueSat, taintSat, hops, status]);
    });
    const { seededSat, heldSat, feeSat, cutSat, burnedSat } = run.books;
    return {
      rests: rests.sort(byPlace),
      seeded: seededSat,
      held: heldSat,
      fee: feeSat,
      cut: cutSat,
      burned: burnedSat,
    };
  }
}

function seedOf(graph: MoneyGraph, transaction: number, vout: number): TaintQuestion['seeds'][number] {
  return { transaction, output: graph.firstOutput(transaction) + vout };
}

describe(`taint over the graph (SEED=${FIRST_SEED})`, () => {
  let module: WebAssembly.Module;
  before(() => {
    module = graphModule();
  });

  it(`gives what the general engine gives on ${GRAPHS} random graphs, every rule and ${PAIRS_EACH} of the family on each`, () => {
    const seen = new Set<string>();
    for (let seed = FIRST_SEED; seed < FIRST_SEED + GRAPHS; seed += 1) {
      const prng = Prng.fromSeed(seed);
      const scale = prng.chance(0.3) ? 400_000_000_007 : 1;
      const chain = closed(randomChain(seed, { everyCoinbase: true, transactions: prng.between(10, 40), scale }));
      const seeds = randomSeeds(chain, seed, prng.between(1, 4)).map((planted) => ({ ...planted, label: 0 }));
      const conventions = conventionsOf(prng);
      const rules = [...RULE_NAMES, ...prng.shuffled(PAIRS).slice(0, PAIRS_EACH)];
      const asked = new Asked(module, chain);
      const expected = traceTiny(chain, seeds, { rules, conventions, keepTrail: false }).value.rules;
      rules.forEach((rule, at) => {
        const wanted = expectedOf(expected[at]);
        assert.deepEqual(asked.found(rule, seeds, conventions), wanted, `${rule} on the graph of seed ${seed}`);
        for (const { status, reason } of expected[at].holdings) seen.add(`${status} ${reason}`);
      });
    }
    assert.deepEqual([...seen].sort(), ['burned unspendable', 'cut mixed', 'unspent null']);
  });

  const pay = (inputs: TinyTx['inputs'], values: readonly number[]): TinyTx => ({
    coinbase: false,
    height: 1,
    inputs,
    outputs: values.map((value) => ({ value })),
  });

  it('serves and lines up hundreds and thousands by value as the general engine does, equals by place', () => {
    const prng = Prng.fromSeed(FIRST_SEED);
    for (const count of [3, 9, 300, 9000]) {
      const values = Array.from({ length: count }, () => 1 + prng.int(count));
      const total = values.reduce((sum, value) => sum + value, 0);
      const spent = prng.shuffled(values.map((_, vout) => ({ tx: 1, vout })));
      const chain = {
        transactions: [
          pay([{ external: total - 7 }], [total - 7]),
          pay([{ external: 7 + count }, { tx: 0, vout: 0 }], values),
          pay([...spent, { external: 5 }], [...values].reverse()),
        ],
      };
      const seeds = [{ tx: 0, vout: 0, label: 0 }];
      const rules = ['tiho', 'inout:HS', 'inout:SH', 'haircut'];
      const expected = traceTiny(chain, seeds, { rules, keepTrail: false }).value.rules;
      const asked = new Asked(module, chain);
      rules.forEach((rule, at) => {
        assert.deepEqual(
          asked.found(rule, seeds, DEFAULT_CONVENTIONS),
          expectedOf(expected[at]),
          `${rule}, ${count} outputs`,
        );
      });
    }
  });

  it('fills the highest as far as the taint goes, whatever part of the outputs that is', () => {
    const prng = Prng.fromSeed(FIRST_SEED + 1);
    for (const count of [3, 9, 40, 300, 9000]) {
      // Few different values, so that many are equal; and one above 2^51, for which words have no room.
      for (const most of [3, 1_000_000, 2 ** 52]) {
        const values = Array.from({ length: count }, () => prng.int(Math.min(most, 1_000_000)));
        if (most > 1_000_000) values[count - 1] = most;
        const total = values.reduce((sum, value) => sum + value, 0);
        for (const part of [0.02, 0.3, 0.5, 0.9]) {
          const taint = Math.floor(total * part);
          const chain = {
            transactions: [
              pay([{ external: taint }], [taint]),
              pay([{ external: total - taint }, { tx: 0, vout: 0 }], values),
            ],
          };
          const seeds = [{ tx: 0, vout: 0, label: 0 }];
          const expected = traceTiny(chain, seeds, { rules: ['tiho'], keepTrail: false }).value.rules[0];
          assert.deepEqual(
            new Asked(module, chain).found('tiho', seeds, DEFAULT_CONVENTIONS),
            expectedOf(expected),
            `${count} outputs below ${most}, ${taint} of ${total}`,
          );
        }
      }
    }
  });

  it('keeps a list of 140,000 runs, and gives its memory back', () => {
    // Every second satoshi is tainted, the first one too: of the first 100,001 are 50,001, of the last 39,999 are 19,999.
    const half = 70_000;
    const mixed = Array.from({ length: half }, (_, vout) => [{ tx: 1, vout }, { external: 1 }]).flat();
    const chain = {
      transactions: [
        pay([{ external: half }], [half]),
        pay([{ tx: 0, vout: 0 }], new Array<number>(half).fill(1)),
        pay(mixed, [2 * half]),
        pay([{ tx: 2, vout: 0 }], [100_001, 39_999]),
      ],
    };
    const asked = new Asked(module, chain);
    const seeds = [{ tx: 0, vout: 0, label: 0 }];
    for (let again = 0; again < 3; again += 1) {
      const { rests } = asked.found('fifo', seeds, DEFAULT_CONVENTIONS) as { rests: Rest[] };
      assert.deepEqual(rests, [
        [3, 0, 100_001, 50_001, 3, 'unspent'],
        [3, 1, 39_999, 19_999, 3, 'unspent'],
      ]);
    }
  });
});
