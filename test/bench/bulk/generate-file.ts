/**
 * The folder a node keeps its blocks in: blk and rev files side by side, XORed or clear.
 * Source: Bitcoin Core src/node/blockstorage.cpp, src/flatfile.cpp: files of 128 MiB, room taken ahead in pieces of 16 MiB (blk) and 1 MiB
 * (rev); that room is zeros on disk even where the rest is XORed.
 */
import { Buffer } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Message start of mainnet. */
const MAGIC = Buffer.from('f9beb4d9', 'hex');
const FRAME_HEAD = 8;
const BLK_PIECE = 16 * 2 ** 20;
const REV_PIECE = 2 ** 20;

/** How the files lie on disk. */
export interface FileOptions {
  /** A blk file ends before it would pass this; 128 MiB at a node. */
  readonly fileBytes: number;
  /** 8 bytes, or null for clear files. */
  readonly xorKey: Buffer | null;
  /** Whether the last files keep the zeros a running node takes ahead. */
  readonly padding: boolean;
}

/** A written file. */
export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

interface OpenFile {
  readonly name: string;
  readonly fd: number;
  readonly hash: Hash;
  bytes: number;
}

/** Writes frames into numbered files. */
export class BlockFolder {
  private readonly folder: string;
  private readonly options: FileOptions;
  private readonly written: WrittenFile[] = [];
  private readonly revs = new Map<number, OpenFile>();
  private blk: OpenFile;
  private blkNumber = 0;

  /** Makes the folder where it is missing, and removes block files of an earlier run. */
  constructor(folder: string, options: FileOptions) {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) {
      if (/^(blk|rev)\d{5}\.dat$|^xor\.dat$|^meta\.json$|^services\.csv$/.test(name)) rmSync(join(folder, name));
    }
    this.folder = folder;
    this.options = options;
    if (options.xorKey !== null) writeFileSync(join(folder, 'xor.dat'), options.xorKey);
    this.blk = this.open('blk', 0);
  }

  /** Appends a block; gives the number of its file. */
  block(bytes: Uint8Array): number {
    if (this.blk.bytes > 0 && this.blk.bytes + FRAME_HEAD + bytes.length > this.options.fileBytes) {
      this.close(this.blk);
      this.blkNumber += 1;
      this.blk = this.open('blk', this.blkNumber);
    }
    this.append(this.blk, this.frame(bytes.length));
    this.append(this.blk, bytes);
    return this.blkNumber;
  }

  /** Appends the undo record of a block in file `number`, with its checksum. */
  undo(number: number, undo: Uint8Array, checksum: Uint8Array): void {
    let rev = this.revs.get(number);
    if (rev === undefined) {
      rev = this.open('rev', number);
      this.revs.set(number, rev);
    }
    this.append(rev, this.frame(undo.length));
    this.append(rev, undo);
    this.append(rev, checksum);
  }

  /** Closes everything; gives what was written, by name. */
  finish(): WrittenFile[] {
    for (let number = 0; number <= this.blkNumber; number += 1) {
      const rev = this.revs.get(number) ?? this.open('rev', number);
      if (number === this.blkNumber) this.pad(rev, REV_PIECE);
      this.close(rev);
    }
    this.pad(this.blk, BLK_PIECE);
    this.close(this.blk);
    return this.written.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private frame(length: number): Buffer {
    const head = Buffer.from([...MAGIC, 0, 0, 0, 0]);
    head.writeUInt32LE(length, 4);
    return head;
  }

  private open(kind: string, number: number): OpenFile {
    const name = `${kind}${String(number).padStart(5, '0')}.dat`;
    return { name, fd: openSync(join(this.folder, name), 'w'), hash: createHash('sha256'), bytes: 0 };
  }

  private append(file: OpenFile, clear: Uint8Array): void {
    const { xorKey } = this.options;
    this.raw(file, xorKey === null ? clear : xored(clear, xorKey, file.bytes));
  }

  private raw(file: OpenFile, bytes: Uint8Array): void {
    file.hash.update(bytes);
    for (let done = 0; done < bytes.length; ) done += writeSync(file.fd, bytes, done);
    file.bytes += bytes.length;
  }

  private pad(file: OpenFile, piece: number): void {
    if (!this.options.padding) return;
    this.raw(file, Buffer.alloc(piece - (file.bytes % piece)));
  }

  private close(file: OpenFile): void {
    closeSync(file.fd);
    this.written.push({ name: file.name, bytes: file.bytes, sha256: file.hash.digest('hex') });
  }
}

/** Byte i of a file is XORed with byte i mod 8 of the key; `start` is the place of the first byte in the file. */
function xored(clear: Uint8Array, key: Buffer, start: number): Buffer {
  const bytes = Buffer.allocUnsafe(clear.length);
  for (let at = 0; at < clear.length; at += 1) bytes[at] = clear[at]! ^ key[(start + at) & 7]!;
  return bytes;
}
