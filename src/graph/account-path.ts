/**
 * Claim:      the k best money paths between accounts, in one total order: first by what is asked for, then by hops (or amount), then by place in the chain.
 *             A path is moves of one asset, each out of the account the one before reached and later in the chain; it meets no account twice.
 * Source:     best-first search under bounds never worse than what can be had: one pass forward keeps the moves that money from the start can have made, one
 *             pass backward gives each the best it can still come to by hops left (widest-path and earliest-arrival recurrences over a temporal graph).
 * Parameters: `AccountPathQuestion`: order, count and bounds; base units, seconds, counts; nothing has a default here.
 * Cost:       O(effects of the view) forward, O(moves x hops) backward, then heap steps; the bounds do not know which accounts a path has met, so where money
 *             runs in circles the steps can grow with all ways there are, up to `maxSteps`.
 * Fails when: `maxTransactions` or `maxSteps` is spent (`cutShort`: better paths may exist); moves whose order inside a transaction no source states are taken
 *             in the order of the view; read as the way the money took: an account mixes what it holds, a path says at most how much can have come this way.
 */
import TinyQueue from 'tinyqueue';
import { type AccountFrame, type AccountId, type AccountView, type AssetId, NONE } from '../ledger/index.ts';
import type { PathOrder } from './money-path.ts';

/** What is asked of `accountPaths`. */
export interface AccountPathQuestion {
  readonly by: PathOrder;
  /** How many paths at most. */
  readonly count: number;
  readonly from: ReadonlySet<AccountId>;
  /** Accounts that are in `from` too are no ends: a path leaves its start and does not come back. */
  readonly to: ReadonlySet<AccountId>;
  /** Assets that may be followed; each path is of one. */
  readonly assets: ReadonlySet<AssetId>;
  /** Most moves on one path. */
  readonly maxHops: number;
  /** Most frames from which moves are kept. */
  readonly maxTransactions: number;
  /** Most steps of the search. */
  readonly maxSteps: number;
  /** Accounts that no path passes through (it may start or end there). */
  readonly stops: ReadonlySet<AccountId>;
  /** Whether a frame may be on a path, may hold its first move, may hold its last. */
  passes(frame: AccountFrame): boolean;
  starts(frame: AccountFrame): boolean;
  ends(frame: AccountFrame): boolean;
}

/** One move of a path: effect number `effect` of `frame`. */
export interface AccountPathMove {
  readonly frame: AccountFrame;
  readonly effect: number;
  readonly from: AccountId;
  readonly to: AccountId;
  readonly amount: bigint;
}

/** One path. */
export interface AccountMoneyPath {
  readonly asset: AssetId;
  readonly moves: readonly AccountPathMove[];
  /** Smallest amount on the path, base units: no more than this can have gone all the way. */
  readonly bottleneck: bigint;
  /** Seconds from the first move to the last; null where a time is not known. */
  readonly elapsedSec: number | null;
}

/** Paths, best first, and what was looked at to find them. */
export interface AccountMoneyPaths {
  readonly paths: readonly AccountMoneyPath[];
  readonly explored: {
    /** Frames from which moves were kept, and the moves. */
    readonly transactions: number;
    readonly moves: number;
    readonly steps: number;
    readonly cutShort: boolean;
    /** Accounts that money of the start reached and that are not passed through. */
    readonly stoppedAccounts: number;
  };
}

interface Move extends AccountPathMove {
  readonly asset: AssetId;
  /** Whether a path may start, end or go on here. */
  readonly starts: boolean;
  readonly ends: boolean;
  readonly between: boolean;
}

/** What can be had in exactly 1, 2, 3 ... moves; lower is better; null: nothing. */
type Ahead = ReadonlyArray<bigint | null>;

/** A time, or length, that is not known: behind all that are. */
const TIME_UNKNOWN = 1n << 62n;

/** A path in the making: places of its moves, what it can still come to, and the moves it has left for that. */
interface Partial {
  readonly rank: readonly [bigint, bigint];
  readonly places: readonly number[];
  readonly hopsLeft: number;
  readonly bottleneck: bigint;
}

/** The best paths between two sets of accounts. */
export function accountPaths(view: AccountView, question: AccountPathQuestion): AccountMoneyPaths {
  const { moves, ...explored } = candidates(view, question);
  const { paths, steps, cutShort } = new Ranking(moves, question).best();
  return {
    paths,
    explored: { ...explored, moves: moves.length, steps, cutShort: explored.cutShort || cutShort },
  };
}

function balanceKey(account: number, asset: number): string {
  return `${account} ${asset}`;
}

/** Moves that money of the start can have made, in the order of the chain. */
function candidates(view: AccountView, question: AccountPathQuestion) {
  const { from, to, stops, assets, maxHops } = question;
  const moves: Move[] = [];
  const hopsTo = new Map<string, number>();
  const stopped = new Set<AccountId>();
  let transactions = 0;
  for (const frame of view.frames()) {
    if (!question.passes(frame)) continue;
    const kept = moves.length;
    const [mayStart, mayEnd] = [question.starts(frame), question.ends(frame)];
    frame.effects.forEach((effect, index) => {
      if (effect.kind !== 'move' || effect.from === NONE || effect.to === NONE) return;
      const [payer, payee] = [effect.from as AccountId, effect.to as AccountId];
      if (!assets.has(effect.asset) || effect.amount <= 0n || payer === payee || from.has(payee)) return;
      const starts = mayStart && from.has(payer);
      const hops = starts ? 0 : hopsTo.get(balanceKey(payer, effect.asset));
      if (hops === undefined || hops >= maxHops) return;
      const isEnd = to.has(payee);
      const between = !isEnd && !stops.has(payee);
      const { asset, amount } = effect;
      moves.push({
        frame,
        effect: index,
        from: payer,
        to: payee,
        asset,
        amount,
        starts,
        ends: isEnd && mayEnd,
        between,
      });
      if (!isEnd && !between) stopped.add(payee);
      const key = balanceKey(payee, asset);
      if (between) hopsTo.set(key, Math.min(hops + 1, hopsTo.get(key) ?? maxHops));
    });
    if (moves.length === kept) continue;
    if (transactions === question.maxTransactions) {
      return { moves: moves.slice(0, kept), transactions, cutShort: true, stoppedAccounts: stopped.size };
    }
    transactions += 1;
  }
  return { moves, transactions, cutShort: false, stoppedAccounts: stopped.size };
}

function inKeyOrder(a: Partial, b: Partial): number {
  for (const at of [0, 1]) if (a.rank[at] !== b.rank[at]) return a.rank[at] < b.rank[at] ? -1 : 1;
  const shorter = Math.min(a.places.length, b.places.length);
  for (let at = 0; at < shorter; at += 1) if (a.places[at] !== b.places[at]) return a.places[at] - b.places[at];
  return a.places.length - b.places.length;
}

function best(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || (b !== null && b < a) ? b : a;
}

function worst(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

class Ranking {
  private readonly moves: readonly Move[];
  private readonly question: AccountPathQuestion;
  private readonly byTime: boolean;
  private readonly ahead: Ahead[] = [];
  /** Places of the moves out of a balance, first to last. */
  private readonly out = new Map<string, number[]>();
  private readonly heap = new TinyQueue<Partial>([], inKeyOrder);

  constructor(moves: readonly Move[], question: AccountPathQuestion) {
    this.moves = moves;
    this.question = question;
    this.byTime = question.by === 'time';
  }

  best(): { paths: AccountMoneyPath[]; steps: number; cutShort: boolean } {
    this.lookAhead();
    this.moves.forEach(({ starts }, place) => {
      if (starts) this.ahead[place].forEach((_, index) => this.push(place, null, index));
    });
    const paths: AccountMoneyPath[] = [];
    let steps = 0;
    while (paths.length < this.question.count && this.heap.length > 0) {
      if (steps === this.question.maxSteps) return { paths, steps, cutShort: true };
      steps += 1;
      const top = this.heap.pop();
      if (top === undefined) break;
      if (top.hopsLeft === 0) paths.push(this.finished(top));
      else this.extend(top);
    }
    return { paths, steps, cutShort: false };
  }

  /** Fills `ahead` from the last move to the first: what is later in the chain is known before what it can follow on. */
  private lookAhead(): void {
    const from = new Map<string, Array<bigint | null>>();
    for (let place = this.moves.length - 1; place >= 0; place -= 1) {
      const move = this.moves[place];
      const next = move.between ? (from.get(balanceKey(move.to, move.asset)) ?? []) : [];
      const own = [
        move.ends ? this.arrival(move) : null,
        ...next.map((later) => (later === null || this.byTime ? later : worst(-move.amount, later))),
      ].slice(0, this.question.maxHops);
      this.ahead[place] = own;
      const key = balanceKey(move.from, move.asset);
      const known = from.get(key) ?? [];
      own.forEach((later, index) => {
        known[index] = best(known[index] ?? null, later);
      });
      from.set(key, known);
      if (own.every((later) => later === null)) continue;
      const places = this.out.get(key);
      if (places === undefined) this.out.set(key, [place]);
      else places.push(place);
    }
    for (const places of this.out.values()) places.reverse();
  }

  private arrival({ frame, amount }: Move): bigint {
    if (!this.byTime) return -amount;
    return frame.timestampSec === null ? TIME_UNKNOWN : BigInt(frame.timestampSec);
  }

  /** Puts a path that goes on with a move, and has exactly `hopsLeft` moves after it, on the heap, if there can be one. */
  private push(place: number, before: Partial | null, hopsLeft: number): void {
    const ahead = this.ahead[place][hopsLeft] ?? null;
    if (ahead === null) return;
    const { amount } = this.moves[place];
    const bottleneck = before === null || amount < before.bottleneck ? amount : before.bottleneck;
    const places = [...(before?.places ?? []), place];
    const hops = BigInt(places.length + hopsLeft);
    this.heap.push({
      rank: this.rankOf(places[0], worst(-bottleneck, ahead), { ahead, hops }),
      places,
      hopsLeft,
      bottleneck,
    });
  }

  private rankOf(first: number, amount: bigint, { ahead, hops }: { ahead: bigint; hops: bigint }): [bigint, bigint] {
    if (this.question.by === 'value') return [amount, hops];
    if (this.question.by === 'hops') return [hops, amount];
    const startSec = this.moves[first].frame.timestampSec;
    return [startSec === null || ahead === TIME_UNKNOWN ? TIME_UNKNOWN : ahead - BigInt(startSec), hops];
  }

  private extend(path: Partial): void {
    const last = path.places[path.places.length - 1];
    const met = new Set(path.places.map((place) => this.moves[place].to));
    const { to, asset } = this.moves[last];
    for (const place of this.out.get(balanceKey(to, asset)) ?? []) {
      if (place > last && !met.has(this.moves[place].to)) this.push(place, path, path.hopsLeft - 1);
    }
  }

  private finished({ places, bottleneck }: Partial): AccountMoneyPath {
    const moves = places.map((place) => this.moves[place]);
    const startSec = moves[0].frame.timestampSec;
    const endSec = moves[moves.length - 1].frame.timestampSec;
    return {
      asset: moves[0].asset,
      moves: moves.map(({ frame, effect, from, to, amount }) => ({ frame, effect, from, to, amount })),
      bottleneck,
      elapsedSec: startSec === null || endSec === null ? null : endSec - startSec,
    };
  }
}
