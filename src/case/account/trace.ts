/**
 * The verb `trace` over accounts: seeds, rules, stops and conventions to a stored run. What a run says is kept as it was said (a note of the run); `why`
 * asks the engine again, from the manifest.
 */
import {
  type AccountId,
  type AccountView,
  type Asset,
  type AssetId,
  account,
  ENGINE_VERSION,
  type FrameHole,
  NONE,
  SpoorError,
} from '../../ledger/index.ts';
import { accountTerminals, conversionsOf, type Terminal, type TokenList, tokenList } from '../../pattern/index.ts';
import type { AccountReport } from '../../report/index.ts';
import {
  findRun,
  inOneTransaction,
  putManifest,
  putRunNote,
  runNote,
  runs,
  type StoredRun,
} from '../../store/index.ts';
import {
  type AccountConventions,
  type AccountRuleName,
  type AccountSeed,
  type AccountTaintResult,
  accountPriors,
  accountTaint,
  type FrameNote,
} from '../../taint/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { runId } from '../run.ts';
import { heightOrDate } from '../subject.ts';
import { serviceAccounts } from '../tag/tags.ts';
import { heldView } from './held.ts';
import { accountReport } from './report.ts';
import { type AccountSeedRequest, findSeeds, followedAssets, parseAccountSeed, seedOver } from './seed.ts';

/** Where taint over accounts may be told to stop: at custodial services (from tags), and at contracts by their kind. */
export const ACCOUNT_STOPS = ['service', 'mixer', 'bridge', 'dex'] as const;
/** One of `ACCOUNT_STOPS`. */
export type AccountStop = (typeof ACCOUNT_STOPS)[number];

/** Verb under which these runs are kept. */
export const ACCOUNT_TRACE = 'account-trace';

/** Everything a user may ask of a trace over accounts. */
export interface AccountTraceRequest {
  readonly seeds: readonly AccountSeedRequest[];
  readonly rules: readonly AccountRuleName[];
  readonly stopAt: readonly AccountStop[];
  readonly conventions: AccountConventions;
  /** `listed`: only assets on the list of known contracts; `all`: every token, whatever it calls itself. */
  readonly tokens: 'listed' | 'all';
  /** `follow`: taint goes on in the asset it was changed for; `stop`: it stays with what was paid. */
  readonly conversions: 'follow' | 'stop';
  /** What taint is on an account of which the case holds no transaction that it sent: `unresolved` or `held`. */
  readonly unseen: 'unresolved' | 'held';
  readonly maxHops: number | null;
  /** Lots of one balance under rules of order. */
  readonly maxLots: number | null;
  /** Block or date, or null. */
  readonly until: string | null;
}

/** Parameters as kept in the manifest. */
export interface AccountTraceParams extends Omit<AccountTraceRequest, 'seeds'> {
  readonly chain: 'ethereum';
  readonly chainId: number;
  readonly seeds: ReadonlyArray<{ readonly label: string; readonly subject: string }>;
  /** Labels in canonical order: that of each label's earliest receipt. */
  readonly labels: readonly string[];
}

/** A stored run with its report. */
export interface AccountTraceRun {
  readonly run: StoredRun;
  readonly params: AccountTraceParams;
  readonly report: AccountReport;
}

/** Why value stops at an account. */
export interface StopPlace {
  readonly reason: AccountStop;
  readonly name: string;
  readonly terminal: Terminal | null;
}

/** What the engine was asked and said, with what the documents need besides. */
export interface AccountAnswer {
  readonly view: AccountView;
  readonly params: AccountTraceParams;
  readonly seeds: readonly AccountSeed[];
  /** Subject of each engine seed, as written. */
  readonly seedTexts: readonly string[];
  readonly result: AccountTaintResult;
  readonly stops: ReadonlyMap<AccountId, StopPlace>;
  readonly tokens: TokenList;
  readonly convert: ReturnType<typeof conversionsOf>;
}

const REPORT_NOTE = 'report';

/** Runs a trace and keeps it. Throws NOT_FOUND for a seed without receipt, CONSERVATION. */
export function traceAccounts(context: CaseContext, request: AccountTraceRequest): AccountTraceRun {
  return inOneTransaction(context.store, () => {
    const answer = answerOf(context, request);
    const run = manifest(context, answer);
    const report = accountReport(context, run, answer);
    putManifest(context.store, run);
    putRunNote(context.store, run.id, REPORT_NOTE, JSON.stringify(report));
    return { run, params: answer.params, report };
  });
}

/** Whether the run that is meant, or the latest of both kinds, is one over accounts. */
export function isAccountRun({ store }: CaseContext, prefix: string | null): boolean {
  const meant = runs(store).filter(
    ({ verb, id }) => ['trace', ACCOUNT_TRACE].includes(verb) && id.startsWith(prefix ?? ''),
  );
  return meant.at(-1)?.verb === ACCOUNT_TRACE;
}

/** Reads a run back as it was. Throws NOT_FOUND. */
export function loadAccountTrace(context: CaseContext, prefix: string | null): AccountTraceRun {
  const run = findRun(context.store, prefix, ACCOUNT_TRACE);
  const text = runNote(context.store, run.id, REPORT_NOTE);
  if (text === null) throw new SpoorError('CASE_UNREADABLE', `run ${run.id} has lost what it said`, {}, 'trace again');
  return { run, params: JSON.parse(run.params) as AccountTraceParams, report: JSON.parse(text) as AccountReport };
}

/** Asks the engine what a stored run asked, or some of its rules. Throws what `traceAccounts` throws. */
export function answerAgain(
  context: CaseContext,
  params: AccountTraceParams,
  rules: AccountTraceParams['rules'] = params.rules,
): AccountAnswer {
  const { chain: _chain, chainId: _chainId, labels: _labels, seeds: kept, ...asked } = params;
  const seeds = kept.map(({ label, subject }) => seedOver(context, parseAccountSeed(`${label}=${subject}`)));
  return answerOf(context, { ...asked, rules, seeds });
}

/** Places of the view where value stops, by account. A tag of a service wins over a table. */
export function stopPlaces(
  context: CaseContext,
  stopAt: readonly AccountStop[],
  view: AccountView = context.accounts,
): Map<AccountId, StopPlace> {
  const kinds = (['mixer', 'bridge', 'dex'] as const).filter((kind) => stopAt.includes(kind));
  const stops = new Map<AccountId, StopPlace>();
  for (const [id, terminal] of kinds.length === 0 ? [] : accountTerminals(view, { kinds, byEvent: true }))
    stops.set(id, { reason: terminal.kind, name: terminal.name, terminal });
  if (!stopAt.includes('service')) return stops;
  for (const [text, tag] of serviceAccounts(context)) {
    const id = view.findAccount(account(text));
    if (id !== null && !stops.has(id)) stops.set(id, { reason: 'service', name: tag.label, terminal: null });
  }
  return stops;
}

/** Runs the engine. */
export function answerOf(context: CaseContext, request: AccountTraceRequest): AccountAnswer {
  const view = heldView(context.accounts);
  const tokens = tokenList();
  const followed = followedAssets(view, (asset: Asset) => request.tokens === 'all' || tokens.byAsset.has(asset));
  const found = findSeeds(view, request.seeds, followed);
  const labels = [...new Set(found.map(({ label }) => label))];
  const stops = stopPlaces(context, request.stopAt, view);
  const convert = conversionsOf(view, { tokens, terminals: stops });
  const seeds = found.flatMap(({ label, selects }) =>
    selects.map((select) => ({ label: labels.indexOf(label), select })),
  );
  const seedTexts = found.flatMap(({ text, selects }) => selects.map(() => text));
  const width = view.assetCount();
  const sends = request.unseen === 'held' ? null : spendingSeen(view, width);
  const result = accountTaint(view, {
    rules: request.rules,
    labelCount: labels.length,
    seeds,
    priors: accountPriors(view, request.conventions),
    limits: {
      maxHops: request.maxHops,
      minAmount: new Map(),
      untilKey: untilKey(view, request.until),
      maxLots: request.maxLots,
    },
    conventions: request.conventions,
    stopAt: (account) => stops.get(account)?.reason ?? null,
    conversionsOf: (frame) => (request.conversions === 'stop' ? [] : convert(frame).conversions),
    ...(sends === null ? {} : { isCovered: (own: AccountId, asset: AssetId) => sends.has(own * width + asset) }),
    notesOf: ({ holes = [] }) => holes.map((hole) => NOTE_OF_HOLE[hole]),
    keepTrail: true,
  });
  const { seeds: _asked, ...rest } = request;
  const params: AccountTraceParams = {
    ...rest,
    chain: 'ethereum',
    chainId: view.chainId,
    seeds: found.map(({ label, text }) => ({ label, subject: text })),
    labels,
  };
  return { view, params, seeds, seedTexts, result, stops, tokens, convert };
}

/** Balances of which the case has seen a payment, or a source stated the amount: taint that rests there can be called held. Account times assets plus asset. */
export function spendingSeen(view: AccountView, width: number): Set<number> {
  const seen = new Set<number>();
  for (const { effects } of view.frames())
    for (const { from, asset } of effects) if (from !== NONE) seen.add(from * width + asset);
  for (const { account: own, asset } of view.balances()) seen.add(own * width + asset);
  return seen;
}

/** Key of the last frame up to a block or the end of a day. */
function untilKey(view: AccountView, until: string | null): number | null {
  if (until === null) return null;
  const limit = heightOrDate(until, 'last');
  let last = -1;
  for (const { orderKey, blockNumber, timestampSec } of view.frames()) {
    const within =
      'height' in limit
        ? blockNumber !== NONE && blockNumber <= limit.height
        : timestampSec !== null && timestampSec <= limit.timeSec;
    if (within) last = orderKey;
  }
  return last;
}

const NOTE_OF_HOLE: Readonly<Record<FrameHole, FrameNote>> = {
  approximate: 'approximate-amount',
  internal: 'internal-missing',
  tokens: 'tokens-missing',
  fee: 'fee-missing',
  status: 'status-missing',
};

function manifest(context: CaseContext, { view, params, result }: AccountAnswer): StoredRun {
  const tip = view.tip();
  const run: StoredRun = {
    id: '',
    verb: ACCOUNT_TRACE,
    engine: ENGINE_VERSION,
    params: JSON.stringify(params),
    tipHeight: tip.height,
    tipHash: tip.hash,
    inputs: inputsDigest(context.store),
    seeds: JSON.stringify(
      result.seeded.map(({ label, asset, receipts, amount }) => [
        params.labels[label],
        view.asset(asset).asset,
        receipts,
        String(amount),
      ]),
    ),
  };
  return { ...run, id: runId(run) };
}
