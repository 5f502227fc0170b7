/** Looks at everything watched again and again while the service runs. What a look finds becomes alerts in a thread; who is to be told is told from here. */
import type { FastifyBaseLogger } from 'fastify';
import { deliverDue, type StateStore, type WatchOutcome } from '../case/index.ts';
import type { Meters } from './meters.ts';
import type { Pool } from './pool.ts';

/** What a watcher works with. */
export interface WatcherParts {
  readonly pool: Pool;
  readonly state: StateStore;
  readonly meters: Meters;
  readonly nowMs: () => number;
  readonly everyMs: number;
  /** Webhooks are left for later. */
  readonly offline: boolean;
}

/** Who the looks are made for, among those who take turns. */
const WATCHER = 'watch';

/** The looks, one after the other. */
export class Watcher {
  private readonly parts: WatcherParts;
  private readonly log: FastifyBaseLogger;
  private timer: NodeJS.Timeout | null = null;
  private current: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(parts: WatcherParts, log: FastifyBaseLogger) {
    this.parts = parts;
    this.log = log;
  }

  /** Begins with a look; the next is so long after its end. */
  start(): void {
    this.current = this.look()
      .catch((error: unknown) => {
        this.log.error({ stack: error instanceof Error ? error.stack : String(error) }, 'watches not looked at');
      })
      .then(() => {
        if (!this.stopped) this.timer = setTimeout(() => this.start(), this.parts.everyMs);
      });
  }

  /** Begins no further look and waits for the one under way, at most so long. */
  async stop(stopMs: number): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    const late = new Promise<void>((resolve) => setTimeout(resolve, stopMs).unref());
    await Promise.race([this.current, late]);
  }

  private async look(): Promise<void> {
    const { pool, state, meters, nowMs, offline } = this.parts;
    const answer = await pool.run({ verb: 'watch', args: { nowMs: nowMs() } }, WATCHER);
    if (answer.ok) {
      const outcomes = JSON.parse(answer.text) as readonly WatchOutcome[];
      const made = outcomes.reduce((sum, { created, changed }) => sum + created + changed, 0);
      if (made > 0) meters.alerts.inc({ kind: 'watch' }, made);
      // Which watch, not what it watches: the log names no subject.
      for (const { watch, problem } of outcomes) if (problem !== null) this.log.warn({ watch }, 'watch not looked at');
    } else this.log.warn({ code: answer.code, stack: answer.unexpected }, 'watches not looked at');
    if (this.stopped) return;
    const { told, failed } = await deliverDue(state, { nowMs, offline, secretOf: (name) => process.env[name] });
    if (told + failed.length > 0) this.log.info({ told, failed: failed.length }, 'told');
  }
}
