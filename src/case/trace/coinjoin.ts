/** Coinjoins of a trace: how one is told, and bounds on the outputs of those at which taint stopped. */
import { NONE, outputId, type TxFrame, type TxId, txId } from '../../ledger/index.ts';
import {
  boundsOverMappings,
  type CoinjoinFamily,
  coinjoinVerdict,
  type Intrafees,
  intrafeesOf,
  isCoinjoin,
  isMix,
  type MappingQuestion,
  oneEachOf,
  shapeOf,
  type TransactionShape,
} from '../../pattern/index.ts';
import type { CoinjoinRow } from '../../report/index.ts';
import type { CoinjoinBounds, RuleResult, TraceParameters } from '../../taint/index.ts';
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

/** What is asked of the mappings of a coinjoin. Inputs and outputs of no value carry nothing and are left out; `vins` and `vouts` are those that are not. */
interface MixQuestion {
  readonly shape: TransactionShape;
  readonly family: CoinjoinFamily | null;
  readonly vins: readonly number[];
  readonly vouts: readonly number[];
  readonly oneEachSat: readonly number[];
  readonly intrafees: Intrafees;
  /** Null where the value of an input is not known. */
  readonly mappings: MappingQuestion | null;
}

function mixQuestion(context: CaseContext, tx: TxId, types: ReturnType<typeof typesOfAddresses>): MixQuestion {
  const shape = shapeOf(context.view, tx, types);
  const { verdict, family: found } = coinjoinVerdict(shape, coinjoinContextOf(context, tx, { shape, types }));
  const family = verdict === 'yes' ? found : null;
  const oneEachSat = oneEachOf(shape, family);
  const vins = [...shape.inputs.keys()].filter((vin) => shape.inputs[vin].valueSat !== 0);
  const vouts = [...shape.outputs.keys()].filter((vout) => shape.outputs[vout].valueSat !== 0);
  const inputsSat = vins.map((vin) => shape.inputs[vin].valueSat ?? NONE);
  const outputsSat = vouts.map((vout) => shape.outputs[vout].valueSat);
  const { intrafeesMillionths, maxSteps } = DEFAULT_PATTERN_LIMITS;
  const intrafees = intrafeesOf({ inputsSat, outputsSat }, intrafeesMillionths);
  const mappings = inputsSat.includes(NONE) ? null : { inputsSat, outputsSat, intrafees, oneEachSat, maxSteps };
  return { shape, family, vins, vouts, oneEachSat, intrafees, mappings };
}

/** The coinjoins that bounds are carried through, told as the run tells them. */
export function coinjoinBounds(context: CaseContext, params: TraceParams): CoinjoinBounds {
  const types = typesOfAddresses(context);
  const questions = new Map<TxId, MixQuestion>();
  return {
    isMix: coinjoinTest(context, params).isMix ?? isCoinjoin,
    boundsOver: ({ tx, outputValueSat }, marksSat) => {
      const question = questions.get(tx) ?? mixQuestion(context, tx, types);
      questions.set(tx, question);
      const { vins, vouts, mappings } = question;
      if (mappings === null) throw new Error('only values that are known are divided');
      const { bounds } = boundsOverMappings(
        mappings,
        marksSat.map((markedSat) => vins.map((vin) => markedSat[vin])),
      );
      const nothing = { leastSat: 0, mostSat: 0 };
      return bounds.map((own) => outputValueSat.map((_, vout) => own[vouts.indexOf(vout)] ?? nothing));
    },
  };
}

/** The coinjoins at which taint stopped, each output with the least and most it can have of it. */
export function coinjoinRows(context: CaseContext, { params, content }: TraceRun): CoinjoinRow[] {
  const types = typesOfAddresses(context);
  return [...stoppedAt(context, content.rules)].map(([tx, marks]) =>
    coinjoinRow(context, tx, { ...mixQuestion(context, tx, types), marks, labels: params.labels }),
  );
}

interface Stopped extends MixQuestion {
  readonly marks: readonly Mark[];
  readonly labels: readonly string[];
}

function coinjoinRow(context: CaseContext, tx: TxId, stopped: Stopped): CoinjoinRow {
  const { shape, family, marks, labels, vins, vouts, oneEachSat, intrafees, mappings } = stopped;
  const { txid, height } = context.view.transaction(tx);
  const found =
    mappings === null
      ? null
      : boundsOverMappings(
          mappings,
          marks.map(({ byVin }) => vins.map((vin) => byVin.get(vin) ?? 0)),
        );
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
