/** An open case with the view and the script knowledge every verb needs. */
import { createHash } from 'node:crypto';
import { classifyScript, isProvablyUnspendable, subsidySat } from '../chain/bitcoin/index.ts';
import type { Network } from '../ledger/index.ts';
import { type CaseStore, closeCase, files, openCase, openExistingCase, packs, SqliteView } from '../store/index.ts';

/** An open case. */
export interface CaseContext {
  readonly store: CaseStore;
  readonly network: Network;
  readonly view: SqliteView;
}

/** Network of the facts in a case: that of its first file, mainnet while it is empty. */
function networkOf(store: CaseStore): Network {
  return (files(store)[0]?.network as Network | undefined) ?? 'mainnet';
}

/** View of the facts in a store, with the script rules of a network. */
export function viewOf(store: CaseStore, network: Network): SqliteView {
  return new SqliteView(store, {
    classify: (script) => classifyScript(script, network),
    isUnspendable: isProvablyUnspendable,
    subsidySat: (height) => subsidySat(height, network),
  });
}

/** Opens a case for one verb and closes it after, whatever happens. `create` makes the file when it is missing. */
export function withCase<T>(file: string, options: { create: boolean }, work: (context: CaseContext) => T): T {
  const store = options.create ? openCase(file) : openExistingCase(file);
  try {
    const network = networkOf(store);
    return work({ store, network, view: viewOf(store, network) });
  } finally {
    closeCase(store);
  }
}

/** As `withCase`, for verbs that wait for a source. */
export async function withCaseAsync<T>(
  file: string,
  options: { create: boolean },
  work: (context: CaseContext) => Promise<T>,
): Promise<T> {
  const store = options.create ? openCase(file) : openExistingCase(file);
  try {
    const network = networkOf(store);
    return await work({ store, network, view: viewOf(store, network) });
  } finally {
    closeCase(store);
  }
}

/** SHA-256 in hex. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Digest of everything the case was fed: files and tag packs, as a set, so that no order of ingestion shows. */
export function inputsDigest(store: CaseStore): string {
  const fed = [
    ...files(store).map(({ sha256, complete }) => `file ${sha256}${complete ? '' : ' in part'}`),
    ...packs(store).map(({ sha256 }) => `pack ${sha256}`),
  ];
  return `sha256:${sha256Hex(fed.sort().join('\n'))}`;
}
