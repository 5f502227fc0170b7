/** Grows the columns of `ClusterFacts`, one transaction after another in total order. */
import { type Address, NONE } from '../ledger/index.ts';
import type { ClusterFacts, Identity } from './facts.ts';

type Numbers = Int32Array | Uint32Array | Float64Array | Uint8Array | Int8Array;

/** A typed array that doubles when full. */
class Column<T extends Numbers> {
  length = 0;
  private values: T;

  constructor(empty: T) {
    this.values = empty;
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const Longer = this.values.constructor as new (length: number) => T;
      const longer = new Longer(Math.max(1024, 2 * this.length));
      longer.set(this.values);
      this.values = longer;
    }
    this.values[this.length] = value;
    this.length += 1;
  }

  done(): T {
    return this.values.slice(0, this.length) as T;
  }
}

/** An input as the builder takes it; NONE where the ledger does not know. */
export interface FactInput {
  readonly member: number;
  readonly valueSat: number;
  readonly type: number;
  readonly maker: number;
}

/** An output as the builder takes it. */
export interface FactOutput {
  readonly member: number;
  readonly valueSat: number;
  readonly type: number;
  readonly unspendable: boolean;
  /** Place of the transaction that spends it, or NONE. */
  readonly spender: number;
}

/** What is said of a transaction itself. */
export interface FactTransaction {
  readonly coinbase: boolean;
  readonly height: number;
  readonly lockTime: number;
  readonly sizeVb: number;
}

/**
 * Collects one ledger: `member` numbers addresses on first sight, `add` takes transactions in total order, `done`
 * gives the columns.
 */
export class FactsBuilder {
  readonly addresses: Address[] = [];
  readonly identities: Identity[] = [];
  readonly keySets = new Map<number, readonly number[]>();
  private readonly numbers = new Map<string, number>();
  private readonly coinbase = new Column(new Uint8Array(0));
  private readonly height = new Column(new Int32Array(0));
  private readonly lockTime = new Column(new Float64Array(0));
  private readonly sizeVb = new Column(new Int32Array(0));
  private readonly firstInput = new Column(new Uint32Array(0));
  private readonly inputMember = new Column(new Int32Array(0));
  private readonly inputValueSat = new Column(new Float64Array(0));
  private readonly inputType = new Column(new Int8Array(0));
  private readonly inputMaker = new Column(new Int32Array(0));
  private readonly firstOutput = new Column(new Uint32Array(0));
  private readonly outputMember = new Column(new Int32Array(0));
  private readonly outputValueSat = new Column(new Float64Array(0));
  private readonly outputType = new Column(new Int8Array(0));
  private readonly outputUnspendable = new Column(new Uint8Array(0));
  private readonly outputSpender = new Column(new Int32Array(0));

  constructor() {
    this.firstInput.push(0);
    this.firstOutput.push(0);
  }

  /** Transactions so far, which is the place of the next one. */
  get transactionCount(): number {
    return this.coinbase.length;
  }

  /**
   * Number of an address; a new one on first sight, so ask in the order of first appearance: inputs before outputs.
   * NONE for no address.
   */
  member(address: Address | null): number {
    if (address === null) return NONE;
    const known = this.numbers.get(address);
    if (known !== undefined) return known;
    this.numbers.set(address, this.addresses.length);
    return this.addresses.push(address) - 1;
  }

  /** Adds the next transaction. */
  add(transaction: FactTransaction, inputs: readonly FactInput[], outputs: readonly FactOutput[]): void {
    this.coinbase.push(transaction.coinbase ? 1 : 0);
    this.height.push(transaction.height);
    this.lockTime.push(transaction.lockTime);
    this.sizeVb.push(transaction.sizeVb);
    for (const input of inputs) {
      this.inputMember.push(input.member);
      this.inputValueSat.push(input.valueSat);
      this.inputType.push(input.type);
      this.inputMaker.push(input.maker);
    }
    for (const output of outputs) {
      this.outputMember.push(output.member);
      this.outputValueSat.push(output.valueSat);
      this.outputType.push(output.type);
      this.outputUnspendable.push(output.unspendable ? 1 : 0);
      this.outputSpender.push(output.spender);
    }
    this.firstInput.push(this.inputMember.length);
    this.firstOutput.push(this.outputMember.length);
  }

  /** The columns. */
  done(): ClusterFacts {
    return {
      transactionCount: this.transactionCount,
      coinbase: this.coinbase.done(),
      height: this.height.done(),
      lockTime: this.lockTime.done(),
      sizeVb: this.sizeVb.done(),
      firstInput: this.firstInput.done(),
      inputMember: this.inputMember.done(),
      inputValueSat: this.inputValueSat.done(),
      inputType: this.inputType.done(),
      inputMaker: this.inputMaker.done(),
      firstOutput: this.firstOutput.done(),
      outputMember: this.outputMember.done(),
      outputValueSat: this.outputValueSat.done(),
      outputType: this.outputType.done(),
      outputUnspendable: this.outputUnspendable.done(),
      outputSpender: this.outputSpender.done(),
      memberCount: this.addresses.length,
      addresses: this.addresses,
      identities: [...this.identities].sort((a, b) => a.tx - b.tx || a.a - b.a || a.b - b.b),
      keySets: this.keySets,
    };
  }
}
