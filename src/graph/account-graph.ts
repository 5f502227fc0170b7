/** Payments between accounts as a graph for rankings. Weights are parts of an account's own total in one asset, so that assets are never added up. */
import { type AccountView, NONE } from '../ledger/index.ts';

/** One payment. */
export interface AccountEdge {
  readonly from: number;
  readonly to: number;
  readonly asset: number;
  /** Place of its transaction in the total order. */
  readonly key: number;
  /** Part of all that the payer paid in this asset, and of all that the payee was paid in it. */
  readonly shareOfPayer: number;
  readonly shareOfPayee: number;
}

/** Net change of the assets of an account in one transaction: which fell and which grew. */
interface Change {
  readonly down: readonly number[];
  readonly up: readonly number[];
}

/** Payments by payer and by payee, in total order. Mints, burns and fees are no payments between accounts. */
export class AccountGraph {
  private readonly out: AccountEdge[][] = [];
  private readonly into: AccountEdge[][] = [];
  private readonly changes = new Map<string, Change>();

  constructor(view: AccountView) {
    const paid = new Map<string, bigint>();
    const got = new Map<string, bigint>();
    const add = (sums: Map<string, bigint>, key: string, amount: bigint): void => {
      sums.set(key, (sums.get(key) ?? 0n) + amount);
    };
    for (const { effects } of view.frames()) {
      for (const { kind, from, to, asset, amount } of effects) {
        if (kind !== 'move' || from === NONE || to === NONE) continue;
        add(paid, `${from} ${asset}`, amount);
        add(got, `${to} ${asset}`, amount);
      }
    }
    for (const { effects, orderKey } of view.frames()) {
      const net = new Map<number, Map<number, bigint>>();
      for (const { kind, from, to, asset, amount } of effects) {
        if (kind !== 'move' && kind !== 'mint' && kind !== 'burn') continue;
        if (from !== NONE) change(net, from, asset, -amount);
        if (to !== NONE) change(net, to, asset, amount);
        if (kind !== 'move' || from === NONE || to === NONE || from === to) continue;
        const edge: AccountEdge = {
          from,
          to,
          asset,
          key: orderKey,
          shareOfPayer: part(amount, paid.get(`${from} ${asset}`)),
          shareOfPayee: part(amount, got.get(`${to} ${asset}`)),
        };
        append(this.out, from, edge);
        append(this.into, to, edge);
      }
      this.keepChanges(orderKey, net);
    }
  }

  /** Payments an account made. */
  paidBy(account: number): readonly AccountEdge[] {
    return this.out[account] ?? [];
  }

  /** Payments an account got. */
  paidTo(account: number): readonly AccountEdge[] {
    return this.into[account] ?? [];
  }

  /** Weight of a payment among those of one side. */
  weight(edge: AccountEdge, side: 'from' | 'to'): number {
    return side === 'from' ? edge.shareOfPayer : edge.shareOfPayee;
  }

  /** The asset that a payment was swapped into: the one that grew where the paid one alone fell. null: no swap. */
  swapInto(account: number, { key, asset }: AccountEdge): number | null {
    const swap = this.swapIn(account, key);
    return swap !== null && swap.down === asset ? swap.up : null;
  }

  /** The asset that was paid for what an account got. null: no swap. */
  swapFrom(account: number, { key, asset }: AccountEdge): number | null {
    const swap = this.swapIn(account, key);
    return swap !== null && swap.up === asset ? swap.down : null;
  }

  private swapIn(account: number, key: number): { down: number; up: number } | null {
    const found = this.changes.get(`${key} ${account}`);
    if (found === undefined || found.down.length !== 1 || found.up.length !== 1) return null;
    return { down: found.down[0], up: found.up[0] };
  }

  /** Changes of accounts that have both; others swap nothing. */
  private keepChanges(key: number, net: ReadonlyMap<number, ReadonlyMap<number, bigint>>): void {
    for (const [account, own] of net) {
      const down = [...own].flatMap(([asset, amount]) => (amount < 0n ? [asset] : []));
      const up = [...own].flatMap(([asset, amount]) => (amount > 0n ? [asset] : []));
      if (down.length > 0 && up.length > 0) this.changes.set(`${key} ${account}`, { down, up });
    }
  }
}

function append(lists: AccountEdge[][], account: number, edge: AccountEdge): void {
  const list = lists[account];
  if (list === undefined) lists[account] = [edge];
  else list.push(edge);
}

function change(net: Map<number, Map<number, bigint>>, account: number, asset: number, amount: bigint): void {
  const own = net.get(account) ?? new Map<number, bigint>();
  net.set(account, own);
  own.set(asset, (own.get(asset) ?? 0n) + amount);
}

/** For ranking only. */
function part(of: bigint, whole: bigint | undefined): number {
  return whole === undefined || whole === 0n ? 0 : Number(of) / Number(whole);
}
