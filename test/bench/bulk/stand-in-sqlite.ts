/**
 * Stand-in: as many rows as a folder has transactions, inputs and outputs, into bare tables by 64 rows a statement in one transaction; no
 * index, no parsing, nothing looked up. Arguments: FOLDER (its meta.json gives the counts), the database file to make.
 */
import { Buffer } from 'node:buffer';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { answer, argument } from './stand-in-chain.ts';

const ROWS_PER_STATEMENT = 64;

interface Table {
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  /** Appends the values of a row. */
  readonly row: (values: (number | Buffer)[], id: number) => void;
}

const meta: { transactions: number; inputs: number; outputs: number } = JSON.parse(
  readFileSync(join(argument(0, 'FOLDER'), 'meta.json'), 'utf8'),
);
const hash = Buffer.alloc(32);
const tables: readonly Table[] = [
  {
    name: 'tx (id INTEGER PRIMARY KEY, txid BLOB, height INTEGER, position INTEGER) STRICT',
    columns: 4,
    rows: meta.transactions,
    row: (values, id) => {
      const txid = Buffer.from(hash);
      txid.writeUInt32LE(Math.imul(id, 0x9e3779b9) >>> 0);
      values.push(id, txid, Math.floor(id / 2000), id % 2000);
    },
  },
  {
    name: 'input (tx INTEGER, vin INTEGER, output INTEGER) STRICT',
    columns: 3,
    rows: meta.inputs,
    row: (values, id) => values.push(id >>> 1, id & 1, id),
  },
  {
    name: 'output (id INTEGER PRIMARY KEY, tx INTEGER, vout INTEGER, value_sat INTEGER, address INTEGER) STRICT',
    columns: 5,
    rows: meta.outputs,
    row: (values, id) => values.push(id, id >>> 1, id & 1, 1000 * id, id),
  },
];

const file = argument(1, 'DATABASE');
rmSync(file, { force: true });
const database = new Database(file);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = OFF');

/** Whole statements of 64 rows, then single rows for the rest. */
function fill({ name, columns, rows, row }: Table): void {
  database.exec(`CREATE TABLE ${name}`);
  const table = name.split(' ')[0];
  const one = `(${Array(columns).fill('?').join(',')})`;
  const many = database.prepare(`INSERT INTO ${table} VALUES ${Array(ROWS_PER_STATEMENT).fill(one).join(',')}`);
  const single = database.prepare(`INSERT INTO ${table} VALUES ${one}`);
  for (let id = 0; id < rows; ) {
    const count = rows - id >= ROWS_PER_STATEMENT ? ROWS_PER_STATEMENT : 1;
    const values: (number | Buffer)[] = [];
    for (let added = 0; added < count; added += 1) row(values, id + added);
    (count === 1 ? single : many).run(values);
    id += count;
  }
}

database.exec('BEGIN');
for (const table of tables) fill(table);
database.exec('COMMIT');
database.close();
rmSync(file, { force: true });
answer({ rows: meta.transactions + meta.inputs + meta.outputs });
