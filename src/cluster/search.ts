/**
 * Claim:      a shortest chain of links between two members, or that there is none; and the transactions of that chain
 *             without which there would be none.
 * Source:     breadth-first search from both ends, the smaller frontier first; members and transactions as one
 *             bipartite graph. What separates two nodes lies on every chain, so one sweep along one chain finds it:
 *             whatever the nodes before a place reach without the chain, but not beyond that place, makes it a cut
 *             (Tarjan 1972, for one pair).
 * Parameters: `layer`. Links that rest on one transaction are one node (they share a signer, so no member is tied by it
 *             that was not); an identity rests on scripts and is a node
 *             alone.
 * Cost:       linear in what is visited, at most the cluster, once for each of the two questions; 20 bytes a member and
 *             24 a link.
 * Fails when: never; among several shortest chains it takes one by the order of links, always the same.
 */
import { type Evidence, heuristicCode, inLayer, type Layer } from './evidence.ts';

/** One step: the link that ties two members. */
export interface Step {
  readonly link: number;
  readonly from: number;
  readonly to: number;
}

const SAME_KEY = heuristicCode('same-key');
const NESTED_SCRIPT = heuristicCode('nested-script');
const NOT_THERE = -1;

/** Whether a link rests on what its transaction did, and not on scripts alone. */
export function restsOnTransaction(evidence: Evidence, link: number): boolean {
  const code = evidence.heuristic[link];
  return code !== SAME_KEY && code !== NESTED_SCRIPT;
}

/** One side of a search: who was reached, from whom and by which link. Marks are taken back after each search. */
class Side {
  readonly reached: Int32Array;
  readonly byLink: Int32Array;
  readonly usedLink: Uint8Array;
  readonly members: number[] = [];
  readonly links: number[] = [];
  frontier: number[] = [];

  constructor(memberCount: number, linkCount: number) {
    this.reached = new Int32Array(memberCount).fill(NOT_THERE);
    this.byLink = new Int32Array(memberCount);
    this.usedLink = new Uint8Array(linkCount);
  }

  begin(start: number): void {
    for (const member of this.members) this.reached[member] = NOT_THERE;
    for (const link of this.links) this.usedLink[link] = 0;
    this.members.length = 0;
    this.links.length = 0;
    this.frontier = [start];
    this.reach(start, start, 0);
  }

  reach(member: number, from: number, link: number): void {
    this.reached[member] = from;
    this.byLink[member] = link;
    this.members.push(member);
  }

  use(link: number): void {
    this.usedLink[link] = 1;
    this.links.push(link);
  }
}

/** A node of a chain: a member, or the group of links of one transaction. */
interface ChainNode {
  readonly member: number | null;
  readonly group: number;
}

/** Links by member, for searches over one layer of the evidence. */
export class EvidenceGraph {
  readonly evidence: Evidence;
  readonly memberCount: number;
  private readonly first: Uint32Array;
  private readonly links: Uint32Array;
  /** Links of one transaction as rings, and the first of each ring as its name. */
  private readonly ring: Uint32Array;
  private readonly group: Uint32Array;
  private readonly left: Side;
  private readonly right: Side;
  private readonly placeOfMember: Int32Array;
  private readonly placeOfGroup: Int32Array;

  constructor(evidence: Evidence, memberCount: number, layer: Layer) {
    this.evidence = evidence;
    this.memberCount = memberCount;
    const { linkCount, members } = evidence;
    const first = new Uint32Array(memberCount + 1);
    const each = (visit: (link: number, member: number) => void): void => {
      for (let link = 0; link < linkCount; link += 1) {
        if (!inLayer(evidence, link, layer)) continue;
        for (let at = evidence.first[link]; at < evidence.first[link + 1]; at += 1) visit(link, members[at]);
      }
    };
    each((_, member) => {
      first[member + 1] += 1;
    });
    for (let member = 0; member < memberCount; member += 1) first[member + 1] += first[member];
    this.links = new Uint32Array(first[memberCount]);
    const next = first.slice();
    each((link, member) => {
      this.links[next[member]] = link;
      next[member] += 1;
    });
    this.first = first;
    this.ring = Uint32Array.from({ length: linkCount }, (_, link) => link);
    this.group = this.ring.slice();
    this.tieRings(layer);
    this.left = new Side(memberCount, linkCount);
    this.right = new Side(memberCount, linkCount);
    this.placeOfMember = new Int32Array(memberCount).fill(NOT_THERE);
    this.placeOfGroup = new Int32Array(linkCount).fill(NOT_THERE);
  }

  private tieRings(layer: Layer): void {
    const { evidence, ring, group } = this;
    const head = new Map<number, number>();
    for (let link = 0; link < evidence.linkCount; link += 1) {
      if (!inLayer(evidence, link, layer) || !restsOnTransaction(evidence, link)) continue;
      const known = head.get(evidence.tx[link]);
      if (known === undefined) head.set(evidence.tx[link], link);
      else {
        group[link] = known;
        ring[link] = ring[known];
        ring[known] = link;
      }
    }
  }

  /** Groups of links that a member is in; a group is named by its first link. */
  groupsOf(member: number): number[] {
    const links = this.links.subarray(this.first[member], this.first[member + 1]);
    return [...new Set(Array.from(links, (link) => this.group[link]))];
  }

  /** Members of a group, each once. */
  membersOf(group: number): number[] {
    const { first, members } = this.evidence;
    const found = new Set<number>();
    let link = group;
    do {
      for (let at = first[link]; at < first[link + 1]; at += 1) found.add(members[at]);
      link = this.ring[link];
    } while (link !== group);
    return [...found];
  }

  /** A shortest chain from one member to another, empty for the same one, or null. */
  path(a: number, b: number): Step[] | null {
    if (a === b) return [];
    const { left, right } = this;
    left.begin(a);
    right.begin(b);
    while (left.frontier.length > 0 && right.frontier.length > 0) {
      const leftIsSmaller = left.frontier.length <= right.frontier.length;
      const met = leftIsSmaller ? this.advance(left, right) : this.advance(right, left);
      if (met !== null) return this.chain(met);
    }
    return null;
  }

  /** Takes one side a step further; returns a member that the other side has reached as well, or null. */
  private advance(own: Side, other: Side): number | null {
    const { first, members } = this.evidence;
    const next: number[] = [];
    for (const member of own.frontier) {
      for (let at = this.first[member]; at < this.first[member + 1]; at += 1) {
        const link = this.links[at];
        if (own.usedLink[link] === 1) continue;
        own.use(link);
        for (let place = first[link]; place < first[link + 1]; place += 1) {
          const to = members[place];
          if (own.reached[to] !== NOT_THERE) continue;
          own.reach(to, member, link);
          if (other.reached[to] !== NOT_THERE) return to;
          next.push(to);
        }
      }
    }
    own.frontier = next;
    return null;
  }

  private chain(met: number): Step[] {
    const { left, right } = this;
    const before: Step[] = [];
    for (let to = met; left.reached[to] !== to; to = left.reached[to])
      before.push({ link: left.byLink[to], from: left.reached[to], to });
    const after: Step[] = [];
    for (let from = met; right.reached[from] !== from; from = right.reached[from])
      after.push({ link: right.byLink[from], from, to: right.reached[from] });
    return [...before.reverse(), ...after];
  }

  /** Transactions without which the ends of a chain are not tied. */
  separating(path: readonly Step[]): Set<number> {
    const found = new Set<number>();
    if (path.length === 0) return found;
    const nodes = this.nodesOf(path);
    nodes.forEach((node, place) => this.mark(node, place));
    this.left.begin(path[0].from);
    const last = nodes.length - 1;
    // The furthest node that those before the place reach; when it is the place itself, all beyond hangs on it.
    let reach = 0;
    for (let place = 0; reach < last; place += 1) {
      const { member, group } = nodes[place];
      if (member === null && place > 0 && reach === place && restsOnTransaction(this.evidence, group))
        found.add(this.evidence.tx[group]);
      reach = Math.max(reach, place + 1, this.sweep(nodes[place]));
    }
    for (const node of nodes) this.mark(node, NOT_THERE);
    return found;
  }

  /** Members and groups of a chain in turn; where it passes a transaction twice, what lies between is left out. */
  private nodesOf(path: readonly Step[]): ChainNode[] {
    const nodes: ChainNode[] = [{ member: path[0].from, group: NOT_THERE }];
    for (const { link, to } of path) {
      const group = this.group[link];
      const known = nodes.findIndex((node) => node.member === null && node.group === group);
      if (known >= 0) nodes.length = known + 1;
      else nodes.push({ member: null, group });
      nodes.push({ member: to, group: NOT_THERE });
    }
    return nodes;
  }

  private mark({ member, group }: ChainNode, place: number): void {
    if (member === null) this.placeOfGroup[group] = place;
    else this.placeOfMember[member] = place;
  }

  /** Visits what a node of the chain reaches without the chain; returns the furthest place where it meets the chain. */
  private sweep(start: ChainNode): number {
    const { evidence, left, placeOfMember, placeOfGroup } = this;
    const open: number[] = [];
    let furthest = 0;
    const visitGroup = (group: number): void => {
      let link = group;
      do {
        for (let at = evidence.first[link]; at < evidence.first[link + 1]; at += 1) {
          const member = evidence.members[at];
          if (placeOfMember[member] !== NOT_THERE) furthest = Math.max(furthest, placeOfMember[member]);
          else if (left.reached[member] === NOT_THERE) {
            left.reach(member, member, link);
            open.push(member);
          }
        }
        link = this.ring[link];
      } while (link !== group);
    };
    const visitMember = (member: number): void => {
      for (let at = this.first[member]; at < this.first[member + 1]; at += 1) {
        const group = this.group[this.links[at]];
        if (placeOfGroup[group] !== NOT_THERE) furthest = Math.max(furthest, placeOfGroup[group]);
        else if (left.usedLink[group] === 0) {
          left.use(group);
          visitGroup(group);
        }
      }
    };
    if (start.member === null) visitGroup(start.group);
    else visitMember(start.member);
    for (let member = open.pop(); member !== undefined; member = open.pop()) visitMember(member);
    return furthest;
  }
}
