/**
 * Claim:      if this source alone were tainted, so much of the output asked about would be: one answer per place where its history ends.
 * Source:     src/taint/README.md, backward: rules whose division hangs on the taint (TIHO, seniority, tainted or clean first, dirty-first,
 *             haircut outputs-only) have no walk back that knows no source, so each candidate is seeded and followed forward by the engine itself.
 * Parameters: as `backward.ts`; how many candidates are tried at most.
 * Cost:       candidates x transactions of the history.
 * Fails when: added up: what one source does depends on the others. Refused where fees carry taint on, or where there are too many candidates.
 */
import { NONE, type OutputId, outputId, SpoorError, type TxFrame, type TxId, txId } from '../ledger/index.ts';
import { type Backward, type BackwardEnd, type BackwardParameters, type BackwardView, backward } from './backward.ts';
import { poison } from './poison.ts';
import { propagate } from './propagate.ts';
import type { TraceConventions } from './result.ts';
import type { TaintRule } from './rule.ts';

/** What is asked of every candidate. `conventions` are those of the rule. */
export interface PerSourceParameters extends BackwardParameters {
  readonly conventions: TraceConventions;
  readonly maxSources: number;
}

/** Ancestors for rules that conserve: an input of unknown value ends the walk, since nothing divides it. */
const CONSERVING_ANCESTORS: TaintRule = { ...poison, conserves: true };

/** Follows every candidate source forward under the rule. Throws USAGE when fees carry taint on or candidates are too many. */
export function perSource(
  view: BackwardView,
  asked: { readonly rule: TaintRule; readonly output: OutputId },
  parameters: PerSourceParameters,
): Backward {
  const { rule } = asked;
  if (parameters.conventions.feeTaint === 'propagate') {
    throw new SpoorError(
      'USAGE',
      `${rule.name} has no walk back when fee taint propagates: a source and the fees of its block meet in one coinbase`,
      {},
      'ask with --fee-taint sink, or forward from a suspected source with --seed',
    );
  }
  if (rule.needsHeights === true) {
    const hint = 'ask for fifo, or forward from a suspected source with --seed';
    throw new SpoorError(
      'USAGE',
      `${rule.name} is followed forward only: the walk back does not look up ages`,
      {},
      hint,
    );
  }
  const history = backward(view, { rule: CONSERVING_ANCESTORS, output: asked.output }, parameters);
  if (history.ends.length > parameters.maxSources) {
    throw new SpoorError(
      'USAGE',
      `${rule.name} has no walk back that knows no source, and ${history.ends.length} candidate sources are more than ${parameters.maxSources}`,
      {},
      'limit the history with --max-hops, --since or --min-sat, raise --max-sources, or ask for fifo, lifo or haircut',
    );
  }
  const ended = new Set(history.ends.filter(({ vin }) => vin === null).map(({ place }) => place.output));
  const onward = new Set(history.steps.map(({ from }) => from.output).filter((output) => !ended.has(output)));
  const ends = history.ends.map((end): BackwardEnd => {
    return { ...end, amountSat: reaching(view, asked, { onward, end, conventions: parameters.conventions }) };
  });
  return { way: 'per-source', steps: [], ends };
}

/** The place of a missing output that an input spends: no view gives numbers below NONE. */
const MISSING = -2;

interface Candidate {
  /** Outputs of the history whose spenders belong to it. */
  readonly onward: ReadonlySet<number>;
  readonly end: BackwardEnd;
  readonly conventions: TraceConventions;
}

/** Taint that reaches the output asked about from one source, the only seed, through its history alone. */
function reaching(
  view: BackwardView,
  asked: { readonly rule: TaintRule; readonly output: OutputId },
  { onward, end, conventions }: Candidate,
): number {
  const { vin } = end;
  const missing = vin === null ? null : { vin, spender: view.frame(end.place.tx) };
  const seedOutput = missing === null ? outputId(end.place.output) : outputId(MISSING);
  const frame = (tx: TxId): TxFrame => {
    if (missing !== null && tx === MISSING) return rootFrame(missing.spender, missing.vin);
    const inside = insideHistory(
      view.frame(tx),
      (output) => output !== asked.output && (onward.has(output) || output === seedOutput),
    );
    if (missing === null || tx !== missing.spender.tx) return inside;
    return { ...inside, inputOutput: inside.inputOutput.map((output, at) => (at === missing.vin ? MISSING : output)) };
  };
  const seedTx = missing === null ? end.place.tx : txId(MISSING);
  const run = propagate({
    rules: [asked.rule.name],
    labelCount: 1,
    seeds: [{ output: seedOutput, tx: seedTx, orderKey: frame(seedTx).orderKey, label: 0 }],
    limits: { maxHops: null, minSat: null, minShareMillionths: null, untilHeight: null },
    conventions,
    serviceAddresses: new Set(),
    stopAtCoinjoin: false,
    lookAhead: 1,
    keepTrail: false,
  });
  let step = run.next();
  while (!step.done) step = run.next({ frames: step.value.transactions.map(frame), blocks: [] });
  const there = step.value.value.rules[0].holdings.find(({ output }) => output === asked.output);
  return there?.taint[0]?.[1] ?? 0;
}

/** A transaction as if nothing spent its outputs but the history. */
function insideHistory(frame: TxFrame, belongs: (output: number) => boolean): TxFrame {
  const { firstOutput, outputSpender } = frame;
  return {
    ...frame,
    outputSpender: outputSpender.map((spender, vout) => (belongs(firstOutput + vout) ? spender : NONE)),
  };
}

/** A transaction in place of one the facts do not hold, with the one output that the input spends. */
function rootFrame(spender: TxFrame, vin: number): TxFrame {
  return {
    tx: txId(MISSING),
    orderKey: Number.MIN_SAFE_INTEGER,
    height: NONE,
    coinbase: false,
    inputOutput: [],
    inputValueSat: [],
    inputAddress: [],
    firstOutput: outputId(MISSING),
    outputValueSat: [spender.inputValueSat[vin]],
    outputAddress: [NONE],
    outputFlags: [0],
    outputSpender: [spender.tx],
    outputSpenderKey: [spender.orderKey],
  };
}
