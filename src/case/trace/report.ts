/** The verb `report`: a stored run as the full report, ready for any renderer. */
import { outputId, type TxId, txId } from '../../ledger/index.ts';
import type { ConventionRow, TimelineRow, TraceReport } from '../../report/index.ts';
import { factCounts, files, packs, verifiedTransactions } from '../../store/index.ts';
import type { TraceLimits } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { coinjoinChoice } from './coinjoin-choice.ts';
import { engineConventionRows } from './conventions.ts';
import { traceDocument } from './document.ts';
import { flowOf } from './flow.ts';
import { hopRows, serviceRows, timeOf } from './hops.ts';
import { servicesOfRun } from './service-stop.ts';
import { storyOf } from './story.ts';
import type { TraceParams, TraceRun } from './trace.ts';
import { type TrailOutput, trailOf } from './trail.ts';

/** Verified txids listed in a report; they are also in the hop table one by one. */
const MAX_VERIFIED_LISTED = 500;

/** The report of a stored run. `title` is what the examiner calls it. */
export function traceReport(context: CaseContext, run: TraceRun, title: string): TraceReport {
  const trail = trailOf(context, run);
  const moving = new Set<TxId>(
    run.content.rules.flatMap(({ passed }) => passed.map(({ output }) => txId(context.view.spenderOf(output)))),
  );
  const visited = [...moving].map((tx) => context.view.transaction(tx)).sort((a, b) => a.orderKey - b.orderKey);
  const services = serviceRows(context, run, trail);
  const trace = traceDocument(context, run);
  const counts = factCounts(context.store);
  const verified = verifiedTransactions(context.store, MAX_VERIFIED_LISTED);
  return {
    title,
    trace,
    story: storyOf(context, run, { services, visited, conflicts: trace.serviceConflicts ?? [] }),
    services,
    hops: hopRows(context, run, trail),
    flow: flowOf(context, run, trail),
    timeline: timelineOf(context, run, trail),
    conventions: conventionRows(run.params),
    inputs: inputRows(context),
    proofs: {
      verified: counts.verified,
      asserted: counts.transactions - counts.verified,
      verifiedTxids: verified.map((tx) => context.view.transaction(txId(tx)).txid),
    },
  };
}

/** What the case was fed, by digest. */
export function inputRows({ store }: CaseContext): TraceReport['inputs'] {
  return [
    ...files(store).map(({ name, sha256, format, transactions }) => ({ name, sha256, format, transactions })),
    ...packs(store).map(({ name, sha256 }) => ({ name, sha256, format: 'tagpack', transactions: 0 })),
  ];
}

/** Receipts of seeds, moves between, and arrivals at services; outputs without any time are left out. */
function timelineOf(context: CaseContext, run: TraceRun, trail: readonly TrailOutput[]): TimelineRow[] {
  const services = servicesOfRun(context, run);
  const seeds = new Set(run.content.seeds.map(({ output }) => outputId(output)));
  return trail.flatMap(({ output, transaction }): TimelineRow[] => {
    const timestampSec = timeOf(transaction);
    if (timestampSec === null) return [];
    const service = output.address === null ? undefined : services.get(output.address);
    const base = { timestampSec, value: String(output.valueSat), reference: output.outpoint };
    if (seeds.has(output.output)) return [{ ...base, kind: 'receipt', lane: output.address ?? 'no address' }];
    if (service !== undefined) return [{ ...base, kind: 'service', lane: service.label }];
    return [{ ...base, kind: 'move', lane: 'on the way' }];
  });
}

function limitText(value: number | null, unit: string): string {
  return value === null ? 'none' : `${value} ${unit}`;
}

/** Conventions that differ between tools, stops and limits, with the ones used (src/taint/README.md). */
function conventionRows(params: TraceParams): ConventionRow[] {
  const { conventions, limits } = params;
  return [
    ...engineConventionRows(conventions),
    {
      name: 'small receipts',
      value: params.splitBelowSat === null ? 'not split' : `below ${params.splitBelowSat} sat`,
      meaning:
        'seed outputs below this are followed under a label of their own (/small), so that tips and dust do not count as ransom',
    },
    {
      name: 'stop at',
      value: params.stopAt.join(', '),
      meaning: 'a custodial service pools the money of many; an equal-output coinjoin mixes owners',
    },
    {
      name: 'service clusters',
      value: params.serviceReach === undefined ? 'own' : `${params.serviceReach}, clusters of run ${params.clusterRun}`,
      meaning:
        'own: taint stops at addresses that a tag names; definer: also at the core cluster of an address whose tag says that it covers it, as screen does; core: at the core cluster of every such address',
    },
    ...coinjoinConventions(params),
    {
      name: 'unknown spend',
      value: 'held',
      meaning:
        'an output no source saw spent counts as held at the tip of the facts; one seen spent, by a transaction not here, as unresolved',
    },
    {
      name: 'unknown history',
      value: params.unknown ?? 'clean',
      meaning:
        'an input whose transaction is not in the case counts as clean; bounds: beside it, the least and the most that any history of it could make',
    },
    ...limitRows(limits),
    labelRow(params),
  ];
}

function labelRow({ maxLabels, labels }: TraceParams): ConventionRow {
  return {
    name: 'max labels',
    value: limitText(maxLabels ?? null, 'labels'),
    meaning: `labels by their earliest seed; what is above is booked together as other; ${labels.length} books are kept`,
  };
}

/** What was done at coinjoins, and how one was told. */
function coinjoinConventions(params: TraceParams): ConventionRow[] {
  const { atCoinjoin, coinjoinDetector } = coinjoinChoice(params);
  return [
    {
      name: 'at a coinjoin',
      value: atCoinjoin,
      meaning:
        'stop: booked as stopped; bounds: also says how much each output can have; carry: and what spends them; haircut: goes on by averages; continue: by the rule',
    },
    {
      name: 'coinjoin detector',
      value: coinjoinDetector,
      meaning:
        'structural: three or more equal outputs, half of all, to as many payers (68 of 196 labelled Wasabi 1 rounds, 1,403 of 1,403 Whirlpool mixes); protocols: the detectors of Wasabi, Whirlpool, JoinMarket with their vetoes (196 and 1,403)',
    },
  ];
}

/** The limits of the run, each with what it cuts. */
function limitRows(limits: TraceLimits): ConventionRow[] {
  return [
    {
      name: 'max hops',
      value: limitText(limits.maxHops, 'transactions'),
      meaning: 'taint further from its seed is cut',
    },
    { name: 'min amount', value: limitText(limits.minSat, 'sat'), meaning: 'outputs with less taint are not followed' },
    {
      name: 'min share',
      value: limits.minShareMillionths === null ? 'none' : `${limits.minShareMillionths} millionths`,
      meaning: 'outputs with a smaller tainted share are not followed',
    },
    {
      name: 'until',
      value: limits.untilHeight === null ? 'tip' : `block ${limits.untilHeight}`,
      meaning: 'later spends are not followed',
    },
    {
      name: 'max transactions',
      value: limitText(limits.maxTransactions ?? null, 'transactions'),
      meaning: 'under each rule, taint that would enter one more is cut',
    },
    {
      name: 'max segments',
      value: limitText(limits.maxSegments ?? null, 'runs'),
      meaning: 'an output with more runs of satoshi is followed by haircut from there on, and flagged',
    },
  ];
}
