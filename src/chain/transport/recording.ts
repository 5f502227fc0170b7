/**
 * Recorded answers: bodies gzipped by the SHA-256 of their bytes, and a manifest of one JSON line for each answer. Safe to delete; an answer that is
 * recorded is never asked for again unless it was true only for its moment and the caller wants a fresh one.
 *
 * Several processes may write one folder: a line is appended in one call, a body appears under its name only when it is whole, and a line that is half
 * written or is none of ours says nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { SpoorError } from '../../ledger/index.ts';
import { type Finality, sortedParams } from './request.ts';

/** How long a recorded answer stays true: as its question said, or `negative` for "there is no such thing", which may come to be. */
export type RecordedFinality = Finality | 'negative';

/** Best block of a source. */
export interface RecordedTip {
  readonly height: number;
  readonly hash: string;
}

/** One line of the manifest. Nothing in it is secret. */
export interface RecordedAnswer {
  readonly key: string;
  readonly method: 'GET' | 'POST';
  /** Full address, without secrets: a path token reads `{key}`. */
  readonly url: string;
  /** Parameters of the address, sorted by name. */
  readonly params: ReadonlyArray<readonly [string, string]>;
  /** What was posted; of a long text `sha256:` and its digest. Null for a GET. */
  readonly post: string | null;
  /** Kind and host of the source, for example `esplora 127.0.0.1:3000`. */
  readonly source: string;
  readonly status: number;
  /** SHA-256 of the body as it is kept. */
  readonly body: string;
  /** Whether secrets were struck out of the body, so that its bytes are not quite those that came. */
  readonly scrubbed: boolean;
  /** Headers worth keeping: date, content-type, retry-after, etag and the allowance. */
  readonly headers: Readonly<Record<string, string>>;
  readonly finality: RecordedFinality;
  /** When it was answered, seconds since epoch. */
  readonly fetchedSec: number;
  /** Questions it took. */
  readonly attempts: number;
  /** Best block of the source a moment before, where it was asked. */
  readonly tip?: RecordedTip;
}

const MAX_BODY_BYTES = 256 * 2 ** 20;
const NEWLINE = 0x0a;
const FINALITIES: readonly string[] = ['final', 'final-range', 'tip', 'negative'] satisfies RecordedFinality[];
/** Tenth byte of a gzip file: the system that wrote it. Set to "unknown", so that the same body is the same file everywhere. */
const GZIP_OS = { offset: 9, unknown: 255 };
const GZIP_LEVEL = 6;

/** The cache folder of one user. */
export class Recording {
  private readonly folder: string;
  private readonly answers = new Map<string, RecordedAnswer>();

  constructor(folder: string) {
    this.folder = folder;
    const manifest = join(folder, 'manifest.jsonl');
    if (!existsSync(manifest)) return;
    for (const line of readFileSync(manifest, 'utf8').split('\n')) {
      const answer = parseLine(line);
      if (answer !== null) this.answers.set(answer.key, answer);
    }
  }

  /** The latest recorded answer to a request, or null. */
  find(key: string): RecordedAnswer | null {
    return this.answers.get(key) ?? null;
  }

  /** Whether the body of an answer is still there, altered or not. */
  holds(answer: RecordedAnswer): boolean {
    return existsSync(this.bodyFile(answer.body));
  }

  /** Bytes of a recorded answer. Throws IO when the body is gone or is not what its name says. */
  body(answer: RecordedAnswer): Buffer {
    const file = this.bodyFile(answer.body);
    const bytes = unzipped(file);
    if (bytes === null || digest(bytes) !== answer.body) {
      throw new SpoorError(
        'IO',
        'a recorded answer is gone or was changed',
        { file },
        'delete this file; the answer is then asked for again',
      );
    }
    return bytes;
  }

  /** Records an answer; the body first, so that the manifest never names one that is not there. */
  keep(answer: Omit<RecordedAnswer, 'body'>, bytes: Buffer): RecordedAnswer {
    const kept = { ...answer, body: digest(bytes) };
    const file = this.bodyFile(kept.body);
    if (!existsSync(file)) {
      mkdirSync(join(this.folder, 'bodies', kept.body.slice(0, 2)), { recursive: true });
      const part = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.part`;
      writeFileSync(part, zipped(bytes));
      renameSync(part, file);
    }
    appendLine(join(this.folder, 'manifest.jsonl'), JSON.stringify(kept));
    this.answers.set(kept.key, kept);
    return kept;
  }

  private bodyFile(sha256: string): string {
    return join(this.folder, 'bodies', sha256.slice(0, 2), `${sha256}.gz`);
  }
}

function zipped(bytes: Buffer): Buffer {
  const gzip = gzipSync(bytes, { level: GZIP_LEVEL });
  gzip[GZIP_OS.offset] = GZIP_OS.unknown;
  return gzip;
}

/** Bytes of a gzip file, or null when it is not there, cut short or damaged. */
function unzipped(file: string): Buffer | null {
  if (!existsSync(file)) return null;
  const gzip = readFileSync(file);
  try {
    return gunzipSync(gzip, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

/** Appends a line in one call. A line that a killed process left open is closed first, so that it does not swallow the next. */
function appendLine(file: string, line: string): void {
  const descriptor = openSync(file, 'a+');
  try {
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1, NEWLINE);
    if (size > 0) readSync(descriptor, last, 0, 1, size - 1);
    writeSync(descriptor, `${last[0] === NEWLINE ? '' : '\n'}${line}\n`);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a line, also one of a version that kept less. Half a line, or one that could lead elsewhere than to a body, says nothing. */
function parseLine(line: string): RecordedAnswer | null {
  if (line === '') return null;
  try {
    const row = JSON.parse(line) as Partial<RecordedAnswer> | null;
    if (row === null || !isSha256(row.key) || !isSha256(row.body)) return null;
    const { url, status, finality, fetchedSec } = row;
    if (typeof url !== 'string' || !URL.canParse(url)) return null;
    if (!Number.isInteger(status) || !Number.isInteger(fetchedSec) || !FINALITIES.includes(String(finality)))
      return null;
    return { ...OLD_ROW, source: new URL(url).host, params: sortedParams(new URL(url)), ...row } as RecordedAnswer;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What rows of an older shape leave out. */
const OLD_ROW = { method: 'GET', post: null, scrubbed: false, headers: {}, attempts: 1 } as const;

function isSha256(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
