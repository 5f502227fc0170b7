/** Files of tags into the case. */
import { checkAddress } from '../chain/bitcoin/index.ts';
import { locate, type SpoorError } from '../ledger/index.ts';
import { getBody, hasPack, inOneTransaction, packRows, putBody, putPack, tagsOfPack } from '../store/index.ts';
import { type ParsedTags, parseTagPack, type Refusal, refusalOf } from '../tag/index.ts';
import { type CaseContext, sha256Hex } from './context.ts';
import { tagRow } from './tag-row.ts';
import { settleSeries } from './tag-series.ts';
import { readUserFile } from './user-file.ts';

const PACK_LIMIT_BYTES = 16 * 1024 * 1024;

/** How to read files of tags. Everything here is kept with the pack: with its body it gives the same tags again. */
export interface TagReading {
  readonly format: 'tagpack';
  /** `bitcoin` leaves tags of other chains out. */
  readonly chains: 'bitcoin' | 'all';
  /** Refused records do not stop the rest. */
  readonly keepGoing: boolean;
  /** Day since which the claims are public, for those whose file does not state it. */
  readonly knownSince: string | null;
}

/** As TagPacks were read before others were: whole or not at all. */
export const DEFAULT_READING: TagReading = { format: 'tagpack', chains: 'all', keepGoing: false, knownSince: null };

/** What one pack brought. */
export interface PackOutcome {
  readonly file: string;
  readonly sha256: string;
  readonly title: string;
  readonly tags: number;
  readonly refused: readonly Refusal[];
  readonly notes: readonly string[];
  readonly already: boolean;
}

/** A file of tags, read and not kept. */
export interface ReadPack {
  readonly pack: ParsedTags;
  readonly sha256: string;
  readonly bytes: Buffer;
  readonly name: string;
}

/** Reads and checks a file of tags without keeping it. Throws TAGPACK_INVALID naming file, record and field. */
export function readPack(
  path: string,
  network?: CaseContext['network'],
  reading: TagReading = { ...DEFAULT_READING, chains: 'bitcoin' },
): ReadPack {
  const { name, bytes } = readUserFile(path, PACK_LIMIT_BYTES);
  return { pack: parsePack(name, bytes, reading, network), sha256: sha256Hex(bytes), bytes, name };
}

function parsePack(name: string, bytes: Buffer, reading: TagReading, network?: CaseContext['network']): ParsedTags {
  return locate(
    { file: name },
    () => {
      const refused: Refusal[] = [];
      const { title, creator, tags, notes } = parseTagPack(bytes.toString('utf8'), {
        name,
        checkAddress: (text) => checkAddress(text, network).address,
        chains: reading.chains,
        onBadTag: reading.keepGoing ? (error: SpoorError) => void refused.push(refusalOf(error)) : 'refuse',
      });
      const timed = tags.map((tag) => ({
        ...tag,
        validFrom: null,
        validTo: null,
        knownSince: reading.knownSince ?? tag.lastmod,
      }));
      return { title, creator, tags: timed, refused, notes, list: null };
    },
    'TAGPACK_INVALID',
  );
}

/** Imports files of tags, all or none; a pack with the same bytes adds nothing. */
export function importPacks(
  context: CaseContext,
  paths: readonly string[],
  reading: TagReading = DEFAULT_READING,
): PackOutcome[] {
  return inOneTransaction(context.store, () => {
    const outcomes = paths.map((path) => importPack(context, path, reading));
    settleSeries(context.store);
    return outcomes;
  });
}

function importPack(context: CaseContext, path: string, reading: TagReading): PackOutcome {
  const { store, network } = context;
  const { pack, sha256, bytes, name } = readPack(path, network, reading);
  const { title, creator, tags, refused, notes, list } = pack;
  const outcome = { file: name, sha256, title, tags: tags.length, refused, notes };
  if (hasPack(store, sha256)) return { ...outcome, already: true };
  const { format, ...options } = reading;
  putBody(store, sha256, bytes);
  putPack(
    store,
    {
      ...{ sha256, name, title, creator, format, options: JSON.stringify(options) },
      ...{ series: list?.series ?? null, covers: list?.covers ?? null, listed: list?.listed ?? null },
    },
    tags.map(tagRow),
  );
  return { ...outcome, already: false };
}

/** What differs between the tags of the case and those its recorded packs hold. */
export function tagProblems(context: CaseContext): string[] {
  const met = new Map<string, number>();
  return packRows(context.store).flatMap(({ sha256, name, format, options }) => {
    const nth = met.get(sha256) ?? 0;
    met.set(sha256, nth + 1);
    const bytes = getBody(context.store, sha256);
    const reading = { ...DEFAULT_READING, ...(JSON.parse(options) as Partial<TagReading>), format } as TagReading;
    const rows = bytes === null ? [] : parsePack(name, bytes, reading, context.network).tags.map(tagRow);
    const kept = tagsOfPack(context.store, sha256, nth);
    const count = Math.max(rows.length, kept.length);
    return Array.from({ length: count }, (_, place) => place).flatMap((place) =>
      sameRow(rows.at(place), kept.at(place), reading)
        ? []
        : [`pack ${name}, tag ${place}: the case has another tag than the recorded pack`],
    );
  });
}

type Row = ReturnType<typeof tagRow>;

/** Compares what the file states; the ends that lists give one another are computed. */
function sameRow(row: Row | undefined, kept: Row | undefined, reading: TagReading): boolean {
  if (row === undefined || kept === undefined) return false;
  const computed = reading.format === 'tagpack' ? [] : ['validFrom', 'validTo'];
  return (Object.keys(row) as (keyof Row)[]).every((key) => computed.includes(key) || row[key] === kept[key]);
}
