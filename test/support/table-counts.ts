/** Rows per table of a case: two cases of the same facts have the same. */
import type { CaseStore } from '../../src/store/index.ts';

/** Counts by table, tables by name. Coverage is left out: it tells what was asked when, which two ways to the same facts need not share. */
export function tableCounts({ db }: CaseStore): Record<string, number> {
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'coverage' ORDER BY name")
    .pluck()
    .all() as string[];
  return Object.fromEntries(
    tables.map((table) => [table, db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number]),
  );
}
