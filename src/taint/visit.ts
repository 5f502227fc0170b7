/**
 * One visit: taint through one transaction under every rule. What both drivers share, whether they know who spends an output (`propagate.ts`) or
 * wait for it to be spent (`scan.ts`): stops, limits, seeds, fees, books.
 */
import {
  type BlockFees,
  NONE,
  OUTPUT_UNSPENDABLE,
  type OutputId,
  outputId,
  type TxFrame,
  type TxId,
} from '../ledger/index.ts';
import { isCoinjoin } from '../pattern/index.ts';
import { type Coarse, divideByHaircut, divideWithin, type RunLimit, runLimit } from './coarsen.ts';
import { envelopeHolds } from './conventions.ts';
import { type Entering, follow, isSpent } from './entry.ts';
import { Envelope } from './envelope.ts';
import { type CoinbaseIncome, FeeFlow, type FeeTaint } from './fee-flow.ts';
import { fewestHops, type HopList, lesserHops, nextHops, restrictHops } from './hop-list.ts';
import { type Holder, type OnRest, RuleLedger, type Waiting } from './ledger-of-rule.ts';
import type { Seed, StopReason, TaintGap, TaintResult, TraceParameters } from './result.ts';
import type { Division, TaintRule, TaintState } from './rule.ts';
import { outputRule } from './rules.ts';
import { WaitingTable } from './waiting-table.ts';

/** What the visits of a run are told. */
export type VisitParameters = Omit<TraceParameters, 'seeds' | 'lookAhead'>;

/** What a driver does with taint that no stop holds: it waits on its output, and the driver knows for whom. */
export type Onward = (holder: Holder, waiting: Waiting, frame: TxFrame) => void;

/** Whether any output of value has a clean part; a list of runs is meant. */
export function holdsClean(outputs: ReadonlyArray<TaintState | null>, outputValueSat: readonly number[]): boolean {
  return outputs.some(
    (state, vout) =>
      outputValueSat[vout] > 0 && (state === null || state.some((label, at) => at % 2 === 0 && label === 0)),
  );
}

/** The running state of one run, but for what is to be visited next. */
export class Visits {
  readonly ledgers: readonly RuleLedger[];
  /** What any conserving rule could say, when that was asked for; its fees come after those of the rules. */
  readonly envelope: Envelope | null;
  readonly gaps: TaintGap[] = [];
  visited = 0;
  private readonly parameters: VisitParameters;
  private readonly onward: Onward;
  private readonly runLimit: RunLimit | null;
  /** Made once: the visits of a run are many. */
  private readonly onUnknownInput = (
    waiting: Waiting,
    tx: TxId,
    kind: 'input-value-unknown' | 'input-height-unknown',
  ): void => {
    this.noteGap(kind, waiting, tx);
  };
  private readonly table: WaitingTable;
  private readonly seedsByTx = new Map<TxId, Seed[]>();
  private readonly feeFlow: FeeFlow;
  private readonly gapOutputs = new Set<OutputId>();

  /** Throws USAGE for an unknown rule. With `onRest` the resting places go there and are not kept. */
  constructor(parameters: VisitParameters, onward: Onward, onRest: OnRest | null = null) {
    this.parameters = parameters;
    this.onward = onward;
    this.feeFlow = new FeeFlow(parameters.conventions.coinbaseOrder);
    const { labelCount, keepTrail, conventions, limits } = parameters;
    const table = new WaitingTable(parameters.rules.length + 1);
    this.table = table;
    const maxSegments = limits.maxSegments ?? null;
    const limited = maxSegments !== null || parameters.haircutAtCoinjoin === true;
    this.runLimit = limited ? runLimit(maxSegments ?? Number.POSITIVE_INFINITY, conventions) : null;
    this.ledgers = parameters.rules.map(
      (name, number) =>
        new RuleLedger(outputRule(name, conventions), { table, number }, { labelCount, keepTrail, onRest }),
    );
    const last = { table, number: this.ledgers.length };
    // A limit that counts the transactions of each rule for itself leaves no bound that all rules share.
    const bounded =
      parameters.envelope === true && envelopeHolds(conventions) && (limits.maxTransactions ?? null) === null;
    this.envelope = bounded ? new Envelope(last, { limits, labelCount, keepTrail }) : null;
  }

  /** Makes a seed known before its transaction is visited. */
  addSeed(seed: Seed): void {
    const sameTx = this.seedsByTx.get(seed.tx);
    if (sameTx === undefined) this.seedsByTx.set(seed.tx, [seed]);
    else sameTx.push(seed);
  }

  /** Goes on from another time: what the ledgers held is put back by itself. */
  resume(before: { readonly visited: number; readonly gaps: readonly TaintGap[] }): void {
    this.visited = before.visited;
    for (const gap of before.gaps) {
      this.gaps.push(gap);
      if (gap.output !== NONE) this.gapOutputs.add(outputId(gap.output));
    }
  }

  /** Moves taint through one transaction. Returns a height when the fees of that block must be known before its coinbase is visited. */
  visit(frame: TxFrame): number | null {
    this.visited += 1;
    const { stopAtCoinjoin, haircutAtCoinjoin = false, isMix = isCoinjoin } = this.parameters;
    const mix = (stopAtCoinjoin || haircutAtCoinjoin) && isMix(frame);
    const mixes = stopAtCoinjoin && mix;
    const { envelope, ledgers, table } = this;
    const accounts = ledgers.length + 1;
    const income = frame.coinbase ? this.feeFlow.collect(frame, accounts) : null;
    const seeded = this.seedsByTx.has(frame.tx);
    let fees: Array<FeeTaint | null> | null = null;
    table.take(frame.inputOutput);
    for (let account = 0; account < accounts; account += 1) {
      const own = income?.[account] ?? null;
      if (own === null && !seeded && !table.bearsOn(account)) continue;
      const entry = { mixes, averages: mix && !mixes, income: own };
      const ledger = ledgers[account];
      let fee: FeeTaint | null = null;
      if (ledger !== undefined) fee = this.visitUnder(ledger, frame, entry);
      else if (envelope !== null) fee = this.visitEnvelope(envelope, frame, entry);
      if (fee === null) continue;
      fees ??= new Array<FeeTaint | null>(accounts).fill(null);
      fees[account] = fee;
    }
    return fees === null ? null : this.feeFlow.keep(frame, fees);
  }

  /** Facts about a block whose fees carry taint. Returns its coinbase if it is to be visited. */
  enterBlock(block: BlockFees): { tx: TxId; orderKey: number } | null {
    return this.feeFlow.enter(block);
  }

  /** Books fee taint that reached no coinbase, as a hole. */
  closeFees(): void {
    for (const { gap, orderKey, fees } of this.feeFlow.leftOver()) {
      this.gaps.push(gap);
      this.ledgers.forEach((ledger, rule) => {
        const fee = fees[rule];
        if (fee !== null) ledger.moved(gap.tx, orderKey, { restState: fee.state, term: 'fee' });
      });
    }
  }

  /** The facts are at their end: what still waits is unspent. */
  restUnspent(): void {
    for (const ledger of this.ledgers) ledger.restUnspent();
    this.envelope?.restUnspent();
    this.table.clear();
  }

  /** The answer, once nothing waits. Throws CONSERVATION if the books do not add up. */
  result(): TaintResult {
    if (this.table.size > 0) throw new Error(`the run ended with ${this.table.size} outputs unsettled`);
    this.closeFees();
    return {
      value: {
        rules: this.ledgers.map((ledger) => ledger.result()),
        envelope: this.envelope?.result() ?? null,
        transactionsVisited: this.visited,
      },
      gaps: this.gaps,
    };
  }

  /** One rule on one transaction. Returns the fee's taint where it is to propagate, else null. */
  private visitUnder(
    ledger: RuleLedger,
    frame: TxFrame,
    entry: { mixes: boolean; averages: boolean; income: CoinbaseIncome | null },
  ): FeeTaint | null {
    const { limits } = this.parameters;
    const entering = follow(ledger, frame, {
      mixes: entry.mixes,
      limits,
      onUnknownInput: this.onUnknownInput,
    });
    if (entering === null && entry.income === null) {
      this.place(ledger, frame, { outputs: [], hops: [], marks: null });
      return null;
    }
    const division: Division = {
      inputState: entry.income?.inputState ?? entering?.states ?? [],
      inputValueSat: entry.income?.inputValueSat ?? frame.inputValueSat,
      outputValueSat: frame.outputValueSat,
      coinbase: frame.coinbase,
      ...(frame.coinbase || frame.inputHeight === undefined ? {} : { inputHeight: frame.inputHeight }),
    };
    const turnBack = (reason: StopReason): null => {
      for (const waiting of entering?.waiting ?? []) ledger.rest(waiting, 'cut', reason);
      for (const { tx, orderKey, state } of entry.income?.paid ?? []) {
        ledger.moved(tx, orderKey, { restState: state, term: 'fee' });
      }
      this.place(ledger, frame, { outputs: [], hops: [], marks: null });
      return null;
    };
    if (entry.income !== null && isSpent(ledger, limits)) return turnBack('max-transactions');
    if (ledger.rule.declines?.(division)) return turnBack('min-tx-share');
    const lost = isCoarse(entering, entry.income);
    const divided =
      entry.averages && this.runLimit !== null
        ? divideByHaircut(this.runLimit.haircut, ledger.rule, { division, lost })
        : divideWithin(this.runLimit, ledger.rule, { division, lost });
    const { outputs, rest, marks, overflow } = divided;
    const mixed = ledger.rule.boundary !== undefined && holdsClean(outputs, frame.outputValueSat);
    if (mixed && ledger.rule.boundary === 'before') return turnBack('mixed');
    ledger.entered += 1;
    for (const waiting of entering?.waiting ?? []) ledger.pass(waiting);
    if (entry.income !== null) ledger.collect(frame.tx, entry.income);
    const hops = nextHops(entry.income?.hops ?? entering?.hops ?? []);
    const propagates = rest !== null && !frame.coinbase && this.feePropagates(frame, { rule: ledger.rule, rest, hops });
    ledger.moved(frame.tx, frame.orderKey, {
      restState: propagates ? null : rest,
      overflow,
      term: frame.coinbase ? 'burned' : 'fee',
    });
    this.place(ledger, frame, { outputs, hops, marks, frozen: mixed });
    return propagates
      ? { state: rest, hops: restrictHops(hops, ledger.rule.labels(rest)), coarse: divided.lost }
      : null;
  }

  /** The envelope on one transaction. Returns the fee's bounds where fee taint is to propagate, else null. */
  private visitEnvelope(
    envelope: Envelope,
    frame: TxFrame,
    entry: { mixes: boolean; income: CoinbaseIncome | null },
  ): FeeTaint | null {
    const made = envelope.divide(frame, entry);
    const states = made === null ? [] : [...made.outputs];
    for (const seed of this.seedsByTx.get(frame.tx) ?? []) {
      const vout = seed.output - frame.firstOutput;
      states[vout] = envelope.seed(states[vout] ?? null, frame.outputValueSat[vout], seed);
    }
    for (let vout = 0; vout < states.length; vout += 1) {
      const state = states[vout];
      if (state) this.settle(envelope, frame, { vout, state, hops: [], frozen: false, coarse: null });
    }
    const rest = made?.rest ?? null;
    if (rest === null || frame.coinbase || !this.feesPropagate(frame)) return null;
    const state = envelope.fee(rest);
    return state === null ? null : { state, hops: [], coarse: false };
  }

  /** Fee taint follows only where the user asks for it and no hop limit forbids it, the block is known and there is a fee. */
  private feePropagates(frame: TxFrame, fee: { rule: TaintRule; rest: TaintState; hops: HopList }): boolean {
    if (!this.feesPropagate(frame)) return false;
    const { maxHops } = this.parameters.limits;
    return maxHops === null || fewestHops(fee.hops, fee.rule.labels(fee.rest)) < maxHops;
  }

  private feesPropagate(frame: TxFrame): boolean {
    if (this.parameters.conventions.feeTaint === 'sink' || frame.height === NONE) return false;
    let feeSat = 0;
    if (frame.inputValueSat.includes(NONE)) return true;
    for (const valueSat of frame.inputValueSat) feeSat += valueSat;
    for (const valueSat of frame.outputValueSat) feeSat -= valueSat;
    return feeSat > 0;
  }

  /** Notes a hole, once per output. */
  noteGap(kind: TaintGap['kind'], at: { output: OutputId; valueSat: number }, tx: TxId): void {
    if (this.gapOutputs.has(at.output)) return;
    this.gapOutputs.add(at.output);
    this.gaps.push({ kind, output: at.output, tx, valueSat: at.valueSat });
  }

  /** Applies the seeds of this transaction, then settles every tainted output. */
  private place(
    ledger: RuleLedger,
    frame: TxFrame,
    moved: {
      outputs: ReadonlyArray<TaintState | null>;
      hops: HopList;
      marks: ReadonlyArray<Coarse | null> | null;
      frozen?: boolean;
    },
  ): void {
    const seeds = this.seedsByTx.get(frame.tx);
    const sown = seeds === undefined ? null : this.sow(ledger, frame, { seeds, moved });
    const states = sown?.states ?? moved.outputs;
    for (let vout = 0; vout < states.length; vout += 1) {
      const state = states[vout];
      if (!state) continue;
      const ownHops = sown?.hops.get(vout);
      const frozen = moved.frozen === true && ownHops === undefined;
      const all = ownHops ?? moved.hops;
      const hops = all.length === 2 ? all : restrictHops(all, ledger.rule.labels(state));
      const coarse = moved.marks?.[vout] ?? null;
      if (coarse !== null) ledger.count(coarse);
      this.settle(ledger, frame, { vout, state, hops, frozen, coarse });
    }
  }

  /** Outputs with the seeds of this transaction on them, and the hops of those that a seed changed. */
  private sow(
    ledger: RuleLedger,
    frame: TxFrame,
    given: {
      seeds: readonly Seed[];
      moved: { outputs: ReadonlyArray<TaintState | null>; hops: HopList };
    },
  ): { states: Array<TaintState | null>; hops: Map<number, HopList> } {
    const { seeds, moved } = given;
    const states = [...moved.outputs];
    const hops = new Map<number, HopList>();
    for (const seed of seeds) {
      const vout = seed.output - frame.firstOutput;
      const label = seed.label + 1;
      const before = states[vout] ?? null;
      const { state, filledSat, filledUnits, displaced } = ledger.rule.seed(before, frame.outputValueSat[vout], label);
      if (displaced) {
        const own = restrictHops(moved.hops, moved.hops.length === 2 ? [] : ledger.rule.labels(displaced));
        ledger.rest(waitingAt(frame, { vout, state: displaced, hops: own }), 'cut', 'seed-overridden');
      }
      if (this.parameters.conventions.seedOverlap === 'first-wins')
        ledger.noteOverlap(before, { tx: frame.tx, vout, label: seed.label, valueSat: frame.outputValueSat[vout] });
      if (state !== before) hops.set(vout, lesserHops(hops.get(vout) ?? moved.hops, [label, 0]));
      states[vout] = state;
      ledger.bookSeed({ output: seed.output, label: seed.label, filledSat }, filledUnits);
    }
    return { states, hops };
  }

  /** Stopped at a service, burned, or handed on to the driver. */
  private settle(
    holder: Holder,
    frame: TxFrame,
    at: { vout: number; state: TaintState; hops: HopList; frozen: boolean; coarse: Coarse | null },
  ): void {
    const { vout } = at;
    const free = waitingAt(frame, at);
    const kept: Waiting = at.frozen ? { ...free, frozen: true } : free;
    const waiting: Waiting = at.coarse === null ? kept : { ...kept, coarse: at.coarse };
    const unspendable = (frame.outputFlags[vout] & OUTPUT_UNSPENDABLE) !== 0;
    if (this.parameters.serviceAddresses.has(frame.outputAddress[vout])) holder.rest(waiting, 'stopped', 'service');
    else if (unspendable) holder.rest(waiting, 'burned', 'unspendable');
    else this.onward(holder, waiting, frame);
  }
}

/** Whether taint that enters has lost its places before. */
function isCoarse(entering: Entering | null, income: CoinbaseIncome | null): boolean {
  return income?.coarse === true || entering?.waiting.some(({ coarse }) => coarse !== undefined) === true;
}

/** Taint that waits on an output of a transaction. */
function waitingAt(frame: TxFrame, at: { vout: number; state: TaintState; hops: HopList }): Waiting {
  const { vout, state, hops } = at;
  const { tx, orderKey } = frame;
  const output = outputId(frame.firstOutput + vout);
  return { output, tx, vout, orderKey, valueSat: frame.outputValueSat[vout], state, hops };
}
