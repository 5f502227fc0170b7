/** Tags back to a TagPack file, so that what was imported can be handed on and reads back as the same tags. */
import { Document } from 'yaml';
import { subjectText, type Tag } from './tag.ts';
import type { ParsedTagPack } from './tagpack.ts';

type Scalar = string | boolean | Date | readonly string[];
type Row = Map<string, Scalar>;

// The subject is each tag's own; every other field moves to the header when all tags share it.
const SUBJECT_FIELDS: ReadonlySet<string> = new Set(['address', 'tx_hash']);

function rowOf(tag: Tag): Row {
  const row: Row = new Map();
  const put = (field: string, value: Scalar | null): void => {
    if (value !== null) row.set(field, value);
  };
  put(tag.subject.kind.endsWith('transaction') ? 'tx_hash' : 'address', subjectText(tag.subject));
  put('label', tag.label);
  put('source', tag.source);
  put('currency', tag.currency);
  put('network', tag.network);
  // A confidence that the pack never stated is not put into its author's mouth.
  put('confidence', tag.confidenceDefaulted ? null : tag.confidence);
  put('category', tag.category);
  put('abuse', tag.abuse);
  put('actor', tag.actor);
  put('concepts', tag.concepts.length === 0 ? null : tag.concepts);
  put('tag_type', tag.tagType);
  put('is_cluster_definer', tag.isClusterDefiner);
  put('context', tag.context);
  // A Date at midnight UTC is written as a plain YAML day, which other readers of the format expect here.
  put('lastmod', tag.lastmod === null ? null : new Date(`${tag.lastmod}T00:00:00Z`));
  return row;
}

/** Fields that every row has with the same value. A field missing from one row must not be inherited by it. */
function sharedFields(rows: readonly Row[]): Row {
  const first = rows.at(0);
  if (first === undefined) return new Map();
  const same = (field: string): boolean => {
    const text = JSON.stringify(first.get(field));
    return rows.every((row) => JSON.stringify(row.get(field)) === text);
  };
  return new Map([...first].filter(([field]) => !SUBJECT_FIELDS.has(field) && same(field)));
}

/**
 * TagPack text of a pack. Fields shared by all tags stand in the header; field order is fixed, tags keep their order. Reading it back
 * gives the same title, creator, description, isPublic and tags, with `index` counted anew. Text that another YAML reader could take
 * for a number, a date or a truth value is quoted (YAML 1.1 rules, the stricter of the two).
 */
export function tagPackYaml(pack: Omit<ParsedTagPack, 'notes' | 'tags'> & { readonly tags: readonly Tag[] }): string {
  const rows = pack.tags.map(rowOf);
  const shared = sharedFields(rows);
  const description = pack.description === null ? {} : { description: pack.description };
  const document = new Document(
    {
      title: pack.title,
      creator: pack.creator,
      ...description,
      is_public: pack.isPublic,
      ...Object.fromEntries(shared),
      tags: rows.map((row) => Object.fromEntries([...row].filter(([field]) => !shared.has(field)))),
    },
    { version: '1.1', aliasDuplicateObjects: false },
  );
  return document.toString({ lineWidth: 0, directives: false });
}
