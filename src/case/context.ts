/** An open case with the view and the script knowledge every verb needs. */
import { createHash } from 'node:crypto';
import { classifyScript, isProvablyUnspendable, subsidySat } from '../chain/bitcoin/index.ts';
import { type Network, SpoorError } from '../ledger/index.ts';
import {
  accountChainOf,
  type CaseStore,
  closeCase,
  fileReaches,
  files,
  openCase,
  openExistingCase,
  packs,
  SqliteAccountView,
  SqliteView,
} from '../store/index.ts';

/** An open case. */
export interface CaseContext {
  readonly store: CaseStore;
  readonly network: Network;
  readonly view: SqliteView;
  /** The account facts of the case, whatever Bitcoin facts it holds too. */
  readonly accounts: SqliteAccountView;
}

/** The context of an open case. */
export function contextOf(store: CaseStore, network: Network): CaseContext {
  return { store, network, view: viewOf(store, network), accounts: new SqliteAccountView(store) };
}

/** Network of a case: that of its files; while it has none the one asked for, else mainnet. Throws USAGE when another than its own is asked for. */
export function caseNetwork(store: CaseStore, asked: Network | null): Network {
  const held = files(store).find(({ network }) => accountChainOf(network) === null)?.network as Network | undefined;
  if (held !== undefined && asked !== null && held !== asked) {
    throw new SpoorError('USAGE', `this case holds ${held} facts; ${asked} needs a case of its own`, {
      file: store.file,
    });
  }
  return asked ?? held ?? 'mainnet';
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
    const network = caseNetwork(store, null);
    return work(contextOf(store, network));
  } finally {
    closeCase(store);
  }
}

/** As `withCase`, for verbs that wait for a source. `network` is that of a case that holds nothing yet. Throws USAGE when a case holds another. */
export async function withCaseAsync<T>(
  file: string,
  options: { create: boolean; network?: Network | null },
  work: (context: CaseContext) => Promise<T>,
): Promise<T> {
  const store = options.create ? openCase(file) : openExistingCase(file);
  try {
    const network = caseNetwork(store, options.network ?? null);
    return await work(contextOf(store, network));
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
  const inPart = new Set(files(store).flatMap(({ sha256, complete }) => (complete ? [] : [sha256])));
  const fed = [
    ...fileReaches(store, 'all').map(({ sha256, undone }) => {
      const part = inPart.has(sha256) ? ' in part' : '';
      return undone.length === 0
        ? `file ${sha256}${part}`
        : `file ${sha256}${part} without ${sha256Hex(undone.join())}`;
    }),
    ...packs(store).map(({ sha256 }) => `pack ${sha256}`),
  ];
  return `sha256:${sha256Hex(fed.sort().join('\n'))}`;
}
