/**
 * Recorded answers: bodies gzipped by the SHA-256 of their bytes, and a manifest of one JSON line for each answer. Safe to delete; an answer that is
 * recorded is never asked for again unless it was true only for its moment and the caller wants a fresh one.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { SpoorError } from '../../ledger/index.ts';
import type { Finality } from './request.ts';

/** One line of the manifest. */
export interface RecordedAnswer {
  readonly key: string;
  readonly url: string;
  readonly status: number;
  readonly body: string;
  readonly finality: Finality;
  /** When it was answered, seconds since epoch. */
  readonly fetchedSec: number;
}

const MAX_BODY_BYTES = 256 * 2 ** 20;

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

  /** Bytes of a recorded answer. Throws IO when the body is gone or is not what its name says. */
  body(answer: RecordedAnswer): Buffer {
    const file = this.bodyFile(answer.body);
    const bytes = existsSync(file) ? gunzipSync(readFileSync(file), { maxOutputLength: MAX_BODY_BYTES }) : null;
    if (bytes === null || digest(bytes) !== answer.body) {
      throw new SpoorError(
        'IO',
        'a recorded answer is gone or was changed',
        { file },
        'delete the cache folder; what is needed is fetched again',
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
      writeFileSync(`${file}.part`, gzipSync(bytes));
      renameSync(`${file}.part`, file);
    }
    appendFileSync(join(this.folder, 'manifest.jsonl'), `${JSON.stringify(kept)}\n`);
    this.answers.set(kept.key, kept);
    return kept;
  }

  private bodyFile(sha256: string): string {
    return join(this.folder, 'bodies', sha256.slice(0, 2), `${sha256}.gz`);
  }
}

/** A line that a killed process left half written says nothing. */
function parseLine(line: string): RecordedAnswer | null {
  try {
    return line === '' ? null : (JSON.parse(line) as RecordedAnswer);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
