/** Tag packs into the case and questions about them. */
import { checkAddress } from '../chain/bitcoin/index.ts';
import { type Address, type AddressId, locate } from '../ledger/index.ts';
import {
  allTags,
  deletePack,
  getBody,
  hasPack,
  inOneTransaction,
  type NamedTag,
  packs,
  putBody,
  putPack,
  type StoredPack,
  type StoredTag,
  tagsOf,
} from '../store/index.ts';
import {
  isServiceCategory,
  type ParsedTagPack,
  parseTagPack,
  settleTags,
  subjectText,
  type Tag,
  tagPackYaml,
} from '../tag/index.ts';
import { type CaseContext, sha256Hex } from './context.ts';
import { readUserFile } from './user-file.ts';

const PACK_LIMIT_BYTES = 16 * 1024 * 1024;

/** A tag with the pack it came in. */
export interface CaseTag extends Tag {
  readonly pack: string;
}

/** What one pack brought. */
export interface PackOutcome {
  readonly file: string;
  readonly sha256: string;
  readonly title: string;
  readonly tags: number;
  readonly notes: readonly string[];
  readonly already: boolean;
}

/** Reads and checks a pack without keeping it. Throws TAGPACK_INVALID naming file, record and field. */
export function readPack(
  path: string,
  network?: CaseContext['network'],
): { pack: ParsedTagPack; sha256: string; bytes: Buffer; name: string } {
  const { name, bytes } = readUserFile(path, PACK_LIMIT_BYTES);
  return { pack: parsePack(name, bytes, network), sha256: sha256Hex(bytes), bytes, name };
}

/** Parses the bytes of a pack. Throws TAGPACK_INVALID. */
function parsePack(name: string, bytes: Buffer, network?: CaseContext['network']): ParsedTagPack {
  return locate(
    { file: name },
    () => parseTagPack(bytes.toString('utf8'), { name, checkAddress: (text) => checkAddress(text, network).address }),
    'TAGPACK_INVALID',
  );
}

/** The rows a pack's tags are kept as. */
function packRows(sha256: string, pack: ParsedTagPack): StoredTag[] {
  return pack.tags.map((tag) => ({ pack: sha256, subject: subjectText(tag.subject), content: JSON.stringify(tag) }));
}

/** What differs between the tags of the case and those its recorded packs hold. */
export function tagProblems(context: CaseContext): string[] {
  const kept = new Map(
    allTags(context.store).map((tag) => [`${tag.pack} ${tag.place}`, `${tag.subject} ${tag.content}`]),
  );
  const problems = packs(context.store).flatMap(({ sha256, name }) => {
    const bytes = getBody(context.store, sha256);
    const rows = bytes === null ? [] : packRows(sha256, parsePack(name, bytes, context.network));
    return rows.flatMap(({ subject, content }, place) => {
      const key = `${sha256} ${place}`;
      const same = kept.get(key) === `${subject} ${content}`;
      kept.delete(key);
      return same ? [] : [`pack ${name}, tags[${place}]: the case has another tag than the recorded pack`];
    });
  });
  return [...problems, ...[...kept.keys()].map((key) => `tag ${key} is in no recorded pack`)];
}

/** All tags of the case as one TagPack, ready to import elsewhere. */
export function exportTags(context: CaseContext): string {
  const tags = listTags(context).map(({ pack: _pack, ...tag }): Tag => tag);
  const described = listPacks(context)
    .map(({ name, title }) => `${title} (${name})`)
    .join('; ');
  return tagPackYaml({
    title: 'Tags of a spoor case',
    creator: 'spoor',
    description: described,
    isPublic: false,
    tags,
  });
}

/** Imports packs; a pack with the same bytes adds nothing. */
export function importPacks(context: CaseContext, paths: readonly string[]): PackOutcome[] {
  return paths.map((path) => {
    const { pack, sha256, bytes, name } = readPack(path, context.network);
    const base = { file: name, sha256, title: pack.title, tags: pack.tags.length, notes: pack.notes };
    return inOneTransaction(context.store, () => {
      if (hasPack(context.store, sha256)) return { ...base, already: true };
      putBody(context.store, sha256, bytes);
      putPack(context.store, { sha256, name, title: pack.title, creator: pack.creator }, packRows(sha256, pack));
      return { ...base, already: false };
    });
  });
}

function caseTag(stored: NamedTag): CaseTag {
  return { ...(JSON.parse(stored.content) as Tag), pack: stored.packName };
}

/** Every tag of the case, in an order that no order of import changes. */
export function listTags(context: CaseContext): CaseTag[] {
  return allTags(context.store).map(caseTag);
}

/** Packs of the case. */
export function listPacks(context: CaseContext): StoredPack[] {
  return packs(context.store);
}

/** Takes a pack out again. Throws NOT_FOUND. */
export function retractPack(context: CaseContext, nameOrDigest: string): StoredPack {
  return inOneTransaction(context.store, () => deletePack(context.store, nameOrDigest));
}

/** Tags of an address, best first as the tag room settles them; conflicts stay side by side. */
export function tagsOfAddress(context: CaseContext, address: Address | string): CaseTag[] {
  const tags = tagsOf(context.store, address).map(caseTag);
  return tags.length === 0 ? [] : [...settleTags(tags).all];
}

/** Addresses that a tag of the case names as a custodial service, each with the settled best tag. */
export function serviceAddresses(context: CaseContext): Map<string, CaseTag> {
  return servicesAmong(listTags(context));
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
  const bySubject = new Map<string, T[]>();
  for (const tag of tags) {
    if (tag.subject.kind !== 'address' || !isServiceCategory(tag.category, tag.concepts)) continue;
    const same = bySubject.get(tag.subject.address);
    if (same === undefined) bySubject.set(tag.subject.address, [tag]);
    else same.push(tag);
  }
  return new Map([...bySubject].map(([address, own]) => [address, settleTags(own).best]));
}

/** Addresses that have `text` as label, actor, category, abuse or concept, whatever its case. */
export function taggedAddresses(context: CaseContext, text: string): Address[] {
  const wanted = text.toLowerCase();
  const found = new Set<Address>();
  for (const tag of listTags(context)) {
    const said = [tag.label, tag.actor, tag.category, tag.abuse, ...tag.concepts];
    if (tag.subject.kind === 'address' && said.some((word) => word?.toLowerCase() === wanted))
      found.add(tag.subject.address);
  }
  return [...found].sort();
}
