/**
 * Claim:      a shortest chain of links between two members, or that there is none.
 * Source:     breadth-first search from both ends, the smaller frontier first; members and links as one bipartite
 *             graph.
 * Parameters: `layer`; `withoutTx`, a transaction whose links are left out (identities stay: they rest on scripts).
 * Cost:       linear in what is visited; a failing search ends when the smaller side is exhausted. 20 bytes a member
 *             and 12 a link.
 * Fails when: never; among several shortest chains it takes one by the order of links, always the same.
 */
import { type Evidence, heuristicCode, inLayer, type Layer } from './evidence.ts';

/** One step: the link that ties two members. */
export interface Step {
  readonly link: number;
  readonly from: number;
  readonly to: number;
}

const COMMON_INPUT = heuristicCode('common-input');
const CHANGE = heuristicCode('change');

/** Whether a link rests on what its transaction did, and not on scripts alone. */
export function restsOnTransaction(evidence: Evidence, link: number): boolean {
  const code = evidence.heuristic[link];
  return code === COMMON_INPUT || code === CHANGE;
}

/** One side of a search: who was reached, by which link and from whom. */
interface Side {
  readonly reached: Int32Array;
  readonly byLink: Int32Array;
  readonly usedLink: Int32Array;
  frontier: number[];
}

/** Links by member, for searches over one layer of the evidence. */
export class EvidenceGraph {
  readonly evidence: Evidence;
  private readonly memberCount: number;
  private readonly first: Uint32Array;
  private readonly links: Uint32Array;

  constructor(evidence: Evidence, memberCount: number, layer: Layer) {
    this.evidence = evidence;
    this.memberCount = memberCount;
    const first = new Uint32Array(memberCount + 1);
    const counts = evidence.first;
    for (let link = 0; link < evidence.linkCount; link += 1) {
      if (!inLayer(evidence, link, layer)) continue;
      for (let place = counts[link]; place < counts[link + 1]; place += 1) first[evidence.members[place] + 1] += 1;
    }
    for (let member = 0; member < memberCount; member += 1) first[member + 1] += first[member];
    const links = new Uint32Array(first[memberCount]);
    const next = first.slice();
    for (let link = 0; link < evidence.linkCount; link += 1) {
      if (!inLayer(evidence, link, layer)) continue;
      for (let place = counts[link]; place < counts[link + 1]; place += 1) {
        const member = evidence.members[place];
        links[next[member]] = link;
        next[member] += 1;
      }
    }
    this.first = first;
    this.links = links;
  }

  /** Links of a member, in order. */
  linksOf(member: number): Uint32Array {
    return this.links.subarray(this.first[member], this.first[member + 1]);
  }

  /** A shortest chain from one member to another, empty for the same one, or null. */
  path(a: number, b: number, withoutTx: number | null): Step[] | null {
    if (a === b) return [];
    const sides = [this.side(a), this.side(b)];
    while (sides[0].frontier.length > 0 && sides[1].frontier.length > 0) {
      const smaller = sides[0].frontier.length <= sides[1].frontier.length ? 0 : 1;
      const met = this.advance(sides[smaller], sides[1 - smaller], withoutTx);
      if (met !== null) return this.chain(sides[0], sides[1], met);
    }
    return null;
  }

  private side(start: number): Side {
    const reached = new Int32Array(this.memberCount).fill(-1);
    reached[start] = start;
    const byLink = new Int32Array(this.memberCount);
    return { reached, byLink, usedLink: new Int32Array(this.evidence.linkCount), frontier: [start] };
  }

  /** Takes one side a step further; returns a member that the other side has reached as well, or null. */
  private advance(own: Side, other: Side, withoutTx: number | null): number | null {
    const { evidence } = this;
    const next: number[] = [];
    for (const member of own.frontier) {
      for (const link of this.linksOf(member)) {
        if (own.usedLink[link] === 1) continue;
        own.usedLink[link] = 1;
        if (evidence.tx[link] === withoutTx && restsOnTransaction(evidence, link)) continue;
        for (let place = evidence.first[link]; place < evidence.first[link + 1]; place += 1) {
          const to = evidence.members[place];
          if (own.reached[to] >= 0) continue;
          own.reached[to] = member;
          own.byLink[to] = link;
          if (other.reached[to] >= 0) return to;
          next.push(to);
        }
      }
    }
    own.frontier = next;
    return null;
  }

  private chain(left: Side, right: Side, met: number): Step[] {
    const before: Step[] = [];
    for (let to = met; left.reached[to] !== to; to = left.reached[to])
      before.push({ link: left.byLink[to], from: left.reached[to], to });
    const after: Step[] = [];
    for (let from = met; right.reached[from] !== from; from = right.reached[from])
      after.push({ link: right.byLink[from], from, to: right.reached[from] });
    return [...before.reverse(), ...after];
  }
}
