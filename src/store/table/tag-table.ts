/** Tags as claims kept side by side, in columns: the pack's body is kept as well, so that every row can be read again from it. */
import { SpoorError } from '../../ledger/index.ts';
import { blob, hex } from '../bytes.ts';
import type { CaseStore } from '../open.ts';
import { plucked, prepared } from '../statement.ts';

/** A pack of tags as stored. */
export interface StoredPack {
  readonly sha256: string;
  readonly name: string;
  readonly title: string;
  readonly creator: string;
}

/** How a pack was read, which list of a series it is, and whether it was taken back. */
export interface PackRow extends StoredPack {
  readonly id: number;
  /** Name of the format of the file. */
  readonly format: string;
  /** What the reader was told, as JSON: with the body it gives the same tags again. */
  readonly options: string;
  /** Lists of one series replace each other: what is on one and not on the next ended in between. */
  readonly series: string | null;
  /** Asset code the list is whole for; `*` for all. */
  readonly covers: string | null;
  /** Day of the list. */
  readonly listed: string | null;
  /** Day since which the pack is taken back; its tags stay, for questions about days before. */
  readonly retracted: string | null;
  readonly retractReason: string | null;
}

/** A tag as stored: columns of schema-tag.ts. `concepts` is a JSON list, null when there are none. */
export interface StoredTag {
  readonly subject: string;
  readonly kind: string;
  readonly network: string;
  readonly currency: string;
  readonly label: string;
  readonly source: string;
  readonly confidence: string;
  readonly confidenceDefaulted: number;
  readonly category: string | null;
  readonly abuse: string | null;
  readonly actor: string | null;
  readonly concepts: string | null;
  readonly tagType: string;
  readonly definer: number;
  readonly context: string | null;
  readonly lastmod: string | null;
  /** Place in its file, from 0. */
  readonly item: number;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly knownSince: string | null;
}

/** A stored tag with the name of its pack and what is known of its ends. */
export interface NamedTag extends StoredTag {
  readonly id: number;
  readonly packName: string;
  readonly maybeFrom: string | null;
  readonly maybeTo: string | null;
  readonly validToKnown: string | null;
  readonly retracted: string | null;
}

const PLACES_OF_A_PACK = 2 ** 32;
const COLUMNS = {
  subject: 'subject',
  kind: 'kind',
  network: 'network',
  currency: 'currency',
  label: 'label',
  source: 'source',
  confidence: 'confidence',
  confidence_defaulted: 'confidenceDefaulted',
  category: 'category',
  abuse: 'abuse',
  actor: 'actor',
  concepts: 'concepts',
  tag_type: 'tagType',
  definer: 'definer',
  context: 'context',
  lastmod: 'lastmod',
  item: 'item',
  valid_from: 'validFrom',
  valid_to: 'validTo',
  known_since: 'knownSince',
} as const satisfies Record<string, keyof StoredTag>;
const FIELDS = Object.values(COLUMNS);
// A row a statement: with 22 columns and an index, rows of one statement wait in a subprogram of SQLite, which costs more than the statements.
const INSERT_TAG = `INSERT INTO tag (id, pack, ${Object.keys(COLUMNS).join(', ')}) VALUES (?, ?, ${FIELDS.map(() => '?').join(', ')})`;
const SELECTED = [
  ...Object.entries(COLUMNS).map(([column, field]) => `t.${column} AS ${field}`),
  't.id, t.maybe_from AS maybeFrom, t.maybe_to AS maybeTo, t.valid_to_known AS validToKnown, t.retracted, p.name AS packName',
].join(', ');
const FROM = 'FROM tag t JOIN tag_pack p ON p.id = t.pack';

type RawPack = Omit<PackRow, 'sha256'> & { readonly sha256: Buffer };

/** Every pack, those taken back included, by name, digest and order of import. */
export function packRows(store: CaseStore): PackRow[] {
  const sql = `SELECT id, sha256, name, title, creator, format, options, series, covers, listed, retracted, retract_reason AS retractReason
    FROM tag_pack ORDER BY name, sha256, id`;
  const rows = prepared<[], RawPack>(store.db, sql).all();
  return rows.map((row) => ({ ...row, sha256: hex(row.sha256) }));
}

/** Packs that hold, by name, then digest. */
export function packs(store: CaseStore): StoredPack[] {
  return packRows(store)
    .filter(({ retracted }) => retracted === null)
    .map(({ sha256, name, title, creator }) => ({ sha256, name, title, creator }));
}

/** Whether a pack with these bytes is in the case and holds; one list of a series may have the bytes of another, so what it covers counts as well. */
export function hasPack(store: CaseStore, { sha256, covers }: Pick<PackRow, 'sha256' | 'covers'>): boolean {
  const sql = 'SELECT 1 FROM tag_pack WHERE sha256 = ? AND covers IS ? AND retracted IS NULL';
  return prepared(store.db, sql).get(blob(sha256), covers) !== undefined;
}

/** Keeps a pack and its tags; its body must be kept already. Returns the number of the pack. */
export function putPack(
  store: CaseStore,
  pack: Omit<PackRow, 'id' | 'retracted' | 'retractReason'>,
  tags: Iterable<StoredTag>,
): number {
  const { sha256, name, title, creator, format, options, series, covers, listed } = pack;
  const sql = `INSERT INTO tag_pack (sha256, name, title, creator, format, options, series, covers, listed)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  const { lastInsertRowid } = prepared(store.db, sql).run(
    ...[blob(sha256), name, title, creator, format, options, series, covers, listed],
  );
  const number = Number(lastInsertRowid);
  const insert = prepared(store.db, INSERT_TAG);
  const row: unknown[] = [0, number];
  let place = 0;
  for (const tag of tags) {
    row[0] = number * PLACES_OF_A_PACK + place;
    for (let at = 0; at < FIELDS.length; at += 1) row[at + 2] = tag[FIELDS[at]];
    insert.run(row);
    place += 1;
  }
  return number;
}

/** Every tag, those of packs taken back included, by subject, then pack name and place: no order of import shows. */
export function allTags(store: CaseStore): NamedTag[] {
  return prepared<[], NamedTag>(
    store.db,
    `SELECT ${SELECTED} ${FROM} ORDER BY t.subject, p.name, p.sha256, t.id`,
  ).all();
}

/** Tags of one pack, in its order. */
export function tagsOfPack(store: CaseStore, number: number): NamedTag[] {
  const sql = `SELECT ${SELECTED} ${FROM} WHERE t.id >= ? AND t.id < ? ORDER BY t.id`;
  return prepared<[number, number], NamedTag>(store.db, sql).all(
    number * PLACES_OF_A_PACK,
    (number + 1) * PLACES_OF_A_PACK,
  );
}

/** Tags of one subject, in no order that means anything. */
export function tagsOfSubject(store: CaseStore, subject: string): NamedTag[] {
  return prepared<[string], NamedTag>(store.db, `SELECT ${SELECTED} ${FROM} WHERE t.subject = ?`).all(subject);
}

/** Tags that hold and have one of these categories, or any concepts: what can name a service. */
export function tagsOfCategories(store: CaseStore, categories: readonly string[]): NamedTag[] {
  const sql = `SELECT ${SELECTED} ${FROM} WHERE t.retracted IS NULL
    AND (t.concepts IS NOT NULL OR t.category IN (SELECT value FROM json_each(?))) ORDER BY t.subject, p.name, p.sha256, t.id`;
  return prepared<[string], NamedTag>(store.db, sql).all(JSON.stringify(categories));
}

/** Number of tags that hold. */
export function tagCount(store: CaseStore): number {
  return plucked<[], number>(store.db, 'SELECT count(*) FROM tag WHERE retracted IS NULL').get() ?? 0;
}

/** A digest may be cut short, but not so far that a pack is met by chance. */
const DIGEST_PREFIX = /^[0-9a-f]{8,64}$/;

/** The one pack that holds and has this name or digest. Throws NOT_FOUND. */
export function findPack(store: CaseStore, nameOrDigest: string): PackRow {
  const found = packRows(store).filter(
    ({ name, sha256, retracted }) =>
      retracted === null &&
      (name === nameOrDigest || (DIGEST_PREFIX.test(nameOrDigest) && sha256.startsWith(nameOrDigest))),
  );
  if (found.length === 1) return found[0];
  const what = found.length === 0 ? 'no pack' : `${found.length} packs`;
  throw new SpoorError(
    'NOT_FOUND',
    `${what} in the case is called "${nameOrDigest}"`,
    {},
    'spoor tag list shows the packs',
  );
}

/**
 * Takes a pack back, or what it says of one subject: from `day` on it is claimed no more. Nothing is deleted. Returns how many tags that are.
 * Throws NOT_FOUND when the pack holds no tag of that subject.
 */
export function retractTags(
  store: CaseStore,
  pack: PackRow,
  { day, reason, subject }: { day: string; reason: string | null; subject: string | null },
): number {
  const number = pack.id;
  const [first, next] = [number * PLACES_OF_A_PACK, (number + 1) * PLACES_OF_A_PACK];
  const held = 'id >= ? AND id < ? AND retracted IS NULL';
  const { changes } =
    subject === null
      ? prepared(store.db, `UPDATE tag SET retracted = ? WHERE ${held}`).run(day, first, next)
      : prepared(store.db, `UPDATE tag SET retracted = ? WHERE ${held} AND subject = ?`).run(day, first, next, subject);
  if (subject === null) {
    prepared(store.db, 'UPDATE tag_pack SET retracted = ?, retract_reason = ? WHERE id = ?').run(day, reason, number);
  } else if (changes === 0) {
    throw new SpoorError('NOT_FOUND', `${pack.name} holds no tag of ${subject.slice(0, 80)}`);
  }
  return changes;
}

/** A tag of a list, for the comparison of the lists of a series. */
export interface ListedTag {
  readonly id: number;
  readonly subject: string;
  readonly currency: string;
  readonly pack: number;
  readonly maybeFrom: string | null;
  readonly validFrom: string | null;
  readonly maybeTo: string | null;
  readonly validTo: string | null;
  readonly validToKnown: string | null;
}

/** The dated lists of a series that hold. */
export function seriesLists(store: CaseStore, series: string): { pack: number; covers: string; listed: string }[] {
  const sql = `SELECT id AS pack, covers, listed FROM tag_pack
    WHERE series = ? AND covers IS NOT NULL AND listed IS NOT NULL AND retracted IS NULL ORDER BY listed, sha256`;
  return prepared<[string], { pack: number; covers: string; listed: string }>(store.db, sql).all(series);
}

/** Tags of one list of a series. */
export function listedTags(store: CaseStore, pack: number): ListedTag[] {
  const sql = `SELECT id, subject, currency, pack, maybe_from AS maybeFrom, valid_from AS validFrom, maybe_to AS maybeTo, valid_to AS validTo,
    valid_to_known AS validToKnown FROM tag WHERE id >= ? AND id < ? ORDER BY id`;
  return prepared<[number, number], ListedTag>(store.db, sql).all(
    pack * PLACES_OF_A_PACK,
    (pack + 1) * PLACES_OF_A_PACK,
  );
}

/** Writes what the lists of a series say of when a tag began and ended. */
export function putTagEnds(store: CaseStore, tags: Iterable<ListedTag>): void {
  const update = prepared(
    store.db,
    'UPDATE tag SET maybe_from = ?, valid_from = ?, maybe_to = ?, valid_to = ?, valid_to_known = ? WHERE id = ?',
  );
  for (const { id, maybeFrom, validFrom, maybeTo, validTo, validToKnown } of tags)
    update.run(maybeFrom, validFrom, maybeTo, validTo, validToKnown, id);
}
