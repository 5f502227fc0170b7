/**
 * Claim:      the shape of a transaction graph in the numbers that studies compare.
 * Source:     zkokelj, MSc thesis 2021, 4.2 (the list); clustering and degree centrality of Watts, Strogatz 1998 and Freeman 1978;
 *             assortativity of Newman 2003; exponent by Clauset, Shalizi, Newman 2009, eq. 3.7.
 * Parameters: `sampleNodes`, the most nodes that distances are measured from; smallest degree of the power law 1.
 * Cost:       O(edges x largest degree) for clustering, O(sampleNodes x edges) for distances, a few O(edges) passes for the rest.
 * Fails when: distance and diameter come from a sample (every n/sampleNodes-th node): the diameter is then a lower bound. The exponent
 *             is a fit that is always found, whether the degrees follow a power law or not.
 */
import { louvain } from './louvain.ts';

/** A directed graph without loops or repeated edges; nodes are numbered from 0 in the order of the chain. */
export interface Digraph {
  readonly nodeCount: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Metrics; null where a graph is too small for one. Directions count in edges, density and assortativity, nowhere else. */
export interface GraphMetrics {
  readonly nodes: number;
  readonly edges: number;
  /** m / (n (n - 1)). */
  readonly density: number | null;
  /** 2 m / n. */
  readonly meanDegree: number | null;
  /** Mean over all nodes; a node with fewer than two neighbours counts 0. */
  readonly clustering: number | null;
  /** Over pairs that are joined, from the sampled nodes. */
  readonly meanDistance: number | null;
  readonly diameter: number | null;
  readonly modularity: number | null;
  readonly communities: number;
  /** Most neighbours of a node, over n - 1. */
  readonly degreeCentrality: number | null;
  /** Correlation over edges of a degree of the spending side (`out` or `in`, first word) with one of the other. */
  readonly assortativity: Readonly<Record<'inIn' | 'inOut' | 'outIn' | 'outOut', number | null>>;
  readonly powerLawExponent: number | null;
}

/** Smallest degree that the power law is fitted from, less the half that a whole number stands for. */
const POWER_LAW_BASE = 0.5;

/** Measures a graph. */
export function graphMetrics(graph: Digraph, sampleNodes: number): GraphMetrics {
  const { nodeCount, from, to } = graph;
  const neighbours = neighboursOf(graph);
  const partition = louvain(neighbours);
  const degrees = neighbours.map((list) => list.length);
  const pairs = nodeCount * (nodeCount - 1);
  const distances = sampledDistances(neighbours, sampleNodes);
  return {
    nodes: nodeCount,
    edges: from.length,
    density: pairs === 0 ? null : from.length / pairs,
    meanDegree: nodeCount === 0 ? null : (2 * from.length) / nodeCount,
    clustering: nodeCount === 0 ? null : meanClustering(neighbours),
    meanDistance: distances.pairs === 0 ? null : distances.sum / distances.pairs,
    diameter: distances.pairs === 0 ? null : distances.longest,
    modularity: partition.modularity,
    communities: partition.communities,
    degreeCentrality:
      nodeCount < 2 ? null : degrees.reduce((most, degree) => Math.max(most, degree), 0) / (nodeCount - 1),
    assortativity: assortativityOf(nodeCount, from, to),
    powerLawExponent: powerLawExponent(degrees.filter((degree) => degree > 0)),
  };
}

/** Neighbours of each node whatever the direction, ascending, each once. */
function neighboursOf({ nodeCount, from, to }: Digraph): number[][] {
  const sets = Array.from({ length: nodeCount }, () => new Set<number>());
  from.forEach((source, edge) => {
    sets[source].add(to[edge]);
    sets[to[edge]].add(source);
  });
  return sets.map((set) => [...set].sort((a, b) => a - b));
}

function meanClustering(neighbours: ReadonlyArray<readonly number[]>): number {
  const mark = new Int32Array(neighbours.length).fill(-1);
  let sum = 0;
  neighbours.forEach((own, node) => {
    for (const other of own) mark[other] = node;
    let closed = 0;
    for (const other of own) for (const third of neighbours[other]) if (mark[third] === node) closed += 1;
    if (own.length > 1) sum += closed / (own.length * (own.length - 1));
  });
  return sum / neighbours.length;
}

/** Distances from every n/sample-th node to all nodes it is joined with. */
function sampledDistances(
  neighbours: ReadonlyArray<readonly number[]>,
  sampleNodes: number,
): { sum: number; pairs: number; longest: number } {
  const sources = Math.min(sampleNodes, neighbours.length);
  const result = { sum: 0, pairs: 0, longest: 0 };
  for (let index = 0; index < sources; index += 1) {
    const source = Math.floor((index * neighbours.length) / sources);
    const distance = new Map<number, number>([[source, 0]]);
    // A Map gives back what is added while it is walked, in the order it was added: the queue of a breadth-first walk.
    for (const [node, steps] of distance) {
      for (const next of neighbours[node]) if (!distance.has(next)) distance.set(next, steps + 1);
      result.sum += steps;
      result.longest = Math.max(result.longest, steps);
    }
    result.pairs += distance.size - 1;
  }
  return result;
}

function assortativityOf(
  nodeCount: number,
  from: readonly number[],
  to: readonly number[],
): GraphMetrics['assortativity'] {
  const outDegree = new Array<number>(nodeCount).fill(0);
  const inDegree = new Array<number>(nodeCount).fill(0);
  for (const node of from) outDegree[node] += 1;
  for (const node of to) inDegree[node] += 1;
  const between = (source: readonly number[], target: readonly number[]): number | null =>
    correlation(
      from.map((node) => source[node]),
      to.map((node) => target[node]),
    );
  return {
    inIn: between(inDegree, inDegree),
    inOut: between(inDegree, outDegree),
    outIn: between(outDegree, inDegree),
    outOut: between(outDegree, outDegree),
  };
}

/** Pearson correlation; null where one side does not vary. Sums of whole numbers, so the order of edges does not show. */
function correlation(xs: readonly number[], ys: readonly number[]): number | null {
  const count = xs.length;
  let [sumX, sumY, sumXX, sumYY, sumXY] = [0, 0, 0, 0, 0];
  xs.forEach((x, index) => {
    const y = ys[index];
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumYY += y * y;
    sumXY += x * y;
  });
  const varianceX = count * sumXX - sumX * sumX;
  const varianceY = count * sumYY - sumY * sumY;
  return varianceX <= 0 || varianceY <= 0 ? null : (count * sumXY - sumX * sumY) / Math.sqrt(varianceX * varianceY);
}

function powerLawExponent(degrees: readonly number[]): number | null {
  const ascending = [...degrees].sort((a, b) => a - b);
  const logs = ascending.reduce((sum, degree) => sum + Math.log(degree / POWER_LAW_BASE), 0);
  return degrees.length === 0 ? null : 1 + degrees.length / logs;
}
