/** Local files: their bytes, unpacked, within limits; several that make one body; the first bytes of one. Synchronous, and no network. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { SpoorError } from '../../ledger/index.ts';

const HEAD_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** What one file may cost. */
export interface FileLimits {
  /** Most bytes of content, after unpacking. */
  maxBytes: number;
  /** Most bytes that one packed byte may unpack to, once the content is above 64 MiB. */
  maxRatio: number;
}

/** 1 GiB; recorded JSON packs 4 to 40 times, a bomb about 1,000 times. */
export const DEFAULT_FILE_LIMITS: FileLimits = { maxBytes: 2 ** 30, maxRatio: 250 };

const RATIO_FREE_BYTES = 64 * 2 ** 20;

/** Whether the content starts as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function tooLarge(what: string, limit: number, file: string): SpoorError {
  return new SpoorError('TOO_LARGE', `${what}: the limit is ${limit} bytes`, { file });
}

/** Bytes on disk. Throws FILE_NOT_FOUND, IO, TOO_LARGE. */
export function readBytes(path: string, file: string, limits: FileLimits): Buffer {
  try {
    const status = statSync(path);
    if (!status.isFile()) throw new SpoorError('IO', 'not a regular file', { file });
    if (status.size > limits.maxBytes) throw tooLarge(`the file has ${status.size} bytes`, limits.maxBytes, file);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof SpoorError) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new SpoorError('FILE_NOT_FOUND', `no such file: ${path}`, { file });
    throw new SpoorError('IO', `cannot read ${path}: ${code || String(error)}`, { file });
  }
}

/** Content of the file: unpacked when it starts as gzip does, whatever it is called. Throws MALFORMED, TOO_LARGE. */
export function unpack(bytes: Buffer, file: string, limits: FileLimits): Buffer {
  if (!isGzip(bytes)) return bytes;
  const byRatio = Math.max(RATIO_FREE_BYTES, Math.ceil(bytes.length * limits.maxRatio));
  const maxOutputLength = Math.min(limits.maxBytes, byRatio);
  try {
    // With `info` the engine comes along, which knows how far it read: behind a zero byte it drops further members without a word.
    const unpacked: unknown = gunzipSync(bytes, { maxOutputLength, info: true });
    const { buffer, engine } = unpacked as { buffer: Buffer; engine: { bytesWritten: number } };
    if (bytes.subarray(engine.bytesWritten).every((byte) => byte === 0)) return buffer;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge(`${bytes.length} packed bytes unpack to more than is allowed`, maxOutputLength, file);
    }
    const what = code === 'Z_BUF_ERROR' ? 'the gzip file is cut short' : 'the gzip file is damaged';
    throw new SpoorError('MALFORMED', `${what} (${code || String(error)})`, { file });
  }
  throw new SpoorError('MALFORMED', 'the gzip file is damaged: what follows its last part is not gzip', { file });
}

/** The first bytes of a file, unpacked as far as they go where they are gzip. */
export function inflatedHead(head: Buffer): Buffer {
  if (!isGzip(head)) return head;
  return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * HEAD_BYTES });
}

/** First bytes of a file's content, or none when it cannot be read: reading it whole then says why. */
export function headOf(path: string): Buffer {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const bytes = Buffer.alloc(HEAD_BYTES);
    const head = bytes.subarray(0, readSync(file, bytes, 0, HEAD_BYTES, 0));
    return inflatedHead(head);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return Buffer.alloc(0);
    throw error;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** The first line that is not blank, or null where it is the only one. */
export function firstLineOfSeveral(content: Buffer): Buffer | null {
  let start = 0;
  while (start < content.length && content[start] <= 0x20) start += 1;
  const end = content.indexOf(0x0a, start);
  if (end < 0) return null;
  return content.subarray(end).every((byte) => byte <= 0x20) ? null : content.subarray(start, end);
}

/** A file as it is on disk and unpacked. */
export interface GroupedFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly content: Buffer;
}

/**
 * One body of several files that make sense only together (the tables of one dump): their bytes one after the other, in an order that does not depend
 * on how they were named or given. That body is what is kept, hashed and read again. Packed files stay packed: gzip members may follow each other. Notes tell what each
 * file was.
 */
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
