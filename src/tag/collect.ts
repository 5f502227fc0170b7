/** Building the tags of one file, whatever its format: each record is checked, refused with its place, or kept; what was assumed is counted. */
import { SpoorError } from '../ledger/index.ts';
import { networkOfCode, usualCode } from './asset-code.ts';
import { CONFIDENCE_LEVELS, type ConfidenceId } from './confidence.ts';
import { type ListOf, type ParsedTags, type Refusal, refusalOf } from './parsed.ts';
import { Repeats } from './repeat.ts';
import { addressSubject, type Codecs } from './subject-of.ts';
import type { Tag, TimedTag } from './tag.ts';
import { count, Tally } from './tally.ts';
import { DEFAULT_TAG_TYPE } from './taxonomy.ts';
import { cleanText, fieldError } from './text.ts';

/** How to read a file of tags. */
export interface TagFileOptions extends Codecs {
  /** File name, for messages, and where a format takes a meaning from it. */
  readonly name: string;
  /** Refuse a wrong record and go on; else the first one stops the file. */
  readonly keepGoing: boolean;
  /** `bitcoin` leaves tags of other chains out and counts them. */
  readonly chains: 'bitcoin' | 'all';
  /** Day since which the claims are public, in the word of who imports them; goes before the day the file states. */
  readonly knownSince: string | null;
  /** Columns of a CSV file by field (csv.ts); null where the format or the header says them. */
  readonly map: string | null;
}

/** What one record says. Missing optional fields are null. */
export interface Claim {
  /** Asset code, `XBT`. */
  readonly code: string;
  readonly address: string;
  readonly label: string;
  readonly source: string;
  readonly confidence: ConfidenceId;
  readonly confidenceDefaulted?: boolean;
  readonly network?: string | null;
  readonly category?: string | null;
  readonly abuse?: string | null;
  readonly actor?: string | null;
  readonly concepts?: readonly string[];
  readonly context?: string | null;
  readonly lastmod?: string | null;
  readonly validFrom?: string | null;
  readonly validTo?: string | null;
  readonly knownSince?: string | null;
}

function must(field: string, value: string): string {
  const text = cleanText(field, value);
  if (text === null) throw fieldError(field, `the record has no ${field}`);
  return text;
}

function may(field: string, value: string | null | undefined): string | null {
  return value === null || value === undefined ? null : cleanText(field, value, field === 'context');
}

/** What makes two records of a list the same claim. */
function recordWords({ network, currency, label, source, category, abuse, context }: Tag): string {
  return [network, currency, label, source, category, abuse, context].join('\u0000');
}

/** Collects tags; `finish` tells what came of them. */
export class TagCollector {
  private readonly options: TagFileOptions;
  private readonly tags: TimedTag[] = [];
  private readonly refused: Refusal[] = [];
  private readonly tally = new Tally();
  private readonly repeats = new Repeats(recordWords);
  /** Names of all records given, by the `index` of their tags. */
  private readonly records: string[] = [];

  constructor(options: TagFileOptions) {
    this.options = options;
  }

  /** Keeps what `claim` makes of a record; an error of it, or of the record, is the refusal of that record. */
  add(record: string, claim: () => Claim | null): void {
    this.records.push(record);
    try {
      const said = claim();
      if (said !== null) this.keep(said);
    } catch (error) {
      if (!(error instanceof SpoorError)) throw error;
      const located = new SpoorError('TAGPACK_INVALID', error.message, {
        file: this.options.name,
        record,
        ...error.place,
      });
      if (!this.options.keepGoing) throw located;
      this.refused.push(refusalOf(located));
    }
  }

  private keep(said: Claim): void {
    const code = must('currency', said.code);
    const address = must('address', said.address);
    const told = networkOfCode(code, address);
    const network = usualCode(may('network', said.network) ?? told.network);
    if (this.options.chains === 'bitcoin' && network !== 'BTC') {
      count(this.tally.foreign, network);
      return;
    }
    const tag: TimedTag = {
      subject: addressSubject(network, address, this.options, this.tally.badCase),
      label: must('label', said.label),
      source: must('source', said.source),
      currency: usualCode(code),
      network,
      confidence: said.confidence,
      confidenceLevel: CONFIDENCE_LEVELS[said.confidence],
      confidenceDefaulted: said.confidenceDefaulted ?? false,
      category: may('category', said.category),
      abuse: may('abuse', said.abuse),
      actor: may('actor', said.actor),
      concepts: said.concepts ?? [],
      tagType: DEFAULT_TAG_TYPE,
      isClusterDefiner: false,
      context: may('context', said.context),
      lastmod: said.lastmod ?? null,
      index: this.records.length - 1,
      validFrom: said.validFrom ?? null,
      validTo: said.validTo ?? null,
      knownSince: this.options.knownSince ?? said.knownSince ?? said.lastmod ?? null,
    };
    if (tag.validFrom !== null && tag.validTo !== null && tag.validTo <= tag.validFrom)
      throw fieldError(
        'valid_to',
        `a claim from ${tag.validFrom} on cannot end on ${tag.validTo}: it would never hold`,
      );
    this.refuseRepeat(tag);
    if (told.unknownCode) count(this.tally.unknownCodes, code.toUpperCase());
    this.tally.see(tag);
    this.tags.push(tag);
  }

  private refuseRepeat(tag: TimedTag): void {
    const first = this.repeats.find(tag);
    if (first !== undefined) throw fieldError('address', `the record repeats ${this.records[first.index]}`);
  }

  /** The file as a whole. */
  finish(about: {
    readonly title: string;
    readonly creator: string;
    readonly list?: ListOf | null;
    readonly notes?: readonly string[];
  }): ParsedTags {
    const list = about.list ?? null;
    const listed = list === null ? null : { ...list, listed: this.options.knownSince ?? list.listed };
    return {
      title: must('title', about.title),
      creator: must('creator', about.creator),
      tags: listed?.listed ? this.tags.map((tag) => ({ ...tag, knownSince: listed.listed })) : this.tags,
      refused: this.refused,
      notes: [...this.tally.notes(this.records.length), ...(about.notes ?? []), ...undated(listed)],
      list: listed,
    };
  }
}

function undated(list: ListOf | null): string[] {
  if (list === null || list.listed !== null) return [];
  return ['the list states no day, so it is not compared with earlier and later ones; give --known-since DAY'];
}
