/** One door for files of tags: what format a text is, and its tags. */
import { SpoorError } from '../ledger/index.ts';
import { readActorPack } from './actorpack.ts';
import type { TagFileOptions } from './collect.ts';
import { readCsv } from './csv.ts';
import { readEntities, readEtherscanLabels, readMisp, readRansomwhere } from './json.ts';
import { readOfacAdvanced, readOfacCsv, readOfacList, readOfacXml } from './ofac.ts';
import { type ParsedTags, type Refusal, refusalOf } from './parsed.ts';
import { isMap, type Json, type TagText } from './tag-text.ts';
import { parseTagPack } from './tagpack.ts';
import { isTracerCase, readTracerCase } from './tracer-case.ts';
import { YAML_LIMITS } from './yaml.ts';

type Reader = (file: TagText, options: TagFileOptions) => ParsedTags;

const plain =
  (reader: (text: string, options: TagFileOptions) => ParsedTags): Reader =>
  ({ text }, options) =>
    reader(text, options);

const json =
  (reader: (value: Json, options: TagFileOptions) => ParsedTags): Reader =>
  (file, options) =>
    reader(file.json, options);

const xml =
  (reader: (chunks: readonly string[], options: TagFileOptions) => ParsedTags): Reader =>
  ({ text }, options) =>
    reader(chunksOf(text), options);

// Parts of a text as a stream would bring them: the parser of XML holds one at a time.
const CHUNK = 65_536;

function chunksOf(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, at) => text.slice(at * CHUNK, (at + 1) * CHUNK));
}

function readTagPack(text: string, options: TagFileOptions): ParsedTags {
  const refused: Refusal[] = [];
  const { title, creator, tags, notes } = parseTagPack(text, {
    ...options,
    limits: YAML_LIMITS,
    onBadTag: options.keepGoing ? (error) => void refused.push(refusalOf(error)) : 'refuse',
  });
  return { title, creator, tags, refused, notes, list: null };
}

const READERS = {
  tagpack: plain(readTagPack),
  actorpack: plain(readActorPack),
  'ofac-csv': plain(readOfacCsv),
  'ofac-xml': xml(readOfacXml),
  'ofac-advanced': xml(readOfacAdvanced),
  'ofac-list': plain(readOfacList),
  ransomwhere: json(readRansomwhere),
  'etherscan-labels': json(readEtherscanLabels),
  misp: json(readMisp),
  entities: json(readEntities),
  'tracer-case': json(readTracerCase),
  csv: plain(readCsv),
} as const satisfies Record<string, Reader>;

/** Name of a format of tags. */
export type TagFormat = keyof typeof READERS;

/** All formats, in the order they are told in. CSV stands for curated lists, WalletExplorer's and every other table. */
export const TAG_FORMATS = Object.keys(READERS) as readonly TagFormat[];

/** Formats that are somebody's own file: one wrong record refuses the whole, unless told otherwise. Bulk lists go on. */
export const STRICT_FORMATS: ReadonlySet<TagFormat> = new Set(['tagpack', 'actorpack']);

function formatOfJson(value: Json): TagFormat | null {
  if (Array.isArray(value)) return 'misp';
  if (!isMap(value)) return null;
  if (Array.isArray(value.result)) return 'ransomwhere';
  if (Array.isArray(value.entities)) return 'entities';
  if (isTracerCase(value)) return 'tracer-case';
  if (['Event', 'response', 'Attribute'].some((key) => Object.hasOwn(value, key))) return 'misp';
  return Object.keys(value).some((key) => key.startsWith('0x')) ? 'etherscan-labels' : null;
}

/** Tells the format of a text by its content, and a plain list of addresses by its name. Throws FORMAT_UNKNOWN. */
export function tagFormatOf(file: TagText): TagFormat {
  const { text, name } = file;
  const head = text
    .slice(0, 4000)
    .replace(/^\uFEFF/, '')
    .trimStart();
  let format: TagFormat | null = null;
  if (head.startsWith('<')) {
    // Which XML it is decides which reader refuses it: anything that is neither is no list.
    format = /<sdnList[\s>]/.test(head) ? 'ofac-xml' : /<Sanctions[\s>]/.test(head) ? 'ofac-advanced' : null;
    if (format === null && /<!DOCTYPE/i.test(head)) format = 'ofac-xml';
  } else if (/^[[{]/.test(head)) format = formatOfJson(file.json);
  else if (/sanctioned_addresses_[A-Z0-9]+\.txt/.test(name)) format = 'ofac-list';
  else if (/^\d+,"[^\n]*,-0-/.test(head)) format = 'ofac-csv';
  else if (/^(schema: *spoor\.actors|actors:)/m.test(head)) format = 'actorpack';
  else if (/\.ya?ml(\.gz)?$/.test(name) || /^(title|creator|label):/m.test(head)) format = 'tagpack';
  else if (/\.csv(\.gz)?$/.test(name) || head.split('\n', 1)[0].includes(',')) format = 'csv';
  if (format !== null) return format;
  const message = `this is no format of tags that is known; the formats are ${TAG_FORMATS.join(', ')}`;
  throw new SpoorError('FORMAT_UNKNOWN', message, { file: name }, 'say which with --format');
}

/** Reads a file of tags. Throws TAGPACK_INVALID, TOO_LARGE, FORMAT_UNKNOWN with file, record and field. */
export function readTagFile(format: TagFormat, file: TagText, options: TagFileOptions): ParsedTags {
  return READERS[format](file, options);
}
