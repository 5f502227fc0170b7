/** The server: framework, checks, documents, routes. It listens to nobody yet. */
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyServerOptions, LogController } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { AlertBook, DayQuota, ScreeningDesk, type StateStore, type TipTime } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { DayCounter, guardAccess, type RateLimit } from './access.ts';
import type { App } from './app.ts';
import { Freshness } from './fresh.ts';
import type { Allowed } from './guard.ts';
import { randomId } from './id.ts';
import { type Meters, meterRequests } from './meters.ts';
import { OPENAPI } from './openapi.ts';
import type { Pool } from './pool.ts';
import { onError, PROBLEM_TYPE, problemOf, sendProblem } from './problem.ts';
import { alertRoutes } from './route-alert.ts';
import { caseRoutes } from './route-case.ts';
import { ruleRoutes } from './route-rule.ts';
import { screeningRoutes } from './route-screening.ts';
import { serviceRoutes } from './route-service.ts';
import { Runner } from './runner.ts';
import { DATA, HEALTH, PROBLEM, READY, VERSION } from './schema.ts';

/** Largest body, and longest time for a request to arrive whole. */
export const BODY_LIMIT = 1_048_576;

const CHECKS_PER_TIMEOUT = 10;
const REQUEST_ID_BYTES = 9;

function newRequestId(): string {
  return randomId('req_', REQUEST_ID_BYTES);
}

/** What a server is made of. */
export interface ServerParts {
  readonly state: StateStore;
  readonly pool: Pool;
  readonly meters: Meters;
  /** Asked at each request: the port is known only once the server listens. */
  readonly allowed: () => Allowed;
  readonly rate: RateLimit;
  /** Requests a day of a token that has no quota of its own; null: no limit. */
  readonly dayQuota: number | null;
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
  readonly logger: FastifyServerOptions['logger'];
  readonly nowMs: () => number;
  /** Age of the data in seconds above which screenings are refused; null: none is. */
  readonly maxAgeSec: number | null;
  /** Seconds for which an idempotency key stands for what it first came with; null: for ever. */
  readonly keyRetentionSec: number | null;
  /** Seconds between two looks at everything watched; null: none is made. */
  readonly watchSec: number | null;
  /** Tips of the case at the start. */
  readonly tips: readonly TipTime[];
  /** Whether the server is on its way to its end. */
  readonly isStopping: () => boolean;
}

/** A server and what lives as long as it does. */
export interface BuiltServer {
  readonly app: App;
  readonly runner: Runner;
  readonly quota: DayQuota;
}

/** Makes a server with all its routes, what runs its screenings, and what counts the days of its tokens. */
export async function buildServer(parts: ServerParts): Promise<BuiltServer> {
  const app: App = Fastify({
    logger: parts.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newRequestId,
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: parts.requestTimeoutMs,
    http: {
      // Node looks for requests whose time is over every 30 s, and takes a time for heads above that of requests (60 s) for that of requests.
      connectionsCheckingInterval: Math.ceil(parts.requestTimeoutMs / CHECKS_PER_TIMEOUT),
      headersTimeout: parts.requestTimeoutMs,
    },
    connectionTimeout: 0,
    keepAliveTimeout: 60_000,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    trustProxy: false,
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
    clientErrorHandler: answerMalformed,
  });
  app.server.maxConnections = parts.maxConnections;
  // Keys that reach a prototype are refused by the parser, before a schema sees them.
  app.setValidatorCompiler(compileCheck);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler(onError);
  for (const schema of [PROBLEM, HEALTH, READY, VERSION, DATA]) app.addSchema(schema);
  await app.register(swagger, OPENAPI);
  await app.register(rateLimit, { global: false, enableDraftSpec: true });
  meterRequests(app, parts.meters);
  const quota = new DayQuota(parts.state);
  const days = new DayCounter(quota, parts);
  guardAccess(app, parts, days);
  addAnswerHeaders(app, await guardHeaders());
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, problemOf(new SpoorError('NOT_FOUND', 'there is no such resource'), request.id)),
  );
  const desk = new ScreeningDesk(parts.state, {
    keyRetentionMs: parts.keyRetentionSec === null ? null : parts.keyRetentionSec * 1000,
  });
  const runner = new Runner({ ...parts, desk }, () => app.log);
  const fresh = new Freshness(parts);
  serviceRoutes(app, { ...parts, fresh });
  screeningRoutes(app, { desk, runner, fresh, days });
  caseRoutes(app, { pool: parts.pool, fresh });
  ruleRoutes(app, parts.pool);
  alertRoutes(app, { book: new AlertBook(parts.state), nowMs: parts.nowMs });
  await app.ready();
  return { app, runner, quota };
}

const HEADERS = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  strictTransportSecurity: false,
} as const;

/** What a web server says of every answer by itself. */
const OWN_HEADERS = new Set(['content-type', 'content-length', 'date', 'connection', 'keep-alive']);

/** The headers that helmet gives an answer. Nothing a request says changes them, so they are asked for once, not made anew for each. */
async function guardHeaders(): Promise<Readonly<Record<string, string>>> {
  const probe = Fastify();
  await probe.register(helmet, HEADERS);
  probe.get('/', () => '');
  const { headers } = await probe.inject('/');
  await probe.close();
  const given = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** Adds headers to every answer. Answers are about investigations: no cache keeps them. A route on its way out says so (RFC 9745, RFC 8594). */
export function addAnswerHeaders(app: App, always: Readonly<Record<string, string>>): void {
  const headers = { ...always, 'cache-control': 'no-store' };
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.headers(headers);
    done();
  });
  app.addHook('onRoute', (route) => {
    const { deprecation } = route.config ?? {};
    if (deprecation === undefined) return;
    const { sinceSec, sunsetSec, link } = deprecation;
    route.onSend = (_request, reply, _payload, done) => {
      reply.header('deprecation', `@${sinceSec}`);
      reply.header('sunset', new Date(sunsetSec * 1000).toUTCString());
      reply.header('link', `<${link}>; rel="deprecation"`);
      done();
    };
  });
}

/** Text of a query becomes the number its schema asks for; a body is taken as it is. */
function compileCheck({
  schema,
  httpPart,
}: {
  schema: TSchema;
  httpPart?: string;
}): (data: unknown) => { value: unknown } | { error: Error } {
  const check = Compile(schema);
  return (data) => {
    const value = check.Default(httpPart === 'querystring' ? check.Convert(data) : data);
    if (check.Check(value)) return { value };
    const [first] = check.Errors(value).filter(({ keyword }) => keyword !== 'boolean');
    const path = first?.instancePath ?? '';
    const extra = first?.keyword === 'additionalProperties' ? `: ${firstExtra(first.params)}` : '';
    const field = `${httpPart === 'body' ? '' : `${httpPart} `}${path === '' ? 'body' : path.slice(1)}`;
    return {
      error: new SpoorError('USAGE', `${first?.message ?? 'the request is not of its form'}${extra}`, { field }),
    };
  };
}

const LONGEST_NAME_SHOWN = 64;

function firstExtra(params: unknown): string {
  const { additionalProperties = [] } = params as { additionalProperties?: readonly string[] };
  return `"${String(additionalProperties[0]).slice(0, LONGEST_NAME_SHOWN)}"`;
}

/** What is not HTTP gets one answer and no second chance. */
function answerMalformed(error: Error & { code?: string }, socket: import('node:net').Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const coded = timedOut
    ? new SpoorError('TIMED_OUT', 'the request did not arrive in time')
    : new SpoorError('USAGE', 'this is no HTTP request');
  const problem = problemOf(coded, newRequestId());
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
