/** Coinjoins of a trace: how one is told, and bounds on the outputs of those at which taint stopped. */
import { NONE, outputId, type TxFrame, type TxId, txId } from '../../ledger/index.ts';
import {
  boundsOverMappings,
  type CoinjoinFamily,
  coinjoinVerdict,
  intrafeesOf,
  isMix,
  oneEachOf,
  shapeOf,
  type TransactionShape,
} from '../../pattern/index.ts';
import type { CoinjoinRow } from '../../report/index.ts';
import type { RuleResult, TraceParameters } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { coinjoinContextOf, DEFAULT_PATTERN_LIMITS, typesOfAddresses } from '../pattern.ts';
import { coinjoinChoice } from './coinjoin-choice.ts';
import type { TraceParams, TraceRun } from './trace.ts';

/** What the engine is told of coinjoins, from the manifest. */
export function coinjoinTest(
  context: CaseContext,
  params: TraceParams,
): Pick<TraceParameters, 'isMix' | 'haircutAtCoinjoin'> {
  const { atCoinjoin, coinjoinDetector } = coinjoinChoice(params);
  const haircutAtCoinjoin = atCoinjoin === 'haircut';
  if (coinjoinDetector === 'structural') return { haircutAtCoinjoin };
  const types = typesOfAddresses(context);
  return {
    haircutAtCoinjoin,
    isMix: (frame: TxFrame) => {
      if (frame.coinbase || frame.inputOutput.length < 2) return false;
      const shape = shapeOf(context.view, frame.tx, types);
      const plain = { exchangeInput: false, spendsMix: false };
      // What the case knows besides can only speak against it, and costs more to ask.
      return isMix(shape, plain) && isMix(shape, coinjoinContextOf(context, frame.tx, { shape, types }));
    },
  };
}

/** Taint of one rule and label that stopped at a coinjoin, by input. */
interface Mark {
  readonly rule: string;
  readonly label: number;
  readonly byVin: Map<number, number>;
}

/** Taint that stopped at each coinjoin, in order of the coinjoins; rules that conserve only. */
function stoppedAt(context: CaseContext, rules: readonly RuleResult[]): Map<TxId, Mark[]> {
  const { view } = context;
  const stopped = new Map<TxId, Mark[]>();
  for (const { rule, conserves, holdings } of rules) {
    for (const { output, reason, taint } of conserves ? holdings : []) {
      if (reason !== 'coinjoin') continue;
      const spender = txId(view.spenderOf(outputId(output)));
      const marks = stopped.get(spender) ?? [];
      const vin = view.transaction(spender).inputs.findIndex((input) => input.output === output);
      for (const [label, amountSat] of taint) {
        let mark = marks.find((known) => known.rule === rule && known.label === label);
        if (mark === undefined) {
          mark = { rule, label, byVin: new Map() };
          marks.push(mark);
        }
        mark.byVin.set(vin, amountSat);
      }
      stopped.set(spender, marks);
    }
  }
  return new Map([...stopped].sort(([a], [b]) => view.orderKeyOf(a) - view.orderKeyOf(b)));
}

/** The coinjoins at which taint stopped, each output with the least and most it can have of it. */
export function coinjoinRows(context: CaseContext, { params, content }: TraceRun): CoinjoinRow[] {
  return [...stoppedAt(context, content.rules)].map(([tx, marks]) => {
    const types = typesOfAddresses(context);
    const shape = shapeOf(context.view, tx, types);
    const { verdict, family } = coinjoinVerdict(shape, coinjoinContextOf(context, tx, { shape, types }));
    return coinjoinRow(context, tx, { shape, family: verdict === 'yes' ? family : null, marks, labels: params.labels });
  });
}

interface Stopped {
  readonly shape: TransactionShape;
  readonly family: CoinjoinFamily | null;
  readonly marks: readonly Mark[];
  readonly labels: readonly string[];
}

function coinjoinRow(context: CaseContext, tx: TxId, stopped: Stopped): CoinjoinRow {
  const { shape, family, marks, labels } = stopped;
  const { txid, height } = context.view.transaction(tx);
  const oneEachSat = oneEachOf(shape, family);
  // Inputs and outputs of no value carry nothing; they stay in the row, bounded by zero.
  const vins = [...shape.inputs.keys()].filter((vin) => shape.inputs[vin].valueSat !== 0);
  const vouts = [...shape.outputs.keys()].filter((vout) => shape.outputs[vout].valueSat !== 0);
  const values = vins.map((vin) => shape.inputs[vin].valueSat ?? NONE);
  const outputsSat = vouts.map((vout) => shape.outputs[vout].valueSat);
  const { intrafeesMillionths, maxSteps } = DEFAULT_PATTERN_LIMITS;
  const intrafees = intrafeesOf({ inputsSat: values, outputsSat }, intrafeesMillionths);
  const known = !values.includes(NONE);
  const found = known
    ? boundsOverMappings(
        { inputsSat: values, outputsSat, intrafees, oneEachSat, maxSteps },
        marks.map(({ byVin }) => vins.map((vin) => byVin.get(vin) ?? 0)),
      )
    : null;
  return {
    txid,
    height,
    family,
    verdict: found?.verdict ?? 'unknown',
    steps: found?.steps ?? 0,
    oneEach: oneEachSat.map(String),
    intrafees: { maker: String(intrafees.makerSat), taker: String(intrafees.takerSat) },
    outputs: shape.outputs.map(({ valueSat, address }, vout) => {
      const bounds: CoinjoinRow['outputs'][number]['bounds'] = {};
      marks.forEach(({ rule, label, byVin }, mark) => {
        const most = [...byVin.values()].reduce((sum, sat) => sum + sat, 0);
        const at = vouts.indexOf(vout);
        // Without the values of all inputs nothing but the output's own value and the taint itself bounds it.
        const free = { leastSat: 0, mostSat: at < 0 ? 0 : Math.min(valueSat, most) };
        const { leastSat, mostSat } = found?.bounds[mark][at] ?? free;
        bounds[rule] = { ...bounds[rule], [labels[label]]: [String(leastSat), String(mostSat)] };
      });
      return { vout, address, value: String(valueSat), bounds };
    }),
  };
}
