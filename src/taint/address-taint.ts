/**
 * Claim:      whoever could have the money: from a tainted address every later transaction that spends anything of it taints all it pays.
 * Source:     address taint, Tironsakkul et al. 2020, arXiv 2009.14007, and TaintedTX `adr_taint_search`, which knows no time; here an address counts
 *             from the transaction on that first taints it, or backward up to the last one that it paid for.
 * Parameters: direction; hops and height; services and coinjoins to stop at; the filters of address-filter.ts, which are applied at the end.
 * Cost:       O(transactions of all tainted addresses), times labels: one exchange address reaches most of the chain.
 *             Hops are those of the first way in time, which need not be the shortest.
 * Fails when: summed as money, or read without filters: it is poison over owners, meant to bridge custodial mixers, and mostly false beyond a few hops.
 */
import TinyQueue from 'tinyqueue';
import {
  type LedgerView,
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
import { type AddressFilter, passesFilter } from './address-filter.ts';
import type { Placement, RuleResult, Seed, StopReason, TaintStatus, TraceLimits } from './result.ts';

/** What the search reads. */
export type AddressView = Pick<
  LedgerView,
  'frame' | 'transactionOf' | 'orderKeyOf' | 'spenderOf' | 'output' | 'outputsOfAddress'
>;

/** Everything the search is told besides facts. */
export interface AddressTaintParameters {
  readonly direction: 'forward' | 'backward';
  readonly labelCount: number;
  readonly seeds: readonly Seed[];
  readonly limits: Pick<TraceLimits, 'maxHops' | 'untilHeight'>;
  readonly filter: AddressFilter;
  readonly serviceAddresses: Pick<ReadonlySet<number>, 'has'>;
  readonly stopAtCoinjoin: boolean;
}

/** Name of the rule in each direction. */
export const ADDRESS_RULES: Readonly<Record<string, AddressTaintParameters['direction']>> = {
  'address-taint': 'forward',
  'address-taint:backward': 'backward',
};

interface Reached {
  readonly output: OutputId;
  readonly frame: TxFrame;
  readonly hops: number;
  readonly ended: { readonly status: TaintStatus; readonly reason: StopReason } | null;
}

/** Outputs that the search reaches, per label. Keeps no books. Throws what the view throws. */
export function addressTaint(view: AddressView, parameters: AddressTaintParameters): RuleResult {
  const { direction, labelCount, seeds } = parameters;
  const byPlace = new Map<string, Placement>();
  const visited = new Map<TxId, number>();
  for (let label = 0; label < labelCount; label += 1) {
    const search = new Search(
      view,
      parameters,
      seeds.filter((seed) => seed.label === label),
    );
    for (const placement of search.placements(label)) {
      const key = `${placement.output} ${placement.status} ${placement.reason}`;
      const same = byPlace.get(key);
      byPlace.set(key, same === undefined ? placement : merged(same, placement));
    }
    for (const [tx, orderKey] of search.transactions()) visited.set(tx, orderKey);
  }
  const all = [...byPlace.values()].sort((a, b) => a.orderKey - b.orderKey || a.vout - b.vout);
  const transactions = [...visited].sort((a, b) => a[1] - b[1]);
  return {
    rule: direction === 'forward' ? 'address-taint' : 'address-taint:backward',
    conserves: false,
    books: [],
    holdings: all.filter(({ status }) => status !== 'passed'),
    passed: all.filter(({ status }) => status === 'passed'),
    transactions: transactions.map(([tx, orderKey]) => ({ tx, orderKey, feeTaint: [] })),
  };
}

function merged(a: Placement, b: Placement): Placement {
  return { ...a, hops: Math.min(a.hops, b.hops), taint: [...a.taint, ...b.taint] };
}

/** The search of one label. Transactions are visited in total order, or backward against it, each once. */
class Search {
  private readonly view: AddressView;
  private readonly parameters: AddressTaintParameters;
  private readonly seeds: readonly Seed[];
  private readonly forward: boolean;
  private readonly queue: TinyQueue<number>;
  private readonly queued = new Map<number, { tx: TxId; hops: number }>();
  /** From which order key on an address counts (backward: until which); a seed may be met by an earlier transaction later. */
  private readonly addresses = new Map<number, number>();
  private readonly visited = new Map<TxId, number>();
  /** Transactions that were reached and not entered. */
  private readonly refused = new Map<TxId, { status: 'cut' | 'stopped'; reason: StopReason }>();
  private readonly reached = new Map<OutputId, Reached>();

  constructor(view: AddressView, parameters: AddressTaintParameters, seeds: readonly Seed[]) {
    this.view = view;
    this.parameters = parameters;
    this.seeds = seeds;
    this.forward = parameters.direction === 'forward';
    this.queue = new TinyQueue<number>([], this.forward ? (a, b) => a - b : (a, b) => b - a);
    for (const { tx, output, orderKey } of seeds) {
      const frame = view.frame(tx);
      this.reach(output, frame, { hops: 0, from: this.forward ? orderKey : orderKey + 1 });
    }
    for (let next = this.next(); next !== null; next = this.next()) this.enter(next.tx, next.hops);
  }

  /** Transactions entered, with their order keys. */
  transactions(): Map<TxId, number> {
    return this.visited;
  }

  /** Where the label lies: the seeds, and what the transactions that pass the filter made (backward: spent). */
  *placements(label: number): Generator<Placement> {
    const seeded = new Set(this.seeds.map(({ output }) => output));
    const origin = {
      height: Math.min(...this.seeds.map(({ tx }) => this.view.frame(tx).height)),
      valueSat: Math.max(...this.seeds.map(({ output }) => this.view.output(output).valueSat)),
    };
    for (const { output, frame, hops, ended } of this.reached.values()) {
      const vout = output - frame.firstOutput;
      const valueSat = frame.outputValueSat[vout];
      const kept = passesFilter(this.view, this.parameters.filter, { frame, valueSat, origin });
      if (!seeded.has(output) && !kept) continue;
      const { tx, orderKey } = frame;
      const { status, reason } = ended ?? this.endOf(output, frame);
      const taint = valueSat === 0 ? [] : [[label, valueSat] as const];
      yield { output, tx, vout, orderKey, valueSat, hops, status, reason, taint };
    }
  }

  private next(): { tx: TxId; hops: number } | null {
    const orderKey = this.queue.pop();
    if (orderKey === undefined) return null;
    const found = this.queued.get(orderKey) ?? null;
    this.queued.delete(orderKey);
    return found;
  }

  private enqueue(tx: TxId, hops: number): void {
    if (this.visited.has(tx) || this.refused.has(tx)) return;
    const orderKey = this.view.orderKeyOf(tx);
    const waiting = this.queued.get(orderKey);
    if (waiting === undefined) this.queue.push(orderKey);
    if (waiting === undefined || hops < waiting.hops) this.queued.set(orderKey, { tx, hops });
  }

  /** Moves over one transaction: to what it pays, or backward to what it spends. */
  private enter(tx: TxId, hops: number): void {
    const { limits, stopAtCoinjoin } = this.parameters;
    const frame = this.view.frame(tx);
    if (stopAtCoinjoin && isCoinjoin(frame)) this.refused.set(tx, { status: 'stopped', reason: 'coinjoin' });
    else if (limits.maxHops !== null && hops > limits.maxHops) {
      this.refused.set(tx, { status: 'cut', reason: 'max-hops' });
    } else if (limits.untilHeight !== null && this.forward && frame.height > limits.untilHeight) {
      this.refused.set(tx, { status: 'cut', reason: 'until' });
    } else {
      this.visited.set(tx, frame.orderKey);
      const at = { hops, from: frame.orderKey };
      if (this.forward)
        frame.outputValueSat.forEach((_, vout) => this.reach(outputId(frame.firstOutput + vout), frame, at));
      else for (const output of frame.inputOutput) if (output !== NONE) this.reachBack(outputId(output), at);
    }
  }

  private reachBack(output: OutputId, at: { hops: number; from: number }): void {
    this.reach(output, this.view.frame(this.view.transactionOf(output)), at);
  }

  /** Taints an output and, unless it ends here, all its address moves after `from` (backward: before). */
  private reach(output: OutputId, frame: TxFrame, at: { hops: number; from: number }): void {
    const vout = output - frame.firstOutput;
    const address = frame.outputAddress[vout];
    const service = this.parameters.serviceAddresses.has(address);
    const unspendable = this.forward && (frame.outputFlags[vout] & OUTPUT_UNSPENDABLE) !== 0;
    const ended = service
      ? ({ status: 'stopped', reason: 'service' } as const)
      : unspendable
        ? ({ status: 'burned', reason: 'unspendable' } as const)
        : null;
    if (!this.reached.has(output)) this.reached.set(output, { output, frame, hops: at.hops, ended });
    if (ended !== null) return;
    if (address === NONE) this.follow(output, at);
    else if (this.widens(address, at.from)) {
      this.addresses.set(address, at.from);
      const text = this.view.output(output).address;
      for (const own of text === null ? [output] : this.view.outputsOfAddress(text)) this.follow(own, at);
    }
  }

  private widens(address: number, from: number): boolean {
    const before = this.addresses.get(address);
    return before === undefined || (this.forward ? from < before : from > before);
  }

  /** Queues the transaction that spends an output, or backward the one that made it, where it lies on the right side of `from`. */
  private follow(output: OutputId, { hops, from }: { hops: number; from: number }): void {
    const tx = this.forward ? this.view.spenderOf(output) : this.view.transactionOf(output);
    if (tx === NONE) return;
    const orderKey = this.view.orderKeyOf(txId(tx));
    if (this.forward ? orderKey > from : orderKey < from) this.enqueue(txId(tx), hops + 1);
  }

  /** What became of an output at which nothing ended: where it went on, or why it did not. */
  private endOf(output: OutputId, frame: TxFrame): { status: TaintStatus; reason: StopReason | null } {
    const spender = this.view.spenderOf(output);
    if (spender !== NONE && this.forward) return this.refused.get(txId(spender)) ?? { status: 'passed', reason: null };
    if (spender !== NONE) {
      if (frame.coinbase) return { status: 'stopped', reason: 'coinbase' };
      return this.refused.get(frame.tx) ?? { status: 'passed', reason: null };
    }
    // Nobody of these facts spends it: it rests, whichever way it was reached.
    const flags = frame.outputFlags[output - frame.firstOutput];
    if ((flags & OUTPUT_STATED_SPENT) !== 0) return { status: 'unresolved', reason: 'spender-missing' };
    return { status: 'unspent', reason: null };
  }
}
