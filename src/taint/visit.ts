/**
 * One visit: taint through one transaction under every rule. What both drivers share, whether they know who spends an output (`propagate.ts`) or
 * wait for it to be spent (`scan.ts`): stops, limits, seeds, fees, books.
 */
import { type BlockFees, NONE, type OutputId, outputId, type TxFrame, type TxId } from '../ledger/index.ts';
import { isCoinjoin } from '../pattern/index.ts';
import { runLimit } from './coarsen.ts';
import { envelopeHolds } from './conventions.ts';
import { Envelope } from './envelope.ts';
import { type CoinbaseIncome, FeeFlow, type FeeTaint } from './fee-flow.ts';
import { type OnRest, RuleLedger } from './ledger-of-rule.ts';
import type { Seed, TaintGap, TaintResult } from './result.ts';
import { type AtHand, feesPropagate, type Onward, RuleVisit, type VisitParameters, waitingAt } from './rule-visit.ts';
import { outputRule } from './rules.ts';
import { WaitingTable } from './waiting-table.ts';

export type { Onward, VisitParameters } from './rule-visit.ts';

/** The running state of one run, but for what is to be visited next. */
export class Visits {
  readonly ledgers: readonly RuleLedger[];
  /** What any conserving rule could say, when that was asked for; its fees come after those of the rules. */
  readonly envelope: Envelope | null;
  readonly gaps: TaintGap[] = [];
  visited = 0;
  private readonly parameters: VisitParameters;
  private readonly ruleVisit: RuleVisit;
  private readonly table: WaitingTable;
  private readonly seedsByTx = new Map<TxId, Seed[]>();
  private readonly feeFlow: FeeFlow;
  private readonly gapOutputs = new Set<OutputId>();

  /** Throws USAGE for an unknown rule. With `onRest` the resting places go there and are not kept. */
  constructor(parameters: VisitParameters, onward: Onward, onRest: OnRest | null = null) {
    this.parameters = parameters;
    this.feeFlow = new FeeFlow(parameters.conventions.coinbaseOrder);
    const { labelCount, keepTrail, conventions, limits } = parameters;
    const table = new WaitingTable(parameters.rules.length + 1);
    this.table = table;
    const maxSegments = limits.maxSegments ?? null;
    const limited = maxSegments !== null || parameters.haircutAtCoinjoin === true;
    this.ruleVisit = new RuleVisit(parameters, {
      onward,
      runLimit: limited ? runLimit(maxSegments ?? Number.POSITIVE_INFINITY, conventions) : null,
      onUnknownInput: (waiting, tx, kind) => this.noteGap(kind, waiting, tx),
    });
    const keepFrontier = parameters.onEnd !== undefined;
    this.ledgers = parameters.rules.map(
      (name, number) =>
        new RuleLedger(
          outputRule(name, conventions),
          { table, number },
          { labelCount, keepTrail, keepFrontier, onRest },
        ),
    );
    const last = { table, number: this.ledgers.length };
    // A limit that counts the transactions of each rule for itself leaves no bound that all rules share.
    const bounded =
      parameters.envelope === true && envelopeHolds(conventions) && (limits.maxTransactions ?? null) === null;
    this.envelope = bounded ? new Envelope(last, { limits, labelCount, keepTrail, keepFrontier }) : null;
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
    const { envelope, ledgers, table } = this;
    const accounts = ledgers.length + 1;
    const income = frame.coinbase ? this.feeFlow.collect(frame, accounts) : null;
    const at: AtHand = {
      frame,
      mixes: stopAtCoinjoin && mix,
      averages: !stopAtCoinjoin && mix,
      seeds: this.seedsByTx.get(frame.tx),
      feesPropagate: feesPropagate(frame, this.parameters),
    };
    let fees: Array<FeeTaint | null> | null = null;
    table.take(frame.inputOutput);
    for (let account = 0; account < accounts; account += 1) {
      const own = income?.[account] ?? null;
      if (own === null && at.seeds === undefined && !table.bearsOn(account)) continue;
      const ledger = ledgers[account];
      let fee: FeeTaint | null = null;
      if (ledger !== undefined) fee = this.ruleVisit.visit(ledger, at, own);
      else if (envelope !== null) fee = this.visitEnvelope(envelope, at, own);
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

  /** The envelope on one transaction. Returns the fee's bounds where fee taint is to propagate, else null. */
  private visitEnvelope(envelope: Envelope, at: AtHand, income: CoinbaseIncome | null): FeeTaint | null {
    const { frame } = at;
    const made = envelope.divide(frame, { mixes: at.mixes, income });
    const states = made === null ? [] : [...made.outputs];
    for (const seed of at.seeds ?? []) {
      const vout = seed.output - frame.firstOutput;
      states[vout] = envelope.seed(states[vout] ?? null, frame.outputValueSat[vout], seed);
    }
    for (let vout = 0; vout < states.length; vout += 1) {
      const state = states[vout];
      if (state) this.ruleVisit.settle(envelope, frame, waitingAt(frame, vout, state, []));
    }
    const rest = made?.rest ?? null;
    if (rest === null || frame.coinbase || !at.feesPropagate) return null;
    const state = envelope.fee(rest);
    return state === null ? null : { state, hops: [], coarse: false };
  }

  /** Notes a hole, once per output. */
  noteGap(kind: TaintGap['kind'], at: { output: OutputId; valueSat: number }, tx: TxId): void {
    if (this.gapOutputs.has(at.output)) return;
    this.gapOutputs.add(at.output);
    this.gaps.push({ kind, output: at.output, tx, valueSat: at.valueSat });
  }
}
