/**
 * A blocks folder into a case against the floor of it: the same rows, with the same indexes, into the same schema by bare better-sqlite3, 64 rows a statement in
 * one transaction, nothing read, parsed, linked or checked. In turn, in one run; rows a second and their ratio.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { ingestFiles, withCase } from '../../src/case/index.ts';

/** Medians of the rounds. `ratio` is our rate as a part of the floor's. */
export interface BulkIngestBench {
  readonly rows: number;
  readonly oursRowsPerSec: number;
  readonly floorRowsPerSec: number;
  readonly ratio: number;
}

const ROUNDS = 3;
const ROWS_PER_STATEMENT = 64;
/** In an order in which every row is after those it points to. */
const TABLES = ['block', 'address', 'tx', 'output', 'input'];

interface Table {
  readonly name: string;
  readonly columns: number;
  readonly rows: unknown[][];
}

function seconds(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function loadCase(folder: string, file: string): void {
  withCase(file, { create: true }, ({ store }) => ingestFiles(store, [folder], { format: 'auto', network: null }));
}

function tablesOf(file: string): { schema: string[]; tables: Table[] } {
  const db = new Database(file, { readonly: true });
  const schema = db.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL').pluck().all() as string[];
  const tables = TABLES.map((name): Table => {
    const rows = db.prepare(`SELECT * FROM ${name}`).raw().all() as unknown[][];
    return { name, rows, columns: rows[0].length };
  });
  db.close();
  return { schema, tables };
}

/** Bare inserts of rows that lie in memory. */
function insertBare(file: string, { schema, tables }: ReturnType<typeof tablesOf>): void {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.pragma('foreign_keys = OFF');
  db.pragma('cache_size = -65536');
  for (const sql of schema) db.exec(sql);
  db.exec('BEGIN');
  for (const { name, columns, rows } of tables) {
    const one = `(${Array(columns).fill('?').join(',')})`;
    const many = db.prepare(`INSERT INTO ${name} VALUES ${Array(ROWS_PER_STATEMENT).fill(one).join(',')}`);
    const single = db.prepare(`INSERT INTO ${name} VALUES ${one}`);
    const whole = rows.length - (rows.length % ROWS_PER_STATEMENT);
    for (let at = 0; at < whole; at += ROWS_PER_STATEMENT) many.run(rows.slice(at, at + ROWS_PER_STATEMENT).flat());
    for (const row of rows.slice(whole)) single.run(row);
  }
  db.exec('COMMIT');
  db.close();
}

/** Times both on one folder of block and undo files. */
export function benchBulkIngest(folder: string): BulkIngestBench {
  const scratch = mkdtempSync(join(tmpdir(), 'spoor-bench-'));
  const oursSec: number[] = [];
  const floorSec: number[] = [];
  try {
    loadCase(folder, join(scratch, 'first.spoor'));
    const content = tablesOf(join(scratch, 'first.spoor'));
    const rows = content.tables.reduce((sum, table) => sum + table.rows.length, 0);
    for (let round = 0; round < ROUNDS; round += 1) {
      oursSec.push(seconds(() => loadCase(folder, join(scratch, `ours-${round}.spoor`))));
      floorSec.push(seconds(() => insertBare(join(scratch, `floor-${round}.db`), content)));
      for (const name of [`ours-${round}.spoor`, `floor-${round}.db`]) rmSync(join(scratch, name));
    }
    const oursRowsPerSec = rows / median(oursSec);
    const floorRowsPerSec = rows / median(floorSec);
    return { rows, oursRowsPerSec, floorRowsPerSec, ratio: oursRowsPerSec / floorRowsPerSec };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** `node --import tsx test/bench/bulk-ingest.bench.ts FOLDER`, with a blocks folder of mainnet. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { rows, oursRowsPerSec, floorRowsPerSec, ratio } = benchBulkIngest(process.argv[2]);
  const rate = (rowsPerSec: number): string => `${(rowsPerSec / 1000).toFixed(0)}k rows/s`;
  process.stdout.write(
    `ingest  ${rows} rows: ours ${rate(oursRowsPerSec)}, bare inserts ${rate(floorRowsPerSec)}, ratio ${ratio.toFixed(2)}\n`,
  );
}
