/** Opens a case file and turns SQLite's errors into coded ones. One file per case, one writer at a time. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { SpoorError } from '../ledger/index.ts';
import { dropLateIndexes, lacksLateIndexes, makeLateIndexes, migrate } from './schema/schema.ts';

/** An open case file. */
export interface CaseStore {
  readonly db: Database.Database;
  readonly file: string;
}

/** How long a second writer waits before it gives up with LOCKED. */
const BUSY_TIMEOUT_MS = 1500;

/** Page cache; negative means KiB (SQLite's convention). */
const CACHE_KIB = -65_536;

/** Runs `work`; SQLite's own errors leave it as LOCKED, IO or CASE_UNREADABLE naming the case file. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    throw coded(error, file);
  }
}

function coded(error: Error & { code: string }, file: string): Error {
  const { code } = error;
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new SpoorError(
      'LOCKED',
      'another process is writing to this case',
      { file },
      'wait until it has finished, then run the command again',
    );
  }
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return new SpoorError(
      'CASE_UNREADABLE',
      `this is not a readable case file: ${error.message}`,
      { file },
      'restore it from a copy, or ingest the sources into a new case',
    );
  }
  if (/^SQLITE_(READONLY|IOERR|FULL|CANTOPEN|PERM|AUTH)/.test(code)) {
    return new SpoorError(
      'IO',
      `the case file cannot be used: ${error.message}`,
      { file },
      'check the folder, its permissions and the free space',
    );
  }
  return error;
}

/** Opens a case for writing, creating or migrating it. Throws LOCKED, IO, CASE_NEWER, CASE_UNREADABLE. */
export function openCase(file: string): CaseStore {
  if (file === '' || file.startsWith(':') || file.startsWith('file:')) {
    throw new SpoorError('USAGE', `"${file}" is not a file name; nothing would be kept`, {}, 'give --case a path');
  }
  if (!existsSync(dirname(file)))
    throw new SpoorError('IO', 'the folder of the case file does not exist', { file }, 'make the folder first');
  return guarded(file, () => {
    const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
    try {
      db.pragma(`cache_size = ${CACHE_KIB}`);
      db.pragma('foreign_keys = ON');
      migrate(db, file);
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      if (lacksLateIndexes(db)) makeLateIndexes(db);
    } catch (error) {
      db.close();
      throw error;
    }
    return { db, file };
  });
}

/** A case that nobody keeps, for checking another one against: in memory, and in a nameless temporary file as far as it does not fit there. */
export function openScratchCase(): CaseStore {
  const db = new Database('');
  db.pragma(`cache_size = ${CACHE_KIB}`);
  db.pragma('foreign_keys = ON');
  migrate(db, 'scratch');
  return { db, file: 'scratch' };
}

/** Opens a case that must exist. Throws FILE_NOT_FOUND besides what `openCase` throws. */
export function openExistingCase(file: string): CaseStore {
  if (!existsSync(file)) {
    throw new SpoorError(
      'FILE_NOT_FOUND',
      'there is no such case file',
      { file },
      'make one with: spoor ingest FILE --case CASE, or spoor demo',
    );
  }
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw new SpoorError('IO', 'the case file cannot be read', { file }, 'check its permissions');
  }
  return isWritable(file) ? openCase(file) : openSealed(file);
}

/** SQLite needs the file and its folder: the write-ahead log lies beside it. */
function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    accessSync(dirname(file), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Bytes 18 and 19 of a SQLite file: 2 asks for a write-ahead log, 1 for none (file format, section 1.3). */
const JOURNAL_BYTES = [18, 19] as const;

/**
 * A case on read-only media, as evidence often is: read whole into memory and closed to writing, so that every verb that only reads works.
 * The copy in memory is told to want no write-ahead log, which could not be made there. Throws IO when a log was left beside the file.
 */
function openSealed(file: string): CaseStore {
  if (existsSync(`${file}-wal`)) {
    throw new SpoorError(
      'IO',
      'the case is read-only and was not closed: its last changes lie in a -wal file',
      { file },
      'copy both files to a folder you can write to',
    );
  }
  return guarded(file, () => {
    const bytes = readFileSync(file);
    for (const at of JOURNAL_BYTES) if (at < bytes.length) bytes[at] = 1;
    const db = new Database(bytes);
    try {
      migrate(db, file);
      db.pragma('query_only = ON');
    } catch (error) {
      db.close();
      throw error;
    }
    return { db, file };
  });
}

/** Closes the case; the write-ahead log is folded back into the file. */
export function closeCase(store: CaseStore): void {
  store.db.close();
}

/**
 * Runs `work` as one transaction that holds the writer's lock from its start: all of it is kept, or none.
 * Throws LOCKED when another process writes.
 */
export function inOneTransaction<T>(store: CaseStore, work: () => T): T {
  return guarded(store.file, () => store.db.transaction(work).immediate());
}

/**
 * Prepares a load of rows that are right already: no checks of references row by row, and for a long one no indexes while the case is empty. Returns what
 * undoes it; both outside a transaction. A process that is killed in between leaves a case whose indexes are made when it is opened again.
 */
export function beginLoad(store: CaseStore, isLong: boolean): { makeIndexes: () => void; end: () => void } {
  const { db } = store;
  const empty = db.prepare('SELECT 1 FROM tx LIMIT 1').get() === undefined;
  db.pragma('foreign_keys = OFF');
  if (empty && isLong) guarded(store.file, () => dropLateIndexes(db));
  const makeIndexes = (): void => guarded(store.file, () => makeLateIndexes(db));
  return {
    makeIndexes,
    end: () => {
      makeIndexes();
      db.pragma('foreign_keys = ON');
    },
  };
}
