/**
 * Fewest transactions from a seed, kept per label: what one label's limits cut must not depend on which other labels are followed.
 * Flat pairs (label, hops), ascending labels; shared between the outputs of a transaction and never written to. Everything here walks lists
 * side by side, so that ten thousand labels on an output cost ten thousand steps.
 */
export type HopList = readonly number[];

/** Place of a label's pair in a list with ascending labels; the list holds it. */
function pairOf(list: HopList, label: number): number {
  let low = 0;
  let high = list.length / 2 - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[2 * middle] < label) low = middle + 1;
    else high = middle;
  }
  if (list[2 * low] !== label) throw new Error(`label ${label} has taint and no hops`);
  return 2 * low;
}

/** Hops of a label; the list holds it. */
export function hopsOf(list: HopList, label: number): number {
  return list[pairOf(list, label) + 1];
}

/** Fewest hops among these labels. */
export function fewestHops(list: HopList, labels: readonly number[]): number {
  let fewest = Number.POSITIVE_INFINITY;
  for (const label of labels) fewest = Math.min(fewest, hopsOf(list, label));
  return fewest;
}

/** Per label the lesser of two lists. */
export function lesserHops(a: HopList, b: HopList): HopList {
  if (a === b) return b;
  if (a.length === 2 && b.length === 2 && a[0] === b[0]) return a[1] <= b[1] ? a : b;
  const lesser: number[] = [];
  let left = 0;
  let right = 0;
  while (left < a.length || right < b.length) {
    if (right >= b.length || a[left] < b[right]) {
      lesser.push(a[left], a[left + 1]);
      left += 2;
    } else if (left >= a.length || b[right] < a[left]) {
      lesser.push(b[right], b[right + 1]);
      right += 2;
    } else {
      lesser.push(a[left], Math.min(a[left + 1], b[right + 1]));
      left += 2;
      right += 2;
    }
  }
  return lesser;
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
