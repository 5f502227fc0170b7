/** Door of the graph room: who paid whom, in numbers, as large as memory allows. */

export {
  type AccountMoneyPath,
  type AccountMoneyPaths,
  type AccountPathMove,
  type AccountPathQuestion,
  accountPaths,
} from './account-path.ts';
export {
  type AccountRanking,
  accountRank,
  RANK_VARIANTS,
  type RankQuestion,
  type RankVariant,
} from './account-rank.ts';
export { type Digraph, type GraphMetrics, graphMetrics } from './graph-metrics.ts';
export type { GraphPage, GraphState } from './kernel-state.ts';
export {
  type BlockLimits,
  type GraphBlock,
  type GraphCounts,
  type IdMeeting,
  MoneyGraph,
} from './money-graph.ts';
export {
  type MoneyPath,
  type MoneyPaths,
  moneyPaths,
  PATH_ORDERS,
  type PathOrder,
  type PathQuestion,
} from './money-path.ts';
export type { OpenEnd } from './reach.ts';
export { hasTaintRule } from './rule-code.ts';
export type { OutputNumber, TaintBooks, TaintedCoin, TaintQuestion, TaintRun } from './taint-run.ts';
