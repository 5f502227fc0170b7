/**
 * The state file beside a case: what the service and the watch keep that is no fact and no finding (tokens, accepted screenings, alerts, watch lists,
 * deliveries). It is a file of its own for two reasons. A case that is being written to for hours must not keep the service from accepting, and what
 * customers asked must not travel with the evidence: the same sources make the same case, whoever asked what of it.
 */
import { chmodSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { SpoorError } from '../ledger/index.ts';
import { guarded } from './open.ts';
import { bringUp, type FileKind, isCurrent } from './schema/migrate.ts';
import { STATE_STEPS } from './schema/state.ts';

/** "spos" as a big-endian number: tells a state file from a case file. */
const STATE_APPLICATION_ID = 0x73706f73;

const STATE_FILE: FileKind = { applicationId: STATE_APPLICATION_ID, steps: STATE_STEPS, what: 'state file' };

/** Other writers (the token and watch commands) hold the lock for one short transaction. */
const BUSY_TIMEOUT_MS = 3000;
const OWNER_ONLY = 0o600;

/** Name of the state file that belongs to a case file. */
export function stateFileOf(caseFile: string): string {
  return `${caseFile}.state`;
}

/** An open state file. Writes of one turn of the event loop share one commit. */
export class StateStore {
  readonly file: string;
  readonly db: Database.Database;
  private open: { readonly committed: Promise<void>; settle(error: unknown): void } | null = null;
  private readonly lock: Database.Database | null;
  /** Statements of the transactions themselves: made once, because every submission runs them. */
  private readonly steps;

  constructor(file: string, db: Database.Database, lock: Database.Database | null) {
    this.file = file;
    this.db = db;
    this.lock = lock;
    this.steps = {
      begin: db.prepare('BEGIN IMMEDIATE'),
      commit: db.prepare('COMMIT'),
      save: db.prepare('SAVEPOINT part'),
      keep: db.prepare('RELEASE part'),
      undo: db.prepare('ROLLBACK TO part'),
    };
  }

  /**
   * Runs `work` in the transaction of this turn, beginning one when there is none. Its statements are seen by later reads here at once; `committed`
   * resolves when they are on disk. A statement that fails undoes only itself. Throws LOCKED and IO.
   */
  write<T>(work: () => T): { readonly value: T; readonly committed: Promise<void> } {
    return guarded(this.file, () => {
      if (this.open === null) this.begin();
      const { committed } = this.open as { committed: Promise<void> };
      return { value: this.alone(work), committed };
    });
  }

  /** Runs statements so that they are done all or not at all, inside the transaction of the turn. */
  private alone<T>(work: () => T): T {
    this.steps.save.run();
    try {
      const value = work();
      this.steps.keep.run();
      return value;
    } catch (error) {
      // An error as bad as a full disk may have ended the whole transaction already.
      if (this.db.inTransaction) {
        this.steps.undo.run();
        this.steps.keep.run();
      }
      throw error;
    }
  }

  private begin(): void {
    this.steps.begin.run();
    let settle: (error: unknown) => void = () => undefined;
    const committed = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === null ? resolve() : reject(error));
    });
    // Whoever waits sees the failure; nobody waiting is no crash.
    committed.catch(() => undefined);
    this.open = { committed, settle };
    setImmediate(() => this.commit());
  }

  /** Ends the transaction of this turn, if there is one, and tells those that wait for it. */
  commit(): void {
    const { open } = this;
    if (open === null) return;
    this.open = null;
    try {
      guarded(this.file, () => this.steps.commit.run());
      open.settle(null);
    } catch (error) {
      if (this.db.inTransaction) this.db.prepare('ROLLBACK').run();
      open.settle(error);
    }
  }

  /** Whether the file still has the schema this program writes. Throws LOCKED, IO, CASE_UNREADABLE. */
  isCurrent(): boolean {
    return guarded(this.file, () => isCurrent(this.db, STATE_FILE));
  }

  /** Commits what is open and closes the file; its lock, if it has one, is free again. */
  close(): void {
    this.commit();
    this.db.close();
    this.lock?.close();
  }
}

/**
 * Opens the state file of a case, creating or migrating it; only its owner may read it. With `exclusive` nobody else may open it so until it is closed or
 * the process ends, however it ends: two services would do each accepted screening twice. Throws LOCKED, IO, CASE_NEWER, CASE_UNREADABLE.
 */
export function openState(caseFile: string, options: { exclusive: boolean }): StateStore {
  const file = stateFileOf(caseFile);
  if (!existsSync(dirname(file)))
    throw new SpoorError('IO', 'the folder of the case file does not exist', { file }, 'make the folder first');
  return guarded(file, () => {
    const lock = options.exclusive ? takeLock(`${file}-lock`) : null;
    try {
      const isNew = !existsSync(file);
      const db = new Database(file, { timeout: BUSY_TIMEOUT_MS });
      if (isNew) chmodSync(file, OWNER_ONLY);
      try {
        db.pragma('foreign_keys = ON');
        bringUp(db, file, STATE_FILE);
        db.pragma('journal_mode = WAL');
        // What was accepted outlives a power cut, not only a killed process.
        db.pragma('synchronous = FULL');
        return new StateStore(file, db, lock);
      } catch (error) {
        db.close();
        throw error;
      }
    } catch (error) {
      lock?.close();
      throw error;
    }
  });
}

/** A state that nobody keeps, in memory. */
export function openScratchState(): StateStore {
  const db = new Database(':memory:');
  bringUp(db, 'scratch', STATE_FILE);
  return new StateStore('scratch', db, null);
}

/** A lock that the operating system lets go when the process ends: an exclusive transaction on a file that holds nothing. */
function takeLock(file: string): Database.Database {
  const db = new Database(file, { timeout: 0 });
  try {
    db.prepare('BEGIN EXCLUSIVE').run();
    return db;
  } catch (error) {
    db.close();
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw error;
    throw new SpoorError('LOCKED', 'another service runs on this case', { file }, 'stop it first, or use its port');
  }
}
