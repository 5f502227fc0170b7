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
import {
  NONE,
  OUTPUT_STATED_SPENT,
  OUTPUT_UNSPENDABLE,
  type OutputId,
  outputId,
  type TxFrame,
  type TxId,
  txId,
} from '../ledger/index.ts';
import { isCoinjoin } from '../pattern/index.ts';
import { follow } from './entry.ts';
import { type CoinbaseIncome, FeeFlow, type FeeTaint } from './fee-flow.ts';
import { fewestHops, type HopList, lesserHops, nextHops, restrictHops } from './hop-list.ts';
import { RuleLedger, type Waiting } from './ledger-of-rule.ts';
import type { Seed, TaintFacts, TaintGap, TaintNeeds, TraceParameters, TraceValue } from './result.ts';
import type { TaintRule, TaintState } from './rule.ts';
import { ruleByName } from './rules.ts';

/** The engine's answer with the holes it met. */
export interface TaintResult {
  readonly value: TraceValue;
  readonly gaps: readonly TaintGap[];
}

/** A run of the taint engine: yields needs, takes facts, returns the answer. */
export type TaintRun = Generator<TaintNeeds, TaintResult, TaintFacts>;

/** Starts a run. Throws USAGE for an unknown rule, CONSERVATION if the books do not add up at the end. */
export function* propagate(parameters: TraceParameters): TaintRun {
  const run = new Propagation(parameters);
  for (let tx = run.nextTransaction(); tx !== null; tx = run.nextTransaction()) {
    if (!run.holds(tx)) run.load((yield { transactions: run.ahead(tx), blocks: [] }).frames);
    const height = run.visit(tx);
    if (height !== null) run.enterBlock((yield { transactions: [], blocks: [height] }).blocks[0]);
  }
  return run.finish();
}

/** Whether any output of value has a clean part; a list of runs is meant. */
function holdsClean(outputs: ReadonlyArray<TaintState | null>, outputValueSat: readonly number[]): boolean {
  return outputs.some(
    (state, vout) =>
      outputValueSat[vout] > 0 && (state === null || state.some((label, at) => at % 2 === 0 && label === 0)),
  );
}

/** The running state of one propagation. */
class Propagation {
  private readonly parameters: TraceParameters;
  private readonly ledgers: readonly RuleLedger[];
  /** Order keys of transactions to visit; a key belongs to one transaction, so numbers are all the queue holds. */
  private readonly queue = new TinyQueue<number>([], (a, b) => a - b);
  private readonly queued = new Map<number, TxId>();
  private readonly frames = new Map<TxId, TxFrame>();
  private readonly seedsByTx = new Map<TxId, Seed[]>();
  private readonly feeFlow: FeeFlow;
  private readonly gaps: TaintGap[] = [];
  private readonly gapOutputs = new Set<OutputId>();
  private visited = 0;

  constructor(parameters: TraceParameters) {
    this.parameters = parameters;
    this.feeFlow = new FeeFlow(parameters.conventions.coinbaseOrder);
    this.ledgers = parameters.rules.map(
      (name) => new RuleLedger(ruleByName(name, parameters.conventions), parameters.labelCount, parameters.keepTrail),
    );
    for (const seed of parameters.seeds) {
      const sameTx = this.seedsByTx.get(seed.tx);
      if (sameTx === undefined) this.seedsByTx.set(seed.tx, [seed]);
      else sameTx.push(seed);
      this.enqueue(seed.tx, seed.orderKey);
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
    this.visited += 1;
    const mixes = this.parameters.stopAtCoinjoin && isCoinjoin(frame);
    const income = frame.coinbase ? this.feeFlow.collect(frame, this.ledgers.length) : null;
    const fees = this.ledgers.map((ledger, rule) =>
      this.visitUnder(ledger, frame, { mixes, income: income?.[rule] ?? null }),
    );
    return fees.every((fee) => fee === null) ? null : this.feeFlow.keep(frame, fees);
  }

  /** Facts about a block whose fees carry taint: its coinbase joins the queue. */
  enterBlock(block: Parameters<FeeFlow['enter']>[0]): void {
    const coinbase = this.feeFlow.enter(block);
    if (coinbase !== null) this.enqueue(coinbase.tx, coinbase.orderKey);
  }

  finish(): TaintResult {
    for (const { gap, orderKey, fees } of this.feeFlow.leftOver()) {
      this.gaps.push(gap);
      fees.forEach((fee, rule) => {
        if (fee !== null) this.ledgers[rule].moved(gap.tx, orderKey, { restState: fee.state, term: 'fee' });
      });
    }
    return {
      value: { rules: this.ledgers.map((ledger) => ledger.result()), transactionsVisited: this.visited },
      gaps: this.gaps,
    };
  }

  private enqueue(tx: TxId, orderKey: number): void {
    if (this.queued.has(orderKey)) return;
    this.queued.set(orderKey, tx);
    this.queue.push(orderKey);
  }

  /** One rule on one transaction. Returns the fee's taint where it is to propagate, else null. */
  private visitUnder(
    ledger: RuleLedger,
    frame: TxFrame,
    entry: { mixes: boolean; income: CoinbaseIncome | null },
  ): FeeTaint | null {
    const entering = follow(ledger, frame, {
      mixes: entry.mixes,
      limits: this.parameters.limits,
      onUnknownInput: (waiting) => this.noteGap('input-value-unknown', waiting, frame.tx),
    });
    if (entering === null && entry.income === null) {
      this.place(ledger, frame, { outputs: [], hops: [] });
      return null;
    }
    const { outputs, rest } = ledger.rule.divide({
      inputState: entry.income?.inputState ?? entering?.states ?? [],
      inputValueSat: entry.income?.inputValueSat ?? frame.inputValueSat,
      outputValueSat: frame.outputValueSat,
    });
    const mixed = ledger.rule.boundary !== undefined && holdsClean(outputs, frame.outputValueSat);
    if (mixed && ledger.rule.boundary === 'before') {
      for (const waiting of entering?.waiting ?? []) ledger.rest(waiting, 'cut', 'mixed');
      this.place(ledger, frame, { outputs: [], hops: [] });
      return null;
    }
    for (const waiting of entering?.waiting ?? []) ledger.pass(waiting);
    const hops = nextHops(entry.income?.hops ?? entering?.hops ?? []);
    const propagates = rest !== null && !frame.coinbase && this.feePropagates(frame, { rule: ledger.rule, rest, hops });
    ledger.moved(frame.tx, frame.orderKey, {
      restState: propagates ? null : rest,
      term: frame.coinbase ? 'burned' : 'fee',
    });
    this.place(ledger, frame, { outputs, hops, frozen: mixed });
    return propagates ? { state: rest, hops: restrictHops(hops, ledger.rule.labels(rest)) } : null;
  }

  /** Fee taint follows only where the user asks for it and no hop limit forbids it, the block is known and there is a fee. */
  private feePropagates(frame: TxFrame, fee: { rule: TaintRule; rest: TaintState; hops: HopList }): boolean {
    if (this.parameters.conventions.feeTaint === 'sink' || frame.height === NONE) return false;
    const { maxHops } = this.parameters.limits;
    if (maxHops !== null && fewestHops(fee.hops, fee.rule.labels(fee.rest)) >= maxHops) return false;
    let feeSat = 0;
    if (frame.inputValueSat.includes(NONE)) return true;
    for (const valueSat of frame.inputValueSat) feeSat += valueSat;
    for (const valueSat of frame.outputValueSat) feeSat -= valueSat;
    return feeSat > 0;
  }

  private noteGap(kind: TaintGap['kind'], at: { output: OutputId; valueSat: number }, tx: TxId): void {
    if (this.gapOutputs.has(at.output)) return;
    this.gapOutputs.add(at.output);
    this.gaps.push({ kind, output: at.output, tx, valueSat: at.valueSat });
  }

  /** Applies the seeds of this transaction, then settles every tainted output. */
  private place(
    ledger: RuleLedger,
    frame: TxFrame,
    moved: { outputs: ReadonlyArray<TaintState | null>; hops: HopList; frozen?: boolean },
  ): void {
    const seeds = this.seedsByTx.get(frame.tx);
    const states = [...moved.outputs];
    const seeded = seeds === undefined ? null : new Map<number, HopList>();
    for (const seed of seeds ?? []) {
      const vout = seed.output - frame.firstOutput;
      const label = seed.label + 1;
      const before = states[vout] ?? null;
      const { state, filledSat } = ledger.rule.seed(before, frame.outputValueSat[vout], label);
      if (state !== before) seeded?.set(vout, lesserHops(seeded.get(vout) ?? moved.hops, [label, 0]));
      states[vout] = state;
      ledger.bookSeed({ output: seed.output, label: seed.label, filledSat });
    }
    for (let vout = 0; vout < states.length; vout += 1) {
      const state = states[vout];
      if (!state) continue;
      const ownHops = seeded?.get(vout);
      const frozen = moved.frozen === true && ownHops === undefined;
      this.settle(ledger, frame, { vout, state, hops: ownHops ?? moved.hops, frozen });
    }
  }

  /** Stopped at a service, burned, waiting for its spender, spent out of sight, or unspent. */
  private settle(
    ledger: RuleLedger,
    frame: TxFrame,
    at: { vout: number; state: TaintState; hops: HopList; frozen: boolean },
  ): void {
    const { vout } = at;
    const output = outputId(frame.firstOutput + vout);
    const valueSat = frame.outputValueSat[vout];
    const { tx, orderKey } = frame;
    const waiting: Waiting = {
      output,
      tx,
      vout,
      orderKey,
      valueSat,
      state: at.state,
      hops: restrictHops(at.hops, at.hops.length === 2 ? [] : ledger.rule.labels(at.state)),
      ...(at.frozen ? { frozen: true } : {}),
    };
    const flags = frame.outputFlags[vout];
    const spender = frame.outputSpender[vout];
    if (this.parameters.serviceAddresses.has(frame.outputAddress[vout])) ledger.rest(waiting, 'stopped', 'service');
    else if ((flags & OUTPUT_UNSPENDABLE) !== 0) ledger.rest(waiting, 'burned', 'unspendable');
    else if (spender !== NONE) {
      ledger.wait(waiting);
      this.enqueue(txId(spender), frame.outputSpenderKey[vout]);
    } else if ((flags & OUTPUT_STATED_SPENT) !== 0) {
      ledger.rest(waiting, 'unresolved', 'spender-missing');
      this.noteGap('spender-missing', waiting, frame.tx);
    } else ledger.rest(waiting, 'unspent', null);
  }
}
