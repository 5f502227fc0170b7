/** Graph metrics against published values of Zachary's karate club, small graphs by hand, and the best partition of all. */
import assert from 'node:assert/strict';
import { type Digraph, graphMetrics } from '../../src/graph/graph-metrics.ts';
import { louvain, modularityOf } from '../../src/graph/louvain.ts';
import { Prng } from '../support/prng.ts';

/** Zachary 1977: friendships of 34 members of a karate club, numbered from 1; 78 pairs. */
const KARATE = [
  [1, [2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 18, 20, 22, 32]],
  [2, [3, 4, 8, 14, 18, 20, 22, 31]],
  [3, [4, 8, 9, 10, 14, 28, 29, 33]],
  [4, [8, 13, 14]],
  [5, [7, 11]],
  [6, [7, 11, 17]],
  [7, [17]],
  [9, [31, 33, 34]],
  [10, [34]],
  [14, [34]],
  [15, [33, 34]],
  [16, [33, 34]],
  [19, [33, 34]],
  [20, [34]],
  [21, [33, 34]],
  [23, [33, 34]],
  [24, [26, 28, 30, 33, 34]],
  [25, [26, 28, 32]],
  [26, [32]],
  [27, [30, 34]],
  [28, [34]],
  [29, [32, 34]],
  [30, [33, 34]],
  [31, [33, 34]],
  [32, [33, 34]],
  [33, [34]],
] as const satisfies ReadonlyArray<readonly [number, readonly number[]]>;

function karate(): Digraph {
  const pairs = KARATE.flatMap(([member, friends]) => friends.map((friend) => [member - 1, friend - 1]));
  assert.equal(pairs.length, 78);
  return {
    nodeCount: 34,
    from: pairs.flat(),
    to: pairs.flatMap(([a, b]) => [b, a]),
  };
}

function near(actual: number | null, expected: number, tolerance = 1e-9): void {
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

function neighboursOf({ nodeCount, from, to }: Digraph): number[][] {
  return Array.from({ length: nodeCount }, (_, node) => [
    ...new Set([...from.filter((_n, edge) => to[edge] === node), ...to.filter((_n, edge) => from[edge] === node)]),
  ]);
}

/** Largest modularity of all partitions, by trying them. */
function bestModularity(neighbours: readonly number[][]): number {
  let best = Number.NEGATIVE_INFINITY;
  const place = (community: readonly number[], used: number): void => {
    if (community.length === neighbours.length) {
      best = Math.max(best, modularityOf(neighbours, community) ?? 0);
      return;
    }
    for (let own = 0; own <= used; own += 1) place([...community, own], Math.max(used, own + 1));
  };
  place([], 0);
  return best;
}

describe('graph metrics', () => {
  it('karate club: density 0.1390, clustering 0.5706, mean distance 2.4082, diameter 5, assortativity -0.4756 (NetworkX)', () => {
    const metrics = graphMetrics(karate(), 100);
    near(metrics.density, 0.13903743315508021);
    near(metrics.meanDegree, (2 * 156) / 34);
    near(metrics.clustering, 0.5706384782076823);
    near(metrics.meanDistance, 2.408199643493761);
    assert.equal(metrics.diameter, 5);
    near(metrics.degreeCentrality, 17 / 33);
    for (const value of Object.values(metrics.assortativity)) near(value, -0.47561309768461413);
  });

  it('karate club: four communities of modularity between 0.41 and 0.4198, the most there can be (Brandes et al. 2008)', () => {
    const { modularity, communities } = graphMetrics(karate(), 100);
    assert.ok(modularity !== null && modularity > 0.41 && modularity < 0.4198, String(modularity));
    assert.equal(communities, 4);
  });

  it('by hand: a triangle with a tail', () => {
    // 0 -> 1, 1 -> 2, 0 -> 2, 2 -> 3: neighbours 2, 2, 3, 1; triangles at 0 and 1 closed, at 2 one of three pairs.
    const metrics = graphMetrics({ nodeCount: 4, from: [0, 1, 0, 2], to: [1, 2, 2, 3] }, 100);
    near(metrics.density, 4 / 12);
    near(metrics.meanDegree, 2);
    near(metrics.clustering, (1 + 1 + 1 / 3 + 0) / 4);
    near(metrics.meanDistance, (1 + 1 + 2 + 1 + 2 + 1) / 6);
    assert.equal(metrics.diameter, 2);
    near(metrics.degreeCentrality, 1);
    // Out-degrees of the sources 2, 1, 2, 1; in-degrees of the targets 1, 2, 2, 1: covariance and variances over four edges.
    near(metrics.assortativity.outIn, 0);
    near(metrics.powerLawExponent, 1 + 4 / Math.log(4 * 4 * 6 * 2));
  });

  it('a sample of sources measures from every second node of a chain; nothing is claimed of an empty or single-node graph', () => {
    const chain = { nodeCount: 4, from: [0, 1, 2], to: [1, 2, 3] };
    const { meanDistance, diameter } = graphMetrics(chain, 2);
    near(meanDistance, (1 + 2 + 3 + 2 + 1 + 1) / 6);
    assert.equal(diameter, 3);
    const single = graphMetrics({ nodeCount: 1, from: [], to: [] }, 100);
    assert.deepEqual(
      [single.density, single.meanDistance, single.modularity, single.degreeCentrality, single.powerLawExponent],
      [null, null, null, null, null],
    );
    assert.equal(graphMetrics({ nodeCount: 0, from: [], to: [] }, 100).clustering, null);
  });

  it('Louvain on random graphs: never above the best partition of all, and equal to it on most', () => {
    let equal = 0;
    const graphs = 120;
    for (let seed = 1; seed <= graphs; seed += 1) {
      const prng = Prng.fromSeed(seed);
      const nodeCount = prng.between(3, 7);
      const pairs = Array.from({ length: nodeCount }, (_, a) => Array.from({ length: a }, (_n, b) => [a, b])).flat();
      const edges = pairs.filter(() => prng.chance(0.45));
      if (edges.length === 0) continue;
      const graph = { nodeCount, from: edges.map(([a]) => a), to: edges.map(([, b]) => b) };
      const neighbours = neighboursOf(graph);
      const { modularity, community } = louvain(neighbours);
      near(modularity, modularityOf(neighbours, community) ?? Number.NaN);
      const best = bestModularity(neighbours);
      assert.ok(modularity !== null && modularity <= best + 1e-12, `seed ${seed}`);
      if (best - modularity < 1e-12) equal += 1;
    }
    assert.ok(equal > graphs / 2, `${equal} of ${graphs}`);
  });
});
