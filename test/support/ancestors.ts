/** How much of a tiny chain each output hangs on. */
import { outpointKey, type TinyChain } from './tiny-chain.ts';

/** Outpoints each output descends from, itself included, by `outpointKey`. */
export function ancestorCounts(chain: TinyChain): Map<string, number> {
  const sets = new Map<string, Set<string>>();
  chain.transactions.forEach(({ inputs, outputs }, tx) => {
    const above = new Set<string>();
    for (const input of inputs)
      if ('tx' in input) for (const key of sets.get(outpointKey(input.tx, input.vout)) ?? []) above.add(key);
    outputs.forEach((_, vout) => {
      sets.set(outpointKey(tx, vout), new Set([...above, outpointKey(tx, vout)]));
    });
  });
  return new Map([...sets].map(([key, set]) => [key, set.size]));
}
