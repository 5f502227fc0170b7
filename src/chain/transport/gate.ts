/** The door to one server for one key. Every transport of a process that asks there passes the same door, so that politeness does not multiply. */
import { type Clock, Pace } from './pace.ts';

/** What a server is asked to bear. */
export interface GateLimits {
  readonly perSecond: number;
  readonly maxConcurrent: number;
}

/** Token bucket, cap of questions under way, and pauses the server asked for. */
export class Gate {
  private readonly clock: Clock;
  private readonly pace: Pace;
  private readonly queue: Array<() => void> = [];
  private maxConcurrent: number;
  private running = 0;
  private pausedUntilMs = 0;

  constructor(clock: Clock, limits: GateLimits) {
    this.clock = clock;
    this.pace = new Pace(clock, limits.perSecond);
    this.maxConcurrent = limits.maxConcurrent;
  }

  /** Of two wishes the more modest one holds. */
  lower(limits: GateLimits): void {
    this.pace.slowTo(limits.perSecond);
    this.maxConcurrent = Math.min(this.maxConcurrent, limits.maxConcurrent);
  }

  /** Nobody passes before that time. */
  pauseUntil(untilMs: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, untilMs);
  }

  /** Does the work when the door opens, and lets the next one through after it. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.maxConcurrent) this.running += 1;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
    try {
      await this.waitOutPause();
      await this.pace.take();
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  private async waitOutPause(): Promise<void> {
    const untilMs = this.pausedUntilMs;
    const waitMs = untilMs - this.clock.nowMs();
    if (waitMs <= 0) return;
    await this.clock.sleep(waitMs);
    if (this.pausedUntilMs === untilMs) this.pausedUntilMs = 0;
  }
}

const gates = new WeakMap<Clock, Map<string, Gate>>();

/** The one door of a process to a server for a key; `name` tells both. Doors of different clocks are apart, as in tests. */
export function gateOf(clock: Clock, name: string, limits: GateLimits): Gate {
  const ofClock = gates.get(clock) ?? new Map<string, Gate>();
  gates.set(clock, ofClock);
  const found = ofClock.get(name);
  found?.lower(limits);
  const gate = found ?? new Gate(clock, limits);
  ofClock.set(name, gate);
  return gate;
}
