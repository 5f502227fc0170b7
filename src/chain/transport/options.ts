/** What may be said of a transport, and its limits where nothing is said. */
import type { Clock } from './pace.ts';
import type { SourceBase } from './request.ts';

/**
 * `live` asks what is not recorded; `refresh` asks again what was true only for its moment; `record` asks everything again; `replay` never asks.
 * What a transport has asked itself it does not ask twice in any mode, unless the question wants a fresh answer.
 */
export type TransportMode = 'live' | 'refresh' | 'record' | 'replay';

/** Settings of a transport; the limits have defaults that any public source bears. */
export interface TransportOptions {
  readonly base: SourceBase;
  readonly cacheFolder: string;
  readonly mode: TransportMode;
  /** Kind of source, for the manifest. */
  readonly kind?: string;
  readonly perSecond?: number;
  readonly maxConcurrent?: number;
  readonly maxAttempts?: number;
  /** For all attempts at one question together. */
  readonly deadlineMs?: number;
  /** For one attempt. */
  readonly timeoutMs?: number;
  readonly maxBodyBytes?: number;
  /** Headers that are no secret and go with every question, for example one that asks a server to hide nothing. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Age above which an answer that was true only for its moment is asked for again; none by default, so that a second run asks nothing. */
  readonly tipMaxAgeSec?: number;
  /** `http://`, `https://` or `socks5h://`, without user. */
  readonly proxy?: string;
  /** `user:password` for the proxy. */
  readonly proxyAuth?: string;
  readonly caFile?: string;
  /** Requests over the wire at most, retries counted; then BUDGET_SPENT. */
  readonly maxRequests?: number;
  readonly clock?: Clock;
}

const DEFAULTS = {
  perSecond: 2,
  maxConcurrent: 4,
  maxAttempts: 5,
  deadlineMs: 120_000,
  timeoutMs: 30_000,
  maxBodyBytes: 64 * 2 ** 20,
  tipMaxAgeSec: Number.POSITIVE_INFINITY,
};

/** Every limit of a transport, in force. */
export type TransportLimits = Readonly<typeof DEFAULTS>;

/** The limits that hold: those given, else those that any public source bears. */
export function limitsOf(options: TransportOptions): TransportLimits {
  return {
    perSecond: options.perSecond ?? DEFAULTS.perSecond,
    maxConcurrent: options.maxConcurrent ?? DEFAULTS.maxConcurrent,
    maxAttempts: options.maxAttempts ?? DEFAULTS.maxAttempts,
    deadlineMs: options.deadlineMs ?? DEFAULTS.deadlineMs,
    timeoutMs: options.timeoutMs ?? DEFAULTS.timeoutMs,
    maxBodyBytes: options.maxBodyBytes ?? DEFAULTS.maxBodyBytes,
    tipMaxAgeSec: options.tipMaxAgeSec ?? DEFAULTS.tipMaxAgeSec,
  };
}
