/**
 * Claim:      finds every transaction that can lie on a path of at most `maxHops` transactions from one set of outputs to another.
 * Source:     breadth first from both ends, the smaller frontier first, until the two depths add up to the limit; a path of L transactions
 *             has its first f within depth f of its start and its last L - f within depth L - f of its end.
 * Parameters: `PathBounds`: hops and transactions as counts; what may be passed is the caller's to say; nothing has a default here.
 * Cost:       one frame for each transaction within reach of either end, at most `maxTransactions` frames.
 * Fails when: `maxTransactions` is spent first: `cutShort` says so, and paths may be missing from the answer.
 */
import {
  type LedgerView,
  NONE,
  OUTPUT_STATED_SPENT,
  type OutputId,
  outputId,
  type TxFrame,
  type TxId,
  txId,
} from '../ledger/index.ts';

/** Where paths start and end, and what may lie between. */
export interface PathBounds {
  readonly from: ReadonlySet<OutputId>;
  readonly to: ReadonlySet<OutputId>;
  /** Most transactions on one path. */
  readonly maxHops: number;
  /** Most transactions looked at. */
  readonly maxTransactions: number;
  /** AddressIds that no path may pass through (it may start or end there). */
  readonly skipAddresses: ReadonlySet<number>;
  /** Whether money may be followed through a transaction. */
  passes(frame: TxFrame): boolean;
}

/** An output reached from the start whose spender the view does not hold: a path may go on there, out of sight. */
export interface OpenEnd {
  readonly output: OutputId;
  readonly valueSat: number;
}

/** What was looked at. */
export interface Reach {
  /** Transactions that may lie on a path, by number; in no order. */
  readonly frames: ReadonlyMap<TxId, TxFrame>;
  readonly explored: {
    readonly transactions: number;
    /** Depth from the start and from the end. */
    readonly forwardHops: number;
    readonly backwardHops: number;
    /** Whether `maxTransactions` ended the search before it was complete. */
    readonly cutShort: boolean;
    /** Inputs looked at from the end whose output is not in the view. */
    readonly unlinkedInputs: number;
    /** Outputs that were not passed through because of their address, and transactions that `passes` refused. */
    readonly skippedOutputs: number;
    readonly refusedTransactions: number;
  };
  /** By number of the output. */
  readonly openEnds: readonly OpenEnd[];
}

/** Whether a path may pass through an output, neither starting nor ending there. */
export function isBetween(bounds: PathBounds, output: number, address: number): boolean {
  return !bounds.from.has(outputId(output)) && !bounds.to.has(outputId(output)) && !bounds.skipAddresses.has(address);
}

/** Transactions within reach of both ends. */
export function reachOf(view: LedgerView, bounds: PathBounds): Reach {
  return new Search(view, bounds).run();
}

class Search {
  private readonly view: LedgerView;
  private readonly bounds: PathBounds;
  private readonly frames = new Map<TxId, TxFrame>();
  private readonly refused = new Set<TxId>();
  private readonly skipped = new Set<number>();
  private readonly openEnds = new Map<OutputId, number>();
  private readonly forwardSeen = new Set<TxId>();
  private readonly backwardSeen = new Set<TxId>();
  private unlinkedInputs = 0;
  private cutShort = false;
  /** No path makes anything after the last output of its end, or before the first of its start. */
  private readonly firstKey: number;
  private readonly lastKey: number;

  constructor(view: LedgerView, bounds: PathBounds) {
    this.view = view;
    this.bounds = bounds;
    const keyOf = (output: OutputId): number => view.orderKeyOf(view.transactionOf(output));
    this.firstKey = [...bounds.from].reduce((least, output) => Math.min(least, keyOf(output)), Number.MAX_SAFE_INTEGER);
    this.lastKey = [...bounds.to].reduce((most, output) => Math.max(most, keyOf(output)), 0);
  }

  run(): Reach {
    const { from, to, maxHops } = this.bounds;
    let forward = this.next(this.spendersOf(from), this.forwardSeen);
    let backward = this.next(
      [...to].map((output) => this.view.transactionOf(output)),
      this.backwardSeen,
    );
    let forwardHops = 0;
    let backwardHops = 0;
    while (forward.length > 0 && backward.length > 0 && forwardHops + backwardHops < maxHops && !this.cutShort) {
      if (forward.length <= backward.length) {
        forward = this.next(this.onward(forward), this.forwardSeen);
        forwardHops += 1;
      } else {
        backward = this.next(this.before(backward), this.backwardSeen);
        backwardHops += 1;
      }
    }
    return {
      frames: this.frames,
      explored: {
        transactions: this.frames.size + this.refused.size,
        forwardHops,
        backwardHops,
        cutShort: this.cutShort,
        unlinkedInputs: this.unlinkedInputs,
        skippedOutputs: this.skipped.size,
        refusedTransactions: this.refused.size,
      },
      openEnds: [...this.openEnds].map(([output, valueSat]) => ({ output, valueSat })),
    };
  }

  /** Those not seen from this side and not out of the span of the two ends, in total order. */
  private next(transactions: readonly TxId[], seen: Set<TxId>): TxId[] {
    const fresh: Array<{ tx: TxId; orderKey: number }> = [];
    for (const tx of transactions) {
      if (seen.has(tx)) continue;
      seen.add(tx);
      const orderKey = this.view.orderKeyOf(tx);
      if (orderKey > this.firstKey && orderKey <= this.lastKey) fresh.push({ tx, orderKey });
    }
    return fresh.sort((a, b) => a.orderKey - b.orderKey).map(({ tx }) => tx);
  }

  private spendersOf(outputs: Iterable<OutputId>): TxId[] {
    return [...outputs].flatMap((output) => {
      const spender = this.view.spenderOf(output);
      if (spender !== NONE) return [spender];
      const { flags, valueSat } = this.view.output(output);
      if ((flags & OUTPUT_STATED_SPENT) !== 0) this.openEnds.set(output, valueSat);
      return [];
    });
  }

  /** Facts of a transaction that may be passed; null when it may not, or when no more may be looked at. */
  private load(tx: TxId): TxFrame | null {
    const known = this.frames.get(tx);
    if (known !== undefined) return known;
    if (this.refused.has(tx) || this.cutShort) return null;
    if (this.frames.size + this.refused.size >= this.bounds.maxTransactions) {
      this.cutShort = true;
      return null;
    }
    const frame = this.view.frame(tx);
    if (this.bounds.passes(frame)) {
      this.frames.set(tx, frame);
      return frame;
    }
    this.refused.add(tx);
    return null;
  }

  private onward(transactions: readonly TxId[]): TxId[] {
    return transactions.flatMap((tx) => {
      const frame = this.load(tx);
      return frame === null ? [] : frame.outputValueSat.flatMap((_, vout) => this.spenderAfter(frame, vout));
    });
  }

  private spenderAfter(frame: TxFrame, vout: number): TxId[] {
    const output = outputId(frame.firstOutput + vout);
    if (!this.mayPass(output, frame.outputAddress[vout])) return [];
    if (frame.outputSpender[vout] !== NONE) return [txId(frame.outputSpender[vout])];
    if ((frame.outputFlags[vout] & OUTPUT_STATED_SPENT) !== 0) this.openEnds.set(output, frame.outputValueSat[vout]);
    return [];
  }

  private before(transactions: readonly TxId[]): TxId[] {
    return transactions.flatMap((tx) => {
      const frame = this.load(tx);
      if (frame === null) return [];
      return frame.inputOutput.flatMap((output, vin) => {
        if (output === NONE) this.unlinkedInputs += 1;
        const passed = output !== NONE && this.mayPass(outputId(output), frame.inputAddress[vin]);
        return passed ? [this.view.transactionOf(outputId(output))] : [];
      });
    });
  }

  private mayPass(output: OutputId, address: number): boolean {
    if (isBetween(this.bounds, output, address)) return true;
    if (!this.bounds.from.has(output) && !this.bounds.to.has(output)) this.skipped.add(output);
    return false;
  }
}
