/** What every reader of tags yields. */
import type { SpoorError } from '../ledger/index.ts';
import type { Actor, Campaign } from './actor.ts';
import type { TimedTag } from './tag.ts';

/** A record that was not read, and why. */
export interface Refusal {
  /** `line 12`, `tags[3]`. */
  readonly record: string;
  readonly field: string | null;
  readonly message: string;
}

/** Which list of which series a file is, when it is one that replaces the one before. */
export interface ListOf {
  readonly series: string;
  /** Asset code it is whole for; `*` for all. */
  readonly covers: string;
  /** Day of the list as the file states it. */
  readonly listed: string | null;
}

/** One file of tags, read. */
export interface ParsedTags {
  readonly title: string;
  readonly creator: string;
  readonly tags: readonly TimedTag[];
  /** Records that were refused, in their order; the rest was read. */
  readonly refused: readonly Refusal[];
  /** What was assumed, left out or unknown; sentences for people, in a fixed order. */
  readonly notes: readonly string[];
  readonly list: ListOf | null;
  /** Of packs that describe actors and campaigns. */
  readonly actors?: readonly Actor[];
  readonly campaigns?: readonly Campaign[];
}

/** An error about one record as a refusal. */
export function refusalOf(error: SpoorError): Refusal {
  return { record: error.place.record ?? 'the file', field: error.place.field ?? null, message: error.message };
}
