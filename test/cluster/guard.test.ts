/** Law 19, the other half: nobody is with whom they must not be; alarms before a collapse; tags that contradict a cluster. */
import assert from 'node:assert/strict';
import { clusterConflicts, levelFor } from '../../src/case/cluster/conflict.ts';
import type { CaseTag } from '../../src/case/index.ts';
import {
  commonInputLinks,
  evidenceOf,
  growthAlarms,
  identityLinks,
  joinEvidence,
  keepApart,
  type Link,
  linkAt,
  partition,
  replay,
} from '../../src/cluster/index.ts';
import { addressFromCodec } from '../../src/ledger/index.ts';
import { Prng } from '../support/prng.ts';
import { graphsPerLaw, randomFacts } from '../support/random-facts.ts';

const { graphs: GRAPHS, seed: SEED } = graphsPerLaw();

function spend(tx: number, ...members: number[]): Link {
  return { heuristic: 'common-input', tx, members };
}

function tag(address: string, claim: Partial<CaseTag>): CaseTag {
  return {
    subject: { kind: 'address', address: addressFromCodec(address) },
    label: address,
    source: 'a book',
    currency: 'BTC',
    network: 'BTC',
    confidence: 'forensic_investigation',
    confidenceLevel: 70,
    confidenceDefaulted: false,
    category: null,
    abuse: null,
    actor: null,
    concepts: [],
    tagType: 'actor',
    isClusterDefiner: false,
    context: null,
    lastmod: null,
    index: 0,
    validFrom: null,
    validTo: null,
    knownSince: null,
    maybeFrom: null,
    maybeTo: null,
    validToKnown: null,
    retracted: null,
    pack: 'pack',
    ...claim,
  };
}

describe('guards against collapse', () => {
  it(`law 19: ${GRAPHS} random ledgers, no pair to be kept apart is together, and the records replay (seed ${SEED})`, () => {
    const prng = Prng.fromSeed(SEED + 30);
    let refusals = 0;
    for (let graph = 0; graph < GRAPHS; graph += 1) {
      const facts = randomFacts(prng);
      const { memberCount } = facts;
      if (memberCount < 4) continue;
      const all = joinEvidence([identityLinks(facts), commonInputLinks(facts, new Uint8Array(facts.transactionCount))]);
      const free = partition(all, memberCount, { layer: 'core' });
      const pairs = Array.from({ length: prng.between(1, 3) }, () => {
        const [a, b] = prng.shuffled(Array.from({ length: memberCount }, (_, member) => member));
        return [a, b] as const;
      });
      const { evidence, refused } = keepApart(all, memberCount, pairs);
      const roots = partition(evidence, memberCount, { layer: 'core' });
      for (const [a, b] of pairs) assert.notEqual(roots[a], roots[b]);
      roots.forEach((root, member) => assert.equal(free[root], free[member], 'kept apart is finer'));
      const needed = pairs.some(([a, b]) => free[a] === free[b]);
      assert.equal(refused.length > 0, needed);
      if (!needed) assert.deepEqual(roots, free);
      const links = Array.from({ length: evidence.linkCount }, (_, link) => linkAt(evidence, link));
      assert.deepEqual(replay(links, memberCount, 'core'), [...roots]);
      refusals += refused.length;
    }
    assert.ok(refusals > GRAPHS / 20, `too tame: ${refusals}`);
  });

  it('by hand: the link that closes the chain is refused, with the pair it would join; the rest of it stays', () => {
    const links = evidenceOf([spend(1, 0, 1), spend(2, 2, 3), spend(3, 1, 2, 4)]);
    const { evidence, refused } = keepApart(links, 5, [[3, 0]]);
    assert.deepEqual(refused, [{ heuristic: 'common-input', tx: 3, members: [1, 2], pair: [0, 3] }]);
    assert.deepEqual([...partition(evidence, 5, { layer: 'core' })], [0, 0, 2, 2, 0]);
  });

  it('alarms: two large clusters joined, or the largest raised by over a hundredth; at the limits none', () => {
    const row = (tx: number, from: number, count: number): Link =>
      spend(tx, ...Array.from({ length: count }, (_, index) => from + index));
    const alarms = (size: number, ...links: Link[]): Array<readonly [number, number]> =>
      growthAlarms(evidenceOf(links), 500, 'core', size).map(({ sizes }) => sizes);
    assert.deepEqual(alarms(10, row(1, 0, 11), row(2, 20, 11), spend(3, 0, 20)), [[11, 11]]);
    assert.deepEqual(alarms(11, row(1, 0, 11), row(2, 20, 11), spend(3, 0, 20)), []);
    // 200 and 2 more is one in a hundred, 3 more is above it.
    assert.deepEqual(alarms(199, row(1, 0, 200), row(2, 300, 2), spend(3, 0, 300)), []);
    assert.deepEqual(alarms(199, row(1, 0, 200), row(2, 300, 3), spend(3, 0, 300)), [[200, 3]]);
  });

  it('tags: two services, a service among criminals; an inherited tag is no surer than the links', () => {
    const bank = tag('a', { category: 'exchange', actor: 'bank' });
    const shop = tag('b', { category: 'exchange', actor: 'shop' });
    const gang = tag('c', { abuse: 'ransomware' });
    assert.deepEqual(clusterConflicts([bank, gang]).length, 1);
    assert.match(clusterConflicts([bank, gang])[0].why, /service, a \(a\), is joined with c/);
    assert.match(clusterConflicts([bank, shop])[0].why, /two services or more in one cluster: a \(a\), b \(b\)/);
    assert.deepEqual(clusterConflicts([bank, tag('d', { category: 'exchange', actor: 'Bank' })]), []);
    assert.deepEqual(clusterConflicts([gang]), []);
    assert.deepEqual(
      [levelFor(gang, true, 'core'), levelFor(gang, false, 'core'), levelFor(gang, false, 'extended')],
      [70, 50, 10],
    );
  });
});
