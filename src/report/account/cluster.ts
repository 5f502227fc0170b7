/** Clusters of accounts for a terminal. */
import type { TagCitation } from '../model.ts';
import { renderSheetText } from '../sheet/text.ts';

/** One link in text. `evidence` holds amounts in base units and transactions by hash. */
export interface AccountLinkRow {
  readonly heuristic: string;
  readonly version: number;
  readonly strength: string;
  readonly txid: string;
  readonly addresses: readonly [string, string];
  readonly evidence: Readonly<Record<string, string | number>>;
}

/** `spoor cluster show 0x... --json`: the contract of a cluster, with links in place of a run. */
export interface AccountClusterDocument {
  readonly schema: 'spoor.cluster/1';
  readonly chain: 'ethereum';
  readonly cluster: string;
  readonly size: number;
  readonly addresses: readonly string[];
  readonly tags: ReadonlyArray<TagCitation & { readonly address: string }>;
  readonly strength: string;
  readonly links: readonly AccountLinkRow[];
  readonly claim: string;
}

/** What clustering of accounts found in a case. */
export interface AccountClusteringDocument {
  readonly schema: 'spoor.clustering/1';
  readonly chain: 'ethereum';
  readonly strength: string;
  readonly accounts: number;
  readonly links: Readonly<Record<string, number>>;
  readonly clusters: ReadonlyArray<{ readonly cluster: string; readonly size: number }>;
  readonly deposits: ReadonlyArray<{
    readonly address: string;
    readonly exchange: string;
    readonly users: readonly string[];
    readonly forwards: number;
    readonly pairs: number;
    readonly kappa: string;
  }>;
  readonly refused: Readonly<Record<string, number>>;
  readonly claim: string;
}

function linkText({ heuristic, strength, txid, addresses, evidence }: AccountLinkRow): string {
  const parts = Object.entries(evidence).map(([name, value]) => `${name} ${value}`);
  return `${addresses[0]} and ${addresses[1]}: ${heuristic} (${strength}) in ${txid}; ${parts.join(', ')}`;
}

function page(
  title: string,
  sections: ReadonlyArray<readonly [heading: string, items: readonly string[], empty: string]>,
): string {
  return renderSheetText({
    kind: 'Clusters',
    title,
    facts: [],
    sections: sections.map(([heading, items, empty], index) => ({
      id: `s${index}`,
      heading,
      lead: '',
      blocks: [{ kind: 'list', items, empty }],
    })),
    footer: '',
  });
}

/** The cluster of one account. */
export function accountClusterText(document: AccountClusterDocument): string {
  return page(`Cluster ${document.cluster}, ${document.size === 1 ? '1 account' : `${document.size} accounts`}`, [
    ['Accounts', document.addresses, ''],
    ['Tags', document.tags.map(({ address, label, source }) => `${address}: ${label} (${source})`), 'None.'],
    ['Links', document.links.map(linkText), 'No link: the account stands alone.'],
    ['Claim', [document.claim], ''],
  ]);
}

/** What clustering found in a case. */
export function accountClusteringText(document: AccountClusteringDocument): string {
  const counted = (counts: Readonly<Record<string, number>>): string[] =>
    Object.entries(counts).map(([name, count]) => `${name}: ${count}`);
  return page(`Clusters of ${document.accounts} accounts, by links of strength ${document.strength} or surer`, [
    ['Links', counted(document.links), 'None.'],
    ['Clusters of two or more', document.clusters.map(({ cluster, size }) => `${cluster}: ${size} accounts`), 'None.'],
    [
      'Deposit addresses',
      document.deposits.map(
        ({ address, exchange, users, forwards, kappa }) =>
          `${address} at ${exchange}: paid by ${users.join(', ')}; ${forwards} forwards, confidence ${kappa}`,
      ),
      'None.',
    ],
    ['Refused as deposit addresses', counted(document.refused), 'None.'],
    ['Claim', [document.claim], ''],
  ]);
}

/** The chain of links between two accounts. */
export function accountLinksText(links: readonly AccountLinkRow[]): string {
  return page('Why they are joined', [
    ['Links, from one to the other', links.map(linkText), 'They are the same account.'],
  ]);
}
