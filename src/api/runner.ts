/** Runs accepted screenings in the pool and keeps what comes of them; who waits for one is told. After a start it takes up what was left. */
import type { FastifyBaseLogger } from 'fastify';
import {
  alertIds,
  type FoundAlert,
  iso,
  type ScreeningDesk,
  type StoredScreening,
  type SubmissionKey,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { randomId } from './id.ts';
import type { JobAnswer } from './job.ts';
import type { Meters } from './meters.ts';
import type { Pool } from './pool.ts';
import { type Problem, problemOf } from './problem.ts';

/** A screening whose case is locked by a writer is begun again after this long. */
const LOCKED_PAUSE_MS = 500;
const LOCKED_TRIES = 120;

/** What a runner works with. */
export interface RunnerParts {
  readonly desk: ScreeningDesk;
  readonly pool: Pool;
  readonly meters: Meters;
  readonly nowMs: () => number;
}

/** Screenings under way, by id. */
export class Runner {
  private readonly parts: RunnerParts;
  private readonly log: () => FastifyBaseLogger;
  private readonly running = new Map<string, Promise<void>>();
  private readonly releases = new Set<() => void>();
  private closed = false;

  constructor(parts: RunnerParts, log: () => FastifyBaseLogger) {
    this.parts = parts;
    this.log = log;
  }

  /** Takes up what was accepted before and not finished. Returns how many. */
  resume(): number {
    const open = this.parts.desk.open();
    for (const { id, request, owner } of open) this.begin(id, request, owner);
    return open.length;
  }

  /** Accepts requests and begins them once they are kept; `admit` throws for a new one that must not be. Throws CONFLICT, BUSY, IO. */
  async accept(
    owner: string,
    requests: readonly string[],
    { key, admit }: { key: SubmissionKey | null; admit: () => void },
  ): Promise<readonly string[]> {
    const { desk, pool, nowMs } = this.parts;
    if (pool.isFullFor(owner) || this.closed)
      throw new SpoorError(
        'BUSY',
        'the service has as much work as it takes',
        {},
        'ask again later, with the same key',
      );
    const { ids, isNew, committed } = desk.accept(owner, requests, key, { nowMs: nowMs(), newId, admit });
    await committed;
    if (isNew) {
      ids.forEach((id, index) => {
        this.begin(id, requests[index], owner);
      });
    }
    return ids;
  }

  /** Waits until these are finished, at most so long. */
  async wait(ids: readonly string[], waitMs: number): Promise<void> {
    const open = ids.flatMap((id) => this.running.get(id) ?? []);
    if (open.length === 0 || waitMs === 0 || this.closed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.releases.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.releases.add(done);
      void Promise.all(open).then(done);
    });
  }

  /** Begins nothing new, waits for what is under way at most so long, then lets those go that wait for an answer. What is left stays accepted. */
  async stop(stopMs: number): Promise<void> {
    this.closed = true;
    const late = new Promise<void>((resolve) => setTimeout(resolve, stopMs).unref());
    await Promise.race([Promise.all(this.running.values()), late]);
    for (const release of [...this.releases]) release();
  }

  private begin(id: string, request: string, owner: string): void {
    const work = this.run(id, request, owner).catch((error: unknown) => {
      // The row stays accepted: the next start takes it up.
      this.log().error({ screening: id, stack: error instanceof Error ? error.stack : String(error) }, 'not kept');
    });
    this.running.set(id, work);
    void work.then(() => this.running.delete(id));
  }

  private async run(id: string, request: string, owner: string): Promise<void> {
    const { desk, pool, meters, nowMs } = this.parts;
    const job = { verb: 'screen', args: JSON.parse(request) as unknown };
    let answer = await pool.run(job, owner, true);
    for (let tries = 1; !answer.ok && answer.code === 'LOCKED' && tries < LOCKED_TRIES; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, LOCKED_PAUSE_MS));
      answer = await pool.run(job, owner, true);
    }
    if (!answer.ok && answer.unexpected !== null)
      this.log().error({ screening: id, stack: answer.unexpected }, 'failed');
    const status = answer.ok ? 'complete' : 'failed';
    const alerts: readonly FoundAlert[] = answer.ok ? answer.alerts : [];
    const { made, committed } = desk.finish(id, { status, answer: answerText(answer, id), alerts }, nowMs());
    await committed;
    meters.screenings.inc({ outcome: status });
    if (made > 0) meters.alerts.inc({ kind: 'rule' }, made);
  }
}

const ID_BYTES = 12;

function newId(): string {
  return randomId('scr_', ID_BYTES);
}

/** What is kept of an answer: the members of a task that depend on it, so that it is given back byte for byte and made once. */
function answerText(answer: JobAnswer, id: string): string {
  if (answer.ok) return `"screening":${answer.text},"alerts":${JSON.stringify(alertIds(answer.alerts))},"problem":null`;
  return `"screening":null,"alerts":[],"problem":${JSON.stringify(problemOf(answer, id))}`;
}

const OPEN = '"screening":null,"alerts":[],"problem":null';

/** A task as JSON text, schema spoor.screening-task/1. */
export function taskText({ id, status, answer, acceptedMs, finishedMs }: StoredScreening): string {
  const finished = finishedMs === null ? 'null' : `"${iso(finishedMs)}"`;
  return `{"schema":"spoor.screening-task/1","id":"${id}","status":"${status}","accepted_at":"${iso(acceptedMs)}","finished_at":${finished},${answer ?? OPEN}}`;
}

/** The problem of a failed task. */
export function taskProblem({ status, answer }: StoredScreening): Problem | null {
  return status === 'failed' ? (JSON.parse(`{${answer}}`) as { problem: Problem }).problem : null;
}
