/** A question to a source, and its name in the cache. Secrets are kept apart from the question, so that neither name nor record can hold one. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { SpoorError } from '../../ledger/index.ts';

/** How long an answer stays true: `final` for ever, `tip` only as of the moment it was given. */
export type Finality = 'final' | 'tip';

/** One question: a GET, or a POST of a JSON text. `path` is empty or starts with a slash and is joined to the base of the source. */
export interface SourceRequest {
  readonly path: string;
  /** JSON to post, written so that the same question is the same text (a JSON-RPC call has a constant id). */
  readonly post?: string;
  /** Whether a recorded answer that was true only for its moment is passed over, unless replaying. */
  readonly fresh?: boolean;
  readonly query?: Readonly<Record<string, string>>;
  /** Of an answer with status 200, from its bytes where it depends on them. */
  readonly finality: Finality | ((bytes: Buffer) => Finality);
  /** Address or transaction the question is about, for the list of who was asked about what. */
  readonly subject: string | null;
}

/** Where a source is and what it must be told in secret: sent as headers, never recorded, never printed. */
export interface SourceBase {
  readonly url: string;
  readonly secretHeaders?: Readonly<Record<string, string>>;
}

function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** Checks the base of a source: https, or plain http to this machine; no user, query or fragment. Throws USAGE. */
export function checkedBase(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new SpoorError('USAGE', '--url is not an http or https address');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new SpoorError(
      'USAGE',
      `plain http to ${url.hostname} would show everyone on the way what you ask`,
      {},
      'use https; http is for this machine only',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new SpoorError(
      'USAGE',
      '--url holds a user, a query or a fragment',
      {},
      'give a key by --key-header NAME and the environment, never in the address',
    );
  }
  return url;
}

/** Full address of a request, without secrets. */
export function requestUrl(base: URL, request: SourceRequest): URL {
  const url = new URL(base.href.replace(/\/$/, '') + request.path);
  for (const [name, value] of Object.entries(request.query ?? {}).sort()) url.searchParams.set(name, value);
  return url;
}

/** Name of a request in the cache: a digest of method, host, path, sorted parameters and what is posted. */
export function requestKey(url: URL, post?: string): string {
  const parts = [methodOf(post), url.host, url.pathname, [...url.searchParams].sort()];
  return createHash('sha256')
    .update(JSON.stringify(post === undefined ? parts : [...parts, post]))
    .digest('hex');
}

/** HTTP method of a question. */
export function methodOf(post: string | undefined): 'GET' | 'POST' {
  return post === undefined ? 'GET' : 'POST';
}
