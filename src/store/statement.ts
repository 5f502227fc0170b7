/**
 * Statements of an open case by their text, each prepared once: reading in a block costs a few dozen, and preparing them anew for each of many small
 * bodies cost more than running them. Do not set a mode on them; `plucked` gives those that return one value.
 */
import type Database from 'better-sqlite3';

type Statements = Map<string, Database.Statement<unknown[], unknown>>;
const whole = new WeakMap<Database.Database, Statements>();
const single = new WeakMap<Database.Database, Statements>();

function cached(
  kept: WeakMap<Database.Database, Statements>,
  db: Database.Database,
  sql: string,
): Database.Statement<unknown[], unknown> {
  const statements = kept.get(db) ?? new Map();
  kept.set(db, statements);
  const found = statements.get(sql) ?? (kept === single ? db.prepare(sql).pluck() : db.prepare(sql));
  statements.set(sql, found);
  return found;
}

/** The statement of this text that returns rows. */
export function prepared<Parameters extends unknown[] = unknown[], Row = unknown>(
  db: Database.Database,
  sql: string,
): Database.Statement<Parameters, Row> {
  return cached(whole, db, sql) as Database.Statement<Parameters, Row>;
}

/** The statement of this text that returns the first value of each row. */
export function plucked<Parameters extends unknown[] = unknown[], Value = unknown>(
  db: Database.Database,
  sql: string,
): Database.Statement<Parameters, Value> {
  return cached(single, db, sql) as Database.Statement<Parameters, Value>;
}
