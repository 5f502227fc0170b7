/** When to ask, when to ask again, and when to stop asking. */

/** Time and chance, passed in so that tests need neither. */
export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
}

/** The machine's own. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
};

/** A token bucket: `perSecond` requests a second on average, as many at once (at least one). */
export class Pace {
  private readonly clock: Clock;
  private perSecond: number;
  private tokens: number;
  private filledMs: number;

  constructor(clock: Clock, perSecond: number) {
    this.clock = clock;
    this.perSecond = perSecond;
    this.tokens = this.burst;
    this.filledMs = clock.nowMs();
  }

  private get burst(): number {
    return Math.max(1, Math.ceil(this.perSecond));
  }

  /** Lowers the rate; a higher one changes nothing. */
  slowTo(perSecond: number): void {
    this.perSecond = Math.min(this.perSecond, perSecond);
  }

  /** Waits for a token and takes it. */
  async take(): Promise<void> {
    for (;;) {
      const now = this.clock.nowMs();
      this.tokens = Math.min(this.burst, this.tokens + ((now - this.filledMs) / 1000) * this.perSecond);
      this.filledMs = now;
      if (this.tokens >= 1) {
        this.tokens -= 1;
        return;
      }
      await this.clock.sleep(Math.ceil(((1 - this.tokens) / this.perSecond) * 1000));
    }
  }
}

const BASE_DELAY_MS = 500;
const MAX_DELAY_MS = 300_000;
/** Seconds since epoch look like this; smaller numbers in a reset header are seconds to wait. */
const EPOCH_SEC = 1_000_000_000;

/** Statuses after which asking again may help. */
export const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** Delay asked for by a Retry-After header, in seconds or as a date, at most 5 minutes; null when there is none that can be read. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d{1,6}$/.test(header.trim())) return Math.min(Number(header) * 1000, MAX_DELAY_MS);
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? null : Math.min(Math.max(0, dateMs - nowMs), MAX_DELAY_MS);
}

/** How long nothing may be asked because the allowance is used up (`x-ratelimit-remaining: 0`), at most 5 minutes; 0 when some is left or nothing is said. */
export function allowanceWaitMs(headers: Readonly<Record<string, string>>, nowMs: number): number {
  const said = (name: string): string => headers[`x-ratelimit-${name}`] ?? headers[`ratelimit-${name}`] ?? '';
  const reset = said('reset').trim();
  if (said('remaining').trim() !== '0' || !/^\d{1,13}$/.test(reset)) return 0;
  const number = Number(reset);
  const waitMs = number < EPOCH_SEC ? number * 1000 : number * (number < EPOCH_SEC * 100 ? 1000 : 1) - nowMs;
  return Math.min(Math.max(0, waitMs), MAX_DELAY_MS);
}

/** Full jitter: anything up to the doubled delay of the attempt (0 is the first retry). */
export function backoffMs(attempt: number, random: number): number {
  return Math.floor(random * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** attempt));
}
