/**
 * The block folder of a node: `blk*.dat` with blocks, `rev*.dat` with the outputs they spent, and `xor.dat`, the key both may be XORed with (Bitcoin
 * Core 28 and later). Files are read by place, never whole. Rev files are XORed like block files (seen on a node).
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SpoorError } from '../../ledger/index.ts';
import { type ByteSource, looksFramed } from './source-file-frame.ts';

/** Block and undo files of a node, by the names it gives them. */
const NODE_FILE = /^(blk|rev)(\d{5,})\.dat$/;
const KEY_FILE = 'xor.dat';
/** Length of a key. */
export const XOR_KEY_BYTES = 8;

/** Small reads are served from a window of this many bytes: early blocks lie close together, and later ones should not cost more than their header. */
const WINDOW_BYTES = 4096;
const HASH_CHUNK_BYTES = 4 * 1024 * 1024;
const MAX_OPEN_FILES = 32;

/** Reads `length` bytes at a place as they are on disk; fewer at the end. */
export type RawRead = (at: number, length: number) => Buffer;

/** Bytes XORed with the key, byte i of the file with key[i mod 8]; `at` is the place of the first byte. */
function xored(bytes: Buffer, key: Buffer, at: number): Buffer {
  const clear = Buffer.allocUnsafeSlow(bytes.length);
  const turned = Buffer.from(key.map((_, index) => key[(at + index) % XOR_KEY_BYTES]));
  const [low, high] = [turned.readInt32LE(0), turned.readInt32LE(4)];
  const whole = bytes.length - (bytes.length % XOR_KEY_BYTES);
  bytes.copy(clear);
  const words = new Int32Array(clear.buffer, 0, whole / 4);
  for (let word = 0; word < words.length; word += 2) {
    words[word] ^= low;
    words[word + 1] ^= high;
  }
  for (let index = whole; index < bytes.length; index += 1) clear[index] ^= turned[index % XOR_KEY_BYTES];
  return clear;
}

/** One block or undo file, read in the clear by place. */
export class NodeFile implements ByteSource {
  readonly name: string;
  readonly kind: 'blk' | 'rev';
  /** The digits of its name: blocks and undo records of one number belong together. */
  readonly number: string;
  readonly sizeBytes: number;
  private readonly key: Buffer | null;
  /** As on disk, without undoing the key. */
  readonly readRaw: RawRead;
  private window: { at: number; bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };

  constructor(name: string, given: { sizeBytes: number; key: Buffer | null; readRaw: RawRead }) {
    const match = NODE_FILE.exec(name);
    this.name = name;
    this.kind = match?.[1] === 'rev' ? 'rev' : 'blk';
    this.number = match?.[2] ?? name;
    this.sizeBytes = given.sizeBytes;
    this.key = given.key === null || given.key.every((byte) => byte === 0) ? null : given.key;
    this.readRaw = given.readRaw;
  }

  read(at: number, length: number): Buffer {
    const bytes = this.disk(at, length);
    return this.key === null ? bytes : xored(bytes, this.key, at);
  }

  /** The tail that a node allocates ahead is zero on disk, not XORed. */
  skipPadding(from: number): number {
    for (let at = from; at < this.sizeBytes; ) {
      const bytes = this.disk(at, WINDOW_BYTES);
      const index = bytes.findIndex((byte) => byte !== 0);
      if (index >= 0) return at + index;
      if (bytes.length === 0) break;
      at += bytes.length;
    }
    return this.sizeBytes;
  }

  /** SHA-256, hex, of the bytes on disk. */
  sha256(): string {
    const digest = createHash('sha256');
    for (let at = 0; at < this.sizeBytes; at += HASH_CHUNK_BYTES) digest.update(this.readRaw(at, HASH_CHUNK_BYTES));
    return digest.digest('hex');
  }

  /** All bytes as on disk. */
  diskBytes(): Buffer {
    return this.readRaw(0, this.sizeBytes);
  }

  private disk(at: number, length: number): Buffer {
    if (length > WINDOW_BYTES) return this.readRaw(at, length);
    const { window } = this;
    const wanted = Math.min(length, this.sizeBytes - at);
    if (at < window.at || at + wanted > window.at + window.bytes.length) {
      this.window = { at, bytes: this.readRaw(at, WINDOW_BYTES) };
    }
    return this.window.bytes.subarray(at - this.window.at, at - this.window.at + Math.max(0, wanted));
  }
}

/** What was opened: block and undo files in the order of their names, and the key with the bytes it was read from. */
export interface NodeFiles {
  readonly files: readonly NodeFile[];
  /** Content of `xor.dat`, where there is one. */
  readonly key: Buffer | null;
  /** Whether any file, not the last alone, may be cut. */
  readonly anyMayBeCut: boolean;
  close(): void;
}

/** Whether a path is for `openNodeFiles`: a folder, or a file named as a node names its block and undo files. */
export function isNodePath(path: string): boolean {
  return NODE_FILE.test(basename(path)) || (existsSync(path) && statSync(path).isDirectory());
}

/** Whether a recorded file is one of a node's: block file, undo file or key. */
export function isNodeFileName(name: string): boolean {
  return NODE_FILE.test(name) || name === KEY_FILE;
}

function fileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const file = basename(path);
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return new SpoorError('FILE_NOT_FOUND', `no such file: ${path}`, { file });
  }
  return new SpoorError('IO', `cannot read ${path}: ${String(error.code)}`, { file });
}

/** Open files, the least recently opened closed when there are too many: a node has thousands. */
class OpenFiles {
  private readonly open = new Map<string, number>();

  read(path: string, at: number, length: number): Buffer {
    try {
      const handle = this.handle(path);
      // A length out of a damaged file must not reserve memory that the file cannot fill.
      const most = length <= WINDOW_BYTES ? length : Math.max(0, fstatSync(handle).size - at);
      const bytes = Buffer.allocUnsafeSlow(Math.min(length, most));
      let filled = 0;
      while (filled < bytes.length) {
        const got = readSync(handle, bytes, filled, bytes.length - filled, at + filled);
        if (got === 0) break;
        filled += got;
      }
      return bytes.subarray(0, filled);
    } catch (error) {
      throw fileError(error, path);
    }
  }

  close(): void {
    for (const handle of this.open.values()) closeSync(handle);
    this.open.clear();
  }

  private handle(path: string): number {
    const held = this.open.get(path);
    if (held !== undefined) return held;
    if (this.open.size >= MAX_OPEN_FILES) {
      const [oldest, handle] = this.open.entries().next().value as [string, number];
      closeSync(handle);
      this.open.delete(oldest);
    }
    const opened = openSync(path, 'r');
    this.open.set(path, opened);
    return opened;
  }
}

/** Checks a key. Throws MALFORMED for another length. */
function checkKey(key: Buffer): Buffer {
  if (key.length === XOR_KEY_BYTES) return key;
  throw new SpoorError('MALFORMED', `a block file key has ${XOR_KEY_BYTES} bytes, this one ${key.length}`, {
    file: KEY_FILE,
  });
}

/** Paths of block and undo files for what a user named: the whole of a folder; beside a block file its undo file. */
function expand(path: string): string[] {
  if (existsSync(path) && statSync(path).isDirectory()) {
    const names = readdirSync(path).filter((name) => NODE_FILE.test(name));
    if (!names.some((name) => name.startsWith('blk'))) {
      const hint = 'name the folder "blocks" of a node, or files';
      throw new SpoorError('FILE_NOT_FOUND', 'the folder holds no block files (blk00000.dat)', { file: path }, hint);
    }
    return names.map((name) => join(path, name));
  }
  const undo = join(dirname(path), basename(path).replace(/^blk/, 'rev'));
  return undo !== path && existsSync(undo) ? [path, undo] : [path];
}

/**
 * Opens block folders and files with the undo files and the key beside them. All must lie in one folder: they are read as one chain. Throws
 * FILE_NOT_FOUND, IO, USAGE, MALFORMED for a key of another length.
 */
export function openNodeFiles(paths: readonly string[]): NodeFiles {
  const all = [...new Set(paths.flatMap(expand))].sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
  const folders = new Set(all.map((path) => dirname(path)));
  if (folders.size > 1) {
    throw new SpoorError('USAGE', 'block files of two folders are two commands: each folder has its own key', {
      file: [...folders].join(', '),
    });
  }
  const open = new OpenFiles();
  const keyFile = join(dirname(all[0]), KEY_FILE);
  const key = existsSync(keyFile) ? checkKey(readFileSync(keyFile)) : null;
  const files = all.map((path) => {
    try {
      const sizeBytes = statSync(path).size;
      return new NodeFile(basename(path), { sizeBytes, key, readRaw: (at, length) => open.read(path, at, length) });
    } catch (error) {
      throw fileError(error, path);
    }
  });
  return { files, key, anyMayBeCut: false, close: () => open.close() };
}

/** A recorded body, read by place. */
export interface NodeBody {
  readonly name: string;
  readonly sizeBytes: number;
  readonly readRaw: RawRead;
}

/** Recorded block and undo files as `openNodeFiles` gave them. A key goes with the files that it makes start as such files do. */
export function nodeFilesOfBodies(bodies: readonly NodeBody[]): NodeFiles {
  const keys = bodies
    .filter(({ name }) => name === KEY_FILE)
    .map(({ readRaw, sizeBytes }) => checkKey(readRaw(0, sizeBytes)));
  const files = bodies
    .filter(({ name }) => name !== KEY_FILE)
    .map(({ name, sizeBytes, readRaw }) => {
      const candidates = [null, ...keys].map((key) => new NodeFile(name, { sizeBytes, key, readRaw }));
      return candidates.find((file) => looksFramed(file.read(0, WINDOW_BYTES))) ?? candidates[0];
    });
  return { files, key: null, anyMayBeCut: true, close: () => undefined };
}
