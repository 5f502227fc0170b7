/** Door of the taint room: where value went, rule by rule, with books that add up. */

export { type AccountBalance, accountBalances, type BalanceAdjustment } from './account/balances.ts';
export { accountTaint } from './account/pass.ts';
export { accountPriors } from './account/prior.ts';
export {
  ACCOUNT_RULES,
  type AccountConventions,
  type AccountLimits,
  type AccountPrior,
  type AccountRuleName,
  type AccountSeed,
  type AccountSeedSelect,
  type AccountTaintRequest,
  DEFAULT_ACCOUNT_CONVENTIONS,
  type FrameNote,
} from './account/request.ts';
export type {
  AccountBook,
  AccountCoarse,
  AccountGap,
  AccountHolding,
  AccountInterval,
  AccountOverlap,
  AccountRuleResult,
  AccountSeedCount,
  AccountStatus,
  AccountStep,
  AccountTaintResult,
  LabelAmount,
} from './account/result.ts';
export { type AccountWhy, type AccountWhyStep, accountWhy } from './account/why.ts';
export {
  type Backward,
  type BackwardEnd,
  type BackwardEndKind,
  type BackwardLimits,
  type BackwardParameters,
  type BackwardReason,
  type BackwardView,
  backward,
  backwardWay,
} from './backward.ts';
export { imbalance } from './books.ts';
export { restoreLine, type StateLine, stateLines, stateText } from './checkpoint.ts';
export {
  CONVENTION_VALUES,
  conventionOption,
  DEFAULT_CONVENTIONS,
  envelopeHolds,
} from './conventions.ts';
export { type OutputsView, taintOverOutputs, taintOverView } from './on-view.ts';
export { perSource } from './per-source.ts';
export { type Asked, PRESET_NAMES, resolveConventions } from './preset.ts';
export { propagate, type TaintRun } from './propagate.ts';
export { type Provenance, type ProvenanceOrigin, provenance } from './provenance.ts';
export type {
  Book,
  Bound,
  BoundedOutput,
  CoarseCount,
  Placement,
  RuleResult,
  RuleTransaction,
  Seed,
  SeedOverlap,
  StopReason,
  TaintFacts,
  TaintGap,
  TaintNeeds,
  TaintResult,
  TaintStatus,
  TraceConventions,
  TraceLimits,
  TraceParameters,
  TraceValue,
} from './result.ts';
export { RULE_GROUPS, RULE_NAMES, ruleByName } from './rules.ts';
export {
  type HeldOutput,
  type OnScanRest,
  type ScanBlock,
  type ScanColumns,
  type ScanParameters,
  type ScanSeed,
  type ScanTransaction,
  scanHeight,
  scanPosition,
  TaintScan,
} from './scan.ts';
export {
  type UnknownAnswer,
  type UnknownParameters,
  type UnknownView,
  unknownHistory,
} from './unknown.ts';
export type { UnknownInterval, UnknownOutput } from './unknown-sight.ts';
export type { CoinjoinBounds } from './unknown-state.ts';
export type { BackStep, BackWay, SatRange, TaintPlace } from './walk-back.ts';
