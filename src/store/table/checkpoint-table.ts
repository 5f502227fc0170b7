/** States of traces at earlier tips, to go on from. Derived: any of them may be dropped, and is made again by the next trace. */
import { flag } from '../bytes.ts';
import type { CaseStore } from '../open.ts';
import { plucked, prepared } from '../statement.ts';

/** One state. `facts` is the digest of every file that tells of blocks up to `height`; `stateHash` names what the state says. */
export interface StoredCheckpoint {
  readonly question: string;
  readonly height: number;
  readonly facts: string;
  readonly stateHash: string;
  /** Digest of `state`, which is packed text. */
  readonly digest: string;
  readonly state: Buffer;
}

/** States kept for one question; a reorganisation deeper than the blocks between them starts anew. */
const KEPT_PER_QUESTION = 8;

/** States of one question, the latest first. */
export function checkpoints(store: CaseStore, question: string): StoredCheckpoint[] {
  return prepared<[string], StoredCheckpoint>(
    store.db,
    `SELECT question, height, facts, state_hash AS stateHash, digest, state FROM taint_checkpoint WHERE question = ?
     ORDER BY height DESC`,
  ).all(question);
}

/** Keeps a state, and the latest few of its question. */
export function putCheckpoint(store: CaseStore, checkpoint: StoredCheckpoint): void {
  const { question, height, facts, stateHash, digest, state } = checkpoint;
  prepared(
    store.db,
    'INSERT OR REPLACE INTO taint_checkpoint (question, height, facts, state_hash, digest, state) VALUES (?, ?, ?, ?, ?, ?)',
  ).run(question, height, facts, stateHash, digest, state);
  prepared(
    store.db,
    `DELETE FROM taint_checkpoint WHERE question = ?1 AND height NOT IN
     (SELECT height FROM taint_checkpoint WHERE question = ?1 ORDER BY height DESC LIMIT ${KEPT_PER_QUESTION})`,
  ).run({ 1: question });
}

/** Takes one state away. */
export function dropCheckpoint(store: CaseStore, { question, height }: StoredCheckpoint): void {
  prepared(store.db, 'DELETE FROM taint_checkpoint WHERE question = ? AND height = ?').run(question, height);
}

/** What every file says of blocks up to a height that may be known of: its digest, with what of it was undone. By digest. */
export function filesUpTo(store: CaseStore, height: number): string[] {
  return plucked<[number], string>(
    store.db,
    `SELECT lower(hex(sha256)) || ' ' || complete || ' ' || undone FROM file
     WHERE (min_height IS NULL OR min_height <= ?) AND network NOT LIKE 'eip155:%' ORDER BY sha256`,
  ).all(height);
}

/** Whether a transaction has no height: one that is learned later could move it below a state that was kept. */
export function holdsUndated(store: CaseStore): boolean {
  return plucked(store.db, 'SELECT EXISTS (SELECT 1 FROM tx WHERE height IS NULL)').get() === flag(true);
}
