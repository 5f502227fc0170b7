/**
 * `npm run bench:explain [-- TRANSACTIONS]`: `cluster explain` over a case file, from opening the case to the answer, for pairs of its clusters. The case is made
 * here, from generated block files; at 500,000 transactions it has about a million addresses. Each question opens the case anew, as the command does; what the
 * command costs besides is the start of the process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CaseContext, withCase } from '../../src/case/context.ts';
import { bridgeOf, explainPair, ingestFiles, loadClusters, runClusters } from '../../src/case/index.ts';
import type { Layer } from '../../src/cluster/index.ts';
import { clusterMembers, clusterSize } from '../../src/store/index.ts';
import { Prng } from '../support/prng.ts';
import { generate, PLAIN } from './bulk/generate.ts';

const PAIRS = 100;
const REQUEST = { coinjoins: 'exclude', until: null, change: 'refined-one-time-change', keepApart: [] } as const;

interface Asked {
  readonly name: string;
  readonly layer: Layer;
  readonly pairs: ReadonlyArray<readonly [string, string]>;
}

function timed<T>(work: () => T): { value: T; ms: number } {
  const start = performance.now();
  const value = work();
  return { value, ms: performance.now() - start };
}

/** Pairs of the largest cluster of a layer, and pairs drawn from all clusters of two or more by their addresses. */
function questions(context: CaseContext, layer: Layer): Asked[] {
  const { run } = loadClusters(context, null);
  const clusters = new Map<number, string[]>();
  for (const { core, extended, address } of clusterMembers(context.store, run.id, null)) {
    const root = layer === 'core' ? core : (extended ?? core);
    const members = clusters.get(root);
    if (members === undefined) clusters.set(root, [address]);
    else members.push(address);
  }
  const several = [...clusters.values()].filter(({ length }) => length > 1);
  const largest = several.reduce((best, members) => (members.length > best.length ? members : best));
  const prng = Prng.fromSeed(3);
  const pairs = (of: () => string[]): Asked['pairs'] =>
    Array.from({ length: PAIRS }, () => {
      const members = of();
      return [prng.pick(members), prng.pick(members)] as const;
    });
  const all = several.flatMap((members) => members.map(() => members));
  return [
    { name: `${layer}, the largest cluster (${largest.length} addresses)`, layer, pairs: pairs(() => largest) },
    { name: `${layer}, any address of a cluster`, layer, pairs: pairs(() => prng.pick(all)) },
  ];
}

function report(name: string, times: number[], note: string): void {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number): string => sorted[Math.ceil(share * sorted.length) - 1].toFixed(1);
  process.stdout.write(`explain ${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, slowest ${at(1)} ms (${note})\n`);
}

function main(transactions: number): void {
  const scratch = mkdtempSync(join(tmpdir(), 'spoor-explain-'));
  try {
    const file = join(scratch, 'case.spoor');
    generate(join(scratch, 'blocks'), { ...PLAIN, transactions, mix: 'modern', seed: 1 });
    const asked = withCase(file, { create: true }, (context) => {
      const fed = timed(() =>
        ingestFiles(context.store, [join(scratch, 'blocks')], { format: 'auto', network: null }),
      ).ms;
      const run = timed(() => runClusters(context, REQUEST)).ms;
      const members = clusterSize(context.store, loadClusters(context, null).run.id);
      const seconds = [fed, run].map((ms) => (ms / 1000).toFixed(1));
      process.stdout.write(`explain ${members} addresses: fed in ${seconds[0]} s, clustered in ${seconds[1]} s\n`);
      return [...questions(context, 'core'), ...questions(context, 'extended')];
    });
    for (const { name, layer, pairs } of asked) {
      let steps = 0;
      const times = pairs.map((addresses) => {
        const ask = (context: CaseContext) => explainPair(context, { addresses, run: null, layer });
        const { value, ms } = timed(() => withCase(file, { create: false }, ask));
        steps = Math.max(steps, value.path.length);
        return ms;
      });
      report(name, times, `chains up to ${steps} links`);
      const bridges = pairs.slice(0, 10).map(([address]) => {
        const ask = (context: CaseContext) => bridgeOf(context, { address, run: null, layer });
        return timed(() => withCase(file, { create: false }, ask)).ms;
      });
      report(`bridge, ${name}`, bridges, 'of ten');
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

main(Number(process.argv[2] ?? 500_000));
