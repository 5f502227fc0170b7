/**
 * What clustering reads of a ledger: transactions in total order as columns, and members. A member is whoever can sign
 * for an output: an address, or for a bare public key the P2PKH address of that key, so that both scripts of one key
 * are one member by construction.
 */
import { type Address, NONE } from '../ledger/index.ts';
import type { ShapeInput, ShapeOutput, TransactionShape } from '../pattern/index.ts';

/**
 * Two members that are the same by their scripts; `tx` is the transaction in which the later of the two first appears.
 */
export interface Identity {
  readonly kind: 'same-key' | 'nested-script';
  readonly a: number;
  readonly b: number;
  readonly tx: number;
}

/**
 * A ledger in columns. Transactions are numbered by their place in the total order, members by first appearance (a
 * transaction's inputs come before its outputs). `NONE` (-1) is "not known" everywhere but in `outputSpender`, where it
 * is "no spender in this ledger".
 */
export interface ClusterFacts {
  readonly transactionCount: number;
  /** 1 for a coinbase, which has no inputs here. */
  readonly coinbase: Uint8Array;
  readonly height: Int32Array;
  readonly lockTime: Float64Array;
  /** Virtual bytes. */
  readonly sizeVb: Int32Array;
  /**
   * Inputs of transaction t are `firstInput[t]` up to `firstInput[t + 1]`; the array has one more element than there
   * are transactions.
   */
  readonly firstInput: Uint32Array;
  readonly inputMember: Int32Array;
  readonly inputValueSat: Float64Array;
  /** Script type of the spent output as a place in `SCRIPT_TYPES`. */
  readonly inputType: Int8Array;
  /** Transaction that made the spent output. */
  readonly inputMaker: Int32Array;
  readonly firstOutput: Uint32Array;
  readonly outputMember: Int32Array;
  readonly outputValueSat: Float64Array;
  readonly outputType: Int8Array;
  /** 1 when nobody can ever spend it. */
  readonly outputUnspendable: Uint8Array;
  readonly outputSpender: Int32Array;
  readonly memberCount: number;
  /** Text of each member. */
  readonly addresses: readonly Address[];
  /** By `tx`, then a, then b; a < b. */
  readonly identities: readonly Identity[];
  /**
   * Numbers of the public keys in a member's multisig script, ascending, for members whose script was revealed by a
   * spend of this ledger.
   */
  readonly keySets: ReadonlyMap<number, readonly number[]>;
}

/** Script types by number, for `inputType` and `outputType`. */
export const SCRIPT_TYPES = [
  'p2pk',
  'p2pkh',
  'p2sh',
  'p2wpkh',
  'p2wsh',
  'p2tr',
  'p2a',
  'witness_unknown',
  'multisig',
  'op_return',
  'nonstandard',
] as const;

/** One transaction as detectors of `pattern/` read it. */
export function shapeAt(facts: ClusterFacts, tx: number): TransactionShape {
  const { addresses, height, firstInput, firstOutput } = facts;
  const inputs: ShapeInput[] = [];
  for (let input = firstInput[tx]; input < firstInput[tx + 1]; input += 1) {
    const valueSat = facts.inputValueSat[input];
    const member = facts.inputMember[input];
    const type = facts.inputType[input];
    inputs.push({
      valueSat: valueSat === NONE ? null : valueSat,
      address: member === NONE ? null : addresses[member],
      type: type === NONE ? null : SCRIPT_TYPES[type],
    });
  }
  const outputs: ShapeOutput[] = [];
  for (let output = firstOutput[tx]; output < firstOutput[tx + 1]; output += 1) {
    const member = facts.outputMember[output];
    const type = facts.outputType[output];
    outputs.push({
      valueSat: facts.outputValueSat[output],
      address: member === NONE ? null : addresses[member],
      type: type === NONE ? null : SCRIPT_TYPES[type],
      unspendable: facts.outputUnspendable[output] === 1,
    });
  }
  return { height: height[tx] === NONE ? null : height[tx], coinbase: facts.coinbase[tx] === 1, inputs, outputs };
}
