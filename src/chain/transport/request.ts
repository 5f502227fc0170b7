/** A question to a source, and its name in the cache. Secrets are kept apart from the question, so that neither name nor record can hold one. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { SpoorError } from '../../ledger/index.ts';
import type { Secret } from './redact.ts';

/**
 * How long an answer stays true: `final` for ever (named by a hash, or in a block deep enough), `final-range` for ever as long as its range of blocks
 * stays where it is (closed, and below what a reorganisation reaches), `tip` only as of the moment it was given.
 */
export type Finality = 'final' | 'final-range' | 'tip';

/** What is made of an answer: `refusal` is one that says nothing of what was asked (a key that is wrong, a server that starts); it is not recorded. */
export type AnswerFinality = Finality | 'refusal';

/** One question: a GET, or a POST of a JSON text. `path` is empty or starts with a slash and is joined to the base of the source. */
export interface SourceRequest {
  readonly path: string;
  /** JSON to post, written so that the same question is the same text (a JSON-RPC call has a constant id). */
  readonly post?: string;
  /** Whether a recorded answer that was true only for its moment is passed over, unless replaying. */
  readonly fresh?: boolean;
  /** With `fresh`: seconds for which a recorded answer still passes for fresh. */
  readonly freshForSec?: number;
  readonly query?: Readonly<Record<string, string>>;
  /** Of an answer with status 200, from its bytes where it depends on them. An answer that this throws at is refused, and not recorded. */
  readonly finality: Finality | ((bytes: Buffer) => AnswerFinality);
  /** Whether an answer with status 200 says "ask less often" in its body, as JSON-RPC servers do. It is then treated as status 429. */
  readonly saysRateLimit?: (bytes: Buffer) => boolean;
  /** Whether an answer with a status other than 200 and 404 is an answer all the same: older JSON-RPC servers say errors with 500. */
  readonly answered?: (status: number, bytes: Buffer) => boolean;
  /** Whether an answer with status 200 is an object or a list in JSON; anything else (a page of a proxy, an answer cut short) is refused, and not recorded. */
  readonly json?: boolean;
  /** Address or transaction the question is about, for the list of who was asked about what. */
  readonly subject: string | null;
}

/** Where a source is and what it must be told in secret: joined to each question last, never recorded, never printed. */
export interface SourceBase {
  readonly url: string;
  /** The secrets, or a way to read them again: after status 401 they are, and when they changed the question is put once more. */
  readonly secrets?: readonly Secret[] | (() => readonly Secret[]);
  /** Secrets that travel as headers, by name. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
}

/** Whether a host name, as URL spells it, is this machine. Numbers in other notations have become dotted ones; no name but one is trusted. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** What the place of a path token looks like once URL has read it. */
export const PATH_TOKEN = '%7Bkey%7D';

const ENCRYPTED = ['https:', 'ssl:'];
const PLAIN = ['http:', 'tcp:'];

/**
 * Checks the base of a source: encrypted, or plain to this machine (and to an onion service through a SOCKS proxy, whose network encrypts); no user,
 * query or fragment. Throws USAGE.
 */
export function checkedBase(text: string, proxy: URL | null = null): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '' || ![...ENCRYPTED, ...PLAIN].includes(url.protocol)) {
    throw new SpoorError('USAGE', '--url is not an http or https address (or tcp or ssl, for an Electrum server)');
  }
  if (!url.protocol.startsWith('http') && url.port === '')
    throw new SpoorError('USAGE', `--url names no port: write ${url.protocol}//HOST:PORT`);
  if (PLAIN.includes(url.protocol)) checkPlain(url, proxy);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new SpoorError(
      'USAGE',
      '--url holds a user, a query or a fragment',
      {},
      'give a key by --key-header, --key-query or --key-path and the environment variable SPOOR_KEY, never in the address',
    );
  }
  return url;
}

function checkPlain({ protocol, hostname }: URL, proxy: URL | null): void {
  const local = isLoopback(hostname) && (proxy === null || isLoopback(proxy.hostname));
  const onion = /^[a-z2-7]{56}\.onion$/.test(hostname) && proxy?.protocol === 'socks5h:';
  if (local || onion) return;
  throw new SpoorError(
    'USAGE',
    `plain ${protocol.slice(0, -1)} to ${hostname} would show everyone on the way what you ask`,
    {},
    `use ${protocol === 'http:' ? 'https' : 'ssl'}; ${protocol.slice(0, -1)} is for this machine only`,
  );
}

/** Full address of a request, without secrets. */
export function requestUrl(base: URL, request: SourceRequest): URL {
  const url = new URL(base.href.replace(/\/$/, '') + request.path);
  for (const [name, value] of Object.entries(request.query ?? {}).sort()) url.searchParams.set(name, value);
  return url;
}

/** Parameters of an address by name, then value. */
export function sortedParams(url: URL): Array<[string, string]> {
  return [...url.searchParams].sort();
}

/** Name of a request in the cache: a digest of method, host, path, sorted parameters and what is posted. */
export function requestKey(url: URL, post?: string): string {
  const parts = [methodOf(post), url.host, url.pathname, sortedParams(url)];
  return createHash('sha256')
    .update(JSON.stringify(post === undefined ? parts : [...parts, post]))
    .digest('hex');
}

/** A JSON-RPC answer that says "too often": code 429 or -32005, the latter also used for "too much", which asking again does not cure. */
export function jsonRpcSaysRateLimit(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, 4096);
  const code = /"error"\s*:\s*\{[^{}]*"code"\s*:\s*(429|-32005)\b/.exec(start)?.[1];
  return code === '429' || (code === '-32005' && !/results|returned more|block range/i.test(start));
}

/** Whether bytes begin and end as an object or a list of JSON does: what is between is for its reader to judge. */
export function isJsonBody(bytes: Buffer): boolean {
  const ends = `${bytes.toString('utf8', 0, EDGE_BYTES).trimStart()[0]}${bytes
    .toString('latin1', Math.max(0, bytes.length - EDGE_BYTES))
    .trimEnd()
    .at(-1)}`;
  return ends === '{}' || ends === '[]';
}

/** White space around a body that is looked past. */
const EDGE_BYTES = 256;

/** HTTP method of a question. */
export function methodOf(post: string | undefined): 'GET' | 'POST' {
  return post === undefined ? 'GET' : 'POST';
}
