/** Door of the cluster room: who belongs together, by which transaction, and how sure. */
export { type Burst, type BurstRule, bursts, type Calendar, calendar, type Silence, silences } from './activity.ts';
export { type Bridge, bridge } from './bridge.ts';
export { keepApart, type Refusal } from './cannot-link.ts';
export { type ChangeVote, changeLinks, changeOf, changeVotes } from './change.ts';
export { CHANGE_HEURISTICS, parseChangeExpression } from './change-expression.ts';
export { type ChangeHeuristic, ChangeLedger } from './change-ledger.ts';
export { commonInputLinks, markCoinjoins } from './common-input.ts';
export { ERROR_RATES, ERROR_RATES_MEASURED, type ErrorRate, ratesFor } from './error-rates.ts';
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
export {
  type ExplainedStep,
  type Explanation,
  explain,
  isLeftOut,
  type Split,
  STRENGTH,
  splits,
  type Without,
} from './explain.ts';
export { type ClusterFacts, type Identity, SCRIPT_TYPES, shapeAt } from './facts.ts';
export { type FactInput, type FactOutput, FactsBuilder, type FactTransaction } from './facts-builder.ts';
export { ALARM_SIZE, type GrowthAlarm, growthAlarms } from './growth.ts';
export { identityLinks } from './identity.ts';
export { clusterSizes, type PartitionSummary, partition, summarise } from './partition.ts';
export { replay } from './replay.ts';
export {
  filterChoices,
  REVENUE_FILTERS,
  type RevenueFilter,
  type RevenuePayment,
  type RevenueSum,
  revenueSum,
} from './revenue.ts';
export { EvidenceGraph, restsOnTransaction, type Step } from './search.ts';
export { UnionFind } from './union-find.ts';
