/** Links of a stored run as evidence: of all its clusters, or of one alone, so that a question about one costs what that one costs. */
import {
  type Evidence,
  EvidenceGraph,
  evidenceOf,
  type Layer,
  LINK_HEURISTICS,
  type Link,
} from '../../cluster/index.ts';
import { type CaseStore, clusterLinks, type StoredLink, type StoredMember } from '../../store/index.ts';

function linkOf(run: string, { heuristic, tx, members }: StoredLink): Link {
  const known = LINK_HEURISTICS.find((name) => name === heuristic);
  if (known === undefined) throw new Error(`run ${run} has a link by "${heuristic}"`);
  return { heuristic: known, tx, members: [...members] };
}

/** Links of a stored run; `tx` is the row of the transaction. */
export function evidenceOfRun(store: CaseStore, run: string): Evidence {
  return evidenceOf([...clusterLinks(store, run)].map((link) => linkOf(run, link)));
}

/** One cluster of a run, that of the coarsest layer, as a graph of one layer; searches go by the order of links, so they find what they find in the whole run. */
export class ClusterGraph {
  readonly graph: EvidenceGraph;
  private readonly members: number[] = [];
  /** By member of the run, up to the highest of the cluster: its number in the graph and one; 0 for members of other clusters. */
  private readonly numbers: Uint32Array;
  private readonly votes: ReadonlyArray<string | null>;

  constructor(store: CaseStore, run: string, member: StoredMember, layer: Layer) {
    const stored = [...clusterLinks(store, run, member.extended ?? member.core)];
    let highest = member.member;
    for (const { members } of stored) for (const of of members) highest = Math.max(highest, of);
    this.numbers = new Uint32Array(highest + 1);
    this.number(member.member);
    const links = stored.map((link): Link => {
      const { heuristic, tx, members } = linkOf(run, link);
      return { heuristic, tx, members: members.map((of) => this.number(of)) };
    });
    this.votes = stored.map(({ votes }) => votes);
    this.graph = new EvidenceGraph(evidenceOf(links), this.members.length, layer);
  }

  /** Number of a member, a new one at first sight. */
  private number(member: number): number {
    if (this.numbers[member] === 0) this.numbers[member] = this.members.push(member);
    return this.numbers[member] - 1;
  }

  /** Number of a member of the run in the graph. Throws when the links of the cluster do not name it. */
  numberOf(member: number): number {
    const number = this.numbers[member] ?? 0;
    if (number === 0) throw new Error(`member ${member} is in a cluster whose links do not name it`);
    return number - 1;
  }

  /** Member of the run by its number in the graph. */
  memberAt(number: number): number {
    return this.members[number];
  }

  /** What change heuristics said where a link was made, as kept; null where nothing was kept. */
  votesOn(link: number): string | null {
    return this.votes[link];
  }
}
