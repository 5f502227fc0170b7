/** The verb `pattern`: what a transaction looks like, with everything that was asked and found. */
import { checkAddress } from '../chain/bitcoin/index.ts';
import { NONE, SpoorError, type TxId, txid } from '../ledger/index.ts';
import {
  type CoinjoinContext,
  type CoinjoinFamily,
  coinjoinVerdict,
  countMappings,
  type Detection,
  detect,
  entropyText,
  FORM_DETECTORS,
  intrafeesOf,
  isMix,
  LINEAGE_CONFIDENCE,
  mixLineage,
  peelChain,
  shapeOf,
  smallOutputs,
  sumVerdict,
  type TransactionShape,
  type TypeOfAddress,
  tx0IsMixed,
} from '../pattern/index.ts';
import type { PatternDetection, PatternDocument, PatternMappings, PatternRow } from '../report/index.ts';
import type { CaseContext } from './context.ts';
import { tagsOfAddress } from './tag/tags.ts';

/** What a user may set; every value is printed with the answer. */
export interface PatternLimits {
  /** Fees between owners of a coinjoin, share of its denomination in millionths. */
  readonly intrafeesMillionths: number;
  /** Fee of a participant under the subset-sum verdict: at least this, or a share of the denomination. */
  readonly baseFeeSat: number;
  readonly feeMillionths: number;
  /** Steps of the counting, and of the subset sums. */
  readonly maxSteps: number;
  /** Hops of a peel chain each way. */
  readonly maxHops: number;
}

/** Defaults: the 0.5 % of Boltzmann's own examples for JoinMarket; the rest own choice. */
export const DEFAULT_PATTERN_LIMITS: PatternLimits = {
  intrafeesMillionths: 5_000,
  baseFeeSat: 10_000,
  feeMillionths: 10_000,
  maxSteps: 2_000_000,
  maxHops: 50,
};

/** Families whose outputs a later transaction with equal outputs merely spends. */
const MIXES: readonly CoinjoinFamily[] = ['wasabi-2', 'wasabi-1', 'whirlpool'];

/** Script type that an address of the case's network says. */
export function typesOfAddresses({ network }: CaseContext): TypeOfAddress {
  return (address) => checkAddress(address, network).type;
}

/** What `pattern` says of a txid. Throws TXID_INVALID and NOT_FOUND. */
export function patterns(context: CaseContext, text: string, limits: PatternLimits): PatternDocument {
  const id = txid(text);
  const found = context.view.findTransactions(id);
  if (found.length === 0) {
    throw new SpoorError('NOT_FOUND', `the case holds no transaction ${id}`, {}, 'spoor ingest or spoor fetch adds it');
  }
  return {
    schema: 'spoor.pattern/1',
    params: { ...limits },
    transactions: found.map((tx) => patternRow(context, tx, limits)),
  };
}

/** What a verdict is told besides the transaction: who pays by the tags of the case, and what its inputs come from. */
export function coinjoinContextOf(
  context: CaseContext,
  tx: TxId,
  given: { shape: TransactionShape; types: TypeOfAddress },
): CoinjoinContext {
  return { exchangeInput: exchangeInput(context, given.shape), spendsMix: spendsMix(context, tx, given.types) };
}

/** Whether a transaction spends an output of a Wasabi or Whirlpool coinjoin of the case. */
function spendsMix(context: CaseContext, tx: TxId, types: TypeOfAddress): boolean {
  const sources = context.view.transaction(tx).inputs.flatMap(({ output }) => (output === NONE ? [] : [output]));
  const makers = new Set(sources.map((output) => context.view.transactionOf(output)));
  return [...makers].some((maker) => {
    const shape = shapeOf(context.view, maker, types);
    const plain = { exchangeInput: false, spendsMix: false };
    if (!isMix(shape, plain)) return false;
    const { family } = coinjoinVerdict(shape, plain);
    return family !== null && MIXES.includes(family);
  });
}

function exchangeInput(context: CaseContext, shape: TransactionShape): boolean {
  return shape.inputs.some(
    ({ address }) =>
      address !== null && tagsOfAddress(context, address).some(({ category }) => category === 'exchange'),
  );
}

function patternRow(context: CaseContext, tx: TxId, limits: PatternLimits): PatternRow {
  const { view } = context;
  const types = typesOfAddresses(context);
  const transaction = view.transaction(tx);
  const shape = shapeOf(view, tx, types);
  const verdict = coinjoinVerdict(shape, coinjoinContextOf(context, tx, { shape, types }));
  const poolSat = verdict.detections.find(({ detector }) => detector === verdict.detector)?.fit?.denominationsSat[0];
  const ofMix = verdict.family === 'whirlpool' && poolSat !== undefined;
  const lineage = ofMix ? mixLineage(view, tx, { poolSat, types }) : null;
  const cutSat = verdict.tx0.fit?.denominationsSat[0];
  const mixed = cutSat === undefined ? null : tx0IsMixed(view, tx, { poolSat: cutSat, types });
  const chain = peelChain(view, tx, limits.maxHops);
  return {
    txid: transaction.txid,
    height: transaction.height,
    inputs: shape.inputs.map(({ valueSat, address }, place) => ({
      place,
      address,
      value: valueSat === null ? null : String(valueSat),
    })),
    outputs: shape.outputs.map(({ valueSat, address }, place) => ({ place, address, value: String(valueSat) })),
    coinjoin: {
      verdict: verdict.verdict,
      family: verdict.family,
      detector: verdict.detector,
      confidence: lineage?.holds === true ? LINEAGE_CONFIDENCE : verdict.confidence,
      veto: verdict.veto,
      sums: sumVerdict(shape, limits),
      lineage: lineage === null ? null : { holds: lineage.holds, inputs: [...lineage.inputs] },
    },
    tx0: {
      verdict: verdict.tx0.verdict,
      mixed,
      confidence: mixed === true ? LINEAGE_CONFIDENCE : (verdict.tx0.fit?.confidence ?? null),
    },
    mappings: mappingsOf(shape, limits),
    detections: [...verdict.detections, verdict.tx0].map(detectionRow),
    forms: FORM_DETECTORS.map((detector) => detectionRow(detect(detector, shape))),
    small: smallOutputs(view, tx).map(({ vout, valueSat, dust, forced }) => ({
      vout,
      value: String(valueSat),
      dust,
      forced,
    })),
    peelChain:
      chain === null
        ? null
        : {
            verdict: chain.verdict,
            hops: chain.hops.map((hop) => ({ txid: view.transaction(hop.tx).txid, onwardVout: hop.onwardVout })),
            startedBy: chain.startedBy,
            endedBy: chain.endedBy,
          },
  };
}

function detectionRow({ detector, source, verdict, checks, fit }: Detection): PatternDetection {
  return {
    detector,
    source,
    verdict,
    checks: checks.map((one) => ({ ...one })),
    participants: fit?.participants ?? null,
    denominations: (fit?.denominationsSat ?? []).map(String),
    confidence: fit?.confidence ?? null,
  };
}

/**
 * Counted over the inputs and outputs that carry value; rows and columns of the others are zero. Null when an input
 * value is not known.
 */
function mappingsOf(shape: TransactionShape, limits: PatternLimits): PatternMappings | null {
  const values = shape.inputs.map(({ valueSat }) => valueSat);
  if (shape.coinbase || values.length === 0 || values.includes(null)) return null;
  const vins = [...values.keys()].filter((vin) => values[vin] !== 0);
  const vouts = [...shape.outputs.keys()].filter((vout) => shape.outputs[vout].valueSat !== 0);
  const inputsSat = vins.map((vin) => values[vin] ?? 0);
  const outputsSat = vouts.map((vout) => shape.outputs[vout].valueSat);
  const intrafees = intrafeesOf({ inputsSat, outputsSat }, limits.intrafeesMillionths);
  const { maxSteps } = limits;
  const counted = countMappings({ inputsSat, outputsSat, intrafees, oneEachSat: [], maxSteps });
  const rowOf = new Map(vouts.map((vout, row) => [vout, row]));
  const columnOf = new Map(vins.map((vin, column) => [vin, column]));
  const link = (vout: number, vin: number): string => {
    const row = rowOf.get(vout);
    const column = columnOf.get(vin);
    return row === undefined || column === undefined ? '0' : String(counted.links[row][column]);
  };
  const complete = counted.verdict === 'complete';
  return {
    verdict: counted.verdict,
    steps: counted.steps,
    count: String(counted.count),
    entropy: entropyText(counted.count),
    intrafees: { maker: String(intrafees.makerSat), taker: String(intrafees.takerSat) },
    links: complete ? shape.outputs.map((_, vout) => values.map((_, vin) => link(vout, vin))) : [],
  };
}
