/**
 * Files that make sense only together (the tables of one dump) become one body: their bytes one after the other, in an order that does not depend on
 * how they were named or given. That body is what is kept, hashed and read again.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { looksBlockchair } from './source-file-blockchair.ts';
import type { FileFormat } from './source-file-record.ts';

const HEAD_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** Whether the content starts as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** First bytes of a file's content, or none when it cannot be read: reading it whole then says why. */
function headOf(path: string): Buffer {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(HEAD_BYTES);
    const head = bytes.subarray(0, readSync(file, bytes, 0, HEAD_BYTES, 0));
    return isGzip(head)
      ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * HEAD_BYTES })
      : head;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return Buffer.alloc(0);
    throw error;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Splits paths into bodies: tables of a dump together, where the first of them stands, every other file alone. */
export function groupFiles(paths: readonly string[], format: FileFormat | 'auto'): string[][] {
  const isTable = (path: string) =>
    format === 'blockchair' || (format === 'auto' && paths.length > 1 && looksBlockchair(headOf(path)));
  const groups: string[][] = [];
  const tables: string[] = [];
  for (const path of paths) {
    if (!isTable(path)) groups.push([path]);
    else if (tables.push(path) === 1) groups.push(tables);
  }
  return groups;
}

/** A file as it is on disk and unpacked. */
export interface GroupedFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly content: Buffer;
}

/** One body of several files. Packed files stay packed: gzip members may follow each other. Notes tell what each file was. */
export function joinFiles(files: readonly GroupedFile[]): { name: string; bytes: Buffer; notes: string[] } {
  const sorted = files
    .map((file) => ({ ...file, sha256: createHash('sha256').update(file.bytes).digest('hex') }))
    .sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1))
    .filter(({ sha256 }, at, all) => at === 0 || sha256 !== all[at - 1].sha256);
  const canFollow = sorted.every(({ bytes, content }) => isGzip(bytes) && content.at(-1) === NEWLINE);
  const parts = sorted.flatMap(({ bytes, content }) =>
    canFollow ? [bytes] : content.at(-1) === NEWLINE ? [content] : [content, Buffer.of(NEWLINE)],
  );
  return {
    name: sorted.map(({ name }) => name).join(' + '),
    bytes: Buffer.concat(parts),
    notes: sorted.map(({ name, sha256 }) => `read together: ${name}, SHA-256 ${sha256}`),
  };
}
