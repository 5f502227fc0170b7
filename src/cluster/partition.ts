/**
 * Claim:      clusters are the connected components of the links; each is named by its member that appears first in the
 *             chain.
 * Source:     union-find over the links (union-find.ts).
 * Parameters: `layer`: core takes identities and common inputs; extended adds change. `without`: links to leave out,
 *             for what-ifs.
 * Cost:       linear in the members of links; 4 bytes a member.
 * Fails when: the ledger lacks inputs: what was spent together elsewhere is not joined here. A missing merge is never
 *             proof of two controllers.
 */
import { type Evidence, inLayer, type Layer } from './evidence.ts';
import { UnionFind } from './union-find.ts';

/** Smallest member of the cluster of each member. */
export function partition(
  evidence: Evidence,
  memberCount: number,
  options: { readonly layer: Layer; readonly without?: (link: number) => boolean },
): Uint32Array {
  const { first, members } = evidence;
  const unions = new UnionFind(memberCount);
  for (let link = 0; link < evidence.linkCount; link += 1) {
    if (!inLayer(evidence, link, options.layer) || options.without?.(link) === true) continue;
    const head = members[first[link]];
    for (let place = first[link] + 1; place < first[link + 1]; place += 1) unions.join(head, members[place]);
  }
  return unions.roots();
}

/**
 * How many clusters, how many of more than one member, and the size and name of the largest (the earliest among
 * equals).
 */
export interface PartitionSummary {
  readonly members: number;
  readonly clusters: number;
  readonly multiMember: number;
  readonly largest: { readonly root: number; readonly size: number };
}

/** Counts a partition. */
export function summarise(roots: Uint32Array): PartitionSummary {
  const sizes = clusterSizes(roots);
  let clusters = 0;
  let multiMember = 0;
  let largest = { root: 0, size: 0 };
  for (let root = 0; root < sizes.length; root += 1) {
    if (sizes[root] > 0) clusters += 1;
    if (sizes[root] > 1) multiMember += 1;
    if (sizes[root] > largest.size) largest = { root, size: sizes[root] };
  }
  return { members: roots.length, clusters, multiMember, largest };
}

/** Members of the cluster that each root names; 0 for those that are no root. */
export function clusterSizes(roots: Uint32Array): Uint32Array {
  const sizes = new Uint32Array(roots.length);
  for (const root of roots) sizes[root] += 1;
  return sizes;
}
