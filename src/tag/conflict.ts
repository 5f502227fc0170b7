/** Tags that disagree are kept side by side; one of them leads, by a rule that does not depend on who was read first. */
import { subjectText, type Tag, tagIdentity } from './tag.ts';

/** All tags about one thing (an address, a transaction, or everything in one cluster). */
export interface SettledTags<T extends RankedTag> {
  /** The tag to show first. */
  readonly best: T;
  /** Every tag given, best first, in the order of {@link BEST_TAG_RULE}. */
  readonly all: readonly T[];
  /** Two of them name different actors, or different categories. A tag that names none contradicts nobody. */
  readonly conflict: boolean;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Everything in a tag, those fields included that a caller added (a pack name, an import date), keys sorted. */
function wholeText(tag: Tag): string {
  return JSON.stringify(Object.entries(tag).sort(([left], [right]) => compareText(left, right)));
}

/** How tags about one thing are put in order; the one in front is the best label. {@link compareTags} does what this says. */
export const BEST_TAG_RULE =
  'best first: higher confidence level; own before inherited from a cluster; entries of dated sanction lists, the later list first; then subject, source and label by code unit';

/** A tag, and whether it is another address's of the same cluster (not stated: its own). */
export type RankedTag = Tag & { readonly inherited?: boolean; readonly knownSince?: string | null };

/** Day of the sanction list an entry is on, '' for every other claim. */
function listDay({ abuse, knownSince }: RankedTag): string {
  return abuse === 'sanction' ? (knownSince ?? '') : '';
}

/**
 * Total order of tags: {@link BEST_TAG_RULE}; then all other claims; then whatever fields the caller added. Tags that still tie are equal in every field, so the
 * order of input shows nowhere.
 */
export function compareTags(left: RankedTag, right: RankedTag): number {
  return (
    right.confidenceLevel - left.confidenceLevel ||
    Number(left.inherited ?? false) - Number(right.inherited ?? false) ||
    compareText(listDay(right), listDay(left)) ||
    compareText(subjectText(left.subject), subjectText(right.subject)) ||
    compareText(left.source, right.source) ||
    compareText(left.label, right.label) ||
    compareText(tagIdentity(left), tagIdentity(right)) ||
    compareText(wholeText(left), wholeText(right))
  );
}

/** Whether at least two different names are stated; ids are compared without regard to case. */
function disagree(names: readonly (string | null)[]): boolean {
  return new Set(names.filter((name) => name !== null).map((name) => name.toLowerCase())).size > 1;
}

/** Orders tags about one thing and says whether they contradict each other. No tag is dropped. An empty list is a bug of the caller. */
export function settleTags<T extends RankedTag>(tags: readonly T[]): SettledTags<T> {
  if (tags.length === 0) throw new Error('settleTags needs at least one tag');
  const all = [...tags].sort(compareTags);
  const conflict = disagree(all.map((tag) => tag.actor)) || disagree(all.map((tag) => tag.category));
  return { best: all[0], all, conflict };
}
