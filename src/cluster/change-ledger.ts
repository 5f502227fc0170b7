/** What change heuristics read: the facts, and what follows from them once for all transactions. */
import { mulDiv, NONE, type QuotientRemainder } from '../ledger/index.ts';
import type { ClusterFacts } from './facts.ts';

/**
 * A change heuristic gives the outputs of a transaction that it cannot rule out as change, as vouts in order; what is
 * not known rules nothing out. `static` ones are settled once the transaction is mined, `dynamic` ones rest on later
 * spends and so on the height of the facts. A dynamic heuristic keeps an unspent output and may drop it once it is
 * spent.
 */
export interface ChangeHeuristic {
  readonly name: string;
  readonly kind: 'static' | 'dynamic';
  readonly source: string;
  candidates(ledger: ChangeLedger, tx: number): number[];
}

/** Facts with histories of members. */
export class ChangeLedger {
  readonly facts: ClusterFacts;
  readonly coinjoins: Uint8Array;
  /** Core cluster of each member, for heuristics that ask where an output ended. */
  readonly core: Uint32Array;
  /** Transaction of each member's first appearance. */
  readonly firstTx: Int32Array;
  /** Outputs that each member received in all. */
  readonly receipts: Uint32Array;
  /** For each output: how many earlier transactions' outputs its member had received. */
  readonly receivedBefore: Uint32Array;
  /** First transaction in which a member was paid and signed at once, or `NONE`. */
  readonly firstSelfChange: Int32Array;

  constructor(facts: ClusterFacts, coinjoins: Uint8Array, core: Uint32Array) {
    this.facts = facts;
    this.coinjoins = coinjoins;
    this.core = core;
    this.firstTx = new Int32Array(facts.memberCount).fill(NONE);
    this.firstSelfChange = new Int32Array(facts.memberCount).fill(NONE);
    this.receipts = new Uint32Array(facts.memberCount);
    this.receivedBefore = new Uint32Array(facts.outputMember.length);
    for (let tx = 0; tx < facts.transactionCount; tx += 1) this.note(tx);
  }

  private note(tx: number): void {
    const { facts, firstTx, receipts } = this;
    const signers = this.inputMembers(tx);
    for (const member of signers) if (member !== NONE && firstTx[member] === NONE) firstTx[member] = tx;
    const [from, to] = [facts.firstOutput[tx], facts.firstOutput[tx + 1]];
    for (let output = from; output < to; output += 1) {
      const member = facts.outputMember[output];
      if (member === NONE) continue;
      if (firstTx[member] === NONE) firstTx[member] = tx;
      this.receivedBefore[output] = receipts[member];
      if (this.firstSelfChange[member] === NONE && signers.includes(member)) this.firstSelfChange[member] = tx;
    }
    for (let output = from; output < to; output += 1) {
      if (facts.outputMember[output] !== NONE) receipts[facts.outputMember[output]] += 1;
    }
  }

  inputCount(tx: number): number {
    return this.facts.firstInput[tx + 1] - this.facts.firstInput[tx];
  }

  outputCount(tx: number): number {
    return this.facts.firstOutput[tx + 1] - this.facts.firstOutput[tx];
  }

  inputMembers(tx: number): Int32Array {
    return this.facts.inputMember.subarray(this.facts.firstInput[tx], this.facts.firstInput[tx + 1]);
  }

  /** Vouts of spendable outputs that `keep` keeps; it is told the place of the output in the columns. */
  spendable(tx: number, keep: (output: number) => boolean): number[] {
    const { firstOutput, outputUnspendable } = this.facts;
    const kept: number[] = [];
    for (let output = firstOutput[tx]; output < firstOutput[tx + 1]; output += 1) {
      if (outputUnspendable[output] === 0 && keep(output)) kept.push(output - firstOutput[tx]);
    }
    return kept;
  }

  /** Whether an output is, for all the facts say, the first appearance of its member. */
  isFresh(output: number, tx: number): boolean {
    const member = this.facts.outputMember[output];
    return member === NONE || this.firstTx[member] === tx;
  }

  /** Smallest known input value in satoshi; infinite when none is known, so that nothing is ruled out by it. */
  smallestInputSat(tx: number): number {
    const { firstInput, inputValueSat } = this.facts;
    let smallest = Number.POSITIVE_INFINITY;
    for (let input = firstInput[tx]; input < firstInput[tx + 1]; input += 1) {
      if (inputValueSat[input] !== NONE) smallest = Math.min(smallest, inputValueSat[input]);
    }
    return smallest;
  }

  /** Satoshi for each thousand virtual bytes, floored as BlockSci does; NONE when a part is not known. */
  feeRate(tx: number): number {
    const { sizeVb, firstInput, firstOutput, inputValueSat, outputValueSat } = this.facts;
    if (sizeVb[tx] === NONE) return NONE;
    let feeSat = 0;
    for (let input = firstInput[tx]; input < firstInput[tx + 1]; input += 1) {
      if (inputValueSat[input] === NONE) return NONE;
      feeSat += inputValueSat[input];
    }
    for (let output = firstOutput[tx]; output < firstOutput[tx + 1]; output += 1) feeSat -= outputValueSat[output];
    if (feeSat < 0) return NONE;
    const rate: QuotientRemainder = { quotient: 0, remainder: 0 };
    mulDiv(feeSat, 1000, sizeVb[tx], rate);
    return rate.quotient;
  }
}
