/**
 * The verb `cluster` over accounts: links made from the facts and tags as they are, each with what it rests on. Strong links alone make clusters, unless a
 * person asks for more; nothing of them moves taint.
 */
import { checkAccount, checksummed } from '../../chain/ethereum/index.ts';
import {
  type AccountLink,
  type AccountRoles,
  accountClusters,
  accountEvidence,
  accountHistory,
  airdropFarm,
  consolidationSink,
  type DepositAddress,
  type DepositRefusal,
  depositReuse,
  EvidenceGraph,
  explain,
  firstFunder,
  type LinkStrength,
  selfAuthorisation,
} from '../../cluster/index.ts';
import { type AccountId, type AccountView, account, accountId, SpoorError } from '../../ledger/index.ts';
import { accountTerminals } from '../../pattern/index.ts';
import type { AccountClusterDocument, AccountClusteringDocument, AccountLinkRow } from '../../report/index.ts';
import type { CaseContext } from '../context.ts';
import type { CaseTag } from '../tag/tags.ts';
import { serviceAccounts, tagsOfAddress } from '../tag/tags.ts';
import { citation } from '../trace/hops.ts';
import { heldView } from './held.ts';

/** Strengths from the surest; asking for one asks for those before it. */
export const LINK_STRENGTHS = ['strong', 'medium', 'weak', 'lead'] as const satisfies readonly LinkStrength[];

/** What a link between accounts claims, and what it does not. */
export const ACCOUNT_CLUSTER_CLAIM =
  'consistent with common control under the heuristics named; it names no owner. A deposit address belongs to the customer of the exchange, never to the exchange';

interface AccountClustering {
  readonly view: AccountView;
  readonly links: readonly AccountLink[];
  readonly roots: Uint32Array;
  readonly deposits: readonly DepositAddress[];
  readonly refused: ReadonlyArray<{ readonly account: AccountId; readonly reason: DepositRefusal }>;
}

/** Clusters of the facts as they are, by links of a strength and those surer. */
function clusterAccounts(context: CaseContext, strength: LinkStrength): AccountClustering {
  const view = heldView(context.accounts);
  const history = accountHistory(view);
  const roles = rolesOf(context, view);
  const { links: reuse, deposits, refused } = depositReuse(history, roles);
  const all = [
    ...reuse,
    ...airdropFarm(history, roles),
    ...selfAuthorisation(history, roles),
    ...firstFunder(history, roles),
    ...consolidationSink(view, history, roles),
  ];
  const asked = LINK_STRENGTHS.slice(0, LINK_STRENGTHS.indexOf(strength) + 1);
  const links = all.filter((link) => asked.includes(link.strength));
  return { view, links, roots: accountClusters(links, view.accountCount(), 'extended'), deposits, refused };
}

/** Custodial exchanges from tags, other services from tags and from the tables of contracts. */
function rolesOf(context: CaseContext, view: AccountView): AccountRoles {
  const exchanges = new Map<AccountId, string>();
  const services = new Set<AccountId>(accountTerminals(view).keys());
  for (const [text, tag] of serviceAccounts(context)) {
    const id = view.findAccount(account(text));
    if (id === null) continue;
    if (isExchange(tag)) exchanges.set(id, tag.actor ?? tag.label);
    else services.add(id);
  }
  return { exchanges, services };
}

function isExchange({ category, concepts }: CaseTag): boolean {
  return category === 'exchange' || concepts.includes('exchange');
}

function nameOf(view: AccountView, id: number): string {
  return checksummed(view.account(accountId(id)).account);
}

function linkRow({ view }: AccountClustering, link: AccountLink): AccountLinkRow {
  const { heuristic, version, strength, tx, members, evidence } = link;
  const { kind: _kind, ...parts } = evidence;
  const txid = (of: AccountLink['tx']): string => view.transaction(of).hash ?? view.transaction(of).rowKey ?? '';
  const shown = Object.entries(parts).map(([name, value]): [string, string | number] => {
    if (typeof value === 'bigint') return [name, String(value)];
    if (typeof value === 'string') return [name, value];
    if (name.startsWith('tx')) return [name, txid(value as AccountLink['tx'])];
    if (name === 'asset') return [name, view.asset(value as Parameters<AccountView['asset']>[0]).asset];
    return [name, name === 'source' ? nameOf(view, value) : value];
  });
  return {
    heuristic,
    version,
    strength,
    txid: txid(tx),
    addresses: [nameOf(view, members[0]), nameOf(view, members[1])],
    evidence: Object.fromEntries(shown),
  };
}

function memberOf({ view }: AccountClustering, text: string): AccountId {
  const found = view.findAccount(checkAccount(text));
  if (found !== null) return found;
  throw new SpoorError(
    'NOT_FOUND',
    `${text} is in no transaction of the case`,
    {},
    'spoor ingest and spoor fetch add facts',
  );
}

/** Everything found, clusters of two or more by size. */
export function accountClustering(context: CaseContext, strength: LinkStrength): AccountClusteringDocument {
  const found = clusterAccounts(context, strength);
  const { view, links, roots, deposits, refused } = found;
  const sizes = new Map<number, number>();
  for (const root of roots) sizes.set(root, (sizes.get(root) ?? 0) + 1);
  const names = clusterNames(found, sizes);
  const clusters = [...sizes]
    .filter(([, size]) => size > 1)
    .map(([root, size]) => ({ cluster: names.get(root) ?? '', size }))
    .sort((a, b) => b.size - a.size || (a.cluster < b.cluster ? -1 : 1));
  return {
    schema: 'spoor.clustering/1',
    chain: 'ethereum',
    strength,
    accounts: view.accountCount(),
    links: countBy(links.map(({ heuristic }) => heuristic)),
    clusters,
    deposits: deposits.map(({ deposit, exchange, users, forwards, pairs, kappa }) => ({
      address: nameOf(view, deposit),
      exchange,
      users: users.map((user) => nameOf(view, user)),
      forwards,
      pairs,
      kappa,
    })),
    refused: countBy(refused.map(({ reason }) => reason)),
    claim: ACCOUNT_CLUSTER_CLAIM,
  };
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of [...names].sort()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** Members of a cluster, by their text. */
function membersOf({ view, roots }: AccountClustering, root: number): string[] {
  const members: string[] = [];
  roots.forEach((own, member) => {
    if (own === root) members.push(nameOf(view, member));
  });
  return members.sort();
}

/** Names of the clusters of two or more: the first of its accounts as text, so that no order of ingestion shows. */
function clusterNames({ view, roots }: AccountClustering, sizes: ReadonlyMap<number, number>): Map<number, string> {
  const names = new Map<number, string>();
  roots.forEach((root, member) => {
    if ((sizes.get(root) ?? 0) < 2) return;
    const name = nameOf(view, member);
    const known = names.get(root);
    if (known === undefined || name < known) names.set(root, name);
  });
  return names;
}

/** The cluster of an account. Throws ADDRESS_INVALID, NOT_FOUND. */
export function accountCluster(
  context: CaseContext,
  request: { readonly account: string; readonly strength: LinkStrength },
): AccountClusterDocument {
  const found = clusterAccounts(context, request.strength);
  const root = found.roots[memberOf(found, request.account)];
  const addresses = membersOf(found, root);
  return {
    schema: 'spoor.cluster/1',
    chain: 'ethereum',
    cluster: addresses[0],
    size: addresses.length,
    addresses,
    tags: addresses.flatMap((address) =>
      tagsOfAddress(context, account(address)).map((tag) => ({ ...citation(tag), address })),
    ),
    strength: request.strength,
    links: found.links.filter(({ members }) => found.roots[members[0]] === root).map((link) => linkRow(found, link)),
    claim: ACCOUNT_CLUSTER_CLAIM,
  };
}

/** The links by which two accounts are joined, from one to the other. Throws ADDRESS_INVALID, NOT_FOUND. */
export function explainAccounts(
  context: CaseContext,
  request: { readonly accounts: readonly [string, string]; readonly strength: LinkStrength },
): AccountLinkRow[] {
  const found = clusterAccounts(context, request.strength);
  const [a, b] = request.accounts.map((text) => memberOf(found, text));
  const evidence = accountEvidence(found.links);
  const explained =
    found.roots[a] === found.roots[b]
      ? explain(new EvidenceGraph(evidence, found.view.accountCount(), 'extended'), a, b)
      : null;
  if (explained === null)
    throw new SpoorError(
      'NOT_FOUND',
      `no chain of links of strength ${request.strength} or surer joins the two accounts`,
      {},
      '--strength lead also shows what is only a lead',
    );
  return explained.steps.map(({ link }) => linkRow(found, found.links[link]));
}
