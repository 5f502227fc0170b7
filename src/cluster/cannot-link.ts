/**
 * Claim:      clusters in which no two members are together that somebody decided to keep apart.
 * Source:     constrained union: a merge that would break a recorded constraint is refused and noted (the constraint
 *             rule of Moeser and Narayanan, FC 2022, with constraints given by a person).
 * Parameters: pairs of members; links in their order: identities, common inputs, change, each in chain order.
 * Cost:       that of union-find, and a look at the pairs of the smaller cluster for each merge.
 * Fails when: the pair is wrong: then the evidence of a true merge is refused. What was joined first stays, so the
 *             refused link is the one that closed the chain, not always the false one; explain shows the others.
 */
import { type Evidence, evidenceOf, type Link, type LinkHeuristic, linkAt } from './evidence.ts';
import { UnionFind } from './union-find.ts';

/** A merge that was not made: `members` would have been joined, and with them `pair`. */
export interface Refusal {
  readonly heuristic: LinkHeuristic;
  readonly tx: number;
  readonly members: readonly [number, number];
  readonly pair: readonly [number, number];
}

/** Clusters under construction that know whom their members must not meet. */
class ApartUnions {
  private readonly unions: UnionFind;
  /** By root: each pair as (own member, the other one). */
  private readonly pairs = new Map<number, Array<readonly [number, number]>>();

  constructor(memberCount: number, pairs: ReadonlyArray<readonly [number, number]>) {
    this.unions = new UnionFind(memberCount);
    for (const [a, b] of pairs) {
      this.pairs.set(a, [...(this.pairs.get(a) ?? []), [a, b]]);
      this.pairs.set(b, [...(this.pairs.get(b) ?? []), [b, a]]);
    }
  }

  /** Joins two members, or returns the pair that forbids it. */
  join(a: number, b: number): readonly [number, number] | null {
    const [rootA, rootB] = [this.unions.find(a), this.unions.find(b)];
    if (rootA === rootB) return null;
    const [ofA, ofB] = [this.pairs.get(rootA) ?? [], this.pairs.get(rootB) ?? []];
    const [fewer, against] = ofA.length <= ofB.length ? [ofA, rootB] : [ofB, rootA];
    const broken = fewer.find(([, other]) => this.unions.find(other) === against);
    if (broken !== undefined) return broken;
    this.unions.join(a, b);
    if (ofA.length + ofB.length > 0) this.pairs.set(this.unions.find(a), [...ofA, ...ofB]);
    return null;
  }
}

/** The evidence without the merges that would join a pair, and those merges. A link keeps the members that may stay. */
export function keepApart(
  evidence: Evidence,
  memberCount: number,
  pairs: ReadonlyArray<readonly [number, number]>,
): { readonly evidence: Evidence; readonly refused: readonly Refusal[] } {
  const unions = new ApartUnions(memberCount, pairs);
  const links: Link[] = [];
  const refused: Refusal[] = [];
  for (let at = 0; at < evidence.linkCount; at += 1) {
    const link = linkAt(evidence, at);
    const head = link.members[0];
    const kept = link.members.filter((member) => {
      const pair = unions.join(head, member);
      if (pair !== null) refused.push({ heuristic: link.heuristic, tx: link.tx, members: [head, member], pair });
      return pair === null;
    });
    if (kept.length > 1) links.push({ ...link, members: kept });
  }
  return { evidence: evidenceOf(links), refused };
}
