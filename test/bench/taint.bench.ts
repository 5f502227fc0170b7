/**
 * Each rule against a naive full scan with a Map of bigints, on the synthetic chain, in one run: same seeds, same books, ratio of medians.
 * And the engine's cost per tainted transaction from 10^4 to 10^6 transactions.
 */
import assert from 'node:assert/strict';
import type { TaintResult } from '../../src/taint/index.ts';
import { type SyntheticChain, syntheticChain } from '../support/synthetic-chain.ts';
import { chainFrames, runOverChain, seedsOn } from './chain-run.ts';
import { naiveFifo, naiveHaircut, naivePoison } from './naive.ts';

/** One line of the table. */
export interface BenchRow {
  readonly name: string;
  readonly oursMs: number;
  readonly peerMs: number | null;
  readonly note: string;
}

function engine(chain: SyntheticChain, rule: string, serviceAddresses: ReadonlySet<number>): TaintResult {
  return runOverChain(chain, { rules: [rule], seeds: seedsOn(chain, chain.truth.theftOutputs), serviceAddresses });
}

function timeMs<T>(work: () => T): { ms: number; value: T } {
  const start = performance.now();
  const value = work();
  return { ms: performance.now() - start, value };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

const NAIVE = { fifo: naiveFifo, haircut: naiveHaircut, poison: naivePoison } as const;
const ROUNDS = 5;

/** One rule against its naive version on one chain: same seeds, same stops, and they must agree. */
function against(
  chain: SyntheticChain,
  rule: keyof typeof NAIVE,
  services: ReadonlySet<number>,
): { ours: number; peer: number; visited: number } {
  const given = {
    transactionCount: chain.transactionCount,
    frame: chainFrames(chain),
    seeds: chain.truth.theftOutputs,
    services,
  };
  const ours: number[] = [];
  const peer: number[] = [];
  let visited = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const fast = timeMs(() => engine(chain, rule, services));
    const slow = timeMs(() => NAIVE[rule](given));
    const { books } = fast.value.value.rules[0];
    visited = fast.value.value.transactionsVisited;
    assert.equal(
      books.length > 0 ? books[0].fee : BigInt(visited - 1),
      slow.value,
      `${rule}: engine and naive version agree`,
    );
    ours.push(fast.ms);
    peer.push(slow.ms);
  }
  return { ours: median(ours), peer: median(peer), visited };
}

/** Rows of the table: rules against their naive versions at 10^5 with and without stops, then cost per visited transaction by size. */
export function benchTaint(): BenchRow[] {
  const rows: BenchRow[] = [];
  const chain = syntheticChain({ transactions: 100_000, seed: 1 });
  const { exchangeHotAddresses, exchangeDepositAddresses } = chain.truth;
  const exchanges = new Set([...exchangeHotAddresses, ...exchangeDepositAddresses]);
  for (const [name, services] of [
    ['stop at exchanges', exchanges],
    ['no stops', new Set<number>()],
  ] as const) {
    for (const rule of ['fifo', 'haircut', 'poison'] as const) {
      const { ours, peer, visited } = against(chain, rule, services);
      rows.push({
        name: `${rule}, 10^5 transactions, ${name}`,
        oursMs: ours,
        peerMs: peer,
        note: `${visited} visited`,
      });
    }
  }
  for (const transactions of [10_000, 100_000, 1_000_000]) {
    const sized = syntheticChain({ transactions, seed: 1 });
    for (const rule of ['fifo', 'haircut', 'poison']) {
      const { ms, value } = timeMs(() => engine(sized, rule, new Set()));
      const visited = value.value.transactionsVisited;
      const each = `${visited} visited, ${((ms * 1000) / visited).toFixed(1)} us each`;
      rows.push({ name: `${rule}, ${transactions} transactions, no stops`, oursMs: ms, peerMs: null, note: each });
    }
  }
  return rows;
}
