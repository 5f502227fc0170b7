/** The dossier of an actor: what packs claim of it, and what the runs of the case found of the money of its wallets, each under its word of certainty. */
import { NATIVE, outputId, SpoorError } from '../../ledger/index.ts';
import type { TraceDocument } from '../../report/index.ts';
import { dossierRows, runs } from '../../store/index.ts';
import {
  type Actor,
  type Attribution,
  actorPackYaml,
  type Campaign,
  type Certainty,
  subjectText,
} from '../../tag/index.ts';
import type { CaseContext } from '../context.ts';
import { tagsOfAddress } from '../tag/tags.ts';
import { traceDocument } from '../trace/document.ts';
import { readTrace } from '../trace/trace.ts';
import { accountRows, accountRuns, servicesBySum } from './account.ts';

/** Money of the wallets in one run under one rule in one asset, in its base units (satoshi, wei) as decimal text. */
export interface TracedRow {
  readonly run: string;
  readonly chain: 'bitcoin' | 'ethereum';
  /** `native`, or a contract. */
  readonly asset: string;
  readonly rule: string;
  readonly label: string;
  /** The rule and the ledger decide it: it is `derived`. */
  readonly certainty: Certainty;
  readonly seeded: string;
  readonly held: string;
  readonly stopped: string;
  readonly unresolved: string;
  /** Services at which it stopped, with what came to each on how many outputs (of an account chain: accounts); named by a tag, so `inferred`. */
  readonly services: readonly {
    readonly name: string;
    readonly amount: string;
    readonly outputs: number;
    readonly certainty: Certainty;
  }[];
}

/** A campaign in a dossier. */
export interface CampaignRow extends Omit<Campaign, 'wallets'> {
  readonly pack: string;
  readonly wallets: readonly {
    readonly address: string;
    readonly network: string;
    readonly role: string;
    readonly certainty: Certainty;
    readonly source: string;
  }[];
  readonly traced: readonly TracedRow[];
}

/** `spoor actor show --json`. */
export interface ActorDocument {
  readonly schema: 'spoor.actor/1';
  readonly name: string;
  /** What each pack says of the actor; packs that disagree stand side by side. */
  readonly actors: readonly (Actor & { readonly pack: string })[];
  readonly campaigns: readonly CampaignRow[];
}

function actorsOf(context: CaseContext): (Actor & { readonly pack: string })[] {
  return dossierRows(context.store, 'actor').map(({ content, packName }) => ({
    ...(JSON.parse(content) as Actor),
    pack: packName,
  }));
}

function campaigns(context: CaseContext): (Campaign & { readonly pack: string })[] {
  return dossierRows(context.store, 'campaign').map(({ content, packName }) => ({
    ...(JSON.parse(content) as Campaign),
    pack: packName,
  }));
}

/** Every actor and campaign of the case, by id. */
export function actorList(
  context: CaseContext,
): { kind: 'actor' | 'campaign'; id: string; label: string; pack: string }[] {
  return (['actor', 'campaign'] as const).flatMap((kind) =>
    dossierRows(context.store, kind).map(({ id, label, packName }) => ({ kind, id, label, pack: packName })),
  );
}

/** Actors of the case as an ActorPack. */
export function exportActors(context: CaseContext): string {
  const once = new Map(actorsOf(context).map(({ pack: _pack, ...actor }) => [actor.id, actor]));
  return actorPackYaml({ title: 'Actors of a spoor case', creator: 'spoor', actors: [...once.values()] });
}

/** Campaigns that a subject is a wallet of, each with its role there and who is held to stand behind it, in whose word. */
export function campaignsOf(
  context: CaseContext,
  subject: string,
): {
  id: string;
  label: string;
  kind: string;
  role: string;
  certainty: Certainty;
  source: string;
  attributions: readonly Attribution[];
}[] {
  return campaigns(context).flatMap(({ id, label, kind, wallets, attributions }) =>
    wallets
      .filter((wallet) => subjectText(wallet.subject) === subject)
      .map(({ role, certainty, source }) => ({ id, label, kind, role, certainty, source, attributions })),
  );
}

/** Names of campaigns: of those a wallet belongs to (by its text, in order of ids), and of one by its id. */
export function campaignNames(context: CaseContext): {
  readonly byId: ReadonlyMap<string, string>;
  readonly byWallet: ReadonlyMap<string, string>;
} {
  const all = campaigns(context);
  const byWallet = new Map<string, string>();
  for (const { label, wallets } of all)
    for (const { subject } of wallets) {
      const wallet = subjectText(subject);
      if (!byWallet.has(wallet)) byWallet.set(wallet, label);
    }
  return { byId: new Map(all.map(({ id, label }) => [id, label])), byWallet };
}

/** The dossier of an actor or campaign, by id, label or alias in any case of letters. Throws NOT_FOUND. */
export function actorDocument(context: CaseContext, name: string): ActorDocument {
  const wanted = name.toLowerCase();
  const actors = actorsOf(context).filter(({ id, label, aliases }) =>
    [id, label, ...aliases].some((text) => text.toLowerCase() === wanted),
  );
  const ids = new Set(actors.map(({ id }) => id.toLowerCase()));
  const found = campaigns(context).filter(
    ({ id, label, attributions }) =>
      [id, label].some((text) => text.toLowerCase() === wanted) ||
      attributions.some(({ actor }) => ids.has(actor.toLowerCase())),
  );
  if (actors.length === 0 && found.length === 0) {
    const message = `no pack of the case describes an actor or campaign called "${name.slice(0, 80)}"`;
    throw new SpoorError(
      'NOT_FOUND',
      message,
      {},
      'spoor actor list shows them; spoor tag import samples/actors brings the bundled ones',
    );
  }
  const documents = found.length === 0 ? [] : traces(context);
  const overAccounts = found.length === 0 ? [] : accountRuns(context);
  const tracedOf = (wallets: ReadonlySet<string>): TracedRow[] => [
    ...tracedRows(context, documents, wallets),
    ...accountRows(overAccounts, wallets),
  ];
  return {
    schema: 'spoor.actor/1',
    name,
    actors,
    campaigns: found.map(({ wallets, ...campaign }) => ({
      ...campaign,
      wallets: wallets.map(({ subject, network, role, certainty, source }) => ({
        address: subjectText(subject),
        network,
        role,
        certainty,
        source,
      })),
      traced: tracedOf(new Set(wallets.map(({ subject }) => subjectText(subject)))),
    })),
  };
}

interface Traced {
  readonly document: TraceDocument;
  /** Labels with the addresses their seeds lie on. */
  readonly seeds: ReadonlyMap<string, readonly (string | null)[]>;
}

function traces(context: CaseContext): Traced[] {
  return runs(context.store)
    .filter(({ verb }) => verb === 'trace')
    .map((run) => {
      const traced = readTrace(context, run);
      const seeds = new Map<string, (string | null)[]>();
      for (const { label, output } of traced.content.seeds) {
        const name = traced.params.labels[label];
        seeds.set(name, [...(seeds.get(name) ?? []), context.view.output(outputId(output)).address]);
      }
      return { document: traceDocument(context, traced), seeds };
    });
}

/** Rows of the labels whose every seed lies on one of the wallets: a label that mixes others in says nothing of these. */
function tracedRows(context: CaseContext, documents: readonly Traced[], wallets: ReadonlySet<string>): TracedRow[] {
  return documents.flatMap(({ document, seeds }) => {
    const own = new Set(
      [...seeds]
        .filter(([, at]) => at.every((address) => address !== null && wallets.has(address)))
        .map(([label]) => label),
    );
    return document.rules.flatMap(({ rule, books, holdings }) =>
      books
        .filter(({ label }) => own.has(label))
        .map(({ label, seeded, held, stopped, unresolved }) => ({
          ...{ run: document.run.id, chain: 'bitcoin' as const, asset: NATIVE, rule, label },
          ...{ certainty: 'derived' as const, seeded, held, stopped, unresolved },
          services: servicesReached(context, holdings, label),
        })),
    );
  });
}

function servicesReached(
  context: CaseContext,
  holdings: TraceDocument['rules'][number]['holdings'],
  label: string,
): TracedRow['services'] {
  const sums = new Map<string, { amount: bigint; outputs: number }>();
  for (const { address, taint, stop } of holdings) {
    const amount = taint[label];
    if (stop?.reason !== 'service' || amount === undefined || address === null) continue;
    const name = tagsOfAddress(context, address).at(0)?.label ?? address;
    const before = sums.get(name) ?? { amount: 0n, outputs: 0 };
    sums.set(name, { amount: before.amount + BigInt(amount), outputs: before.outputs + 1 });
  }
  return servicesBySum(sums);
}
