/** Tag packs into the case and questions about them. */
import { checkAddress } from '../chain/bitcoin/index.ts';
import { type Address, locate } from '../ledger/index.ts';
import {
  allTags,
  deletePack,
  hasPack,
  inOneTransaction,
  type NamedTag,
  packs,
  putBody,
  putPack,
  type StoredPack,
  tagsOf,
} from '../store/index.ts';
import { isServiceCategory, type ParsedTagPack, parseTagPack, settleTags, type Tag } from '../tag/index.ts';
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
  network: CaseContext['network'],
): { pack: ParsedTagPack; sha256: string; bytes: Buffer; name: string } {
  const { name, bytes } = readUserFile(path, PACK_LIMIT_BYTES);
  const pack = locate(
    { file: name },
    () => parseTagPack(bytes.toString('utf8'), { name, checkAddress: (text) => checkAddress(text, network).address }),
    'TAGPACK_INVALID',
  );
  return { pack, sha256: sha256Hex(bytes), bytes, name };
}

/** Imports packs; a pack with the same bytes adds nothing. */
export function importPacks(context: CaseContext, paths: readonly string[]): PackOutcome[] {
  return paths.map((path) => {
    const { pack, sha256, bytes, name } = readPack(path, context.network);
    const base = { file: name, sha256, title: pack.title, tags: pack.tags.length, notes: pack.notes };
    return inOneTransaction(context.store, () => {
      if (hasPack(context.store, sha256)) return { ...base, already: true };
      putBody(context.store, sha256, bytes);
      const stored = pack.tags.map((tag) => ({
        pack: sha256,
        subject: subjectText(tag),
        content: JSON.stringify(tag),
      }));
      putPack(context.store, { sha256, name, title: pack.title, creator: pack.creator }, stored);
      return { ...base, already: false };
    });
  });
}

function subjectText(tag: Tag): string {
  return tag.subject.kind === 'address' ? tag.subject.address : tag.subject.txid;
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

/** Addresses that a tag names as a custodial service, each with the settled best tag. */
export function serviceAddresses(context: CaseContext): Map<string, CaseTag> {
  const bySubject = new Map<string, CaseTag[]>();
  for (const tag of listTags(context)) {
    if (tag.subject.kind !== 'address' || !isServiceCategory(tag.category, tag.concepts)) continue;
    bySubject.set(tag.subject.address, [...(bySubject.get(tag.subject.address) ?? []), tag]);
  }
  return new Map([...bySubject].map(([address, tags]) => [address, settleTags(tags).best]));
}

/** Addresses whose tags mention `text` as label, actor, category, abuse or concept, whatever its case. */
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
