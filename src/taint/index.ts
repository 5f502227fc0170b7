/** Door of the taint room: where value went, rule by rule, with books that add up. */
export { imbalance } from './books.ts';
export { restoreLine, type StateLine, stateLines, stateText } from './checkpoint.ts';
export { taintOverView } from './on-view.ts';
export { propagate, type TaintRun } from './propagate.ts';
export {
  type Provenance,
  type ProvenanceOrigin,
  type ProvenanceStep,
  provenance,
  type TaintPlace,
} from './provenance.ts';
export type {
  Book,
  Bound,
  BoundedOutput,
  CoarseCount,
  Placement,
  RuleResult,
  RuleTransaction,
  Seed,
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
export { RULE_NAMES, ruleByName } from './rules.ts';
export {
  type HeldOutput,
  type OnScanRest,
  type ScanBlock,
  type ScanColumns,
  type ScanParameters,
  type ScanSeed,
  scanHeight,
  scanPosition,
  TaintScan,
} from './scan.ts';
