/** Reads the n-th block of an index, with its undo record where the feed needs it, into columns. */
import { SpoorError } from '../../../ledger/index.ts';
import { reversedHex } from '../digest.ts';
import type { BlockColumns } from './columns.ts';
import { BlockKernel } from './kernel.ts';
import type { FeedKind } from './ring.ts';
import { type BlockIndex, undoFits } from './source-block-index.ts';
import { NodeFile, type NodeFolder } from './source-node-files.ts';

const CHECKSUM_BYTES = 32;
const HASH_BYTES = 32;

/** What each feed needs to be made. */
export const FEED_PARTS: Readonly<Record<FeedKind, { txids: boolean; owners: boolean; undo: boolean }>> = {
  count: { txids: false, owners: false, undo: false },
  txids: { txids: true, owners: false, undo: false },
  graph: { txids: true, owners: true, undo: false },
  clusters: { txids: false, owners: true, undo: true },
  addresses: { txids: false, owners: true, undo: false },
  trace: { txids: false, owners: true, undo: true },
};

/** An index as shared memory, for threads. Per block: file, place, size, undo place (-1 for none), undo size. */
export interface ReaderData {
  readonly kernel: WebAssembly.Module;
  readonly folder: NodeFolder;
  readonly count: number;
  readonly places: Float64Array;
  readonly hashes: Uint8Array;
  readonly undoBytes: number;
}

const FIELDS = 5;

/** Packs an index. */
export function readerData(index: BlockIndex, kernel: WebAssembly.Module): ReaderData {
  const count = index.blocks.length;
  const places = new Float64Array(new SharedArrayBuffer(count * FIELDS * 8));
  const hashes = new Uint8Array(new SharedArrayBuffer(count * 2 * HASH_BYTES));
  index.blocks.forEach((block, number) => {
    places.set([block.file, block.place, block.size, block.undoPlace, block.undoSize], number * FIELDS);
    hashes.set(block.hash, 2 * number * HASH_BYTES);
    hashes.set(block.prevHash, (2 * number + 1) * HASH_BYTES);
  });
  const undoBytes = index.blocks.reduce((most, { undoSize }) => Math.max(most, undoSize), 0) + CHECKSUM_BYTES;
  return { kernel, folder: index.folder, count, places, hashes, undoBytes };
}

/** A reader with a kernel of its own. Its columns are good until the next `read`. */
export class BlockReader {
  private readonly data: ReaderData;
  private readonly kernel: BlockKernel;
  private readonly parts;
  private readonly open = new Map<string, NodeFile>();

  constructor(data: ReaderData, kind: FeedKind) {
    this.data = data;
    this.parts = FEED_PARTS[kind];
    this.kernel = new BlockKernel(data.kernel, this.parts.undo ? data.undoBytes : CHECKSUM_BYTES);
  }

  /** Columns of block `number`. Throws MALFORMED, HASH_MISMATCH, INCOMPLETE naming file and block. */
  read(number: number): BlockColumns {
    const [file, place, size, undoPlace, undoSize] = this.data.places.subarray(number * FIELDS, (number + 1) * FIELDS);
    const name = this.data.folder.names[file];
    this.load(name, { what: 'block', place, size });
    if (!this.kernel.parse(size, this.parts)) throw this.refusal(name, number, size);
    if (this.parts.undo && this.kernel.columns.inputCount + this.kernel.columns.transactionCount > 1) {
      this.readUndo(name.replace('blk', 'rev'), number, { place: undoPlace, size: undoSize });
    }
    return this.kernel.columns;
  }

  private load(name: string, piece: { what: 'block' | 'undo'; place: number; size: number }): void {
    const { what, place, size } = piece;
    const into = (what === 'block' ? this.kernel.block : this.kernel.undo).subarray(0, size);
    if (this.file(name).readMasked(into, place) < size) {
      throw new SpoorError('MALFORMED', 'the file became shorter while it was read', { file: name });
    }
    const { key } = this.data.folder;
    if (key !== null) this.kernel.unmask(what, size, { key, place });
  }

  private readUndo(name: string, number: number, { place, size }: { place: number; size: number }): void {
    const where = { file: name, record: this.nameOf(number) };
    if (place < 0) {
      const hint = 'a node writes rev*.dat beside blk*.dat: copy both, or use a command that needs none';
      throw new SpoorError(
        'INCOMPLETE',
        'the block has no undo record, so what its inputs held is unknown',
        where,
        hint,
      );
    }
    this.load(name, { what: 'undo', place, size: size + CHECKSUM_BYTES });
    const prevHash = this.data.hashes.subarray((2 * number + 1) * HASH_BYTES, (2 * number + 2) * HASH_BYTES);
    if (!undoFits(this.kernel.undo.subarray(0, size + CHECKSUM_BYTES), prevHash)) {
      throw new SpoorError(
        'HASH_MISMATCH',
        'the checksum of the undo record is not that of its bytes on this block',
        where,
      );
    }
    if (!this.kernel.parseUndo(size)) {
      throw new SpoorError('MALFORMED', 'the undo record does not fit the inputs of its block', where);
    }
  }

  private refusal(name: string, number: number, size: number): SpoorError {
    return new SpoorError('MALFORMED', `${size} bytes that are no block`, { file: name, record: this.nameOf(number) });
  }

  private nameOf(number: number): string {
    return `block ${reversedHex(this.data.hashes.subarray(2 * number * HASH_BYTES, (2 * number + 1) * HASH_BYTES))}`;
  }

  private file(name: string): NodeFile {
    let file = this.open.get(name);
    if (file === undefined) {
      // Two workers walk the files in order: more than a few open ones are done with.
      if (this.open.size >= 8) this.closeAll();
      file = new NodeFile(this.data.folder, name);
      this.open.set(name, file);
    }
    return file;
  }

  private closeAll(): void {
    for (const file of this.open.values()) file.close();
    this.open.clear();
  }
}
