/** Door of the report room: a finished `TraceReport` in, text out. Pure functions of their argument: no clock, no locale, no IO. */

export {
  type AccountClusterDocument,
  type AccountClusteringDocument,
  type AccountLinkRow,
  accountClusteringText,
  accountClusterText,
  accountLinksText,
} from './account/cluster.ts';
export type {
  AccountBookRow,
  AccountGapRow,
  AccountHoldingRow,
  AccountHopRow,
  AccountIntervalRow,
  AccountReport,
  AccountRuleRow,
  AccountServiceRow,
  AccountTraceDocument,
  AssetRow,
  BridgeRow,
  ConversionRow,
  MixerRow,
  RefusedConversionRow,
} from './account/model.ts';
export {
  type AccountPathDocument,
  type AccountPathRow,
  type AccountPathStep,
  renderAccountPathCsv,
  renderAccountPathText,
} from './account/path.ts';
export { AssetWords } from './account/words.ts';
export { renderAccount } from './account-trace.ts';
export { type ActivityDocument, type ActivityMoment, renderActivityText, type WindowActivity } from './activity.ts';
export {
  BACKWARD_KINDS,
  type BackwardDocument,
  type BackwardEndRow,
  type BackwardRuleRow,
  type MoveRow,
  renderBackward,
} from './backward.ts';
export type { CarriedOutput, CarriedRow } from './carried.ts';
export type { CoinjoinOutputRow, CoinjoinRow } from './coinjoin.ts';
export type { CoverageBasis, CoverageDocument, FollowDocument, FollowStop, IncompleteRow } from './coverage.ts';
export { csvText, renderCsv } from './csv.ts';
export {
  cellText,
  type DataColumn,
  type DataTable,
  type DataType,
  ratioText,
  tableCsv,
  tableObjects,
} from './data-table.ts';
export { escapeHtml, shortenMiddle, visibleText } from './escape.ts';
export { renderExchange } from './exchange/render.ts';
export { renderHtml } from './html/html.ts';
export type { IntervalRow, IntervalsDocument, LabelledInterval, OutputInterval } from './intervals.ts';
export { renderAccountTrace, renderJson, renderTraceDocument } from './json.ts';
export { type LeadsDocument, type NoteRow, renderLeadsText } from './leads.ts';
export { renderMarkdown } from './markdown.ts';
export type {
  AskedAbout,
  BookRow,
  ConventionRow,
  FlowLink,
  FlowNode,
  GapRow,
  HoldingRow,
  HopRow,
  InputRow,
  OverlapRow,
  RuleDocument,
  ServiceRow,
  StopCitation,
  StorySection,
  TagCitation,
  TimelineRow,
  TraceDocument,
  TraceReport,
} from './model.ts';
export { type BookBalance, bookBalance, btcOf, equationText, percentOf } from './money.ts';
export {
  BOOK_TERMS,
  type OrdersDocument,
  type OrdersPlace,
  type OrdersRule,
  type OrdersSpread,
  ordersText,
} from './orders.ts';
export {
  type PathDocument,
  type PathEnd,
  type PathExplored,
  type PathOutput,
  type PathRow,
  type PathStep,
  renderPathCsv,
  renderPathText,
} from './path.ts';
export {
  type PatternDetection,
  type PatternDocument,
  type PatternMappings,
  type PatternRow,
  renderPatternText,
} from './pattern.ts';
export { type ActivityPlot, activitySvg } from './picture/activity-svg.ts';
export { flowSvg } from './picture/flow-svg.ts';
export { type MetricBox, type MetricPlot, type MetricRow, metricSvg } from './picture/metric-svg.ts';
export { timelineSvg } from './picture/timeline-svg.ts';
export { renderExplanation, renderScreening } from './screening.ts';
export type { Sheet } from './sheet/sheet.ts';
export { renderSheetText } from './sheet/text.ts';
export { type ReportSummary, type RuleSummary, rangeText, summarise } from './summary.ts';
export { renderText } from './text.ts';
export { utcDayText, utcText } from './time.ts';
export { REPORT_FORMATS, type ReportFormat, renderReport } from './trace-report.ts';
export { type BoundRow, type UnknownRow, unknownLines } from './unknown.ts';
