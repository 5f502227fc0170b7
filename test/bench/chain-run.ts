/** The synthetic chain as the facts the engine asks for, and one run over it: shared by the benchmarks of taint. */
import { outputId, type TxFrame, txId } from '../../src/ledger/index.ts';
import {
  DEFAULT_CONVENTIONS,
  propagate,
  type Seed,
  type TaintResult,
  type TraceParameters,
} from '../../src/taint/index.ts';
import type { SyntheticChain } from '../support/synthetic-chain.ts';

/** Part of a column as a plain array. */
function part(column: { readonly [index: number]: number }, from: number, to: number): number[] {
  const values = new Array<number>(to - from);
  for (let at = from; at < to; at += 1) values[at - from] = column[at];
  return values;
}

/** Frame of a transaction of the chain. */
export function chainFrames(chain: SyntheticChain): (tx: number) => TxFrame {
  return (tx) => {
    const [firstIn, lastIn] = [chain.firstInput[tx], chain.firstInput[tx + 1]];
    const [first, last] = [chain.firstOutput[tx], chain.firstOutput[tx + 1]];
    const spender = part(chain.spenderTx, first, last);
    return {
      tx: txId(tx),
      orderKey: tx,
      height: chain.height[tx],
      coinbase: chain.coinbase[tx] === 1,
      inputOutput: part(chain.inputOutput, firstIn, lastIn),
      inputValueSat: part(chain.inputValueSat, firstIn, lastIn),
      inputAddress: [],
      firstOutput: outputId(first),
      outputValueSat: part(chain.outputValueSat, first, last),
      outputAddress: part(chain.outputAddress, first, last),
      outputFlags: part(chain.outputFlags, first, last),
      outputSpender: spender,
      outputSpenderKey: spender,
    };
  };
}

/** Transaction that makes an output. */
function makerOf(chain: SyntheticChain, output: number): number {
  let low = 0;
  let high = chain.transactionCount;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (chain.firstOutput[middle] <= output) low = middle;
    else high = middle;
  }
  return low;
}

/** Seeds of one label on these outputs. */
export function seedsOn(chain: SyntheticChain, outputs: readonly number[]): Seed[] {
  return outputs.map((output) => {
    const tx = makerOf(chain, output);
    return { output: outputId(output), tx: txId(tx), orderKey: tx, label: 0 };
  });
}

/** Runs the engine over the chain, without limits, stopping at these addresses. */
export function runOverChain(
  chain: SyntheticChain,
  given: Pick<TraceParameters, 'rules' | 'seeds' | 'serviceAddresses'> & Partial<TraceParameters>,
): TaintResult {
  const frame = chainFrames(chain);
  const run = propagate({
    labelCount: 1,
    limits: { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null },
    conventions: DEFAULT_CONVENTIONS,
    stopAtCoinjoin: false,
    lookAhead: 1,
    keepTrail: false,
    ...given,
  });
  let step = run.next();
  while (!step.done) step = run.next({ frames: step.value.transactions.map((tx) => frame(tx)), blocks: [] });
  return step.value;
}
