/** Whether the service can screen now: asked by whoever sends it requests. That it lives at all is told by its health, which asks nobody. */
import { SpoorError } from '../ledger/index.ts';
import type { Freshness } from './fresh.ts';
import type { CHECKS } from './schema.ts';
import type { ServerParts } from './server.ts';

/** A thread that is busy for longer keeps screenings waiting for as long. */
const WAIT_MS = 2000;

/** What was looked at and what came of it, schema spoor.ready/1. */
export interface Readiness {
  readonly schema: 'spoor.ready/1';
  readonly ready: boolean;
  readonly checks: ReadonlyArray<{
    readonly check: (typeof CHECKS)[number];
    readonly ok: boolean;
    readonly code: string | null;
  }>;
}

/** Looks at everything a screening needs. */
export async function readiness(
  parts: Pick<ServerParts, 'state' | 'pool' | 'isStopping'> & { fresh: Freshness },
): Promise<Readiness> {
  const { pool, fresh, isStopping } = parts;
  const [answer] = await Promise.all([pool.ask({ verb: 'ready', args: null }, WAIT_MS), fresh.look()]);
  const caseCode =
    answer === null ? 'TIMED_OUT' : !answer.ok ? answer.code : answer.text === 'true' ? null : 'CASE_NEWER';
  const codes: ReadonlyArray<[(typeof CHECKS)[number], string | null]> = [
    ['running', isStopping() ? 'BUSY' : null],
    ['state', stateCode(parts)],
    ['threads', answer === null ? 'TIMED_OUT' : !answer.ok && answer.code === 'UNEXPECTED' ? answer.code : null],
    ['case', caseCode],
    ['data', fresh.isStale ? 'DATA_STALE' : null],
  ];
  const checks = codes.map(([check, code]) => ({ check, ok: code === null, code }));
  return { schema: 'spoor.ready/1', ready: checks.every(({ ok }) => ok), checks };
}

function stateCode({ state }: Pick<ServerParts, 'state'>): string | null {
  try {
    return state.isCurrent() ? null : 'CASE_NEWER';
  } catch (error) {
    if (error instanceof SpoorError) return error.code;
    throw error;
  }
}
