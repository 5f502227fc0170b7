/** Law 19: the evidence proves the partition. Chains are shortest, what separates two members does, what-ifs are honest. */
import assert from 'node:assert/strict';
import {
  bridge,
  ChangeLedger,
  changeLinks,
  commonInputLinks,
  type Evidence,
  EvidenceGraph,
  evidenceOf,
  explain,
  identityLinks,
  isLeftOut,
  joinEvidence,
  LINK_HEURISTICS,
  type Link,
  linkAt,
  parseChangeExpression,
  partition,
  replay,
  restsOnTransaction,
  splits,
} from '../../src/cluster/index.ts';
import { Prng } from '../support/prng.ts';
import { graphsPerLaw, randomFacts } from '../support/random-facts.ts';

const { graphs: GRAPHS, seed: SEED } = graphsPerLaw();
const CHANGE = parseChangeExpression('or(legacy, unique(locktime))');

/** Evidence of a random ledger, core and change. */
function randomEvidence(prng: Prng): { evidence: Evidence; memberCount: number } {
  const facts = randomFacts(prng, 9);
  const { memberCount, transactionCount } = facts;
  const none = new Uint8Array(transactionCount);
  const core = joinEvidence([identityLinks(facts), commonInputLinks(facts, none)]);
  const ledger = new ChangeLedger(facts, none, partition(core, memberCount, { layer: 'core' }));
  return { evidence: joinEvidence([core, changeLinks(ledger, CHANGE)]), memberCount };
}

/** Number of links on a shortest chain, by distances that are relaxed until nothing moves. */
function distance(links: readonly Link[], memberCount: number, a: number): number[] {
  const far = new Array<number>(memberCount).fill(Number.POSITIVE_INFINITY);
  far[a] = 0;
  for (let moved = true; moved; ) {
    moved = false;
    for (const { members } of links) {
      const nearest = Math.min(...members.map((member) => far[member]));
      for (const member of members) {
        if (far[member] <= nearest + 1) continue;
        far[member] = nearest + 1;
        moved = true;
      }
    }
  }
  return far;
}

describe('proof of clusters', () => {
  it(`law 19: ${GRAPHS} random ledgers, replaying the links gives the partition of each layer (seed ${SEED})`, () => {
    const prng = Prng.fromSeed(SEED + 10);
    for (let graph = 0; graph < GRAPHS; graph += 1) {
      const { evidence, memberCount } = randomEvidence(prng);
      const links = Array.from({ length: evidence.linkCount }, (_, link) => linkAt(evidence, link));
      const [core, extended] = (['core', 'extended'] as const).map((layer) => {
        const roots = partition(evidence, memberCount, { layer });
        assert.deepEqual(replay(links, memberCount, layer), [...roots]);
        return roots;
      });
      core.forEach((root, member) => assert.equal(extended[root], extended[member], 'extended is coarser than core'));
    }
  });

  it('chains are shortest, their steps are links, and exactly what separates is said to', () => {
    const prng = Prng.fromSeed(SEED + 11);
    let separating = 0;
    for (let graph = 0; graph < GRAPHS / 2; graph += 1) {
      const { evidence, memberCount } = randomEvidence(prng);
      if (memberCount < 2) continue;
      const search = new EvidenceGraph(evidence, memberCount, 'extended');
      const links = Array.from({ length: evidence.linkCount }, (_, link) => linkAt(evidence, link));
      const roots = partition(evidence, memberCount, { layer: 'extended' });
      const [a, b] = [prng.int(memberCount), prng.int(memberCount)];
      const found = explain(search, a, b);
      assert.equal(found === null, roots[a] !== roots[b]);
      if (found === null) continue;
      assert.equal(found.steps.length, distance(links, memberCount, a)[b]);
      let at = a;
      for (const { link, from, to, tx, separates } of found.steps) {
        assert.ok(from === at && links[link].members.includes(from) && links[link].members.includes(to));
        at = to;
        const without = (other: number): boolean => isLeftOut(evidence, other, { tx });
        const after = partition(evidence, memberCount, { layer: 'extended', without });
        assert.equal(separates, restsOnTransaction(evidence, link) && after[a] !== after[b]);
        separating += Number(separates);
      }
      assert.equal(at, b);
    }
    assert.ok(separating > GRAPHS / 20, `too tame: ${separating}`);
  });

  it('the bridge is the transaction whose loss cuts most off, by trying each', () => {
    const prng = Prng.fromSeed(SEED + 12);
    let bridges = 0;
    for (let graph = 0; graph < GRAPHS / 2; graph += 1) {
      const { evidence, memberCount } = randomEvidence(prng);
      if (memberCount === 0) continue;
      const start = prng.int(memberCount);
      const before = partition(evidence, memberCount, { layer: 'extended' });
      let wanted: { tx: number; comesOff: number } | null = null;
      for (const tx of [...new Set(evidence.tx)].sort((a, b) => a - b)) {
        const without = (link: number): boolean => isLeftOut(evidence, link, { tx });
        const after = partition(evidence, memberCount, { layer: 'extended', without });
        const split = splits(before, after).find(({ root }) => root === before[start]);
        const comesOff = split === undefined ? 0 : split.size - split.pieces[0].size;
        if (comesOff > (wanted?.comesOff ?? 0)) wanted = { tx, comesOff };
      }
      assert.deepEqual(bridge(new EvidenceGraph(evidence, memberCount, 'extended'), start), wanted);
      bridges += Number(wanted !== null);
    }
    assert.ok(bridges > GRAPHS / 10, `too tame: ${bridges}`);
  });

  it('by hand: the weakest step is the weakest heuristic; a second common spend saves the pair; identity is no act', () => {
    const links: Link[] = [
      { heuristic: 'same-key', tx: 1, members: [0, 1] },
      { heuristic: 'common-input', tx: 2, members: [1, 2] },
      { heuristic: 'common-input', tx: 3, members: [2, 1] },
      { heuristic: 'change', tx: 4, members: [2, 3] },
    ];
    const found = explain(new EvidenceGraph(evidenceOf(links), 4, 'extended'), 0, 3);
    assert.deepEqual(
      found?.steps.map(({ heuristic, tx, separates }) => [heuristic, tx, separates]),
      [
        ['same-key', 1, false],
        ['common-input', 2, false],
        ['change', 4, true],
      ],
    );
    assert.equal(found?.weakest, 2);
    const core = new EvidenceGraph(evidenceOf(links), 4, 'core');
    assert.equal(explain(core, 0, 3), null);
    assert.equal(explain(core, 0, 2)?.weakest, 1);
    assert.deepEqual(explain(core, 2, 2), { steps: [], weakest: null });
  });

  it('by hand: what falls apart without a transaction, without a heuristic', () => {
    const links: Link[] = [
      { heuristic: 'common-input', tx: 1, members: [0, 1, 2] },
      { heuristic: 'common-input', tx: 2, members: [2, 3, 4] },
      { heuristic: 'nested-script', tx: 2, members: [4, 5] },
    ];
    const evidence = evidenceOf(links);
    const before = partition(evidence, 7, { layer: 'core' });
    const without = (what: Parameters<typeof isLeftOut>[2]): Uint32Array =>
      partition(evidence, 7, { layer: 'core', without: (link) => isLeftOut(evidence, link, what) });
    assert.deepEqual(splits(before, without({ tx: 2 })), [
      {
        root: 0,
        size: 6,
        pieces: [
          { root: 0, size: 3 },
          { root: 4, size: 2 },
          { root: 3, size: 1 },
        ],
      },
    ]);
    assert.deepEqual(splits(before, without({ heuristic: 'nested-script' })), [
      {
        root: 0,
        size: 6,
        pieces: [
          { root: 0, size: 5 },
          { root: 5, size: 1 },
        ],
      },
    ]);
    assert.deepEqual(splits(before, without({ tx: 9 })), []);
    assert.deepEqual(
      LINK_HEURISTICS.map((heuristic) => splits(before, without({ heuristic })).length),
      [1, 0, 1, 0],
    );
  });
});
