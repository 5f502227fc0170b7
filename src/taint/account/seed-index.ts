/** Which receipts are seeded, and with what. */
import type { AccountFrame } from '../../ledger/index.ts';
import type { AccountSeed } from './request.ts';

interface Range {
  readonly seed: number;
  readonly asset: number | null;
  readonly fromKey: number;
  readonly toKey: number;
}

/** Seeds by transaction and by account. */
export class SeedIndex {
  private readonly byTx = new Map<number, Map<number, number[]>>();
  private readonly byAccount = new Map<number, Range[]>();
  private readonly matched: Uint8Array;
  /** Transactions before the first and after the last that a seed names need no look into the table. */
  private firstTx = Number.POSITIVE_INFINITY;
  private lastTx = Number.NEGATIVE_INFINITY;

  constructor(seeds: readonly AccountSeed[]) {
    this.matched = new Uint8Array(seeds.length);
    seeds.forEach(({ select }, seed) => {
      if (select.kind === 'effect') {
        const effects = this.byTx.get(select.tx) ?? new Map<number, number[]>();
        this.byTx.set(select.tx, effects);
        this.firstTx = Math.min(this.firstTx, select.tx);
        this.lastTx = Math.max(this.lastTx, select.tx);
        effects.set(select.effect, [...(effects.get(select.effect) ?? []), seed]);
        return;
      }
      const { asset, fromKey, toKey } = select;
      const ranges = this.byAccount.get(select.account) ?? [];
      this.byAccount.set(select.account, ranges);
      ranges.push({ seed, asset, fromKey, toKey });
    });
  }

  /** Whether any effect of a frame may have a seed. */
  mayBeOn({ tx }: AccountFrame): boolean {
    return this.byAccount.size > 0 || (tx >= this.firstTx && tx <= this.lastTx && this.byTx.has(tx));
  }

  /** Seeds (places in the list, ascending) on an effect; null where there are none. */
  on(frame: AccountFrame, effect: number): readonly number[] | null {
    const { to, asset } = frame.effects[effect];
    const ranges = this.byAccount.size === 0 ? undefined : this.byAccount.get(to);
    const named = this.byTx.size === 0 ? undefined : this.byTx.get(frame.tx)?.get(effect);
    if (ranges === undefined && named === undefined) return null;
    const { orderKey } = frame;
    const inRange = (ranges ?? []).flatMap((range) => {
      const met =
        (range.asset === null || range.asset === asset) && range.fromKey <= orderKey && orderKey <= range.toKey;
      return met ? [range.seed] : [];
    });
    const found = [...(named ?? []), ...inRange];
    return found.length === 0 ? null : found.sort((a, b) => a - b);
  }

  /** These seeds met a receipt. */
  match(seeds: readonly number[]): void {
    for (const seed of seeds) this.matched[seed] = 1;
  }

  /** Seeds that met no receipt. */
  unmatched(): number[] {
    return [...this.matched].flatMap((matched, seed) => (matched === 0 ? [seed] : []));
  }
}
