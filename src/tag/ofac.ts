/**
 * OFAC's list of sanctioned names (SDN) in its three forms, and the plain lists of addresses taken from it, one asset code a file. Nothing says when a name was
 * put on the list: a list holds on its own day, and lists are compared (case/tag/series.ts).
 * Source: files of the US Treasury; ids of features differ between editions and are looked up by name.
 */
import { type SaxesAttributePlain, SaxesParser } from 'saxes';
import { SpoorError } from '../ledger/index.ts';
import { usualCode } from './asset-code.ts';
import { type Claim, TagCollector, type TagFileOptions } from './collect.ts';
import { csvRows } from './csv-rows.ts';
import type { ParsedTags } from './parsed.ts';
import { dayOf } from './text.ts';

const SERIES = 'ofac-sdn';
const WORDS = 'Digital Currency Address - ';
const CREATOR = 'US Treasury, OFAC';
// Deepest element of the advanced form is the tenth; beyond this a file is no list.
const MAX_DEPTH = 40;
const MAX_TEXT = 1_000_000;

interface Party {
  uid: string;
  name: string;
  programs: string[];
  ids: { code: string; address: string }[];
}

function claimOf(party: Party, { code, address }: Party['ids'][number]): Claim {
  const context = JSON.stringify({ uid: party.uid, programs: [...new Set(party.programs)] });
  return {
    ...{ code, address, label: party.name, source: `OFAC SDN list, uid ${party.uid}`, confidence: 'authority_data' },
    ...{ abuse: 'sanction', context },
  };
}

function addParty(collector: TagCollector, party: Party): void {
  party.ids.forEach((id, place) => {
    collector.add(`uid ${party.uid}, address ${place + 1}`, () => claimOf(party, id));
  });
}

/** A plain list: one address a line, of the asset code in its name (`sanctioned_addresses_XBT.txt`). Throws FORMAT_UNKNOWN without that. */
export function readOfacList(text: string, options: TagFileOptions): ParsedTags {
  const code = /sanctioned_addresses_([A-Z0-9]{2,10})\.txt/.exec(options.name)?.[1];
  if (code === undefined) {
    const message = 'a plain list of sanctioned addresses names its asset code: sanctioned_addresses_XBT.txt';
    throw new SpoorError('FORMAT_UNKNOWN', message, { file: options.name });
  }
  const collector = new TagCollector(options);
  text.split('\n').forEach((line, place) => {
    const address = line.trim();
    if (address === '') return;
    const label = 'on the OFAC SDN list';
    collector.add(`line ${place + 1}`, () => ({
      ...{ code, address, label, source: 'OFAC SDN list', confidence: 'authority_data', abuse: 'sanction' },
    }));
  });
  const list = { series: SERIES, covers: usualCode(code), listed: null };
  return collector.finish({ title: `OFAC SDN addresses, ${code}`, creator: CREATOR, list });
}

/** `sdn.csv`: twelve columns without a header, addresses in the remarks. */
export function readOfacCsv(text: string, options: TagFileOptions): ParsedTags {
  const collector = new TagCollector(options);
  // The Treasury ends the file with the end-of-file character of MS-DOS.
  const rows = csvRows(text.replaceAll('\u001a', ''), options.name);
  for (const { cells } of rows) {
    const [uid, name = '', , programs = '', ...rest] = cells;
    const remarks = rest.at(-1) ?? '';
    const ids = [...remarks.matchAll(/Digital Currency Address - ([A-Z0-9]{2,10}) ([^;\s]+)/g)].map(
      ([, code, address]) => ({ code, address: address.replace(/\.$/, '') }),
    );
    addParty(collector, {
      uid,
      name,
      programs: programs.split(/\] \[|[[\]]/).filter((text) => text.trim() !== ''),
      ids,
    });
  }
  return collector.finish({
    title: 'OFAC SDN list (sdn.csv)',
    creator: CREATOR,
    list: { series: SERIES, covers: '*', listed: null },
  });
}

interface Handlers {
  open(name: string, attributes: Record<string, string>, parents: readonly string[]): void;
  close(name: string, text: string, parents: readonly string[]): void;
}

/** Runs through XML from strangers: any DOCTYPE is refused before anything in it is read, so no entity of a file's own is ever known. */
function walkXml(chunks: Iterable<string>, file: string, handlers: Handlers): void {
  const parser = new SaxesParser({ fileName: file });
  const parents: string[] = [];
  let text = '';
  const refuse = (message: string): never => {
    throw new SpoorError('TAGPACK_INVALID', message, { file, record: `line ${parser.line}` });
  };
  parser.on('doctype', () => refuse('a DOCTYPE is refused: it could define entities'));
  parser.on('error', (error) => refuse(`broken XML: ${error.message.slice(0, 200)}`));
  parser.on('opentag', ({ name, attributes }) => {
    if (parents.length >= MAX_DEPTH) refuse(`nested deeper than ${MAX_DEPTH} elements`);
    handlers.open(name, attributes as Record<string, SaxesAttributePlain['value']>, parents);
    parents.push(name);
    text = '';
  });
  parser.on('text', (more) => {
    text += more;
    if (text.length > MAX_TEXT) refuse(`an element with more than ${MAX_TEXT} characters`);
  });
  parser.on('closetag', ({ name }) => {
    parents.pop();
    handlers.close(name, text.trim(), parents);
    text = '';
  });
  for (const chunk of chunks) parser.write(chunk);
  parser.close();
}

function refuseDoctype(chunks: readonly string[], file: string): void {
  if (/<!DOCTYPE/i.test(chunks.slice(0, 2).join(''))) {
    throw new SpoorError('TAGPACK_INVALID', 'a DOCTYPE is refused: it could define entities', { file });
  }
}

/** `sdn.xml`. Its day is the Publish_Date, month first. */
export function readOfacXml(chunks: readonly string[], options: TagFileOptions): ParsedTags {
  refuseDoctype(chunks, options.name);
  const collector = new TagCollector(options);
  let listed: string | null = null;
  let party: Party & { idType?: string } = { uid: '', name: '', programs: [], ids: [] };
  walkXml(chunks, options.name, {
    open: (name) => {
      if (name === 'sdnEntry') party = { uid: '', name: '', programs: [], ids: [] };
    },
    close: (name, text, parents) => {
      const parent = parents.at(-1);
      if (name === 'Publish_Date')
        listed = dayOf('Publish_Date', text.replace(/^(\d{2})\/(\d{2})\/(\d{4})$/, '$3-$1-$2'));
      else if (name === 'uid' && parent === 'sdnEntry') party.uid = text;
      else if (parent === 'sdnEntry' && (name === 'lastName' || name === 'firstName'))
        party.name = name === 'firstName' ? `${text} ${party.name}`.trim() : `${party.name} ${text}`.trim();
      else if (name === 'program' && parent === 'programList') party.programs.push(text);
      else if (name === 'idType') party.idType = text;
      else if (name === 'idNumber' && party.idType?.startsWith(WORDS))
        party.ids.push({ code: party.idType.slice(WORDS.length), address: text });
      else if (name === 'sdnEntry') addParty(collector, party);
    },
  });
  const list = { series: SERIES, covers: '*', listed };
  return collector.finish({ title: 'OFAC SDN list (sdn.xml)', creator: CREATOR, list });
}

/** `sdn_advanced.xml`: types of features by number, parties with features, and at the end the programs of each profile. */
export function readOfacAdvanced(chunks: readonly string[], options: TagFileOptions): ParsedTags {
  refuseDoctype(chunks, options.name);
  const collector = new TagCollector(options);
  const codes = new Map<string, string>();
  const parties = new Map<string, Party>();
  const date: Record<string, string> = {};
  let party: Party = { uid: '', name: '', programs: [], ids: [] };
  let [typeId, featureType, profile, inPrimary] = ['', '', '', false];
  walkXml(chunks, options.name, {
    open: (name, attributes) => {
      if (name === 'FeatureType') typeId = attributes.ID ?? '';
      else if (name === 'DistinctParty') party = { uid: attributes.FixedRef ?? '', name: '', programs: [], ids: [] };
      else if (name === 'Profile') parties.set(attributes.ID ?? '', party);
      else if (name === 'Alias') inPrimary = attributes.Primary === 'true';
      else if (name === 'Feature') featureType = attributes.FeatureTypeID ?? '';
      else if (name === 'SanctionsEntry') profile = attributes.ProfileID ?? '';
    },
    close: (name, text, parents) => {
      const parent = parents.at(-1);
      if (name === 'FeatureType' && text.startsWith(WORDS)) codes.set(typeId, text.slice(WORDS.length));
      else if (parent === 'DateOfIssue' && parents.length === 2) date[name] = text;
      else if (name === 'NamePartValue' && inPrimary) party.name = `${party.name} ${text}`.trim();
      else if (name === 'VersionDetail' && codes.has(featureType))
        party.ids.push({ code: codes.get(featureType) ?? '', address: text });
      else if (name === 'Comment' && parent === 'SanctionsMeasure' && text !== '')
        parties.get(profile)?.programs.push(text);
    },
  });
  for (const one of new Set(parties.values())) addParty(collector, one);
  const { Year, Month, Day } = date;
  const listed =
    Year === undefined
      ? null
      : dayOf('DateOfIssue', `${Year}-${(Month ?? '').padStart(2, '0')}-${(Day ?? '').padStart(2, '0')}`);
  const notes = codes.size === 0 ? ['the file names no type of feature called Digital Currency Address'] : [];
  const list = { series: SERIES, covers: '*', listed };
  return collector.finish({ title: 'OFAC SDN list (sdn_advanced.xml)', creator: CREATOR, list, notes });
}
