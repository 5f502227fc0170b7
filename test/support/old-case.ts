/** Case files as earlier versions of the program wrote them: the published steps of that time, with the facts of a case of now. */
import Database from 'better-sqlite3';
import { APPLICATION_ID, MIGRATIONS } from '../../src/store/schema/schema.ts';

/** Writes `file` with the first `version` steps, and whatever facts of the case `from` its tables have columns for. */
export function writeOldCase(from: string, file: string, version: number): void {
  const db = new Database(file);
  try {
    for (const step of MIGRATIONS.slice(0, version)) db.exec(step);
    db.prepare('ATTACH ? AS now').run(from);
    db.pragma('foreign_keys = OFF');
    const names = (schema: string): string[] =>
      db.prepare(`SELECT name FROM ${schema}.sqlite_schema WHERE type = 'table'`).pluck().all() as string[];
    const columns = (schema: string, table: string): string[] =>
      db.prepare(`SELECT name FROM pragma_table_info(?, ?)`).pluck().all(table, schema) as string[];
    const held = new Set(names('now'));
    for (const table of names('main').filter((name) => held.has(name))) {
      const known = new Set(columns('now', table));
      const old = columns('main', table);
      if (!old.every((column) => known.has(column))) continue;
      db.exec(`INSERT OR IGNORE INTO main.${table} (${old.join(', ')}) SELECT ${old.join(', ')} FROM now.${table}`);
    }
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${version}`);
  } finally {
    db.close();
  }
}
