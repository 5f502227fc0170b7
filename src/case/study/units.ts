/** The outputs a study traces, each for itself: which belong to which group, and what each trace measures. */
import {
  NONE,
  OUTPUT_STATED_SPENT,
  OUTPUT_UNSPENDABLE,
  type OutputId,
  outputId,
  SpoorError,
  type TxId,
} from '../../ledger/index.ts';
import { type RuleResult, taintOverView } from '../../taint/index.ts';
import { type CaseContext, sha256Hex } from '../context.ts';
import { untilHeight } from '../run.ts';
import { parseSubject, resolveSubject } from '../subject.ts';
import { LabelNumbers } from '../trace/labels.ts';
import { engineParameters, paramsOf } from '../trace/trace.ts';
import { measure, StudyFacts, taintedTransactions } from './measure.ts';
import type { MetricValues } from './metric.ts';
import type { StudyRequest } from './request.ts';

/** Groups that are compared. */
export const GROUPS = ['seed', 'control'] as const;
/** One of `GROUPS`. */
export type Group = (typeof GROUPS)[number];

/** One output to trace. */
export interface Unit {
  readonly group: Group;
  /** Label of a seed, or the subject of a control; `random` for one that was drawn. */
  readonly label: string;
  readonly output: OutputId;
  readonly outpoint: string;
  readonly orderKey: number;
  readonly vout: number;
  readonly valueSat: number;
  /** Whether the case knows no more of it than that it was spent: its trace ends where it begins. */
  readonly unseen: boolean;
}

/** What one unit measured under one rule. */
export interface Measured {
  readonly unit: Unit;
  readonly rule: string;
  readonly values: MetricValues;
}

/** All measurements, and for each group the rules under which each transaction was tainted. */
export interface Measurements {
  readonly rows: readonly Measured[];
  readonly reachedBy: Readonly<Record<Group, ReadonlyMap<TxId, ReadonlySet<string>>>>;
}

/** Units of both groups, each output once, in total order. Throws NOT_FOUND, and USAGE when a group is empty. */
export function unitsOf(context: CaseContext, request: StudyRequest): Unit[] {
  const taken = new Set<OutputId>();
  const claim = (group: Group, label: string, outputs: readonly OutputId[]): Unit[] =>
    outputs.flatMap((output) => {
      if (taken.has(output)) return [];
      taken.add(output);
      return [unitOf(context, { group, label, output })];
    });
  const seeds = request.trace.seeds.flatMap(({ label, subject }) =>
    claim('seed', label, resolveSubject(context, subject)),
  );
  const named = request.controls.flatMap((text) =>
    claim('control', text, resolveSubject(context, parseSubject(text, context.network))),
  );
  const random = request.randomControls === null ? [] : randomUnits(context, request, taken);
  const groups = [drawn(seeds, request), [...drawn(named, request), ...random]];
  const empty = groups.findIndex((units) => units.length === 0);
  if (empty >= 0)
    throw new SpoorError(
      'USAGE',
      `no output is left for the ${GROUPS[empty]} group`,
      {},
      'an output counts once: as a seed, if it is one',
    );
  return groups
    .flat()
    .sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || a.orderKey - b.orderKey || a.vout - b.vout);
}

function unitOf(context: CaseContext, given: Pick<Unit, 'group' | 'label' | 'output'>): Unit {
  const { outpoint, tx, vout, valueSat, flags } = context.view.output(given.output);
  const unseen = (flags & OUTPUT_STATED_SPENT) !== 0 && context.view.spenderOf(given.output) === NONE;
  return { ...given, outpoint, vout, valueSat, unseen, orderKey: context.view.orderKeyOf(tx) };
}

/** At most `count` units: those with the lowest digest of key and outpoint, whatever order the case was fed in. */
function lowest(units: readonly Unit[], key: string, count: number): Unit[] {
  const digests = units.map((unit) => ({ unit, digest: sha256Hex(`${key} ${unit.outpoint}`) }));
  digests.sort((a, b) => (a.digest < b.digest ? -1 : Number(a.digest > b.digest)) || a.unit.orderKey - b.unit.orderKey);
  return digests.slice(0, count).map(({ unit }) => unit);
}

function drawn(units: readonly Unit[], { sample, key }: StudyRequest): Unit[] {
  return sample === null ? [...units] : lowest(units, key, sample);
}

/**
 * Outputs of the case that are in no group yet, have a value and can be spent, and whose fate the case knows: a control whose trace ends at once for
 * want of facts would make any seed look busy.
 */
function randomUnits(context: CaseContext, request: StudyRequest, taken: ReadonlySet<OutputId>): Unit[] {
  const candidates: Unit[] = [];
  for (const tx of context.view.transactions()) {
    const frame = context.view.frame(tx);
    frame.outputValueSat.forEach((valueSat, vout) => {
      const output = outputId(frame.firstOutput + vout);
      const flags = frame.outputFlags[vout];
      const known = frame.outputSpender[vout] !== NONE || (flags & OUTPUT_STATED_SPENT) === 0;
      if (valueSat > 0 && (flags & OUTPUT_UNSPENDABLE) === 0 && known && !taken.has(output))
        candidates.push(unitOf(context, { group: 'control', label: 'random', output }));
    });
  }
  return lowest(candidates, request.key, request.randomControls ?? 0);
}

/** Traces every unit for itself under all rules, and measures each answer. `onUnit` is told how many are done. */
export function measureUnits(
  context: CaseContext,
  request: StudyRequest,
  given: { units: readonly Unit[]; onUnit?: (done: number) => void },
): Measurements {
  const facts = new StudyFacts(context);
  const params = paramsOf(request.trace, new LabelNumbers(null, ['unit']), untilHeight(context, request.trace.until));
  const base = engineParameters(context, params, []);
  const rows: Measured[] = [];
  const reachedBy: Record<Group, Map<TxId, Set<string>>> = { seed: new Map(), control: new Map() };
  given.units.forEach((unit, index) => {
    const seed = {
      output: unit.output,
      tx: context.view.transactionOf(unit.output),
      orderKey: unit.orderKey,
      label: 0,
    };
    const { rules } = taintOverView(context.view, { ...base, seeds: [seed] }).value;
    for (const result of rules) {
      rows.push({ unit, rule: result.rule, values: measure(facts, result) });
      noteReached(reachedBy[unit.group], result);
    }
    given.onUnit?.(index + 1);
  });
  return { rows, reachedBy };
}

function noteReached(reached: Map<TxId, Set<string>>, result: RuleResult): void {
  for (const tx of taintedTransactions(result)) reached.set(tx, (reached.get(tx) ?? new Set()).add(result.rule));
}
