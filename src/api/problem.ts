/** Errors of the service as problem documents (RFC 9457), from the one table of error codes. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ERROR_TABLE, type ErrorCode, type ErrorPlace, SpoorError } from '../ledger/index.ts';
import type { JobAnswer } from './job.ts';

/** Media type of a problem. */
export const PROBLEM_TYPE = 'application/problem+json';

/** A problem as it is sent. `request_id` finds the request in the log. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly request_id: string;
  readonly field?: string;
  readonly record?: string;
  readonly hint?: string;
}

/** The problem that a coded error is. The name of a file on this machine is nobody's business: of its place, record and field are told. */
export function problemOf(
  error: { code: ErrorCode; message: string; place: ErrorPlace; hint: string | null },
  requestId: string,
): Problem {
  const { code, message, place, hint } = error;
  const words = code.toLowerCase().replaceAll('_', ' ');
  return {
    type: `urn:spoor:problem:${words.replaceAll(' ', '-')}`,
    title: `${words[0].toUpperCase()}${words.slice(1)}`,
    status: ERROR_TABLE[code].httpStatus,
    detail: message,
    code,
    request_id: requestId,
    ...(place.field === undefined ? {} : { field: place.field }),
    ...(place.record === undefined ? {} : { record: place.record }),
    ...(hint === null ? {} : { hint }),
  };
}

const UNEXPECTED = 'the service failed; its log has the reason under this request id';

/** Codes of errors that the framework throws before or around a handler, by their status. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'USAGE',
  404: 'NOT_FOUND',
  408: 'TIMED_OUT',
  413: 'TOO_LARGE',
  414: 'USAGE',
  415: 'UNSUPPORTED_MEDIA',
  503: 'BUSY',
};

/** The coded error behind anything thrown; null for a bug. */
export function codedError(error: unknown): SpoorError | null {
  if (error instanceof SpoorError) return error;
  const { statusCode, message = '' } = error as Partial<FastifyError>;
  const code = statusCode === undefined ? undefined : BY_STATUS[statusCode];
  return code === undefined ? null : new SpoorError(code, message);
}

/** Data grow younger by a block, not by waiting: asking each second would tell nothing new. */
const STALE_RETRY_SEC = '60';

/** Sends a problem. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="spoor"');
  if (problem.status === 503) reply.header('retry-after', problem.code === 'DATA_STALE' ? STALE_RETRY_SEC : '1');
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** The handler of everything thrown on the way. The log gets the code and, for a bug, the stack; never what a client sent. */
export function onError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const coded = codedError(error);
  if (coded === null) {
    request.log.error({ stack: error instanceof Error ? error.stack : String(error) }, 'unexpected failure');
    return sendProblem(reply, problemOf(new SpoorError('UNEXPECTED', UNEXPECTED), request.id));
  }
  return sendProblem(reply, problemOf(coded, request.id));
}

/** The document of an answer of the pool. Throws what the job threw; a bug is logged here, with the request it came from. */
export function textOf(answer: JobAnswer, request: FastifyRequest): string {
  if (answer.ok) return answer.text;
  if (answer.unexpected !== null) request.log.error({ stack: answer.unexpected }, 'unexpected failure in a thread');
  throw new SpoorError(
    answer.code,
    answer.code === 'UNEXPECTED' ? UNEXPECTED : answer.message,
    answer.place,
    answer.hint,
  );
}
