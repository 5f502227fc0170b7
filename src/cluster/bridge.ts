/**
 * Claim:      the transaction without which most addresses come off the largest piece of their cluster.
 * Source:     articulation points by depth-first search (Hopcroft and Tarjan 1973) over members and transactions as one
 *             graph, with the members of each subtree counted.
 * Parameters: none; among equals the transaction that comes first.
 * Cost:       one search of the cluster, 16 bytes for each member and link of the evidence.
 * Fails when: two clusters were joined by two transactions: neither alone splits them.
 */
import { type EvidenceGraph, restsOnTransaction } from './search.ts';

/** The transaction, and how many members are cut off from the largest piece without it. */
export interface Bridge {
  readonly tx: number;
  readonly comesOff: number;
}

/** The bridge of the cluster of a member, or null when no transaction alone splits it. */
export function bridge(graph: EvidenceGraph, start: number): Bridge | null {
  const { memberCount, evidence } = graph;
  const nodes = memberCount + evidence.linkCount;
  const order = new Uint32Array(nodes);
  const low = new Uint32Array(nodes);
  const size = new Uint32Array(nodes);
  const cut = new Map<number, { off: number; largest: number }>();
  const neighbours = (node: number): number[] =>
    node < memberCount ? graph.groupsOf(node).map((group) => memberCount + group) : graph.membersOf(node - memberCount);
  const stack: Array<{ readonly node: number; readonly next: number[]; at: number }> = [];
  let count = 0;
  const enter = (node: number): void => {
    count += 1;
    order[node] = count;
    low[node] = count;
    size[node] = node < memberCount ? 1 : 0;
    stack.push({ node, next: neighbours(node), at: 0 });
  };
  const leave = (node: number, parent: number): void => {
    low[parent] = Math.min(low[parent], low[node]);
    size[parent] += size[node];
    if (parent < memberCount || low[node] < order[parent]) return;
    const known = cut.get(parent) ?? { off: 0, largest: 0 };
    cut.set(parent, { off: known.off + size[node], largest: Math.max(known.largest, size[node]) });
  };
  enter(start);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (top.at === top.next.length) {
      stack.pop();
      const parent = stack.at(-1);
      if (parent !== undefined) leave(top.node, parent.node);
      continue;
    }
    const to = top.next[top.at];
    top.at += 1;
    if (order[to] === 0) enter(to);
    else low[top.node] = Math.min(low[top.node], order[to]);
  }
  return best(graph, cut, size[start]);
}

function best(
  { memberCount, evidence }: EvidenceGraph,
  cut: ReadonlyMap<number, { readonly off: number; readonly largest: number }>,
  members: number,
): Bridge | null {
  let found: Bridge | null = null;
  for (const [node, { off, largest }] of cut) {
    const group = node - memberCount;
    if (!restsOnTransaction(evidence, group)) continue;
    const comesOff = members - Math.max(largest, members - off);
    const tx = evidence.tx[group];
    const better = found === null || comesOff > found.comesOff || (comesOff === found.comesOff && tx < found.tx);
    if (comesOff > 0 && better) found = { tx, comesOff };
  }
  return found;
}
