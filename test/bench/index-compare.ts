/** One question to ours and to its peer: poison to SQLite, every other rule to Maps of bigints; every coin, the fees and the reach held equal. */
import assert from 'node:assert/strict';
import type { MoneyGraph, TaintRun } from '../../src/graph/index.ts';
import type { IndexColumns } from './index-chain.ts';
import { NAIVE_RULES, type NaiveAnswer, naiveRule } from './naive-index.ts';
import type { SqliteIndex } from './sqlite-index.ts';

/** The same index three times. */
export interface Indexes {
  readonly columns: IndexColumns;
  readonly graph: MoneyGraph;
  readonly sqlite: SqliteIndex;
}

/** Rules in the order of the table. */
export const DENSE_RULES: readonly string[] = ['poison', ...NAIVE_RULES];

const COINBASE_BLOCKS = 400;

/** Where taint comes from: every second coinbase of the first 400 blocks, which hold nothing else, and the loot of the theft. */
export function sourcesOf({ blocks, firstOutput, theft }: IndexColumns): Array<{ source: string; seeds: Set<number> }> {
  const coinbases = new Set<number>();
  for (let block = 0; block < Math.min(COINBASE_BLOCKS, blocks.length - 1); block += 2) {
    const first = blocks[block];
    for (let output = firstOutput[first]; output < firstOutput[first + 1]; output += 1) coinbases.add(output);
  }
  return [
    { source: `${coinbases.size} coinbase outputs`, seeds: coinbases },
    { source: 'theft', seeds: new Set(theft) },
  ];
}

/** Asks ours. */
export function askGraph({ graph, columns }: Indexes, seeds: ReadonlySet<number>, rule: string): TaintRun {
  return graph.taint({
    rule,
    seeds: [...seeds].map((output) => ({ transaction: columns.outputTransaction[output], output })),
    feeTaint: 'sink',
    coinbaseOrder: 'fees-first',
    haircutFee: 'share',
    subsidySat: () => 0,
  });
}

/** Asks the peer; under poison how many transactions it reaches. */
export function askPeer({ columns, sqlite }: Indexes, seeds: ReadonlySet<number>, rule: string): NaiveAnswer | number {
  return rule === 'poison' ? sqlite.count() : naiveRule(columns, seeds, rule);
}

/** Taint by output. */
function restsOf(run: TaintRun, { firstOutput }: IndexColumns): Map<number, bigint> {
  const rests = new Map<number, bigint>();
  run.rests(({ transaction, vout, taintSat }) => rests.set(firstOutput[transaction] + vout, BigInt(taintSat)));
  return rests;
}

/** What is poisoned and not spent, by the transactions that are. */
function poisoned(columns: IndexColumns, seeds: Iterable<number>, transactions: readonly number[]): Set<number> {
  const { firstOutput, spender, valueSat } = columns;
  const rests = new Set<number>();
  const look = (output: number): void => {
    if (spender[output] < 0 && valueSat[output] > 0) rests.add(output);
  };
  for (const output of seeds) look(output);
  for (const tx of transactions) for (let at = firstOutput[tx]; at < firstOutput[tx + 1]; at += 1) look(at);
  return rests;
}

/** Holds two answers to each other. */
export function assertSame(
  { columns, sqlite }: Indexes,
  seeds: ReadonlySet<number>,
  answers: { rule: string; ours: TaintRun; peer: NaiveAnswer | number },
): void {
  const { rule, ours, peer } = answers;
  const { reached, feeSat } = ours.books;
  if (typeof peer === 'number') {
    assert.equal(reached, peer, `${rule} reaches as many transactions`);
    const expected = poisoned(columns, seeds, sqlite.list());
    assert.deepEqual(new Set(restsOf(ours, columns).keys()), expected, `${rule} rests on the same outputs`);
    return;
  }
  assert.deepEqual([reached, feeSat], [peer.reached, peer.feeSat], `${rule}: reach and fees agree`);
  assert.deepEqual(restsOf(ours, columns), peer.rests, `${rule}: every coin agrees`);
}

/** Asks both and compares. Returns how many transactions taint reaches. */
export function compareOnce(indexes: Indexes, seeds: ReadonlySet<number>, rule: string): number {
  if (rule === 'poison') indexes.sqlite.seed(indexes.columns, seeds);
  const ours = askGraph(indexes, seeds, rule);
  assertSame(indexes, seeds, { rule, ours, peer: askPeer(indexes, seeds, rule) });
  return ours.books.reached;
}
