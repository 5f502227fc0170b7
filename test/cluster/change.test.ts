/** Change heuristics by hand, composition, and the laws 18 and 21: extended is coarser, static stays, dynamic only shrinks. */
import assert from 'node:assert/strict';
import {
  CHANGE_HEURISTICS,
  ChangeLedger,
  type ClusterFacts,
  changeLinks,
  changeOf,
  changeVotes,
  commonInputLinks,
  type FactInput,
  type FactOutput,
  FactsBuilder,
  identityLinks,
  joinEvidence,
  markCoinjoins,
  parseChangeExpression,
  partition,
} from '../../src/cluster/index.ts';
import { addressFromCodec, NONE } from '../../src/ledger/index.ts';
import { Prng } from '../support/prng.ts';
import { graphsPerLaw, randomFacts } from '../support/random-facts.ts';

const { graphs: GRAPHS, seed: SEED } = graphsPerLaw();
const P2PKH = 1;
const P2SH = 2;

/** A transaction by hand: inputs and outputs as `name:sat[:type]`, spenders by place. */
interface Hand {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly spenders?: readonly number[];
  readonly makers?: readonly number[];
  readonly lockTime?: number;
  readonly sizeVb?: number;
}

function factsOf(transactions: readonly Hand[], keys: Record<string, number[]> = {}): ClusterFacts {
  const builder = new FactsBuilder();
  const parse = (text: string): { member: number; valueSat: number; type: number } => {
    const [name, sat, type = 'p2pkh'] = text.split(':');
    const member = name === '?' || name === 'return' ? NONE : builder.member(addressFromCodec(name));
    return { member, valueSat: Number(sat), type: name === 'return' ? 9 : type === 'p2sh' ? P2SH : P2PKH };
  };
  transactions.forEach(({ inputs, outputs, spenders, makers, lockTime = 0, sizeVb = 200 }, height) => {
    const made = inputs.map((text, vin): FactInput => ({ ...parse(text), maker: makers?.[vin] ?? NONE }));
    const paid = outputs.map(
      (text, vout): FactOutput => ({
        ...parse(text),
        unspendable: text.startsWith('return'),
        spender: spenders?.[vout] ?? NONE,
      }),
    );
    builder.add({ coinbase: inputs.length === 0, height, lockTime, sizeVb }, made, paid);
  });
  for (const [name, numbers] of Object.entries(keys))
    builder.keySets.set(builder.member(addressFromCodec(name)), numbers);
  return builder.done();
}

function ledgerOf(facts: ClusterFacts): ChangeLedger {
  const coinjoins = markCoinjoins(facts);
  const core = partition(joinEvidence([identityLinks(facts), commonInputLinks(facts, coinjoins)]), facts.memberCount, {
    layer: 'core',
  });
  return new ChangeLedger(facts, coinjoins, core);
}

/** Candidates of an expression on one transaction of hand-made facts. */
function said(
  expression: string,
  transactions: readonly Hand[],
  tx: number,
  keys?: Record<string, number[]>,
): number[] {
  return parseChangeExpression(expression).candidates(ledgerOf(factsOf(transactions, keys)), tx);
}

describe('change heuristics by hand', () => {
  it('has the eleven of BlockSci, the three of GraphSense, the refined rule, keyset change and consumer', () => {
    assert.deepEqual(
      CHANGE_HEURISTICS.map(({ name }) => name.replaceAll('-', '_')).sort(),
      [
        ...['address_reuse', 'address_type', 'optimal_change', 'power_of_ten_value', 'client_change_address_behavior'],
        ...['legacy', 'fixed_fee', 'locktime', 'peeling_chain', 'spent', 'none'],
        ...['one_time_change', 'direct_change', 'multi_input_change'],
        ...['refined_one_time_change', 'keyset_change', 'consumer'],
      ].sort(),
    );
  });

  const payment: Hand[] = [
    { inputs: [], outputs: ['a:50000', 'b:30000', 'old:1000'] },
    { inputs: ['a:50000', 'b:30000'], outputs: ['old:65000', 'new:12345', 'return:0', 'a:1000'] },
  ];

  it('static ones: what the transaction and its past say', () => {
    // Smallest input 30000: outputs 1 (12345) and 3 (1000) are below it; 12345 alone is no multiple of 1000.
    assert.deepEqual(said('optimal-change', payment, 1), [1, 3]);
    assert.deepEqual(said('power-of-ten-value(3)', payment, 1), [1]);
    assert.deepEqual(said('power-of-ten-value', payment, 1), [0, 1, 3]);
    assert.deepEqual(said('address-reuse', payment, 1), [3]);
    assert.deepEqual(said('direct_change', payment, 1), [3]);
    assert.deepEqual(said('client-change-address-behavior', payment, 1), [1]);
    assert.deepEqual(said('legacy', payment, 1), [1]);
    assert.deepEqual(said('none', payment, 1), []);
    assert.deepEqual(said('address-type', payment, 1), [0, 1, 3]);
  });

  it('address type: nothing when input types differ, everything when one is not known', () => {
    const mixed = (second: string): Hand[] => [{ inputs: ['a:9', second], outputs: ['x:1', 'y:2:p2sh'] }];
    assert.deepEqual(said('address-type', mixed('b:9'), 0), [0]);
    assert.deepEqual(said('address-type', mixed('b:9:p2sh'), 0), []);
    const facts = factsOf(mixed('b:9'));
    const unknown = { ...facts, inputType: Int8Array.of(P2PKH, NONE) };
    assert.deepEqual(parseChangeExpression('address-type').candidates(ledgerOf(unknown), 0), [0, 1]);
  });

  it('legacy: silent with one spendable output, with two candidates', () => {
    assert.deepEqual(said('legacy', [{ inputs: ['a:9'], outputs: ['x:1', 'return:0'] }], 0), []);
    assert.deepEqual(said('legacy', [{ inputs: ['a:9'], outputs: ['x:1', 'y:2'] }], 0), []);
    assert.deepEqual(said('legacy', [{ inputs: ['a:9'], outputs: ['x:10', 'y:2'] }], 0), [1]);
  });

  it('dynamic ones: an unspent output is kept, a spender that differs rules it out', () => {
    // 0 pays x and y; 1 spends x with a lock time, a higher fee rate and three outputs; 2 spends z.
    const chain: Hand[] = [
      { inputs: ['a:1000'], outputs: ['x:500', 'y:300', 'z:100'], spenders: [1, NONE, 2] },
      { inputs: ['x:500'], outputs: ['p:100', 'q:100', 'r:100'], lockTime: 7, makers: [0] },
      { inputs: ['z:100'], outputs: ['s:0'], makers: [0] },
    ];
    assert.deepEqual(said('locktime', chain, 0), [1, 2]);
    assert.deepEqual(said('consumer', chain, 0), [1, 2]);
    assert.deepEqual(said('spent', chain, 0), [0, 2]);
    // Fees 100, 200 and 100 on 200 virtual bytes each: 500 and 1000 and 500 for each thousand.
    assert.deepEqual(said('fixed-fee', chain, 0), [1, 2]);
    assert.deepEqual(said('minus(spent, locktime)', chain, 0), [0]);
    // A spender of unknown lock time is kept, also where the payer sets one.
    const unknown = chain.map((tx, index) => ({ ...tx, lockTime: index === 1 ? NONE : 7 }));
    assert.deepEqual(said('locktime', unknown, 0), [0, 1, 2]);
    const unsized = chain.map((tx, index) => (index === 1 ? { ...tx, sizeVb: NONE } : tx));
    assert.deepEqual(said('fixed-fee', unsized, 0), [0, 1, 2]);
  });

  it('peeling chain: one input, two outputs, and a neighbour of that shape', () => {
    const peel: Hand[] = [
      { inputs: ['a:900'], outputs: ['x:100', 'b:800'], spenders: [2, 1] },
      { inputs: ['b:800'], outputs: ['y:100', 'c:700'], makers: [0] },
      { inputs: ['x:100', 'w:5'], outputs: ['v:105'], makers: [0, NONE] },
    ];
    assert.deepEqual(said('peeling-chain', peel, 0), [1]);
    assert.deepEqual(said('peeling-chain', peel, 1), [0, 1]);
    assert.deepEqual(said('peeling-chain', peel, 2), []);
    assert.deepEqual(said('peeling-chain', [{ inputs: ['a:9'], outputs: ['x:1', 'y:2'] }], 0), []);
  });

  it('one-time change: each condition alone silences it', () => {
    const rule = (outputs: readonly string[], later: readonly Hand[] = []): number[] =>
      said('one-time-change', [{ inputs: [], outputs: ['old:5'] }, { inputs: ['a:50000'], outputs }, ...later], 1);
    assert.deepEqual(rule(['old:20000', 'new:12345']), [1]);
    assert.deepEqual(rule(['old:20000', 'new:12000']), []);
    assert.deepEqual(rule(['old:20000', 'new:50001']), []);
    assert.deepEqual(rule(['old:20000', 'new:12345:p2sh']), []);
    assert.deepEqual(rule(['old:20000', 'new:12345', 'new:12346']), []);
    assert.deepEqual(rule(['new:12345']), []);
    assert.deepEqual(rule(['new:12345', 'other:12346']), []);
    assert.deepEqual(rule(['old:20000', 'new:12345'], [{ inputs: [], outputs: ['new:1'] }]), []);
    const many = (count: number): string[] => ['new:12345', ...Array.from({ length: count - 1 }, () => 'old:1000')];
    assert.deepEqual([rule(many(10)), rule(many(11))], [[0], []]);
  });

  it('refined one-time change: one fresh output, and no doubt about the others', () => {
    const seen = (count: number): Hand[] => Array.from({ length: count }, () => ({ inputs: [], outputs: ['shop:5'] }));
    const pay: Hand = { inputs: ['a:50'], outputs: ['shop:20', 'new:30'] };
    const rule = (past: readonly Hand[], tx = pay): number[] =>
      said('refined-one-time-change', [...past, tx], past.length);
    assert.deepEqual(rule(seen(2)), [1]);
    assert.deepEqual(rule(seen(1)), [], 'a payee that received once before');
    assert.deepEqual(rule([]), [], 'two fresh outputs');
    assert.deepEqual(rule([...seen(2), { inputs: ['shop:5'], outputs: ['shop:4'] }]), [], 'used as self-change');
    assert.deepEqual(rule(seen(2), { inputs: ['shop:50'], outputs: ['shop:20', 'new:30'] }), [], 'self-change here');
    assert.deepEqual(rule(seen(2), { inputs: [], outputs: ['shop:20', 'new:30'] }), [], 'coinbase');
  });

  it('keyset change and multi-input change', () => {
    const spend: Hand[] = [{ inputs: ['m:90:p2sh'], outputs: ['x:10', 'n:70:p2sh', 'm:5:p2sh'] }];
    assert.deepEqual(said('keyset-change', spend, 0, { m: [1, 2, 3], n: [2, 3, 9], x: [7] }), [1]);
    assert.deepEqual(said('keyset-change', spend, 0, { m: [1, 2, 3] }), []);
    const joint: Hand[] = [
      { inputs: ['a:90'], outputs: ['x:10', 'b:70'] },
      { inputs: ['a:5', 'b:70'], outputs: ['y:70'] },
    ];
    assert.deepEqual(said('multi-input-change', joint, 0), [1]);
    assert.deepEqual(said('multi-input-change', joint.slice(0, 1), 0), []);
  });

  it('composition: and, or, minus, unique, agreement of two', () => {
    assert.deepEqual(said('and(optimal-change, client-change-address-behavior)', payment, 1), [1]);
    assert.deepEqual(said('or(address-reuse, power-of-ten-value(3))', payment, 1), [1, 3]);
    assert.deepEqual(said('unique(optimal-change)', payment, 1), []);
    assert.deepEqual(said('unique( legacy )', payment, 1), [1]);
    // legacy and client behaviour name output 1 alone, address reuse output 3, optimal change neither.
    const four = 'legacy, client-change-address-behavior, address-reuse, optimal-change';
    assert.deepEqual(said(`at-least-2-agree(${four})`, payment, 1), [1]);
    assert.deepEqual(said(`at_least_1_agree(${four})`, payment, 1), [1, 3]);
    assert.deepEqual(said(`at-least-3-agree(${four})`, payment, 1), []);
    assert.equal(parseChangeExpression('or(locktime,none)').kind, 'dynamic');
    assert.equal(parseChangeExpression('or(legacy,none)').name, 'or(legacy, none)');
  });

  it('refuses what is no expression, naming the character', () => {
    for (const [text, place] of [
      ['', 1],
      ['lagacy', 1],
      ['and(legacy', 11],
      ['and(legacy, nope)', 13],
      ['minus(legacy)', 1],
      ['at-least-3-agree(legacy, none)', 1],
      ['legacy)', 7],
      ['power-of-ten-value(0)', 20],
      ['power-of-ten-value(16)', 20],
    ] as const) {
      assert.throws(
        () => parseChangeExpression(text),
        { code: 'USAGE', message: new RegExp(`character ${place}:`) },
        text,
      );
    }
    assert.throws(() => parseChangeExpression(`${'unique('.repeat(40)}none${')'.repeat(40)}`), { code: 'USAGE' });
  });

  it('links: one candidate only, none from coinbases, from self-change or from coinjoins', () => {
    const facts = factsOf(payment);
    const links = (expression: string, of = facts): number =>
      changeLinks(ledgerOf(of), parseChangeExpression(expression)).linkCount;
    assert.deepEqual(
      ['legacy', 'optimal-change', 'address-reuse'].map((name) => links(name)),
      [1, 0, 0],
    );
    const mix = factsOf([{ inputs: ['p:6', 'q:6', 'r:6'], outputs: ['v:5', 'w:5', 'x:5', 'y:1', 'z:2'] }]);
    assert.equal(markCoinjoins(mix)[0], 1);
    assert.equal(changeOf(ledgerOf(mix), parseChangeExpression('and(minus(optimal-change, none))'), 0), null);
    assert.equal(changeVotes(ledgerOf(facts), 1).length, CHANGE_HEURISTICS.length - 2);
  });
});

/** The facts as they were after the first transactions: later ones, and spends by them, not there. */
function cut(facts: ClusterFacts, transactionCount: number): ClusterFacts {
  const seen = new Set([
    ...facts.inputMember.slice(0, facts.firstInput[transactionCount]),
    ...facts.outputMember.slice(0, facts.firstOutput[transactionCount]),
  ]);
  const outputSpender = facts.outputSpender.map((spender) => (spender < transactionCount ? spender : NONE));
  assert.ok([...seen].every((member) => member < facts.memberCount));
  return { ...facts, transactionCount, outputSpender };
}

describe('laws of change', () => {
  it(`law 21: ${GRAPHS} random ledgers, two heights each (seed ${SEED})`, () => {
    const prng = Prng.fromSeed(SEED + 20);
    let shrunk = 0;
    for (let graph = 0; graph < GRAPHS; graph += 1) {
      const whole = randomFacts(prng);
      const early = cut(whole, prng.between(1, whole.transactionCount));
      const ledgers = [early, early, whole].map((facts) => ledgerOf(facts));
      for (const heuristic of CHANGE_HEURISTICS) {
        for (let tx = 0; tx < early.transactionCount; tx += 1) {
          const [before, again, after] = ledgers.map((ledger) => heuristic.candidates(ledger, tx));
          assert.deepEqual(before, again, `${heuristic.name} is reproducible at a height`);
          const spendable = ledgers[2].spendable(tx, () => true);
          assert.ok(after.every((vout) => spendable.includes(vout)));
          if (heuristic.kind === 'static') assert.deepEqual(after, before, heuristic.name);
          if (!['locktime', 'fixed-fee', 'consumer'].includes(heuristic.name)) continue;
          assert.ok(
            after.every((vout) => before.includes(vout)),
            `${heuristic.name} only shrinks`,
          );
          shrunk += Number(after.length < before.length);
        }
      }
    }
    assert.ok(shrunk > GRAPHS / 10, `too tame: ${shrunk}`);
  });

  it(`law 18: ${GRAPHS} random ledgers, extended clusters are a coarsening of core (seed ${SEED})`, () => {
    const prng = Prng.fromSeed(SEED + 21);
    const expression = parseChangeExpression('or(legacy, unique(locktime), unique(optimal-change))');
    let coarser = 0;
    for (let graph = 0; graph < GRAPHS; graph += 1) {
      const facts = randomFacts(prng);
      const ledger = ledgerOf(facts);
      const core = joinEvidence([identityLinks(facts), commonInputLinks(facts, ledger.coinjoins)]);
      const all = joinEvidence([core, changeLinks(ledger, expression)]);
      const extended = partition(all, facts.memberCount, { layer: 'extended' });
      assert.deepEqual(partition(all, facts.memberCount, { layer: 'core' }), ledger.core);
      ledger.core.forEach((root, member) => assert.equal(extended[root], extended[member]));
      coarser += Number(extended.some((root, member) => root !== ledger.core[member]));
    }
    assert.ok(coarser > GRAPHS / 5, `too tame: ${coarser}`);
  });
});
