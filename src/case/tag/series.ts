/**
 * Claim:      when a name on a list that is published again and again began and ended, as far as the lists held say.
 * Source:     lists replace each other: who is on one and not on the next was taken off in between (OFAC's list states no day of delisting).
 * Parameters: the lists, each with its day and the asset code it is whole for.
 * Cost:       linear in the names on all lists of the series.
 * Fails when: a list is not whole, or its day is wrong.
 */
import { type CaseStore, type ListedTag, listedTags, packRows, putTagEnds, seriesLists } from '../../store/index.ts';

/** The lists of one day: those of one asset code, and those of all. */
interface Stand {
  readonly day: string;
  readonly tags: Map<string, ListedTag[]>;
}

type Ends = Pick<ListedTag, 'maybeFrom' | 'validFrom' | 'maybeTo' | 'validTo' | 'validToKnown'>;

/** Computes the ends of all listed tags anew: the order of import shows nowhere. To be called inside a transaction. */
export function settleSeries(store: CaseStore): void {
  const names = new Set(packRows(store).flatMap(({ series }) => (series === null ? [] : [series])));
  for (const series of names) settleOne(store, series);
}

function settleOne(store: CaseStore, series: string): void {
  const lists = seriesLists(store, series).map((list) => ({ ...list, tags: listedTags(store, list.pack) }));
  const codes = new Set(lists.flatMap(({ tags }) => tags.map(({ currency }) => currency)));
  for (const { covers } of lists) if (covers !== '*') codes.add(covers);
  for (const code of codes) {
    const stands: Stand[] = [];
    for (const { covers, listed, tags } of lists) {
      if (covers !== '*' && covers !== code) continue;
      if (stands.at(-1)?.day !== listed) stands.push({ day: listed, tags: new Map() });
      const own = (stands.at(-1) as Stand).tags;
      for (const tag of tags) {
        if (tag.currency === code) own.set(tag.subject, [...(own.get(tag.subject) ?? []), tag]);
      }
    }
    putTagEnds(store, changedEnds(stands));
  }
}

/** Tags whose ends are other than those stored. */
function changedEnds(stands: readonly Stand[]): ListedTag[] {
  const changed: ListedTag[] = [];
  for (const subject of new Set(stands.flatMap(({ tags }) => [...tags.keys()]))) {
    for (let at = 0; at < stands.length; at += 1) {
      if (!stands[at].tags.has(subject)) continue;
      let last = at;
      while (stands[last + 1]?.tags.has(subject)) last += 1;
      const ends = endsOf(stands, at, last);
      for (const stand of stands.slice(at, last + 1)) {
        for (const tag of stand.tags.get(subject) ?? []) if (differs(tag, ends)) changed.push({ ...tag, ...ends });
      }
      at = last;
    }
  }
  return changed;
}

/** Ends of a name that is on the lists `first` to `last` without a break. */
function endsOf(stands: readonly Stand[], first: number, last: number): Ends {
  const gone = stands.at(last + 1) === undefined ? null : stands[last + 1].day;
  return {
    maybeFrom: first === 0 ? '' : stands[first - 1].day,
    validFrom: stands[first].day,
    maybeTo: gone === null ? null : stands[last].day,
    validTo: gone,
    validToKnown: gone,
  };
}

function differs(tag: ListedTag, ends: Ends): boolean {
  return (Object.keys(ends) as (keyof Ends)[]).some((key) => tag[key] !== ends[key]);
}
