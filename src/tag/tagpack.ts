/**
 * TagPack files of GraphSense: a header and a list of tags; a field in the header holds for every tag that does not state its own.
 * Source: schema of graphsense tagpack-tool, September 2025; older packs lack `network` and `confidence`, which is accepted and said.
 */
import { locate, SpoorError } from '../ledger/index.ts';
import { BITCOIN, networkOfCode, usualCode } from './asset-code.ts';
import { CONFIDENCE_LEVELS, type ConfidenceId, DEFAULT_CONFIDENCE, isConfidenceId } from './confidence.ts';
import { Repeats } from './repeat.ts';
import type { Codecs } from './subject-of.ts';
import { type TimedTag, tagIdentity } from './tag.ts';
import { day, type Fields, mandatoryText, optionalText, subject, textList, yesNo } from './tagpack-field.ts';
import { count, Tally } from './tally.ts';
import { DEFAULT_TAG_TYPE } from './taxonomy.ts';
import { fieldError } from './text.ts';
import type { YamlLimits, YamlText, YamlValue } from './yaml.ts';
import { readPackYaml } from './yaml-plain.ts';

/** How to read a pack. */
export interface TagPackOptions extends Codecs {
  /** File name or other name of the pack, for error messages. */
  readonly name: string;
  readonly limits?: YamlLimits;
  /** `bitcoin` (the default) leaves tags of other chains out and counts them; `all` keeps them. */
  readonly chains?: 'bitcoin' | 'all';
  /** Day since which the claims are public, in the word of who imports them; without it the day of each tag. */
  readonly knownSince?: string | null;
  /**
   * What to do with a tag that is wrong: `refuse` the whole pack (the default), `skip` the tag and say so in `notes`, or hand the error, with its place, to
   * a function and go on. Anything wrong with the header or the YAML refuses the pack in every case.
   */
  readonly onBadTag?: 'refuse' | 'skip' | ((error: SpoorError) => void);
}

/** One pack, checked. */
export interface ParsedTagPack {
  readonly title: string;
  readonly creator: string;
  readonly description: string | null;
  readonly isPublic: boolean;
  /** The tags kept, in the order of the pack. */
  readonly tags: readonly TimedTag[];
  /** What was assumed, left out or unknown; sentences for people, in a fixed order. */
  readonly notes: readonly string[];
}

/** Fields a tag may have, and a header for all its tags. */
export const TAG_FIELDS: readonly string[] = [
  ...['address', 'tx_hash', 'label', 'source', 'currency', 'network', 'confidence', 'category', 'abuse', 'actor'],
  ...['concepts', 'tag_type', 'is_cluster_definer', 'context', 'lastmod'],
];
const HEADER_FIELDS: readonly string[] = ['title', 'creator', 'description', 'owner', 'is_public', 'tags'];
// Notes stay readable whatever a pack holds.
const SKIPS_LISTED = 20;

function isFields(value: YamlValue | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

/** One tag, or null when it is about another chain and those are not asked for (counted in the tally). */
function readTag(fields: Fields, index: number, options: TagPackOptions, tally: Tally): TimedTag | null {
  const currency = mandatoryText(fields, 'currency', 'the tag').toUpperCase();
  if (options.chains !== 'all') {
    const network = optionalText(fields, 'network')?.toUpperCase() ?? currency;
    if (currency !== BITCOIN || network !== BITCOIN) {
      count(tally.foreign, currency === network ? currency : `${currency} on ${network}`);
      return null;
    }
  }
  const stated = optionalText(fields, 'network');
  const told = networkOfCode(currency, optionalText(fields, 'address') ?? '');
  const network = stated === null ? told.network : usualCode(stated);
  const confidence = confidenceOf(fields);
  const lastmod = day(fields, 'lastmod');
  const tag: TimedTag = {
    subject: subject(fields, network, options, tally.badCase),
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
    lastmod,
    index,
    validFrom: null,
    validTo: null,
    knownSince: options.knownSince ?? lastmod,
  };
  if (stated === null) count(tally.networkTaken, network);
  if (told.unknownCode) count(tally.unknownCodes, currency);
  tally.see(tag);
  return tag;
}

function ownerNote(header: Fields): string[] {
  const owner = optionalText(header, 'owner');
  return owner === null ? [] : [`owner "${owner.slice(0, 60)}" of the pack was not kept`];
}

function skipNotes(skipped: readonly string[]): string[] {
  const rest = skipped.length - SKIPS_LISTED;
  return [...skipped.slice(0, SKIPS_LISTED), ...(rest > 0 ? [`${rest} more tags were left out for errors`] : [])];
}

function placed(error: SpoorError, file: string, index: number, yaml: YamlText): SpoorError {
  const line = yaml.lineOf(['tags', index]);
  const message = line === null ? error.message : `${error.message}; the tag stands at line ${line}`;
  return new SpoorError(error.code, message, { file, record: `tags[${index}]`, ...error.place }, error.hint);
}

function readTags(list: readonly YamlValue[], header: Fields, options: TagPackOptions, yaml: YamlText) {
  const tally = new Tally();
  const skipped: string[] = [];
  const inherited = Object.fromEntries(Object.entries(header).filter(([name]) => TAG_FIELDS.includes(name)));
  const repeats = new Repeats(tagIdentity);
  const tags: TimedTag[] = [];
  for (const [index, own] of list.entries()) {
    try {
      if (!isFields(own)) throw new SpoorError('TAGPACK_INVALID', 'a tag must be a map of fields');
      checkFieldNames(own, TAG_FIELDS, 'a tag');
      const tag = readTag({ ...inherited, ...own }, index, options, tally);
      if (tag === null) continue;
      const first = repeats.find(tag);
      if (first !== undefined)
        throw new SpoorError('TAGPACK_INVALID', `the tag repeats tags[${first.index}] in every field`);
      tags.push(tag);
    } catch (error) {
      if (!(error instanceof SpoorError)) throw error;
      const located = placed(error, options.name, index, yaml);
      if (typeof options.onBadTag === 'function') {
        options.onBadTag(located);
        continue;
      }
      if (options.onBadTag !== 'skip') throw located;
      const { record, field } = located.place;
      skipped.push(`${record}${field === undefined ? '' : `, ${field}`} was left out: ${located.message}`);
    }
  }
  return { tags, notes: [...tally.notes(list.length), ...ownerNote(header), ...skipNotes(skipped)] };
}

/**
 * Reads one TagPack. Throws TOO_LARGE or TAGPACK_INVALID with file, record (`tags[3]`) and field; bad addresses and txids name the
 * character. Tags of other chains are left out and counted in `notes`, as is everything assumed.
 */
export function parseTagPack(text: string, options: TagPackOptions): ParsedTagPack {
  const file = options.name;
  const yaml = readPackYaml(text, file, options.limits);
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
    const { tags, notes } = readTags(list, header, options, yaml);
    const description = optionalText(header, 'description');
    return { title, creator, description, isPublic: yesNo(header, 'is_public'), tags, notes };
  });
}
