/** Core clusters against breadth-first search, and the laws 17 and 18 of clustering. */
import assert from 'node:assert/strict';
import {
  type ClusterFacts,
  clusterSizes,
  commonInputLinks,
  type Evidence,
  evidenceOf,
  FactsBuilder,
  identityLinks,
  joinEvidence,
  type Link,
  linkAt,
  markCoinjoins,
  partition,
  shapeAt,
  summarise,
  UnionFind,
} from '../../src/cluster/index.ts';
import { addressFromCodec, NONE } from '../../src/ledger/index.ts';
import { isMix } from '../../src/pattern/index.ts';
import { components } from '../oracle/components.ts';
import { Prng } from '../support/prng.ts';
import { graphsPerLaw, randomFacts } from '../support/random-facts.ts';

const { graphs: GRAPHS, seed: SEED } = graphsPerLaw();

/** Core evidence of facts. */
function coreOf(facts: ClusterFacts): Evidence {
  return joinEvidence([identityLinks(facts), commonInputLinks(facts, markCoinjoins(facts))]);
}

/** Groups that the definition ties together, straight from the facts: no engine code but the marks of coinjoins. */
function groupsByDefinition(facts: ClusterFacts, coinjoins: Uint8Array): number[][] {
  const groups = facts.identities.map(({ a, b }) => [a, b]);
  for (let tx = 0; tx < facts.transactionCount; tx += 1) {
    if (coinjoins[tx] === 1) continue;
    const signers = [...facts.inputMember.slice(facts.firstInput[tx], facts.firstInput[tx + 1])];
    groups.push(signers.filter((member) => member !== NONE));
  }
  return groups;
}

function linksOf(evidence: Evidence): Link[] {
  return Array.from({ length: evidence.linkCount }, (_, link) => linkAt(evidence, link));
}

/** Hand-made facts: each transaction as the names of its signers and of its payees. */
function handMade(transactions: ReadonlyArray<readonly [string, string]>): {
  facts: ClusterFacts;
  builder: FactsBuilder;
} {
  const builder = new FactsBuilder();
  const side = (names: string): number[] =>
    names
      .split(' ')
      .filter((name) => name !== '')
      .map((name) => builder.member(addressFromCodec(name)));
  for (const [signers, payees] of transactions) {
    const inputs = side(signers).map((member) => ({ member, valueSat: 10_000, type: 1, maker: NONE }));
    const outputs = side(payees).map((member, vout) => ({
      member,
      valueSat: 5000 + vout,
      type: 1,
      unspendable: false,
      spender: NONE,
    }));
    builder.add({ coinbase: inputs.length === 0, height: 1, lockTime: 0, sizeVb: 200 }, inputs, outputs);
  }
  return { facts: builder.done(), builder };
}

describe('core clusters', () => {
  it(`law 17: ${GRAPHS} random ledgers, union-find is breadth-first search (seed ${SEED})`, () => {
    const prng = Prng.fromSeed(SEED);
    let joined = 0;
    let coinjoins = 0;
    for (let graph = 0; graph < GRAPHS; graph += 1) {
      const facts = randomFacts(prng);
      const marks = markCoinjoins(facts);
      const roots = partition(coreOf(facts), facts.memberCount, { layer: 'core' });
      assert.deepEqual([...roots], components(facts.memberCount, groupsByDefinition(facts, marks)), `graph ${graph}`);
      roots.forEach((root, member) => assert.ok(root <= member && roots[root] === root));
      joined += roots.filter((root, member) => root !== member).length;
      coinjoins += marks.reduce((sum, mark) => sum + mark, 0);
    }
    assert.ok(joined > GRAPHS && coinjoins > GRAPHS / 50, `too tame: ${joined} joined, ${coinjoins} coinjoins`);
  });

  it('law 17: the order of links and of members in a link moves nothing', () => {
    const prng = Prng.fromSeed(SEED + 1);
    for (let graph = 0; graph < GRAPHS / 10; graph += 1) {
      const facts = randomFacts(prng);
      const evidence = coreOf(facts);
      const before = partition(evidence, facts.memberCount, { layer: 'core' });
      const shuffled = prng
        .shuffled(linksOf(evidence))
        .map((link) => ({ ...link, members: prng.shuffled(link.members) }));
      assert.deepEqual(partition(evidenceOf(shuffled), facts.memberCount, { layer: 'core' }), before);
    }
  });

  it('law 18: no link joins two inputs of a coinjoin; leaving a heuristic out refines', () => {
    const prng = Prng.fromSeed(SEED + 2);
    for (let graph = 0; graph < GRAPHS; graph += 1) {
      const facts = randomFacts(prng);
      const marks = markCoinjoins(facts);
      const evidence = coreOf(facts);
      const links = linksOf(evidence);
      // Heights are below the first block of every protocol, so no transaction here is post-mix.
      for (const { heuristic, tx } of links) {
        const mix = isMix(shapeAt(facts, tx), { exchangeInput: false, spendsMix: false });
        assert.equal(marks[tx] === 1, mix);
        assert.ok(heuristic !== 'common-input' || !mix);
      }
      const whole = partition(evidence, facts.memberCount, { layer: 'core' });
      for (const dropped of ['common-input', 'same-key', 'nested-script']) {
        const without = (link: number): boolean => links[link].heuristic === dropped;
        const finer = partition(evidence, facts.memberCount, { layer: 'core', without });
        finer.forEach((root, member) => assert.equal(whole[root], whole[member], 'a part lies in one cluster'));
      }
    }
  });

  it('by hand: a chain of common inputs is one cluster named by who appears first; a lone payee stays alone', () => {
    const { facts } = handMade([
      ['', 'a b c'],
      ['b c', 'd'],
      ['d a', 'e'],
      ['a b', 'f'],
    ]);
    // a=0 b=1 c=2 d=3 e=4 f=5: {b,c}, {d,a}, then {a,b} ties both.
    const evidence = coreOf(facts);
    assert.deepEqual([...partition(evidence, 6, { layer: 'core' })], [0, 0, 0, 0, 4, 5]);
    assert.deepEqual([...partition(evidence, 6, { layer: 'core', without: (link) => link === 2 })], [0, 1, 1, 0, 4, 5]);
    assert.deepEqual(linksOf(evidence)[0], { heuristic: 'common-input', tx: 1, members: [1, 2] });
  });

  it('by hand: an input without known signer joins nobody, the same signer twice is no link, a coinjoin joins nobody', () => {
    const { facts, builder } = handMade([
      ['a a', 'x'],
      ['b', 'y'],
    ]);
    assert.equal(coreOf(facts).linkCount, 0);
    const unknown = { member: NONE, valueSat: 9, type: NONE, maker: NONE };
    const known = { member: builder.member(addressFromCodec('b')), valueSat: 9, type: 1, maker: NONE };
    builder.add({ coinbase: false, height: 2, lockTime: 0, sizeVb: 1 }, [unknown, known], []);
    assert.equal(coreOf(builder.done()).linkCount, 0);
    const mixed = handMade([['p q r', 'v w x y z']]).facts;
    const equalOutputs = { ...mixed, outputValueSat: new Float64Array([5000, 5000, 5000, 4000, 3000]) };
    assert.equal(coreOf(mixed).linkCount, 1);
    assert.equal(coreOf(equalOutputs).linkCount, 0);
    assert.equal(commonInputLinks(equalOutputs, new Uint8Array(1)).linkCount, 1);
  });

  it('counts clusters, those of more than one, and the largest', () => {
    const roots = Uint32Array.from([0, 0, 2, 3, 3, 3]);
    assert.deepEqual(summarise(roots), { members: 6, clusters: 3, multiMember: 2, largest: { root: 3, size: 3 } });
    assert.deepEqual([...clusterSizes(roots)], [2, 0, 1, 3, 0, 0]);
    assert.deepEqual(summarise(new Uint32Array(0)).clusters, 0);
  });

  it('a join says whether it joined', () => {
    const unions = new UnionFind(4);
    assert.deepEqual([unions.join(3, 2), unions.join(2, 3), unions.join(1, 3), unions.find(3)], [true, false, true, 1]);
  });
});
