/** Tokens of the service: made, listed, revoked and checked. The text of a token is shown once and never kept. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { SpoorError } from '../ledger/index.ts';
import {
  markRevoked,
  markUsed,
  putToken,
  type StateStore,
  type StoredToken,
  tokenProbe,
  tokenReader,
  tokens,
} from '../store/index.ts';
import { usedToday } from './quota.ts';

/** What a token may do: read asks, screen also submits, admin also changes alerts and reads metrics. Each holds those before it. */
export const SCOPES = ['read', 'screen', 'admin'] as const;
/** One of the scopes. */
export type Scope = (typeof SCOPES)[number];

/** A token as shown in lists. Times are seconds since epoch. */
export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly state: 'active' | 'expired' | 'revoked';
  readonly createdSec: number;
  readonly expiresSec: number | null;
  readonly revokedSec: number | null;
  readonly lastUsedSec: number | null;
  /** Requests a day; null: as many as the service allows. */
  readonly dayQuota: number | null;
  /** Requests of the day of now (UTC) that were counted; only those under a quota are. */
  readonly usedToday: number;
}

/** 256 bits; the id is that of another 48, so that nothing of the secret is in it. */
const SECRET_BYTES = 32;
const ID_BYTES = 6;
const TEXT_FORM = /^spoor_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
const NAME_FORM = /^[A-Za-z0-9._ -]{1,64}$/;
/** The time of last use is written at most so often. */
const USE_STEP_SEC = 60;

/** Makes a token. `random` gives that many random bytes. Returns its text, for the only time. Throws USAGE. */
export function createToken(
  state: StateStore,
  asked: { name: string; scopes: readonly Scope[]; expiresSec: number | null; dayQuota?: number | null },
  world: { nowSec: number; random: (bytes: number) => Buffer },
): { readonly text: string; readonly row: TokenRow } {
  if (!NAME_FORM.test(asked.name))
    throw new SpoorError('USAGE', 'a token name has 1 to 64 letters, digits, dots, dashes, underscores or spaces');
  if (asked.scopes.length === 0) throw new SpoorError('USAGE', `a token needs a scope: ${SCOPES.join(', ')}`);
  if (asked.expiresSec !== null && asked.expiresSec <= world.nowSec)
    throw new SpoorError('USAGE', 'the token would be expired at once');
  const id = world.random(ID_BYTES).toString('hex');
  const text = `spoor_${id}_${world.random(SECRET_BYTES).toString('base64url')}`;
  const token: StoredToken = {
    id,
    sha256: digest(text),
    name: asked.name,
    scopes: SCOPES.filter((scope) => asked.scopes.includes(scope)).join(' '),
    createdSec: world.nowSec,
    expiresSec: asked.expiresSec,
    revokedSec: null,
    lastUsedSec: null,
    dayQuota: asked.dayQuota ?? null,
  };
  state.write(() => putToken(state, token));
  state.commit();
  return { text, row: row(state, token, world.nowSec) };
}

/** Every token of the state file, without its digest. */
export function listTokens(state: StateStore, nowSec: number): TokenRow[] {
  return tokens(state).map((token) => row(state, token, nowSec));
}

/** Revokes a token by its id; the service refuses it from its next request on. Throws NOT_FOUND. */
export function revokeToken(state: StateStore, id: string, nowSec: number): TokenRow {
  const found = state.write(() => markRevoked(state, id, nowSec)).value;
  state.commit();
  const token = tokenReader(state)(id);
  if (!found || token === null)
    throw new SpoorError('NOT_FOUND', `there is no token with the id "${id}"`, {}, 'spoor token list shows them');
  return row(state, token, nowSec);
}

/** Asks whether a token was ever made: from then on the service asks for one, also after all were revoked. */
export function tokenNeed(state: StateStore): () => boolean {
  return tokenProbe(state);
}

/** Who a request speaks for. */
export interface Bearer {
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Requests a day; null: as many as the service allows. */
  readonly dayQuota: number | null;
}

const NO_DIGEST = Buffer.alloc(SECRET_BYTES);

/** A check of tokens: the bearer of a text, or null when it is unknown, expired or revoked. It takes as long for an unknown id as for a wrong secret. */
export function tokenCheck(state: StateStore): (text: string, nowSec: number) => Bearer | null {
  const read = tokenReader(state);
  const scopesOf = new Map<string, ReadonlySet<Scope>>();
  return (text, nowSec) => {
    const id = TEXT_FORM.exec(text)?.[1] ?? '';
    const token = read(id);
    const same = timingSafeEqual(digest(text), token?.sha256 ?? NO_DIGEST);
    if (token === null || !same || stateOf(token, nowSec) !== 'active') return null;
    if (token.lastUsedSec === null || nowSec - token.lastUsedSec >= USE_STEP_SEC)
      state.write(() => markUsed(state, token.id, nowSec));
    let scopes = scopesOf.get(token.scopes);
    if (scopes === undefined) {
      scopes = reach(token.scopes);
      scopesOf.set(token.scopes, scopes);
    }
    return { id: token.id, scopes, dayQuota: token.dayQuota };
  };
}

/** Every scope holds those before it. */
function reach(words: string): ReadonlySet<Scope> {
  const named = words.split(' ');
  return new Set(SCOPES.slice(0, SCOPES.map((scope) => named.includes(scope)).lastIndexOf(true) + 1));
}

/** Every scope there is, for a server that asks for no token. */
export const EVERY_SCOPE: ReadonlySet<Scope> = new Set(SCOPES);

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function stateOf({ revokedSec, expiresSec }: StoredToken, nowSec: number): TokenRow['state'] {
  if (revokedSec !== null) return 'revoked';
  return expiresSec !== null && expiresSec <= nowSec ? 'expired' : 'active';
}

function row(state: StateStore, { sha256: _digest, scopes, ...token }: StoredToken, nowSec: number): TokenRow {
  return {
    ...token,
    scopes: SCOPES.filter((scope) => scopes.split(' ').includes(scope)),
    state: stateOf({ sha256: _digest, scopes, ...token }, nowSec),
    usedToday: usedToday(state, token.id, nowSec),
  };
}
