/** Rows into one table, many a statement: the cost of a statement is shared by its rows. */
import type Database from 'better-sqlite3';

/** Rows of one statement; more gain little and bind thousands of values. */
export const ROWS_PER_STATEMENT = 64;

/** Collects rows of one table and writes them 64 at a time; `flush` writes the rest. */
export class RowWriter {
  private readonly many;
  private readonly one;
  private readonly columns: number;
  private readonly values: unknown[];
  /** Values that are not written yet: the first `filled` of `values`. */
  private filled = 0;

  constructor(db: Database.Database, table: string, columns: readonly string[]) {
    const row = `(${columns.map(() => '?').join(', ')})`;
    const into = `INSERT INTO ${table} (${columns.join(', ')}) VALUES`;
    this.columns = columns.length;
    this.many = db.prepare(`${into} ${Array(ROWS_PER_STATEMENT).fill(row).join(', ')}`);
    this.one = db.prepare(`${into} ${row}`);
    this.values = Array(ROWS_PER_STATEMENT * columns.length).fill(null);
  }

  /** Rows that are not written yet. */
  get pending(): number {
    return this.filled / this.columns;
  }

  /** Values of one more row, in the order of the columns. */
  add(...values: unknown[]): void {
    for (const value of values) this.values[this.filled++] = value;
    if (this.filled === this.values.length) this.write();
  }

  private write(): void {
    this.filled = 0;
    this.many.run(this.values);
  }

  flush(): void {
    const rows = this.values.slice(0, this.filled);
    this.filled = 0;
    for (let at = 0; at < rows.length; at += this.columns) this.one.run(rows.slice(at, at + this.columns));
  }
}
