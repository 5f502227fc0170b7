/**
 * The one way to a network source: recorded answers first, then politely over the wire, every answer recorded. Secrets travel in headers added last
 * and appear nowhere else; errors name the request without them.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import { SpoorError } from '../../ledger/index.ts';
import { backoffMs, type Clock, Pace, RETRIED_STATUSES, retryAfterMs, systemClock } from './pace.ts';
import { Recording } from './recording.ts';
import { checkedBase, methodOf, requestKey, requestUrl, type SourceBase, type SourceRequest } from './request.ts';

/** `live` asks what is not recorded, `refresh` asks again what was true only for its moment, `replay` never asks. */
export type TransportMode = 'live' | 'refresh' | 'replay';

/** Settings of a transport; the limits have defaults that any public source bears. */
export interface TransportOptions {
  readonly base: SourceBase;
  readonly cacheFolder: string;
  readonly mode: TransportMode;
  readonly perSecond?: number;
  readonly maxAttempts?: number;
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

/** An answer, recorded or fresh. */
export interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly fetchedSec: number;
  /** Whether the wire was used for it. */
  readonly fresh: boolean;
}

const MAX_BODY_BYTES = 64 * 2 ** 20;
const TIMEOUT_MS = 30_000;
const DEFAULTS = { perSecond: 2, maxAttempts: 5, deadlineMs: 120_000 };

/** A source's way to its answers. */
export class Transport {
  private readonly options: TransportOptions;
  private readonly base: URL;
  private readonly recording: Recording;
  private readonly clock: Clock;
  private readonly pace: Pace;
  private readonly inFlight = new Map<string, Promise<Answer>>();
  private readonly http;
  /** Subjects the source was asked about over the wire, for the list of who saw what. */
  readonly asked = new Set<string>();
  requests = 0;

  constructor(options: TransportOptions) {
    this.options = options;
    this.base = checkedBase(options.base.url);
    this.recording = new Recording(options.cacheFolder);
    this.clock = options.clock ?? systemClock;
    const perSecond = options.perSecond ?? DEFAULTS.perSecond;
    this.pace = new Pace(this.clock, { perSecond, burst: Math.max(1, Math.ceil(perSecond)) });
    const host = this.base.host;
    this.http = axios.create({
      timeout: TIMEOUT_MS,
      maxContentLength: MAX_BODY_BYTES,
      maxRedirects: 3,
      beforeRedirect: (next: { host?: string }) => {
        if (next.host !== host)
          throw new SpoorError(
            'SOURCE_FAILED',
            `${host} sends the question on to another host, which was not asked for`,
          );
      },
      responseType: 'arraybuffer',
      validateStatus: () => true,
      httpAgent: new HttpAgent({ keepAlive: true }),
      httpsAgent: new HttpsAgent({ keepAlive: true }),
    });
  }

  /** Host of the source, for messages. */
  get host(): string {
    return this.base.host;
  }

  /** Answers a request. 200 and 404 are answers; anything else is a failure. Throws REPLAY_MISS, SOURCE_FAILED, RATE_LIMITED, UNAUTHORIZED, TOO_LARGE. */
  ask(request: SourceRequest): Promise<Answer> {
    const url = requestUrl(this.base, request);
    const key = requestKey(url, request.post);
    const running = this.inFlight.get(key);
    if (running !== undefined) return running;
    const answer = this.answer(request, url, key).finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, answer);
    return answer;
  }

  private async answer(request: SourceRequest, url: URL, key: string): Promise<Answer> {
    const recorded = this.recording.find(key);
    const { mode } = this.options;
    const again = mode === 'refresh' || (mode === 'live' && request.fresh === true);
    const usable = recorded !== null && (!again || recorded.finality === 'final');
    if (recorded !== null && usable) {
      return {
        status: recorded.status,
        bytes: this.recording.body(recorded),
        fetchedSec: recorded.fetchedSec,
        fresh: false,
      };
    }
    if (mode === 'replay') {
      throw new SpoorError(
        'REPLAY_MISS',
        `the cache holds no answer to ${named(request, url)}`,
        {},
        'run the command once without --offline',
      );
    }
    const response = await this.patiently(request, url);
    const fetchedSec = Math.floor(this.clock.nowMs() / 1000);
    const bytes = Buffer.from(response.data as ArrayBuffer);
    const { finality: stated } = request;
    const finality = response.status !== 200 ? 'tip' : typeof stated === 'function' ? stated(bytes) : stated;
    this.recording.keep({ key, url: url.href, status: response.status, finality, fetchedSec }, bytes);
    return { status: response.status, bytes, fetchedSec, fresh: true };
  }

  /** Asks until there is an answer, the attempts are used up or the time is. */
  private async patiently(request: SourceRequest, url: URL): Promise<AxiosResponse> {
    const maxAttempts = this.options.maxAttempts ?? DEFAULTS.maxAttempts;
    const endMs = this.clock.nowMs() + (this.options.deadlineMs ?? DEFAULTS.deadlineMs);
    for (let attempt = 0; ; attempt += 1) {
      await this.pace.take();
      const outcome = await this.once(request, url);
      if (outcome.response !== null && !RETRIED_STATUSES.has(outcome.response.status))
        return accepted(outcome.response, url);
      const header = outcome.response === null ? null : String(outcome.response.headers['retry-after'] ?? '');
      const delayMs =
        retryAfterMs(header === '' ? null : header, this.clock.nowMs()) ?? backoffMs(attempt, this.clock.random());
      if (attempt + 1 >= maxAttempts || this.clock.nowMs() + delayMs > endMs) throw givenUp(outcome, url, attempt + 1);
      await this.clock.sleep(delayMs);
    }
  }

  private async once(request: SourceRequest, url: URL): Promise<{ response: AxiosResponse | null; failure: string }> {
    this.requests += 1;
    if (request.subject !== null) this.asked.add(request.subject);
    try {
      const headers = { accept: 'application/json, text/plain', ...this.options.base.secretHeaders };
      const { post } = request;
      const how =
        post === undefined ? { headers } : { headers: { ...headers, 'content-type': 'application/json' }, data: post };
      return { response: await this.http.request({ url: url.href, method: methodOf(post), ...how }), failure: '' };
    } catch (error) {
      if (error instanceof SpoorError) throw error;
      if (axios.isAxiosError(error)) {
        if (error.cause instanceof SpoorError) throw error.cause;
        if (error.code === 'ERR_BAD_RESPONSE' && /maxContentLength/.test(error.message)) throw tooLarge(url);
        // Only the code: the message and the request of a library error may hold headers.
        return { response: null, failure: error.code ?? 'no answer' };
      }
      throw error;
    }
  }
}

/** A question for messages, without secrets; of a posted one the first part is enough to know it. */
function named({ post }: SourceRequest, url: URL): string {
  return `${methodOf(post)} ${url.href}${post === undefined ? '' : ` ${post.slice(0, 120)}`}`;
}

function tooLarge(url: URL): SpoorError {
  return new SpoorError('TOO_LARGE', `the answer to GET ${url.href} is above ${MAX_BODY_BYTES} bytes`);
}

/** 200 and 404 pass; the rest becomes the coded error it is. */
function accepted(response: AxiosResponse, url: URL): AxiosResponse {
  const { status } = response;
  if (status === 200 || status === 404) return response;
  const said = Buffer.from(response.data as ArrayBuffer)
    .toString('utf8', 0, 200)
    .replace(/\s+/g, ' ');
  if (status === 401 || status === 403)
    throw new SpoorError('UNAUTHORIZED', `${url.host} refuses the question (${status}): ${said}`);
  if (status === 413 || /too many/i.test(said)) {
    throw new SpoorError(
      'TOO_LARGE',
      `${url.host} has too much to say about ${url.pathname}: ${said}`,
      {},
      'this is a busy address; use a node of your own',
    );
  }
  throw new SpoorError('SOURCE_FAILED', `${url.host} answered ${status} to GET ${url.pathname}: ${said}`);
}

function givenUp(outcome: { response: AxiosResponse | null; failure: string }, url: URL, attempts: number): SpoorError {
  const why = outcome.response === null ? outcome.failure : `status ${outcome.response.status}`;
  const code = outcome.response?.status === 429 ? 'RATE_LIMITED' : 'SOURCE_FAILED';
  return new SpoorError(
    code,
    `${url.host} gave no answer to GET ${url.pathname} in ${attempts} attempts (${why})`,
    {},
    'what was fetched is kept; run the command again later',
  );
}
