/**
 * Facts of any size for timing clusters: two inputs a transaction, signers near each other, so that clusters form and
 * some grow large.
 */
import { type ClusterFacts, FactsBuilder } from '../../src/cluster/index.ts';
import { NONE } from '../../src/ledger/index.ts';
import { Prng } from './prng.ts';

/** Columns with this many inputs and as many members; every transaction has two inputs and one output. */
export function wideFacts(inputs: number, seed: number): ClusterFacts {
  const prng = Prng.fromSeed(seed);
  const transactions = inputs / 2;
  const inputMember = new Int32Array(inputs);
  for (let input = 0; input < inputs; input += 1) {
    // Log-uniform distance: most signers are recent, a few are old.
    const back = prng.logUniform(1, Math.max(1, input));
    inputMember[input] = prng.chance(0.3) ? input : input - back < 0 ? 0 : input - back;
  }
  const ramp = (step: number): Uint32Array => Uint32Array.from({ length: transactions + 1 }, (_, tx) => step * tx);
  return {
    ...new FactsBuilder().done(),
    transactionCount: transactions,
    coinbase: new Uint8Array(transactions),
    height: new Int32Array(transactions),
    lockTime: new Float64Array(transactions),
    sizeVb: new Int32Array(transactions).fill(NONE),
    firstInput: ramp(2),
    inputMember,
    inputValueSat: new Float64Array(inputs),
    inputType: new Int8Array(inputs).fill(NONE),
    inputMaker: new Int32Array(inputs).fill(NONE),
    firstOutput: ramp(1),
    outputMember: new Int32Array(transactions).fill(NONE),
    outputValueSat: new Float64Array(transactions),
    outputType: new Int8Array(transactions).fill(NONE),
    outputUnspendable: new Uint8Array(transactions),
    outputSpender: new Int32Array(transactions).fill(NONE),
    memberCount: inputs,
  };
}
