/** A copy of a case in a file of its own. */
import { type CaseStore, guarded } from './open.ts';

/** Writes all that is committed into a new file, without a log beside it. The same case file gives the same bytes. Throws IO. */
export function copyCase({ db, file }: CaseStore, path: string): void {
  guarded(file, () => db.prepare('VACUUM INTO ?').run(path));
}
