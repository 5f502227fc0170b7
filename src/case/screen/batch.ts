/** Batches of screenings: one line out for each line in, in order, errors as lines, and a journal from which a batch that was killed goes on. */
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { Compile } from 'typebox/compile';
import { SpoorError } from '../../ledger/index.ts';
import {
  type Direction,
  type Level,
  type ScreeningFailure,
  ScreeningRequest,
  type ScreeningSubject,
} from '../../screen/index.ts';
import { isAccountSubject, parseAccountSubject } from '../account/subject.ts';
import { sha256Hex } from '../context.ts';
import { parseSubject } from '../subject.ts';
import { screeningText } from './kept.ts';
import type { ScreenDesk } from './screen.ts';

const checker = Compile(ScreeningRequest);
const MOST_LINE_CHARACTERS = 100_000;

/** What every line of a batch is given that does not say otherwise. */
export interface BatchDefaults {
  readonly direction: Direction;
  readonly lookupOnly: boolean;
  readonly network?: Parameters<typeof parseSubject>[1];
}

/** One line of the answer. `level` is null for an error. */
export interface BatchLine {
  readonly text: string;
  readonly level: Level | null;
}

/** A subject of the command line as that of a request. Throws what `parseSubject` throws, and SUBJECT_INVALID for what cannot be screened. */
export function screeningSubject(text: string, network?: Parameters<typeof parseSubject>[1]): ScreeningSubject {
  if (isAccountSubject(text)) return accountScreeningSubject(text);
  const subject = parseSubject(text, network);
  if (subject.kind === 'address' && subject.range === null)
    return { type: 'address', network: 'bitcoin', address: subject.address };
  if (subject.kind === 'outpoint')
    return { type: 'transfer', network: 'bitcoin', txid: subject.txid, vout: subject.vout };
  if (subject.kind === 'transaction') return { type: 'transfer', network: 'bitcoin', txid: subject.txid };
  throw new SpoorError(
    'SUBJECT_INVALID',
    `"${text.slice(0, 100)}" cannot be screened`,
    {},
    'screen an address, a transaction, or one output (txid:vout)',
  );
}

function accountScreeningSubject(text: string): ScreeningSubject {
  const subject = parseAccountSubject(text);
  if (subject.kind === 'account-transaction') return { type: 'transfer', network: 'ethereum', txid: subject.hash };
  if (subject.range !== null)
    throw new SpoorError(
      'SUBJECT_INVALID',
      `"${text.slice(0, 100)}" cannot be screened`,
      {},
      'screen an account, account/asset, or a transaction; --as-of gives a day',
    );
  const asset = subject.asset === null ? {} : { asset: subject.asset };
  return { type: 'address', network: 'ethereum', address: subject.account, ...asset };
}

/** Checks a request of JSON. Throws USAGE naming the field. */
export function checkScreeningRequest(value: unknown): ScreeningRequest {
  if (checker.Check(value)) return value;
  const errors = [...checker.Errors(value)];
  const unknown = errors.find(({ keyword }) => keyword === 'additionalProperties');
  const first = unknown ?? errors[0];
  const extra = (unknown?.params as { additionalProperties?: string[] } | undefined)?.additionalProperties?.[0];
  const path = first === undefined ? '' : first.instancePath.slice(1).replaceAll('/', '.');
  const field = extra === undefined ? path : [path, extra].filter((part) => part !== '').join('.');
  const what = extra === undefined ? (first?.message ?? 'is not a request') : 'is no field of a request';
  throw new SpoorError('USAGE', `${field === '' ? 'the request' : field} ${what}`, { field: field || 'request' });
}

/** Reads and answers the lines of one batch. */
export class ScreenBatch {
  private readonly desk: ScreenDesk;
  private readonly defaults: BatchDefaults;
  private columns: readonly string[] | null = null;
  private line = 0;

  constructor(desk: ScreenDesk, defaults: BatchDefaults) {
    this.desk = desk;
    this.defaults = defaults;
  }

  /** Names the columns of a CSV batch from its first line. Throws USAGE when none is `subject`. */
  header(text: string): void {
    const columns = csvCells(text).map((cell) => cell.trim().toLowerCase());
    const strange = columns.find((column) => !['subject', 'ref', 'direction', 'customer_ref'].includes(column));
    if (!columns.includes('subject') || strange !== undefined) {
      const what = strange === undefined ? 'none is subject' : `"${strange.slice(0, 40)}" is none of them`;
      throw new SpoorError(
        'USAGE',
        `the first line of a CSV batch names columns; ${what}`,
        {},
        'subject,ref,direction,customer_ref',
      );
    }
    this.columns = columns;
  }

  /** Answers one line: its screening, or its error. A mistake of the program itself is no error of a line and is thrown. */
  answer(text: string): BatchLine {
    this.line += 1;
    let ref: string | null = null;
    try {
      const given = this.columns === null ? jsonFields(text) : this.csvFields(text);
      ref = typeof given.ref === 'string' ? given.ref : null;
      const answer = this.desk.screen(this.request(given));
      return { text: screeningText(answer), level: answer.risk.level };
    } catch (error) {
      if (!(error instanceof SpoorError)) throw error;
      const { code, message, hint } = error;
      const failure: ScreeningFailure = {
        schema: 'spoor.screening-error/1',
        line: this.line,
        ref,
        error: { code, message, hint },
      };
      return { text: JSON.stringify(failure), level: null };
    }
  }

  /** Counts a line that was answered before. */
  skip(): void {
    this.line += 1;
  }

  private request(given: Readonly<Record<string, unknown>>): ScreeningRequest {
    const { direction, lookupOnly, network } = this.defaults;
    const subject = typeof given.subject === 'string' ? screeningSubject(given.subject, network) : given.subject;
    const lookup = lookupOnly ? { lookup_only: true } : {};
    return checkScreeningRequest({ direction, ...lookup, ...given, subject });
  }

  private csvFields(text: string): Record<string, unknown> {
    const cells = csvCells(text);
    const columns = this.columns ?? [];
    if (cells.length !== columns.length)
      throw new SpoorError('USAGE', `${cells.length} cells where the first line names ${columns.length} columns`);
    return Object.fromEntries(columns.flatMap((column, at) => (cells[at] === '' ? [] : [[column, cells[at]]])));
  }
}

function csvCells(text: string): string[] {
  if (!text.includes('"')) return text.split(',');
  try {
    return (parse(text) as string[][])[0] ?? [];
  } catch (error) {
    throw new SpoorError('USAGE', `the line is no CSV: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A line of JSON: a request, or one whose subject is written as on the command line. */
function jsonFields(text: string): Record<string, unknown> {
  if (text.length > MOST_LINE_CHARACTERS)
    throw new SpoorError('TOO_LARGE', `the line has ${text.length} characters; the limit is ${MOST_LINE_CHARACTERS}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SpoorError('USAGE', `the line is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value === 'string') return { subject: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SpoorError('USAGE', 'a line is a JSON object with a subject');
  return { ...value };
}

interface JournalLine extends BatchLine {
  readonly in: string;
}

/**
 * Lines answered so far, in a file that only grows: a first line that says what the answers hang on, then one line each. What a kill tore off at the end
 * is cut away.
 */
export class ScreenJournal {
  private readonly descriptor: number;
  private readonly file: string;
  private readonly done: JournalLine[];

  /** Throws USAGE for a journal of another batch, MALFORMED for a file that is none, IO. */
  constructor(file: string, digest: string) {
    this.file = file;
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [head, ...lines] = whole.split('\n').slice(0, -1);
    const expected = JSON.stringify({ schema: 'spoor.screening-journal/1', digest });
    if (head !== undefined && head !== expected) {
      const ours = head.startsWith('{"schema":"spoor.screening-journal/1"');
      throw ours
        ? new SpoorError(
            'USAGE',
            'the journal is of a batch with other facts, tags, rules or options',
            { file },
            'give a new file',
          )
        : new SpoorError('MALFORMED', 'the file is no journal of a batch', { file }, 'give a new file');
    }
    if (head === undefined && text !== '' && !expected.startsWith(text))
      throw new SpoorError('MALFORMED', 'the file is no journal of a batch', { file }, 'give a new file');
    this.done = lines.map((line) => JSON.parse(line) as JournalLine);
    try {
      this.descriptor = openSync(file, existsSync(file) ? 'r+' : 'w+');
      ftruncateSync(this.descriptor, Buffer.byteLength(whole));
    } catch (error) {
      throw new SpoorError('IO', `the journal cannot be written: ${error instanceof Error ? error.message : ''}`, {
        file,
      });
    }
    this.at = Buffer.byteLength(whole);
    if (head === undefined) this.write(`${expected}\n`);
  }

  private at: number;

  private write(text: string): void {
    this.at += writeSync(this.descriptor, text, this.at);
  }

  /** What was answered to a line (from 0) before; null when it was not. Throws USAGE when the line was another then. */
  before(index: number, text: string): BatchLine | null {
    const known = this.done[index];
    if (known === undefined) return null;
    if (known.in === sha256Hex(text).slice(0, 16)) return known;
    throw new SpoorError('USAGE', `line ${index + 1} of the input is not that of the journal`, { file: this.file });
  }

  /** Keeps an answer. */
  keep(text: string, { text: out, level }: BatchLine): void {
    this.write(`${JSON.stringify({ in: sha256Hex(text).slice(0, 16), text: out, level })}\n`);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
