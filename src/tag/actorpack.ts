/**
 * Packs of actors: GraphSense ActorPacks (read and written), and our own pack, which adds campaigns. Ours is YAML with `schema: spoor.actors/1`, `title`, `creator`,
 * `actors` (id, label, aliases, jurisdictions, categories, sources, confidence) and `campaigns` (id, label, kind, from, to, victims, attributions, wallets,
 * statements); samples/actors/ shows all of it. A wallet of a campaign is a tag of its address as well.
 * Source: ActorPack schema of graphsense tagpack-tool, September 2025.
 */
import { Document } from 'yaml';
import { locate, SpoorError } from '../ledger/index.ts';
import {
  type Actor,
  type Attribution,
  type Campaign,
  type CampaignWallet,
  CERTAINTIES,
  type Certainty,
  type Statement,
} from './actor.ts';
import { networkOfCode, usualCode } from './asset-code.ts';
import { TagCollector, type TagFileOptions } from './collect.ts';
import { type ConfidenceId, isConfidenceId } from './confidence.ts';
import { type ParsedTags, type Refusal, refusalOf } from './parsed.ts';
import { addressSubject } from './subject-of.ts';
import { subjectText } from './tag.ts';
import { day, type Fields, mandatoryText, optionalText, textList } from './tagpack-field.ts';
import { count, counted } from './tally.ts';
import { CONCEPTS } from './taxonomy.ts';
import { fieldError } from './text.ts';
import type { YamlValue } from './yaml.ts';
import { readPackYaml } from './yaml-plain.ts';

const ACTOR_FIELDS = [
  'id',
  'uri',
  'label',
  'lastmod',
  'categories',
  'jurisdictions',
  'aliases',
  'context',
  'sources',
  'confidence',
  'is_public',
];
const CAMPAIGN_FIELDS = ['id', 'label', 'kind', 'from', 'to', 'victims', 'attributions', 'wallets', 'statements'];
const HEADER_FIELDS = [
  'schema',
  'title',
  'creator',
  'description',
  'owner',
  'is_public',
  'lastmod',
  'actors',
  'campaigns',
];
/** Schema of our own pack. */
export const ACTORS_SCHEMA = 'spoor.actors/1';

function isFields(value: YamlValue | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: YamlValue, allowed: readonly string[], noun: string): Fields {
  if (!isFields(value)) throw new SpoorError('TAGPACK_INVALID', `${noun} must be a map of fields`);
  const unknown = Object.keys(value).find((name) => !allowed.includes(name));
  if (unknown === undefined) return value;
  const shown = unknown.slice(0, 60);
  throw fieldError(shown, `${noun} has no field "${shown}"; the fields are ${allowed.join(', ')}`);
}

function listOf(fields: Fields, field: string): readonly YamlValue[] {
  const value = fields[field] ?? null;
  if (value === null) return [];
  if (Array.isArray(value)) return value as readonly YamlValue[];
  throw fieldError(field, `${field} must be a list`);
}

function certaintyOf(fields: Fields): Certainty {
  const text = mandatoryText(fields, 'certainty', 'the statement');
  const found = CERTAINTIES.find((word) => word === text);
  if (found !== undefined) return found;
  throw fieldError(
    'certainty',
    `"${text.slice(0, 60)}" is no word of certainty; the words are ${CERTAINTIES.join(', ')}`,
  );
}

function statementsOf(fields: Fields, field: string): Statement[] {
  return listOf(fields, field).map((value, place) =>
    locate({ field: `${field}[${place}]` }, () => {
      const own = fieldsOf(value, ['text', 'certainty', 'source'], 'a statement');
      const text = mandatoryText(own, 'text', 'the statement');
      return { text, certainty: certaintyOf(own), source: mandatoryText(own, 'source', 'the statement') };
    }),
  );
}

function contextOf(fields: Fields): string | null {
  const value = fields.context ?? null;
  return value === null || typeof value === 'string' ? optionalText(fields, 'context') : JSON.stringify(value);
}

function confidenceOf(fields: Fields): ConfidenceId | null {
  const text = optionalText(fields, 'confidence');
  if (text === null || isConfidenceId(text)) return text;
  throw fieldError('confidence', `"${text.slice(0, 60)}" is no confidence id`);
}

function actorOf(value: YamlValue, header: Fields): Actor {
  const fields = fieldsOf(value, ACTOR_FIELDS, 'an actor');
  return {
    id: mandatoryText(fields, 'id', 'the actor'),
    label: mandatoryText(fields, 'label', 'the actor'),
    uri: optionalText(fields, 'uri'),
    aliases: textList(fields, 'aliases'),
    jurisdictions: textList(fields, 'jurisdictions'),
    categories: textList(fields, 'categories'),
    sources: textList(fields, 'sources'),
    confidence: confidenceOf(fields),
    context: contextOf(fields),
    lastmod: day(fields, 'lastmod') ?? day(header, 'lastmod'),
  };
}

function attributionOf(value: YamlValue): Attribution {
  const fields = fieldsOf(value, ['actor', 'certainty', 'source', 'stated'], 'an attribution');
  const actor = mandatoryText(fields, 'actor', 'the attribution');
  const source = mandatoryText(fields, 'source', 'the attribution');
  return { actor, certainty: certaintyOf(fields), source, stated: day(fields, 'stated') };
}

function walletOf(value: YamlValue, options: TagFileOptions): CampaignWallet {
  const fields = fieldsOf(value, ['address', 'currency', 'role', 'certainty', 'source'], 'a wallet');
  const address = mandatoryText(fields, 'address', 'the wallet');
  const network = networkOfCode(mandatoryText(fields, 'currency', 'the wallet'), address).network;
  return {
    subject: addressSubject(network, address, options, () => undefined),
    network: usualCode(network),
    role: mandatoryText(fields, 'role', 'the wallet'),
    certainty: certaintyOf(fields),
    source: mandatoryText(fields, 'source', 'the wallet'),
  };
}

function campaignOf(value: YamlValue, options: TagFileOptions): Campaign {
  const fields = fieldsOf(value, CAMPAIGN_FIELDS, 'a campaign');
  const from = day(fields, 'from');
  const to = day(fields, 'to');
  if (from !== null && to !== null && to < from)
    throw fieldError('to', `a campaign cannot end (${to}) before it begins (${from})`);
  const at = <T>(field: string, read: (value: YamlValue) => T): T[] =>
    listOf(fields, field).map((item, place) => locate({ field: `${field}[${place}]` }, () => read(item)));
  return {
    ...{ id: mandatoryText(fields, 'id', 'the campaign'), label: mandatoryText(fields, 'label', 'the campaign') },
    ...{ kind: mandatoryText(fields, 'kind', 'the campaign'), from, to },
    victims: statementsOf(fields, 'victims'),
    attributions: at('attributions', attributionOf),
    wallets: at('wallets', (item) => walletOf(item, options)),
    statements: statementsOf(fields, 'statements'),
  };
}

/** Reads records of one kind; ids are told apart exactly, and one that comes again is refused. */
function readAll<T extends { readonly id: string }>(
  list: readonly YamlValue[],
  { kind, keepGoing, refused }: { kind: string; keepGoing: boolean; refused: Refusal[] },
  read: (value: YamlValue) => T,
): T[] {
  const found = new Map<string, T>();
  list.forEach((value, place) => {
    try {
      locate(
        { record: `${kind}[${place}]` },
        () => {
          const one = read(value);
          if (found.has(one.id)) throw fieldError('id', `the id "${one.id.slice(0, 60)}" is given twice`);
          found.set(one.id, one);
        },
        'TAGPACK_INVALID',
      );
    } catch (error) {
      if (!(error instanceof SpoorError) || !keepGoing) throw error;
      refused.push(refusalOf(error));
    }
  });
  return [...found.values()];
}

function unknownWords(actors: readonly Actor[], campaigns: readonly Campaign[]): string[] {
  const words = new Map<string, number>();
  for (const word of [...actors.flatMap(({ categories }) => categories), ...campaigns.map(({ kind }) => kind)])
    if (!CONCEPTS.has(word)) count(words, `"${word.slice(0, 60)}"`);
  return words.size === 0 ? [] : [`words outside the taxonomy were kept: ${counted(words)}`];
}

/** Reads an ActorPack or a pack of our own. Throws TAGPACK_INVALID, TOO_LARGE with file, record and field. */
export function readActorPack(text: string, options: TagFileOptions): ParsedTags {
  const header = fieldsOf(readPackYaml(text, options.name).value, HEADER_FIELDS, 'the header of an actor pack');
  const schema = optionalText(header, 'schema');
  if (schema !== null && schema !== ACTORS_SCHEMA)
    throw fieldError('schema', `the schema is ${ACTORS_SCHEMA}, not "${schema.slice(0, 60)}"`);
  const refused: Refusal[] = [];
  const { keepGoing } = options;
  const actors = readAll(listOf(header, 'actors'), { kind: 'actors', keepGoing, refused }, (value) =>
    actorOf(value, header),
  );
  const campaigns = readAll(listOf(header, 'campaigns'), { kind: 'campaigns', keepGoing, refused }, (value) =>
    campaignOf(value, options),
  );
  const collector = new TagCollector(options);
  for (const { id, label, kind, wallets } of campaigns) {
    for (const { subject, network, role, certainty, source } of wallets) {
      collector.add(`campaign ${id}`, () => ({
        ...{
          code: network,
          network,
          address: subjectText(subject),
          label,
          source,
          confidence: 'forensic',
          abuse: kind,
        },
        ...{ lastmod: day(header, 'lastmod'), context: walletContext(id, role, certainty) },
      }));
    }
  }
  const title = mandatoryText(header, 'title', 'the pack');
  const creator = mandatoryText(header, 'creator', 'the pack');
  const done = collector.finish({ title, creator, notes: unknownWords(actors, campaigns) });
  const notes = done.notes.filter((note) => note !== 'the pack holds no tags');
  return { ...done, notes, refused: [...refused, ...done.refused], actors, campaigns };
}

const CAMPAIGN_START = '{"campaign":';

/** Context of the tag of a wallet of a campaign. */
function walletContext(campaign: string, role: string, certainty: string): string {
  return JSON.stringify({ campaign, role, certainty });
}

/** Id of the campaign that a tag of a pack of campaigns is of, by its context as `walletContext` writes it; null for a context of another form. */
export function campaignInContext(context: string | null): string | null {
  if (context === null || !context.startsWith(CAMPAIGN_START)) return null;
  return /^"([^"\\]{1,200})"[,}]/.exec(context.slice(CAMPAIGN_START.length))?.[1] ?? null;
}

/** Actors as an ActorPack. Fields the format does not know (`sources`, `confidence`) are written where they say something. */
export function actorPackYaml(pack: { title: string; creator: string; actors: readonly Actor[] }): string {
  const actors = pack.actors.map((actor) => ({
    id: actor.id,
    label: actor.label,
    ...(actor.uri === null ? {} : { uri: actor.uri }),
    ...(actor.lastmod === null ? {} : { lastmod: actor.lastmod }),
    categories: actor.categories,
    jurisdictions: actor.jurisdictions,
    ...(actor.aliases.length === 0 ? {} : { aliases: actor.aliases }),
    ...(actor.sources.length === 0 ? {} : { sources: actor.sources }),
    ...(actor.confidence === null ? {} : { confidence: actor.confidence }),
    ...(actor.context === null ? {} : { context: actor.context }),
  }));
  const document = new Document(
    { title: pack.title, creator: pack.creator, actors },
    { version: '1.1', aliasDuplicateObjects: false },
  );
  return document.toString({ lineWidth: 0, directives: false });
}
