/** Door of the graph room: who paid whom, in numbers, as large as memory allows. */
export {
  type BlockLimits,
  type GraphBlock,
  type GraphCounts,
  type IdMeeting,
  MoneyGraph,
  type TaintedCoin,
} from './money-graph.ts';
