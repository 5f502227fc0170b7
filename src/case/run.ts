/** What runs of every verb share: their id, and what their limit of time means. */
import { heightAt, type StoredRun } from '../store/index.ts';
import { type CaseContext, sha256Hex } from './context.ts';
import { heightOrDate } from './subject.ts';

/** Height that `--until` means: itself, or the last block of that day that the case knows. */
export function untilHeight(context: CaseContext, until: string | null): number | null {
  if (until === null) return null;
  const limit = heightOrDate(until, 'last');
  return 'height' in limit ? limit.height : heightAt(context.store, limit.timeSec);
}

/** Id of a run: the first 64 bits of the digest of everything that decides its result. */
export function runId(run: Omit<StoredRun, 'id'>): string {
  const { verb, engine, params, tipHeight, tipHash, inputs, seeds } = run;
  return sha256Hex(JSON.stringify([verb, engine, params, tipHeight, tipHash, inputs, seeds])).slice(0, 16);
}
