/** `tag`: import, list, check, export, retract. */
import type { Argv } from 'yargs';
import {
  type CaseContext,
  type CaseTag,
  exportTags,
  importPacks,
  listPacks,
  listTags,
  readPack,
  retractPack,
  subjectText,
  tagsOf,
  withCase,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { visibleText } from '../report/index.ts';
import { type GlobalOptions, handler, parseDay, print, printJson, say, today } from './io.ts';

/** Adds the command. */
export function tagCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'tag <action> [names..]',
    'import, list, check, export or retract tags',
    tagOptions,
    handler(runTag),
  );
}

function tagOptions(yargs: Argv): Argv {
  return yargs
    .positional('action', { choices: ['import', 'list', 'check', 'export', 'retract'] as const, demandOption: true })
    .positional('names', {
      type: 'string',
      array: true,
      default: [],
      describe: 'files to import or check; subjects to list; packs to retract',
    })
    .option('as-of', { type: 'string', requiresArg: true, describe: 'for list: what held on this day' })
    .option('known-at', { type: 'string', requiresArg: true, describe: 'for list: what was known on this day' })
    .option('on', { type: 'string', requiresArg: true, describe: 'for retract: since which day; today by default' })
    .option('reason', { type: 'string', requiresArg: true, describe: 'for retract: why' })
    .option('of', {
      type: 'string',
      requiresArg: true,
      describe: 'for retract: only what the pack says of this subject',
    })
    .example('$0 tag import pack.yaml', 'a TagPack into the case')
    .example('$0 tag check pack.yaml', 'validate without keeping')
    .example('$0 tag list --as-of 2025-01-01 ADDRESS', 'what was said of an address on a day')
    .example('$0 tag retract pack.yaml --on 2025-03-01 --reason "withdrawn"', 'take a pack back; it stays as a fact');
}

interface TagArgs extends GlobalOptions {
  readonly action: 'import' | 'list' | 'check' | 'export' | 'retract';
  readonly names: string[];
  readonly asOf?: string;
  readonly knownAt?: string;
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
  else withCase(args.case, { create: action === 'import' }, (context) => IN_CASE[action](context, args));
}

function printRows(context: CaseContext, args: TagArgs, done: readonly object[]): void {
  if (args.json) printJson({ schema: 'spoor.tags/1', packs: listPacks(context), [args.action]: done });
  for (const row of args.json ? [] : done) {
    const fields = Object.entries(row).filter(([, value]) => !Array.isArray(value));
    print(visibleText(fields.map(([key, value]) => `${key} ${String(value)}`).join(', ')));
  }
}

function runImport(context: CaseContext, args: TagArgs): void {
  const done = importPacks(context, args.names);
  printRows(context, args, done);
  for (const { notes } of done) for (const note of notes) say(args, `  note: ${visibleText(note)}`);
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
  else print(exportTags(context));
}

function runList(context: CaseContext, args: TagArgs): void {
  const { names, json } = args;
  const question = {
    asOf: args.asOf === undefined ? null : parseDay('--as-of', args.asOf),
    knownAt: args.knownAt === undefined ? null : parseDay('--known-at', args.knownAt),
  };
  const tags =
    names.length === 0 ? listTags(context, question) : names.flatMap((name) => [...tagsOf(context, name, question)]);
  if (json) printRows(context, args, tags);
  else print(tags.map(tagLine).join('\n'));
}

/** Checks packs of any Bitcoin network without a case. */
function checkPacks(args: GlobalOptions & { names: string[] }): void {
  const checked = args.names.map((path) => {
    const { pack, name } = readPack(path);
    return { file: name, title: pack.title, tags: pack.tags.length, notes: pack.notes };
  });
  if (args.json) printJson({ schema: 'spoor.tags/1', check: checked });
  for (const { file, title, tags, notes } of args.json ? [] : checked) {
    print(visibleText(`${file}: ${title}, ${tags} tags`));
    for (const note of notes) say(args, `  note: ${visibleText(note)}`);
  }
}

function tagLine(tag: CaseTag): string {
  const what = tag.category ?? tag.abuse ?? '-';
  return visibleText(
    `${subjectText(tag.subject)}  ${tag.label}  ${what}  ${tag.confidence}  ${tag.source}  (${tag.pack})`,
  );
}
