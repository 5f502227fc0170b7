/** Poison as a recursive query over the same index in SQLite: the outputs by transaction, clustered, each with who spends it. */
import Database from 'better-sqlite3';
import type { IndexColumns } from './index-chain.ts';

/** An index in memory, ready to be asked. */
export class SqliteIndex {
  private readonly database = new Database(':memory:');

  constructor({ outputCount, outputTransaction, firstOutput, spender }: IndexColumns) {
    this.database.exec(
      'CREATE TABLE output (tx INTEGER, vout INTEGER, spender INTEGER, PRIMARY KEY (tx, vout)) WITHOUT ROWID, STRICT',
    );
    const insert = this.database.prepare('INSERT INTO output VALUES (?, ?, ?)');
    this.database.transaction(() => {
      for (let output = 0; output < outputCount; output += 1) {
        const tx = outputTransaction[output];
        insert.run(tx, output - firstOutput[tx], spender[output] < 0 ? null : spender[output]);
      }
    })();
    this.database.exec('CREATE TEMP TABLE seed (tx INTEGER, vout INTEGER); ANALYZE');
  }

  /** Seeds of the next questions. */
  seed({ outputTransaction, firstOutput }: IndexColumns, seeds: Iterable<number>): void {
    this.database.exec('DELETE FROM seed');
    const insert = this.database.prepare('INSERT INTO seed VALUES (?, ?)');
    for (const output of seeds) insert.run(outputTransaction[output], output - firstOutput[outputTransaction[output]]);
  }

  /** How many transactions spend what is poisoned. */
  count(): number {
    const tainted = this.recursive('SELECT count(*) AS reached FROM tainted').get() as { reached: number };
    return tainted.reached;
  }

  /** These transactions. */
  list(): number[] {
    return this.recursive('SELECT tx FROM tainted').pluck().all() as number[];
  }

  close(): void {
    this.database.close();
  }

  private recursive(select: string): Database.Statement {
    return this.database.prepare(
      `WITH RECURSIVE tainted (tx) AS (
         SELECT spender FROM seed JOIN output USING (tx, vout) WHERE spender IS NOT NULL
         UNION
         SELECT output.spender FROM tainted JOIN output USING (tx) WHERE output.spender IS NOT NULL
       ) ${select}`,
    );
  }
}
