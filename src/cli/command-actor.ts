/** `actor`: list, show, import, export. */
import type { Argv } from 'yargs';
import { type ActorDocument, actorDocument, actorList, exportActors, importPacks, withCase } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { visibleText } from '../report/index.ts';
import { type GlobalOptions, handler, print, printJson } from './io.ts';

/** Adds the command. */
export function actorCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command(
    'actor <action> [names..]',
    'list, show, import or export actors and campaigns',
    (y) =>
      y
        .positional('action', { choices: ['list', 'show', 'import', 'export'] as const, demandOption: true })
        .positional('names', { type: 'string', array: true, default: [], describe: 'names to show; packs to import' })
        .example('$0 actor import samples/actors', 'the bundled pack of public facts')
        .example('$0 actor show "Lazarus Group"', 'campaigns, wallets, amounts traced, services reached'),
    handler(runActor),
  );
}

interface ActorArgs extends GlobalOptions {
  readonly action: 'list' | 'show' | 'import' | 'export';
  readonly names: string[];
}

function runActor(args: ActorArgs): void {
  const { action, names, json } = args;
  if ((action === 'show' || action === 'import') && names.length === 0) {
    throw new SpoorError('USAGE', `actor ${action} needs at least one name`);
  }
  withCase(args.case, { create: action === 'import' }, (context) => {
    if (action === 'export') print(exportActors(context));
    else if (action === 'list') {
      const list = actorList(context);
      if (json) printJson({ schema: 'spoor.actors/1', list });
      else
        print(list.map(({ kind, id, label, pack }) => visibleText(`${kind}  ${id}  ${label}  (${pack})`)).join('\n'));
    } else if (action === 'import') {
      const done = importPacks(context, names);
      if (json) printJson({ schema: 'spoor.actors/1', import: done });
      else for (const { file, title, tags } of done) print(visibleText(`${file}: ${title}, ${tags} wallets`));
    } else {
      const documents = names.map((name) => actorDocument(context, name));
      if (json) printJson(documents.length === 1 ? documents[0] : documents);
      else print(documents.map(dossierText).join('\n'));
    }
  });
}

/** Base unit of an asset: a token has none with a name. */
function unitOf(chain: 'bitcoin' | 'ethereum', asset: string): string {
  if (asset !== 'native') return `units of ${asset}`;
  return chain === 'bitcoin' ? 'sat' : 'wei';
}

/** A dossier as text, hidden characters spelled out. */
export function dossierText(document: ActorDocument): string {
  return dossierLines(document).map(visibleText).join('\n');
}

function dossierLines({ actors, campaigns }: ActorDocument): string[] {
  return [
    ...actors.flatMap((actor) => [
      `${actor.label} (${actor.id}), as ${actor.pack} says${actor.confidence === null ? '' : `, confidence ${actor.confidence}`}`,
      ...(actor.aliases.length === 0 ? [] : [`  aliases: ${actor.aliases.join(', ')}`]),
      ...(actor.jurisdictions.length === 0 ? [] : [`  jurisdictions: ${actor.jurisdictions.join(', ')}`]),
      ...actor.sources.map((source) => `  source: ${source}`),
    ]),
    ...campaigns.flatMap(campaignLines),
  ];
}

function campaignLines(campaign: ActorDocument['campaigns'][number]): string[] {
  const { id, label, kind, from, to, pack, attributions, victims, statements, wallets, traced } = campaign;
  return [
    `campaign ${label} (${id}), ${kind}, ${from ?? '?'} to ${to ?? '?'}, as ${pack} says`,
    ...attributions.map(
      ({ actor, certainty, source, stated }) =>
        `  ${certainty}: the work of ${actor}${stated === null ? '' : `, said ${stated}`} [${source}]`,
    ),
    ...victims.map(({ text, certainty, source }) => `  ${certainty}: victim ${text} [${source}]`),
    ...statements.map(({ text, certainty, source }) => `  ${certainty}: ${text} [${source}]`),
    ...wallets.map(
      ({ address, network, role, certainty, source }) =>
        `  ${certainty}: ${role} wallet ${address} (${network}) [${source}]`,
    ),
    ...traced.flatMap(
      ({ run, chain, asset, rule, label: seed, certainty, seeded, held, stopped, unresolved, services }) => [
        `  ${certainty}: ${rule} of ${seed}: ${seeded} ${unitOf(chain, asset)} traced, ${stopped} stopped, ${held} held, ${unresolved} unresolved [run ${run.slice(0, 16)}]`,
        ...services.map(
          ({ name, amount, outputs, certainty: word }) =>
            `    ${word}: ${amount} ${unitOf(chain, asset)} reached ${name} on ${outputs} ${chain === 'bitcoin' ? 'outputs' : 'accounts'}`,
        ),
      ],
    ),
    ...(traced.length === 0 ? ['  no run of the case traces these wallets: spoor trace --seed LABEL=ADDRESS'] : []),
  ];
}
