/**
 * TagPack files of GraphSense: a header and a list of tags; a field in the header holds for every tag that does not state its own.
 * Source: schema of graphsense tagpack-tool, September 2025; older packs lack `network` and `confidence`, which is accepted and said.
 */
import { type Address, locate, SpoorError } from '../ledger/index.ts';
import { CONFIDENCE_LEVELS, type ConfidenceId, DEFAULT_CONFIDENCE, isConfidenceId } from './confidence.ts';
import { type Tag, tagIdentity } from './tag.ts';
import {
  day,
  type Fields,
  fieldError,
  INVISIBLE,
  mandatoryText,
  optionalText,
  subject,
  textList,
  yesNo,
} from './tagpack-field.ts';
import { CONCEPTS, DEFAULT_TAG_TYPE, TAG_TYPES } from './taxonomy.ts';
import { readYaml, YAML_LIMITS, type YamlLimits, type YamlText, type YamlValue } from './yaml.ts';

/** Decodes an address and its checksum; throws ADDRESS_INVALID naming the position. Passed in: the codec belongs to another room. */
export type CheckAddress = (text: string) => Address;

/** How to read a pack. */
export interface TagPackOptions {
  /** File name or other name of the pack, for error messages. */
  readonly name: string;
  readonly checkAddress: CheckAddress;
  readonly limits?: YamlLimits;
  /**
   * What to do with a tag that is wrong: `refuse` the whole pack (the default), or `skip` the tag and say so in `notes`. Anything
   * wrong with the header or the YAML refuses the pack in both cases.
   */
  readonly onBadTag?: 'refuse' | 'skip';
}

/** One pack, checked. */
export interface ParsedTagPack {
  readonly title: string;
  readonly creator: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  /** The Bitcoin tags, in the order of the pack. */
  readonly tags: readonly Tag[];
  /** What was assumed, left out or unknown; sentences for people, in a fixed order. */
  readonly notes: readonly string[];
}

/** Fields a tag may have, and a header for all its tags. */
export const TAG_FIELDS: readonly string[] = [
  ...['address', 'tx_hash', 'label', 'source', 'currency', 'network', 'confidence', 'category', 'abuse', 'actor'],
  ...['concepts', 'tag_type', 'is_cluster_definer', 'context', 'lastmod'],
];
const HEADER_FIELDS: readonly string[] = ['title', 'creator', 'description', 'owner', 'is_public', 'tags'];
const BITCOIN = 'BTC';
// Notes stay readable whatever a pack holds; the largest public pack names 80 other chains.
const SKIPS_LISTED = 20;
const WORDS_LISTED = 100;

/** Counts what the notes tell at the end. */
interface Tally {
  readonly foreign: Map<string, number>;
  readonly unknownWords: Map<string, number>;
  readonly skipped: string[];
  networkDefaulted: number;
  confidenceDefaulted: number;
  invisible: number;
}

function isFields(value: YamlValue | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function checkFieldNames(fields: Fields, allowed: readonly string[], noun: string): void {
  const unknown = Object.keys(fields).find((name) => !allowed.includes(name));
  if (unknown === undefined) return;
  const shown = unknown.slice(0, 60);
  throw fieldError(shown, `${noun} has no field "${shown}"; the fields are ${allowed.join(', ')}`);
}

/** The lowest level goes to a tag without confidence; see DEFAULT_CONFIDENCE. */
function confidenceOf(fields: Fields): { id: ConfidenceId; defaulted: boolean } {
  const stated = optionalText(fields, 'confidence');
  if (stated === null) return { id: DEFAULT_CONFIDENCE, defaulted: true };
  if (isConfidenceId(stated)) return { id: stated, defaulted: false };
  const ids = Object.keys(CONFIDENCE_LEVELS).join(', ');
  throw fieldError('confidence', `"${stated.slice(0, 60)}" is no confidence id; the ids are ${ids}`);
}

function noteWords(tag: Tag, tally: Tally): void {
  const words: [string, string | null, ReadonlySet<string>][] = [
    ['category', tag.category, CONCEPTS],
    ['abuse', tag.abuse, CONCEPTS],
    ['tag_type', tag.tagType, TAG_TYPES],
    ...tag.concepts.map((concept): [string, string, ReadonlySet<string>] => ['concept', concept, CONCEPTS]),
  ];
  for (const [field, word, known] of words) {
    if (word !== null && !known.has(word)) count(tally.unknownWords, `${field} "${word.slice(0, 60)}"`);
  }
  if ([tag.label, tag.source, tag.actor ?? ''].some((text) => INVISIBLE.test(text))) tally.invisible += 1;
}

/** One tag, or null when it is about another chain (counted in the tally). */
function readTag(fields: Fields, index: number, context: { checkAddress: CheckAddress; tally: Tally }): Tag | null {
  const { tally } = context;
  const currency = mandatoryText(fields, 'currency', 'the tag').toUpperCase();
  const statedNetwork = optionalText(fields, 'network')?.toUpperCase() ?? null;
  const network = statedNetwork ?? currency;
  if (currency !== BITCOIN || network !== BITCOIN) {
    count(tally.foreign, currency === network ? currency : `${currency} on ${network}`);
    return null;
  }
  const confidence = confidenceOf(fields);
  const tag: Tag = {
    subject: subject(fields, context.checkAddress),
    label: mandatoryText(fields, 'label', 'the tag'),
    source: mandatoryText(fields, 'source', 'the tag'),
    currency,
    network,
    confidence: confidence.id,
    confidenceLevel: CONFIDENCE_LEVELS[confidence.id],
    confidenceDefaulted: confidence.defaulted,
    category: optionalText(fields, 'category'),
    abuse: optionalText(fields, 'abuse'),
    actor: optionalText(fields, 'actor'),
    concepts: textList(fields, 'concepts'),
    tagType: optionalText(fields, 'tag_type') ?? DEFAULT_TAG_TYPE,
    isClusterDefiner: yesNo(fields, 'is_cluster_definer'),
    context: optionalText(fields, 'context'),
    lastmod: day(fields, 'lastmod'),
    index,
  };
  if (statedNetwork === null) tally.networkDefaulted += 1;
  if (confidence.defaulted) tally.confidenceDefaulted += 1;
  noteWords(tag, tally);
  return tag;
}

function counted(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
  const listed = sorted.slice(0, WORDS_LISTED).map(([key, number]) => `${key} ${number}`);
  const rest = sorted.length - listed.length;
  return [...listed, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

function notesOf(tally: Tally, header: Fields, total: number): string[] {
  const notes: string[] = [];
  const sum = [...tally.foreign.values()].reduce((left, right) => left + right, 0);
  const owner = optionalText(header, 'owner');
  if (total === 0) notes.push('the pack holds no tags');
  if (sum > 0) notes.push(`not about Bitcoin, left out: ${sum} of ${total} tags (${counted(tally.foreign)})`);
  if (tally.networkDefaulted > 0)
    notes.push(`network not stated, taken as ${BITCOIN}: ${tally.networkDefaulted} of ${total} tags`);
  if (tally.confidenceDefaulted > 0) {
    const level = CONFIDENCE_LEVELS[DEFAULT_CONFIDENCE];
    const assumed = `confidence not stated, taken as ${DEFAULT_CONFIDENCE} (level ${level})`;
    notes.push(`${assumed}: ${tally.confidenceDefaulted} of ${total} tags`);
  }
  if (tally.unknownWords.size > 0) notes.push(`words outside the taxonomy were kept: ${counted(tally.unknownWords)}`);
  if (tally.invisible > 0) {
    const where = 'invisible or direction-changing characters in label, source or actor';
    notes.push(`${where}: ${tally.invisible} of ${total} tags`);
  }
  if (owner !== null) notes.push(`owner "${owner.slice(0, 60)}" of the pack was not kept`);
  notes.push(...tally.skipped.slice(0, SKIPS_LISTED));
  if (tally.skipped.length > SKIPS_LISTED) {
    notes.push(`${tally.skipped.length - SKIPS_LISTED} more tags were left out for errors`);
  }
  return notes;
}

function placed(error: SpoorError, file: string, index: number, yaml: YamlText): SpoorError {
  const line = yaml.lineOf(['tags', index]);
  const message = line === null ? error.message : `${error.message}; the tag stands at line ${line}`;
  return new SpoorError(error.code, message, { file, record: `tags[${index}]`, ...error.place }, error.hint);
}

function readTags(list: readonly YamlValue[], header: Fields, options: TagPackOptions, yaml: YamlText) {
  const tally: Tally = {
    foreign: new Map(),
    unknownWords: new Map(),
    skipped: [],
    networkDefaulted: 0,
    confidenceDefaulted: 0,
    invisible: 0,
  };
  const inherited = Object.fromEntries(Object.entries(header).filter(([name]) => TAG_FIELDS.includes(name)));
  const seen = new Map<string, number>();
  const tags: Tag[] = [];
  for (const [index, own] of list.entries()) {
    try {
      if (!isFields(own)) throw new SpoorError('TAGPACK_INVALID', 'a tag must be a map of fields');
      checkFieldNames(own, TAG_FIELDS, 'a tag');
      const tag = readTag({ ...inherited, ...own }, index, { checkAddress: options.checkAddress, tally });
      if (tag === null) continue;
      const identity = tagIdentity(tag);
      const first = seen.get(identity);
      if (first !== undefined) throw new SpoorError('TAGPACK_INVALID', `the tag repeats tags[${first}] in every field`);
      seen.set(identity, index);
      tags.push(tag);
    } catch (error) {
      if (!(error instanceof SpoorError)) throw error;
      const located = placed(error, options.name, index, yaml);
      if (options.onBadTag !== 'skip') throw located;
      const { record, field } = located.place;
      tally.skipped.push(`${record}${field === undefined ? '' : `, ${field}`} was left out: ${located.message}`);
    }
  }
  return { tags, tally };
}

/**
 * Reads one TagPack. Throws TOO_LARGE or TAGPACK_INVALID with file, record (`tags[3]`) and field; bad addresses and txids name the
 * character. Tags of other chains are left out and counted in `notes`, as is everything assumed.
 */
export function parseTagPack(text: string, options: TagPackOptions): ParsedTagPack {
  const file = options.name;
  const yaml = readYaml(text, file, options.limits ?? YAML_LIMITS);
  const header = yaml.value;
  if (!isFields(header)) {
    throw new SpoorError('TAGPACK_INVALID', 'a TagPack is a map with title, creator and tags', { file });
  }
  return locate({ file }, () => {
    checkFieldNames(header, [...HEADER_FIELDS, ...TAG_FIELDS], 'the header of a TagPack');
    const title = mandatoryText(header, 'title', 'the pack');
    const creator = mandatoryText(header, 'creator', 'the pack');
    const list = header.tags;
    if (!Array.isArray(list)) throw fieldError('tags', 'a TagPack needs a list named tags');
    const { tags, tally } = readTags(list, header, options, yaml);
    const notes = notesOf(tally, header, list.length);
    const description = optionalText(header, 'description');
    return { title, creator, description, isPublic: yesNo(header, 'is_public'), tags, notes };
  });
}
