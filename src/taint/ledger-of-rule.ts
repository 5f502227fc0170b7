/**
 * What one rule holds while a run goes on: taint on outputs not yet spent, its books, and where taint came to rest.
 * The driver says what happens to an output; this keeps the account of it.
 */
import type { OutputId, TxId } from '../ledger/index.ts';
import { assertConservation, OpenBooks, termOf, wholeBook } from './books.ts';
import type { Coarse } from './coarsen.ts';
import type { CoinbaseIncome } from './fee-flow.ts';
import { fewestHops, type HopList } from './hop-list.ts';
import type {
  Book,
  CoarseCount,
  Collected,
  Placement,
  RuleResult,
  RuleTransaction,
  SeedFill,
  SeedOverlap,
  StopReason,
  TaintStatus,
} from './result.ts';
import type { TaintRule, TaintState } from './rule.ts';
import type { WaitingTable } from './waiting-table.ts';

/** An output as the driver knows it. */
export interface OutputPlace {
  readonly output: OutputId;
  readonly tx: TxId;
  readonly vout: number;
  readonly orderKey: number;
  readonly valueSat: number;
}

/** Taint that waits on an output for its spender. */
export interface Waiting extends OutputPlace {
  readonly state: TaintState;
  readonly hops: HopList;
  /** The rule follows this taint no further; its transaction was the boundary. */
  readonly frozen?: true;
  /** The places of the satoshi are lost (coarsen.ts). */
  readonly coarse?: Coarse;
}

/** What a ledger has counted, to go on from another time. */
export interface LedgerAccount {
  readonly books: readonly Book[];
  readonly seeded: readonly SeedFill[];
  readonly entered: number;
  readonly coarse: CoarseCount;
}

/** An account that a driver leaves taint with: that of a rule, or that of the envelope. */
export interface Holder {
  /** Taint stays on an output until its spender comes. Returns whether none waited there before, of any account. */
  wait(waiting: Waiting): boolean;
  /** Taint comes to rest on an output, for the reason given. */
  rest(waiting: Waiting, status: Exclude<TaintStatus, 'passed'>, reason: StopReason | null): void;
}

/** Takes a resting place of a rule in place of the ledger, so that memory does not grow with what rests. */
export type OnRest = (rule: string, placement: Placement) => void;

/** Whether a later block may bring the spender of what rests. */
function isFrontier(status: TaintStatus, reason: StopReason | null): boolean {
  return status === 'unspent' || reason === 'spender-missing';
}

function byOrder(a: Placement, b: Placement): number {
  return a.orderKey - b.orderKey || a.vout - b.vout;
}

/** In total order; one whose fee taint was booked later, because it reached no coinbase, has it under its one entry. */
function eachOnce(transactions: RuleTransaction[]): RuleTransaction[] {
  const once: RuleTransaction[] = [];
  for (const transaction of transactions.sort((a, b) => a.orderKey - b.orderKey)) {
    const last = once.at(-1);
    if (last?.tx !== transaction.tx) once.push(transaction);
    else once[once.length - 1] = { ...last, feeTaint: [...last.feeTaint, ...transaction.feeTaint] };
  }
  return once;
}

/** Account of one rule during one run. */
export class RuleLedger implements Holder {
  readonly rule: TaintRule;
  /** Transactions that taint has entered. */
  entered = 0;
  private coarse: CoarseCount = { here: 0, before: 0 };
  /** Seeds met in this run that lie on taint of other labels; none under poison, which keeps every label whole. */
  readonly overlaps: SeedOverlap[] = [];
  private readonly table: WaitingTable;
  private readonly number: number;
  /** What rests only because no spender was known: where a later block may go on. Kept where somebody takes the state at the end. */
  readonly frontier: Waiting[] = [];
  private readonly unresolved: Waiting[] = [];
  private readonly books: OpenBooks;
  private readonly holdings: Placement[] = [];
  private readonly passed: Placement[] = [];
  private readonly transactions: RuleTransaction[] = [];
  private readonly seeded: SeedFill[] = [];
  private readonly collected: Collected[] = [];
  private readonly keepTrail: boolean;
  private readonly keepFrontier: boolean;
  private readonly onRest: OnRest | null;

  /** Account `number` of a table that holds what waits for all accounts of the run. */
  constructor(
    rule: TaintRule,
    at: { table: WaitingTable; number: number },
    how: { labelCount: number; keepTrail: boolean; keepFrontier: boolean; onRest: OnRest | null },
  ) {
    this.rule = rule;
    this.table = at.table;
    this.number = at.number;
    this.books = new OpenBooks(how.labelCount);
    this.keepTrail = how.keepTrail;
    this.keepFrontier = how.keepFrontier;
    this.onRest = how.onRest;
  }

  wait(waiting: Waiting): boolean {
    return this.table.put(this.number, waiting);
  }

  /** What waited on an input of the transaction at hand, if anything did. */
  entering(vin: number): Waiting | undefined {
    return this.table.entering(this.number, vin);
  }

  /** What waits, by output. */
  waits(): Iterable<Waiting> {
    return this.table.of(this.number);
  }

  /** Where taint has come to rest for good or moved on, as far as it is kept, in the order it happened. */
  *placed(): Generator<Placement> {
    for (const holding of this.holdings) if (!isFrontier(holding.status, holding.reason)) yield holding;
    yield* this.passed;
  }

  /** Puts a placement of another time back. */
  putPlaced(placement: Placement): void {
    (placement.status === 'passed' ? this.passed : this.holdings).push(placement);
  }

  /** Transactions that moved taint, as far as they are kept. */
  moves(): Iterable<RuleTransaction> {
    return this.transactions;
  }

  /** Puts a transaction of another time back. */
  putMove(transaction: RuleTransaction): void {
    this.transactions.push(transaction);
  }

  /** The facts are at their end: what still waits is unspent. The table is cleared by its owner. */
  restUnspent(): void {
    for (const waiting of this.waits()) this.rest(waiting, 'unspent', null);
  }

  /** Books, seeds and counts, to go on from another time: what is on the frontier is in no book yet. */
  account(): LedgerAccount {
    const { seeded, entered, coarse } = this;
    const books = this.books.all().map((book) => ({ ...book, held: 0n }));
    if (!this.rule.conserves) return { books, seeded, entered, coarse };
    for (const { state, valueSat } of this.unresolved) {
      for (const [label, units] of this.unitsOf(state, valueSat)) books[label - 1].unresolved -= BigInt(units);
    }
    return { books, seeded, entered, coarse };
  }

  /** Goes on from an account taken before; what waited is given by `wait`. */
  resume(account: LedgerAccount): void {
    this.entered = account.entered;
    this.coarse = { ...account.coarse };
    this.books.resume(account.books);
    this.seeded.push(...account.seeded);
  }

  /** Counts an output that has lost the places of its satoshi. */
  count(coarse: Coarse): void {
    this.coarse[coarse] += 1;
  }

  /** Notes a seed on an output that others taint; `before` is the state it found there. */
  noteOverlap(before: TaintState | null, seed: Omit<SeedOverlap, 'kept'>): void {
    if (before === null || !this.rule.conserves) return;
    const kept = this.rule
      .amounts(before, seed.valueSat)
      .flatMap(([label, amountSat]) => (label - 1 === seed.label ? [] : [[label - 1, amountSat] as const]));
    if (kept.length > 0) this.overlaps.push({ ...seed, kept });
  }

  /** Books what a seed filled of an output; labels from 0. Poison has no books, but remembers its seeds. */
  bookSeed(fill: SeedFill, filledUnits?: bigint): void {
    const { label, filledSat } = fill;
    if (filledSat > 0 || !this.rule.conserves) this.seeded.push(fill);
    if (this.rule.conserves) this.books.enter('seeded', label, filledUnits ?? filledSat);
  }

  /** Taint comes to rest on an output, for the reason given. */
  rest(waiting: Waiting, status: Exclude<TaintStatus, 'passed'>, reason: StopReason | null): void {
    const placement = this.placement(waiting, status, reason);
    this.book(termOf(status), waiting.state, placement.taint);
    if (this.keepFrontier && isFrontier(status, reason)) {
      this.frontier.push(waiting);
      if (reason === 'spender-missing') this.unresolved.push(waiting);
    }
    if (placement.taint.length === 0) return;
    if (this.onRest === null) this.holdings.push(placement);
    else this.onRest(this.rule.name, placement);
  }

  /** Taint moved on from these outputs. */
  passAll(passed: readonly Waiting[]): void {
    if (!this.keepTrail) return;
    for (const waiting of passed) this.passed.push(this.placement(waiting, 'passed', null));
  }

  /** Fee taint entered a coinbase. */
  collect(tx: TxId, { inputState, inputValueSat, payer, paid }: CoinbaseIncome): void {
    if (!this.keepTrail) return;
    this.collected.push({ tx, inputState, inputValueSat, payers: payer.map((place) => paid[place] ?? null) });
  }

  /**
   * A transaction moved taint and `restState` of it was paid as fee, or burned by a coinbase that claims less than it may; `overflow` is what
   * rounding left over beyond that.
   */
  moved(
    tx: TxId,
    orderKey: number,
    paid: { restState: TaintState | null; overflow?: TaintState | null; term: 'fee' | 'burned' },
  ): void {
    if (paid.restState !== null) this.book(paid.term, paid.restState, null);
    if (paid.overflow) this.book(paid.term, paid.overflow, null);
    if (!this.keepTrail) return;
    const states = [paid.restState, paid.overflow ?? null].filter((state) => state !== null);
    const amounts = this.amountsOf(states);
    this.transactions.push({ tx, orderKey, feeTaint: amounts.map(([label, valueSat]) => [label - 1, valueSat]) });
  }

  /** The answer, once nothing waits any more. Throws CONSERVATION when the books do not add up. */
  result(): RuleResult {
    if (this.rule.conserves) assertConservation(this.rule.name, this.books.all());
    return {
      rule: this.rule.name,
      conserves: this.rule.conserves,
      books: this.rule.conserves ? this.wholeBooks() : [],
      holdings: this.holdings.sort(byOrder),
      passed: this.passed.sort(byOrder),
      transactions: eachOnce(this.transactions),
      ...(this.coarse.here === 0 ? {} : { coarse: this.coarse }),
      seeded: this.seeded,
      collected: this.collected,
    };
  }

  private wholeBooks(): readonly Book[] {
    const { unitsPerSat } = this.rule;
    const books = this.books.all();
    return unitsPerSat === undefined ? books : books.map((book) => wholeBook(book, unitsPerSat));
  }

  /** Amounts of a state as the books count: in the rule's own units. */
  private unitsOf(state: TaintState, valueSat: number): ReadonlyArray<readonly [number, number | bigint]> {
    return this.rule.units?.(state) ?? this.rule.amounts(state, valueSat);
  }

  /** Books a state under a term, in the rule's own units; `taint` is the same in satoshi with labels from 0, where that is at hand. */
  private book(term: keyof Book, state: TaintState, taint: Placement['taint'] | null): void {
    if (!this.rule.conserves) return;
    if (taint !== null && this.rule.units === undefined) {
      for (const [label, amountSat] of taint) this.books.enter(term, label, amountSat);
    } else for (const [label, amount] of this.unitsOf(state, 0)) this.books.enter(term, label - 1, amount);
  }

  /** Satoshi per label of states that no output has. */
  private amountsOf(states: readonly TaintState[]): Array<readonly [number, number]> {
    if (states.length === 0 || !this.rule.conserves) return [];
    if (states.length === 1) return this.rule.amounts(states[0], 0);
    const byLabel = new Map<number, number>();
    for (const [label, amountSat] of states.flatMap((state) => this.rule.amounts(state, 0))) {
      byLabel.set(label, (byLabel.get(label) ?? 0) + amountSat);
    }
    return [...byLabel].sort((a, b) => a[0] - b[0]);
  }

  private placement(waiting: Waiting, status: TaintStatus, reason: StopReason | null): Placement {
    const { output, tx, vout, orderKey, valueSat, coarse } = waiting;
    const own = waiting.hops;
    const hops = own.length === 2 ? own[1] : fewestHops(own, this.rule.labels(waiting.state));
    const taint = this.rule.amounts(waiting.state, valueSat);
    for (const amount of taint) amount[0] -= 1;
    const place = { output, tx, vout, orderKey, valueSat, hops, status, reason, taint, state: waiting.state };
    return coarse === undefined ? place : { ...place, coarse };
  }
}
