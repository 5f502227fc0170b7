/** Door of the graph room: who paid whom, in numbers, as large as memory allows. */
export {
  type BlockLimits,
  type GraphBlock,
  type GraphCounts,
  type IdMeeting,
  MoneyGraph,
  type TaintedCoin,
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
