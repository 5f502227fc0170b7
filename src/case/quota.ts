/**
 * How much a token may ask in a day (UTC). The count is kept on disk, in blocks: a block is written down as used before the first request of it is answered,
 * so a service that is killed has never allowed more than the quota; it may count a block as used that was not, which is at most a hundredth of the quota.
 */
import { QuotaTable, type StateStore, type StoredUse } from '../store/index.ts';

const DAY_SEC = 86_400;
const LARGEST_BLOCK = 64;
const BLOCKS_PER_QUOTA = 100;

/** Whether a request may be answered. `committed` resolves once it may. */
export interface QuotaOutcome {
  readonly allowed: boolean;
  readonly quota: number;
  readonly remaining: number;
  /** Seconds until the next day begins. */
  readonly resetSec: number;
  readonly committed: Promise<void> | null;
}

interface Use {
  day: number;
  used: number;
  /** What the disk says is used. */
  kept: number;
}

/** The counts of a service. */
export class DayQuota {
  private readonly state: StateStore;
  private readonly table: QuotaTable;
  private readonly uses = new Map<string, Use>();

  constructor(state: StateStore) {
    this.state = state;
    this.table = new QuotaTable(state);
  }

  /** Counts so many requests of a token, all or none. Throws LOCKED, IO. */
  take(token: string, quota: number, count: number, nowSec: number): QuotaOutcome {
    const day = Math.floor(nowSec / DAY_SEC);
    const use = this.useOf(token, day);
    const resetSec = Math.max(1, (use.day + 1) * DAY_SEC - Math.floor(nowSec));
    const used = use.used + count;
    if (used > quota)
      return { allowed: false, quota, remaining: Math.max(0, quota - use.used), resetSec, committed: null };
    let committed: Promise<void> | null = null;
    if (used > use.kept) {
      const block = Math.max(1, Math.min(LARGEST_BLOCK, Math.floor(quota / BLOCKS_PER_QUOTA)));
      const kept = Math.min(quota, used + block - 1);
      committed = this.state.write(() => this.table.put(token, { day: use.day, used: kept })).committed;
      use.kept = kept;
    }
    use.used = used;
    return { allowed: true, quota, remaining: quota - used, resetSec, committed };
  }

  /** Writes down what was used in truth, for a service that ends in order. */
  close(): void {
    this.state.write(() => {
      for (const [token, { day, used, kept }] of this.uses) if (used !== kept) this.table.put(token, { day, used });
    });
    this.state.commit();
  }

  /** A day that was begun is not begun again, whatever the clock says. */
  private useOf(token: string, day: number): Use {
    const known = this.uses.get(token) ?? started(this.table.get(token) ?? { day, used: 0 });
    const use = known.day >= day ? known : started({ day, used: 0 });
    this.uses.set(token, use);
    return use;
  }
}

function started({ day, used }: StoredUse): Use {
  return { day, used, kept: used };
}

/** What a token used of the day of this moment. */
export function usedToday(state: StateStore, token: string, nowSec: number): number {
  const use = new QuotaTable(state).get(token);
  return use !== null && use.day >= Math.floor(nowSec / DAY_SEC) ? use.used : 0;
}
