/** Tags as claims kept side by side: the pack's body is kept, each tag as the JSON the tag room made of it. */
import { SpoorError } from '../ledger/index.ts';
import { blob, hex } from './bytes.ts';
import type { CaseStore } from './open.ts';

/** A pack of tags as stored. */
export interface StoredPack {
  readonly sha256: string;
  readonly name: string;
  readonly title: string;
  readonly creator: string;
}

/** A tag as stored: subject text (address or txid) and content, the tag room's own value as JSON. */
export interface StoredTag {
  readonly pack: string;
  readonly subject: string;
  readonly content: string;
}

/** Whether a pack with these bytes is in the case. */
export function hasPack(store: CaseStore, sha256: string): boolean {
  return store.db.prepare('SELECT 1 FROM tag_pack WHERE sha256 = ?').get(blob(sha256)) !== undefined;
}

/** Keeps a pack and its tags; its body must be kept already. */
export function putPack(store: CaseStore, pack: StoredPack, tags: readonly StoredTag[]): void {
  store.db
    .prepare('INSERT INTO tag_pack (sha256, name, title, creator) VALUES (?, ?, ?, ?)')
    .run(blob(pack.sha256), pack.name, pack.title, pack.creator);
  const insert = store.db.prepare('INSERT INTO tag (pack, place, subject, content) VALUES (?, ?, ?, ?)');
  tags.forEach((tag, place) => {
    insert.run(blob(pack.sha256), place, tag.subject, tag.content);
  });
}

/** Packs by name, then digest. */
export function packs(store: CaseStore): StoredPack[] {
  const rows = store.db.prepare('SELECT * FROM tag_pack ORDER BY name, sha256').all() as Array<
    Omit<StoredPack, 'sha256'> & { sha256: Buffer }
  >;
  return rows.map((row) => ({ ...row, sha256: hex(row.sha256) }));
}

interface TagRow {
  pack: Buffer;
  name: string;
  place: number;
  subject: string;
  content: string;
}

const TAG_COLUMNS =
  'SELECT t.pack, p.name, t.place, t.subject, t.content FROM tag t JOIN tag_pack p ON p.sha256 = t.pack';

/** A stored tag with the name of its pack. */
export interface NamedTag extends StoredTag {
  readonly packName: string;
  /** Index in its pack. */
  readonly place: number;
}

function named(row: TagRow): NamedTag {
  return { pack: hex(row.pack), packName: row.name, place: row.place, subject: row.subject, content: row.content };
}

/** Every tag, by subject, then pack name and place: no order of import shows. */
export function allTags(store: CaseStore): NamedTag[] {
  return (store.db.prepare(`${TAG_COLUMNS} ORDER BY t.subject, p.name, t.pack, t.place`).all() as TagRow[]).map(named);
}

/** Tags of one subject. */
export function tagsOf(store: CaseStore, subject: string): NamedTag[] {
  return (
    store.db.prepare(`${TAG_COLUMNS} WHERE t.subject = ? ORDER BY p.name, t.pack, t.place`).all(subject) as TagRow[]
  ).map(named);
}

/** A digest may be cut short, but not so far that a pack is met by chance. */
const DIGEST_PREFIX = /^[0-9a-f]{8,64}$/;

/** Takes a pack and its tags out of the case; its body stays as a record. Throws NOT_FOUND. */
export function deletePack(store: CaseStore, nameOrDigest: string): StoredPack {
  const found = packs(store).filter(
    ({ name, sha256 }) =>
      name === nameOrDigest || (DIGEST_PREFIX.test(nameOrDigest) && sha256.startsWith(nameOrDigest)),
  );
  if (found.length !== 1) {
    const what = found.length === 0 ? 'no pack' : `${found.length} packs`;
    throw new SpoorError(
      'NOT_FOUND',
      `${what} in the case is called "${nameOrDigest}"`,
      {},
      'spoor tag list shows the packs',
    );
  }
  store.db.prepare('DELETE FROM tag WHERE pack = ?').run(blob(found[0].sha256));
  store.db.prepare('DELETE FROM tag_pack WHERE sha256 = ?').run(blob(found[0].sha256));
  return found[0];
}
