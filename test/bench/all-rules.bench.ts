/**
 * All rules in one pass against each alone, on chains of a million transactions with a thousand seeds; a trace of the same size on chains of growing
 * size; heap per tainted output. CPU time of this process, because the machine may be shared; every figure is the least of the rounds.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Seed, TaintResult } from '../../src/taint/index.ts';
import { Prng } from '../support/prng.ts';
import { type SyntheticChain, syntheticChain } from '../support/synthetic-chain.ts';
import { runOverChain, seedsOn } from './chain-run.ts';

/** One line of the table. */
export interface CpuRow {
  readonly name: string;
  readonly cpuMs: number;
  readonly note: string;
}

const RULES = ['haircut', 'fifo', 'lifo', 'lifo-reverse', 'tiho', 'seniority'];
const SEEDS = 1000;
const ROUNDS = Number(process.env.SPOOR_BENCH_ROUNDS ?? 2);
const TRANSACTIONS = Number(process.env.SPOOR_BENCH_TRANSACTIONS ?? 1_000_000);
const SIZES = (process.env.SPOOR_BENCH_SIZES ?? '100000,1000000').split(',').map(Number);
const NO_STOPS: ReadonlySet<number> = new Set();

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Least CPU time of the rounds, user and system, in milliseconds. */
function cpuMs(work: () => TaintResult): { ms: number; result: TaintResult } {
  let best: { ms: number; result: TaintResult } | null = null;
  for (let round = 0; round < ROUNDS; round += 1) {
    collectGarbage();
    const start = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(start);
    const ms = (user + system) / 1000;
    if (best === null || ms < best.ms) best = { ms, result };
  }
  if (best === null) throw new RangeError('no round was asked for');
  return best;
}

/** The coins of the first thousand blocks: all the money there is, so that every rule has to follow nearly everything. */
function earlyCoins(chain: SyntheticChain): number[] {
  const outputs: number[] = [];
  for (let tx = 0; tx < chain.transactionCount && outputs.length < SEEDS; tx += 1) {
    if (chain.coinbase[tx] === 1) outputs.push(chain.firstOutput[tx]);
  }
  return outputs;
}

/** A thousand outputs of value, anywhere. */
function anyCoins(chain: SyntheticChain): number[] {
  const prng = Prng.fromSeed(7);
  const drawn = new Set<number>();
  while (drawn.size < SEEDS) {
    const output = prng.int(chain.outputValueSat.length);
    if (chain.outputValueSat[output] > 0) drawn.add(output);
  }
  return [...drawn].sort((a, b) => a - b);
}

function* onePass(chain: SyntheticChain, name: string, seeds: readonly Seed[]): Generator<CpuRow> {
  const run = (rules: readonly string[], envelope: boolean): { ms: number; result: TaintResult } =>
    cpuMs(() => runOverChain(chain, { rules, seeds, serviceAddresses: NO_STOPS, envelope }));
  const alone = RULES.map((rule) => ({ rule, ...run([rule], false) }));
  for (const { rule, ms, result } of alone) {
    yield { name: `${name}, ${rule} alone`, cpuMs: ms, note: `${result.value.transactionsVisited} visited` };
  }
  const cheapest = alone.reduce((a, b) => (a.ms <= b.ms ? a : b));
  const widest = alone.reduce((a, b) =>
    a.result.value.transactionsVisited >= b.result.value.transactionsVisited ? a : b,
  );
  const sum = alone.reduce((total, { ms }) => total + ms, 0);
  for (const envelope of [false, true]) {
    const { ms, result } = run(RULES, envelope);
    const against = `${(ms / cheapest.ms).toFixed(1)} times ${cheapest.rule}, ${(ms / widest.ms).toFixed(1)} times ${widest.rule}`;
    yield {
      name: `${name}, ${RULES.length} rules in one pass${envelope ? ' with the envelope' : ''}`,
      cpuMs: ms,
      note: `${result.value.transactionsVisited} visited; ${against}, ${(sum / ms).toFixed(1)} times cheaper than one by one`,
    };
  }
}

/** The same trace, cut after as many hops as keep it small, on chains of growing size. */
function* bySize(): Generator<CpuRow> {
  for (const transactions of SIZES) {
    const chain = syntheticChain({ transactions, seed: 1 });
    const seeds = seedsOn(chain, chain.truth.theftOutputs);
    const limits = { maxHops: 45, minSat: 1_000_000, minShareMillionths: null, untilHeight: null };
    const { ms, result } = cpuMs(() => {
      return runOverChain(chain, { rules: RULES, seeds, serviceAddresses: NO_STOPS, limits });
    });
    const { transactionsVisited: visited } = result.value;
    const each = `${visited} visited, ${((ms * 1000) / visited).toFixed(1)} us each`;
    yield { name: `six rules, 45 hops, ${transactions} transactions`, cpuMs: ms, note: each };
  }
}

/** Heap that the answer of one run holds at its end, when most outputs wait, in bytes per tainted output. */
function heapRow(chain: SyntheticChain, seeds: readonly Seed[], rules: readonly string[]): CpuRow {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const start = process.cpuUsage();
  const result = runOverChain(chain, { rules, seeds, serviceAddresses: NO_STOPS });
  const { user, system } = process.cpuUsage(start);
  collectGarbage();
  const heap = process.memoryUsage().heapUsed - before;
  const outputs = result.value.rules.reduce((total, { holdings }) => total + holdings.length, 0);
  const each = `${Math.round(heap / outputs)} bytes for each of ${outputs} outputs with taint, all rules counted`;
  return { name: `heap of ${rules.join(', ')}`, cpuMs: (user + system) / 1000, note: each };
}

/** Rows of the table. */
export function* benchAllRules(): Generator<CpuRow> {
  const chain = syntheticChain({ transactions: TRANSACTIONS, seed: 1 });
  yield* onePass(chain, 'coins of the first blocks', seedsOn(chain, earlyCoins(chain)));
  yield* onePass(chain, 'coins anywhere', seedsOn(chain, anyCoins(chain)));
  for (const rules of [['haircut'], ['fifo'], ['poison'], RULES])
    yield heapRow(chain, seedsOn(chain, earlyCoins(chain)), rules);
  yield* bySize();
}
