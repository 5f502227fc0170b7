/** Files of tags into the case. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { checkAddress } from '../../chain/bitcoin/index.ts';
import { checksummed } from '../../chain/ethereum/index.ts';
import { account, locate, SpoorError } from '../../ledger/index.ts';
import {
  type DossierRow,
  getBody,
  hasPack,
  inOneTransaction,
  packRows,
  putBody,
  putDossiers,
  putPack,
  type StoredTag,
  tagsOfPack,
} from '../../store/index.ts';
import {
  type ParsedTags,
  type Refusal,
  readTagFile,
  STRICT_FORMATS,
  type TagFormat,
  TagText,
  type TimedTag,
  tagFormatOf,
} from '../../tag/index.ts';
import { type CaseContext, sha256Hex } from '../context.ts';
import { readUserFile } from '../user-file.ts';
import { tagRow } from './row.ts';
import { settleSeries } from './series.ts';

/** The largest list published, sdn_advanced.xml, had 80 MB in 2023. Packed files are held to it unpacked, so that a small file cannot become a large one. */
const FILE_LIMIT_BYTES = 256 * 1024 * 1024;

/** How to read files of tags. */
export interface TagReading {
  readonly format: TagFormat | 'auto';
  /** `bitcoin` leaves tags of other chains out. */
  readonly chains: 'bitcoin' | 'all';
  /** Refused records do not stop the rest; null: they do in somebody's own file (a TagPack), and do not in a bulk list. */
  readonly keepGoing: boolean | null;
  /** Day since which the claims are public; for a list that replaces the one before, its day. Per file name; `*` for the others. */
  readonly knownSince: ReadonlyMap<string, string>;
  /** Columns of a CSV file. */
  readonly map: string | null;
}

/** All chains, format told by content. */
export const DEFAULT_READING: TagReading = {
  format: 'auto',
  chains: 'all',
  keepGoing: null,
  knownSince: new Map(),
  map: null,
};

/** What is kept of a reading with a pack: with its body it gives the same tags again. */
interface KeptReading {
  readonly chains: 'bitcoin' | 'all';
  readonly keepGoing: boolean;
  readonly knownSince: string | null;
  readonly map: string | null;
}

/** What one pack brought. */
export interface PackOutcome {
  readonly file: string;
  readonly sha256: string;
  readonly format: TagFormat;
  readonly title: string;
  readonly tags: number;
  readonly refused: readonly Refusal[];
  readonly notes: readonly string[];
  readonly already: boolean;
}

/** A file of tags, read and not kept. */
export interface ReadPack {
  readonly pack: ParsedTags;
  readonly format: TagFormat;
  readonly kept: KeptReading;
  readonly sha256: string;
  readonly bytes: Buffer;
  readonly name: string;
}

/** Text of a file, unpacked where it is packed. Throws TOO_LARGE, MALFORMED. */
function textOf(name: string, bytes: Buffer): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: FILE_LIMIT_BYTES }).toString('utf8');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const tooLarge = error instanceof RangeError;
    throw new SpoorError(tooLarge ? 'TOO_LARGE' : 'MALFORMED', `the file cannot be unpacked: ${message}`, {
      file: name,
    });
  }
}

/** The day stated for a file: by its name, by a beginning of it with `*`, else for all. */
function dayFor(name: string, days: ReadonlyMap<string, string>): string | null {
  const fits = [...days].filter(([key]) => (key.endsWith('*') ? name.startsWith(key.slice(0, -1)) : key === name));
  return fits.sort(([left], [right]) => right.length - left.length).at(0)?.[1] ?? null;
}

/** Reads and checks a file of tags without keeping it. Throws TAGPACK_INVALID naming file, record and field. */
export function readPack(
  path: string,
  network?: CaseContext['network'],
  reading: TagReading = { ...DEFAULT_READING, chains: 'bitcoin' },
): ReadPack {
  const { name, bytes } = readUserFile(path, FILE_LIMIT_BYTES);
  const file = new TagText(textOf(name, bytes), name);
  const format = reading.format === 'auto' ? tagFormatOf(file) : reading.format;
  const kept: KeptReading = {
    chains: reading.chains,
    keepGoing: reading.keepGoing ?? !STRICT_FORMATS.has(format),
    knownSince: dayFor(name, reading.knownSince),
    map: reading.map,
  };
  return { pack: parsePack(file, format, kept, network), format, kept, sha256: sha256Hex(bytes), bytes, name };
}

function parsePack(file: TagText, format: TagFormat, kept: KeptReading, network?: CaseContext['network']): ParsedTags {
  return locate(
    { file: file.name },
    () =>
      readTagFile(format, file, {
        ...kept,
        name: file.name,
        checkAddress: (address) => checkAddress(address, network).address,
        checkAccount: (text) => checksummed(account(text)) === text,
      }),
    'TAGPACK_INVALID',
  );
}

/** Files of tags at paths: a folder stands for the files in it and below, in the order of their names, pages of text (.md) left out. */
export function tagFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (!isFolder) return [path];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
    return names.map((name) => join(path, name)).filter((file) => !file.endsWith('.md') && statSync(file).isFile());
  });
}

/** Imports files of tags, all or none; a pack with the same bytes adds nothing. `onFile` hears of each file as it is done. */
export function importPacks(
  context: CaseContext,
  paths: readonly string[],
  reading: TagReading = DEFAULT_READING,
  onFile: (outcome: PackOutcome) => void = () => undefined,
): PackOutcome[] {
  return inOneTransaction(context.store, () => {
    const outcomes = tagFiles(paths).map((path) => {
      const outcome = importPack(context, path, reading);
      onFile(outcome);
      return outcome;
    });
    settleSeries(context.store);
    return outcomes;
  });
}

function importPack(context: CaseContext, path: string, reading: TagReading): PackOutcome {
  const { store, network } = context;
  const { pack, format, kept, sha256, bytes, name } = readPack(path, network, reading);
  const { title, creator, tags, refused, notes, list } = pack;
  const outcome = { file: name, sha256, format, title, tags: tags.length, refused, notes };
  if (hasPack(store, { sha256, covers: list?.covers ?? null })) return { ...outcome, already: true };
  putBody(store, sha256, bytes);
  const number = putPack(
    store,
    {
      ...{ sha256, name, title, creator, format, options: JSON.stringify(kept) },
      ...{ series: list?.series ?? null, covers: list?.covers ?? null, listed: list?.listed ?? null },
    },
    rowsOf(tags),
  );
  putDossiers(store, number, dossiersOf(pack));
  return { ...outcome, already: false };
}

function* rowsOf(tags: readonly TimedTag[]): Iterable<StoredTag> {
  for (const tag of tags) yield tagRow(tag);
}

function dossiersOf({ actors = [], campaigns = [] }: ParsedTags): DossierRow[] {
  const row = (kind: DossierRow['kind'], one: { id: string; label: string }): DossierRow => ({
    ...{ kind, id: one.id, label: one.label, content: JSON.stringify(one) },
  });
  return [...actors.map((actor) => row('actor', actor)), ...campaigns.map((campaign) => row('campaign', campaign))];
}

/** What a pack of before the readings were kept was read with. */
const OLD_READING: KeptReading = { chains: 'bitcoin', keepGoing: false, knownSince: null, map: null };

/** What differs between the tags of the case and those its recorded packs hold. */
export function tagProblems(context: CaseContext): string[] {
  return packRows(context.store).flatMap(({ id, sha256, name, format, options, series }) => {
    const bytes = getBody(context.store, sha256);
    const kept: KeptReading = { ...OLD_READING, ...(JSON.parse(options) as Partial<KeptReading>) };
    const read =
      bytes === null
        ? null
        : parsePack(new TagText(textOf(name, bytes), name), format as TagFormat, kept, context.network);
    const rows = read?.tags.map(tagRow) ?? [];
    const held = tagsOfPack(context.store, id);
    const count = Math.max(rows.length, held.length);
    return Array.from({ length: count }, (_, place) => place).flatMap((place) =>
      sameRow(rows.at(place), held.at(place), series !== null)
        ? []
        : [`pack ${name}, tag ${place}: the case has another tag than the recorded pack`],
    );
  });
}

type Row = ReturnType<typeof tagRow>;

/** Compares what the file states; the ends that lists of a series give one another are computed. */
function sameRow(row: Row | undefined, held: Row | undefined, inSeries: boolean): boolean {
  if (row === undefined || held === undefined) return false;
  const computed = inSeries ? ['validFrom', 'validTo'] : [];
  return (Object.keys(row) as (keyof Row)[]).every((key) => computed.includes(key) || row[key] === held[key]);
}
