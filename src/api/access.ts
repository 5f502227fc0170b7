/** Who asks, how often, and whether they may: the check of every request before its body is read. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type Bearer,
  type DayQuota,
  EVERY_SCOPE,
  type Scope,
  type StateStore,
  tokenCheck,
  tokenNeed,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import type { App } from './app.ts';
import { type Allowed, checkRequest } from './guard.ts';

/** Requests in the window: of one token, or of one address without a token, and of one address whoever asks from there. */
export interface RateLimit {
  readonly max: number;
  readonly windowMs: number;
  /** Null: no limit. */
  readonly addressMax: number | null;
}

/** What access is decided by. */
export interface AccessOptions {
  readonly state: StateStore;
  readonly allowed: () => Allowed;
  readonly rate: RateLimit;
  readonly nowMs: () => number;
}

const BEARER = /^Bearer (\S{1,200})$/;

/** Adds the check to a server whose limiter is registered. A route names its scope; one that names null is for everybody. */
export function guardAccess(app: App, options: AccessOptions, days: DayCounter): void {
  const { addressMax, max, windowMs } = options.rate;
  const check = tokenCheck(options.state);
  const needsToken = oncePerTurn(tokenNeed(options.state));
  // The limiter counts 5,000 tokens and addresses at once; the longest unused is forgotten first.
  const limited = (most: number, keyGenerator: (request: FastifyRequest) => string): Limiter =>
    app.createRateLimit({ max: most, timeWindow: windowMs, keyGenerator });
  const ofBearer = limited(max, ({ rateKey }) => rateKey);
  const ofAddress = addressMax === null ? null : limited(addressMax, ({ ip }) => addressKey(ip));
  app.decorateRequest('bearer', null);
  app.decorateRequest('rateKey', '');
  app.addHook('onRequest', async (request, reply) => {
    checkRequest(request.raw, options.allowed());
    const text = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const known = text === undefined ? null : check(text, Math.floor(options.nowMs() / 1000));
    // A wrong token counts against the address it comes from, so that nobody guesses fast.
    request.rateKey = known === null ? `address ${addressKey(request.ip)}` : `token ${known.id}`;
    // What a token is refused does not count against its address: others may share it.
    await countRequest(ofBearer, request, reply);
    if (ofAddress !== null) await countRequest(ofAddress, request, reply);
    request.bearer = known ?? (text === undefined && !needsToken() ? LOCAL : null);
    const scope = request.routeOptions.config.scope ?? null;
    if (scope === null) return;
    checkScope(request, scope);
    await days.count(request, reply, 1);
  });
}

type Limiter = ReturnType<App['createRateLimit']>;

async function countRequest(limit: Limiter, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const counted = await limit(request);
  if (counted.isAllowed) return;
  const { max, remaining, ttlInSeconds } = counted;
  if (counted.isExceeded) throw tooMany(reply, { limit: max, resetSec: ttlInSeconds }, 'too many requests');
  // Of two limits the one is told that ends first.
  if (remaining >= Number(reply.getHeader('ratelimit-remaining') ?? Number.POSITIVE_INFINITY)) return;
  tellLimit(reply, { limit: max, remaining, resetSec: ttlInSeconds });
}

function tellLimit(reply: FastifyReply, told: { limit: number; remaining: number; resetSec: number }): void {
  reply.header('ratelimit-limit', told.limit);
  reply.header('ratelimit-remaining', told.remaining);
  reply.header('ratelimit-reset', told.resetSec);
}

function tooMany(reply: FastifyReply, told: { limit: number; resetSec: number }, message: string): SpoorError {
  tellLimit(reply, { ...told, remaining: 0 });
  reply.header('retry-after', Math.max(1, told.resetSec));
  return new SpoorError('TOO_MANY_REQUESTS', message, {}, 'wait as long as Retry-After says');
}

const GROUPS = 8;
const GROUPS_OF_ONE = 4;

/** Whom requests from an address count against: all of an IPv6 network of 64 bits is one, because whoever has one address of it has them all. */
export function addressKey(ip: string): string {
  if (!ip.includes(':') || ip.includes('.')) return ip;
  const [before, after] = ip
    .split('%')[0]
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':')));
  const groups = [...before, ...Array.from({ length: GROUPS - before.length - (after ?? []).length }, () => '0')];
  return `${[...groups, ...(after ?? [])].slice(0, GROUPS_OF_ONE).join(':')}::/64`;
}

/** Counts what tokens ask in a day. */
export class DayCounter {
  private readonly quota: DayQuota;
  private readonly options: { readonly dayQuota: number | null; readonly nowMs: () => number };

  constructor(quota: DayQuota, options: { readonly dayQuota: number | null; readonly nowMs: () => number }) {
    this.quota = quota;
    this.options = options;
  }

  /** Counts so many requests of who asks; resolves once they may be answered. Throws TOO_MANY_REQUESTS. */
  async count(request: FastifyRequest, reply: FastifyReply, count: number): Promise<void> {
    const { id, dayQuota } = bearerOf(request);
    const quota = dayQuota ?? this.options.dayQuota;
    if (quota === null || id === LOCAL.id || count === 0) return;
    const outcome = this.quota.take(id, quota, count, this.options.nowMs() / 1000);
    const { allowed, committed, remaining, resetSec } = outcome;
    if (allowed) return void (await committed);
    const what = remaining === 0 ? 'nothing' : `${remaining}`;
    throw tooMany(reply, { limit: quota, resetSec }, `of the ${quota} requests of this token a day ${what} is left`);
  }
}

/** Asks a question of the state file once for the requests that came in one turn of the event loop. */
function oncePerTurn(ask: () => boolean): () => boolean {
  let told: boolean | null = null;
  return () => {
    if (told !== null) return told;
    setImmediate(() => {
      told = null;
    });
    told = ask();
    return told;
  };
}

/** While no token was ever made the server, which then listens on loopback only, answers whoever reaches it. */
const LOCAL: Bearer = { id: 'local', scopes: EVERY_SCOPE, dayQuota: null };

function checkScope({ bearer }: FastifyRequest, scope: Scope): void {
  if (bearer === null)
    throw new SpoorError('UNAUTHENTICATED', 'a token is needed that is known, not expired and not revoked', {
      field: 'Authorization',
    });
  if (!bearer.scopes.has(scope)) throw new SpoorError('FORBIDDEN', `this needs a token with the scope ${scope}`);
}

/** Who a request that passed the check speaks for. */
export function bearerOf({ bearer }: FastifyRequest): Bearer {
  if (bearer === null) throw new Error('the route asks for no scope');
  return bearer;
}
