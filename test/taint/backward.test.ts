/** The walk back of value, whatever its taint: against marks on single satoshis, and against the forward engine (invariants 8 and 10). */
import assert from 'node:assert/strict';
import { NONE, outputId, txId } from '../../src/ledger/index.ts';
import {
  type Backward,
  type BackwardParameters,
  backward,
  backwardWay,
  DEFAULT_CONVENTIONS,
  perSource,
  ruleByName,
  type TraceConventions,
} from '../../src/taint/index.ts';
import { type Marks, orderMove } from '../oracle/fifo.ts';
import { fraction, multiply, subtract, toFraction } from '../oracle/fraction.ts';
import { haircutOracle } from '../oracle/haircut.ts';
import { walk } from '../oracle/walk.ts';
import { memoryView } from '../support/memory-view.ts';
import { randomChain } from '../support/random-chain.ts';
import { outpointKey, type TinyChain, type TinyTx } from '../support/tiny-chain.ts';
import { firstOutputs, traceTiny } from '../support/tiny-view.ts';

const FIRST_SEED = Number(process.env.SEED ?? 4_500_000);
const GRAPHS = 20;
const RANGE_RULES = [
  'fifo',
  'lifo',
  'lifo-reverse',
  ...[...'FLHS'].flatMap((x) => [...'FLHS'].map((y) => `inout:${x}${y}`)),
];
const SOURCE_RULES = ['tiho', 'seniority', 'dirty-first', 'pure-dirty-first', 'inout:TF', 'inout:CS', 'inout:TH'];

const CONVENTIONS: TraceConventions = {
  ...DEFAULT_CONVENTIONS,
  feeTaint: 'sink',
  coinbaseOrder: 'fees-first',
  haircutFee: 'share',
};
const FREE: BackwardParameters = {
  limits: { maxHops: null, minSat: null, sinceHeight: null },
  conventions: CONVENTIONS,
  serviceAddresses: new Set(),
  stopAtCoinjoin: false,
};

function back(
  chain: TinyChain,
  rule: string,
  at: { tx: number; vout: number },
  given: Partial<BackwardParameters> = {},
): Backward {
  const output = outputId(firstOutputs(chain)[at.tx] + at.vout);
  const parameters = { ...FREE, ...given };
  const conventions = { ...CONVENTIONS, ...parameters.conventions };
  return backward(memoryView(chain), { rule: ruleByName(rule, conventions), output }, parameters);
}

/** Every output of a chain. */
function outputsOf(chain: TinyChain): Array<{ tx: number; vout: number; value: number }> {
  return chain.transactions.flatMap(({ outputs }, tx) => outputs.map(({ value }, vout) => ({ tx, vout, value })));
}

/** Satoshi of the asked output that went through an output, by output number. */
function through({ steps }: Backward): Map<number, number> {
  const found = new Map<number, number>();
  for (const { from, amountSat } of steps) found.set(from.output, (found.get(from.output) ?? 0) + amountSat);
  return found;
}

/** A mark of its own for every satoshi that enters from outside: what lies on outputs and what enters each transaction. */
function marksOf(
  chain: TinyChain,
  rule: string,
  conventions: TraceConventions,
): { state: ReadonlyMap<string, Marks>; entering: Marks[][] } {
  let next = 1;
  const entering: Marks[][] = [];
  const move = orderMove(rule);
  const { state } = walk<Marks, number>(
    chain,
    [],
    {
      clean: (valueSat) => Array.from({ length: valueSat }, () => next++),
      plant: (marks) => ({ state: marks, planted: 0 }),
      amounts: () => [],
      move: (parts, outputsSat, restSat) => {
        entering.push(parts.map((part) => part.state));
        return move(parts, outputsSat, restSat);
      },
    },
    conventions,
  );
  return { state, entering };
}

describe(`backward (SEED=${FIRST_SEED})`, () => {
  it('rules with a way back: order rules whose order knows no taint, haircut with its share of the fee, poison', () => {
    for (const rule of RANGE_RULES) assert.equal(backwardWay(ruleByName(rule, CONVENTIONS)), 'ranges', rule);
    for (const rule of SOURCE_RULES) assert.equal(backwardWay(ruleByName(rule, CONVENTIONS)), null, rule);
    assert.equal(backwardWay(ruleByName('haircut', CONVENTIONS)), 'shares');
    assert.equal(backwardWay(ruleByName('haircut', { ...CONVENTIONS, haircutFee: 'outputs-only' })), null);
    assert.equal(backwardWay(ruleByName('poison', CONVENTIONS)), 'ancestors');
  });

  for (const [at, rule] of RANGE_RULES.entries()) {
    it(`${rule}: the ends are the very satoshis of the output, and amounts through every output are those of the trace forward`, () => {
      let checked = 0;
      for (let index = 0; index < (at < 3 ? GRAPHS : GRAPHS / 5); index += 1) {
        const seed = FIRST_SEED + at * GRAPHS + index;
        const chain = randomChain(seed, { everyCoinbase: index % 2 === 1 });
        const conventions: TraceConventions = {
          ...CONVENTIONS,
          feeTaint: index % 2 === 0 ? 'sink' : 'propagate',
          coinbaseOrder: index % 4 < 2 ? 'fees-first' : 'subsidy-first',
        };
        const marks = marksOf(chain, rule, conventions);
        const first = firstOutputs(chain);
        const source = outputsOf(chain)[seed % 7];
        const forward = traceTiny(chain, [{ ...source, label: 0 }], { rules: [rule], conventions }).value.rules[0];
        const reached = new Map(
          [...forward.holdings, ...forward.passed].map(({ output, taint }) => [output as number, taint[0]?.[1] ?? 0]),
        );
        for (const asked of outputsOf(chain)) {
          const found = back(chain, rule, asked, { conventions });
          const named = found.ends.flatMap(({ place, vin, range, amountSat }) => {
            assert.ok(range !== null && range[1] - range[0] === amountSat, `seed ${seed}`);
            const lay =
              vin === null
                ? marks.state.get(outpointKey(place.tx, place.output - first[place.tx]))
                : marks.entering[place.tx][vin];
            return lay!.slice(...range);
          });
          const lies = [...marks.state.get(outpointKey(asked.tx, asked.vout))!];
          assert.deepEqual(
            named.sort((a, b) => a - b),
            lies.sort((a, b) => a - b),
            `seed ${seed}, ${asked.tx}:${asked.vout}`,
          );
          if (asked.tx === source.tx) continue;
          const passing = through(found).get(first[source.tx] + source.vout) ?? 0;
          assert.equal(
            passing,
            reached.get(first[asked.tx] + asked.vout) ?? 0,
            `seed ${seed}, ${asked.tx}:${asked.vout} from ${source.tx}:${source.vout}`,
          );
          checked += 1;
        }
      }
      assert.ok(checked > GRAPHS);
    });
  }

  it('haircut: ends sum to the value; weights are the exact forward share to less than one satoshi per move (invariant 8)', () => {
    let compared = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + GRAPHS; seed += 1) {
      const chain = randomChain(seed);
      const first = firstOutputs(chain);
      const source = outputsOf(chain)[seed % 5];
      const forward = haircutOracle(chain, [{ ...source, label: 0 }]).taint;
      for (const asked of outputsOf(chain)) {
        const found = back(chain, 'haircut', asked);
        assert.equal(
          found.ends.reduce((sum, { amountSat }) => sum + amountSat, 0),
          asked.value,
        );
        if (asked.tx === source.tx || asked.value === 0) continue;
        const weight = toFraction(through(found).get(first[source.tx] + source.vout) ?? 0);
        const off = subtract(weight, forward.get(outpointKey(asked.tx, asked.vout))![0]);
        const size = off.numerator < 0n ? multiply(off, fraction(-1)) : off;
        const bound = BigInt(found.steps.length + found.ends.length + 1);
        assert.ok(size.numerator < bound * size.denominator, `seed ${seed}, ${asked.tx}:${asked.vout}`);
        compared += 1;
      }
    }
    assert.ok(compared > 500);
  });

  it('haircut: where every division is whole the weights are exact', () => {
    // 30 = a, 10 = b from outside; joined to 40 and split 20, 20; 20 is joined with 60 = c to 80.
    // Of the 80: 60 c; 20 x 30/40 = 15 a, 20 x 10/40 = 5 b.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 30 }], [30]),
        pay(1, [{ external: 10 }], [10]),
        pay(
          2,
          [
            { tx: 0, vout: 0 },
            { tx: 1, vout: 0 },
          ],
          [20, 20],
        ),
        pay(3, [{ tx: 2, vout: 1 }, { external: 60 }], [80]),
      ],
    };
    const { ends } = back(chain, 'haircut', { tx: 3, vout: 0 });
    assert.deepEqual(
      ends.map(({ place, vin, amountSat, reason, hops }) => [place.tx, vin, amountSat, reason, hops]),
      [
        [3, 1, 60, 'parent-missing', 0],
        [1, 0, 5, 'parent-missing', 2],
        [0, 0, 15, 'parent-missing', 2],
      ],
    );
  });

  it('poison: the ancestors are the outputs that would poison it, no more and no fewer', () => {
    let compared = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + GRAPHS / 2; seed += 1) {
      const chain = randomChain(seed);
      const first = firstOutputs(chain);
      const outputs = outputsOf(chain);
      const ancestors = new Map(
        outputs.map((asked) => [first[asked.tx] + asked.vout, new Set(through(back(chain, 'poison', asked)).keys())]),
      );
      for (const source of outputs.slice(0, 12)) {
        const forward = traceTiny(chain, [{ ...source, label: 0 }], { rules: ['poison'] }).value.rules[0];
        const reached = new Set([...forward.holdings, ...forward.passed].map(({ output }) => output as number));
        for (const asked of outputs) {
          const output = first[asked.tx] + asked.vout;
          if (asked.tx === source.tx || asked.value === 0) continue;
          assert.equal(ancestors.get(output)!.has(first[source.tx] + source.vout), reached.has(output), `seed ${seed}`);
          compared += 1;
        }
      }
    }
    assert.ok(compared > 1000);
  });

  for (const rule of [...SOURCE_RULES, 'haircut outputs-only']) {
    it(`${rule}: each candidate source is what the trace forward says of it alone`, () => {
      const name = rule.split(' ')[0];
      const conventions: TraceConventions = { ...CONVENTIONS, haircutFee: name === rule ? 'share' : 'outputs-only' };
      let compared = 0;
      for (let seed = FIRST_SEED; seed < FIRST_SEED + 8; seed += 1) {
        const chain = randomChain(seed);
        const asked = outputsOf(chain)
          .filter(({ tx, value }) => tx > 4 && value > 0)
          .at(-(seed % 6) - 1)!;
        const output = firstOutputs(chain)[asked.tx] + asked.vout;
        const found = perSource(
          memoryView(chain),
          { rule: ruleByName(name, conventions), output: outputId(output) },
          { ...FREE, conventions, maxSources: 1000 },
        );
        assert.equal(found.way, 'per-source');
        for (const { place, vin, amountSat } of found.ends) {
          const of =
            vin === null
              ? { chain, seed: { tx: place.tx as number, vout: place.output - firstOutputs(chain)[place.tx] } }
              : asRoot(chain, place.tx, vin);
          const result = traceTiny(of.chain, [{ ...of.seed, label: 0 }], { rules: [name], conventions }).value.rules[0];
          const at = firstOutputs(of.chain)[asked.tx + (vin === null ? 0 : 1)] + asked.vout;
          const there = [...result.holdings, ...result.passed].find((placement) => placement.output === at);
          assert.equal(amountSat, there?.taint[0]?.[1] ?? 0, `seed ${seed}, source ${place.tx} ${vin}`);
          compared += 1;
        }
      }
      assert.ok(compared > 10);
    });
  }

  it('ends: coinbase, missing parent, service, and each limit', () => {
    const chain: TinyChain = {
      transactions: [
        { coinbase: true, height: 1, subsidy: 50, inputs: [], outputs: [{ value: 50, address: 7 }] },
        pay(2, [{ tx: 0, vout: 0 }, { external: 20 }], [40, 30]),
        pay(3, [{ tx: 1, vout: 0 }], [40]),
      ],
    };
    const ends = (given: Partial<BackwardParameters>, at = { tx: 2, vout: 0 }): unknown =>
      back(chain, 'fifo', at, given).ends.map(({ kind, reason, place, vin, range }) => [
        kind,
        reason,
        place.tx,
        vin,
        range,
      ]);
    assert.deepEqual(ends({}), [['coinbase', 'new-coins', 0, null, [0, 40]]]);
    // The second output of transaction 1: the last 10 of the coinbase, then the 20 from outside.
    assert.deepEqual(ends({}, { tx: 1, vout: 1 }), [
      ['gap', 'parent-missing', 1, 1, [0, 20]],
      ['coinbase', 'new-coins', 0, null, [40, 50]],
    ]);
    assert.deepEqual(ends({ serviceAddresses: new Set([7]) }), [['service', 'service', 0, null, [0, 40]]]);
    const limits = FREE.limits;
    assert.deepEqual(ends({ limits: { ...limits, maxHops: 1 } }), [['limit', 'max-hops', 1, null, [0, 40]]]);
    assert.deepEqual(ends({ limits: { ...limits, minSat: 41 } }), [['limit', 'min-sat', 2, null, [0, 40]]]);
    assert.deepEqual(ends({ limits: { ...limits, sinceHeight: 3 } }), [['limit', 'since', 1, null, [0, 40]]]);
    // A service that received the output asked about is no stop.
    assert.deepEqual(ends({ serviceAddresses: new Set([7]) }, { tx: 0, vout: 0 }), [
      ['coinbase', 'new-coins', 0, null, [0, 50]],
    ]);
    const fees = { ...CONVENTIONS, feeTaint: 'propagate' as const };
    assert.deepEqual(ends({ conventions: fees }), [['coinbase', 'new-coins', 0, 0, [0, 40]]]);
  });

  it('a coinjoin ends the walk on what comes out of it', () => {
    // Three payers, three equal outputs to three payees: the shape of src/pattern/coinjoin.ts.
    const chain: TinyChain = {
      transactions: [
        pay(1, [{ external: 5000 }, { external: 5000 }, { external: 5000 }], [5000, 5000, 5000]),
        pay(2, [{ tx: 0, vout: 1 }], [5000]),
      ],
    };
    const view = memoryView(chain);
    const frame = (tx: number): ReturnType<typeof view.frame> => {
      const plain = view.frame(txId(tx));
      return {
        ...plain,
        inputAddress: plain.inputAddress.map((_, at) => 10 + at),
        outputAddress: plain.outputAddress.map((_, at) => 20 + at),
      };
    };
    const asked = { rule: ruleByName('fifo', CONVENTIONS), output: outputId(3) };
    for (const stopAtCoinjoin of [true, false]) {
      const { ends } = backward({ ...view, frame }, asked, { ...FREE, stopAtCoinjoin });
      assert.deepEqual(
        ends.map(({ reason, place, vin }) => [reason, place.output, vin]),
        stopAtCoinjoin ? [['coinjoin', 1, null]] : [['parent-missing', 1, 1]],
      );
    }
  });

  it('an input without a value divides nothing: the walk ends there, and says so', () => {
    const chain: TinyChain = { transactions: [pay(1, [{ external: 10 }, { external: 10 }], [15])] };
    const view = memoryView(chain);
    const blind = { ...view, frame: (tx: number) => ({ ...view.frame(txId(tx)), inputValueSat: [10, NONE] }) };
    for (const [rule, expected] of [
      ['fifo', [['input-value-unknown', null, 15]]],
      ['haircut', [['input-value-unknown', null, 15]]],
      [
        'poison',
        [
          ['parent-missing', 0, 10],
          ['input-value-unknown', 1, 0],
        ],
      ],
    ] as const) {
      const { ends } = backward(blind, { rule: ruleByName(rule, CONVENTIONS), output: outputId(0) }, FREE);
      assert.deepEqual(
        ends.map(({ reason, vin, amountSat }) => [reason, vin, amountSat]),
        expected,
        rule,
      );
    }
  });

  it('a rule without a way back is refused where fees carry taint on and above the number of candidates', () => {
    const chain: TinyChain = { transactions: [pay(1, [{ external: 5 }, { external: 5 }], [10])] };
    const ask = (given: object): void =>
      void perSource(
        memoryView(chain),
        { rule: ruleByName('tiho', CONVENTIONS), output: outputId(0) },
        { ...FREE, conventions: CONVENTIONS, maxSources: 1, ...given },
      );
    assert.throws(() => ask({}), { code: 'USAGE', message: /2 candidate sources are more than 1/ });
    assert.throws(() => ask({ maxSources: 9, conventions: { ...CONVENTIONS, feeTaint: 'propagate' } }), {
      code: 'USAGE',
      message: /fee taint propagates/,
    });
  });
});

function pay(height: number, inputs: TinyTx['inputs'], values: readonly number[]): TinyTx {
  return { coinbase: false, height, inputs, outputs: values.map((value) => ({ value })) };
}

/** The chain with a transaction of its own, the first, in place of what an input takes from outside; that is the seed. */
function asRoot(chain: TinyChain, tx: number, vin: number): { chain: TinyChain; seed: { tx: number; vout: number } } {
  const spent = chain.transactions[tx].inputs[vin];
  assert.ok('external' in spent);
  const moved = chain.transactions.map(
    (transaction, index): TinyTx => ({
      ...transaction,
      inputs: transaction.inputs.map((input, at) =>
        index === tx && at === vin ? { tx: 0, vout: 0 } : 'external' in input ? input : { ...input, tx: input.tx + 1 },
      ),
    }),
  );
  return {
    chain: { transactions: [pay(0, [{ external: spent.external }], [spent.external]), ...moved] },
    seed: { tx: 0, vout: 0 },
  };
}
