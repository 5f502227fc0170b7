/**
 * What a trace costs that touches a given number of transactions, by the size of the chain around them: it should not depend on it. The chain is synthetic
 * (`test/support/synthetic-chain.ts`), the seeds are the theft, nothing stops taint, and the limit `maxTransactions` ends each run at the same count.
 */
import { type SyntheticChain, syntheticChain } from '../support/synthetic-chain.ts';
import { runOverChain, seedsOn } from './chain-run.ts';

/** One rule at one size: processor time of the process for a transaction touched, least of the rounds. */
export interface FlatRow {
  readonly transactions: number;
  readonly rule: string;
  readonly touched: number;
  readonly usEach: number;
}

const SIZES = [100_000, 1_000_000, 10_000_000];
/** FIFO from the theft touches 2,684 transactions of 10^5; haircut and poison touch more than these in every chain. */
const TOUCHED = { fifo: [2_500], haircut: [2_500, 50_000], poison: [2_500, 50_000] } as const;
const ROUNDS = 7;

function measure(chain: SyntheticChain, rule: string, most: number): { touched: number; usEach: number } {
  const seeds = seedsOn(chain, chain.truth.theftOutputs);
  const limits = { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null, maxTransactions: most };
  let least = Number.POSITIVE_INFINITY;
  let touched = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage();
    const run = runOverChain(chain, { rules: [rule], seeds, serviceAddresses: new Set(), limits });
    const { user, system } = process.cpuUsage(start);
    touched = run.value.transactionsVisited;
    least = Math.min(least, (user + system) / touched);
  }
  return { touched, usEach: least };
}

/** Every rule at every size. 10^7 transactions need some 3 GB and a minute to make. */
export function benchFlat(sizes: readonly number[] = SIZES): FlatRow[] {
  // The first chain is run once more, so that code is compiled before anything counts.
  return [sizes[0], ...sizes]
    .flatMap((transactions, at) => {
      const chain = syntheticChain({ transactions, seed: 1 });
      return Object.entries(TOUCHED).flatMap(([rule, counts]) =>
        counts.map((most) => ({ at, row: { transactions, rule, ...measure(chain, rule, most) } })),
      );
    })
    .filter(({ at }) => at > 0)
    .map(({ row }) => row);
}
