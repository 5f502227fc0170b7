/**
 * The WebAssembly kernel as columns: parses and hashes one block at a time in its own memory. What it refuses, the plain parser refuses with the
 * reason; what it accepts equals the plain parser's columns (test/chain/bitcoin/kernel.test.ts).
 */
import { readFileSync } from 'node:fs';
import { SpoorError } from '../../../ledger/index.ts';
import type { BlockColumns } from './columns.ts';

/** The compiled kernel lies in the build, whether this file runs from there or from the sources. */
const KERNEL_FILE = new URL(import.meta.resolve('#built/chain/bitcoin/bulk/kernel.wasm'));

/** Most of each that a serialised block of 4,000,000 bytes can hold: 60 bytes a transaction, 41 an input, 9 an output. */
export const MAX_COLUMNS = { bytes: 4_000_000, transactions: 66_667, inputs: 97_561, outputs: 444_445 } as const;

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly transactionCount: WebAssembly.Global;
  readonly inputCount: WebAssembly.Global;
  readonly outputCount: WebAssembly.Global;
  prepare(blockBytes: number, undoBytes: number, transactions: number, inputs: number, outputs: number): number;
  unmask(from: number, length: number, key: bigint): void;
  parse(length: number, parts: number): number;
  adopt(transactions: number): void;
  parseUndo(length: number, owners: boolean): number;
  hashTransactions(): void;
  rootFits(): number;
}

/** Compiles the kernel, once for all workers. Throws IO when the build is not there. */
export function loadKernel(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(readFileSync(KERNEL_FILE));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new SpoorError('IO', 'the kernel is not built', { file: 'kernel.wasm' }, 'run: npm run build');
  }
}

/** Bits of the kernel's `parse`. */
const WANT = { owners: 1, inputs: 2, values: 4 } as const;

/**
 * What a feed needs of a block besides counts and places. `inputs`: what each spends; `values`: of outputs; `owners`: their scripts, owner keys and
 * flags; `undo`: values of inputs; `spentOwners`: their owners with them; `root`: check the merkle root. The plain parser always makes inputs, values and owners.
 */
export interface FeedParts {
  readonly txids: boolean;
  readonly inputs: boolean;
  readonly values: boolean;
  readonly owners: boolean;
  readonly undo: boolean;
  readonly spentOwners: boolean;
  readonly root: boolean;
}

/** A parser of blocks that are read into its buffers: the kernel, or the plain one. */
export interface BlockParser {
  readonly block: Uint8Array;
  readonly undo: Uint8Array;
  readonly columns: BlockColumns;
  unmask(what: 'block' | 'undo', length: number, masked: { key: Uint8Array; place: number }): void;
  parse(length: number, parts: FeedParts): boolean;
  /** Reads the first bytes of the undo buffer. Without `owners` only values are made; the plain parser always makes both. */
  parseUndo(length: number, owners: boolean): boolean;
  /** Takes over a block that was parsed elsewhere, so that `parseUndo` fills values and owners of its inputs. Needs its `firstInput` only. */
  adopt(block: Pick<BlockColumns, 'transactionCount' | 'firstInput'>): void;
}

/** One instance with its buffers. */
export class BlockKernel implements BlockParser {
  /** Where a block is read to, and an undo record. */
  readonly block: Uint8Array;
  readonly undo: Uint8Array;
  readonly columns: BlockColumns;
  private readonly kernel: KernelExports;
  private readonly places: { block: number; undo: number };

  constructor(module: WebAssembly.Module, undoBytes: number) {
    this.kernel = new WebAssembly.Instance(module, {}).exports as object as KernelExports;
    const { bytes, transactions, inputs, outputs } = MAX_COLUMNS;
    const table = this.kernel.prepare(bytes, undoBytes, transactions, inputs, outputs);
    const { buffer } = this.kernel.memory;
    const at = new Uint32Array(buffer, table, 15);
    this.places = { block: at[0], undo: at[1] };
    this.block = new Uint8Array(buffer, at[0], bytes);
    this.undo = new Uint8Array(buffer, at[1], undoBytes);
    this.columns = {
      transactionCount: 0,
      inputCount: 0,
      outputCount: 0,
      bytes: this.block,
      transactionPlace: new Uint32Array(buffer, at[2], transactions + 1),
      firstInput: new Uint32Array(buffer, at[3], transactions + 1),
      firstOutput: new Uint32Array(buffer, at[4], transactions + 1),
      inputPlace: new Uint32Array(buffer, at[5], inputs),
      inputHead: new Uint32Array(buffer, at[6], 2 * inputs),
      inputVout: new Uint32Array(buffer, at[7], inputs),
      inputValueSat: new Float64Array(buffer, at[8], inputs),
      inputOwner: new Uint32Array(buffer, at[9], 2 * inputs),
      outputValueSat: new Float64Array(buffer, at[10], outputs),
      outputOwner: new Uint32Array(buffer, at[11], 2 * outputs),
      outputScript: new Uint32Array(buffer, at[12], 2 * outputs),
      outputFlags: new Uint8Array(buffer, at[13], outputs),
      txids: new Uint8Array(buffer, at[14], 32 * transactions),
    };
  }

  /** Clears what was read masked to the start of a buffer. `key` has eight bytes, `place` is where in the file the first byte lay. */
  unmask(what: 'block' | 'undo', length: number, masked: { key: Uint8Array; place: number }): void {
    const turned = new DataView(new ArrayBuffer(8));
    for (let at = 0; at < 8; at += 1) turned.setUint8(at, masked.key[(masked.place + at) % 8]);
    this.kernel.unmask(this.places[what], length, turned.getBigUint64(0, true));
  }

  /** Parses the first `length` bytes of the block buffer. False where something in them cannot be. */
  parse(length: number, parts: FeedParts): boolean {
    const wanted =
      (parts.owners ? WANT.owners : 0) | (parts.inputs ? WANT.inputs : 0) | (parts.values ? WANT.values : 0);
    if (length > MAX_COLUMNS.bytes || this.kernel.parse(length, wanted) !== 0) return false;
    this.columns.transactionCount = this.kernel.transactionCount.value;
    this.columns.inputCount = this.kernel.inputCount.value;
    this.columns.outputCount = this.kernel.outputCount.value;
    if (parts.txids || parts.root) this.kernel.hashTransactions();
    return !parts.root || this.kernel.rootFits() !== 0;
  }

  adopt({ transactionCount, firstInput }: Pick<BlockColumns, 'transactionCount' | 'firstInput'>): void {
    this.kernel.adopt(transactionCount);
    this.columns.transactionCount = transactionCount;
    this.columns.firstInput.set(firstInput.subarray(0, transactionCount + 1));
  }

  /** Reads the first `length` bytes of the undo buffer. False where they do not fit the parsed block. */
  parseUndo(length: number, owners: boolean): boolean {
    return this.kernel.parseUndo(length, owners) === 0;
  }
}
