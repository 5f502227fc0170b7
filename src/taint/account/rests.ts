/** Where taint came to rest under one rule before the end of a run: by balance, status and reason. */
import type { AccountStatus } from './result.ts';

/** Taint that came to rest on a balance for one reason. */
export interface Rest {
  readonly balance: number;
  readonly status: AccountStatus;
  readonly reason: string | null;
  readonly taint: readonly bigint[];
  hops: number;
}

/** See the head of the file. */
export class Rests {
  private readonly rests = new Map<string, Rest & { taint: bigint[] }>();

  /** Adds to what rests on a balance for a reason. */
  add({ balance, status, reason, taint, hops }: Rest): void {
    const key = `${balance} ${status} ${reason}`;
    const known = this.rests.get(key);
    if (known === undefined) {
      this.rests.set(key, { balance, status, reason, taint: [...taint], hops });
      return;
    }
    known.hops = Math.min(known.hops, hops);
    for (let label = 0; label < taint.length; label += 1) known.taint[label] += taint[label];
  }

  /** Taint that stopped on a balance for a reason. */
  stopped(balance: number, reason: string): readonly bigint[] | undefined {
    return this.rests.get(`${balance} stopped ${reason}`)?.taint;
  }

  all(): Rest[] {
    return [...this.rests.values()];
  }
}
