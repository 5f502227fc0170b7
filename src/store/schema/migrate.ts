/** Brings one of the program's SQLite files to the schema this program writes; the case file and the state file beside it share this. */
import type Database from 'better-sqlite3';
import { SpoorError } from '../../ledger/index.ts';

/** A kind of file: its application id, its steps (step n brings a file from version n to n + 1), and what messages call it. */
export interface FileKind {
  readonly applicationId: number;
  readonly steps: readonly string[];
  readonly what: string;
}

/** Whether a file has the schema that this program writes: another program may have brought it further while it was open. */
export function isCurrent(db: Database.Database, { steps }: FileKind): boolean {
  return db.pragma('user_version', { simple: true }) === steps.length;
}

/** Brings a file to the current schema of its kind in one transaction. Throws CASE_NEWER, CASE_UNREADABLE. */
export function bringUp(db: Database.Database, file: string, kind: FileKind): void {
  const { applicationId, steps, what } = kind;
  const version = db.pragma('user_version', { simple: true }) as number;
  const application = db.pragma('application_id', { simple: true }) as number;
  if (version > 0 && application !== applicationId) {
    throw new SpoorError('CASE_UNREADABLE', 'this SQLite file was made by another program', { file });
  }
  if (version === 0 && db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() !== 0) {
    throw new SpoorError('CASE_UNREADABLE', `this SQLite file holds tables that are not of a ${what}`, { file });
  }
  if (version > steps.length) {
    throw new SpoorError(
      'CASE_NEWER',
      `the ${what} has schema ${version}; this version of spoor reads up to ${steps.length}`,
      { file },
      'use the newer spoor that made it; the file was not touched',
    );
  }
  if (version === steps.length) return;
  db.transaction(() => {
    // Two processes may open a new file at once: the one that waited for the lock finds the work done.
    const now = db.pragma('user_version', { simple: true }) as number;
    for (const step of steps.slice(now)) db.exec(step);
    db.pragma(`application_id = ${applicationId}`);
    db.pragma(`user_version = ${steps.length}`);
  }).immediate();
}
