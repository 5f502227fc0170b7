/** How much of its day each token has used. */
import type { StateStore } from '../state.ts';

/** The latest day a token was used under a quota (days since epoch, UTC), and how much of it is counted as used. */
export interface StoredUse {
  readonly day: number;
  readonly used: number;
}

/** The statements of one user of the state. Writers belong inside `StateStore.write`. */
export class QuotaTable {
  private readonly statements;

  constructor({ db }: StateStore) {
    this.statements = {
      get: db.prepare('SELECT day, used FROM token_use WHERE token = ?'),
      put: db.prepare(
        'INSERT INTO token_use (token, day, used) VALUES (@token, @day, @used) ON CONFLICT (token) DO UPDATE SET day = @day, used = @used',
      ),
    };
  }

  /** The latest use of a token, or null. */
  get(token: string): StoredUse | null {
    return (this.statements.get.get(token) as StoredUse | undefined) ?? null;
  }

  /** Keeps the use of a token. */
  put(token: string, use: StoredUse): void {
    this.statements.put.run({ token, ...use });
  }
}
