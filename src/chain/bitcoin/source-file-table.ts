/**
 * Tab-separated tables with a header line, one or several in a file, each starting with its own header. Columns are found by name; a cell never
 * holds a tab or a line end and nothing is quoted (true of Blockchair's dumps: numbers, hex, addresses, dates), so a line is cut at its tabs.
 */
import { type ErrorPlace, SpoorError } from '../../ledger/index.ts';
import { Field } from '../file/field.ts';
import { type Json, textOfBytes } from '../file/json.ts';

/** One kind of table: the columns without which it says nothing, and those that are read where they are there. */
export interface TableShape<Name extends string> {
  readonly name: Name;
  readonly needed: readonly string[];
  readonly optional: readonly string[];
}

/** A data line: its cells by column name, a cell left empty or written `\N` as absent unless its column ends in `_hex` or `_witness`. */
export interface TableRow<Name extends string> {
  readonly table: Name;
  readonly row: Field;
}

/** What is known of the table that is being read. */
interface OpenTable<Name extends string> {
  readonly shape: TableShape<Name>;
  readonly number: number;
  readonly width: number;
  /** Place in the line of each column that is read. */
  readonly columns: ReadonlyArray<readonly [string, number]>;
  line: number;
}

const NEWLINE = 0x0a;
const NULL_CELL = '\\N';
/** An empty cell of these columns is an empty script or witness, not a missing one. */
const MAY_BE_EMPTY = /_(hex|witness)$/;

/** The shape whose needed columns are all there, the one with the most where several fit (outputs are part of inputs). */
function shapeOf<Name extends string>(
  header: ReadonlySet<string>,
  shapes: readonly TableShape<Name>[],
): TableShape<Name> | null {
  const fitting = shapes.filter(({ needed }) => needed.every((column) => header.has(column)));
  return fitting.sort((a, b) => b.needed.length - a.needed.length)[0] ?? null;
}

/** A header names at least one column that some shape needs; no data cell reads like a column name. */
function isHeader<Name extends string>(cells: readonly string[], shapes: readonly TableShape<Name>[]): boolean {
  return cells.length > 1 && shapes.some(({ needed }) => needed.some((column) => cells.includes(column)));
}

/** Whether the bytes start with the header of one of the shapes, complete or not. */
export function looksTabular<Name extends string>(bytes: Uint8Array, shapes: readonly TableShape<Name>[]): boolean {
  const end = bytes.indexOf(NEWLINE);
  const line = Buffer.from(bytes.subarray(0, Math.min(end < 0 ? bytes.length : end, 4096)));
  const cells = line.toString('latin1').trimEnd().split('\t');
  return isHeader(cells, shapes) && shapes.some(({ needed }) => needed.filter((one) => cells.includes(one)).length > 1);
}

/** The columns that are missing for the shape that comes closest, in words. */
function unknownTable<Name extends string>(
  header: ReadonlySet<string>,
  shapes: readonly TableShape<Name>[],
  place: ErrorPlace,
): SpoorError {
  const missing = shapes
    .map(({ name, needed }) => ({ name, columns: needed.filter((column) => !header.has(column)) }))
    .sort((a, b) => a.columns.length - b.columns.length)[0];
  return new SpoorError(
    'MALFORMED',
    `the header lacks columns: as a table of ${missing.name} it needs ${missing.columns.join(', ')}`,
    place,
  );
}

function openTable<Name extends string>(
  cells: readonly string[],
  shapes: readonly TableShape<Name>[],
  at: { number: number; file: string },
): OpenTable<Name> {
  const header = new Set(cells);
  const place = { file: at.file, record: `line 1 of table ${at.number}` };
  const shape = shapeOf(header, shapes);
  if (shape === null) throw unknownTable(header, shapes, place);
  if (header.size < cells.length) throw new SpoorError('MALFORMED', 'the header names a column twice', place);
  const read = [...shape.needed, ...shape.optional].filter((column) => header.has(column));
  const columns = read.map((column) => [column, cells.indexOf(column)] as const);
  return { shape, number: at.number, width: cells.length, columns, line: 1 };
}

function fieldOf<Name extends string>(cells: readonly string[], table: OpenTable<Name>, file: string): Field {
  const place = { file, record: `line ${table.line} of table ${table.number} (${table.shape.name})` };
  if (cells.length !== table.width) {
    const last = Math.min(cells.length, table.width);
    throw new SpoorError('MALFORMED', `the line has ${cells.length} cells, the header ${table.width}`, {
      ...place,
      field: `column ${last + 1}`,
    });
  }
  const row: { [key: string]: Json } = {};
  for (const [column, index] of table.columns) {
    const cell = cells[index];
    if (cell !== NULL_CELL && (cell !== '' || MAY_BE_EMPTY.test(column))) row[column] = cell;
  }
  return new Field(row, '', place);
}

/** Rows of all tables in the bytes, in their order. Throws MALFORMED naming table, line and column. */
export function* tableRows<Name extends string>(
  bytes: Uint8Array,
  file: string,
  shapes: readonly TableShape<Name>[],
): Generator<TableRow<Name>> {
  const opened: OpenTable<Name>[] = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const text = textOfBytes(bytes.subarray(start, end), { file }).replace(/\r$/, '');
    start = end + 1;
    const table = opened.at(-1);
    if (table !== undefined) table.line += 1;
    if (text === '') continue;
    const cells = text.split('\t');
    if (table === undefined || isHeader(cells, shapes)) {
      opened.push(openTable(cells, shapes, { number: opened.length + 1, file }));
    } else yield { table: table.shape.name, row: fieldOf(cells, table, file) };
  }
}
