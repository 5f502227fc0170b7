/**
 * Poison as plain reachability.
 * Claim: an output carries a label exactly when spends lead to it from a seed of that label. Source: src/taint/README.md
 * Parameters: conventions (`propagate` also leads from a fee above 0 to the coinbase of its block). Cost: one search per label.
 * Fails when: read as money; values of poisoned outputs must not be summed.
 */
import { fee, labelCountOf, outpointKey, spenders, type TinyChain, type TinySeed } from '../support/tiny-chain.ts';
import { DEFAULT_CONVENTIONS, type OracleConventions } from './walk.ts';

/** Reach of every label. */
export interface PoisonResult {
  readonly labelCount: number;
  /** Labels of every output of the chain, spent or not, ascending; an empty list is clean. Zero-value outputs carry labels too. */
  readonly labels: ReadonlyMap<string, readonly number[]>;
  /** Labels that each transaction spends, ascending; for a coinbase those that came with fees. */
  readonly transactions: ReadonlyArray<readonly number[]>;
}

/** Labels that reach each output; seeds add their label to whatever an output already carries. */
export function poisonOracle(
  chain: TinyChain,
  seeds: readonly TinySeed[],
  chosen: Partial<OracleConventions> = {},
): PoisonResult {
  const labelCount = labelCountOf(seeds);
  const labels = new Map<string, number[]>();
  const transactions: number[][] = chain.transactions.map(() => []);
  chain.transactions.forEach((transaction, tx) => {
    transaction.outputs.forEach((_, vout) => {
      labels.set(outpointKey(tx, vout), []);
    });
  });
  for (let label = 0; label < labelCount; label += 1) {
    const roots = seeds.filter((seed) => seed.label === label).map(({ tx, vout }) => outpointKey(tx, vout));
    const reached = search(chain, roots, { ...DEFAULT_CONVENTIONS, ...chosen });
    for (const key of reached.outputs) labels.get(key)!.push(label);
    for (const tx of reached.transactions) transactions[tx]!.push(label);
  }
  return { labelCount, labels, transactions };
}

function search(
  chain: TinyChain,
  roots: readonly string[],
  conventions: OracleConventions,
): { outputs: Set<string>; transactions: Set<number> } {
  const spenderOf = spenders(chain);
  const outputs = new Set(roots);
  const transactions = new Set<number>();
  const queue = [...outputs];
  for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
    const spender = spenderOf.get(key);
    const entered = spender === undefined ? [] : [spender, ...coinbaseBehind(chain, spender, conventions)];
    for (const tx of entered) {
      if (transactions.has(tx)) continue;
      transactions.add(tx);
      chain.transactions[tx]!.outputs.forEach((_, vout) => {
        const next = outpointKey(tx, vout);
        if (outputs.has(next)) return;
        outputs.add(next);
        queue.push(next);
      });
    }
  }
  return { outputs, transactions };
}

function coinbaseBehind(chain: TinyChain, tx: number, conventions: OracleConventions): number[] {
  if (conventions.feeTaint === 'sink' || fee(chain, tx) === 0) return [];
  const { height } = chain.transactions[tx]!;
  return chain.transactions.flatMap((other, index) => (other.coinbase && other.height === height ? [index] : []));
}
