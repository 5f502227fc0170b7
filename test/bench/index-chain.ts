/** A synthetic chain as an index: dense numbers in chain order, the coinbase first in its block; in plain columns, and as the graph that we ask. */
import { type GraphBlock, MoneyGraph } from '../../src/graph/index.ts';
import { OUTPUT_UNSPENDABLE } from '../../src/ledger/index.ts';
import { graphModule } from '../support/graph-block.ts';
import { type SyntheticChain, syntheticChain } from '../support/synthetic-chain.ts';

/** Columns that every version reads. */
export interface IndexColumns {
  readonly transactionCount: number;
  readonly outputCount: number;
  readonly firstInput: Uint32Array;
  readonly firstOutput: Uint32Array;
  readonly inputOutput: Uint32Array;
  readonly outputTransaction: Uint32Array;
  readonly valueSat: Float64Array;
  readonly unspendable: Uint8Array;
  /** Spending transaction, -1 where there is none. */
  readonly spender: Int32Array;
  /** First transaction of each block, and the end. */
  readonly blocks: readonly number[];
  /** Outputs that hold the loot. */
  readonly theft: readonly number[];
}

/** The transactions of a chain as numbers of the index, by their place in it. */
function denseOrder({ transactionCount, height, coinbase }: SyntheticChain): { order: Uint32Array; blocks: number[] } {
  const order = new Uint32Array(transactionCount);
  const blocks: number[] = [];
  for (let from = 0, to = 0; from < transactionCount; from = to) {
    while (to < transactionCount && height[to] === height[from]) to += 1;
    if (coinbase[to - 1] !== 1) throw new Error(`the block of transaction ${from} does not end with its coinbase`);
    blocks.push(from);
    order[from] = to - 1;
    for (let at = from; at < to - 1; at += 1) order[at + 1] = at;
  }
  blocks.push(transactionCount);
  return { order, blocks };
}

/** A chain of so many transactions, seed 1. */
export function indexColumns(transactions: number): IndexColumns {
  const chain = syntheticChain({ transactions, seed: 1 });
  const { order, blocks } = denseOrder(chain);
  const outputCount = chain.firstOutput[transactions];
  const firstInput = new Uint32Array(transactions + 1);
  const firstOutput = new Uint32Array(transactions + 1);
  const outputOf = new Uint32Array(outputCount);
  const numberOf = new Uint32Array(transactions);
  const outputTransaction = new Uint32Array(outputCount);
  order.forEach((tx, number) => {
    numberOf[tx] = number;
    const first = chain.firstOutput[tx];
    const count = chain.firstOutput[tx + 1] - first;
    firstInput[number + 1] = firstInput[number] + chain.firstInput[tx + 1] - chain.firstInput[tx];
    firstOutput[number + 1] = firstOutput[number] + count;
    for (let vout = 0; vout < count; vout += 1) {
      outputOf[first + vout] = firstOutput[number] + vout;
      outputTransaction[firstOutput[number] + vout] = number;
    }
  });
  const inputOutput = new Uint32Array(firstInput[transactions]);
  order.forEach((tx, number) => {
    const from = chain.firstInput[tx];
    for (let at = from; at < chain.firstInput[tx + 1]; at += 1) {
      inputOutput[firstInput[number] + at - from] = outputOf[chain.inputOutput[at]];
    }
  });
  const valueSat = new Float64Array(outputCount);
  const unspendable = new Uint8Array(outputCount);
  const spender = new Int32Array(outputCount);
  outputOf.forEach((output, at) => {
    valueSat[output] = chain.outputValueSat[at];
    unspendable[output] = (chain.outputFlags[at] & OUTPUT_UNSPENDABLE) !== 0 ? 1 : 0;
    spender[output] = chain.spenderTx[at] < 0 ? -1 : numberOf[chain.spenderTx[at]];
  });
  const theft = chain.truth.theftOutputs.map((output) => outputOf[output]);
  const transactionCount = transactions;
  return {
    transactionCount,
    outputCount,
    firstInput,
    firstOutput,
    inputOutput,
    outputTransaction,
    valueSat,
    unspendable,
    spender,
    blocks,
    theft,
  };
}

/** Eight bytes that no other transaction has; the table of the graph wants them spread. */
function headWords(transaction: number, words: Uint32Array, at: number): void {
  words[at] = Math.imul(transaction, 0x9e37_79b1);
  words[at + 1] = Math.imul(transaction, 0x85eb_ca77) ^ 0x5bd1_e995;
}

function blockOf(columns: IndexColumns, first: number, end: number): GraphBlock {
  const { firstInput, firstOutput, inputOutput, outputTransaction, valueSat, unspendable } = columns;
  const inputs = inputOutput.subarray(firstInput[first], firstInput[end]);
  const [from, to] = [firstOutput[first], firstOutput[end]];
  const txids = new Uint32Array(8 * (end - first));
  for (let number = first; number < end; number += 1) headWords(number, txids, 8 * (number - first));
  const inputHead = new Uint32Array(2 * inputs.length);
  inputs.forEach((output, at) => {
    headWords(outputTransaction[output], inputHead, 2 * at);
  });
  return {
    transactionCount: end - first,
    inputCount: inputs.length,
    outputCount: to - from,
    firstInput: firstInput.subarray(first, end + 1).map((at) => at - firstInput[first]),
    firstOutput: firstOutput.subarray(first, end + 1).map((at) => at - from),
    inputHead,
    inputVout: inputs.map((output) => output - firstOutput[outputTransaction[output]]),
    inputOwner: new Uint32Array(2 * inputs.length),
    outputValueSat: valueSat.subarray(from, to),
    outputOwner: new Uint32Array(2 * (to - from)),
    outputFlags: unspendable.subarray(from, to),
    txids: new Uint8Array(txids.buffer),
  };
}

/** The graph of these columns. */
export function indexGraph(columns: IndexColumns): MoneyGraph {
  const limits = { transactions: 20_000, inputs: 60_000, outputs: 60_000 };
  const graph = new MoneyGraph(graphModule(), { transactions: columns.transactionCount, ids: true, block: limits });
  for (let block = 0; block + 1 < columns.blocks.length; block += 1) {
    graph.add(blockOf(columns, columns.blocks[block], columns.blocks[block + 1]), () => {
      throw new Error('two transactions share a head');
    });
  }
  const { missing, spentTwice } = graph.faults();
  if (missing + spentTwice > 0) throw new Error(`${missing} inputs are missing, ${spentTwice} outputs spent twice`);
  return graph;
}
