/**
 * Tables of comma-separated values with a header line, one or several in a body, each starting with its own header. Columns are found by name. Cells are
 * texts: whoever wants a number reads it from its digits.
 */
import { CsvError, parse } from 'csv-parse/sync';
import { SpoorError } from '../../ledger/index.ts';
import { Field } from './field.ts';
import { textOfBytes } from './json.ts';

/** Longest cell or line, in characters: inputs of transactions are at most some hundred thousand. */
const MOST_CHARACTERS = 16 * 2 ** 20;

/** A data line: the header it stands under, and its cells by column name; empty cells are absent. */
export interface CsvRow {
  readonly columns: ReadonlySet<string>;
  readonly row: Field;
}

interface RawRow {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

function rawRows(bytes: Uint8Array, file: string): RawRow[] {
  try {
    return parse(textOfBytes(bytes, { file }), {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MOST_CHARACTERS,
    }) as unknown[] as RawRow[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const record = typeof error.lines === 'number' ? { record: `line ${error.lines}` } : {};
    throw new SpoorError('MALFORMED', `not a table of comma-separated values: ${error.message.slice(0, 200)}`, {
      file,
      ...record,
    });
  }
}

/** Cells of the header line of a table; none where the text is none. Reads no further. */
export function csvHeader(head: Uint8Array): string[] {
  const text = Buffer.from(head)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const line = /^\s*([^\r\n]*)/.exec(text)?.[1] ?? '';
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

/**
 * Rows of all tables in the bytes, in their order; `isHeader` knows the header of a further table. Throws MALFORMED naming line and column: a quote that
 * does not close, a line with more or fewer cells than its header, a column named twice.
 */
export function csvRows(bytes: Uint8Array, file: string, isHeader: (cells: readonly string[]) => boolean): CsvRow[] {
  const rows: CsvRow[] = [];
  let columns: string[] | null = null;
  let names: ReadonlySet<string> = new Set();
  for (const { record, info } of rawRows(bytes, file)) {
    const place = { file, record: `line ${info.lines}` };
    if (columns === null || isHeader(record)) {
      columns = record.map((cell) => cell.trim());
      names = new Set(columns);
      if (names.size < columns.length) throw new SpoorError('MALFORMED', 'the header names a column twice', place);
      continue;
    }
    if (record.length !== columns.length) {
      const field = `column ${Math.min(record.length, columns.length) + 1}`;
      throw new SpoorError('MALFORMED', `the line has ${record.length} cells, the header ${columns.length}`, {
        ...place,
        field,
      });
    }
    const cells: { [key: string]: string } = {};
    for (const [index, column] of columns.entries()) if (record[index] !== '') cells[column] = record[index];
    rows.push({ columns: names, row: new Field(cells, '', place) });
  }
  return rows;
}
