/**
 * Claim:      merges that look like the start of a collapse: two large clusters become one, or the largest leaps.
 * Source:     methods of the field for the growth alarm: both above 10,000 addresses, or the largest raised by over 1
 *             %.
 * Parameters: `size`: what counts as large; the 1 % is asked of a largest cluster above that size.
 * Cost:       one more pass of union-find over the links.
 * Fails when: false merges are many and small: no single one is alarming.
 */
import { type Evidence, inLayer, type Layer } from './evidence.ts';
import { UnionFind } from './union-find.ts';

/** Addresses above which a cluster counts as large. */
export const ALARM_SIZE = 10_000;
const LEAP_DIVISOR = 100;

/** A merge to look at: sizes of the two clusters before it. */
export interface GrowthAlarm {
  readonly link: number;
  readonly sizes: readonly [number, number];
}

/** Alarming merges in the order of the links. */
export function growthAlarms(evidence: Evidence, memberCount: number, layer: Layer, size: number): GrowthAlarm[] {
  const unions = new UnionFind(memberCount);
  const sizes = new Uint32Array(memberCount).fill(1);
  const alarms: GrowthAlarm[] = [];
  let largest = 1;
  for (let link = 0; link < evidence.linkCount; link += 1) {
    if (!inLayer(evidence, link, layer)) continue;
    for (let at = evidence.first[link] + 1; at < evidence.first[link + 1]; at += 1) {
      const a = unions.find(evidence.members[evidence.first[link]]);
      const b = unions.find(evidence.members[at]);
      if (a === b) continue;
      const [sizeA, sizeB] = [sizes[a], sizes[b]];
      const leap = largest > size && (sizeA + sizeB - largest) * LEAP_DIVISOR > largest;
      if (Math.min(sizeA, sizeB) > size || leap) alarms.push({ link, sizes: [sizeA, sizeB] });
      unions.join(a, b);
      sizes[Math.min(a, b)] = sizeA + sizeB;
      largest = Math.max(largest, sizeA + sizeB);
    }
  }
  return alarms;
}
