/** The network of a file, as the `file` table names it: one of Bitcoin by its own name, an account chain by CAIP-2 (`eip155:` and its id). */

const ACCOUNT_PREFIX = 'eip155:';

/** Name of an account chain. */
export function accountNetwork(chainId: number): string {
  return `${ACCOUNT_PREFIX}${chainId}`;
}

/** Id of the account chain a name is of, or null for a network of Bitcoin. */
export function accountChainOf(network: string): number | null {
  return network.startsWith(ACCOUNT_PREFIX) ? Number(network.slice(ACCOUNT_PREFIX.length)) : null;
}
