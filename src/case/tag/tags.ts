/** Questions about the tags of a case. */
import type { Account, Address, AddressId } from '../../ledger/index.ts';
import {
  allTags,
  findPack,
  inOneTransaction,
  packs,
  retractTags,
  type StoredPack,
  tagsOfCategories,
  tagsOfSubject,
} from '../../store/index.ts';
import {
  isServiceCategory,
  SERVICE_CATEGORIES,
  type Standing,
  settleTags,
  standingOf,
  subjectText,
  type Tag,
  type TagDays,
  tagPackYaml,
} from '../../tag/index.ts';
import type { CaseContext } from '../context.ts';
import { type CaseTag, caseTag } from './row.ts';
import { settleSeries } from './series.ts';

export type { CaseTag } from './row.ts';

/** A question about one subject: on which days, and on which network only (null: whichever). */
export interface TagQuestion extends TagDays {
  /** `BTC`, `ETH`, ...; the same text may be an address on several chains. */
  readonly network?: string | null;
}

/** A tag as it stands on the day asked about. */
export interface StandingTag extends CaseTag {
  readonly standing: Standing;
}

/**
 * Tags of one subject (address, lower-case account, hash, or the text of another chain's address) that hold on the days asked about, best first by BEST_TAG_RULE;
 * conflicts stay side by side. Without days: all that are not taken back, whenever they hold.
 */
export function tagsOf(context: CaseContext, subject: string, question: TagQuestion = {}): readonly StandingTag[] {
  const network = question.network ?? null;
  const found: StandingTag[] = [];
  for (const row of tagsOfSubject(context.store, subject)) {
    const standing = standingOf(row, question);
    if (standing !== null && (network === null || row.network === network)) found.push({ ...caseTag(row), standing });
  }
  return found.length < 2 ? found : settleTags(found).all;
}

/** Tags of an address that are not taken back, best first as the tag room settles them; conflicts stay side by side. */
export function tagsOfAddress(context: CaseContext, address: Address | string): readonly CaseTag[] {
  return tagsOf(context, address);
}

/** Every tag of the case that is not taken back, in an order that no order of import changes. */
export function listTags(context: CaseContext, question: TagQuestion = {}): StandingTag[] {
  const network = question.network ?? null;
  return allTags(context.store).flatMap((row) => {
    const standing = network === null || row.network === network ? standingOf(row, question) : null;
    return standing === null ? [] : [{ ...caseTag(row), standing }];
  });
}

/** Every tag of the case that stands, subject by subject, each subject's best first by BEST_TAG_RULE. */
export function rankedTags(context: CaseContext, question: TagQuestion = {}): StandingTag[] {
  const bySubject = new Map<string, StandingTag[]>();
  for (const tag of listTags(context, question)) {
    const text = subjectText(tag.subject);
    const same = bySubject.get(text);
    if (same === undefined) bySubject.set(text, [tag]);
    else same.push(tag);
  }
  return [...bySubject.values()].flatMap((own) => (own.length < 2 ? own : settleTags(own).all));
}

/** Packs of the case that are not taken back. */
export function listPacks(context: CaseContext): StoredPack[] {
  return packs(context.store);
}

/** All tags of the case as one TagPack, ready to import elsewhere. */
export function exportTags(context: CaseContext): string {
  const described = listPacks(context)
    .map(({ name, title }) => `${title} (${name})`)
    .join('; ');
  return tagPackYaml({
    title: 'Tags of a spoor case',
    creator: 'spoor',
    description: described,
    isPublic: false,
    tags: listTags(context),
  });
}

/** What is taken back, and since when. */
export interface Retraction {
  /** Day since which the claims are taken back. */
  readonly day: string;
  readonly reason: string | null;
  /** Only what the pack says of this subject; null for the whole pack. */
  readonly subject: string | null;
}

/** Takes a pack, or what it says of one subject, back from a day on; nothing is deleted. Throws NOT_FOUND. */
export function retractPack(
  context: CaseContext,
  nameOrDigest: string,
  retraction: Retraction,
): StoredPack & { readonly tags: number } {
  return inOneTransaction(context.store, () => {
    const pack = findPack(context.store, nameOrDigest);
    const tags = retractTags(context.store, pack, retraction);
    settleSeries(context.store);
    const { sha256, name, title, creator } = pack;
    return { sha256, name, title, creator, tags };
  });
}

/** Addresses that a tag of the case names as a custodial service, each with the settled best tag. */
export function serviceAddresses(context: CaseContext): Map<string, CaseTag> {
  return servicesAmong(tagsOfCategories(context.store, Object.keys(SERVICE_CATEGORIES)).map(caseTag));
}

/** Numbers of those addresses that the case has seen, for engines. */
export function serviceAddressIds(context: CaseContext): Set<AddressId> {
  const found = [...serviceAddresses(context).values()].map(({ subject }) =>
    subject.kind === 'address' ? context.view.findAddress(subject.address) : null,
  );
  return new Set(found.filter((row) => row !== null));
}

/** Addresses that one of these tags names as a custodial service, each with the settled best tag. */
export function servicesAmong<T extends Tag>(tags: readonly T[]): Map<string, T> {
  return servicesOf(tags, 'address');
}

/** Accounts of Ethereum that a tag of the case names as a custodial service, each with the settled best tag. */
export function serviceAccounts(context: CaseContext): Map<string, CaseTag> {
  return servicesOf(tagsOfCategories(context.store, Object.keys(SERVICE_CATEGORIES)).map(caseTag), 'account');
}

function servicesOf<T extends Tag>(tags: readonly T[], kind: 'address' | 'account'): Map<string, T> {
  const bySubject = new Map<string, T[]>();
  for (const tag of tags) {
    if (tag.subject.kind !== kind || !isServiceCategory(tag.category, tag.concepts)) continue;
    const text = subjectText(tag.subject);
    const same = bySubject.get(text);
    if (same === undefined) bySubject.set(text, [tag]);
    else same.push(tag);
  }
  return new Map([...bySubject].map(([text, own]) => [text, settleTags(own).best]));
}

/** Addresses that have `text` as label, actor, category, abuse or concept, whatever its case. */
export function taggedAddresses(context: CaseContext, text: string): Address[] {
  const found = taggedSubjects(context, text).flatMap((subject) =>
    subject.kind === 'address' ? [subject.address] : [],
  );
  return [...new Set(found)].sort();
}

/** Accounts of Ethereum of which a tag says `text`, as for addresses. */
export function taggedAccounts(context: CaseContext, text: string): Account[] {
  const found = taggedSubjects(context, text).flatMap((subject) =>
    subject.kind === 'account' ? [subject.account] : [],
  );
  return [...new Set(found)].sort();
}

function taggedSubjects(context: CaseContext, text: string): Array<Tag['subject']> {
  const wanted = text.toLowerCase();
  return listTags(context)
    .filter((tag) =>
      [tag.label, tag.actor, tag.category, tag.abuse, ...tag.concepts].some((word) => word?.toLowerCase() === wanted),
    )
    .map(({ subject }) => subject);
}
