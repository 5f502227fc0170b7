/**
 * Fewest transactions from a seed, kept per label: what one label's limits cut must not depend on which other labels are followed.
 * Flat pairs (label, hops), ascending labels; shared between the outputs of a transaction and never written to.
 */
export type HopList = readonly number[];

/** Hops of a label; the list holds it. */
export function hopsOf(list: HopList, label: number): number {
  for (let pair = 0; pair < list.length; pair += 2) if (list[pair] === label) return list[pair + 1];
  throw new Error(`label ${label} has taint and no hops`);
}

/** Fewest hops among these labels. */
export function fewestHops(list: HopList, labels: readonly number[]): number {
  return Math.min(...labels.map((label) => hopsOf(list, label)));
}

/** Per label the lesser of two lists. */
export function lesserHops(a: HopList | null, b: HopList): HopList {
  if (a === null || a === b) return b;
  if (a.length === 2 && b.length === 2 && a[0] === b[0]) return a[1] <= b[1] ? a : b;
  const lesser = new Map<number, number>();
  for (const list of [a, b]) {
    for (let pair = 0; pair < list.length; pair += 2) {
      lesser.set(list[pair], Math.min(list[pair + 1], lesser.get(list[pair]) ?? Number.MAX_SAFE_INTEGER));
    }
  }
  return [...lesser].sort((x, y) => x[0] - y[0]).flat();
}

/** One transaction further. */
export function nextHops(list: HopList): HopList {
  return list.map((value, index) => (index % 2 === 0 ? value : value + 1));
}

/** The list for the labels that are there. One label needs no look: a tainted output of its list has it. */
export function restrictHops(list: HopList, labels: readonly number[]): HopList {
  if (list.length === 2 || labels.length * 2 === list.length) return list;
  return labels.flatMap((label) => [label, hopsOf(list, label)]);
}
