/** Tables of labels: curated lists with comments, address lists of WalletExplorer, and any CSV whose columns are named. */
import { SpoorError } from '../ledger/index.ts';
import { ACCOUNT_FORM, BITCOIN, ETHEREUM, looksBitcoin } from './asset-code.ts';
import { type Claim, TagCollector, type TagFileOptions } from './collect.ts';
import { isConfidenceId } from './confidence.ts';
import { csvTable } from './csv-rows.ts';
import type { ParsedTags } from './parsed.ts';
import { dayOf, fieldError } from './text.ts';

/** Fields a mapping may name. */
const MAP_FIELDS = [
  ...['address', 'label', 'source', 'category', 'abuse', 'actor', 'currency', 'network', 'confidence', 'context'],
  ...['lastmod', 'valid_from', 'valid_to', 'known_since'],
] as const;
type MapField = (typeof MAP_FIELDS)[number];

/** Where each field comes from: a column by number from 0, or a text for every row. */
type FieldMap = ReadonlyMap<MapField, { readonly column: number } | { readonly text: string }>;

/** Column names in use for each field, in order of preference. Source: the headers of the public label lists named in the tests. */
const USUAL_NAMES: Readonly<Partial<Record<MapField, readonly string[]>>> = {
  address: ['address', 'addr', 'wallet_address'],
  label: ['label', 'name', 'name tag', 'entity', 'wallet'],
  source: ['source', 'url', 'source_url'],
  category: ['category', 'type', 'entity'],
  abuse: ['abuse'],
  actor: ['actor'],
  currency: ['currency', 'asset', 'symbol'],
  network: ['network', 'chain'],
  lastmod: ['lastmod', 'date'],
};

/** What the name of a curated list says of everything on it: categories and abuses, told in a note. */
const KINDS_BY_NAME: ReadonlyArray<readonly [RegExp, { readonly category?: string; readonly abuse?: string }]> = [
  [/darknet-market/, { category: 'market' }],
  [/mixer/, { category: 'mixing_service' }],
  [/mining-pool/, { category: 'mining_service' }],
  [/exchange|proof-of-reserves/, { category: 'exchange' }],
  [/ransomware/, { abuse: 'ransomware' }],
  [/scam|ponzi/, { abuse: 'scam' }],
  [/ofac/, { abuse: 'sanction' }],
];

/** Reads `address=col,label=col,source=:text`: a column by name or by number from 1, or after a colon a text for every row. Throws USAGE. */
function mapOf(map: string, header: readonly string[]): FieldMap {
  const found = new Map<MapField, { column: number } | { text: string }>();
  for (const part of map.split(',')) {
    const [field, value = ''] = part.split(/=(.*)/s);
    const name = MAP_FIELDS.find((known) => known === field.trim());
    if (name === undefined) {
      throw new SpoorError('USAGE', `--map knows no field "${field}"; the fields are ${MAP_FIELDS.join(', ')}`);
    }
    const column = /^\d{1,4}$/.test(value) ? Number(value) - 1 : header.indexOf(value.trim().toLowerCase());
    if (value.startsWith(':')) found.set(name, { text: value.slice(1) });
    else if (column >= 0 && column < header.length) found.set(name, { column });
    else
      throw new SpoorError(
        'USAGE',
        `--map ${field}=${value}: the file has no such column; it has ${header.join(', ')}`,
      );
  }
  if (!found.has('address') || !found.has('label')) throw new SpoorError('USAGE', '--map needs address and label');
  return found;
}

function usualMap(header: readonly string[]): FieldMap {
  const found = new Map<MapField, { column: number }>();
  const taken = new Set<number>();
  for (const [field, names] of Object.entries(USUAL_NAMES)) {
    const column = names.map((name) => header.indexOf(name)).find((place) => place >= 0 && !taken.has(place));
    if (column === undefined) continue;
    taken.add(column);
    found.set(field as MapField, { column });
  }
  return found;
}

/** The chain whose form an address has, where the row states none. */
function codeByForm(address: string): string {
  if (ACCOUNT_FORM.test(address)) return ETHEREUM;
  if (looksBitcoin(address)) return BITCOIN;
  throw fieldError(
    'currency',
    `"${address.slice(0, 60)}" has the form of no known chain, and the row states no currency`,
  );
}

interface Usual {
  readonly label: string | null;
  readonly category: string | null;
  readonly abuse: string | null;
  readonly source: string;
}

/** What a row says of a field, without surrounding blanks; null for nothing. */
function textAt(cells: readonly string[], map: FieldMap, field: MapField): string | null {
  const from = map.get(field);
  if (from === undefined) return null;
  const text = 'text' in from ? from.text.trim() : (cells[from.column] ?? '').trim();
  return text === '' ? null : text;
}

function dayAt(cells: readonly string[], map: FieldMap, field: MapField): string | null {
  const text = textAt(cells, map, field);
  return text === null ? null : dayOf(field, text);
}

function claimOf(cells: readonly string[], map: FieldMap, usual: Usual): Claim {
  const address = textAt(cells, map, 'address');
  if (address === null) throw fieldError('address', 'the row has no address');
  const confidence = textAt(cells, map, 'confidence');
  if (confidence !== null && !isConfidenceId(confidence))
    throw fieldError('confidence', `"${confidence.slice(0, 60)}" is no confidence id`);
  return {
    code: textAt(cells, map, 'currency') ?? codeByForm(address),
    network: textAt(cells, map, 'network'),
    address,
    label: textAt(cells, map, 'label') ?? usual.label ?? '',
    source: textAt(cells, map, 'source') ?? usual.source,
    confidence: confidence ?? 'web_crawl',
    confidenceDefaulted: confidence === null,
    category: textAt(cells, map, 'category')?.toLowerCase() ?? usual.category,
    abuse: textAt(cells, map, 'abuse') ?? usual.abuse,
    actor: textAt(cells, map, 'actor'),
    context: textAt(cells, map, 'context'),
    lastmod: dayAt(cells, map, 'lastmod'),
    validFrom: dayAt(cells, map, 'valid_from'),
    validTo: dayAt(cells, map, 'valid_to'),
    knownSince: dayAt(cells, map, 'known_since'),
  };
}

/** Any table of labels. Its columns are those of the mapping, else told by its header, else address first and label last. */
export function readCsv(text: string, options: TagFileOptions): ParsedTags {
  const { rows, comments } = csvTable(text, options.name);
  const collector = new TagCollector(options);
  const notes: string[] = [];
  const first = (rows.at(0)?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  const headless =
    first.some((cell) => ACCOUNT_FORM.test(cell) || looksBitcoin(cell)) || looksBitcoin(rows.at(0)?.cells[0] ?? '');
  const width = headless ? first.map((_, place) => String(place + 1)) : first;
  let map = options.map === null ? usualMap(width) : mapOf(options.map, width);
  if (headless && options.map === null) {
    map = new Map([
      ['address', { column: 0 }],
      ...(width.length > 1 ? [['label', { column: width.length - 1 }] as const] : []),
    ]);
    notes.push('the table has no header: the first column was taken for the address, the last for the label');
  }
  const wallet = comments
    .map((line) => /#\s*Wallet ([^\s"]+?)\.?(\s|"|$)/.exec(line)?.[1])
    .find((name) => name !== undefined);
  if (!map.has('address') || (!map.has('label') && wallet === undefined)) {
    throw new SpoorError(
      'FORMAT_UNKNOWN',
      `no column is known as address and label among: ${first.join(', ').slice(0, 200)}`,
      { file: options.name },
      'name them: --map address=COLUMN,label=COLUMN',
    );
  }
  const kind = KINDS_BY_NAME.find(([pattern]) => pattern.test(options.name))?.[1] ?? {};
  const { category = null, abuse = null } = map.has('category') || map.has('abuse') ? {} : (kind as Partial<Usual>);
  if (category !== null || abuse !== null)
    notes.push(`taken from the name of the file for every row: ${category ?? abuse}`);
  const source = wallet === undefined ? options.name : `https://www.walletexplorer.com/wallet/${wallet}`;
  const usual = { label: wallet ?? null, category, abuse, source };
  for (const { line, cells } of headless ? rows : rows.slice(1))
    collector.add(`line ${line}`, () => claimOf(cells, map, usual));
  if (!map.has('source')) notes.push(`the table names no source; taken: ${source}`);
  return collector.finish({ title: options.name, creator: 'not stated', notes });
}
