/**
 * Columns of a synthetic chain while it grows, and the pockets its coins lie in. A pocket is a pile of unspent outputs of one owner
 * (exchanges have two: hot wallet and deposits). Spent outputs leave their pile when somebody walks past them.
 */

/** Bit of `outputFlags`: the output can never be spent. */
export const SYNTHETIC_UNSPENDABLE = 1;

type Numbers = Int32Array | Uint32Array | Float64Array | Uint8Array;

/** A typed array that doubles when full. */
export class Column<T extends Numbers> {
  data: T;
  length = 0;

  constructor(data: T) {
    this.data = data;
  }

  /** Adds one number at the end. */
  push(value: number): void {
    if (this.length === this.data.length) {
      const Constructor = this.data.constructor as new (length: number) => T;
      const bigger = new Constructor(this.data.length * 2);
      bigger.set(this.data);
      this.data = bigger;
    }
    this.data[this.length] = value;
    this.length += 1;
  }

  /** The numbers so far, in an array of just that length. */
  trimmed(): T {
    return this.data.slice(0, this.length) as T;
  }
}

/** Appends transactions: `spend` the inputs, then `pay` the outputs, then `finish`. Amounts in satoshi. */
export class SyntheticWriter {
  readonly height: Column<Uint32Array>;
  readonly coinbase: Column<Uint8Array>;
  readonly firstInput: Column<Uint32Array>;
  readonly inputOutput: Column<Int32Array>;
  readonly inputValueSat: Column<Float64Array>;
  readonly firstOutput: Column<Uint32Array>;
  readonly outputValueSat: Column<Float64Array>;
  readonly outputAddress: Column<Int32Array>;
  readonly outputFlags: Column<Uint8Array>;
  readonly spenderTx: Column<Int32Array>;
  readonly pocketOfAddress: Column<Int32Array>;
  /** Outputs that a running plan (a peel chain) will spend itself. */
  readonly reserved = new Set<number>();
  /** Fees of the block being made. */
  blockFees = 0;
  currentHeight = 0;
  private readonly nextInPocket: Column<Int32Array>;
  private readonly pocketHead: Int32Array;
  private readonly pocketSize: Int32Array;
  private inputSum = 0;
  private outputSum = 0;

  /** Room for about `transactions` transactions; pockets are numbered 0 to `pockets` - 1. */
  constructor(transactions: number, pockets: number) {
    this.height = new Column(new Uint32Array(transactions));
    this.coinbase = new Column(new Uint8Array(transactions));
    this.firstInput = new Column(new Uint32Array(transactions + 1));
    this.firstOutput = new Column(new Uint32Array(transactions + 1));
    this.inputOutput = new Column(new Int32Array(2 * transactions));
    this.inputValueSat = new Column(new Float64Array(2 * transactions));
    this.outputValueSat = new Column(new Float64Array(2 * transactions));
    this.outputAddress = new Column(new Int32Array(2 * transactions));
    this.outputFlags = new Column(new Uint8Array(2 * transactions));
    this.spenderTx = new Column(new Int32Array(2 * transactions));
    this.nextInPocket = new Column(new Int32Array(2 * transactions));
    this.pocketOfAddress = new Column(new Int32Array(2 * transactions));
    this.pocketHead = new Int32Array(pockets).fill(-1);
    this.pocketSize = new Int32Array(pockets);
    this.firstInput.push(0);
    this.firstOutput.push(0);
  }

  /** Transactions finished so far, which is also the number of the next one. */
  get transactionCount(): number {
    return this.height.length;
  }

  /** Outputs made so far, which is also the number of the next one. */
  get outputCount(): number {
    return this.outputValueSat.length;
  }

  /** A new address whose coins go to this pocket. */
  freshAddress(pocket: number): number {
    this.pocketOfAddress.push(pocket);
    return this.pocketOfAddress.length - 1;
  }

  /** Pocket of an output, -1 when it has no address. */
  pocketOf(output: number): number {
    const address = this.outputAddress.data[output]!;
    return address < 0 ? -1 : this.pocketOfAddress.data[address]!;
  }

  /** Value of an output. */
  valueOf(output: number): number {
    return this.outputValueSat.data[output]!;
  }

  /** Whether anybody may spend the output now. */
  isFree(output: number): boolean {
    const spendable = (this.outputFlags.data[output]! & SYNTHETIC_UNSPENDABLE) === 0;
    return spendable && this.spenderTx.data[output]! < 0 && !this.reserved.has(output);
  }

  /** Unspent outputs in a pocket, reserved ones included. */
  sizeOf(pocket: number): number {
    return this.pocketSize[pocket]!;
  }

  /** Up to `count` free outputs of a pocket, the newest first; none is taken. */
  peek(pocket: number, count: number): number[] {
    const found: number[] = [];
    const next = this.nextInPocket.data;
    let previous = -1;
    let output = this.pocketHead[pocket]!;
    while (output >= 0 && found.length < count) {
      const after = next[output]!;
      if (this.spenderTx.data[output]! >= 0) {
        if (previous < 0) this.pocketHead[pocket] = after;
        else next[previous] = after;
      } else {
        if (!this.reserved.has(output)) found.push(output);
        previous = output;
      }
      output = after;
    }
    return found;
  }

  /** Adds an input. The output must be free, or reserved by the caller. */
  spend(output: number): void {
    const value = this.valueOf(output);
    this.inputOutput.push(output);
    this.inputValueSat.push(value);
    this.spenderTx.data[output] = this.transactionCount;
    this.pocketSize[this.pocketOf(output)]! -= 1;
    this.inputSum += value;
  }

  /** Adds an output and gives its number; address -1 makes it unspendable. */
  pay(address: number, valueSat: number): number {
    const output = this.outputCount;
    this.outputValueSat.push(valueSat);
    this.outputAddress.push(address);
    this.outputFlags.push(address < 0 ? SYNTHETIC_UNSPENDABLE : 0);
    this.spenderTx.push(-1);
    this.outputSum += valueSat;
    if (address < 0) this.nextInPocket.push(-1);
    else {
      const pocket = this.pocketOfAddress.data[address]!;
      this.nextInPocket.push(this.pocketHead[pocket]!);
      this.pocketHead[pocket] = output;
      this.pocketSize[pocket]! += 1;
    }
    return output;
  }

  /** Closes the transaction and gives its number; throws when it makes more than it takes. */
  finish(coinbase: boolean): number {
    if (!coinbase) {
      if (this.outputSum > this.inputSum)
        throw new Error(`synthetic chain: outputs ${this.outputSum} > ${this.inputSum}`);
      this.blockFees += this.inputSum - this.outputSum;
    }
    this.height.push(this.currentHeight);
    this.coinbase.push(coinbase ? 1 : 0);
    this.firstInput.push(this.inputOutput.length);
    this.firstOutput.push(this.outputCount);
    this.inputSum = 0;
    this.outputSum = 0;
    return this.transactionCount - 1;
  }
}
