/** Reads the n-th block of an index, with its undo record where the feed needs it, into columns. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { SpoorError } from '../../../ledger/index.ts';
import { reversedHex } from '../digest.ts';
import type { BlockColumns } from './columns.ts';
import { BlockKernel, type BlockParser, type FeedParts } from './kernel.ts';
import type { FeedKind } from './ring.ts';
import type { BlockIndex } from './source-block-index.ts';
import { type UndoData, UndoPlaces, undoData, undoFits, undoNameOf } from './source-block-undo.ts';

const CHECKSUM_BYTES = 32;
const HASH_BYTES = 32;
const MAX_OPEN_FILES = 8;

/** What a reader reads: a feed's columns, or `whole` blocks, for which no ring is made. */
export type ReadKind = FeedKind | 'whole';

const LEAN = { txids: false, inputs: false, values: false, owners: false, undo: false, spentOwners: false } as const;
const ALL = { txids: true, inputs: true, values: true, owners: true, undo: true, spentOwners: true } as const;
/** What each kind needs to be made. Feeds of spends make undo on demand. */
const PARTS: Readonly<Record<ReadKind, Omit<FeedParts, 'root'>>> = {
  count: LEAN,
  txids: { ...LEAN, txids: true },
  graph: { ...ALL, undo: false, spentOwners: false },
  clusters: { ...ALL, txids: false, inputs: false },
  owners: { ...ALL, txids: false, inputs: false },
  addresses: { ...LEAN, owners: true },
  spends: { ...LEAN, inputs: true },
  payers: { ...LEAN, inputs: true, spentOwners: true },
  receipts: { ...ALL, txids: false, undo: false },
  full: { ...ALL, txids: false },
  whole: ALL,
};

/** An index as shared memory, for threads. Per block: file, place, size. */
export interface ReaderData {
  /** Null for the plain parser. */
  readonly kernel: WebAssembly.Module | null;
  readonly folder: BlockIndex['folder'];
  readonly count: number;
  readonly places: Float64Array;
  readonly hashes: Uint8Array;
  readonly undo: UndoData;
  /** Check every merkle root: every transaction is hashed. */
  readonly verify: boolean;
}

const FIELDS = 3;

/** Packs an index. */
export function readerData(index: BlockIndex, kernel: WebAssembly.Module | null, verify = false): ReaderData {
  const count = index.blocks.length;
  const places = new Float64Array(new SharedArrayBuffer(count * FIELDS * 8));
  const hashes = new Uint8Array(new SharedArrayBuffer(count * 2 * HASH_BYTES));
  index.blocks.forEach((block, number) => {
    places.set([block.file, block.place, block.size], number * FIELDS);
    hashes.set(block.hash, 2 * number * HASH_BYTES);
    hashes.set(block.prevHash, (2 * number + 1) * HASH_BYTES);
  });
  return { kernel, folder: index.folder, count, places, hashes, undo: undoData(index), verify };
}

/** The kernel, or the plain parser, which is loaded only when it is needed. */
export async function parserFor({ kernel, folder }: ReaderData): Promise<BlockParser> {
  const undoBytes = folder.undoBytes + CHECKSUM_BYTES;
  if (kernel !== null) return new BlockKernel(kernel, undoBytes);
  const { PlainKernel } = await import('./plain-kernel.ts');
  return new PlainKernel(undoBytes);
}

/** A reader with a parser of its own. Its columns are good until the next `read`. */
export class BlockReader {
  private readonly data: ReaderData;
  private readonly parser: BlockParser;
  private readonly parts: FeedParts;
  private readonly undoPlaces: UndoPlaces;
  private readonly open = new Map<string, number>();
  private nowhere = new Uint8Array(0);

  constructor(data: ReaderData, kind: ReadKind, parser: BlockParser) {
    this.data = data;
    this.undoPlaces = new UndoPlaces(data.undo, data.folder, (number) => this.prevHashOf(number));
    this.parts = { ...PARTS[kind], root: data.verify };
    this.parser = parser;
  }

  /** Whether the kind always needs undo records. */
  get readsUndo(): boolean {
    return this.parts.undo;
  }

  /** Columns of block `number`, with its undo record where `undo` asks for it. Throws MALFORMED, HASH_MISMATCH, INCOMPLETE naming file and block. */
  read(number: number, undo = this.parts.undo): BlockColumns {
    const { name, place, size } = this.placeOf(number);
    this.inBlock(name, number, () => {
      this.load(name, { what: 'block', place, size });
      if (!this.parser.parse(size, this.parts)) throw new SpoorError('MALFORMED', `${size} bytes that are no block`);
    });
    if (undo && this.parser.columns.inputCount > 0) this.readUndo(number);
    return this.parser.columns;
  }

  /** Values and owners of what a block spent that another reader parsed. Columns and errors as `read`; nothing else in them is of that block. */
  spent(number: number, block: Pick<BlockColumns, 'transactionCount' | 'firstInput'>): BlockColumns {
    this.parser.adopt(block);
    this.readUndo(number);
    return this.parser.columns;
  }

  /** The undo record of a block, its checksum checked, without it; good until the next block. */
  undoRecord(number: number): Uint8Array {
    return this.inBlock(undoNameOf(this.placeOf(number).name), number, () => this.loadUndo(number));
  }

  /** Reads a block into nowhere, for the page cache. Returns its size. A file that is cut is for `read` to refuse. */
  readAhead(number: number): number {
    const { name, place, size } = this.placeOf(number);
    if (this.nowhere.length < size) this.nowhere = new Uint8Array(size);
    readSync(this.file(name), this.nowhere, 0, size, place);
    return size;
  }

  /** Why block `number` is refused, in the words of the plain parser; null where that one finds nothing wrong. */
  async explain(number: number, undo: boolean): Promise<SpoorError | null> {
    const kind = undo ? 'whole' : 'txids';
    const data = { ...this.data, kernel: null };
    const plain = new BlockReader(data, kind, await parserFor(data));
    try {
      plain.read(number);
      return null;
    } catch (error) {
      if (error instanceof SpoorError) return error;
      throw error;
    }
  }

  /** Runs `work`; an error that leaves it names the file and the block, then what inside it. */
  private inBlock<T>(file: string, number: number, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SpoorError)) throw error;
      const { record, ...place } = error.place;
      const inside = record === undefined ? '' : `, ${record}`;
      const where = { file, ...place, record: `${this.nameOf(number)}${inside}` };
      throw new SpoorError(error.code, error.message, where, error.hint);
    }
  }

  private load(name: string, piece: { what: 'block' | 'undo'; place: number; size: number }): void {
    const { what, place, size } = piece;
    const into = (what === 'block' ? this.parser.block : this.parser.undo).subarray(0, size);
    for (let done = 0; done < size; ) {
      const count = readSync(this.file(name), into, done, size - done, place + done);
      if (count === 0) throw new SpoorError('MALFORMED', 'the file became shorter while it was read');
      done += count;
    }
    const { key } = this.data.folder;
    if (key !== null) this.parser.unmask(what, size, { key, place });
  }

  private readUndo(number: number): void {
    this.inBlock(undoNameOf(this.placeOf(number).name), number, () => {
      const { length } = this.loadUndo(number);
      if (this.parser.parseUndo(length, this.parts.spentOwners)) return;
      throw new SpoorError('MALFORMED', 'the undo record does not fit the inputs of its block');
    });
  }

  private loadUndo(number: number): Uint8Array {
    const { file, name } = this.placeOf(number);
    const found = this.undoPlaces.find(number, file);
    if (found === null) {
      const hint = 'a node writes rev*.dat beside blk*.dat: copy both, or use a command that needs none';
      throw new SpoorError('INCOMPLETE', 'no undo record: what the inputs of the block held is unknown', {}, hint);
    }
    const { place, size } = found;
    this.load(undoNameOf(name), { what: 'undo', place, size: size + CHECKSUM_BYTES });
    if (!undoFits(this.parser.undo.subarray(0, size + CHECKSUM_BYTES), this.prevHashOf(number))) {
      throw new SpoorError('HASH_MISMATCH', 'the checksum is not that of the undo record on top of the previous block');
    }
    return this.parser.undo.subarray(0, size);
  }

  private prevHashOf(number: number): Uint8Array {
    return this.data.hashes.subarray((2 * number + 1) * HASH_BYTES, (2 * number + 2) * HASH_BYTES);
  }

  private placeOf(number: number): { file: number; name: string; place: number; size: number } {
    const [file, place, size] = this.data.places.subarray(number * FIELDS, (number + 1) * FIELDS);
    return { file, name: this.data.folder.names[file], place, size };
  }

  private nameOf(number: number): string {
    return `block ${reversedHex(this.data.hashes.subarray(2 * number * HASH_BYTES, (2 * number + 1) * HASH_BYTES))}`;
  }

  private file(name: string): number {
    let file = this.open.get(name);
    if (file === undefined) {
      // Workers walk the files in order: more than a few open ones are done with.
      if (this.open.size >= MAX_OPEN_FILES) this.closeAll();
      file = openSync(join(this.data.folder.path, name), 'r');
      this.open.set(name, file);
    }
    return file;
  }

  private closeAll(): void {
    for (const file of this.open.values()) closeSync(file);
    this.open.clear();
  }
}
