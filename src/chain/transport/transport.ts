/**
 * The one way to a network source: recorded answers first, then politely over the wire, every answer recorded. Secrets join a question last; whatever
 * comes back or goes wrong passes the redactor before anyone else sees it.
 */
import { SpoorError } from '../../ledger/index.ts';
import { type Gate, gateOf } from './gate.ts';
import { limitsOf, type TransportLimits, type TransportOptions } from './options.ts';
import { accepted, budgetSpent, givenUp, missed, noJson, type Outcome, shortened } from './outcome.ts';
import { allowanceWaitMs, backoffMs, type Clock, RETRIED_STATUSES, retryAfterMs, systemClock } from './pace.ts';
import { type RecordedAnswer, type RecordedTip, Recording } from './recording.ts';
import { Redactor, Secret } from './redact.ts';
import {
  checkedBase,
  isJsonBody,
  methodOf,
  PATH_TOKEN,
  requestKey,
  requestUrl,
  type SourceRequest,
  sortedParams,
} from './request.ts';
import { checkedProxy } from './tunnel.ts';
import { type Reply, type Wire, WireFailure } from './wire.ts';
import { HttpWire } from './wire-http.ts';
import { LineWire } from './wire-line.ts';

/** An answer, recorded or fresh. */
export interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly fetchedSec: number;
  /** Whether the wire was used for it. */
  readonly fresh: boolean;
  /** Best block at which it was true, null where it was not asked. */
  readonly tip: RecordedTip | null;
}

/** "There is no such thing" is believed this long: a second run asks nothing, one on the next day asks again. */
const NEGATIVE_MAX_AGE_SEC = 3600;
const KEPT_HEADERS = /^(date|content-type|retry-after|etag|(x-)?ratelimit-[a-z-]+)$/;

/** A source's way to its answers. */
export class Transport {
  private readonly options: TransportOptions;
  private readonly limits: TransportLimits;
  private readonly base: URL;
  private readonly recording: Recording;
  private readonly clock: Clock;
  private readonly redactor = new Redactor();
  private readonly wire: Wire;
  private readonly gate: Gate;
  private readonly inFlight = new Map<string, Promise<Answer>>();
  /** Keys answered over the wire by this transport. */
  private readonly answered = new Set<string>();
  private secrets: readonly Secret[] = [];
  /** Subjects the source was asked about over the wire, for the list of who saw what. */
  readonly asked = new Set<string>();
  requests = 0;
  /** Asked once, before the first question that goes over the wire, so that every record says at which tip it was true. A source sets it. */
  askTip: (() => Promise<RecordedTip | null>) | null = null;
  private tip: Promise<RecordedTip | null> | null = null;

  constructor(options: TransportOptions) {
    this.options = options;
    this.limits = limitsOf(options);
    const proxy = options.proxy === undefined ? null : checkedProxy(options.proxy);
    this.base = checkedBase(options.base.url, proxy);
    this.recording = new Recording(options.cacheFolder);
    this.clock = options.clock ?? systemClock;
    this.readSecrets();
    this.checkPathToken();
    const proxySecret = options.proxyAuth === undefined ? null : new Secret('proxy', '', options.proxyAuth);
    if (proxySecret !== null) this.redactor.learn([proxySecret]);
    const route = { proxy, proxySecret, caFile: options.caFile ?? null };
    this.wire = this.base.protocol.startsWith('http') ? new HttpWire(route) : new LineWire(route);
    const door = [this.base.host, ...this.secrets.map((secret) => secret.digest())].join(' ');
    this.gate = gateOf(this.clock, door, this.limits);
  }

  /** Host of the source, for messages. */
  get host(): string {
    return this.base.host;
  }

  /** Answers a request. 200 and 404 are answers; anything else is a failure. Throws REPLAY_MISS, SOURCE_FAILED, RATE_LIMITED, UNAUTHORIZED, TOO_LARGE. */
  ask(request: SourceRequest): Promise<Answer> {
    const url = requestUrl(this.base, request);
    const key = requestKey(this.shown(url), request.post && this.redactor.text(request.post));
    const running = this.inFlight.get(key);
    if (running !== undefined) return running;
    const answer = this.answer(request, url, key)
      .catch((error) => Promise.reject(this.redactor.error(error)))
      .finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, answer);
    return answer;
  }

  private async answer(request: SourceRequest, url: URL, key: string): Promise<Answer> {
    const recorded = this.recording.find(key);
    if (recorded !== null && this.usable(recorded, request)) {
      return {
        status: recorded.status,
        bytes: this.recording.body(recorded),
        fetchedSec: recorded.fetchedSec,
        fresh: false,
        tip: recorded.tip ?? null,
      };
    }
    if (this.options.mode === 'replay') throw missed(request, url);
    const tip = request.fresh === true ? null : await this.tipNow();
    const { reply, attempts } = await this.patiently(request, url);
    return this.keep(request, { url, key, reply, attempts, tip });
  }

  /** Whether a recorded answer will do. */
  private usable(recorded: RecordedAnswer, request: SourceRequest): boolean {
    const { mode } = this.options;
    const { tipMaxAgeSec } = this.limits;
    const fresh = request.fresh === true && !this.isRecent(request, recorded);
    if (mode === 'replay') return true;
    if (!this.recording.holds(recorded)) return false;
    const settled = recorded.finality === 'final' || recorded.finality === 'final-range';
    if (this.answered.has(recorded.key)) return settled || !fresh;
    if (mode === 'record') return false;
    if (settled) return true;
    const limitSec = recorded.finality === 'negative' ? Math.min(tipMaxAgeSec, NEGATIVE_MAX_AGE_SEC) : tipMaxAgeSec;
    return mode === 'live' && !fresh && this.clock.nowMs() / 1000 - recorded.fetchedSec <= limitSec;
  }

  private keep(
    request: SourceRequest,
    asked: { url: URL; key: string; reply: Reply; attempts: number; tip: RecordedTip | null },
  ): Answer {
    const { url, key, reply, attempts, tip } = asked;
    const { status } = reply;
    const { bytes, scrubbed } = this.redactor.bytes(reply.bytes);
    if (request.json === true && status === 200 && !isJsonBody(bytes)) throw noJson(this.host, this.said(reply));
    const { finality: stated, post } = request;
    const finality = status === 404 ? 'negative' : typeof stated === 'function' ? stated(bytes) : stated;
    const fetchedSec = Math.floor(this.clock.nowMs() / 1000);
    if (finality === 'refusal') return { status, bytes, fetchedSec, fresh: true, tip };
    const headers = Object.entries(reply.headers).filter(([name]) => KEPT_HEADERS.test(name));
    this.recording.keep(
      {
        key,
        method: methodOf(post),
        url: this.shown(url).href.replaceAll(PATH_TOKEN, '{key}'),
        params: sortedParams(this.shown(url)),
        post: post === undefined ? null : this.redactor.text(shortened(post)),
        source: `${this.options.kind ?? 'source'} ${this.host}`,
        status,
        scrubbed,
        headers: Object.fromEntries(headers.map(([name, value]) => [name, this.redactor.text(value).slice(0, 200)])),
        finality,
        fetchedSec,
        attempts,
        ...(tip === null ? {} : { tip }),
      },
      bytes,
    );
    this.answered.add(key);
    return { status, bytes, fetchedSec, fresh: true, tip };
  }

  /** Whether what was recorded passes for fresh. A refresh takes nothing for fresh but what it asked itself. */
  private isRecent({ freshForSec = 0 }: SourceRequest, { fetchedSec, key }: RecordedAnswer): boolean {
    if (this.options.mode === 'refresh' && !this.answered.has(key)) return false;
    return this.clock.nowMs() / 1000 - fetchedSec < freshForSec;
  }

  private tipNow(): Promise<RecordedTip | null> {
    this.tip ??= this.askTip?.() ?? Promise.resolve(null);
    return this.tip;
  }

  /** Asks until there is an answer, the attempts are used up or the time is. */
  private async patiently(request: SourceRequest, url: URL): Promise<{ reply: Reply; attempts: number }> {
    const { maxAttempts, deadlineMs } = this.limits;
    let endMs: number | null = null;
    const refused = new Set<number>();
    for (let attempts = 1; ; attempts += 1) {
      const outcome = await this.gate.pass(() => {
        endMs ??= this.clock.nowMs() + deadlineMs;
        return this.once(request, url, endMs - this.clock.nowMs());
      });
      const nowMs = this.clock.nowMs();
      const { reply } = outcome;
      if (reply !== null) this.gate.pauseUntil(nowMs + allowanceWaitMs(reply.headers, nowMs));
      if (reply !== null && request.answered?.(reply.status, reply.bytes) === true) return { reply, attempts };
      if (reply !== null && !this.worthAsking(reply, refused))
        return { reply: accepted(reply, { host: this.host, url, said: this.said(reply) }), attempts };
      const askedForMs = retryAfterMs(reply?.headers['retry-after'] ?? null, nowMs);
      const delayMs = askedForMs ?? backoffMs(attempts - 1, this.clock.random());
      const over = attempts >= maxAttempts || nowMs + delayMs >= (endMs ?? nowMs);
      if (over || !outcome.again) throw givenUp(outcome, { host: this.host, url, post: request.post, attempts });
      // What the server asks for binds everyone who asks it; a delay of one's own is one's own.
      if (askedForMs !== null) this.gate.pauseUntil(nowMs + delayMs);
      else await this.clock.sleep(delayMs);
    }
  }

  /** Whether the same question may fare better: 403 once, 401 once when the secret has changed meanwhile. */
  private worthAsking({ status }: Reply, refused: Set<number>): boolean {
    if (status !== 401 && status !== 403) return RETRIED_STATUSES.has(status);
    if (refused.has(status)) return false;
    refused.add(status);
    return status === 403 || this.readSecrets();
  }

  private async once(request: SourceRequest, url: URL, leftMs: number): Promise<Outcome> {
    const { timeoutMs, maxBodyBytes } = this.limits;
    const { maxRequests } = this.options;
    if (maxRequests !== undefined && this.requests >= maxRequests)
      throw budgetSpent({ url, post: request.post }, maxRequests);
    if (request.subject !== null) this.asked.add(request.subject);
    this.requests += 1;
    try {
      const reply = await this.wire.send({
        url,
        post: request.post,
        secrets: this.secrets,
        headers: this.options.headers,
        timeoutMs: Math.min(timeoutMs, leftMs),
        maxBodyBytes,
      });
      this.requests += reply.requests - 1;
      const limited = reply.status === 200 && request.saysRateLimit?.(reply.bytes) === true;
      return { reply: limited ? { ...reply, status: 429 } : reply, failure: '', again: true };
    } catch (error) {
      if (error instanceof WireFailure) return { reply: null, failure: error.code, again: error.again };
      throw error;
    }
  }

  /** The beginning of a body, for messages. */
  private said({ bytes }: Reply): string {
    return this.redactor
      .bytes(bytes)
      .bytes.toString('utf8', 0, 200)
      .replace(/[\s\p{Cc}]+/gu, ' ');
  }

  /** An address as it may be written down. */
  private shown(url: URL): URL {
    return new URL(this.redactor.text(url.href));
  }

  /** Reads the secrets of the source again; true when they are others than before. */
  private readSecrets(): boolean {
    const { secrets, secretHeaders } = this.options.base;
    const headers = Object.entries(secretHeaders ?? {}).map(([name, value]) => new Secret('header', name, value));
    const before = this.secrets.map((secret) => secret.digest()).join();
    this.secrets = [...headers, ...((typeof secrets === 'function' ? secrets() : secrets) ?? [])];
    this.redactor.learn(this.secrets);
    return this.secrets.map((secret) => secret.digest()).join() !== before;
  }

  private checkPathToken(): void {
    const place = this.base.href.includes(PATH_TOKEN);
    // A replay needs no key: no name in the cache depends on one.
    if (this.options.mode === 'replay' || place === this.secrets.some((secret) => secret.place === 'path')) return;
    const what = place
      ? '--url has a place for {key}, but no key is given for it'
      : '--url has no place {key} for the key';
    throw new SpoorError(
      'USAGE',
      what,
      {},
      'write {key} where the key stands in the path, and give --key-path and SPOOR_KEY',
    );
  }
}
