/** Who asks, how often, and whether they may: the check of every request before its body is read. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Bearer, EVERY_SCOPE, type Scope, type StateStore, tokenCheck, tokenNeed } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import type { App } from './app.ts';
import { type Allowed, checkRequest } from './guard.ts';

/** Requests of one token, or of one address without a token, in the window. */
export interface RateLimit {
  readonly max: number;
  readonly windowMs: number;
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
export function guardAccess(app: App, options: AccessOptions): void {
  const check = tokenCheck(options.state);
  const needsToken = oncePerTurn(tokenNeed(options.state));
  const limit = app.createRateLimit({
    max: options.rate.max,
    timeWindow: options.rate.windowMs,
    keyGenerator: (request: FastifyRequest) => (request as FastifyRequest & { rateKey: string }).rateKey,
  });
  app.decorateRequest('bearer', null);
  app.decorateRequest('rateKey', '');
  app.addHook('onRequest', async (request, reply) => {
    checkRequest(request.raw, options.allowed());
    const text = BEARER.exec(request.headers.authorization ?? '')?.[1];
    const known = text === undefined ? null : check(text, Math.floor(options.nowMs() / 1000));
    // A wrong token counts against the address it comes from, so that nobody guesses fast.
    request.rateKey = known === null ? `address ${request.ip}` : `token ${known.id}`;
    await countRequest(limit, request, reply);
    request.bearer = known ?? (text === undefined && !needsToken() ? LOCAL : null);
    checkScope(request, request.routeOptions.config.scope ?? null);
  });
}

type Limiter = ReturnType<App['createRateLimit']>;

async function countRequest(limit: Limiter, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const counted = await limit(request);
  if (counted.isAllowed) return;
  reply.header('ratelimit-limit', counted.max);
  reply.header('ratelimit-remaining', counted.remaining);
  reply.header('ratelimit-reset', counted.ttlInSeconds);
  if (!counted.isExceeded) return;
  reply.header('retry-after', Math.max(1, counted.ttlInSeconds));
  throw new SpoorError('TOO_MANY_REQUESTS', 'too many requests', {}, 'wait as long as Retry-After says');
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
const LOCAL: Bearer = { id: 'local', scopes: EVERY_SCOPE };

function checkScope({ bearer }: FastifyRequest, scope: Scope | null): void {
  if (scope === null) return;
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
