/** What the benchmark of taint over an index compares, at a size for every day: ours, Maps of bigints and SQLite agree on every coin. */
import assert from 'node:assert/strict';
import { indexColumns, indexGraph } from './index-chain.ts';
import { compareOnce, DENSE_RULES, sourcesOf } from './index-compare.ts';
import { SqliteIndex } from './sqlite-index.ts';

describe('taint over an index of 8,000 transactions', () => {
  const columns = indexColumns(8000);
  const graph = indexGraph(columns);
  const sqlite = new SqliteIndex(columns);
  after(() => sqlite.close());
  for (const { source, seeds } of sourcesOf(columns)) {
    it(`is that of Maps and of a recursive query, from ${source}`, () => {
      for (const rule of DENSE_RULES) assert.ok(compareOnce({ columns, graph, sqlite }, seeds, rule) > 10, rule);
    });
  }
});
