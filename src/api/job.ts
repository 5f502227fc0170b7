/** Questions the service puts to the case: each runs in a thread of the pool, so that one that takes long keeps no other client waiting. */
import {
  type AssetPrices,
  actorDocument,
  actorList,
  alertsOfScreening,
  type CaseContext,
  caseTipTimes,
  clusterDocument,
  dataDocument,
  type FoundAlert,
  isCaseReady,
  loadTrace,
  openState,
  type RulesText,
  runWatches,
  ScreenDesk,
  screeningSubject,
  screenSubject,
  tagsOf,
  testRules,
  traceDocument,
  traceRows,
} from '../case/index.ts';
import type { ErrorCode, ErrorPlace } from '../ledger/index.ts';
import type { ScreeningRequest } from '../screen/index.ts';

/** A question as it crosses to a thread. `args` is plain JSON that the schema of its route has checked. */
export interface Job {
  readonly verb: string;
  readonly args: unknown;
}

/** What came of a job: the document as JSON text, or a coded error. `unexpected` is a bug: its stack is for the log only. */
export type JobAnswer =
  | { readonly ok: true; readonly text: string; readonly alerts: readonly FoundAlert[] }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly place: ErrorPlace;
      readonly hint: string | null;
      readonly unexpected: string | null;
    };

/** What a verb answers: its document, and the alerts it gives rise to. */
export interface Answered {
  readonly document: unknown;
  readonly alerts?: readonly FoundAlert[];
}

/** What the service was told to screen by: rules, and prices, of which there may be none. Read once by each thread. */
export interface ScreenBy {
  readonly rules: RulesText;
  readonly prices: readonly AssetPrices[];
}

/** A verb of the service. */
export type Verb = (context: CaseContext, args: unknown, by: ScreenBy) => Answered;

/** The verbs of the service by name. */
export const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['data', data],
  ['tips', (context) => ({ document: caseTipTimes(context) })],
  ['ready', (context) => ({ document: isCaseReady(context) })],
  ['rules', (_context, _args, { rules }) => ({ document: rulesDocument(rules) })],
  [
    'dry-run',
    (_context, args) => ({ document: rulesDocument({ name: 'request', text: (args as { text: string }).text }) }),
  ],
  ['screen', screen],
  ['watch', watch],
  ['tags', (context, args) => ({ document: tagList(context, args as TagArgs) })],
  ['cluster', (context, args) => ({ document: cluster(context, (args as { address: string }).address) })],
  ['actors', (context) => ({ document: { schema: 'spoor.actors/1', list: actorList(context) } })],
  ['actor', (context, args) => ({ document: actorDocument(context, (args as { name: string }).name) })],
  ['traces', (context) => ({ document: { schema: 'spoor.trace-list/1', items: traceRows(context) } })],
  ['trace', (context, args) => ({ document: traceDocument(context, loadTrace(context, (args as { id: string }).id)) })],
]);

/** What screenings of one state of a case share is read once. */
const desks = new WeakMap<CaseContext, ScreenDesk>();

/**
 * A verdict stays with the service, byte for byte: it is not kept in the case, which may be locked by whoever feeds it.
 */
function screen(context: CaseContext, args: unknown, by: ScreenBy): Answered {
  const request = args as ScreeningRequest;
  const document =
    request.as_of === undefined
      ? deskOf(context, by).screen(request)
      : screenSubject(context, request, { ...by, keep: false });
  return { document, alerts: alertsOfScreening(document) };
}

function deskOf(context: CaseContext, by: ScreenBy): ScreenDesk {
  const kept = desks.get(context);
  if (kept !== undefined) return kept;
  const desk = new ScreenDesk(context, { ...by, keep: false });
  desks.set(context, desk);
  return desk;
}

/** One look at everything watched, judged by the rules of the service. Alerts are kept by this thread, as the watch command keeps them beside a service. */
function watch(context: CaseContext, args: unknown, by: ScreenBy): Answered {
  const state = openState(context.store.file, { exclusive: false });
  try {
    const outcomes = runWatches(context, state, {
      nowMs: (args as { nowMs: number }).nowMs,
      screen: (of, text, direction) =>
        screenSubject(of, { subject: screeningSubject(text, of.network), direction }, { ...by, keep: false }),
    });
    return { document: outcomes };
  } finally {
    state.close();
  }
}

/** Rules with their golden cases judged. */
function rulesDocument(rules: RulesText): unknown {
  const { file, sha256, cases } = testRules(rules);
  return { schema: 'spoor.rules/1', sha256, rules: JSON.parse(JSON.stringify(file, amountText)) as unknown, cases };
}

/** Amounts are text in JSON. */
function amountText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function data(context: CaseContext, args: unknown, { rules, prices }: ScreenBy): Answered {
  const { nowSec, maxAgeSec } = args as { nowSec: number; maxAgeSec: number | null };
  const priced = prices.map(({ asset, price, file, sha256 }) => ({ asset, price, file, sha256 }));
  return { document: { ...dataDocument(context, nowSec, maxAgeSec), rules: rulesOf(rules), prices: priced } };
}

function rulesOf(rules: RulesText): unknown {
  const { file, sha256 } = testRules(rules);
  return { id: file.id, version: file.version, sha256 };
}

interface TagArgs {
  readonly subject: string;
  readonly as_of?: string;
  readonly known_at?: string;
}

/** Tags on the days asked about; without them all that were not taken back. */
function tagList(context: CaseContext, { subject, as_of: asOf, known_at: knownAt }: TagArgs): unknown {
  return { schema: 'spoor.tag-list/1', subject, items: tagsOf(context, subject, { asOf, knownAt }) };
}

/** The cluster of an address in the latest run, merged by common inputs only. */
function cluster(context: CaseContext, address: string): unknown {
  return clusterDocument(context, { address, run: null, layer: 'core' });
}
