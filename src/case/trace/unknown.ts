/**
 * Unknown history in a run that asked for it (`--unknown bounds`): what each output may hold whatever the missing transactions would say. Computed from
 * the facts when a document is made, never kept: it must be of the facts the run was made of, or the document is refused.
 */
import { type OutputId, SpoorError } from '../../ledger/index.ts';
import type { BoundRow, UnknownRow } from '../../report/index.ts';
import { type RuleResult, ruleByName, type UnknownInterval, unknownHistory } from '../../taint/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { type ServiceStops, servicesOfRun } from './service-stop.ts';
import { engineParameters, engineSeedsOf, type TraceRun } from './trace.ts';

/** The bounds of one rule: per output, and what they rest on. */
export interface RuleBounds {
  of(output: OutputId): Record<string, BoundRow> | undefined;
  readonly row: UnknownRow;
}

/** Bounds of every conserving rule of a run by its name; none where the run did not ask. Throws VERIFY_FAILED when facts or tags changed since. */
export function ruleBounds(context: CaseContext, traced: TraceRun): ReadonlyMap<string, RuleBounds> {
  const { params, content } = traced;
  if (params.unknown !== 'bounds') return new Map();
  const given = sameQuestion(context, traced, '--unknown bounds');
  const services = servicesOfRun(context, traced);
  const conserving = content.rules.filter(({ conserves }) => conserves);
  return new Map(
    conserving.map((result) => {
      const answer = unknownHistory(context.view, {
        ...given,
        rule: ruleByName(result.rule, params.conventions),
        untilHeight: params.limits.untilHeight,
        ordinary: result,
      });
      const byOutput = new Map(
        answer.outputs.map(({ output, intervals }) => [output, boundRows(params.labels, intervals)]),
      );
      const row: UnknownRow = {
        openInputs: answer.openInputs,
        openValue: String(answer.openSat),
        outOfSight: Object.fromEntries(
          params.labels.map((label, index) => [label, String(answer.outOfSightSat[index])]),
        ),
        possible: possibleOnly(context, services, { result, byOutput }),
      };
      return [result.rule, { of: (output: OutputId) => byOutput.get(output), row }];
    }),
  );
}

/** The question of a stored run as the engine takes it. Throws VERIFY_FAILED when facts or tags changed since. */
export function sameQuestion(
  context: CaseContext,
  { params, content, run }: TraceRun,
  option: string,
): ReturnType<typeof engineParameters> {
  if (inputsDigest(context.store) !== run.inputs) {
    throw new SpoorError(
      'VERIFY_FAILED',
      `the facts or tags of the case changed since run ${run.id}, so its bounds cannot be made again`,
      {},
      `run spoor trace again with ${option}`,
    );
  }
  return engineParameters(context, params, engineSeedsOf(context, content));
}

/** Intervals by the names of labels. */
export function boundRows(labels: readonly string[], intervals: readonly UnknownInterval[]): Record<string, BoundRow> {
  return Object.fromEntries(
    intervals.map(({ label, lowerSat, upperSat }) => [
      labels[label],
      { lower: String(lowerSat), upper: String(upperSat) },
    ]),
  );
}

/** Outputs that carry no taint when unknown history is clean and may all the same; those at services one by one. */
function possibleOnly(
  context: CaseContext,
  services: ServiceStops,
  { result, byOutput }: { result: RuleResult; byOutput: ReadonlyMap<OutputId, Record<string, BoundRow>> },
): UnknownRow['possible'] {
  const tainted = new Set([...result.holdings, ...result.passed].map(({ output }) => output));
  const only = [...byOutput].filter(([output]) => !tainted.has(output));
  const atServices = only.flatMap(([output, bounds]) => {
    const { outpoint, address, valueSat } = context.view.output(output);
    const service = address === null ? undefined : services.get(address);
    if (address === null || service === undefined) return [];
    return [{ outpoint, address, service: service.label, value: String(valueSat), bounds }];
  });
  return { outputs: only.length, atServices };
}
