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
  private readonly members: readonly number[];
  private readonly numbers: ReadonlyMap<number, number>;
  private readonly votes: ReadonlyArray<string | null>;

  constructor(store: CaseStore, run: string, member: StoredMember, layer: Layer) {
    const stored = [...clusterLinks(store, run, member.extended ?? member.core)];
    this.members = [...new Set([member.member, ...stored.flatMap((link) => [...link.members])])];
    const numbers = new Map(this.members.map((of, number) => [of, number]));
    this.numbers = numbers;
    this.votes = stored.map(({ votes }) => votes);
    const links = stored.map((link): Link => {
      const { heuristic, tx, members } = linkOf(run, link);
      return { heuristic, tx, members: members.map((of) => numbers.get(of) as number) };
    });
    this.graph = new EvidenceGraph(evidenceOf(links), this.members.length, layer);
  }

  /** Number of a member of the run in the graph. Throws when the links of the cluster do not name it. */
  numberOf(member: number): number {
    const number = this.numbers.get(member);
    if (number === undefined) throw new Error(`member ${member} is in a cluster whose links do not name it`);
    return number;
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
