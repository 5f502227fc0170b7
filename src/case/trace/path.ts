/** The verb `path`: the best money paths between two subjects, with the transactions, tags and bounds behind them. */
import { type MoneyPath, moneyPaths, type OpenEnd, type PathOrder } from '../../graph/index.ts';
import {
  ENGINE_VERSION,
  type OutputId,
  SpoorError,
  type TxFrame,
  type TxId,
  type ViewOutput,
  type ViewTransaction,
} from '../../ledger/index.ts';
import { isCoinjoin } from '../../pattern/index.ts';
import type { PathDocument, PathEnd, PathOutput, PathRow, PathStep } from '../../report/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { runId } from '../run.ts';
import { isWithin, parseRange, parseSubject, resolveSubject, type Subject } from '../subject.ts';
import { serviceAddressIds, tagsOfAddress } from '../tag/tags.ts';
import { citation, timeOf } from './hops.ts';
import type { Stop } from './trace.ts';

/** Everything a user may ask of `path`. Texts of subjects are read again once the network is known. */
export interface PathRequest {
  readonly from: string;
  readonly to: string;
  readonly by: PathOrder;
  readonly count: number;
  readonly maxHops: number;
  readonly maxTransactions: number;
  /** `FROM..TO`, heights or dates: every transaction of a path lies in it; null is no bound. */
  readonly window: string | null;
  /** What no path passes through. */
  readonly stopAt: readonly Stop[];
}

/** Checks a request for form, before any case is looked for. Throws what `parseSubject` throws, and USAGE for a bound below 1. */
export function checkPathRequest(request: PathRequest): void {
  parseSubject(request.from);
  parseSubject(request.to);
  checkPathBounds(request);
}

/** Checks the bounds of a path on any chain. Throws SUBJECT_INVALID for a window that is none, and USAGE for a bound below 1. */
export function checkPathBounds(request: Pick<PathRequest, 'window' | 'count' | 'maxHops' | 'maxTransactions'>): void {
  if (request.window !== null) parseRange(request.window);
  const bounds = {
    '--count': request.count,
    '--max-hops': request.maxHops,
    '--max-transactions': request.maxTransactions,
  };
  for (const [option, bound] of Object.entries(bounds))
    if (bound < 1) throw new SpoorError('USAGE', `${option} is 0, which leaves nothing to find; it starts at 1`);
}

/** The paths, best first; `paths` is empty when there is none within the bounds. Throws NOT_FOUND for a subject that is not in the case. */
export function findPaths(context: CaseContext, request: PathRequest): PathDocument {
  checkPathRequest(request);
  const facts = new Facts(context);
  const ends = {
    from: endOf(context, parseSubject(request.from, context.network)),
    to: endOf(context, parseSubject(request.to, context.network)),
  };
  const { paths, explored, openEnds } = moneyPaths(
    context.view,
    {
      from: new Set(ends.from.outputs),
      to: new Set(ends.to.outputs),
      by: request.by,
      count: request.count,
      maxHops: request.maxHops,
      maxTransactions: request.maxTransactions,
      skipAddresses: request.stopAt.includes('service') ? serviceAddressIds(context) : new Set(),
      passes: passing(facts, request),
    },
    (tx) => timeOf(facts.transaction(tx)),
  );
  return {
    schema: 'spoor.path/1',
    run: runOf(context, request, ends),
    from: ends.from.document,
    to: ends.to.document,
    paths: paths.map((path, index) => pathRow(facts, path, index + 1)),
    explored,
    gaps: gapRows(facts, openEnds),
  };
}

/** Outputs whose spender the case does not hold, in the order of the chain. */
function gapRows(facts: Facts, openEnds: readonly OpenEnd[]): PathDocument['gaps'] {
  const placed = openEnds.map(({ output, valueSat }) => {
    const { outpoint, tx, vout } = facts.output(output);
    return { outpoint, vout, valueSat, orderKey: facts.transaction(tx).orderKey };
  });
  return placed
    .sort((a, b) => a.orderKey - b.orderKey || a.vout - b.vout)
    .map(({ outpoint, valueSat }) => ({
      kind: 'spender-missing',
      subject: outpoint,
      detail: 'spent by a transaction the case does not hold; a path may go on there',
      value: String(valueSat),
    }));
}

interface End {
  readonly outputs: readonly OutputId[];
  readonly document: PathEnd;
}

function endOf(context: CaseContext, subject: Subject): End {
  const outputs = resolveSubject(context, subject);
  const amount = outputs.reduce((total, output) => total + BigInt(context.view.output(output).valueSat), 0n);
  return { outputs, document: { subject: subject.text, outputs: outputs.length, amount: String(amount) } };
}

/** What a path may pass: transactions of the window, and coinjoins only where they are asked for. */
function passing(facts: Facts, request: PathRequest): (frame: TxFrame) => boolean {
  const window = request.window === null ? null : parseRange(request.window);
  const mixes = request.stopAt.includes('coinjoin');
  return (frame) => (window === null || isWithin(facts.transaction(frame.tx), window)) && !(mixes && isCoinjoin(frame));
}

/** How the answer came about; the id is the digest of everything that decides it, as for a stored run. */
function runOf(context: CaseContext, request: PathRequest, ends: { from: End; to: End }): PathDocument['run'] {
  const params = { ...request, from: ends.from.document.subject, to: ends.to.document.subject };
  const tip = context.view.tip();
  const inputs = inputsDigest(context.store);
  const id = runId({
    verb: 'path',
    engine: ENGINE_VERSION,
    params: JSON.stringify(params),
    tipHeight: tip.height,
    tipHash: tip.hash,
    inputs,
    seeds: JSON.stringify([ends.from.document, ends.to.document]),
  });
  return { id, engine: ENGINE_VERSION, chain: context.view.chain, tip, params, inputs };
}

/** Transactions read once. */
class Facts {
  readonly context: CaseContext;
  private readonly transactions = new Map<TxId, ViewTransaction>();

  constructor(context: CaseContext) {
    this.context = context;
  }

  transaction(tx: TxId): ViewTransaction {
    const known = this.transactions.get(tx) ?? this.context.view.transaction(tx);
    this.transactions.set(tx, known);
    return known;
  }

  output(output: OutputId): ViewOutput {
    return this.context.view.output(output);
  }
}

function pathRow(facts: Facts, path: MoneyPath, rank: number): PathRow {
  const outputs = path.outputs.map((output) => outputRow(facts, output));
  const steps = path.transactions.map((tx, index): PathStep => {
    const transaction = facts.transaction(tx);
    return {
      txid: transaction.txid,
      height: transaction.height,
      timestampSec: timeOf(transaction),
      proof: transaction.proof,
      inputs: transaction.inputs.length,
      outputs: transaction.outputs.length,
      from: outputs[index],
      to: outputs[index + 1],
    };
  });
  const { bottleneckSat, elapsedSec } = path;
  return { rank, hops: steps.length, bottleneck: String(bottleneckSat), elapsedSec, steps };
}

function outputRow(facts: Facts, id: OutputId): PathOutput {
  const { outpoint, address, valueSat } = facts.output(id);
  const tags = address === null ? [] : tagsOfAddress(facts.context, address).map(citation);
  return { outpoint, address, value: String(valueSat), tags };
}
