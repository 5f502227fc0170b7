/**
 * Claim:      the k best money paths from one set of outputs to another, in one total order: first by what is asked for, then by hops
 *             (or value), then by the places of the outputs in the chain.
 * Source:     best-first search with exact bounds: for every transaction and every number of hops left, the best that can still be had,
 *             by one pass from the last transaction to the first (the widest-path and earliest-arrival recurrences).
 * Parameters: `PathQuestion`: order, count and bounds; satoshi, seconds, counts; nothing has a default here.
 * Cost:       O(outputs x hops) for the bounds, then O(hops x outputs of a transaction) heap steps for each path given.
 * Fails when: read as the way the money took: a transaction with many inputs pays each output from all of them; a path says that the
 *             outputs are joined, and at most how much could have come this way.
 */
import TinyQueue from 'tinyqueue';
import { type LedgerView, NONE, type OutputId, outputId, type TxFrame, type TxId, txId } from '../ledger/index.ts';
import { isBetween, type OpenEnd, type PathBounds, type Reach, reachOf } from './reach.ts';

/** What makes a path better: a larger smallest output on it, a shorter time from its first output to its last, or fewer transactions. */
export const PATH_ORDERS = ['value', 'time', 'hops'] as const;
/** One of `PATH_ORDERS`. */
export type PathOrder = (typeof PATH_ORDERS)[number];

/** What is asked of `moneyPaths`. */
export interface PathQuestion extends PathBounds {
  readonly by: PathOrder;
  /** How many paths at most. */
  readonly count: number;
}

/** One path. It touches the start with its first output only, and the end with its last. */
export interface MoneyPath {
  /** One more than there are transactions: `outputs[i]` is spent by `transactions[i]`, which makes `outputs[i + 1]`. */
  readonly outputs: readonly OutputId[];
  readonly transactions: readonly TxId[];
  /** Smallest output on the path: no more than this can have gone all the way. */
  readonly bottleneckSat: number;
  /** Seconds from the transaction that made the first output to the last transaction; null where a time is not known. */
  readonly elapsedSec: number | null;
}

/** Paths, best first, and what was looked at to find them. */
export interface MoneyPaths {
  readonly paths: readonly MoneyPath[];
  readonly explored: Reach['explored'];
  readonly openEnds: readonly OpenEnd[];
}

/** No path. */
const NO_PATH = Number.POSITIVE_INFINITY;
/** A path whose time is not known: behind all whose time is. */
const TIME_UNKNOWN = Number.MAX_VALUE;

/** A path in the making: its outputs so far, what it can still come to, and the hops it has left for that. */
interface Partial {
  /** Compared element by element: two numbers by the order asked for, then the places (order key, vout) of its outputs. */
  readonly key: readonly number[];
  readonly outputs: readonly OutputId[];
  readonly spender: TxId | null;
  readonly hopsLeft: number;
  /** The least good of what lies on it so far: minus the smallest output in satoshi, or minus the time of its start. */
  readonly score: number;
}

/** The best paths between two sets of outputs; `timeSec` gives the time of a transaction, or null where it has none. */
export function moneyPaths(view: LedgerView, question: PathQuestion, timeSec: (tx: TxId) => number | null): MoneyPaths {
  const { frames, explored, openEnds } = reachOf(view, question);
  const paths = new Ranking(view, question, { frames, timeSec }).best();
  return { paths, explored, openEnds };
}

function inKeyOrder(a: Partial, b: Partial): number {
  const shorter = Math.min(a.key.length, b.key.length);
  for (let at = 0; at < shorter; at += 1) if (a.key[at] !== b.key[at]) return a.key[at] - b.key[at];
  return a.key.length - b.key.length;
}

class Ranking {
  private readonly view: LedgerView;
  private readonly question: PathQuestion;
  private readonly frames: ReadonlyMap<TxId, TxFrame>;
  private readonly timeSec: (tx: TxId) => number | null;
  private readonly byTime: boolean;
  /** For each transaction, what is to be had from it by exactly 0, 1, 2 ... further transactions; lower is better. */
  private readonly ahead = new Map<TxId, Float64Array>();
  private readonly heap = new TinyQueue<Partial>([], inKeyOrder);

  constructor(
    view: LedgerView,
    question: PathQuestion,
    facts: { frames: ReadonlyMap<TxId, TxFrame>; timeSec: (tx: TxId) => number | null },
  ) {
    this.view = view;
    this.question = question;
    this.frames = facts.frames;
    this.timeSec = facts.timeSec;
    this.byTime = question.by === 'time';
  }

  best(): MoneyPath[] {
    this.lookAhead();
    for (const output of this.question.from) this.start(output);
    const found: MoneyPath[] = [];
    while (found.length < this.question.count) {
      const top = this.heap.pop();
      if (top === undefined) break;
      if (top.spender === null) found.push(this.finished(top.outputs));
      else this.extend(top, top.spender);
    }
    return found;
  }

  /** Fills `ahead` from the last transaction to the first, so that a spender is known before what it spends. */
  private lookAhead(): void {
    const latestFirst = [...this.frames.values()].sort((a, b) => b.orderKey - a.orderKey);
    for (const frame of latestFirst) {
      const next = frame.outputValueSat.map((_, vout) => this.onward(frame, vout)?.row ?? null);
      const longest = next.reduce((most, row) => Math.max(most, row?.length ?? 0), 0);
      const row = new Float64Array(Math.min(this.question.maxHops, 1 + longest)).fill(NO_PATH);
      frame.outputValueSat.forEach((valueSat, vout) => {
        const isEnd = this.question.to.has(outputId(frame.firstOutput + vout));
        if (isEnd) row[0] = Math.min(row[0], this.arrival(frame, valueSat));
        next[vout]?.forEach((ahead, hops) => {
          if (hops + 1 < row.length) row[hops + 1] = Math.min(row[hops + 1], this.worse(-valueSat, ahead));
        });
      });
      this.ahead.set(frame.tx, row);
    }
  }

  /** Spender of an output that a path may pass through, with what is to be had from there. */
  private onward(frame: TxFrame, vout: number): { spender: TxId; row: Float64Array } | null {
    if (frame.outputSpender[vout] === NONE) return null;
    if (!isBetween(this.question, frame.firstOutput + vout, frame.outputAddress[vout])) return null;
    const spender = txId(frame.outputSpender[vout]);
    const row = this.ahead.get(spender);
    return row === undefined ? null : { spender, row };
  }

  /** By time the way does not matter, only where it ends; else the smaller of two outputs counts, as minus satoshi. */
  private worse(score: number, ahead: number): number {
    return this.byTime ? ahead : Math.max(score, ahead);
  }

  private start(output: OutputId): void {
    const spender = this.view.spenderOf(output);
    const row = spender === NONE ? undefined : this.ahead.get(spender);
    if (spender === NONE || row === undefined) return;
    const { tx, vout, valueSat } = this.view.output(output);
    const startSec = this.byTime ? this.timeSec(tx) : null;
    const score = this.byTime ? -(startSec ?? TIME_UNKNOWN) : -valueSat;
    const place = [this.view.orderKeyOf(tx), vout];
    row.forEach((ahead, index) => {
      const hopsLeft = index + 1;
      const key = [...this.keyHead(score, ahead, hopsLeft), ...place];
      if (ahead !== NO_PATH) this.heap.push({ key, outputs: [output], spender, hopsLeft, score });
    });
  }

  /** The first two parts of a key: what a path comes to at best, and how many hops it has in all. */
  private keyHead(score: number, ahead: number, hops: number): [number, number] {
    if (!this.byTime) {
      const bottleneck = Math.max(score, ahead);
      return this.question.by === 'hops' ? [hops, bottleneck] : [bottleneck, hops];
    }
    const known = score !== -TIME_UNKNOWN && ahead !== TIME_UNKNOWN;
    return [known ? ahead + score : TIME_UNKNOWN, hops];
  }

  /** Puts every continuation of a path by one transaction on the heap. */
  private extend(path: Partial, spender: TxId): void {
    const frame = this.frames.get(spender);
    if (frame === undefined) throw new Error(`transaction ${spender} is on a path and was not looked at`);
    const hopsLeft = path.hopsLeft - 1;
    const hops = path.outputs.length + hopsLeft;
    frame.outputValueSat.forEach((valueSat, vout) => {
      const output = outputId(frame.firstOutput + vout);
      const next = hopsLeft === 0 ? null : this.onward(frame, vout);
      const isEnd = hopsLeft === 0 && this.question.to.has(output);
      const ahead = isEnd ? this.arrival(frame, valueSat) : (next?.row[hopsLeft - 1] ?? NO_PATH);
      if (ahead === NO_PATH) return;
      const score = this.byTime ? path.score : Math.max(path.score, -valueSat);
      const key = [...this.keyHead(score, ahead, hops), ...path.key.slice(2), frame.orderKey, vout];
      this.heap.push({ key, outputs: [...path.outputs, output], spender: next?.spender ?? null, hopsLeft, score });
    });
  }

  private arrival(frame: TxFrame, valueSat: number): number {
    return this.byTime ? (this.timeSec(frame.tx) ?? TIME_UNKNOWN) : -valueSat;
  }

  private finished(outputs: readonly OutputId[]): MoneyPath {
    const made = outputs.map((output) => this.view.output(output));
    const startSec = this.timeSec(made[0].tx);
    const endSec = this.timeSec(made[made.length - 1].tx);
    return {
      outputs,
      transactions: made.slice(1).map(({ tx }) => tx),
      bottleneckSat: Math.min(...made.map(({ valueSat }) => valueSat)),
      elapsedSec: startSec === null || endSec === null ? null : endSec - startSec,
    };
  }
}
