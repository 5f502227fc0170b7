/** Tokens of the service, as digests. */
import type { StateStore } from '../state.ts';

/** A token as kept: never its text. Times are seconds since epoch. */
export interface StoredToken {
  readonly id: string;
  readonly sha256: Buffer;
  readonly name: string;
  /** Words separated by a space. */
  readonly scopes: string;
  readonly createdSec: number;
  readonly expiresSec: number | null;
  readonly revokedSec: number | null;
  readonly lastUsedSec: number | null;
  /** Requests a day; null: as many as the service allows. */
  readonly dayQuota: number | null;
}

const COLUMNS =
  'id, sha256, name, scopes, created_sec AS createdSec, expires_sec AS expiresSec, revoked_sec AS revokedSec, last_used_sec AS lastUsedSec, day_quota AS dayQuota';

/** Keeps a new token. */
export function putToken(state: StateStore, token: StoredToken): void {
  state.db
    .prepare(
      'INSERT INTO token (id, sha256, name, scopes, created_sec, expires_sec, day_quota) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .run(token.id, token.sha256, token.name, token.scopes, token.createdSec, token.expiresSec, token.dayQuota);
}

/** Tokens in the order of their making, revoked ones too. */
export function tokens(state: StateStore): StoredToken[] {
  return state.db.prepare(`SELECT ${COLUMNS} FROM token ORDER BY created_sec, id`).all() as StoredToken[];
}

/** A reader of single tokens; it sees what another process changed. */
export function tokenReader(state: StateStore): (id: string) => StoredToken | null {
  const statement = state.db.prepare(`SELECT ${COLUMNS} FROM token WHERE id = ?`);
  return (id) => (statement.get(id) as StoredToken | undefined) ?? null;
}

/** Asks whether a token was ever made, be it revoked since. None is ever deleted: once there is one, nothing is read any more. */
export function tokenProbe(state: StateStore): () => boolean {
  const statement = state.db.prepare('SELECT 1 FROM token LIMIT 1');
  let found = false;
  return () => {
    found ||= statement.get() !== undefined;
    return found;
  };
}

/** Revokes a token; one that is revoked keeps its time. False when there is none. */
export function markRevoked(state: StateStore, id: string, atSec: number): boolean {
  const { changes } = state.db
    .prepare('UPDATE token SET revoked_sec = coalesce(revoked_sec, ?) WHERE id = ?')
    .run(atSec, id);
  return changes > 0;
}

/** Notes when a token was last used. */
export function markUsed(state: StateStore, id: string, atSec: number): void {
  state.db.prepare('UPDATE token SET last_used_sec = ? WHERE id = ?').run(atSec, id);
}
