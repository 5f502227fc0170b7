/** `tag`: import, list, check, export, retract. */
import type { Argv } from 'yargs';
import {
  BEST_TAG_RULE,
  type CaseContext,
  type CaseTag,
  conceptPlace,
  exportTags,
  type InheritedTags,
  importPacks,
  type ListedTag,
  listPacks,
  listTags,
  type PackOutcome,
  rankedTags,
  readPack,
  retractPack,
  type StandingTag,
  subjectText,
  TAG_FORMATS,
  type TagQuestion,
  type TagReading,
  tagFiles,
  tagsOf,
  tagsWithInherited,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { csvText, visibleText } from '../report/index.ts';
import { LAYERS } from './command-cluster-ask.ts';
import { type GlobalOptions, handler, parseDay, print, printJson, say, today } from './io.ts';

/** Adds the command. */
export function tagCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'tag <action> [names..]',
    'import, list, check, export or retract tags; concept: the words of the taxonomy',
    tagOptions,
    handler(runTag),
  );
}

function tagOptions(yargs: Argv): Argv {
  return yargs
    .positional('action', {
      choices: ['import', 'list', 'check', 'export', 'retract', 'concept'] as const,
      demandOption: true,
    })
    .positional('names', {
      type: 'string',
      array: true,
      default: [],
      describe: 'files to import or check; subjects to list; packs to retract; concepts',
    })
    .option('format', { choices: ['auto', ...TAG_FORMATS], default: 'auto', describe: 'format of the files' })
    .option('keep-going', {
      type: 'boolean',
      describe:
        'refuse wrong records and read the rest; the default for bulk lists, not for TagPacks (--no-keep-going)',
    })
    .option('known-since', {
      type: 'string',
      array: true,
      requiresArg: true,
      default: [],
      describe: 'day since which the claims are public, or NAME=DAY for one file (NAME* for a beginning)',
    })
    .option('map', { type: 'string', requiresArg: true, describe: 'columns of a CSV: address=COLUMN,label=COLUMN,...' })
    .option('as-of', { type: 'string', requiresArg: true, describe: 'for list: what held on this day' })
    .option('known-at', { type: 'string', requiresArg: true, describe: 'for list: what was known on this day' })
    .option('inherited', {
      type: 'boolean',
      default: false,
      describe:
        'for list: also tags that a Bitcoin address inherits through its cluster, with the strength of the link',
    })
    .option('layer', {
      choices: LAYERS,
      default: LAYERS[0],
      describe: 'for list --inherited: clusters by common inputs alone, or by change as well',
    })
    .option('on', { type: 'string', requiresArg: true, describe: 'for retract: since which day; today by default' })
    .option('reason', { type: 'string', requiresArg: true, describe: 'for retract: why' })
    .option('of', {
      type: 'string',
      requiresArg: true,
      describe: 'for retract: only what the pack says of this subject',
    })
    .example('$0 tag import pack.yaml', 'a TagPack into the case')
    .example('$0 tag export --format csv', 'all tags as a table')
    .example('$0 tag check pack.yaml', 'validate without keeping')
    .example('$0 tag import sanctioned_addresses_XBT.txt --known-since 2024-09-27', 'a list and its day')
    .example('$0 tag import labels.csv --map address=addr,label=who,source=:my-notes', 'any table')
    .example('$0 tag concept ransomware', 'what is broader and narrower, and its INTERPOL id')
    .example('$0 tag list --as-of 2025-01-01 ADDRESS', 'what was said of an address on a day')
    .example('$0 tag list --inherited ADDRESS', 'its own tags, and those of its cluster with their links')
    .example('$0 tag retract pack.yaml --on 2025-03-01 --reason "withdrawn"', 'take a pack back; it stays as a fact');
}

interface TagArgs extends GlobalOptions {
  readonly action: 'import' | 'list' | 'check' | 'export' | 'retract' | 'concept';
  readonly names: string[];
  readonly format: TagReading['format'];
  readonly keepGoing?: boolean;
  readonly knownSince: string[];
  readonly map?: string;
  readonly asOf?: string;
  readonly knownAt?: string;
  readonly inherited: boolean;
  readonly layer: InheritedTags['layer'];
  readonly on?: string;
  readonly reason?: string;
  readonly of?: string;
}

const IN_CASE = { import: runImport, list: runList, export: runExport, retract: runRetract };

function runTag(args: TagArgs): void {
  const { action, names } = args;
  if (action !== 'list' && action !== 'export' && names.length === 0) {
    throw new SpoorError('USAGE', `tag ${action} needs at least one name`);
  }
  if (action === 'check') checkPacks(args);
  else if (action === 'concept') tellConcepts(args);
  else withCase(args.case, { create: action === 'import' }, (context) => IN_CASE[action](context, args));
}

function printRows(context: CaseContext, args: TagArgs, done: readonly object[], also: object = {}): void {
  if (args.json) {
    const rule = args.action === 'list' ? { rule: BEST_TAG_RULE } : {};
    printJson({ schema: 'spoor.tags/1', packs: listPacks(context), ...rule, ...also, [args.action]: done });
  }
  for (const row of args.json ? [] : done) {
    const fields = Object.entries(row).filter(([, value]) => !Array.isArray(value));
    print(visibleText(fields.map(([key, value]) => `${key} ${String(value)}`).join(', ')));
  }
}

/** Reads `DAY` and `NAME=DAY`. Throws USAGE. */
function readingOf({ format, keepGoing, knownSince, map }: TagArgs): TagReading {
  const days = knownSince.map((text): [string, string] => {
    const at = text.lastIndexOf('=');
    return [at < 0 ? '*' : text.slice(0, at), parseDay('--known-since', text.slice(at + 1))];
  });
  return { format, chains: 'all', keepGoing: keepGoing ?? null, knownSince: new Map(days), map: map ?? null };
}

/** Lines about one file: what it brought on stdout; what was assumed and every refused record on stderr. */
function tellFile(
  args: TagArgs,
  { file, format, title, tags, refused, notes }: Omit<PackOutcome, 'sha256' | 'already'>,
  also = '',
): void {
  const wrong = refused.length > 0 ? `, ${refused.length} records refused` : '';
  if (!args.json) print(visibleText(`${file}: ${format}, ${title}, ${tags} tags${wrong}${also}`));
  for (const note of notes) say(args, `  note: ${visibleText(note)}`);
  for (const { record, field, message } of refused)
    say(args, `  refused: ${visibleText(`${file}, ${record}${field === null ? '' : `, field ${field}`}: ${message}`)}`);
}

function runImport(context: CaseContext, args: TagArgs): void {
  const done = importPacks(context, args.names, readingOf(args));
  if (args.json) printRows(context, args, done);
  for (const outcome of done) tellFile(args, outcome, outcome.already ? ', in the case already' : '');
  const sum = (of: (outcome: PackOutcome) => number): number => done.reduce((total, outcome) => total + of(outcome), 0);
  if (!args.json && done.length > 1)
    print(
      `${done.length} files, ${sum(({ tags }) => tags)} tags, ${sum(({ refused }) => refused.length)} records refused`,
    );
}

function runRetract(context: CaseContext, args: TagArgs): void {
  const day = args.on === undefined ? today() : parseDay('--on', args.on);
  const retraction = { day, reason: args.reason ?? null, subject: args.of ?? null };
  printRows(
    context,
    args,
    args.names.map((name) => retractPack(context, name, retraction)),
  );
}

function runExport(context: CaseContext, args: TagArgs): void {
  if (args.json) printRows(context, args, listTags(context));
  else if (args.format === 'csv') print(tagCsv(listTags(context)));
  else print(exportTags(context));
}

/** Tags as a table. Cells that a spreadsheet could take for a formula begin with an apostrophe. */
export function tagCsv(tags: readonly CaseTag[]): string {
  const header =
    'address,network,currency,label,category,abuse,actor,confidence,source,valid_from,valid_to,known_since,pack';
  const rows = tags.map((tag) =>
    [
      ...[subjectText(tag.subject), tag.network, tag.currency, tag.label, tag.category, tag.abuse, tag.actor],
      ...[tag.confidence, tag.source, tag.validFrom, tag.validTo, tag.knownSince, tag.pack],
    ].map((cell) => csvText(cell ?? '')),
  );
  return [header, ...rows.map((cells) => cells.join(','))].join('\r\n');
}

function runList(context: CaseContext, args: TagArgs): void {
  const question = {
    asOf: args.asOf === undefined ? null : parseDay('--as-of', args.asOf),
    knownAt: args.knownAt === undefined ? null : parseDay('--known-at', args.knownAt),
  };
  if (args.inherited) listInherited(context, args, question);
  else listOwn(context, args, question);
}

function listOwn(context: CaseContext, args: TagArgs, question: TagQuestion): void {
  const { names, json } = args;
  const tags =
    names.length === 0 ? rankedTags(context, question) : names.flatMap((name) => [...tagsOf(context, name, question)]);
  if (json) printRows(context, args, tags);
  else print([...tags.map(tagLine), BEST_TAG_RULE].join('\n'));
}

/** Tags of addresses with those they inherit. Throws USAGE without an address. */
function listInherited(context: CaseContext, args: TagArgs, question: TagQuestion): void {
  const { names, layer, json } = args;
  if (names.length === 0) throw new SpoorError('USAGE', 'tag list --inherited needs an address');
  const found = names.map((address) => tagsWithInherited(context, { address, run: null, layer }, question));
  const [{ run, claim, errorRates }] = found;
  const tags = found.flatMap(({ list }) => list);
  const through: Omit<InheritedTags, 'list'> = { run, layer, claim, errorRates };
  if (json) printRows(context, args, tags, { clusters: through });
  else print([...tags.map(listedLine), BEST_TAG_RULE, `clusters: ${claim}`].join('\n'));
  if (run.stale)
    say(args, `  note: the case was fed, or its tags changed, since run ${run.id}: its clusters may be others now`);
}

/** One tag of an address; an inherited one with what is left of its confidence, and the weakest link it comes over. */
function listedLine(tag: ListedTag): string {
  const { link, contested, passed } = tag;
  if (link === null) return tagLine(tag);
  const right = link.precisionBp === null ? '' : `, right for ${link.precisionBp} of 10000 pairs of a generated chain`;
  const chain = `${link.steps} ${link.steps === 1 ? 'link' : 'links'}, weakest ${link.heuristic} ${link.txid}${right}`;
  const against = contested === null ? '' : `  contested${passed ? '' : ', not passed on'}: ${contested}`;
  const own = `inherited through cluster:${link.cluster} ${link.layer} (level ${tag.confidenceLevel}; ${chain})`;
  return visibleText(`${tagLine(tag)}  ${own}${against}`);
}

/** What the taxonomy says of words. Throws NOT_FOUND, after the others were told, for the words it does not have. */
function tellConcepts({ names, json }: TagArgs): void {
  const places = names.map(conceptPlace);
  if (json) printJson({ schema: 'spoor.concepts/1', concepts: places });
  for (const { id, known, broader, narrower, interpol } of json ? [] : places) {
    const theirs = interpol === null ? 'none' : `${interpol.list} ${interpol.id} (${interpol.match})`;
    const around = `broader: ${broader.join(' < ') || '-'}; narrower: ${narrower.join(', ') || '-'}; INTERPOL: ${theirs}`;
    print(visibleText(known ? `${id}  ${around}` : `${id}  unknown concept`));
  }
  const unknown = places.filter(({ known }) => !known).map(({ id }) => `"${id.slice(0, 60)}"`);
  if (unknown.length > 0) throw new SpoorError('NOT_FOUND', `the taxonomy has no concept ${unknown.join(', ')}`);
}

/** Checks files of tags of any network without a case. Without `--no-keep-going` every wrong record is told, and found wrong all the same. */
function checkPacks(args: TagArgs): void {
  const reading = { ...readingOf(args), keepGoing: args.keepGoing ?? true };
  const checked = tagFiles(args.names).map((path) => {
    const { pack, name, format } = readPack(path, undefined, reading);
    const { title, tags, refused, notes } = pack;
    return { file: name, format, title, tags: tags.length, refused, notes };
  });
  if (args.json) printJson({ schema: 'spoor.tags/1', check: checked });
  for (const one of checked) tellFile(args, one);
  const wrong = checked.filter(({ refused }) => refused.length > 0);
  if (wrong.length > 0) {
    const count = wrong.reduce((sum, { refused }) => sum + refused.length, 0);
    throw new SpoorError('TAGPACK_INVALID', `${count} records are wrong`, {
      file: wrong[0].file,
      record: wrong[0].refused[0].record,
    });
  }
}

/** One tag; `possible` where the day asked about lies between two lists. */
export function tagLine(tag: StandingTag): string {
  const what = tag.category ?? tag.abuse ?? '-';
  const may = tag.standing === 'possible' ? '  possible' : '';
  return visibleText(
    `${subjectText(tag.subject)}  ${tag.label}  ${what}  ${tag.confidence}  ${tag.source}  (${tag.pack})${may}`,
  );
}
