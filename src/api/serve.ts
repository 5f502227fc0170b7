/** The service from start to end: opens, listens, and on a signal finishes what it accepted. */
import { availableParallelism } from 'node:os';
import {
  caseTipTimes,
  listTokens,
  OpenCase,
  openScratchState,
  openState,
  readAssetPrices,
  readRules,
  type TipTime,
  testRules,
} from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import type { RateLimit } from './access.ts';
import type { App } from './app.ts';
import { allowedHosts, LOOPBACK_NAMES } from './guard.ts';
import { makeMeters } from './meters.ts';
import { Pool, type PoolOptions, type PriceFiles } from './pool.ts';
import { openapiText } from './route-service.ts';
import { buildServer, type ServerParts } from './server.ts';
import { Watcher, type WatcherParts } from './watcher.ts';

/** How a service is run. */
export interface ServeOptions {
  readonly caseFile: string;
  /** File of rules that screenings are judged by; null is the bundled one. */
  readonly rulesFile: string | null;
  /** Daily prices that screenings are valued by in dollars; without a file they are not. */
  readonly prices: PriceFiles;
  /** Null is loopback. Anything else is refused while no token is active. */
  readonly host: string | null;
  readonly port: number;
  /** Further names the server is called by, as in a Host header without its port. */
  readonly names: readonly string[];
  readonly threads: number | null;
  readonly rate: RateLimit;
  /** Requests a day (UTC) of a token that has no quota of its own; null: no limit. */
  readonly dayQuota: number | null;
  readonly logger: ServerParts['logger'];
  /** Time for accepted work once the end was asked for; what is left then is done after the next start. */
  readonly stopMs: number;
  /** Age of the data in seconds above which screenings are refused; null: none is. */
  readonly maxAgeSec: number | null;
  /** Seconds for which an idempotency key stands for what it first came with; null: for ever. */
  readonly keyRetentionSec: number | null;
  /** Seconds between two looks at everything watched; null: none is made. */
  readonly watchSec: number | null;
  /** Nobody outside this machine is told: webhooks are left for later. */
  readonly offline: boolean;
  /** Longest time for a request to arrive whole, and connections at most; tests make them small. */
  readonly requestTimeoutMs?: number;
  readonly maxConnections?: number;
  /** Another clock; tests use it. */
  readonly nowMs?: () => number;
  /** Another program for the threads; tests use it. */
  readonly workerFile?: URL;
}

/** A running service. */
export interface Service {
  readonly url: string;
  readonly port: number;
  /** Stops accepting, finishes what was accepted as far as the time allows, and closes. */
  stop(): Promise<void>;
}

const MAX_THREADS = 4;
const MAX_WAITING = 20_000;
const MAX_WAITING_OF_ONE = 10_000;
const MAX_CONNECTIONS = 4096;
const JOB_TIMEOUT_MS = 120_000;
const REQUEST_TIMEOUT_MS = 30_000;
const LOOPBACK = '127.0.0.1';

/** Starts a service. Throws FILE_NOT_FOUND, LOCKED, USAGE, IO, and RULES_INVALID and MALFORMED for its files. */
export async function serve(options: ServeOptions): Promise<Service> {
  // Asked here so that a case that cannot be opened is said at once, not by a thread at the first question.
  const tips = firstTips(options.caseFile);
  testRules(readRules(options.rulesFile));
  readAssetPrices(options.prices.files, options.prices.price);
  const { nowMs = Date.now } = options;
  const state = openState(options.caseFile, { exclusive: true });
  const run = { stopping: false, allowed: allowedHosts([], 0) };
  let pool: Pool | null = null;
  try {
    if (options.host !== null) refuseWithoutTokens(options.host, listTokens(state, nowMs() / 1000));
    pool = new Pool(poolOptions(options));
    const started = pool;
    const meters = makeMeters(() => started.depth);
    const { app, runner, quota } = await buildServer({
      state,
      pool: started,
      meters,
      allowed: () => run.allowed,
      rate: options.rate,
      dayQuota: options.dayQuota,
      requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      maxConnections: options.maxConnections ?? MAX_CONNECTIONS,
      logger: options.logger,
      nowMs,
      maxAgeSec: options.maxAgeSec,
      keyRetentionSec: options.keyRetentionSec,
      watchSec: options.watchSec,
      tips,
      isStopping: () => run.stopping,
    });
    const port = await listen(app, options);
    const taken = runner.resume();
    if (taken > 0) app.log.info({ taken }, 'taken up');
    const watcher = watch(options, { pool: started, state, meters, nowMs, log: app.log });
    const host = options.host ?? LOOPBACK;
    run.allowed = allowedHosts([...namesOf(options)], port);
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
      port,
      stop: async () => {
        run.stopping = true;
        // New connections are refused from here on; requests under way are finished, and so is what they started.
        const closed = app.close();
        await Promise.all([runner.stop(options.stopMs), watcher?.stop(options.stopMs)]);
        await closed;
        await started.close();
        quota.close();
        state.close();
      },
    };
  } catch (error) {
    await pool?.close();
    state.close();
    throw error;
  }
}

function watch(
  { watchSec, offline }: ServeOptions,
  { log, ...parts }: Omit<WatcherParts, 'everyMs' | 'offline'> & { log: App['log'] },
): Watcher | null {
  if (watchSec === null) return null;
  const watcher = new Watcher({ ...parts, everyMs: watchSec * 1000, offline }, log);
  watcher.start();
  return watcher;
}

function firstTips(caseFile: string): readonly TipTime[] {
  const held = new OpenCase(caseFile);
  try {
    return held.ask(caseTipTimes);
  } finally {
    held.close();
  }
}

function poolOptions({ caseFile, rulesFile, prices, threads, workerFile }: ServeOptions): PoolOptions {
  return {
    caseFile,
    rulesFile,
    prices,
    threads: threads ?? Math.max(1, Math.min(MAX_THREADS, availableParallelism() - 1)),
    maxWaiting: MAX_WAITING,
    maxWaitingOfOne: MAX_WAITING_OF_ONE,
    jobTimeoutMs: JOB_TIMEOUT_MS,
    ...(workerFile === undefined ? {} : { workerFile }),
  };
}

/** An address that is not of this machine only is no place for a server that answers whoever asks. */
function refuseWithoutTokens(host: string, tokens: ReturnType<typeof listTokens>): void {
  if (tokens.some(({ state }) => state === 'active')) return;
  throw new SpoorError(
    'USAGE',
    `--host ${host} is refused while no token is active`,
    {},
    'make one with: spoor token create NAME --scope read,screen. Tokens travel in clear: put a proxy with TLS in front',
  );
}

function namesOf({ host, names }: ServeOptions): Set<string> {
  const own = host === null ? LOOPBACK_NAMES : [host.includes(':') ? `[${host}]` : host];
  return new Set([...own, ...names].map((name) => name.toLowerCase()));
}

async function listen(app: App, { host, port }: ServeOptions): Promise<number> {
  try {
    // Node's own backlog (511) turns clients away that come all at once while the machine is busy.
    await app.listen({ host: host ?? LOOPBACK, port, backlog: MAX_CONNECTIONS });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SpoorError('IO', `the service cannot listen: ${reason}`, {}, 'choose another --port or --host');
  }
  const address = app.server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** The OpenAPI document, made without a case. */
export async function printOpenapi(): Promise<string> {
  const state = openScratchState();
  const pool = new Pool({
    caseFile: '',
    rulesFile: null,
    prices: { files: [], price: 'middle' },
    threads: 0,
    maxWaiting: 0,
    maxWaitingOfOne: 0,
    jobTimeoutMs: JOB_TIMEOUT_MS,
  });
  const { app } = await buildServer({
    state,
    pool,
    meters: makeMeters(() => pool.depth),
    allowed: () => allowedHosts([], 0),
    rate: { max: 1, windowMs: 1000, addressMax: null },
    dayQuota: null,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    maxConnections: 1,
    logger: false,
    nowMs: Date.now,
    maxAgeSec: null,
    keyRetentionSec: null,
    watchSec: null,
    tips: [],
    isStopping: () => false,
  });
  const text = openapiText(app);
  await app.close();
  state.close();
  return text;
}
