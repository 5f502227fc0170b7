/**
 * Claim:      parts a graph into communities so that more edges stay inside than chance would leave there, and says how many (modularity).
 * Source:     Blondel, Guillaume, Lambiotte, Lefebvre, "Fast unfolding of communities in large networks", 2008; modularity of Newman, Girvan 2004.
 * Parameters: undirected edges of weight 1; resolution 1.
 * Cost:       O(edges) for each pass over the nodes; few passes in practice.
 * Fails when: read as the one right partition: the method is greedy. Here nodes move in the order of their numbers and equals go to the
 *             lowest community, so the same graph always gives the same answer; another order of nodes may give another.
 */

/** A graph of communities: weights to others, and inside (counted twice, as a sum over both ends). */
interface Level {
  readonly neighbours: ReadonlyArray<ReadonlyMap<number, number>>;
  readonly inside: readonly number[];
  readonly degree: readonly number[];
}

/** A partition: the community of each node, numbered from 0 in the order of their first nodes, and its modularity (null without edges). */
export interface Partition {
  readonly community: readonly number[];
  readonly communities: number;
  readonly modularity: number | null;
}

/** Louvain partition of an undirected simple graph given by the neighbours of each node. */
export function louvain(neighbours: ReadonlyArray<readonly number[]>): Partition {
  let level: Level = {
    neighbours: neighbours.map((list) => new Map(list.map((node) => [node, 1]))),
    inside: neighbours.map(() => 0),
    degree: neighbours.map((list) => list.length),
  };
  let community = neighbours.map((_, node) => node);
  for (;;) {
    const moved = renumbered(moveNodes(level));
    if (new Set(moved).size === level.degree.length) break;
    community = community.map((own) => moved[own]);
    level = merged(level, moved);
  }
  const named = renumbered(community);
  return { community: named, communities: new Set(named).size, modularity: modularityOf(neighbours, named) };
}

/** Modularity of any partition of an undirected simple graph; null without edges. */
export function modularityOf(
  neighbours: ReadonlyArray<readonly number[]>,
  community: readonly number[],
): number | null {
  const ends = neighbours.reduce((sum, list) => sum + list.length, 0);
  if (ends === 0) return null;
  const inside = new Map<number, number>();
  const degree = new Map<number, number>();
  neighbours.forEach((list, node) => {
    const own = community[node];
    degree.set(own, (degree.get(own) ?? 0) + list.length);
    const kept = list.filter((other) => community[other] === own).length;
    inside.set(own, (inside.get(own) ?? 0) + kept);
  });
  return [...degree].reduce((sum, [own, total]) => sum + (inside.get(own) ?? 0) / ends - (total / ends) ** 2, 0);
}

/** Moves each node to the neighbouring community that gains most, until none gains. */
function moveNodes(level: Level): number[] {
  const ends = level.degree.reduce((sum, degree) => sum + degree, 0);
  const community = level.degree.map((_, node) => node);
  const total = [...level.degree];
  for (let moves = 1; moves > 0; ) {
    moves = 0;
    for (let node = 0; node < community.length; node += 1) {
      const own = community[node];
      const degree = level.degree[node];
      const links = new Map<number, number>([[own, 0]]);
      for (const [other, weight] of level.neighbours[node])
        links.set(community[other], (links.get(community[other]) ?? 0) + weight);
      total[own] -= degree;
      // Gain of joining c, times the number of edge ends: whole numbers, so that equals are equal whatever the order of sums.
      const gain = (to: number): number => (links.get(to) ?? 0) * ends - degree * total[to];
      const best = [...links.keys()]
        .sort((a, b) => a - b)
        .reduce((chosen, to) => (gain(to) > gain(chosen) ? to : chosen), own);
      total[best] += degree;
      if (best !== own) moves += 1;
      community[node] = best;
    }
  }
  return community;
}

/** Communities as nodes. */
function merged(level: Level, community: readonly number[]): Level {
  const count = new Set(community).size;
  const neighbours = Array.from({ length: count }, () => new Map<number, number>());
  const inside = new Array<number>(count).fill(0);
  const degree = new Array<number>(count).fill(0);
  community.forEach((own, node) => {
    degree[own] += level.degree[node];
    inside[own] += level.inside[node];
    for (const [other, weight] of level.neighbours[node]) {
      const theirs = community[other];
      if (theirs === own) inside[own] += weight;
      else neighbours[own].set(theirs, (neighbours[own].get(theirs) ?? 0) + weight);
    }
  });
  return { neighbours, inside, degree };
}

function renumbered(community: readonly number[]): number[] {
  const number = new Map<number, number>();
  return community.map((own) => {
    const known = number.get(own) ?? number.size;
    number.set(own, known);
    return known;
  });
}
