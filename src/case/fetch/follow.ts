/**
 * Claim:      fetches what the frontier of a trace needs and nothing else, most taint first, until nothing waits or a budget is used up; the trace
 *             at the end is the one the case would give offline, and everything that still waits is named with its amount.
 * Source:     the order of need of adapters A1: one question for the spenders of a transaction's outputs, one for the length of a busy address's
 *             history, one for each spender.
 * Parameters: budgets of requests, transactions, rounds and seconds; how many transactions make an address busy; questions at a time.
 * Cost:       one trace and three sweeps of questions a round; a round reaches one transaction further along every branch. Near a budget a round asks
 *             for half of what is left and ranks again, so that the last questions go where the most taint is.
 * Fails when: the source is wrong about spends; it cannot say of some (they are named and the rest is followed); a busy address hides a path; a limit by height (`until`) is not known before the spender is fetched.
 */
import { type ChainSource, cannotFollow, spoorSpendLine } from '../../chain/bitcoin/index.ts';
import { type Address, type SpendRecord, SpoorError, type Txid } from '../../ledger/index.ts';
import type { FollowDocument } from '../../report/index.ts';
import { coverageOf } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import { noteHistory, noteOutspends } from '../ingest/coverage.ts';
import { inPool } from '../ingest/pool.ts';
import { type TraceRequest, type TraceRun, trace, traceUnkept } from '../trace/trace.ts';
import { keep } from './fetch.ts';
import { aboutOthers, type FrontierOutput, followStop, frontierOf, withSpenders } from './follow-frontier.ts';
import { orUnsaid } from './unsaid.ts';

/** What a run of following may cost; null is no limit. `maxRequests` is kept by the transport, which counts every one of them. */
export interface FollowBudget {
  readonly maxRequests: number | null;
  readonly maxTransactions: number;
  readonly maxRounds: number;
  readonly maxSeconds: number | null;
  /** Confirmed transactions above which an address is busy and its outputs are not followed. */
  readonly busyAbove: number;
}

/** Budgets used when the user names none; each is printed with every result. */
export const DEFAULT_FOLLOW_BUDGET: FollowBudget = {
  maxRequests: 2000,
  maxTransactions: 500,
  maxRounds: 1000,
  maxSeconds: 3600,
  busyAbove: 1000,
};

/** How to follow. */
export interface FollowRequest {
  readonly request: TraceRequest;
  readonly budget: FollowBudget;
  /** Milliseconds of a clock, for `maxSeconds`. */
  readonly nowMs: () => number;
  /** Requests the source has had over the wire so far. */
  readonly requests: () => number;
  /** Questions at a time. */
  readonly width: number;
  /** Ask again what was true only for its moment. */
  readonly refresh: boolean;
  /** Aborted: no further question is begun, and INTERRUPTED is thrown when those under way are kept. */
  readonly signal?: AbortSignal;
  readonly onRound?: (round: number, fetched: number) => void;
}

/** The trace at the end, with what following did. */
export interface FollowOutcome {
  readonly run: TraceRun;
  readonly follow: FollowDocument;
}

type Ended = 'nothing new' | 'max requests' | 'max transactions' | 'max rounds' | 'max seconds';

/**
 * Follows a trace live. Throws what the source and the importer throw, INTERRUPTED, and USAGE for a source that cannot say who spends an output;
 * what was fetched before stays in the case.
 */
export async function followTrace(
  context: CaseContext,
  source: ChainSource,
  given: FollowRequest,
): Promise<FollowOutcome> {
  if (!source.capabilities.outspends) throw cannotFollow(source.kind);
  const following = new Following(context, source, given);
  const ended = await following.toTheEnd();
  const run = trace(context, given.request);
  return { run, follow: following.document(run, ended) };
}

class Following {
  private readonly context: CaseContext;
  private readonly source: ChainSource;
  private readonly given: FollowRequest;
  private readonly startMs: number;
  private readonly startRequests: number;
  /** Transactions whose spenders this run has asked for. */
  private readonly asked = new Set<Txid>();
  /** Spenders this run has asked for, and what is wrong where that did not help. */
  private readonly tried = new Map<Txid, string>();
  /** Confirmed transactions of addresses asked about; `null` where the source refuses to count them. */
  private readonly lengths = new Map<Address, number | null>();
  private fetched = 0;
  /** Transactions and outpoints of which the source could not say who spends them, with its reason; a later run asks again. */
  private readonly unsaid = new Map<string, string>();
  private rounds = 0;
  private spent: Ended | null = null;

  constructor(context: CaseContext, source: ChainSource, given: FollowRequest) {
    this.context = context;
    this.source = source;
    this.given = given;
    this.startMs = given.nowMs();
    this.startRequests = given.requests();
  }

  async toTheEnd(): Promise<Ended> {
    const { budget, request, onRound } = this.given;
    for (;;) {
      const open = frontierOf(this.context, traceUnkept(this.context, request)).filter((one) => this.isOpen(one));
      if (open.length === 0) return 'nothing new';
      if (this.rounds >= budget.maxRounds) return 'max rounds';
      if (this.fetched >= budget.maxTransactions) return 'max transactions';
      if (!this.mayGoOn()) return this.endedEarly();
      this.rounds += 1;
      await this.round(open.slice(0, this.batchLength(open.length)));
      onRound?.(this.rounds, this.fetched);
      if (!this.mayGoOn()) return this.endedEarly();
    }
  }

  /** The budget that is spent. Throws INTERRUPTED. */
  private endedEarly(): Ended {
    if (this.spent === null) throw interrupted();
    return this.spent;
  }

  /** Whether a question about the output is still to be asked. */
  private isOpen(one: FrontierOutput): boolean {
    if (one.spender === null) return !this.asked.has(one.txid) && !this.wasAsked(one);
    return !this.tried.has(one.spender) && !this.isBusy(one.address);
  }

  /** This source said before who spends it, or gave the whole history of its address: that it is unspent. Only a refresh asks again. */
  private wasAsked({ txid: id, address }: FrontierOutput): boolean {
    if (this.given.refresh) return false;
    if (this.stated('outspends', id)?.complete === true) return true;
    return address !== null && this.stated('address', address)?.complete === true;
  }

  private stated(kind: 'outspends' | 'address', subject: string): ReturnType<typeof coverageOf>[number] | undefined {
    const rows = coverageOf(this.context.store, kind, subject);
    return rows.find(({ source, host }) => source === this.source.kind && host === this.source.host);
  }

  private isBusy(address: Address | null): boolean {
    if (address === null || !this.lengths.has(address)) return false;
    const length = this.lengths.get(address) ?? null;
    return length === null || length > this.given.budget.busyAbove;
  }

  /** The whole frontier while budgets allow for it; near their end half of what they allow, so that it is ranked again. */
  private batchLength(open: number): number {
    const { maxRequests, maxTransactions } = this.given.budget;
    const requests = maxRequests === null ? Number.POSITIVE_INFINITY : maxRequests - this.requestsMade();
    const affordable = Math.min(maxTransactions - this.fetched, Math.floor(requests / QUESTIONS_PER_OUTPUT));
    return open <= affordable ? open : Math.max(1, Math.floor(affordable / 2));
  }

  private requestsMade(): number {
    return this.given.requests() - this.startRequests;
  }

  /** Whether another question may be begun; notes which budget forbids it. */
  private mayGoOn(): boolean {
    const { signal, budget, nowMs } = this.given;
    if (budget.maxSeconds !== null && nowMs() - this.startMs >= budget.maxSeconds * 1000) this.spent ??= 'max seconds';
    return this.spent === null && signal?.aborted !== true;
  }

  /** Spenders of the outputs, then how busy the addresses of spent ones are, then the spenders themselves: each sweep with the most taint first. */
  private async round(batch: readonly FrontierOutput[]): Promise<void> {
    const ids = unique(batch.flatMap(({ txid, spender }) => (spender === null ? [txid] : [])));
    await this.sweep(ids, (id) => this.askOutspends(id));
    const spent = withSpenders(this.context, batch).filter(
      ({ spender }) => spender !== null && !this.tried.has(spender),
    );
    await this.sweep(unique(spent.flatMap(({ address }) => address ?? [])), (address) => this.askLength(address));
    const spenders = unique(spent.flatMap(({ address, spender }) => (this.isBusy(address) ? [] : (spender ?? []))));
    await this.sweep(spenders.slice(0, this.given.budget.maxTransactions - this.fetched), (id) =>
      this.askTransaction(id),
    );
  }

  /** Asks questions several at a time; a spent budget of requests ends it without being a failure. */
  private async sweep<Item>(items: readonly Item[], ask: (item: Item) => Promise<void>): Promise<void> {
    try {
      await inPool(items, { width: this.given.width, mayGoOn: () => this.mayGoOn() }, ask);
    } catch (error) {
      if (!(error instanceof SpoorError) || error.code !== 'BUDGET_SPENT') throw error;
      this.spent ??= 'max requests';
    }
  }

  private async askOutspends(id: Txid): Promise<void> {
    const rows = await this.outspendsOf(id);
    this.asked.add(id);
    if (rows === null) return;
    const partial = aboutOthers(this.context, id, rows.length);
    if (partial !== null) return void this.unsaid.set(id, partial);
    for (const [vout, { unsaid }] of rows.entries()) if (unsaid !== undefined) this.unsaid.set(`${id}:${vout}`, unsaid);
    const spends = rows.flatMap(({ spender }, vout): SpendRecord[] =>
      spender === null ? [] : [{ txid: id, vout, spenderTxid: spender }],
    );
    const bytes = Buffer.from(spends.map((spend) => `${spoorSpendLine(spend)}\n`).join(''));
    if (spends.length > 0)
      keep(this.context, { name: `${this.source.kind} outspends ${id}.jsonl`, format: 'spoor', bytes });
    noteOutspends(this.context, this.source, { txid: id, rows });
  }

  /** Spends of one transaction's outputs; null where the source does not know it or cannot say, which ends no more than its own branch. */
  private async outspendsOf(id: Txid): ReturnType<ChainSource['outspends']> {
    return orUnsaid(this.source.outspends(id), (reason) => this.unsaid.set(id, reason));
  }

  /** How many confirmed transactions an address has: asked once, kept as coverage of none of them, and not asked again by a later run. */
  private async askLength(address: Address): Promise<void> {
    if (this.lengths.has(address) || !this.source.capabilities.addressHistory) return;
    const known = this.given.refresh ? undefined : this.stated('address', address);
    if (known !== undefined) {
      this.lengths.set(address, known.stated ?? (known.complete ? known.held : null));
      return;
    }
    const uncounted = { bodies: [], transactions: 0, stated: null, complete: false };
    const history = (await orUnsaid(this.source.history(address, 0), () => undefined)) ?? uncounted;
    const isCounted = history !== uncounted;
    this.lengths.set(address, isCounted ? (history.stated ?? history.transactions) : null);
    if (this.isBusy(address)) noteHistory(this.context, this.source, { address, history });
  }

  private async askTransaction(id: Txid): Promise<void> {
    let missing = 'which the source does not know';
    const body = await orUnsaid(this.source.transaction(id), (reason) => {
      missing = `which the source cannot place: ${reason}`;
    });
    this.tried.set(id, body === null ? missing : 'which does not spend it');
    if (body === null) return;
    keep(this.context, body, id);
    this.fetched += 1;
  }

  document(run: TraceRun, ended: Ended): FollowDocument {
    const frontier = frontierOf(this.context, run);
    const waiting = frontier.filter(
      (one) =>
        this.isOpen(one) || (one.spender === null ? this.unsaidOf(one) !== undefined : this.tried.has(one.spender)),
    );
    const busy = frontier.filter(({ spender, address }) => spender !== null && this.isBusy(address));
    return {
      source: this.source.kind,
      host: this.source.host,
      params: { ...this.given.budget },
      ended,
      rounds: this.rounds,
      requests: this.requestsMade(),
      transactions: this.fetched,
      waiting: waiting.map((one) => followStop(one, this.reasonFor(one), null)),
      busy: busy.map((one) => followStop(one, ...this.busyReason(one.address))),
    };
  }

  private unsaidOf({ txid: id, outpoint }: FrontierOutput): string | undefined {
    return this.unsaid.get(id) ?? this.unsaid.get(outpoint);
  }

  private reasonFor(one: FrontierOutput): string {
    const { spender } = one;
    const unsaid = this.unsaidOf(one);
    if (spender === null && unsaid !== undefined) return `the source cannot say who spends it: ${unsaid}`;
    if (spender === null) return 'not asked who spends it';
    return `spent by ${spender}, ${this.tried.get(spender) ?? 'which was not fetched'}`;
  }

  private busyReason(address: Address | null): [string, number | null] {
    const length = (address === null ? null : this.lengths.get(address)) ?? null;
    const count = length === null ? 'more transactions than the source lists' : `${length} transactions`;
    return [`spent; its address has ${count}, so it was not followed`, length];
  }
}

/** Most questions that one output can cost: who spends it, how busy its address is, the spender. */
const QUESTIONS_PER_OUTPUT = 3;

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

/** The end by a signal: not a failure of anything, and nothing is lost. */
function interrupted(): SpoorError {
  return new SpoorError(
    'INTERRUPTED',
    'stopped as asked',
    {},
    'what was fetched is kept in the case; the same command goes on from there',
  );
}
