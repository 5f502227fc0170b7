/**
 * Claim:      the rows of a table of labels with the lines they stand on; lines that begin with # are comments.
 * Source:     RFC 4180 as the csv-parse package reads it, rows of unequal length and quotes inside a cell allowed.
 * Parameters: none.
 * Cost:       one pass. A line without a quote is cut at its commas, ten times as fast as the full reader does it; lines with quotes go to that reader, one
 *             by one where they are few and each is whole, else all of the text.
 * Fails when: never by itself; test/tag/csv-rows.test.ts compares both ways over the public lists and over mutated text.
 */
import { parse } from 'csv-parse/sync';
import { SpoorError } from '../ledger/index.ts';

/** A row and the line (from 1) on which it ends. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A table: its rows, and the lines of comment before the first of them. */
export interface CsvTable {
  readonly rows: readonly CsvRow[];
  readonly comments: readonly string[];
}

const COMMENT = /^\s*"?#/;
const LONGEST_ROW = 100_000;
/** More lines with quotes than this, and one call of the full reader for all is the cheaper way. */
const MOST_QUOTED = 100;

/** Rows by the full reader. `bom`: a byte order mark may stand at the start. Throws what csv-parse throws. */
export function fullRows(text: string, bom = true): CsvRow[] {
  const parsed: unknown = parse(text, {
    bom,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  // With `info` each row comes with where it stands.
  const rows = parsed as { info: { lines: number }; record: string[] }[];
  return rows.map(({ info, record }) => ({ line: info.lines, cells: record }));
}

/** The cells of one line with quotes; null when they go on over the line, or the line is no row by itself. */
function quotedCells(line: string): readonly string[] | null {
  try {
    const rows = fullRows(line, false);
    return rows.length === 1 ? rows[0].cells : null;
  } catch {
    // The full reader is asked about the whole text then, and tells what is wrong with it.
    return null;
  }
}

/** Rows of a text that is read alike line by line; null where that cannot be told. */
export function plainRows(text: string): CsvRow[] | null {
  if (text.includes('\r')) return null;
  const lines = (text.startsWith('\uFEFF') ? text.slice(1) : text).split('\n');
  const rows: CsvRow[] = [];
  let quoted = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (line === '') continue;
    if (line.length >= LONGEST_ROW) return null;
    if (!line.includes('"')) {
      rows.push({ line: at + 1, cells: line.split(',') });
      continue;
    }
    quoted += 1;
    const cells = quoted > MOST_QUOTED ? null : quotedCells(line);
    if (cells === null) return null;
    rows.push({ line: at + 1, cells });
  }
  return rows;
}

/** Rows of a text without comments. Throws TAGPACK_INVALID. */
export function csvRows(text: string, file: string): CsvRow[] {
  try {
    return plainRows(text) ?? fullRows(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new SpoorError('TAGPACK_INVALID', `broken CSV: ${error.message.slice(0, 200)}`, { file });
  }
}

/** Reads a table. Throws TAGPACK_INVALID. */
export function csvTable(text: string, file: string): CsvTable {
  const comments = text.split('\n', 50).filter((line) => COMMENT.test(line));
  // A comment is blanked, not cut out, so that lines keep their numbers.
  return { rows: csvRows(text.replace(/^[ \t]*"?#.*$/gm, ''), file), comments };
}
