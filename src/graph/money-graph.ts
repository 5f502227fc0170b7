/**
 * The graph kernel as an object: takes blocks as columns in chain order, and answers in numbers. Transactions, outputs and addresses are numbered in
 * chain order from 0; text (txids, addresses) is the caller's.
 */
import { SpoorError } from '../ledger/index.ts';
import type { GraphExports } from './kernel-exports.ts';
import {
  type GraphPage,
  type GraphState,
  kernelPages,
  kernelState,
  restoreKernel,
  restorePage,
} from './kernel-state.ts';
import { type TaintQuestion, TaintRun } from './taint-run.ts';

/** Columns of one block (see `chain/bitcoin/bulk/columns.ts`); the coinbase's input is left out. */
export interface GraphBlock {
  readonly transactionCount: number;
  readonly inputCount: number;
  readonly outputCount: number;
  readonly firstInput: Uint32Array;
  readonly firstOutput: Uint32Array;
  readonly inputHead: Uint32Array;
  readonly inputVout: Uint32Array;
  readonly inputOwner: Uint32Array;
  readonly outputValueSat: Float64Array;
  readonly outputOwner: Uint32Array;
  readonly outputFlags: Uint8Array;
  readonly txids: Uint8Array;
}

/** Most of each in one block. */
export interface BlockLimits {
  readonly transactions: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** A transaction whose txid shares bytes 4 to 7 with one that is numbered already: its place in the staged block, and the other's number. */
export interface IdMeeting {
  readonly index: number;
  readonly other: number;
}

/** What the graph holds. */
export interface GraphCounts {
  readonly transactions: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly spent: number;
  readonly addresses: number;
  readonly clusters: number;
  readonly largestCluster: number;
}

const CHUNK_ELEMENTS = 2 ** 18;
const NONE = 0xffff_ffff;
/** Addresses there is room for before the table grows; real chains have about 1.1 for each transaction, young ones more. */
const ADDRESSES_PER_TRANSACTION = 1.8;

/** A graph under construction, then a graph. */
export class MoneyGraph {
  private readonly kernel: GraphExports;
  private readonly limits: BlockLimits;
  private readonly table: number;
  /** First transaction of each block. */
  private readonly firsts: number[] = [];

  /**
   * `ids` false makes a graph for clusters alone, by owners of undo records. `kept` makes one that was kept by a graph of these sizes, once its pages
   * are put back. Throws TOO_LARGE.
   */
  constructor(
    module: WebAssembly.Module,
    sizes: { transactions: number; ids: boolean; block: BlockLimits },
    kept: GraphState | null = null,
  ) {
    this.kernel = new WebAssembly.Instance(module, {}).exports as object as GraphExports;
    this.limits = sizes.block;
    const { transactions, inputs, outputs } = sizes.block;
    if (kept !== null) {
      restoreKernel(this.kernel, kept);
      this.table = kept.table;
      for (const first of kept.firsts) this.firsts.push(first);
      return;
    }
    const addresses = Math.min(NONE, Math.ceil(sizes.transactions * ADDRESSES_PER_TRANSACTION));
    const ids = sizes.ids ? Math.max(1, sizes.transactions) : 0;
    this.table = this.guarded(() => this.kernel.prepare(ids, addresses, transactions, inputs, outputs));
  }

  /**
   * Adds a block with txids and heads. `meet` is asked about a txid that might be one seen before: it returns null where both are the same (a twin,
   * which replaces the first), else the first eight bytes of the other's txid. Throws TOO_LARGE when memory is full.
   */
  add(block: GraphBlock, meet: (meeting: IdMeeting) => bigint | null): void {
    const { transactionCount, inputCount, outputCount } = block;
    this.stage(block, block.inputHead);
    const base = this.kernel.transactionCount.value;
    this.firsts.push(base);
    for (let from = this.kernel.insertIds(0, transactionCount); from < transactionCount; ) {
      const other = this.kernel.met.value;
      const otherHead = meet({ index: from, other });
      if (otherHead !== null) this.kernel.addException(otherHead, other);
      this.kernel.addException(headOf(block.txids, from), base + from);
      from = this.kernel.insertIds(from + 1, transactionCount);
    }
    this.guarded(() => this.kernel.addBlock(transactionCount, inputCount, outputCount));
  }

  /** Adds a block with the owners of what it spends, for clusters only. */
  addSpends(block: GraphBlock): void {
    this.stage(block, block.inputOwner);
    const { transactionCount, inputCount, outputCount } = block;
    this.guarded(() => this.kernel.addSpends(transactionCount, inputCount, outputCount));
  }

  /** What a graph goes on from, between two blocks, besides its pages. */
  get state(): GraphState {
    return { ...kernelState(this.kernel), table: this.table, firsts: this.firsts };
  }

  /** The pages of its memory, each good until the next is asked for. */
  pages(): Generator<GraphPage> {
    return kernelPages(this.kernel);
  }

  /** Puts a page back that was kept with the state. */
  putPage(page: GraphPage): void {
    restorePage(this.kernel, page);
  }

  /** Inputs whose output is not in the blocks, and outputs spent twice. */
  faults(): { missing: number; spentTwice: number } {
    return { missing: this.kernel.missingCount.value, spentTwice: this.kernel.doubleCount.value };
  }

  /** Bytes of all arrays and tables. */
  get bytes(): number {
    return this.kernel.reservedBytes.value;
  }

  /** For each address, in order, the first address of its cluster, in pieces of an array; the graph takes no more blocks. */
  *clusters(): Generator<Uint32Array> {
    const array = this.kernel.settle();
    const count = this.kernel.addressCount.value;
    for (let from = 0; from < count; from += CHUNK_ELEMENTS) {
      const length = Math.min(CHUNK_ELEMENTS, count - from);
      yield new Uint32Array(this.kernel.memory.buffer, this.kernel.at32(array, from), length);
    }
  }

  /** Calls `visit` for every output of the block added last whose owner it was not called for before, with the number of that address. */
  newOwners(outputCount: number, visit: (output: number, address: number) => void): void {
    const place = this.guarded(() => this.kernel.listOwners(outputCount));
    const numbers = new Uint32Array(this.kernel.memory.buffer, place, outputCount);
    for (let output = 0; output < outputCount; output += 1)
      if (numbers[output] !== NONE) visit(output, numbers[output]);
  }

  /** Totals; the size of the largest cluster needs `clusters` to have been read. */
  counts(largestCluster: number): GraphCounts {
    const { kernel } = this;
    return {
      transactions: kernel.transactionCount.value,
      inputs: kernel.inputCount.value,
      outputs: kernel.outputCount.value,
      spent: kernel.spentCount.value,
      addresses: kernel.addressCount.value,
      clusters: kernel.addressCount.value - kernel.mergeCount.value,
      largestCluster,
    };
  }

  /** Number of the address with this owner key, or null. */
  addressNumber(low: number, high: number): number | null {
    const number = this.kernel.findNumber(BigInt(low) | (BigInt(high) << 32n)) >>> 0;
    return number === NONE ? null : number;
  }

  /** Number of the transaction whose txid starts with these eight bytes, or null. */
  transactionNumber(txid: Uint8Array): number | null {
    const number = this.kernel.findTransaction(headOf(txid, 0)) >>> 0;
    return number === NONE ? null : number;
  }

  /** Number of the first output of a transaction; that of the next one is its end. */
  firstOutput(transaction: number): number {
    return this.kernel.firstOutputOf(transaction) >>> 0;
  }

  /** Satoshi of an output. */
  valueSat(output: number): number {
    return this.kernel.valueAt(output);
  }

  /**
   * Taint of one label under one rule over the whole graph, without stops and limits. What it answers is good until the next question. Throws USAGE
   * for a rule there is not, LEDGER_INVALID for a transaction that pays more than it takes, TOO_LARGE.
   */
  taint(question: TaintQuestion): TaintRun {
    return this.guarded(() => new TaintRun(this.kernel, this.firsts, question));
  }

  private stage(block: GraphBlock, heads: Uint32Array): void {
    const { buffer } = this.kernel.memory;
    const { transactionCount, inputCount, outputCount } = block;
    const { transactions, inputs, outputs } = this.limits;
    if (transactionCount > transactions || inputCount > inputs || outputCount > outputs) {
      throw new Error(`a block of ${transactionCount} transactions is larger than the staging buffers`);
    }
    const place = new Uint32Array(buffer, this.table, 8);
    const words = (at: number, from: Uint32Array, length: number): void =>
      new Uint32Array(buffer, place[at], length).set(from.subarray(0, length));
    if (block.txids.length > 0) {
      new Uint8Array(buffer, place[0], 32 * transactionCount).set(block.txids.subarray(0, 32 * transactionCount));
    }
    words(1, block.firstInput, transactionCount + 1);
    words(2, block.firstOutput, transactionCount + 1);
    words(3, heads, 2 * inputCount);
    if (block.inputVout.length > 0) words(4, block.inputVout, inputCount);
    new Float64Array(buffer, place[5], outputCount).set(block.outputValueSat.subarray(0, outputCount));
    words(6, block.outputOwner, 2 * outputCount);
    if (block.outputFlags.length > 0)
      new Uint8Array(buffer, place[7], outputCount).set(block.outputFlags.subarray(0, outputCount));
  }

  /** Memory that ran out ends the kernel with a trap. */
  private guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'RuntimeError') throw error;
      throw new SpoorError(
        'TOO_LARGE',
        'the graph does not fit into the 4 GiB that its memory can have (about 20 million transactions)',
        {},
        'use a command that needs no whole graph: spoor bulk trace, or fewer blocks',
      );
    }
  }
}

/** First eight bytes of the txid at `index`, as the kernel reads them. */
function headOf(txids: Uint8Array, index: number): bigint {
  return new DataView(txids.buffer, txids.byteOffset + 32 * index, 8).getBigUint64(0, true);
}
