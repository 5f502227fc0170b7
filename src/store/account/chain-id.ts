/** The account chain that a case holds facts of: one, once the first fact is there. */
import { SpoorError } from '../../ledger/index.ts';
import type { CaseStore } from '../open.ts';
import { plucked, prepared } from '../statement.ts';

/** Refuses a chain other than the one a case holds facts of. Throws USAGE. */
export function refuseOtherChain(store: CaseStore, chainId: number): void {
  const held = chainIdOf(store);
  if (held !== null && held !== chainId) {
    throw new SpoorError(
      'USAGE',
      `this case holds facts of the account chain with id ${held}; chain ${chainId} needs a case of its own`,
      { file: store.file },
      'give another --case',
    );
  }
}

/** Keeps the id of the chain a case is about. Throws USAGE when it holds another. */
export function keepChainId(store: CaseStore, chainId: number): void {
  refuseOtherChain(store, chainId);
  prepared(store.db, 'INSERT OR IGNORE INTO account_chain (chain_id) VALUES (?)').run(chainId);
}

/** Id of the account chain a case holds facts of, or null. */
export function chainIdOf(store: CaseStore): number | null {
  return plucked<[], number>(store.db, 'SELECT chain_id FROM account_chain').get() ?? null;
}
