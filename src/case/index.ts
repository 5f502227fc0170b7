/** Door of the case room: the verbs. */

export { type PaymentList, readPaymentList } from '../chain/bitcoin/index.ts';
export { PATH_ORDERS, type PathOrder } from '../graph/index.ts';
export {
  type AlertFilter,
  openScratchState,
  openState,
  type StateStore,
  type StoredScreening,
} from '../store/index.ts';
export { BEST_TAG_RULE, conceptPlace, subjectText, TAG_FORMATS, type TagFormat } from '../tag/index.ts';
export { ACCOUNT_RULES as ACCOUNT_RULE_NAMES, DEFAULT_ACCOUNT_CONVENTIONS } from '../taint/index.ts';
export { type BalanceRow, type BalancesDocument, balancesDocument } from './account/balance.ts';
export {
  accountCluster,
  accountClustering,
  explainAccounts,
  LINK_STRENGTHS,
} from './account/cluster.ts';
export { type AccountCaseDocument, accountFactsDigest, accountInfo, accountLines } from './account/facts.ts';
export {
  type AccountBlocksOutcome,
  type AccountFetchOutcome,
  accountChainId,
  fetchAccountBlocks,
  fetchAccountSubjects,
} from './account/fetch.ts';
export { type LeadsRequest, leadsOf } from './account/leads.ts';
export { type AccountPathRequest, checkAccountPathRequest, findAccountPaths } from './account/path.ts';
export {
  RANK_CLAIM,
  RANK_VARIANTS,
  type RankDocument,
  type RankRequest,
  type RankVariant,
  rankAccounts,
} from './account/rank.ts';
export { rollbackAccounts } from './account/reorg.ts';
export { titled } from './account/report.ts';
export { isAccountSeed, parseAccountSeed, seedOver } from './account/seed.ts';
export { type AccountSubject, assetName, isAccountSubject, parseAccountSubject } from './account/subject.ts';
export {
  ACCOUNT_STOPS,
  type AccountTraceRequest,
  type AccountTraceRun,
  isAccountRun,
  loadAccountTrace,
  traceAccounts,
} from './account/trace.ts';
export { type AccountWhyDocument, whyAccount } from './account/why.ts';
export { type ActorDocument, actorDocument, actorList, campaignsOf, exportActors } from './actor/actor.ts';
export { type BulkTaint, type BulkTaintAnswer, bulkTaint } from './bulk/taint.ts';
export { bulkTrace } from './bulk/trace.ts';
export type { BulkTraceDocument } from './bulk/trace-document.ts';
export type { BulkTrace } from './bulk/trace-question.ts';
export { type BundleOutcome, createBundle } from './bundle/create.ts';
export { type BundleCheck, verifyBundle } from './bundle/verify.ts';
export type { Check } from './check.ts';
export {
  type ActivityParams,
  activityDocument,
  CLOCKS,
  type Clock,
  parseOffset,
  parseWindow,
} from './cluster/activity.ts';
export { type ChangeDocument, changeDocument, type VoteRow } from './cluster/change.ts';
export {
  type ClusterCounts,
  type ClusterParams,
  type ClusterRequest,
  type ClusterRun,
  parsePair,
  runClusters,
} from './cluster/cluster.ts';
export {
  type ClusterDocument,
  type ClusteringDocument,
  type ClusterRunDocument,
  clusterDocument,
  clusteringDocument,
  type ErrorRatesDocument,
} from './cluster/document.ts';
export { type InheritedLink, type InheritedTags, type ListedTag, tagsWithInherited } from './cluster/inherited.ts';
export {
  type BridgeDocument,
  bridgeOf,
  type ExplainDocument,
  explainPair,
  parseWithout,
  type WhatIfDocument,
  whatIf,
} from './cluster/proof.ts';
export {
  type ConflictsDocument,
  conflictCount,
  conflictsDocument,
} from './cluster/proposal.ts';
export { askedLayer, clusterLines, loadClusters, undoClusters } from './cluster/read.ts';
export { type CaseContext, withCase, withCaseAsync } from './context.ts';
export { type ChainAge, caseTipTimes, type DataAge, dataAge, type TipTime } from './data-age.ts';
export { demo } from './demo.ts';
export { factLines } from './facts.ts';
export type { BlockRange, BlocksOutcome, Reorganisation } from './fetch/block-sync.ts';
export { type BlocksRequest, fetchBlocks, parseBlocks } from './fetch/blocks.ts';
export {
  type CrossCheckDocument,
  type CrossCheckRequest,
  crossCheck,
  type SubjectCheck,
} from './fetch/cross-check.ts';
export { DEFAULT_MAX_PAGES, type FetchOutcome, fetchSubjects } from './fetch/fetch.ts';
export {
  DEFAULT_FOLLOW_BUDGET,
  type FollowBudget,
  type FollowOutcome,
  type FollowRequest,
  followTrace,
} from './fetch/follow.ts';
export { type RollbackOutcome, rollback } from './fetch/reorg.ts';
export { type CaseDocument, caseInfo, doctor, type Finding } from './info.ts';
export { ingestAccountBody, type RecordedAccountBody } from './ingest/account.ts';
export { blockCoverage, noteCoverage } from './ingest/coverage.ts';
export { type FileOutcome, type IngestOptions, ingestFiles, ingestSteps, type Progress } from './ingest/ingest.ts';
export { DEFAULT_PATTERN_LIMITS, type PatternLimits, patterns } from './pattern.ts';
export { DAY_PRICES, type DayPrice, readPrices } from './prices.ts';
export { DayQuota, type QuotaOutcome } from './quota.ts';
export { type RunReport, runReport } from './report.ts';
export { revenueOfList } from './revenue/list.ts';
export { type RevenueDocument, type RevenueParams, type RevenueStage, revenueDocument } from './revenue/revenue.ts';
export { type ScreeningDifference, screenAgain } from './screen/again.ts';
export {
  type BatchDefaults,
  type BatchLine,
  checkScreeningRequest,
  ScreenBatch,
  ScreenJournal,
  screeningSubject,
} from './screen/batch.ts';
export { alertIds, ScreeningDesk, type SubmissionKey, submissionDigest } from './screen/desk.ts';
export { replayScreening, screeningList, screeningText } from './screen/kept.ts';
export { type AssetPrices, readAssetPrices } from './screen/prices.ts';
export {
  type RulesText,
  readRules,
  ScreenDesk,
  type ScreenOptions,
  screenSubject,
  testRules,
} from './screen/screen.ts';
export { type DataDocument, dataDocument, isCaseReady, OpenCase, type TraceRow, traceRows } from './service.ts';
export { heightOrDate, parseRange, parseSubject } from './subject.ts';
export {
  DEFAULT_READING,
  importPacks,
  type PackOutcome,
  readPack,
  type TagReading,
  tagFiles,
} from './tag/import.ts';
export {
  type CaseTag,
  exportTags,
  listPacks,
  listTags,
  type Retraction,
  rankedTags,
  retractPack,
  type StandingTag,
  serviceAccounts,
  type TagQuestion,
  tagsOf,
} from './tag/tags.ts';
export {
  type Bearer,
  createToken,
  EVERY_SCOPE,
  listTokens,
  revokeToken,
  SCOPES,
  type Scope,
  type TokenRow,
  tokenCheck,
  tokenNeed,
} from './token.ts';
export {
  type BackwardRequest,
  backwardDocument,
  DEFAULT_MAX_SOURCES,
} from './trace/backward.ts';
export {
  COINJOIN_DETECTORS,
  COINJOIN_POLICIES,
  type CoinjoinChoice,
  type CoinjoinDetector,
  type CoinjoinPolicy,
} from './trace/coinjoin-choice.ts';
export {
  type Asked,
  CONVENTION_VALUES,
  DEFAULT_CONVENTIONS,
  PRESET_NAMES,
  resolveConventions,
} from './trace/conventions.ts';
export { coverageDocument } from './trace/coverage.ts';
export { traceDocument } from './trace/document.ts';
export { refuseContradictions } from './trace/limit-check.ts';
export { checkPathRequest, findPaths, type PathRequest } from './trace/path.ts';
export { traceReport } from './trace/report.ts';
export { parseSeed, type SeedRequest } from './trace/seed.ts';
export { SERVICE_REACHES, type ServiceReach } from './trace/service-stop.ts';
export {
  loadTrace,
  parseRules,
  STOPS,
  type Stop,
  type TraceRequest,
  type TraceRun,
  trace,
} from './trace/trace.ts';
export { UNKNOWN_VALUES, type Unknown } from './trace/unknown-option.ts';
export { type WhyDocument, why } from './trace/why.ts';
export { writeUserFile } from './user-file.ts';
export { type VerifyDocument, verifyCase } from './verify.ts';
export {
  ALERT_STATES,
  AlertBook,
  type AlertDocument,
  type AlertHistory,
  type AlertState,
  alertsOfScreening,
  type FoundAlert,
  iso,
} from './watch/alert.ts';
export { type DeliveryOutcome, deliverDue } from './watch/deliver.ts';
export { watchSubject } from './watch/event.ts';
export { noteSeen, runWatches, type ScreenAddress, type WatchOutcome } from './watch/run.ts';
export {
  addWatch,
  listWatches,
  removeWatch,
  WATCH_FLOWS,
  WATCH_LEVELS,
  type WatchChannels,
  type WatchRequest,
  type WatchRow,
} from './watch/watch.ts';
export { checkWebhookUrl, webhookSignature } from './watch/webhook.ts';
