/** Address taint against plain reachability over addresses in time, in both directions; its filters by hand. */
import assert from 'node:assert/strict';
import { type Address, type LedgerView, NONE, outputId } from '../../src/ledger/index.ts';
import { NO_ADDRESS_FILTER, parseAddressFilter } from '../../src/taint/address-filter.ts';
import { addressTaint } from '../../src/taint/address-taint.ts';
import {
  DEFAULT_CONVENTIONS,
  type RuleResult,
  ruleByName,
  type TraceParameters,
  taintOverView,
} from '../../src/taint/index.ts';
import { graphsOfLaw, timeoutOfLaw } from '../support/graph-count.ts';
import { memoryView } from '../support/memory-view.ts';
import { randomChain, randomSeeds } from '../support/random-chain.ts';
import {
  labelCountOf,
  outpointKey,
  type TinyChain,
  type TinyInput,
  type TinySeed,
  type TinyTx,
} from '../support/tiny-chain.ts';
import { engineSeeds, firstOutputs, tinyTerms } from '../support/tiny-view.ts';

const GRAPHS = graphsOfLaw(400);
const FIRST_SEED = Number(process.env.SEED ?? 53_000_000);

/** The view of a tiny chain with its address numbers as addresses. */
function addressView(chain: TinyChain): LedgerView {
  const base = memoryView(chain);
  const owners = chain.transactions.flatMap(({ outputs }) => outputs.map(({ address }) => address ?? NONE));
  return {
    ...base,
    output: (id) => ({ ...base.output(id), address: owners[id] === NONE ? null : (`a${owners[id]}` as Address) }),
    outputsOfAddress: (address) => owners.flatMap((owner, id) => (`a${owner}` === address ? [outputId(id)] : [])),
  };
}

function run(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  given: Partial<TraceParameters> & { rule?: string },
): RuleResult {
  const { rule = 'address-taint', ...more } = given;
  return taintOverView(addressView(chain), {
    rules: [rule],
    ...tinyTerms(chain, seeds, more),
  }).value.rules[0];
}

/** Keys of the outputs that carry a label. */
function found(chain: TinyChain, result: RuleResult, label: number): string[] {
  const first = firstOutputs(chain);
  return [...result.holdings, ...result.passed]
    .filter(({ taint }) => taint.some(([own]) => own === label))
    .map(({ tx, output }) => outpointKey(tx, output - first[tx]))
    .sort();
}

/** Owner of an output: its address, or the output itself where it has none. */
function ownerOf(chain: TinyChain, tx: number, vout: number): string {
  const { address } = chain.transactions[tx].outputs[vout];
  return address === undefined ? outpointKey(tx, vout) : `a${address}`;
}

/** Forward: one pass in order; an owner counts for later transactions than the first that taints it. */
function forwardOracle(chain: TinyChain, seeds: readonly TinySeed[]): string[] {
  const since = new Map<string, number>();
  const reached = new Set<string>();
  chain.transactions.forEach(({ inputs, outputs }, tx) => {
    const enters = inputs.some(
      (input) => !('external' in input) && (since.get(ownerOf(chain, input.tx, input.vout)) ?? tx) < tx,
    );
    outputs.forEach(({ unspendable }, vout) => {
      if (!enters && !seeds.some((seed) => seed.tx === tx && seed.vout === vout)) return;
      reached.add(outpointKey(tx, vout));
      const owner = ownerOf(chain, tx, vout);
      if (unspendable !== true && !since.has(owner)) since.set(owner, tx);
    });
  });
  return [...reached];
}

/** Backward: one pass against the order; an owner counts for earlier transactions than the last that it paid for, a seed's also for its own. */
function backwardOracle(chain: TinyChain, seeds: readonly TinySeed[]): string[] {
  const until = new Map<string, number>();
  const reached = new Set<string>();
  for (let tx = chain.transactions.length - 1; tx >= 0; tx -= 1) {
    const { inputs, outputs } = chain.transactions[tx];
    for (const seed of seeds) {
      if (seed.tx !== tx) continue;
      reached.add(outpointKey(tx, seed.vout));
      const owner = ownerOf(chain, tx, seed.vout);
      if (!until.has(owner)) until.set(owner, tx + 1);
    }
    if (!outputs.some((_, vout) => tx < (until.get(ownerOf(chain, tx, vout)) ?? tx))) continue;
    for (const input of inputs) {
      if ('external' in input) continue;
      reached.add(outpointKey(input.tx, input.vout));
      const owner = ownerOf(chain, input.tx, input.vout);
      if (!until.has(owner)) until.set(owner, tx);
    }
  }
  return [...reached];
}

function pay(
  height: number,
  inputs: readonly TinyInput[],
  outputs: ReadonlyArray<readonly [value: number, address: number]>,
): TinyTx {
  return { coinbase: false, height, inputs, outputs: outputs.map(([value, address]) => ({ value, address })) };
}

describe(`address taint (SEED=${FIRST_SEED}, ${GRAPHS} graphs)`, () => {
  it('reaches forward and backward what plain reachability in time does, label by label', () => {
    for (let index = 0; index < GRAPHS; index += 1) {
      const seed = FIRST_SEED + index;
      const chain = randomChain(seed);
      const seeds = randomSeeds(chain, seed, 1 + (index % 3));
      for (const [rule, oracle] of [
        ['address-taint', forwardOracle],
        ['address-taint:backward', backwardOracle],
      ] as const) {
        const result = run(chain, seeds, { rule });
        assert.deepEqual([result.conserves, result.books], [false, []]);
        for (let label = 0; label < labelCountOf(seeds); label += 1) {
          const valued = oracle(
            chain,
            seeds.filter((own) => own.label === label),
          ).filter((key) => {
            const [tx, vout] = key.split(':').map(Number);
            return chain.transactions[tx].outputs[vout].value > 0;
          });
          assert.deepEqual(
            found(chain, result, label),
            valued.sort(),
            `graph of seed ${seed}, ${rule}, label ${label}`,
          );
        }
      }
    }
  }).timeout(timeoutOfLaw(60_000));

  // The victim's 10 goes to address 1, which pays a mixer's address 2; the mixer pays 9 to address 3 from other coins it had, and later 4 to address 4.
  const mixer: TinyChain = {
    transactions: [
      pay(1, [{ external: 20 }], [[20, 2]]),
      pay(2, [{ external: 10 }], [[10, 1]]),
      pay(3, [{ tx: 1, vout: 0 }], [[10, 2]]),
      pay(
        5,
        [{ tx: 0, vout: 0 }],
        [
          [9, 3],
          [10, 2],
        ],
      ),
      pay(
        90,
        [
          { tx: 3, vout: 1 },
          { tx: 2, vout: 0 },
        ],
        [
          [4, 4],
          [16, 2],
        ],
      ),
    ],
  };
  const stolen = [{ tx: 1, vout: 0, label: 0 }];

  it('bridges a custodial mixer, which no rule over outputs does; a service or a hop limit ends it', () => {
    const rests = (given: Partial<TraceParameters>): unknown =>
      run(mixer, stolen, given).holdings.map(({ tx, vout, status, reason, hops }) => [tx, vout, status, reason, hops]);
    assert.deepEqual(rests({}), [
      [3, 0, 'unspent', null, 2],
      [4, 0, 'unspent', null, 2],
      [4, 1, 'unspent', null, 2],
    ]);
    assert.deepEqual(rests({ serviceAddresses: new Set([2]) }), [[2, 0, 'stopped', 'service', 1]]);
    const limits = { maxHops: 1, minSat: null, minShareMillionths: null, untilHeight: null };
    assert.deepEqual(rests({ limits }), [[2, 0, 'cut', 'max-hops', 1]]);
    assert.deepEqual(rests({ limits: { ...limits, maxHops: null, untilHeight: 5 } }), [
      [2, 0, 'cut', 'until', 1],
      [3, 0, 'unspent', null, 2],
      [3, 1, 'cut', 'until', 2],
    ]);
  });

  it('backward: who could have paid address 3', () => {
    const { holdings, passed } = run(mixer, [{ tx: 3, vout: 0, label: 0 }], { rule: 'address-taint:backward' });
    const keys = [...holdings, ...passed].map(({ tx, vout }) => outpointKey(tx, vout)).sort();
    // Address 2 paid it from 0:0; before that 1:0 had been paid to address 2 by transaction 2.
    assert.deepEqual(keys, ['0:0', '1:0', '3:0']);
    // Nobody spends 3:0: it rests. What moved on has a spender, which reports go by.
    assert.deepEqual(
      holdings.map(({ tx, vout, status }) => [tx, vout, status]),
      [[3, 0, 'unspent']],
    );
  });

  it('each filter keeps what it describes', () => {
    const kept = (filter: string): string[] => {
      const conventions = { ...DEFAULT_CONVENTIONS, addressFilter: filter };
      return found(mixer, run(mixer, stolen, { conventions }), 0).filter((key) => key !== '1:0');
    };
    assert.deepEqual(kept('none'), ['2:0', '3:0', '3:1', '4:0', '4:1']);
    assert.deepEqual(kept('within-blocks=3'), ['2:0', '3:0', '3:1']);
    assert.deepEqual(kept('inputs=2'), ['4:0', '4:1']);
    assert.deepEqual(kept('outputs=1'), ['2:0']);
    // Transaction 4 spends of 3, which is 1 in and 2 out; 3 is spent by 4, which is 2 in and 2 out.
    assert.deepEqual(kept('neighbour=1x2'), ['4:0', '4:1']);
    assert.deepEqual(kept('neighbour=2x2'), ['2:0', '3:0', '3:1']);
    // Address 1 received once; address 2 four times.
    assert.deepEqual(kept('inputs-fresh=yes'), ['2:0']);
    assert.deepEqual(kept('fee-sat=1'), ['3:0', '3:1']);
    // Of 10 seeded less a mixer's fee of 1, what is worth at most 9.
    assert.deepEqual(kept('mixer-fee-sat=1'), ['3:0', '4:0']);
    assert.deepEqual(kept('outputs=2, inputs=1'), ['3:0', '3:1']);
    assert.deepEqual(parseAddressFilter('none'), NO_ADDRESS_FILTER);
    for (const wrong of ['', 'inputs', 'inputs=two', 'neighbour=3', 'colour=red', 'inputs-fresh=no']) {
      const conventions = { ...DEFAULT_CONVENTIONS, addressFilter: wrong };
      assert.throws(
        () => ruleByName('address-taint', conventions),
        { code: 'USAGE', message: /--address-filter/ },
        wrong,
      );
    }
  });

  it('does not depend on what else is asked in the same run', () => {
    const chain = randomChain(FIRST_SEED);
    const seeds = randomSeeds(chain, FIRST_SEED, 2);
    const base = {
      labelCount: labelCountOf(seeds),
      seeds: engineSeeds(chain, seeds),
      limits: { maxHops: 2, minSat: null, minShareMillionths: null, untilHeight: null },
      conventions: DEFAULT_CONVENTIONS,
      serviceAddresses: new Set<number>(),
      stopAtCoinjoin: false,
      lookAhead: 1,
      keepTrail: true,
    };
    const rules = ['fifo', 'address-taint', 'poison'];
    const all = taintOverView(addressView(chain), { ...base, rules }).value.rules;
    assert.deepEqual(
      all.map(({ rule }) => rule),
      rules,
    );
    assert.deepEqual(
      all[1],
      addressTaint(addressView(chain), { ...base, direction: 'forward', filter: NO_ADDRESS_FILTER }),
    );
    assert.deepEqual(all[0], taintOverView(addressView(chain), { ...base, rules: ['fifo'] }).value.rules[0]);
  });
});
