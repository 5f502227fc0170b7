/** Labels as JSON: the export of ransomwhe.re, label files of Etherscan, attributes of MISP, and a catalogue of entities. */
import { BITCOIN, ETHEREUM, looksBitcoin } from './asset-code.ts';
import { type Claim, TagCollector, type TagFileOptions } from './collect.ts';
import type { ParsedTags } from './parsed.ts';
import { isMap, type Json, type JsonMap } from './tag-text.ts';
import { dayOf, fieldError } from './text.ts';

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function textOf(map: JsonMap, field: string): string | null {
  const value = map[field] ?? null;
  if (value === null) return null;
  if (typeof value === 'string') return value;
  throw fieldError(field, `${field} must be text, not ${Array.isArray(value) ? 'a list' : typeof value}`);
}

function mapOf(value: Json): JsonMap {
  if (isMap(value)) return value;
  throw fieldError('record', 'the record is no map of fields');
}

const BLOCKCHAINS: ReadonlyMap<string, string> = new Map([
  ['bitcoin', BITCOIN],
  ['ethereum', ETHEREUM],
]);

/** The export of ransomwhe.re: `{ result: [{ address, family, createdAt, ... }] }`. Anybody may report there. Amounts are not taken over. */
export function readRansomwhere(json: Json, options: TagFileOptions): ParsedTags {
  const collector = new TagCollector(options);
  listOf(isMap(json) ? json.result : undefined).forEach((value, place) => {
    collector.add(`result[${place}]`, (): Claim => {
      const row = mapOf(value);
      const chain = (textOf(row, 'blockchain') ?? 'bitcoin').toLowerCase();
      const created = textOf(row, 'createdAt');
      const updated = textOf(row, 'updatedAt');
      return {
        ...{
          code: BLOCKCHAINS.get(chain) ?? chain,
          address: textOf(row, 'address') ?? '',
          label: textOf(row, 'family') ?? '',
        },
        ...{ source: 'https://ransomwhe.re', confidence: 'web_crawl', abuse: 'ransomware' },
        lastmod: updated === null ? null : dayOf('updatedAt', updated),
        knownSince: created === null ? null : dayOf('createdAt', created),
      };
    });
  });
  const notes = ['reported by anybody: confidence web_crawl', 'amounts of the file are not taken over'];
  return collector.finish({ title: 'ransomwhe.re', creator: 'ransomwhe.re', notes });
}

interface EtherscanKind {
  readonly category?: string;
  readonly abuse?: string;
  readonly actor?: string;
}

/** What labels of Etherscan say in the words of the taxonomy; others stay in the context. */
const ETHERSCAN_KINDS: Readonly<Record<string, EtherscanKind>> = {
  exchange: { category: 'exchange' },
  'cold-wallet': { category: 'cold_wallet' },
  'hot-wallet': { category: 'hot_wallet' },
  bridge: { category: 'defi_bridge' },
  dex: { category: 'defi_dex' },
  'tornado-cash': { category: 'mixing_service', actor: 'tornadocash' },
  gambling: { category: 'gambling' },
  mining: { category: 'mining_service' },
  'phish-hack': { abuse: 'phishing' },
  heist: { abuse: 'hacking' },
  exploit: { abuse: 'exploit' },
  'ofac-sanctions-lists': { abuse: 'sanction' },
  binance: { category: 'exchange', actor: 'binance' },
  kucoin: { category: 'exchange', actor: 'kucoin' },
  upbit: { category: 'exchange', actor: 'upbit' },
};

/** The first word that one of these kinds says for a field. */
function firstWord(kinds: readonly EtherscanKind[], field: keyof EtherscanKind): string | null {
  return kinds.find((kind) => kind[field] !== undefined)?.[field] ?? null;
}

function etherscanClaim(address: string, value: Json, fileLabel: string): Claim {
  const own = typeof value === 'string' ? { name: value } : mapOf(value);
  const labels = listOf(isMap(own) ? own.labels : undefined).map((label) => {
    if (typeof label !== 'string') throw fieldError('labels', 'a label must be text');
    return label;
  });
  const all = labels.length > 0 ? labels : [fileLabel];
  const kinds = all.flatMap((label) => (Object.hasOwn(ETHERSCAN_KINDS, label) ? [ETHERSCAN_KINDS[label]] : []));
  return {
    code: ETHEREUM,
    address,
    label: textOf(own, 'name')?.trim() || all.join(', '),
    source: `https://etherscan.io/accounts/label/${encodeURIComponent(all[0])}`,
    confidence: 'web_crawl',
    category: firstWord(kinds, 'category'),
    abuse: firstWord(kinds, 'abuse'),
    actor: firstWord(kinds, 'actor'),
    context: JSON.stringify({ labels: all }),
  };
}

/** `{ "0x...": { name, labels } }`, or `{ "0x...": name }` in a file named after the label. */
export function readEtherscanLabels(json: Json, options: TagFileOptions): ParsedTags {
  const collector = new TagCollector(options);
  const fileLabel = options.name.replace(/\.json(\.gz)?$/, '');
  for (const [address, value] of Object.entries(isMap(json) ? json : {}))
    collector.add(`"${address.slice(0, 60)}"`, () => etherscanClaim(address, value, fileLabel));
  return collector.finish({ title: options.name, creator: 'Etherscan' });
}

const MISP_CODES: ReadonlyMap<string, string> = new Map([
  ['btc', BITCOIN],
  ['xmr', 'XMR'],
  ['dash', 'DASH'],
]);
const MISP_RELATIONS = new Set(['address', 'address-xmr', 'address-crypto']);

function mispClaim(attribute: JsonMap, event: JsonMap, symbol: string | null): Claim | null {
  const type = textOf(attribute, 'type') ?? '';
  const relation = textOf(attribute, 'object_relation') ?? '';
  const code = MISP_CODES.get(type) ?? (MISP_RELATIONS.has(relation) ? symbol : null);
  if (code === null) return null;
  const date = textOf(event, 'date');
  const seconds = textOf(attribute, 'timestamp') ?? '';
  if (!/^\d{0,10}$/.test(seconds))
    throw fieldError('timestamp', `timestamp must be seconds, not "${seconds.slice(0, 40)}"`);
  const stamped = seconds === '' ? null : new Date(Number(seconds) * 1000).toISOString().slice(0, 10);
  const fraud = textOf(attribute, 'category') === 'Financial fraud';
  return {
    ...{ code, address: textOf(attribute, 'value') ?? '', label: textOf(event, 'info') ?? 'MISP attribute' },
    source: `MISP event ${textOf(event, 'uuid') ?? 'not named'}, attribute ${textOf(attribute, 'uuid') ?? 'not named'}`,
    ...{ confidence: 'unknown', confidenceDefaulted: true, abuse: fraud ? 'financial_crime' : null },
    ...{
      context: textOf(attribute, 'comment'),
      lastmod: stamped,
      knownSince: date === null ? stamped : dayOf('date', date),
    },
  };
}

/** A MISP event, a list of them, or bare attributes: addresses among their attributes and coin-address objects. */
export function readMisp(json: Json, options: TagFileOptions): ParsedTags {
  const collector = new TagCollector(options);
  const whole = isMap(json) ? json : {};
  const response = Array.isArray(json) ? listOf(json) : Array.isArray(whole.response) ? listOf(whole.response) : [json];
  let others = 0;
  const take = (record: string, value: Json, event: JsonMap, symbol: string | null): void => {
    collector.add(record, () => {
      const claim = mispClaim(mapOf(value), event, symbol);
      if (claim === null) others += 1;
      return claim;
    });
  };
  response.forEach((value, place) => {
    const outer = isMap(value) ? value : {};
    const event = isMap(outer.Event) ? outer.Event : outer;
    listOf(event.Attribute).forEach((attribute, at) =>
      take(`event ${place}, Attribute[${at}]`, attribute, event, null),
    );
    listOf(event.Object).forEach((object, at) => {
      const attributes = listOf(isMap(object) ? object.Attribute : undefined);
      const symbol = attributes.find((one) => isMap(one) && one.object_relation === 'symbol');
      const code = isMap(symbol) && typeof symbol.value === 'string' ? symbol.value : null;
      attributes.forEach((one, index) => take(`event ${place}, Object[${at}].Attribute[${index}]`, one, event, code));
    });
  });
  const notes = others > 0 ? [`attributes that are no addresses: ${others}`] : [];
  return collector.finish({ title: options.name, creator: 'MISP', notes });
}

/** `{ entities: [{ name, category, sampleAddresses }] }`. */
export function readEntities(json: Json, options: TagFileOptions): ParsedTags {
  const collector = new TagCollector(options);
  const whole = isMap(json) ? json : {};
  const source = typeof whole.source === 'string' ? whole.source : options.name;
  const lastmod = typeof whole.lastUpdated === 'string' ? dayOf('lastUpdated', whole.lastUpdated) : null;
  let bare = 0;
  listOf(whole.entities).forEach((value, place) => {
    const entity = isMap(value) ? value : {};
    const addresses = listOf(entity.sampleAddresses);
    if (addresses.length === 0) bare += 1;
    addresses.forEach((address, at) => {
      collector.add(`entities[${place}].sampleAddresses[${at}]`, () => {
        if (typeof address !== 'string') throw fieldError('address', 'an address must be text');
        const code = address.startsWith('0x') ? ETHEREUM : BITCOIN;
        if (code === BITCOIN && !looksBitcoin(address))
          throw fieldError('address', `"${address.slice(0, 60)}" has not the form of an address`);
        const label = textOf(entity, 'name') ?? '';
        return { code, address, label, source, confidence: 'web_crawl', category: textOf(entity, 'category'), lastmod };
      });
    });
  });
  const notes = bare > 0 ? [`entities without an address: ${bare}`] : [];
  return collector.finish({ title: options.name, creator: 'not stated', notes });
}
