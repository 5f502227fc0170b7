/** Tables of numbers for other programs: columns with a type, cells with a stated number of digits, as CSV or as objects. */
import { stringify } from 'csv-stringify/sync';
import { csvText } from './csv.ts';

/**
 * How a cell is written. `count` and `sat` are whole numbers; `ratio` has six decimals; `chance` has six significant digits in
 * scientific notation, because what is asked of it is its size.
 */
export type DataType = 'text' | 'count' | 'sat' | 'ratio' | 'chance';

/** One column. */
export interface DataColumn {
  readonly name: string;
  readonly type: DataType;
}

/** A table; a cell is text in a column of texts, else a number; null is empty. */
export interface DataTable {
  readonly name: string;
  readonly columns: readonly DataColumn[];
  readonly rows: ReadonlyArray<ReadonlyArray<string | number | null>>;
}

const RATIO_PLACES = 6;
const RATIO_SCALE = 10 ** RATIO_PLACES;
const CHANCE_DECIMALS = 5;

/** A ratio with six decimals, halves away from zero: `0.402531`, `-1.000000`. */
export function ratioText(value: number): string {
  const scaled = Math.round(Math.abs(value) * RATIO_SCALE);
  const digits = String(scaled).padStart(RATIO_PLACES + 1, '0');
  const sign = value < 0 && scaled > 0 ? '-' : '';
  return `${sign}${digits.slice(0, -RATIO_PLACES)}.${digits.slice(-RATIO_PLACES)}`;
}

/** A cell as it is written everywhere: the text of a CSV cell, and the number in JSON and Parquet is that text read back. */
export function cellText(type: DataType, value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (type === 'ratio') return ratioText(value);
  return type === 'chance' ? value.toExponential(CHANCE_DECIMALS) : String(value);
}

/** The table as CSV with a head; empty cells mean not defined. */
export function tableCsv({ columns, rows }: DataTable): string {
  const body = rows.map((row) =>
    row.map((value, index) => {
      const text = cellText(columns[index].type, value);
      return columns[index].type === 'text' ? csvText(text) : text;
    }),
  );
  return stringify([columns.map(({ name }) => name), ...body]);
}

/** The rows as objects for JSON: satoshi as decimal text, other numbers with the digits of the CSV, null where not defined. */
export function tableObjects({ columns, rows }: DataTable): Array<Record<string, string | number | null>> {
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ name, type }, index) => {
        const value = row[index];
        const text = cellText(type, value);
        return [name, value === null ? null : type === 'text' || type === 'sat' ? text : Number(text)];
      }),
    ),
  );
}
