/** What is timed, and against what. One line per program, one line per row of the table. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { RULE_NAMES } from '../../../src/taint/index.ts';
import {
  COINS,
  clusterFacts,
  coinFacts,
  countFacts,
  type Facts,
  graphFacts,
  ingestFacts,
  type Place,
  RESTS,
  traceFacts,
  txidFacts,
  walkFacts,
} from './facts.ts';
import { type Outcome, type Run, runCat, runOurs, runStandIn } from './measure.ts';

/** A program that is timed. */
export interface Program {
  readonly name: string;
  /** Files are dropped from the page cache first. */
  readonly cold?: true;
  /** Left out of the smoke test. */
  readonly slow?: true;
  /** Run at sizes up to this; the row is scaled by the number of transactions above. */
  readonly upTo?: number;
  readonly run: (place: Place) => Outcome;
  readonly facts?: (run: Run, place: Place) => Facts;
}

/** A comparison: peer time over our time must reach `target`. */
export interface Row {
  readonly name: string;
  readonly ours: string;
  readonly peer: string;
  readonly target: number;
}

/** A bound on a figure other than time. */
export interface Bound {
  readonly name: string;
  readonly program: string;
  readonly most: number;
  readonly unit: string;
  readonly of: (run: Run) => number | null;
}

const BLOCKS = /^blk\d+\.dat$/;
const BLOCKS_AND_UNDO = /^(blk|rev)\d+\.dat$/;

/** Of the rules the smoke test runs these. */
const QUICK_RULES = ['haircut', 'fifo'];

const traces = [...RULE_NAMES, 'inout:CS'].map(
  (rule): Program => ({
    name: `trace ${rule}`,
    cold: true,
    ...(QUICK_RULES.includes(rule) ? {} : { slow: true }),
    run: ({ folder, scratch, meta }) => {
      const question = ['--seed', `theft=${meta.theft}`, '--rule', rule, '--stop-at', 'none'];
      return runOurs(['bulk', 'trace', folder, ...question, '--coins', join(scratch, RESTS)], scratch);
    },
    facts: (run, place) => traceFacts(rule, run, place),
  }),
);

/** Every program, in the order of a round: ours and its peer side by side. */
export const PROGRAMS: readonly Program[] = [
  { name: 'cat', run: ({ folder }) => runCat(folder, BLOCKS) },
  {
    name: 'count',
    run: ({ folder, scratch }) => runOurs(['bulk', 'count', folder], scratch),
    facts: walkFacts,
  },
  {
    name: 'bitcoinjs',
    upTo: 100_000,
    run: ({ folder, scratch }) => runStandIn('bitcoinjs', [folder], scratch),
    facts: countFacts,
  },
  { name: 'txids', run: ({ folder, scratch }) => runOurs(['bulk', 'txids', folder], scratch), facts: txidFacts },
  {
    name: 'cursor',
    run: ({ folder, scratch }) => runStandIn('cursor', [folder], scratch),
    facts: countFacts,
  },
  { name: 'graph', run: ({ folder, scratch }) => runOurs(['bulk', 'graph', folder], scratch), facts: graphFacts },
  { name: 'Map graph', run: ({ folder, scratch }) => runStandIn('graph', [folder], scratch), facts: graphFacts },
  {
    name: 'clusters',
    run: ({ folder, scratch }) => runOurs(['bulk', 'clusters', folder], scratch),
    facts: clusterFacts,
  },
  {
    name: 'haircut',
    run: ({ folder, scratch, meta }) => {
      const coins = join(scratch, COINS);
      return runOurs(['bulk', 'haircut', folder, '--seed', `theft=${meta.theft}`, '--coins', coins], scratch);
    },
    facts: coinFacts,
  },
  {
    name: 'Map haircut',
    run: ({ folder, scratch, meta }) => runStandIn('haircut', [folder, meta.theft, join(scratch, COINS)], scratch),
    facts: coinFacts,
  },
  { name: 'cold cat', cold: true, run: ({ folder }) => runCat(folder, BLOCKS_AND_UNDO) },
  ...traces,
  {
    name: 'bare insert',
    run: ({ folder, scratch }) => runStandIn('sqlite', [folder, join(scratch, 'bare.db')], scratch),
  },
  {
    name: 'ingest',
    slow: true,
    run: ({ folder, scratch }) => {
      const file = join(scratch, 'ingest.spoor');
      for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
      return runOurs(['ingest', folder, '--case', file], scratch);
    },
    facts: ingestFacts,
  },
];

/** The table; targets are those of issue 3. */
export const ROWS: readonly Row[] = [
  { name: 'walk and count', ours: 'count', peer: 'cat', target: 0.5 },
  { name: 'parse and txids', ours: 'txids', peer: 'bitcoinjs', target: 25 },
  { name: 'parse and txids', ours: 'txids', peer: 'cursor', target: 5 },
  { name: 'whole graph', ours: 'graph', peer: 'Map graph', target: 12 },
  { name: 'clusters from blk and rev', ours: 'clusters', peer: 'graph', target: 1 },
  { name: 'clusters from blk and rev', ours: 'clusters', peer: 'Map graph', target: 12 },
  { name: 'haircut with list of coins', ours: 'haircut', peer: 'Map haircut', target: 5 },
  ...traces.map(({ name }) => ({ name: `one pass, cold: ${name}`, ours: name, peer: 'cold cat', target: 0.7 })),
  { name: 'ingest', ours: 'ingest', peer: 'bare insert', target: 0.5 },
];

/** Bounds; targets are those of issue 3. */
export const BOUNDS: readonly Bound[] = [
  {
    name: 'memory of the graph',
    program: 'graph',
    most: 200,
    unit: 'bytes per transaction',
    of: ({ answer }) => (typeof answer.bytesPerTransaction === 'number' ? answer.bytesPerTransaction : null),
  },
  ...traces.map(({ name }) => ({
    name: `memory of one pass: ${name}`,
    program: name,
    most: 1024,
    unit: 'MB peak',
    of: ({ peakMb }: Run) => peakMb,
  })),
];
