/**
 * Claim:      ranks accounts by their closeness to sources on the graph of payments; a score orders candidates for a person to look at, and is no amount.
 * Source:     TTR: Wu et al., TRacer, IEEE TIFS 2023, arXiv 2201.05757; APPR: Andersen, Chung, Lang, FOCS 2006. Derived anew from their definitions.
 * Parameters: `RankQuestion`: variant, alpha (part that stays), beta (part of the rest that goes forward), epsilon (least residue that is pushed).
 * Cost:       at most 1 / (alpha epsilon) pushes, each O(chips log chips + edges) of one account; building the graph O(effects log effects).
 * Fails when: read as money; or where an account is so busy that closeness to it says nothing.
 */
import TinyQueue from 'tinyqueue';
import { type AccountId, type AccountView, accountId } from '../ledger/index.ts';
import { type AccountEdge, AccountGraph } from './account-graph.ts';

/**
 * `base`: every payment alike; `weight`: by value, each asset by its own total; `time`: by value, forward along later payments only and backward along earlier
 * ones; `redirect`: as time, in one asset, and through swaps into the other; `appr`: every payment alike, both ways.
 */
export const RANK_VARIANTS = ['base', 'weight', 'time', 'redirect', 'appr'] as const;
/** One of `RANK_VARIANTS`. */
export type RankVariant = (typeof RANK_VARIANTS)[number];

/** What is asked. The literature: alpha 0.15, beta 0.8, epsilon 1e-3 for TTR and 1e-5 for APPR. */
export interface RankQuestion {
  readonly variant: RankVariant;
  readonly sources: readonly AccountId[];
  readonly alpha: number;
  /** Means nothing to `appr`, which knows no direction. */
  readonly beta: number;
  readonly epsilon: number;
}

/** Ranking, best first; equal scores by account number. `residue` is what was left unpushed, at most epsilon on each account. */
export interface AccountRanking {
  readonly ranked: ReadonlyArray<{ readonly account: AccountId; readonly score: number }>;
  readonly pushes: number;
  readonly residue: number;
  readonly mostResidue: number;
}

/** Any asset, and any time: the chips of a source. */
const ANY = -1;

/** Residue on an account that came by a payment of this key and asset. */
interface Chip {
  readonly key: number;
  readonly asset: number;
  readonly mass: number;
  /** A source's chip may go anywhere. */
  readonly free: boolean;
}

/** Ranks the accounts around the sources. */
export function accountRank(view: AccountView, question: RankQuestion): AccountRanking {
  return new Ranking(new AccountGraph(view), question).run();
}

class Ranking {
  private readonly graph: AccountGraph;
  private readonly question: RankQuestion;
  private readonly score = new Map<number, number>();
  private readonly residue = new Map<number, number>();
  private readonly chips = new Map<number, Map<string, Chip>>();
  private readonly heap = new TinyQueue<readonly [mass: number, account: number]>([], byMassThenAccount);

  constructor(graph: AccountGraph, question: RankQuestion) {
    this.graph = graph;
    this.question = question;
  }

  run(): AccountRanking {
    const { sources, epsilon } = this.question;
    for (const source of sources) this.give(source, { key: 0, asset: ANY, mass: 1 / sources.length, free: true });
    let pushes = 0;
    for (let top = this.heap.pop(); top !== undefined; top = this.heap.pop()) {
      const [mass, account] = top;
      if (mass !== this.residue.get(account) || mass <= epsilon) continue;
      this.push(account, mass);
      pushes += 1;
    }
    const left = [...this.residue.values()];
    return {
      ranked: [...this.score]
        .map(([account, score]) => ({ account: accountId(account), score }))
        .sort((a, b) => b.score - a.score || a.account - b.account),
      pushes,
      residue: left.reduce((sum, mass) => sum + mass, 0),
      mostResidue: Math.max(0, ...left),
    };
  }

  /** Residue arrives on an account. */
  private give(account: number, chip: Chip): void {
    if (chip.mass === 0) return;
    const mass = (this.residue.get(account) ?? 0) + chip.mass;
    this.residue.set(account, mass);
    if (mass > this.question.epsilon) this.heap.push([mass, account]);
    if (!this.isTimed()) return;
    const own = this.chips.get(account) ?? new Map<string, Chip>();
    this.chips.set(account, own);
    const name = `${chip.free} ${chip.key} ${chip.asset}`;
    own.set(name, { ...chip, mass: (own.get(name)?.mass ?? 0) + chip.mass });
  }

  private keep(account: number, mass: number): void {
    if (mass > 0) this.score.set(account, (this.score.get(account) ?? 0) + mass);
  }

  private isTimed(): boolean {
    return this.question.variant === 'time' || this.question.variant === 'redirect';
  }

  private push(account: number, mass: number): void {
    const { alpha, beta, variant } = this.question;
    this.residue.set(account, 0);
    this.keep(account, alpha * mass);
    const out = this.graph.paidBy(account);
    const into = this.graph.paidTo(account);
    if (variant === 'appr') {
      const edges = [...out.map(({ to }) => to), ...into.map(({ from }) => from)];
      for (const other of edges) this.give(other, plainChip(((1 - alpha) * mass) / edges.length));
      return;
    }
    if (!this.isTimed()) {
      const weigh = (edge: AccountEdge, side: 'from' | 'to'): number =>
        variant === 'base' ? 1 : this.graph.weight(edge, side);
      this.spread((1 - alpha) * beta * mass, out, { other: 'to', weight: (edge) => weigh(edge, 'from') });
      this.spread((1 - alpha) * (1 - beta) * mass, into, { other: 'from', weight: (edge) => weigh(edge, 'to') });
      return;
    }
    const chips = [...(this.chips.get(account)?.values() ?? [])];
    this.chips.delete(account);
    for (const chip of chips) {
      this.forward(account, { ...chip, mass: (1 - alpha) * beta * chip.mass }, out);
      this.backward(account, { ...chip, mass: (1 - alpha) * (1 - beta) * chip.mass }, into);
    }
  }

  /** Base and weight: in proportion; without a payment the mass is lost. */
  private spread(
    mass: number,
    edges: readonly AccountEdge[],
    { other, weight }: { other: 'from' | 'to'; weight: (edge: AccountEdge) => number },
  ): void {
    const whole = edges.reduce((sum, edge) => sum + weight(edge), 0);
    for (const edge of edges) this.give(edge[other], plainChip((mass * weight(edge)) / whole));
  }

  /** Along later payments, in the chip's asset where that counts. A swap hands on to what came in for it; with no way the mass stays for good. */
  private forward(account: number, chip: Chip, out: readonly AccountEdge[]): void {
    const open = out.filter((edge) => this.fits(chip, edge) && (chip.free || edge.key > chip.key));
    const whole = open.reduce((sum, edge) => sum + this.graph.weight(edge, 'from'), 0);
    if (open.length === 0) this.keep(account, chip.mass);
    for (const edge of open) {
      const mass = (chip.mass * this.graph.weight(edge, 'from')) / whole;
      const swapped = this.question.variant === 'redirect' ? this.graph.swapInto(account, edge) : null;
      const { key, asset } = edge;
      if (swapped === null) this.give(edge.to, { key, asset, mass, free: false });
      else this.give(account, { key, asset: swapped, mass, free: false });
    }
  }

  /** Along earlier payments; a swap hands back to what was paid for it. */
  private backward(account: number, chip: Chip, into: readonly AccountEdge[]): void {
    const open = into.filter((edge) => this.fits(chip, edge) && (chip.free || edge.key < chip.key));
    const whole = open.reduce((sum, edge) => sum + this.graph.weight(edge, 'to'), 0);
    if (open.length === 0) this.keep(account, chip.mass);
    for (const edge of open) {
      const mass = (chip.mass * this.graph.weight(edge, 'to')) / whole;
      const swapped = this.question.variant === 'redirect' ? this.graph.swapFrom(account, edge) : null;
      const { key, asset } = edge;
      if (swapped === null) this.give(edge.from, { key, asset, mass, free: false });
      else this.give(account, { key, asset: swapped, mass, free: false });
    }
  }

  private fits(chip: Chip, edge: AccountEdge): boolean {
    return this.question.variant === 'time' || chip.asset === ANY || chip.asset === edge.asset;
  }
}

function plainChip(mass: number): Chip {
  return { key: 0, asset: ANY, mass, free: true };
}

function byMassThenAccount(a: readonly [number, number], b: readonly [number, number]): number {
  return b[0] - a[0] || a[1] - b[1];
}
