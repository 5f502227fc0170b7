/** The verb `trace`: seeds, rules and limits to a stored run. Everything that decides the result is in the run's manifest. */
import { ENGINE_VERSION, outputId } from '../../ledger/index.ts';
import { findRun, inOneTransaction, putRun, type RunContent, runContent, type StoredRun } from '../../store/index.ts';
import {
  RULE_GROUPS,
  RULE_NAMES,
  type RuleResult,
  ruleByName,
  type Seed,
  type StateLine,
  type TraceConventions,
  type TraceLimits,
  type TraceParameters,
  type TraceValue,
  taintOverView,
} from '../../taint/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { runId, untilHeight } from '../run.ts';
import { Checkpoints, gapsInOrder } from './checkpoint.ts';
import { coinjoinTest } from './coinjoin.ts';
import { type CoinjoinChoice, coinjoinChoice } from './coinjoin-choice.ts';
import { DEFAULT_CONVENTIONS, storedConventions } from './conventions.ts';
import { LabelNumbers, SMALL_SUFFIX } from './labels.ts';
import { refuseUnreachable } from './limit-check.ts';
import { type SeedRequest, type SeedRow, seedOutputs, seedRows } from './seed.ts';
import { type ServiceReach, type ServiceReachParams, ServiceStops, serviceReach } from './service-stop.ts';
import { refuseBounds, type Unknown } from './unknown-option.ts';

/** Where taint may be told to stop. */
export const STOPS = ['service', 'coinjoin', 'none'] as const;
/** One of `STOPS`. */
export type Stop = (typeof STOPS)[number];

/** Everything a user may ask of a trace. */
export interface TraceRequest extends CoinjoinChoice {
  readonly seeds: readonly SeedRequest[];
  readonly rules: readonly string[];
  readonly limits: Omit<TraceLimits, 'untilHeight'>;
  /** Height or date (YYYY-MM-DD), or null. */
  readonly until: string | null;
  readonly stopAt: readonly Stop[];
  readonly conventions: TraceConventions;
  /** Seed outputs below this many satoshi are kept apart under the label `LABEL/small`; null keeps all together. */
  readonly splitBelowSat: number | null;
  /** Labels with books of their own; the others are booked together as `other`. Absent as null: all have. */
  readonly maxLabels?: number | null;
  /** What inputs without history count as. Absent as `clean`. */
  readonly unknown?: Unknown;
  /** Also bound what any conserving rule could say. Absent as false. */
  readonly envelope?: boolean;
  /** Which addresses of a service's cluster taint stops at too. Absent as `own`. */
  readonly serviceReach?: ServiceReach;
}

/** Parameters as kept in the manifest. */
export interface TraceParams extends CoinjoinChoice, ServiceReachParams {
  readonly seeds: ReadonlyArray<{ readonly label: string; readonly subject: string }>;
  /** Labels in canonical order: that of each label's earliest seed. */
  readonly labels: readonly string[];
  readonly rules: readonly string[];
  readonly limits: TraceLimits;
  readonly until: string | null;
  readonly stopAt: readonly Stop[];
  readonly conventions: TraceConventions;
  readonly splitBelowSat: number | null;
  readonly maxLabels?: number | null;
  readonly unknown?: Unknown;
  readonly envelope?: true;
}

/** A stored run with its parsed parameters and all it derived. */
export interface TraceRun {
  readonly run: StoredRun;
  readonly params: TraceParams;
  readonly content: RunContent;
  /** Block of the kept state that this run went on from; absent for a run over everything. */
  readonly from?: number;
}

/** Reads `--rule a,b`; `all` is every rule. Throws USAGE, also for rules that do not go with the conventions. */
export function parseRules(text: string, conventions: TraceConventions = DEFAULT_CONVENTIONS): string[] {
  const asked = text.split(',').map((name) => name.trim());
  const names = asked.flatMap((name) => (name === 'all' ? RULE_NAMES : (RULE_GROUPS.get(name) ?? [name])));
  for (const name of names) ruleByName(name, conventions);
  return [...new Set(names)];
}

/** Runs a trace and keeps it, all under one lock, so that the digest of its inputs is of what it read. `onVisit` is told how many it visited. */
export function trace(context: CaseContext, request: TraceRequest, onVisit?: (visited: number) => void): TraceRun {
  return inOneTransaction(context.store, () => {
    const traced = traceUnkept(context, request, onVisit, { fromCheckpoint: true });
    putRun(context.store, traced.run, traced.content);
    return traced;
  });
}

/** Runs a trace without keeping it; over everything, unless it may go on from a state kept before and keep its own. */
export function traceUnkept(
  context: CaseContext,
  request: TraceRequest,
  onVisit?: (visited: number) => void,
  how: { fromCheckpoint: boolean } = { fromCheckpoint: false },
): TraceRun {
  const { seeds, params, engineSeeds } = preparedTrace(context, request);
  const parameters = engineParameters(context, params, engineSeeds);
  // With the envelope a run is made anew over all facts; so is one with a rule over addresses, which keeps no state.
  const stateless = params.rules.some((name) => ruleByName(name, params.conventions).overAddresses === true);
  const resumes = how.fromCheckpoint && params.envelope !== true && !stateless;
  const kept = resumes ? Checkpoints.of(context, params, parameters) : null;
  const before = kept?.takeUp() ?? null;
  const result = taintOverView(
    context.view,
    {
      ...parameters,
      ...(kept === null || before === null ? {} : { from: before.lines, seeds: kept.seedsAfter(before.height) }),
      ...(kept === null ? {} : { onEnd: (lines: Iterable<StateLine>) => kept.keep([...lines]) }),
    },
    onVisit,
  );
  const run = manifest(context, params, seedRows(params, seeds));
  const content: RunContent = {
    seeds: engineSeeds.map(({ label, output }) => ({ label, output })),
    rules: result.value.rules,
    gaps: gapsInOrder(context, result.gaps),
    envelope: result.value.envelope,
  };
  return { run, params, content, ...(before === null ? {} : { from: before.height }) };
}

/** A question made ready for the engine. */
export interface PreparedTrace {
  readonly seeds: ReturnType<typeof seedOutputs>;
  readonly params: TraceParams;
  /** The seeds as the engine takes them: labels by number. */
  readonly engineSeeds: readonly Seed[];
}

/** Looks seeds up, numbers labels and refuses what no trace could answer. Throws USAGE, NOT_FOUND and what looking up throws. */
export function preparedTrace(context: CaseContext, request: TraceRequest): PreparedTrace {
  refuseBounds(request);
  const seeds = seedOutputs(context, canonical(request));
  const labels = new LabelNumbers(
    request.maxLabels ?? null,
    seeds.map(({ label }) => label),
  );
  const params = {
    ...paramsOf(canonical(request), labels, untilHeight(context, request.until)),
    ...serviceReach(context, request),
  };
  refuseUnreachable(params.limits, {
    firstHeight: seeds.length === 0 ? null : context.view.transaction(seeds[0].tx).height,
    largestSat: seeds.reduce((most, { valueSat }) => Math.max(most, valueSat), 0),
  });
  const engineSeeds = seeds.map(
    ({ label, output, tx, orderKey }): Seed => ({ label: labels.numberOf(label), output, tx, orderKey }),
  );
  return { seeds, params, engineSeeds };
}

/** The same question asked in another order is the same run. */
export function canonical(request: TraceRequest): TraceRequest {
  const key = ({ label, subject }: SeedRequest): string => `${subject.text}\u0000${label}`;
  const seeds = [...request.seeds].sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))));
  return { ...request, seeds, stopAt: STOPS.filter((stop) => request.stopAt.includes(stop)) };
}

/** Runs rules of a stored run again over the facts as they are now. */
export function replayRules(context: CaseContext, stored: TraceRun, rules: readonly string[]): readonly RuleResult[] {
  return replay(context, stored, rules).rules;
}

/** As `replayRules`, with the envelope where the run has one. */
export function replay(context: CaseContext, stored: TraceRun, rules: readonly string[]): TraceValue {
  const seeds = engineSeedsOf(context, stored.content);
  return taintOverView(context.view, { ...engineParameters(context, stored.params, seeds), rules }).value;
}

/** The seeds of a stored run as the engine takes them. */
export function engineSeedsOf(context: CaseContext, { seeds }: Pick<RunContent, 'seeds'>): Seed[] {
  return seeds.map(({ label, output }): Seed => {
    const tx = context.view.transactionOf(outputId(output));
    return { label, output: outputId(output), tx, orderKey: context.view.orderKeyOf(tx) };
  });
}

/** What the engine is told, from the manifest: the same for a first run and for a replay. */
export function engineParameters(context: CaseContext, params: TraceParams, seeds: readonly Seed[]): TraceParameters {
  return {
    rules: params.rules,
    labelCount: params.labels.length,
    seeds,
    limits: params.limits,
    conventions: params.conventions,
    serviceAddresses: new ServiceStops(
      context,
      params,
      seeds.map(({ output }) => output),
    ).ids(),
    stopAtCoinjoin: params.stopAt.includes('coinjoin'),
    ...coinjoinTest(context, params),
    lookAhead: 1,
    keepTrail: true,
    envelope: params.envelope === true,
  };
}

/** Parameters for the manifest, once the labels have their order. */
export function paramsOf(request: TraceRequest, labels: LabelNumbers, untilHeight: number | null): TraceParams {
  const places = new Map(labels.met.map((label, place) => [label, place]));
  const order = (label: string): number => places.get(label) ?? places.get(`${label}${SMALL_SUFFIX}`) ?? -1;
  const seeds = request.seeds.map(({ label, subject }) => ({ label, subject: subject.text }));
  seeds.sort((a, b) => order(a.label) - order(b.label) || (a.subject < b.subject ? -1 : Number(a.subject > b.subject)));
  return {
    seeds,
    labels: labels.booked,
    rules: request.rules,
    limits: { ...request.limits, untilHeight },
    until: request.until,
    stopAt: request.stopAt,
    conventions: request.conventions,
    splitBelowSat: request.splitBelowSat,
    ...(request.maxLabels === undefined ? {} : { maxLabels: request.maxLabels }),
    ...coinjoinChoice(request),
    ...(request.unknown === undefined ? {} : { unknown: request.unknown }),
    ...(request.envelope === true ? { envelope: true } : {}),
  };
}

function manifest(context: CaseContext, params: TraceParams, seeds: readonly SeedRow[]): StoredRun {
  const tip = context.view.tip();
  const run: StoredRun = {
    id: '',
    verb: 'trace',
    engine: ENGINE_VERSION,
    params: JSON.stringify(params),
    tipHeight: tip.height,
    tipHash: tip.hash,
    inputs: inputsDigest(context.store),
    seeds: JSON.stringify(seeds),
  };
  return { ...run, id: runId(run) };
}

/** Reads a stored run back: the one whose id starts with `prefix`, or the latest. Throws NOT_FOUND. */
export function loadTrace(context: CaseContext, prefix: string | null): TraceRun {
  return readTrace(context, findRun(context.store, prefix));
}

/** A stored run with everything it derived. */
export function readTrace(context: CaseContext, run: StoredRun): TraceRun {
  const kept = JSON.parse(run.params) as TraceParams;
  const params = { ...kept, conventions: storedConventions(kept.conventions) };
  return { run, params, content: runContent(context.store, run.id, params.rules) };
}
