/**
 * Bounds carried on from coinjoins in a run that asked for it (`--at-coinjoin carry`): what each output behind one may hold, whoever owned what. Computed
 * from the facts when a document is made, as those of unknown history are.
 */
import { NONE, OUTPUT_UNSPENDABLE, type OutputId, outputId, txId } from '../../ledger/index.ts';
import type { BoundRow, CarriedOutput, CarriedRow } from '../../report/index.ts';
import {
  type CoinjoinBounds,
  type RuleResult,
  ruleByName,
  type UnknownOutput,
  unknownHistory,
} from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { coinjoinBounds } from './coinjoin.ts';
import { coinjoinChoice } from './coinjoin-choice.ts';
import { type ServiceStops, servicesOfRun } from './service-stop.ts';
import type { TraceRun } from './trace.ts';
import { boundRows, sameQuestion } from './unknown.ts';

/** The bounds of one rule: per output, and those where taint may rest. */
export interface RuleCarried {
  of(output: OutputId): Record<string, BoundRow> | undefined;
  readonly row: CarriedRow;
}

const OPTION = '--at-coinjoin carry';

/** Bounds of every rule of a run by its name; none where the run did not ask. Throws VERIFY_FAILED when facts or tags changed since. */
export function carriedBounds(context: CaseContext, traced: TraceRun): ReadonlyMap<string, RuleCarried> {
  const { params, content } = traced;
  if (coinjoinChoice(params).atCoinjoin !== 'carry') return new Map();
  const given = sameQuestion(context, traced, OPTION);
  const coinjoins = coinjoinBounds(context, params);
  const services = servicesOfRun(context, traced);
  return new Map(
    content.rules.map((result): [string, RuleCarried] => {
      if (!result.conserves) {
        const refused = 'the rule does not conserve, so no interval of amounts bounds what it says';
        return [result.rule, { of: () => undefined, row: { refused, outputs: [] } }];
      }
      const rule = ruleByName(result.rule, params.conventions);
      const { outputs } = unknownHistory(context.view, {
        ...given,
        rule,
        untilHeight: params.limits.untilHeight,
        ordinary: result,
        openInputsClean: true,
        coinjoins,
      });
      const byOutput = new Map(outputs.map(({ output, intervals }) => [output, boundRows(params.labels, intervals)]));
      const ends = rule.boundary !== undefined;
      const untilHeight = params.limits.untilHeight;
      const behind = behindCoinjoins(context, outputs, coinjoins);
      const rows = carriedOutputs(context, services, { result, byOutput, behind, ends, untilHeight });
      return [result.rule, { of: (output) => byOutput.get(output), row: { outputs: rows } }];
    }),
  );
}

/** Of these outputs, in total order, those that taint can have come to through a coinjoin: by the coins, or by fees into the coinbase of the block. */
function behindCoinjoins(
  { view }: CaseContext,
  outputs: readonly UnknownOutput[],
  coinjoins: CoinjoinBounds,
): ReadonlySet<OutputId> {
  const behind = new Set<OutputId>();
  const heights = new Set<number>();
  for (const { output } of outputs) {
    const frame = view.frame(view.transactionOf(output));
    const through = frame.coinbase
      ? heights.has(frame.height)
      : coinjoins.isMix(frame) || frame.inputOutput.some((spent) => spent !== NONE && behind.has(outputId(spent)));
    if (!through) continue;
    behind.add(output);
    heights.add(frame.height);
  }
  return behind;
}

interface Found {
  readonly result: RuleResult;
  readonly byOutput: ReadonlyMap<OutputId, Record<string, BoundRow>>;
  readonly behind: ReadonlySet<OutputId>;
  /** The rule may end on an output that is spent. */
  readonly ends: boolean;
  readonly untilHeight: number | null;
}

/** Outputs behind coinjoins on which taint may rest that the ordinary answer does not have, or of which it has a part only. */
function carriedOutputs(context: CaseContext, services: ServiceStops, found: Found): CarriedOutput[] {
  const held = new Set(found.result.holdings.map(({ output }) => output));
  return [...found.byOutput].flatMap(([output, bounds]): CarriedOutput[] => {
    if (!found.behind.has(output)) return [];
    const open = Object.values(bounds).some(({ lower, upper }) => lower !== upper);
    const place = held.has(output) && !open ? null : statusOf(context, services, { output, found });
    if (place === null) return [];
    const { outpoint, address, valueSat } = context.view.output(output);
    return [{ outpoint, address, value: String(valueSat), ...place, bounds }];
  });
}

function statusOf(
  { view }: CaseContext,
  services: ServiceStops,
  { output, found }: { output: OutputId; found: Found },
): Pick<CarriedOutput, 'status' | 'service'> | null {
  const { address, flags } = view.output(output);
  const service = address === null ? undefined : services.get(address);
  if (service !== undefined) return { status: 'service', service: service.label };
  if ((flags & OUTPUT_UNSPENDABLE) !== 0) return { status: 'burned' };
  const spender = view.spenderOf(output);
  if (spender === NONE) return { status: 'unspent' };
  const { height } = view.transaction(txId(spender));
  const late = found.untilHeight !== null && (height === null || height > found.untilHeight);
  return late || found.ends ? { status: 'spent' } : null;
}
