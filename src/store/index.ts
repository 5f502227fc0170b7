/** Door of the store room: one SQLite file per case. */

export { accountHashAt, accountHashedNumber, hasWholeAccountBlock } from './account/block.ts';
export { chainIdOf, keepChainId, refuseOtherChain } from './account/chain-id.ts';
export {
  type AccountCounts,
  accountBalanceRecords,
  accountBlocks,
  accountCounts,
  accountFactsAbove,
  accountKinds,
  accountTokens,
  accountTransactions,
  clearAccountFacts,
} from './account/fact-table.ts';
export { accountChainOf, accountNetwork } from './account/network.ts';
export { AccountTable, type Taken } from './account/table.ts';
export { SqliteAccountView } from './account/view.ts';
export { type BulkBlock, BulkLoader, Irregular, standsAbove } from './bulk-load.ts';
export { hashAt, hashedHeight, hasWholeBlock, heightOfBlock, linkBlocks } from './chain-link.ts';
export { copyCase } from './copy.ts';
export * from './fact.ts';
export { Linker } from './link.ts';
export {
  beginLoad,
  type CaseStore,
  closeCase,
  guarded,
  inOneTransaction,
  openCase,
  openExistingCase,
  openScratchCase,
} from './open.ts';
export { spenderOfMissing } from './open-input.ts';
export { RANKS_PER_HEIGHT, settleOrder } from './order.ts';
export { RecordTable, type StoredTransaction } from './record.ts';
export {
  cutFile,
  deleteAccountRuns,
  deleteUndone,
  dropFiles,
  type FileReach,
  fileReaches,
  findUndone,
  holdsBlockOrTransaction,
  type Removed,
  restateSpent,
  type SpentStatement,
  stampedHeights,
  type Undone,
  undoneOf,
  withLooseLinks,
} from './rollback.ts';
export { putRunNote, runNote } from './run-note.ts';
export { isCurrentCase, SCHEMA_VERSION } from './schema/schema.ts';
export { openScratchState, openState, StateStore, stateFileOf } from './state.ts';
export { latestTimeSec, transactionsOfAddresses } from './table/activity-rows.ts';
export { type AlertEvent, type AlertFilter, AlertTable, type StoredAlert } from './table/alert-table.ts';
export {
  checkpoints,
  dropCheckpoint,
  filesUpTo,
  holdsUndated,
  putCheckpoint,
  type StoredCheckpoint,
} from './table/checkpoint-table.ts';
export { type ClusterInputRow, type ClusterOutputRow, ClusterRows, type ClusterTxRow } from './table/cluster-rows.ts';
export {
  type ClusterContent,
  clusterLinks,
  clusterMembers,
  clusterSize,
  findClusterMember,
  memberTexts,
  putClusterRun,
  type StoredLink,
  type StoredMember,
} from './table/cluster-table.ts';
export {
  type CoverageKind,
  type CoverageRow,
  coverage,
  coverageOf,
  dropCoverageAbove,
  putCoverage,
} from './table/coverage-table.ts';
export { type DossierRow, dossierRows, putDossiers } from './table/dossier-table.ts';
export { QuotaTable, type StoredUse } from './table/quota-table.ts';
export {
  deleteRun,
  findRun,
  putManifest,
  putRun,
  type RunContent,
  runContent,
  runs,
  type StoredRun,
} from './table/run-table.ts';
export { type KeptKey, ScreeningTable, type StoredScreening } from './table/screening-table.ts';
export { clearSpends, hasSpends, putSpend, spendersOf } from './table/spend-table.ts';
export {
  allTags,
  findPack,
  hasPack,
  type ListedTag,
  listedTags,
  type NamedTag,
  type PackRow,
  packRows,
  packs,
  putPack,
  putTagEnds,
  retractTags,
  type StoredPack,
  type StoredTag,
  seriesLists,
  tagCount,
  tagsOfCategories,
  tagsOfPack,
  tagsOfSubject,
} from './table/tag-table.ts';
export { type TipTime, tipTimes } from './table/tip-rows.ts';
export {
  markRevoked,
  markUsed,
  putToken,
  type StoredToken,
  tokenProbe,
  tokenReader,
  tokens,
} from './table/token-table.ts';
export {
  addressText,
  findVerdict,
  hasVerdict,
  listVerdicts,
  putVerdict,
  type StoredVerdict,
} from './table/verdict-table.ts';
export { type StoredDelivery, type StoredWatch, WatchTable } from './table/watch-table.ts';
export { type ScriptKnowledge, SqliteView } from './view.ts';
