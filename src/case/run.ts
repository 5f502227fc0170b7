/** What runs of every verb share: their id, what their limit of time means, and how they are held to their manifests. */
import { heightAt, runs, type StoredRun } from '../store/index.ts';
import { type CaseContext, inputsDigest, sha256Hex } from './context.ts';
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

/**
 * How many runs of a verb the case has, and what is wrong with them: a manifest that does not hash to its id, what `always` finds in what is kept, and
 * what `again` finds when the run is made anew, which can be asked only of a run of the inputs the case has now.
 */
export function storedRunProblems(
  context: CaseContext,
  verb: string,
  find: { always?(run: StoredRun): string[]; again(run: StoredRun): string[] },
): { readonly checked: number; readonly problems: string[] } {
  const inputs = inputsDigest(context.store);
  const stored = runs(context.store).filter((run) => run.verb === verb);
  const problems = stored.flatMap((run) => [
    ...(find.always?.(run) ?? []),
    ...(runId(run) === run.id ? [] : [`run ${run.id}: its manifest does not hash to its id`]),
    ...(run.inputs === inputs ? find.again(run) : []),
  ]);
  return { checked: stored.length, problems };
}
