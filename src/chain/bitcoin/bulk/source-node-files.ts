/**
 * The `blk*.dat` and `rev*.dat` files of a node's blocks folder, and the eight bytes of `xor.dat` that cover them. Reads pieces by place, never a
 * whole file, and clears what it reads.
 */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Network, SpoorError } from '../../../ledger/index.ts';

/** Message start bytes by network, hex in file order; the last two are both `testnet` (3 and 4). */
export const MAGICS: Readonly<Record<string, Network>> = {
  f9beb4d9: 'mainnet',
  '0a03cf40': 'signet',
  fabfb5da: 'regtest',
  '0b110907': 'testnet',
  '1c163f28': 'testnet',
};

const XOR_KEY_BYTES = 8;

/** Names of a folder's block files in order of their numbers, and its key (null where the files are clear). */
export interface NodeFolder {
  readonly folder: string;
  /** `blk00000.dat` and so on. */
  readonly names: readonly string[];
  readonly key: Uint8Array | null;
}

/** Looks at a blocks folder. Throws FILE_NOT_FOUND, and MALFORMED for a key that is none. */
export function openNodeFolder(folder: string): NodeFolder {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new SpoorError(
      'FILE_NOT_FOUND',
      'there is no such folder',
      { file: folder },
      'name the blocks folder of a node',
    );
  }
  const names = readdirSync(folder)
    .filter((name) => /^blk\d{5,}\.dat$/.test(name))
    .sort((a, b) => numberOf(a) - numberOf(b));
  if (names.length === 0) {
    const hint = 'a node keeps them in the folder blocks below its data folder';
    throw new SpoorError('FILE_NOT_FOUND', 'the folder holds no blk*.dat file', { file: folder }, hint);
  }
  return { folder, names, key: readKey(join(folder, 'xor.dat')) };
}

function numberOf(name: string): number {
  return Number(/\d+/.exec(name)?.[0]);
}

/** Key of `xor.dat`; null where there is none or it is all zero, which means clear (Bitcoin Core 28, pull request 28052). Throws MALFORMED. */
export function readKey(path: string): Uint8Array | null {
  if (!existsSync(path)) return null;
  const key = new Uint8Array(readFileSync(path));
  if (key.length !== XOR_KEY_BYTES) {
    const message = `a block file key has ${XOR_KEY_BYTES} bytes, this one ${key.length}`;
    throw new SpoorError('MALFORMED', message, { file: 'xor.dat' });
  }
  return key.every((byte) => byte === 0) ? null : key;
}

/** One open file of the folder. `read` gives clear bytes. */
export class NodeFile {
  readonly name: string;
  readonly size: number;
  private readonly descriptor: number;
  private readonly key: Uint8Array | null;

  constructor({ folder, key }: NodeFolder, name: string) {
    this.name = name;
    this.key = key;
    try {
      this.descriptor = openSync(join(folder, name), 'r');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new SpoorError('IO', `cannot be opened: ${code}`, { file: name });
    }
    this.size = fstatSync(this.descriptor).size;
  }

  /** Fills `into` from `place`; returns how many bytes there were. As they are on disk, not cleared. */
  readMasked(into: Uint8Array, place: number): number {
    let done = 0;
    while (done < into.length) {
      const count = readSync(this.descriptor, into, done, into.length - done, place + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  /** Fills `into` with clear bytes; returns how many there were. */
  read(into: Uint8Array, place: number): number {
    const count = this.readMasked(into, place);
    if (this.key !== null) for (let at = 0; at < count; at += 1) into[at] ^= this.key[(place + at) % XOR_KEY_BYTES];
    return count;
  }

  /** Place of the first byte from `place` on that is not zero on disk; the size where there is none. A node allocates ahead with zeros. */
  skipPadding(place: number): number {
    const window = new Uint8Array(65_536);
    for (let from = place; from < this.size; from += window.length) {
      const count = this.readMasked(window, from);
      for (let at = 0; at < count; at += 1) if (window[at] !== 0) return from + at;
    }
    return this.size;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
