/**
 * Claim:      visits every transaction that taint reaches exactly once, parents before children, and no other.
 * Source:     sparse driver of src/taint/README.md: a queue keyed by total order; what is not in it is clean.
 * Parameters: rules, seeds, limits, stops and conventions of `TraceParameters`; nothing has a default here.
 * Cost:       O(k log k) for k tainted transactions plus what the rules cost on each; independent of the size of the ledger.
 * Fails when: the order of the facts is wrong (a child before its parent): the store refuses such facts on the way in.
 *
 * A generator: it yields what it needs to know and is resumed with the facts, so that memory, SQLite or a slow source can drive it,
 * and only the caller ever waits, reports progress or stops early.
 */
import TinyQueue from 'tinyqueue';
import { type BlockFees, NONE, OUTPUT_STATED_SPENT, type TxFrame, type TxId, txId } from '../ledger/index.ts';
import { holderOf, restoreLine, type StateLine, stateLines } from './checkpoint.ts';
import type { Holder, Waiting } from './ledger-of-rule.ts';
import type { TaintFacts, TaintNeeds, TaintResult, TraceParameters } from './result.ts';
import { Visits } from './visit.ts';

/** Makers of frontier outputs asked for at once. */
const FRONTIER_BATCH = 256;

/** A run of the taint engine: yields needs, takes facts, returns the answer. */
export type TaintRun = Generator<TaintNeeds, TaintResult, TaintFacts>;

/** Starts a run. Throws USAGE for an unknown rule, CONSERVATION if the books do not add up at the end. */
export function* propagate(parameters: TraceParameters): TaintRun {
  const run = new Propagation(parameters);
  for (const makers of run.restore()) run.reconsider((yield { transactions: makers, blocks: [] }).frames);
  for (let tx = run.nextTransaction(); tx !== null; tx = run.nextTransaction()) {
    if (!run.holds(tx)) run.load((yield { transactions: run.ahead(tx), blocks: [], heights: run.needsHeights }).frames);
    const height = run.visit(tx);
    if (height !== null) run.enterBlock((yield { transactions: [], blocks: [height] }).blocks[0]);
  }
  return run.finish();
}

/** What is to be visited, in order, and the facts at hand. */
class Propagation {
  private readonly parameters: TraceParameters;
  /** Order keys of transactions to visit; a key belongs to one transaction, so numbers are all the queue holds. */
  private readonly queue = new TinyQueue<number>([], (a, b) => a - b);
  private readonly queued = new Map<number, TxId>();
  private readonly frames = new Map<TxId, TxFrame>();
  private readonly frontier = new Map<TxId, Array<Extract<StateLine, { kind: 'wait' }>>>();
  private readonly visits: Visits;

  constructor(parameters: TraceParameters) {
    this.parameters = parameters;
    this.visits = new Visits(parameters, (holder, waiting, frame) => this.onward(holder, waiting, frame));
    for (const seed of parameters.seeds) {
      this.visits.addSeed(seed);
      this.enqueue(seed.tx, seed.orderKey);
    }
  }

  /** Whether a rule of the run asks how old inputs are. */
  get needsHeights(): boolean {
    return this.visits.ledgers.some(({ rule }) => rule.needsHeights === true);
  }

  /** Puts back what came before. Returns who made the outputs of the frontier: who spends them may be known by now. */
  restore(): TxId[][] {
    for (const line of this.parameters.from ?? []) {
      if (line.kind !== 'wait') restoreLine(this.visits, line);
      else {
        const { tx } = line.waiting;
        const sameTx = this.frontier.get(tx) ?? [];
        this.frontier.set(tx, sameTx);
        sameTx.push(line);
      }
    }
    const makers = [...this.frontier.keys()];
    const batches: TxId[][] = [];
    for (let at = 0; at < makers.length; at += FRONTIER_BATCH) batches.push(makers.slice(at, at + FRONTIER_BATCH));
    return batches;
  }

  /** Sends the outputs of the frontier on, or lets them rest again. */
  reconsider(frames: readonly TxFrame[]): void {
    for (const frame of frames) {
      for (const { rule, waiting } of this.frontier.get(frame.tx) ?? []) {
        this.onward(holderOf(this.visits, rule), waiting, frame);
      }
      this.frontier.delete(frame.tx);
    }
  }

  nextTransaction(): TxId | null {
    const orderKey = this.queue.pop();
    if (orderKey === undefined) return null;
    const tx = this.queued.get(orderKey) ?? null;
    this.queued.delete(orderKey);
    return tx;
  }

  /** The transaction that is needed and as many queued ones as one question may ask for. */
  ahead(tx: TxId): TxId[] {
    const wanted = [tx];
    for (const orderKey of this.queue.data) {
      if (wanted.length >= this.parameters.lookAhead) break;
      const next = this.queued.get(orderKey);
      if (next !== undefined && !this.frames.has(next)) wanted.push(next);
    }
    return wanted;
  }

  holds(tx: TxId): boolean {
    return this.frames.has(tx);
  }

  load(frames: readonly TxFrame[]): void {
    for (const frame of frames) this.frames.set(frame.tx, frame);
  }

  /** Moves taint through one transaction. Returns a height when the fees of that block must be known next. */
  visit(tx: TxId): number | null {
    const frame = this.frames.get(tx);
    if (frame === undefined) throw new Error(`the facts for transaction ${tx} were asked for and not given`);
    this.frames.delete(tx);
    return this.visits.visit(frame);
  }

  /** Facts about a block whose fees carry taint: its coinbase joins the queue. */
  enterBlock(block: BlockFees): void {
    const coinbase = this.visits.enterBlock(block);
    if (coinbase !== null) this.enqueue(coinbase.tx, coinbase.orderKey);
  }

  finish(): TaintResult {
    this.visits.closeFees();
    this.parameters.onEnd?.(stateLines(this.visits));
    return this.visits.result();
  }

  private enqueue(tx: TxId, orderKey: number): void {
    if (this.queued.has(orderKey)) return;
    this.queued.set(orderKey, tx);
    this.queue.push(orderKey);
  }

  /** The output waits for its spender, was spent out of sight, or is unspent. */
  private onward(holder: Holder, waiting: Waiting, frame: TxFrame): void {
    const spender = frame.outputSpender[waiting.vout];
    if (spender !== NONE) {
      if (holder.wait(waiting)) this.enqueue(txId(spender), frame.outputSpenderKey[waiting.vout]);
    } else if ((frame.outputFlags[waiting.vout] & OUTPUT_STATED_SPENT) !== 0) {
      holder.rest(waiting, 'unresolved', 'spender-missing');
      this.visits.noteGap('spender-missing', waiting, frame.tx);
    } else holder.rest(waiting, 'unspent', null);
  }
}
