/** How old the data of a case are: the time that went by since the highest block of each chain, against the age a service allows. */
import { type TipTime, tipTimes } from '../store/index.ts';
import type { CaseContext } from './context.ts';

export type { TipTime } from '../store/index.ts';

/** Age of one chain. `stale` is null where no age is too old; a tip without a time is stale, because nothing shows that it is not. */
export interface ChainAge {
  readonly network: TipTime['chain'];
  /** Time of the highest block, ISO 8601. */
  readonly tip_at: string | null;
  readonly age_sec: number | null;
  readonly stale: boolean | null;
}

/** Age of every chain that a case holds something of. */
export interface DataAge {
  /** Age in seconds above which screenings are refused; null: none is. */
  readonly max_sec: number | null;
  readonly chains: readonly ChainAge[];
}

/** Times of the highest blocks of a case. */
export function caseTipTimes({ store }: CaseContext): TipTime[] {
  return tipTimes(store);
}

/** The age at a moment, in whole seconds. A block whose time lies ahead of the clock (miners may set it so) is of age 0. */
export function dataAge(times: readonly TipTime[], nowSec: number, maxSec: number | null): DataAge {
  const chains = times.map(({ chain, tipSec }) => {
    const ageSec = tipSec === null ? null : Math.max(0, nowSec - tipSec);
    return {
      network: chain,
      tip_at: tipSec === null ? null : new Date(tipSec * 1000).toISOString(),
      age_sec: ageSec,
      stale: maxSec === null ? null : ageSec === null || ageSec > maxSec,
    };
  });
  return { max_sec: maxSec, chains };
}
