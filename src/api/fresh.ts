/**
 * Whether the data of the case are young enough to screen by. How far they reach is asked of a thread and remembered for LOOK_MS: a tip that is young by
 * what is remembered mostly is so in truth, but a rollback, or an older file put in place, takes tips back. So who decides by the age looks first: again
 * where the last look lies LOOK_MS back, however long nobody asked, and where a tip is too old as last seen. Data of which nobody can tell are not young.
 */
import { type DataAge, dataAge, type TipTime } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import type { Pool } from './pool.ts';

const LOOK_MS = 1000;
/** Longest wait for a look. */
const LOOK_WAIT_MS = 10_000;

/** What freshness is judged by. */
export interface FreshOptions {
  readonly pool: Pick<Pool, 'ask'>;
  readonly nowMs: () => number;
  /** Age in seconds above which screenings are refused; null: none is, and nothing is looked at. */
  readonly maxAgeSec: number | null;
  /** Tips at the start. */
  readonly tips: readonly TipTime[];
}

/** The age of the data as last seen. */
export class Freshness {
  private readonly options: FreshOptions;
  private tips: readonly TipTime[];
  /** When the last look that came back was begun. */
  private lookedMs: number;
  private looking: Promise<boolean> | null = null;

  constructor(options: FreshOptions) {
    this.options = options;
    this.tips = options.tips;
    this.lookedMs = options.nowMs();
  }

  /** The age as last seen; null where no age is too old. */
  age(): DataAge | null {
    const { maxAgeSec, nowMs } = this.options;
    return maxAgeSec === null ? null : dataAge(this.tips, Math.floor(nowMs() / 1000), maxAgeSec);
  }

  /** Whether a chain of the case is too old as last seen; a case that holds no chain is, where there is a limit. */
  get isStale(): boolean {
    const age = this.age();
    return age !== null && (age.chains.length === 0 || age.chains.some(({ stale }) => stale !== false));
  }

  /**
   * Looks at the case and waits for it, where the last look is a while ago or one of these networks is too old as last seen. False when no thread answered
   * in time: the age is that of the last look, and grows.
   */
  async look(networks: readonly string[] = []): Promise<boolean> {
    const { maxAgeSec, nowMs } = this.options;
    if (maxAgeSec === null) return true;
    if (nowMs() - this.lookedMs < LOOK_MS && this.staleNetwork(networks) === null) return true;
    this.looking ??= this.ask().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  /** `look` for those who decide by the age. Throws BUSY when no thread answered in time. */
  async lookOrRefuse(networks: readonly string[]): Promise<void> {
    if (await this.look(networks)) return;
    const hint = 'ask again later, with the same key';
    throw new SpoorError('BUSY', 'the age of the data cannot be told: no thread of the service answers', {}, hint);
  }

  /** Throws DATA_STALE where one of these networks is too old as last seen. */
  refuseStale(networks: readonly string[]): void {
    const found = this.staleNetwork(networks);
    if (found === null) return;
    const ageSec = this.age()?.chains.find(({ network }) => network === found)?.age_sec ?? null;
    const told =
      ageSec === null
        ? `the case does not tell the time of the highest block of ${found}`
        : `the latest block of ${found} in the case is ${ageSec} s old`;
    throw new SpoorError(
      'DATA_STALE',
      `${told}; this service screens on data of at most ${this.options.maxAgeSec} s`,
      {},
      'ask again once the case has been fed; GET /v1/data tells the age',
    );
  }

  private staleNetwork(networks: readonly string[]): string | null {
    const age = this.age();
    if (age === null) return null;
    const fresh = new Set(age.chains.flatMap(({ network, stale }) => (stale === false ? [network as string] : [])));
    return networks.find((network) => !fresh.has(network)) ?? null;
  }

  private async ask(): Promise<boolean> {
    const { nowMs, pool } = this.options;
    const begunMs = nowMs();
    const answer = await pool.ask({ verb: 'tips', args: null }, LOOK_WAIT_MS);
    if (!answer?.ok) return false;
    this.tips = JSON.parse(answer.text) as readonly TipTime[];
    this.lookedMs = begunMs;
    return true;
  }
}

/** The age as a header: seconds by network, or `unknown`. */
export function ageHeader({ chains }: DataAge): string {
  return chains.map(({ network, age_sec: ageSec }) => `${network}=${ageSec ?? 'unknown'}`).join(', ');
}
