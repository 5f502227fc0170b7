/** Every row of the ground tables of a case, for comparing two ways of loading it. */
import Database from 'better-sqlite3';

const TABLES = {
  block: 'height, hash',
  address: 'id',
  tx: 'id',
  output: 'id',
  input: 'tx, vin',
  tx_alias: 'name',
  input_alias: 'name',
};

/** Rows of the ground tables as text, one a line, with the indexes of the case behind them. */
export function* caseRows(file: string): Iterable<string> {
  const db = new Database(file, { readonly: true });
  try {
    for (const [table, order] of Object.entries(TABLES)) {
      for (const row of db.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).raw().iterate() as Iterable<unknown[]>) {
        yield `${table} ${row.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : String(value))).join('|')}`;
      }
    }
    for (const sql of db.prepare('SELECT sql FROM sqlite_schema ORDER BY name').pluck().iterate())
      yield `${String(sql)}`;
  } finally {
    db.close();
  }
}

/** Differences of two cases, row by row, at most a few. */
export function rowDifferences(a: string, b: string): string[] {
  const [left, right] = [[...caseRows(a)], [...caseRows(b)]];
  const found = left.flatMap((row, index) => (row === right[index] ? [] : [`${row} against ${right[index]}`]));
  return left.length === right.length
    ? found.slice(0, 5)
    : [`${left.length} against ${right.length} rows`, ...found.slice(0, 4)];
}
