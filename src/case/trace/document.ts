/** A stored run as the JSON document of the command-line contract: text identities, decimal-string amounts. */
import { type Gap, type GapKind, NONE, outputId, type TxId } from '../../ledger/index.ts';
import type {
  BookRow,
  GapRow,
  HoldingRow,
  OverlapRow,
  RuleDocument,
  StopCitation,
  TraceDocument,
} from '../../report/index.ts';
import type { Book, Placement, TaintGap } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { carriedBounds } from './carried.ts';
import { coinjoinRows } from './coinjoin.ts';
import { coinjoinChoice } from './coinjoin-choice.ts';
import { coverageDocument } from './coverage.ts';
import { intervalsOf } from './intervals.ts';
import { overlapRows } from './overlap.ts';
import { servicesOfRun } from './service-stop.ts';
import type { TraceParams, TraceRun } from './trace.ts';
import { ruleBounds } from './unknown.ts';

/** The contract document of a run. */
export function traceDocument(context: CaseContext, traced: TraceRun): TraceDocument {
  const { run, params, content } = traced;
  const services = servicesOfRun(context, traced);
  const heights = new Map<TxId, number | null>();
  const heightOf = (tx: TxId): number | null => {
    if (!heights.has(tx)) heights.set(tx, context.view.transaction(tx).height);
    return heights.get(tx) ?? null;
  };
  const stop = (placement: Placement, address: string | null): StopCitation | undefined => {
    if (placement.reason === null) return undefined;
    return placement.reason === 'service' ? services.citation(address) : { reason: placement.reason, tag: '' };
  };
  const bounds = ruleBounds(context, traced);
  const carried = carriedBounds(context, traced);
  const { atCoinjoin } = coinjoinChoice(params);
  return {
    schema: 'spoor.trace/1',
    run: {
      id: run.id,
      engine: run.engine,
      chain: context.view.chain,
      tip: { height: run.tipHeight, hash: run.tipHash },
      params: { ...params },
      inputs: run.inputs,
    },
    seeds: JSON.parse(run.seeds) as TraceDocument['seeds'],
    rules: content.rules.map(
      (rule): RuleDocument => ({
        rule: rule.rule,
        conserves: rule.conserves,
        books: rule.books.map((book, label) => bookRow(params.labels[label], book)),
        holdings: rule.holdings.map((placement) => {
          const own = (bounds.get(rule.rule) ?? carried.get(rule.rule))?.of(placement.output);
          const row = holdingRow(context, { placement, params, stop, heightOf });
          return own === undefined ? row : { ...row, bounds: own };
        }),
        ...(rule.coarse === undefined ? {} : { coarse: rule.coarse }),
        ...overlapsOf(overlapRows(context, traced, rule)),
        ...(bounds.has(rule.rule) ? { unknown: bounds.get(rule.rule)?.row } : {}),
        ...(carried.has(rule.rule) ? { carried: carried.get(rule.rule)?.row } : {}),
      }),
    ),
    gaps: content.gaps.map((gap) => gapRow(gapOf(context, gap))),
    ...(params.envelope === true ? { intervals: intervalsOf(context, traced) } : {}),
    coverage: coverageDocument(context, traced),
    ...(params.serviceReach === undefined ? {} : { serviceConflicts: services.conflicts }),
    ...(atCoinjoin === 'bounds' || atCoinjoin === 'carry' ? { coinjoins: coinjoinRows(context, traced) } : {}),
  };
}

/** Overlaps where there are any. */
export function overlapsOf(rows: OverlapRow[]): { overlaps?: OverlapRow[] } {
  return rows.length === 0 ? {} : { overlaps: rows };
}

/** The books of one label in text. */
export function bookRow(label: string, book: Book): BookRow {
  return {
    label,
    seeded: String(book.seeded),
    held: String(book.held),
    fee: String(book.fee),
    stopped: String(book.stopped),
    cut: String(book.cut),
    burned: String(book.burned),
    unresolved: String(book.unresolved),
  };
}

function holdingRow(
  context: CaseContext,
  given: {
    placement: Placement;
    params: TraceParams;
    heightOf: (tx: TxId) => number | null;
    stop: (placement: Placement, address: string | null) => StopCitation | undefined;
  },
): HoldingRow {
  const { placement, params } = given;
  const output = context.view.output(placement.output);
  const stop = given.stop(placement, output.address);
  return {
    outpoint: output.outpoint,
    address: output.address,
    height: given.heightOf(placement.tx),
    value: String(placement.valueSat),
    taint: Object.fromEntries(placement.taint.map(([label, amountSat]) => [params.labels[label], String(amountSat)])),
    hops: placement.hops,
    status: placement.status,
    ...(stop === undefined ? {} : { stop }),
    ...(placement.coarse === undefined ? {} : { coarse: placement.coarse }),
  };
}

/** What each hole means, for people. */
export const GAP_DETAIL: Readonly<Record<GapKind, string>> = {
  'spender-missing': 'a source saw this output spent; no transaction of the case is known to spend it',
  'input-height-unknown':
    'an input of this transaction was made by a transaction that the case does not hold, so a rule of age cannot order it',
  'input-value-unknown':
    'it is spent together with an input whose value no source gives, so no rule can divide the sum',
  'parent-missing':
    'the case does not hold the transaction that made what this input spends, so its history is unknown',
  'coinbase-missing': 'fee taint was to follow into the coinbase of its block, which the case does not hold completely',
};

/** A hole of the engine in text identities. */
function gapOf(context: CaseContext, { kind, output, tx, valueSat }: TaintGap): Gap {
  const { view } = context;
  const subject = output === NONE ? view.transaction(tx).txid : view.output(outputId(output)).outpoint;
  return { kind, subject, detail: GAP_DETAIL[kind], valueSat };
}

/** A hole in text. */
export function gapRow({ kind, subject, detail, valueSat }: Gap): GapRow {
  return { kind, subject, detail, value: String(valueSat) };
}
