/**
 * Whether the data of the case are young enough to screen by. How far they reach is asked of a thread and remembered: a tip that is young by what is
 * remembered is so in truth, because tips only rise. The rare exceptions, a rollback or an older file put in place, are seen by the look that each
 * question starts where the last one lies LOOK_MS back; a tip too old is looked at again before anything is refused.
 */
import { type DataAge, dataAge, type TipTime } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import type { Pool } from './pool.ts';

const LOOK_MS = 1000;

/** What freshness is judged by. */
export interface FreshOptions {
  readonly pool: Pool;
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
  private lookedMs: number;
  private looking: Promise<void> | null = null;

  constructor(options: FreshOptions) {
    this.options = options;
    this.tips = options.tips;
    this.lookedMs = options.nowMs();
  }

  /** The age as last seen; null where no age is too old. Looks again when the last look is a while ago, without waiting for it. */
  age(): DataAge | null {
    const { maxAgeSec, nowMs } = this.options;
    if (maxAgeSec === null) return null;
    // A look that fails is made again by the next question.
    if (nowMs() - this.lookedMs >= LOOK_MS) void this.look().catch(() => undefined);
    return dataAge(this.tips, Math.floor(nowMs() / 1000), maxAgeSec);
  }

  /** Whether a chain of the case is too old as last seen; a case that holds no chain is, where there is a limit. */
  get isStale(): boolean {
    const age = this.age();
    return age !== null && (age.chains.length === 0 || age.chains.some(({ stale }) => stale !== false));
  }

  /** Looks at the case again where one of these networks is too old as last seen. Throws BUSY. */
  async lookIfStale(networks: readonly string[]): Promise<void> {
    if (this.staleNetwork(networks) !== null) await this.look();
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

  private look(): Promise<void> {
    this.looking ??= this.ask().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async ask(): Promise<void> {
    this.lookedMs = this.options.nowMs();
    const answer = await this.options.pool.run({ verb: 'tips', args: null });
    // While a writer holds the case the age is that of the last look, and grows.
    if (answer.ok) this.tips = JSON.parse(answer.text) as readonly TipTime[];
  }
}

/** The age as a header: seconds by network, or `unknown`. */
export function ageHeader({ chains }: DataAge): string {
  return chains.map(({ network, age_sec: ageSec }) => `${network}=${ageSec ?? 'unknown'}`).join(', ');
}
