/**
 * Claim:      the place of a block's undo record, found when the first of its file is asked for: a walk that needs none reads no undo file.
 * Source:     Bitcoin Core, src/node/blockstorage.cpp: records of the blocks of blkN.dat are in revN.dat, in the order the blocks were connected, each
 *             with a checksum over previous hash and record.
 * Parameters: a chain by files: which block lies in which, of how many transactions.
 * Cost:       one reading of the file; a hash over all of it too where a branch was connected and left, or the chain is cut in it.
 * Fails when: trusted without the checksum: whoever reads a record compares it, so a wrong match is never used.
 */
import { createHash, hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../../../ledger/index.ts';
import { type Frame, frames } from '../source-file-frame.ts';
import { type NodeFile, openNodeFiles } from '../source-file-node.ts';
import { type BlockFolder, type BlockIndex, compactSizeAt } from './source-block-index.ts';

const CHECKSUM_BYTES = 32;
const CHUNK_BYTES = 1 << 20;
/** What is known of a block's record: nothing yet, or that there is none. Places are 0 and above. */
const UNKNOWN = -2;
const NONE = -1;

/** Undo records of one file; a cut tail holds none that is whole. */
function undoFrames(file: NodeFile, network: Network): Frame[] {
  const rules = {
    network,
    noun: 'undo record',
    trailerBytes: CHECKSUM_BYTES,
    maxBytes: file.sizeBytes,
    mayBeCut: true,
  };
  return [...frames(file, rules)];
}

/** A file in its order, for the page cache: a cold disk gives all of it sooner than the heads of its records one by one. */
function readThrough({ sizeBytes, readRaw }: NodeFile): void {
  for (let at = 0; at < sizeBytes; at += CHUNK_BYTES) readRaw(at, CHUNK_BYTES);
}

/** Whether the checksum that follows an undo record is that of the record on top of `prevHash`. `bytes` holds record and checksum, clear. */
export function undoFits(bytes: Uint8Array, prevHash: Uint8Array): boolean {
  const end = bytes.length - CHECKSUM_BYTES;
  const once = createHash('sha256').update(prevHash).update(bytes.subarray(0, end)).digest();
  return hash('sha256', once, 'buffer').equals(bytes.subarray(end));
}

/** A chain by files, and what is known of its undo records, in memory that threads share. */
export interface UndoData {
  readonly network: Network;
  /** Numbers of the blocks of file f, in chain order: from `firstOfFile[f]` to before `firstOfFile[f + 1]`. */
  readonly firstOfFile: Uint32Array;
  readonly blocksByFile: Uint32Array;
  readonly transactions: Uint32Array;
  /** Per block place and size. Threads that look at once write the same. */
  readonly known: Float64Array;
}

/** Packs an index. A genesis block is never connected and has no record. */
export function undoData({ network, folder, blocks }: BlockIndex): UndoData {
  const shared = (length: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(4 * length));
  const firstOfFile = shared(folder.names.length + 1);
  for (const { file } of blocks) firstOfFile[file + 1] += 1;
  for (let file = 0; file < folder.names.length; file += 1) firstOfFile[file + 1] += firstOfFile[file];
  const next = Uint32Array.from(firstOfFile);
  const blocksByFile = shared(blocks.length);
  const transactions = shared(blocks.length);
  const known = new Float64Array(new SharedArrayBuffer(2 * 8 * blocks.length));
  blocks.forEach((block, number) => {
    blocksByFile[next[block.file]] = number;
    next[block.file] += 1;
    transactions[number] = block.transactions;
    known[2 * number] = block.prevHash.every((byte) => byte === 0) ? NONE : UNKNOWN;
  });
  return { network, firstOfFile, blocksByFile, transactions, known };
}

/** Where the undo records of a chain lie. */
export class UndoPlaces {
  private readonly data: UndoData;
  private readonly folder: BlockFolder;
  private readonly prevHashOf: (number: number) => Uint8Array;

  constructor(data: UndoData, folder: BlockFolder, prevHashOf: (number: number) => Uint8Array) {
    this.data = data;
    this.folder = folder;
    this.prevHashOf = prevHashOf;
  }

  /** Place and size of a block's record, without its checksum; null where there is none. Throws MALFORMED, IO for its file. */
  find(number: number, file: number): { place: number; size: number } | null {
    const { known } = this.data;
    if (known[2 * number] === UNKNOWN) this.searchFile(file);
    const place = known[2 * number];
    return place < 0 ? null : { place, size: known[2 * number + 1] };
  }

  private searchFile(file: number): void {
    const { firstOfFile, blocksByFile, known, network } = this.data;
    const blocks = [...blocksByFile.subarray(firstOfFile[file], firstOfFile[file + 1])].filter(
      (number) => known[2 * number] !== NONE,
    );
    const path = join(this.folder.path, undoNameOf(this.folder.names[file]));
    if (existsSync(path)) {
      const opened = openNodeFiles([path]);
      try {
        readThrough(opened.files[0]);
        this.match(opened.files[0], blocks, undoFrames(opened.files[0], network));
      } finally {
        opened.close();
      }
    }
    for (const number of blocks) if (known[2 * number] === UNKNOWN) known[2 * number] = NONE;
  }

  /**
   * Gives each block of one file its record. Where there are as many records as blocks that need one, they lie in the order of heights; else (a
   * branch was connected and left) each is found by its checksum, and of siblings by the number of transactions.
   */
  private match(undo: NodeFile, blocks: readonly number[], records: readonly Frame[]): void {
    if (records.length === blocks.length) {
      blocks.forEach((number, at) => this.note(number, records[at]));
      return;
    }
    const { transactions } = this.data;
    const left = new Set(blocks);
    for (const record of records) {
      const bytes = undo.read(record.start, record.length + CHECKSUM_BYTES);
      for (const number of left) {
        if (compactSizeAt(bytes, 0) !== transactions[number] - 1 || !undoFits(bytes, this.prevHashOf(number))) continue;
        this.note(number, record);
        left.delete(number);
        break;
      }
    }
  }

  /** The size first: another thread may look at the place at any time. */
  private note(number: number, { start, length }: Frame): void {
    this.data.known[2 * number + 1] = length;
    this.data.known[2 * number] = start;
  }
}

/** Name of the undo file of a block file. */
export function undoNameOf(name: string): string {
  return name.replace('blk', 'rev');
}
