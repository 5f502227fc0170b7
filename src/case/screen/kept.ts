/** Screenings as they are kept: what a verdict rested on, and the same verdict made again from it. */
import { gunzipSync } from 'node:zlib';
import { ENGINE_VERSION, SpoorError } from '../../ledger/index.ts';
import {
  type ResolvedScreening,
  type Screening,
  type ScreeningAttribution,
  type ScreeningRequest,
  screen,
  screenFound,
} from '../../screen/index.ts';
import { findVerdict, listVerdicts } from '../../store/index.ts';
import { type CaseContext, sha256Hex } from '../context.ts';
import { foundOf, type KeptFound } from './account.ts';
import { type KeptReads, keptView } from './view.ts';

/** What is kept of a screening. */
export interface Kept {
  readonly resolved: ResolvedScreening;
  readonly reads: KeptReads;
  /** Over accounts the findings are kept, not the facts: judged again they give the same answer. */
  readonly found?: KeptFound;
  readonly frame: {
    readonly manifest: string;
    readonly traceId: string | null;
    readonly attributions: readonly ScreeningAttribution[];
  };
  readonly inputs: string;
}

/** The bytes of an answer, one line. */
export function screeningText(answer: Screening): string {
  return JSON.stringify(answer);
}

/** A verdict made again from what was kept of it: the same bytes, whatever the case has learned. Throws NOT_FOUND, and VERIFY_FAILED if they differ. */
export function replayScreening(context: CaseContext, id: string): Screening {
  const stored = findVerdict(context.store, runOf(id));
  const record = readRecord(stored.reads);
  const { found, reads, resolved } = record;
  const frame = {
    id: `scr_${stored.run}`,
    traceId: record.frame.traceId,
    manifest: record.frame.manifest,
    attributions: () => record.frame.attributions,
  };
  const answer =
    found === undefined ? screen(keptView(reads), resolved, frame) : screenFound(foundOf(found), resolved, frame);
  if (sha256Hex(screeningText(answer)) === stored.answerSha256) return answer;
  throw new SpoorError(
    'VERIFY_FAILED',
    `screening ${id} made again differs from what was answered then`,
    { record: stored.run },
    record.resolved.asOf.engine === ENGINE_VERSION
      ? 'the record was changed: restore the case from a copy'
      : `it was made by version ${record.resolved.asOf.engine}: replay it with that`,
  );
}

/** The request of a kept screening. Throws NOT_FOUND. */
export function keptScreening(
  context: CaseContext,
  id: string,
): { request: ScreeningRequest; record: Kept; run: string } {
  const stored = findVerdict(context.store, runOf(id));
  return {
    run: stored.run,
    request: JSON.parse(stored.request) as ScreeningRequest,
    record: readRecord(stored.reads),
  };
}

/** Screenings that the case keeps, oldest first. */
export function screeningList(context: CaseContext): ReturnType<typeof listVerdicts> {
  return listVerdicts(context.store);
}

function runOf(id: string): string {
  const match = /^(?:scr_)?([0-9a-f]{1,16})$/.exec(id);
  if (match === null)
    throw new SpoorError('USAGE', `"${id.slice(0, 40)}" is no id of a screening (scr_ and hex digits)`);
  return match[1];
}

function readRecord(reads: Buffer): Kept {
  return JSON.parse(gunzipSync(reads).toString('utf8')) as Kept;
}
