/** Door of the cluster room: who belongs together, by which transaction, and how sure. */
export { commonInputLinks, markCoinjoins } from './common-input.ts';
export {
  type Evidence,
  evidenceOf,
  heuristicCode,
  inLayer,
  joinEvidence,
  type Layer,
  LINK_HEURISTICS,
  type Link,
  type LinkHeuristic,
  linkAt,
} from './evidence.ts';
export { type ClusterFacts, frameOf, type Identity, SCRIPT_TYPES } from './facts.ts';
export { type FactInput, type FactOutput, FactsBuilder, type FactTransaction } from './facts-builder.ts';
export { identityLinks } from './identity.ts';
export { clusterSizes, type PartitionSummary, partition, summarise } from './partition.ts';
export { UnionFind } from './union-find.ts';
