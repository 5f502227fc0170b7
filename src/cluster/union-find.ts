/**
 * Claim:      the connected components of pairs that were joined; every component is named by its smallest number.
 * Source:     union by smaller number with path halving (Tarjan and van Leeuwen 1984, one of the variants without
 *             ranks); the smaller number as root makes the name independent of the order of joins.
 * Parameters: none.
 * Cost:       4 bytes a member; almost constant a join on the graphs met here (O(log n) amortised at worst).
 * Fails when: never; it forgets by which pair two members were joined, which is why evidence is kept apart.
 */

/** Members 0 to count - 1, each alone at first. */
export class UnionFind {
  private readonly parent: Uint32Array;

  constructor(count: number) {
    this.parent = new Uint32Array(count);
    for (let member = 0; member < count; member += 1) this.parent[member] = member;
  }

  /** Smallest member of the component. */
  find(member: number): number {
    const { parent } = this;
    let own = member;
    for (let above = parent[own]; above !== own; above = parent[own]) {
      parent[own] = parent[above];
      own = parent[own];
    }
    return own;
  }

  /** Joins two components; false when they were one already. */
  join(a: number, b: number): boolean {
    const rootA = this.find(a);
    const rootB = this.find(b);
    if (rootA === rootB) return false;
    if (rootA < rootB) this.parent[rootB] = rootA;
    else this.parent[rootA] = rootB;
    return true;
  }

  /** Smallest member of the component of each member; the structure must not be used after it. */
  roots(): Uint32Array {
    const { parent } = this;
    // The root is the smallest, so its own entry is right when a later member is reached.
    for (let member = 0; member < parent.length; member += 1) parent[member] = parent[parent[member]];
    return parent;
  }
}
