/**
 * `npm run bench:index`: taint of one label over an index of 10^6 transactions, ours against what one would write first, in one process and in turn:
 * poison against a recursive query of SQLite, every other rule against Maps of bigints. Every coin and the fees are held equal; a ratio below its
 * target is printed, no more.
 *   --transactions N   size of the chain (default 10^6)
 *   --rounds N         rounds (default 5 of ours, 3 of a peer)
 *   --only REGEX       rules by name
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import type { MoneyGraph, TaintRun } from '../../src/graph/index.ts';
import { type IndexColumns, indexColumns, indexGraph } from './index-chain.ts';
import { NAIVE_RULES, naiveRule } from './naive-index.ts';
import { SqliteIndex } from './sqlite-index.ts';

const { values: options } = parseArgs({
  options: {
    transactions: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
  },
});
const ROUNDS = Number(options.rounds);
const PEER_ROUNDS = Math.min(ROUNDS, 3);
const POISON_TARGET = 100;
const TARGET = 20;

/** Medians with least and most, milliseconds; CPU is user and system of the whole process. */
interface Timed {
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
}

function timed<T>(rounds: number, work: () => T): { time: Timed; value: T } {
  const wallMs: number[] = [];
  const cpuMs: number[] = [];
  let value = null as T;
  for (let round = 0; round < rounds; round += 1) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    value = work();
    wallMs.push(performance.now() - start);
    const { user, system } = process.cpuUsage(cpu);
    cpuMs.push((user + system) / 1000);
  }
  return { time: { wallMs, cpuMs }, value };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

function cells({ wallMs, cpuMs }: Timed): string {
  const show = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
  return `${show(median(wallMs))} (${show(Math.min(...wallMs))}..${show(Math.max(...wallMs))}) | ${show(median(cpuMs))}`;
}

function line(cellsOfLine: readonly string[]): void {
  process.stdout.write(`| ${cellsOfLine.join(' | ')} |\n`);
}

function row(named: { source: string; rule: string; reached: number }, ours: Timed, peer: Timed, target: number): void {
  const wall = median(peer.wallMs) / median(ours.wallMs);
  const cpu = median(peer.cpuMs) / median(ours.cpuMs);
  const peerName = named.rule === 'poison' ? 'SQLite' : 'Map, bigint';
  const verdict = Math.min(wall, cpu) >= target ? 'reached' : 'below';
  const { source, rule, reached } = named;
  const ratios = [wall.toFixed(0), cpu.toFixed(0), `>= ${target}`, verdict];
  line([source, rule, reached.toLocaleString('en-US'), cells(ours), peerName, cells(peer), ...ratios]);
}

function ask(graph: MoneyGraph, columns: IndexColumns, seeds: ReadonlySet<number>, rule: string): TaintRun {
  return graph.taint({
    rule,
    seeds: [...seeds].map((output) => ({ transaction: columns.outputTransaction[output], output })),
    feeTaint: 'sink',
    coinbaseOrder: 'fees-first',
    haircutFee: 'share',
    subsidySat: () => 0,
  });
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

/** Every second coinbase of the first 400 blocks, which hold nothing else. */
function coinbases({ blocks, firstOutput }: IndexColumns): Set<number> {
  const seeds = new Set<number>();
  for (let block = 0; block < 400; block += 2) {
    for (let output = firstOutput[blocks[block]]; output < firstOutput[blocks[block] + 1]; output += 1)
      seeds.add(output);
  }
  return seeds;
}

const columns = indexColumns(Number(options.transactions));
const graph = indexGraph(columns);
const sqlite = new SqliteIndex(columns);
const wanted = new RegExp(options.only);
line(['source', 'rule', 'reached', 'ours ms', 'CPU', 'peer', 'peer ms', 'CPU', 'ratio', 'CPU', 'target', '']);
line(Array.from({ length: 12 }, () => '---'));
for (const [source, seeds] of [
  ['200 coinbases', coinbases(columns)],
  ['theft', new Set(columns.theft)],
] as const) {
  for (const rule of ['poison', ...NAIVE_RULES].filter((name) => wanted.test(name))) {
    // One round before, so that neither is timed while it is compiled.
    ask(graph, columns, seeds, rule);
    const ours = timed(ROUNDS, () => ask(graph, columns, seeds, rule));
    const { reached, feeSat } = ours.value.books;
    if (rule === 'poison') {
      sqlite.seed(columns, seeds);
      const peer = timed(PEER_ROUNDS, () => sqlite.count());
      assert.equal(reached, peer.value, 'poison reaches as many transactions');
      const expected = poisoned(columns, seeds, sqlite.list());
      assert.deepEqual(new Set(restsOf(ours.value, columns).keys()), expected, 'poison rests on the same outputs');
      row({ source, rule, reached }, ours.time, peer.time, POISON_TARGET);
      continue;
    }
    const peer = timed(PEER_ROUNDS, () => naiveRule(columns, seeds, rule));
    assert.deepEqual([reached, feeSat], [peer.value.reached, peer.value.feeSat], `${rule}: reach and fees agree`);
    assert.deepEqual(restsOf(ours.value, columns), peer.value.rests, `${rule}: every coin agrees`);
    row({ source, rule, reached }, ours.time, peer.time, TARGET);
  }
}
sqlite.close();
