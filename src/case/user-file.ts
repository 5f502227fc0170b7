/** Files and folders a user names: small ones read (tag packs), results written. Transaction files are the adapters' own business. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { SpoorError } from '../ledger/index.ts';

const PIECE_BYTES = 1024 * 1024;

/** Errors of the file system as coded errors naming the file. */
function fileError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error.code === 'ENOENT') return new SpoorError('FILE_NOT_FOUND', 'there is no such file', { file });
  return new SpoorError('IO', `the file cannot be used: ${error.message}`, { file });
}

/** Bytes of a file of at most `limitBytes`. Throws FILE_NOT_FOUND, IO, TOO_LARGE. */
export function readUserFile(path: string, limitBytes: number): { name: string; bytes: Buffer } {
  try {
    const { size } = statSync(path);
    if (size > limitBytes) {
      throw new SpoorError('TOO_LARGE', `the file has ${size} bytes; the limit is ${limitBytes}`, { file: path });
    }
    return { name: basename(path), bytes: readFileSync(path) };
  } catch (error) {
    throw fileError(error, path);
  }
}

/** A JSON file of at most `limitBytes`. Throws what `readUserFile` throws, and MALFORMED. */
export function readUserJson(
  path: string,
  { limitBytes, hint }: { readonly limitBytes: number; readonly hint: string },
): { bytes: Buffer; value: unknown } {
  const { bytes } = readUserFile(path, limitBytes);
  try {
    return { bytes, value: JSON.parse(bytes.toString('utf8')) };
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new SpoorError('MALFORMED', `the file is not JSON: ${error.message}`, { file: path }, hint);
    throw error;
  }
}

/** Copies a file. Throws FILE_NOT_FOUND and IO naming the one that is copied. */
export function copyUserFile(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    throw fileError(error, from);
  }
}

/** Size and SHA-256 in hex of a file of any length, read in pieces. Throws FILE_NOT_FOUND, IO. */
export function fileDigest(path: string): { bytes: number; sha256: string } {
  const digest = createHash('sha256');
  const piece = Buffer.alloc(PIECE_BYTES);
  try {
    const file = openSync(path, 'r');
    try {
      let bytes = 0;
      for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) {
        digest.update(piece.subarray(0, read));
        bytes += read;
      }
      return { bytes, sha256: digest.digest('hex') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Writes a report. Throws IO naming the file. */
export function writeUserFile(path: string, text: string | Uint8Array): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new SpoorError(
      'IO',
      `the file cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      { file: path },
    );
  }
}

/** Makes a folder for results, with those above it. Throws IO naming it, and USAGE when it is there and not empty. */
export function makeUserFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
    if (readdirSync(path).length === 0) return;
  } catch (error) {
    throw new SpoorError('IO', `the folder cannot be made: ${error instanceof Error ? error.message : String(error)}`, {
      file: path,
    });
  }
  throw new SpoorError('USAGE', 'the folder is not empty', { file: path }, 'name a new one: nothing is overwritten');
}
