/**
 * Slow and obvious clustering: breadth-first search over "spent in one transaction". The oracle of the cluster room.
 */

/** Smallest member reachable from each member, where each group ties all its members together. */
export function components(memberCount: number, groups: readonly (readonly number[])[]): number[] {
  const groupsOf = Array.from({ length: memberCount }, (): number[] => []);
  groups.forEach((group, index) => {
    for (const member of group) groupsOf[member].push(index);
  });
  const root = new Array<number>(memberCount).fill(-1);
  for (let start = 0; start < memberCount; start += 1) {
    if (root[start] >= 0) continue;
    root[start] = start;
    const open = [start];
    for (let at = 0; at < open.length; at += 1) {
      for (const group of groupsOf[open[at]]) {
        for (const next of groups[group]) {
          if (root[next] >= 0) continue;
          root[next] = start;
          open.push(next);
        }
      }
    }
  }
  return root;
}
