/** Door of the cluster room: who belongs together, by which transaction, and how sure. */
export { AIRDROP_FARM, type AirdropOptions, airdropFarm } from './account-airdrop.ts';
export { type AuthorisationOptions, SELF_AUTHORISATION, selfAuthorisation } from './account-authorisation.ts';
export { CONSOLIDATION_SINK, type ConsolidationOptions, consolidationSink } from './account-consolidation.ts';
export {
  DEPOSIT_REUSE,
  type DepositAddress,
  type DepositRefusal,
  type DepositReuse,
  type DepositReuseOptions,
  depositReuse,
} from './account-deposit.ts';
export { FIRST_FUNDER, type FunderOptions, firstFunder } from './account-funder.ts';
export { type AccountHistory, type AccountRoles, accountHistory } from './account-history.ts';
export {
  ACCOUNT_RULES,
  type AccountLink,
  accountClusters,
  accountEvidence,
  type LinkEvidence,
  type LinkStrength,
} from './account-link.ts';
export { type Burst, type BurstRule, bursts, type Calendar, calendar, type Silence, silences } from './activity.ts';
export { type Bridge, bridge } from './bridge.ts';
export { keepApart, type Refusal } from './cannot-link.ts';
export { type ChangeVote, changeLinks, changeOf, changeVotes } from './change.ts';
export { CHANGE_HEURISTICS, parseChangeExpression } from './change-expression.ts';
export { type ChangeHeuristic, ChangeLedger } from './change-ledger.ts';
export { commonInputLinks, markCoinjoins } from './common-input.ts';
export { ERROR_RATES, ERROR_RATES_MEASURED, type ErrorRate, ratesFor } from './error-rates.ts';
export {
  ACCOUNT_HEURISTICS,
  type AccountHeuristic,
  type Evidence,
  evidenceOf,
  heuristicAt,
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
  type RevenueReading,
  type RevenueSum,
  revenueSum,
} from './revenue.ts';
export { type DemandFit, type PartPayment, type PartSum, partSums } from './revenue-part.ts';
export { EvidenceGraph, restsOnTransaction, type Step } from './search.ts';
export { UnionFind } from './union-find.ts';
