/**
 * `npm run bench:index`: taint of one label over an index of 10^6 transactions, ours against what one would write first, in one process and in turn.
 * Equal answers are held (`index-compare.ts`); a ratio below its target is printed, no more.
 *   --transactions N   size of the chain (default 10^6)
 *   --rounds N         rounds (default 5)
 *   --only REGEX       rules by name
 */
import { parseArgs } from 'node:util';
import { indexColumns, indexGraph } from './index-chain.ts';
import { askGraph, askPeer, assertSame, DENSE_RULES, type Indexes, sourcesOf } from './index-compare.ts';
import { SqliteIndex } from './sqlite-index.ts';

const POISON_TARGET = 100;
const TARGET = 20;
const HEAD = ['source', 'rule', 'reached', 'ours ms', 'CPU', 'peer', 'peer ms', 'CPU', 'ratio', 'CPU', 'target', ''];

/** Milliseconds of each round; CPU is user and system of the whole process. */
interface Timed {
  readonly wallMs: number[];
  readonly cpuMs: number[];
}

function timed<T>(into: Timed, work: () => T): T {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const value = work();
  into.wallMs.push(performance.now() - start);
  const { user, system } = process.cpuUsage(cpu);
  into.cpuMs.push((user + system) / 1000);
  return value;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

/** Median with least and most, and CPU. */
function cells({ wallMs, cpuMs }: Timed): string {
  const show = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));
  return `${show(median(wallMs))} (${show(Math.min(...wallMs))}..${show(Math.max(...wallMs))}) | ${show(median(cpuMs))}`;
}

function line(parts: readonly string[]): void {
  process.stdout.write(`| ${parts.join(' | ')} |\n`);
}

/** One row: rounds in turn, then the answers compared. */
function row(indexes: Indexes, { source, seeds }: { source: string; seeds: Set<number> }, rule: string): void {
  const times = { ours: { wallMs: [], cpuMs: [] }, peer: { wallMs: [], cpuMs: [] } };
  if (rule === 'poison') indexes.sqlite.seed(indexes.columns, seeds);
  // Not timed: the memory of the first run of a rule is new.
  askGraph(indexes, seeds, rule);
  let peer: ReturnType<typeof askPeer> = 0;
  for (let round = 0; round < rounds; round += 1) {
    timed(times.ours, () => askGraph(indexes, seeds, rule));
    peer = timed(times.peer, () => askPeer(indexes, seeds, rule));
  }
  const ours = askGraph(indexes, seeds, rule);
  const { reached } = ours.books;
  assertSame(indexes, seeds, { rule, ours, peer });
  const wall = median(times.peer.wallMs) / median(times.ours.wallMs);
  const cpu = median(times.peer.cpuMs) / median(times.ours.cpuMs);
  const [name, target] = rule === 'poison' ? ['SQLite', POISON_TARGET] : ['Map, bigint', TARGET];
  const tail = [wall.toFixed(0), cpu.toFixed(0), `>= ${target}`, Math.min(wall, cpu) >= target ? 'reached' : 'below'];
  line([source, rule, reached.toLocaleString('en-US'), cells(times.ours), name, cells(times.peer), ...tail]);
}

const { values: options } = parseArgs({
  options: {
    transactions: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
  },
});
const rounds = Number(options.rounds);
const columns = indexColumns(Number(options.transactions));
const indexes = { columns, graph: indexGraph(columns), sqlite: new SqliteIndex(columns) };
const wanted = new RegExp(options.only);
line(HEAD);
line(HEAD.map(() => '---'));
for (const source of sourcesOf(columns)) {
  for (const rule of DENSE_RULES.filter((name) => wanted.test(name))) row(indexes, source, rule);
}
indexes.sqlite.close();
