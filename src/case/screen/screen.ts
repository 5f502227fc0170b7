/** The verb `screen`: one subject against tags, exposure and rules; kept with everything it read, so that it can be made again. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ENGINE_VERSION } from '../../ledger/index.ts';
import {
  type GoldenOutcome,
  type Identity,
  judgeGolden,
  parseRuleFile,
  type ResolvedScreening,
  type RuleFile,
  SANCTION,
  type Screening,
  type ScreeningAttribution,
  type ScreeningFrame,
  type ScreeningRequest,
  screen,
  screenFound,
} from '../../screen/index.ts';
import { hasVerdict, heightAt, inOneTransaction, latestTimeSec, putManifest, putVerdict } from '../../store/index.ts';
import { campaignsOf } from '../actor/actor.ts';
import { type CaseContext, inputsDigest, sha256Hex } from '../context.ts';
import { dateSec } from '../subject.ts';
import { listPacks, listTags } from '../tag/tags.ts';
import { readUserFile } from '../user-file.ts';
import { AccountScreener, foundOf, type KeptFound } from './account.ts';
import { Identities } from './identity.ts';
import { type Kept, screeningText } from './kept.ts';
import { type AssetPrices, pricesOn } from './prices.ts';
import { resolveScreening, type ScreenSettings } from './resolve.ts';
import { caseScreenView, KeepingView, type KeptReads } from './view.ts';

const RULES_LIMIT_BYTES = 1024 * 1024;
const DEFAULT_RULES = 'rules/default.yaml';
const LAST_SECOND = 86_399;

/** A file of rules with its name and text. */
export interface RulesText {
  readonly name: string;
  readonly text: string;
}

/** How screenings are made, beside what is asked. */
export interface ScreenOptions {
  /** null: the bundled rules. */
  readonly rules?: RulesText | null;
  /** Day `YYYY-MM-DD`: blocks and tags known up to its end. */
  readonly asOf?: string | null;
  /** Whether claims about other addresses of a cluster count. Default true. */
  readonly clusters?: boolean;
  /** Whether verdicts are kept in the case. Default true; look-ups are never kept. */
  readonly keep?: boolean;
  /** Files of prices; absent or empty: nothing is valued in dollars. */
  readonly prices?: readonly AssetPrices[];
  /** Seconds since epoch, for the record of when a verdict was made; null keeps no clock. It decides nothing. */
  readonly nowSec?: number | null;
}

/** Reads a file of rules; null gives the bundled ones. Throws FILE_NOT_FOUND, IO, TOO_LARGE. */
export function readRules(path: string | null): RulesText {
  if (path === null) {
    const file = fileURLToPath(import.meta.resolve(`#samples/${DEFAULT_RULES}`));
    return { name: DEFAULT_RULES, text: readFileSync(file, 'utf8') };
  }
  const { name, bytes } = readUserFile(path, RULES_LIMIT_BYTES);
  return { name, text: bytes.toString('utf8') };
}

/** A dry run: the file is checked and its golden cases are judged; no case is needed. Throws RULES_INVALID naming the field. */
export function testRules(rules: RulesText): { file: RuleFile; sha256: string; cases: GoldenOutcome[] } {
  const file = parseRuleFile(rules.text, rules.name);
  return { file, sha256: sha256Hex(rules.text), cases: judgeGolden(file) };
}

/** Screens many subjects of one case by one set of rules; what they share is read once. */
export class ScreenDesk {
  private readonly settings: ScreenSettings;
  private readonly inputs: string;
  private readonly options: ScreenOptions;
  private readonly accounts: AccountScreener;

  /** Throws RULES_INVALID, and SUBJECT_INVALID for a day that is none. */
  constructor(context: CaseContext, options: ScreenOptions = {}) {
    const rules = options.rules ?? readRules(null);
    const knownAt = options.asOf ?? null;
    const untilHeight = knownAt === null ? null : heightAt(context.store, dateSec(knownAt) + LAST_SECOND);
    const latestSec = latestTimeSec(context.store);
    const tipSec = knownAt === null ? latestSec : Math.min(dateSec(knownAt) + LAST_SECOND, latestSec ?? 0);
    this.options = options;
    this.inputs = inputsDigest(context.store);
    this.settings = {
      context,
      identities: new Identities(context, { knownAt, network: 'BTC', clusters: options.clusters ?? true }),
      rules: { text: rules.text, name: rules.name, sha256: sha256Hex(rules.text) },
      file: parseRuleFile(rules.text, rules.name),
      tip: context.view.tip(),
      tipSec,
      packs: listPacks(context).map(({ name, sha256 }) => ({ id: name, sha256 })),
      sanctionLists: sanctionLists(context, knownAt),
      knownAt,
      untilHeight,
    };
    // Clusters of accounts pass no claims on here.
    const named = new Identities(context, { knownAt, network: 'ETH', clusters: false });
    this.accounts = new AccountScreener(this.settings, named);
  }

  /** Digest of everything but the questions: facts, tags, rules, day. Answers of two desks with one digest are comparable. */
  get digest(): string {
    const { rules, knownAt, identities } = this.settings;
    const prices = (this.options.prices ?? []).map(({ asset, sha256, price }) => [asset, sha256, price]);
    const decides = [ENGINE_VERSION, this.inputs, rules.sha256, knownAt, identities.clusterRun, ...prices];
    return sha256Hex(JSON.stringify(decides));
  }

  /** Screens one subject; see `screenSubject`. */
  screen(request: ScreeningRequest): Screening {
    return this.screenWhole(request).answer;
  }

  /** As `screen`, with what was resolved and read. */
  screenWhole(request: ScreeningRequest): { answer: Screening } & Pick<Kept, 'resolved' | 'reads' | 'found'> {
    const isAccounts = request.subject.network === 'ethereum';
    return isAccounts ? this.screenAccounts(request) : this.screenOutputs(request);
  }

  private screenAccounts(request: ScreeningRequest): ReturnType<ScreenDesk['screenWhole']> {
    const { resolved: unpriced, found } = this.accounts.screen(request);
    const resolved = this.priced(unpriced);
    const { run, kept, frame } = this.frameOf(resolved);
    const answer = screenFound(foundOf(found), resolved, frame, this.settings.file);
    const reads = { ...NO_READS, identities: identitiesOf(found) };
    if (kept.traceId !== null) this.keep(run, { request, resolved, reads, found, frame: kept, answer });
    return { answer, resolved, reads, found };
  }

  private screenOutputs(request: ScreeningRequest): ReturnType<ScreenDesk['screenWhole']> {
    const { context, identities } = this.settings;
    const resolved = this.priced(resolveScreening(this.settings, request));
    const { run, kept, frame } = this.frameOf(resolved);
    const view = new KeepingView(caseScreenView(context, (address, day) => identities.identityOf(address, day)));
    const answer = screen(view, resolved, frame, this.settings.file);
    const reads = view.kept();
    if (kept.traceId !== null) this.keep(run, { request, resolved, reads, frame: kept, answer });
    return { answer, resolved, reads };
  }

  private priced(resolved: ResolvedScreening): ResolvedScreening {
    const { prices = [] } = this.options;
    return prices.length === 0 ? resolved : { ...resolved, prices: pricesOn(prices, resolved.atSec) };
  }

  /** What is put around an answer, and what of it is kept. */
  private frameOf(resolved: ResolvedScreening): { run: string; kept: Kept['frame']; frame: ScreeningFrame } {
    const { context } = this.settings;
    const decides = { ...resolved, rules: resolved.rules.sha256 };
    const manifest = sha256Hex(JSON.stringify([ENGINE_VERSION, decides, this.inputs]));
    const run = manifest.slice(0, 16);
    const keeps = (this.options.keep ?? true) && resolved.status === 'walk' && !context.store.db.readonly;
    const traceId = keeps ? run : null;
    const told: ScreeningAttribution[] = [];
    const attributions = (addresses: readonly string[]): readonly ScreeningAttribution[] => {
      told.push(...attributionsOf(context, addresses));
      return told;
    };
    return {
      run,
      kept: { manifest, traceId, attributions: told },
      frame: { id: `scr_${run}`, traceId, manifest, attributions },
    };
  }

  private keep(run: string, given: Omit<Kept, 'inputs'> & { request: ScreeningRequest; answer: Screening }): void {
    const { store } = this.settings.context;
    const { request, answer, ...rest } = given;
    const { resolved } = rest;
    const record: Kept = { ...rest, inputs: this.inputs };
    const { height, hash } = answer.as_of;
    const params = { subject: resolved.subject.text, direction: resolved.direction, rules: resolved.rules.sha256 };
    inOneTransaction(store, () => {
      if (hasVerdict(store, run)) return;
      putManifest(store, {
        id: run,
        verb: 'screen',
        engine: ENGINE_VERSION,
        params: JSON.stringify({ ...params, known_at: resolved.asOf.known_at, limits: resolved.limits }),
        tipHeight: height,
        tipHash: hash,
        inputs: this.inputs,
        seeds: '[]',
      });
      putVerdict(store, {
        run,
        subject: resolved.subject.text,
        level: answer.risk.level,
        request: JSON.stringify(request),
        reads: gzipSync(JSON.stringify(record)),
        answerSha256: sha256Hex(screeningText(answer)),
        madeSec: this.options.nowSec ?? null,
      });
    });
  }
}

const NO_READS: KeptReads = {
  frames: [],
  makers: [],
  keys: [],
  transactions: [],
  outputs: [],
  inputs: [],
  identities: [],
};

function identitiesOf({ assets }: KeptFound): KeptReads['identities'] {
  const found = new Map<string, Identity>();
  for (const { contributions } of assets)
    for (const { identity } of contributions) if (identity !== null) found.set(JSON.stringify(identity), identity);
  return [...found];
}

/**
 * Screens one subject; see schema spoor.screening/1. Throws SUBJECT_INVALID and what the parts of a subject throw, and RULES_INVALID; a subject of right
 * form that the case does not hold is answered with status `not_indexed`, level `unknown`.
 */
export function screenSubject(context: CaseContext, request: ScreeningRequest, options: ScreenOptions = {}): Screening {
  return new ScreenDesk(context, { ...options, asOf: request.as_of ?? options.asOf ?? null }).screen(request);
}

/** Names of the lists in the case that say who is sanctioned; empty when it holds none, so that nobody is called clean unchecked. */
function sanctionLists(context: CaseContext, knownAt: string | null): string[] {
  const named = listTags(context, { knownAt }).flatMap((tag) =>
    [tag.category, tag.abuse, ...tag.concepts].includes(SANCTION) ? [tag.pack] : [],
  );
  return [...new Set(named)].sort();
}

/** Who is held to stand behind the campaigns whose wallets these are, each in the word of its source, once. */
function attributionsOf(context: CaseContext, addresses: readonly string[]): ScreeningAttribution[] {
  const found = new Map<string, ScreeningAttribution>();
  for (const address of addresses)
    for (const { id, label, attributions } of campaignsOf(context, address))
      for (const { actor, certainty, source } of attributions)
        found.set([id, actor, certainty, source].join('\n'), {
          campaign: label,
          actor,
          name: actor,
          certainty,
          source,
        });
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
