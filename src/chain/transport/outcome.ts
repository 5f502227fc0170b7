/** How asking ends when it does not end well: the coded errors of the transport. They may still hold secrets; the redactor is their last stop. */
import { SpoorError } from '../../ledger/index.ts';
import { methodOf, PATH_TOKEN, type SourceRequest } from './request.ts';
import type { Reply } from './wire.ts';

const LONG_POST = 4096;

/** How one try ended: with an answer, or with the reason there is none. */
export interface Outcome {
  readonly reply: Reply | null;
  readonly failure: string;
  readonly again: boolean;
}

function shownPath(url: URL): string {
  return url.pathname.replaceAll(PATH_TOKEN, '{key}');
}

/** A question for messages, without secrets; of a posted one the first part is enough to know it. */
function named({ post }: Pick<SourceRequest, 'post'>, url: URL): string {
  return `${methodOf(post)} ${url.href.replaceAll(PATH_TOKEN, '{key}')}${post === undefined ? '' : ` ${post.slice(0, 120)}`}`;
}

/** A posted text for the manifest. */
export function shortened(post: string): string {
  return post.length <= LONG_POST ? post : `${post.slice(0, LONG_POST)}...`;
}

/** Asking again was of no use, or not allowed any more. */
export function givenUp(
  { reply, failure }: Outcome,
  given: { host: string; url: URL; post: string | undefined; attempts: number },
): SpoorError {
  const why = reply === null ? failure : `status ${reply.status}`;
  return new SpoorError(
    reply?.status === 429 ? 'RATE_LIMITED' : 'SOURCE_FAILED',
    `${given.host} gave no answer to ${methodOf(given.post)} ${shownPath(given.url)} in ${given.attempts} attempt${given.attempts === 1 ? '' : 's'} (${why})`,
    {},
    'what was fetched is kept; run the command again later',
  );
}

/** A replay that lacks an answer. */
export function missed(request: SourceRequest, url: URL): SpoorError {
  return new SpoorError(
    'REPLAY_MISS',
    `the cache holds no answer to ${named(request, url)}`,
    {},
    'run the command once without --offline',
  );
}

/** The budget of requests is used up. */
export function budgetSpent({ url, post }: { url: URL; post: string | undefined }, maxRequests: number): SpoorError {
  return new SpoorError(
    'BUDGET_SPENT',
    `${maxRequests} requests were allowed and made; ${named({ post }, url)} was not asked`,
    {},
    'what was fetched is kept; the next run goes on from there',
  );
}

/** 200 and 404 pass; the rest becomes the coded error it is. `said` is the beginning of the body. */
export function accepted(reply: Reply, { host, url, said }: { host: string; url: URL; said: string }): Reply {
  const { status } = reply;
  if (status === 200 || status === 404) return reply;
  if (status === 401 || status === 403)
    throw new SpoorError('UNAUTHORIZED', `${host} refuses the question (${status}): ${said}`);
  const path = shownPath(url);
  if (status === 413 || /too (many|large)/i.test(said)) {
    throw new SpoorError(
      'TOO_LARGE',
      `${host} has too much to say${path === '' ? '' : ` about ${path}`}: ${said}`,
      {},
      'this is a busy address; use a node of your own',
    );
  }
  throw new SpoorError('SOURCE_FAILED', `${host} answered ${status} to ${path}: ${said}`);
}

/** What came is not the JSON that was asked for: a page of a proxy, an answer cut short. `said` is the beginning of the body. */
export function noJson(host: string, said: string): SpoorError {
  const what = /^\s*</.test(said) ? 'a page of HTML where JSON is expected' : 'what is not whole JSON';
  return new SpoorError(
    'MALFORMED',
    `${host} answers with ${what}: ${said.slice(0, 80)}`,
    {},
    'nothing of it was kept; run the command again later',
  );
}
