/** The verb `trace`: seeds, rules and limits to a stored run. Everything that decides the result is in the run's manifest. */
import { ENGINE_VERSION, type OutputId, outputId, SpoorError, type TxId } from '../ledger/index.ts';
import {
  findRun,
  heightAt,
  inOneTransaction,
  putRun,
  type RunContent,
  runContent,
  type StoredRun,
} from '../store/index.ts';
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
} from '../taint/index.ts';
import { Checkpoints, gapsInOrder } from './checkpoint.ts';
import { coinjoinTest } from './coinjoin.ts';
import { type CoinjoinChoice, coinjoinChoice } from './coinjoin-choice.ts';
import { type CaseContext, inputsDigest, sha256Hex } from './context.ts';
import { DEFAULT_CONVENTIONS, storedConventions } from './conventions.ts';
import { LabelNumbers, OTHER_LABEL, SMALL_SUFFIX } from './labels.ts';
import { refuseUnreachable } from './limit-check.ts';
import { heightOrDate, parseSubject, resolveSubject, type Subject } from './subject.ts';
import { serviceAddressIds } from './tags.ts';
import { refuseBounds, type Unknown } from './unknown-option.ts';

/** Where taint may be told to stop. */
export const STOPS = ['service', 'coinjoin', 'none'] as const;
/** One of `STOPS`. */
export type Stop = (typeof STOPS)[number];

/** One `--seed LABEL=SUBJECT` of right form. */
export interface SeedRequest {
  readonly label: string;
  readonly subject: Subject;
}

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
}

/** Parameters as kept in the manifest. */
export interface TraceParams extends CoinjoinChoice {
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

/** What one asked subject stood for when the run was made; amounts decimal satoshi. */
export interface SeedRow {
  readonly label: string;
  readonly subject: string;
  readonly outputs: number;
  readonly amount: string;
  /** Where it is booked when that is not under its own label. */
  readonly bookedAs?: string;
}

/** A stored run with its parsed parameters and all it derived. */
export interface TraceRun {
  readonly run: StoredRun;
  readonly params: TraceParams;
  readonly content: RunContent;
  /** Block of the kept state that this run went on from; absent for a run over everything. */
  readonly from?: number;
}

const MAX_LABEL_LENGTH = 200;

/** Reads `LABEL=SUBJECT`. Throws USAGE, SUBJECT_INVALID and what the parts throw. */
export function parseSeed(text: string, network?: CaseContext['network']): SeedRequest {
  const { label, rest } = seedParts(text);
  return { label, subject: parseSubject(rest, network) };
}

/** Label and subject of a seed as written. Throws USAGE. */
export function seedParts(text: string): { label: string; rest: string } {
  const equals = text.indexOf('=');
  const label = text.slice(0, equals);
  if (equals < 1) throw new SpoorError('USAGE', `--seed "${text}" is not LABEL=SUBJECT`);
  const controls = [...label].findIndex((character) => character.charCodeAt(0) < 32);
  if (controls >= 0 || label.length > MAX_LABEL_LENGTH) {
    throw new SpoorError(
      'USAGE',
      `the label of --seed has ${controls >= 0 ? `a control character at ${controls + 1}` : `over ${MAX_LABEL_LENGTH} characters`}`,
    );
  }
  return { label, rest: text.slice(equals + 1) };
}

/** Reads `--rule a,b`; `all` is every rule. Throws USAGE, also for rules that do not go with the conventions. */
export function parseRules(text: string, conventions: TraceConventions = DEFAULT_CONVENTIONS): string[] {
  const asked = text.split(',').map((name) => name.trim());
  const names = asked.flatMap((name) => (name === 'all' ? RULE_NAMES : (RULE_GROUPS.get(name) ?? [name])));
  for (const name of names) ruleByName(name, conventions);
  return [...new Set(names)];
}

interface SeedOutput {
  readonly label: string;
  readonly output: OutputId;
  readonly tx: TxId;
  readonly orderKey: number;
  readonly request: SeedRequest;
  readonly valueSat: number;
}

/** Every output of each transaction that makes one of these. */
function allOutputs(context: CaseContext, named: readonly OutputId[]): OutputId[] {
  return [...new Set(named.map((output) => context.view.transactionOf(output)))].flatMap((tx) => {
    const { firstOutput, outputValueSat } = context.view.frame(tx);
    return outputValueSat.map((_, vout) => outputId(firstOutput + vout));
  });
}

/** Outputs of all seeds with their labels, each once. Throws NOT_FOUND, and SEED_OVERLAP when one output gets two labels. */
function seedOutputs(context: CaseContext, request: TraceRequest): SeedOutput[] {
  const byOutput = new Map<string, SeedOutput>();
  const { seeding, seedOverlap } = request.conventions;
  for (const asked of request.seeds) {
    const named = resolveSubject(context, asked.subject);
    for (const output of seeding === 'all-outputs' ? allOutputs(context, named) : named) {
      const { valueSat, outpoint, tx } = context.view.output(output);
      const small = request.splitBelowSat !== null && valueSat < request.splitBelowSat;
      const label = small ? `${asked.label}${SMALL_SUFFIX}` : asked.label;
      const key = seedOverlap === 'multi-label' ? `${output} ${label}` : String(output);
      const before = byOutput.get(key)?.label;
      if (before === label) continue;
      if (before !== undefined) {
        throw new SpoorError(
          'SEED_OVERLAP',
          `${outpoint} is seeded as "${before}" and as "${label}"`,
          {},
          'give each output one label',
        );
      }
      byOutput.set(key, { label, output, tx, orderKey: context.view.orderKeyOf(tx), request: asked, valueSat });
    }
  }
  return [...byOutput.values()].sort((a, b) => a.orderKey - b.orderKey || a.output - b.output);
}

/** What each asked subject stands for, by label and subject in canonical order: kept with the run, because tags may change later. */
export function seedRows(
  params: TraceParams,
  seeds: ReadonlyArray<Pick<SeedOutput, 'label' | 'request' | 'valueSat'>>,
): SeedRow[] {
  const key = (label: string, asked: string, subject: string): string => [label, asked, subject].join('\u0000');
  const found = new Map<string, { outputs: number; amount: bigint }>();
  for (const { label, request, valueSat } of seeds) {
    const at = key(label, request.label, request.subject.text);
    const { outputs, amount } = found.get(at) ?? { outputs: 0, amount: 0n };
    found.set(at, { outputs: outputs + 1, amount: amount + BigInt(valueSat) });
  }
  const booked = new Set(params.labels);
  return params.seeds.flatMap((asked) =>
    [asked.label, `${asked.label}${SMALL_SUFFIX}`].flatMap((label): SeedRow[] => {
      const own = found.get(key(label, asked.label, asked.subject));
      if (own === undefined) return [];
      const row = { label, subject: asked.subject, outputs: own.outputs, amount: String(own.amount) };
      return [booked.has(label) ? row : { ...row, bookedAs: OTHER_LABEL }];
    }),
  );
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
  refuseBounds(request);
  const seeds = seedOutputs(context, canonical(request));
  const labels = new LabelNumbers(
    request.maxLabels ?? null,
    seeds.map(({ label }) => label),
  );
  const params = paramsOf(canonical(request), labels, untilHeight(context, request.until));
  refuseUnreachable(params.limits, {
    firstHeight: seeds.length === 0 ? null : context.view.transaction(seeds[0].tx).height,
    largestSat: seeds.reduce((most, { valueSat }) => Math.max(most, valueSat), 0),
  });
  const engineSeeds = seeds.map(
    ({ label, output, tx, orderKey }): Seed => ({ label: labels.numberOf(label), output, tx, orderKey }),
  );
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
  const seeds = stored.content.seeds.map(({ label, output }): Seed => {
    const tx = context.view.transactionOf(outputId(output));
    return { label, output: outputId(output), tx, orderKey: context.view.orderKeyOf(tx) };
  });
  return taintOverView(context.view, { ...engineParameters(context, stored.params, seeds), rules }).value;
}

/** What the engine is told, from the manifest: the same for a first run and for a replay. */
export function engineParameters(context: CaseContext, params: TraceParams, seeds: readonly Seed[]): TraceParameters {
  return {
    rules: params.rules,
    labelCount: params.labels.length,
    seeds,
    limits: params.limits,
    conventions: params.conventions,
    serviceAddresses: params.stopAt.includes('service') ? serviceAddressIds(context) : new Set(),
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

/** Height that `--until` means: itself, or the last block of that day that the case knows. */
export function untilHeight(context: CaseContext, until: string | null): number | null {
  if (until === null) return null;
  const limit = heightOrDate(until, 'last');
  return 'height' in limit ? limit.height : heightAt(context.store, limit.timeSec);
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

/** Id of a run: the first 64 bits of the digest of everything that decides its result. */
export function runId(run: Omit<StoredRun, 'id'>): string {
  const { verb, engine, params, tipHeight, tipHash, inputs, seeds } = run;
  return sha256Hex(JSON.stringify([verb, engine, params, tipHeight, tipHash, inputs, seeds])).slice(0, 16);
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
