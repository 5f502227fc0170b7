/**
 * The one table of error codes. Each code maps once to an exit code and once to an HTTP status; faces read the table, nobody else does.
 * Three kinds of wrong: a hole in the data is a `Gap` (a value), a failed operation is a `SpoorError`, a bug is a plain `Error`.
 */

interface ErrorRow {
  readonly exit: number;
  readonly httpStatus: number;
}

/** Exit codes: 0 done, 1 unexpected, 2 usage, 3 not found, 4 findings, 5 gaps (--strict), 6 mismatch, 7 source, 8 locked, 9 disk, 130/143 signals. */
export const ERROR_TABLE = {
  USAGE: { exit: 2, httpStatus: 400 },
  SUBJECT_INVALID: { exit: 2, httpStatus: 400 },
  TXID_INVALID: { exit: 2, httpStatus: 400 },
  BLOCK_HASH_INVALID: { exit: 2, httpStatus: 400 },
  OUTPOINT_INVALID: { exit: 2, httpStatus: 400 },
  ADDRESS_INVALID: { exit: 2, httpStatus: 400 },
  AMOUNT_INVALID: { exit: 2, httpStatus: 400 },
  SEED_OVERLAP: { exit: 2, httpStatus: 400 },
  NOT_FOUND: { exit: 3, httpStatus: 404 },
  FILE_NOT_FOUND: { exit: 3, httpStatus: 404 },
  FINDINGS: { exit: 4, httpStatus: 409 },
  GAPS: { exit: 5, httpStatus: 409 },
  HASH_MISMATCH: { exit: 6, httpStatus: 409 },
  SOURCES_DISAGREE: { exit: 6, httpStatus: 409 },
  CONSERVATION: { exit: 6, httpStatus: 500 },
  VERIFY_FAILED: { exit: 6, httpStatus: 409 },
  FORMAT_UNKNOWN: { exit: 7, httpStatus: 415 },
  MALFORMED: { exit: 7, httpStatus: 422 },
  NOT_ENRICHED: { exit: 7, httpStatus: 422 },
  TOO_LARGE: { exit: 7, httpStatus: 413 },
  LEDGER_INVALID: { exit: 7, httpStatus: 422 },
  RULES_INVALID: { exit: 2, httpStatus: 422 },
  TAGPACK_INVALID: { exit: 7, httpStatus: 422 },
  SOURCE_FAILED: { exit: 7, httpStatus: 502 },
  RATE_LIMITED: { exit: 7, httpStatus: 503 },
  UNAUTHORIZED: { exit: 7, httpStatus: 502 },
  PRUNED: { exit: 7, httpStatus: 502 },
  INCOMPLETE: { exit: 7, httpStatus: 502 },
  BUDGET_SPENT: { exit: 7, httpStatus: 503 },
  REPLAY_MISS: { exit: 7, httpStatus: 503 },
  LOCKED: { exit: 8, httpStatus: 423 },
  IO: { exit: 9, httpStatus: 500 },
  CASE_NEWER: { exit: 9, httpStatus: 500 },
  CASE_UNREADABLE: { exit: 9, httpStatus: 500 },
  UNAUTHENTICATED: { exit: 2, httpStatus: 401 },
  FORBIDDEN: { exit: 2, httpStatus: 403 },
  MISDIRECTED: { exit: 2, httpStatus: 421 },
  CONFLICT: { exit: 6, httpStatus: 409 },
  UNSUPPORTED_MEDIA: { exit: 2, httpStatus: 415 },
  TIMED_OUT: { exit: 2, httpStatus: 408 },
  TOO_MANY_REQUESTS: { exit: 8, httpStatus: 429 },
  BUSY: { exit: 8, httpStatus: 503 },
  DATA_STALE: { exit: 5, httpStatus: 503 },
  UNEXPECTED: { exit: 1, httpStatus: 500 },
  INTERRUPTED: { exit: 130, httpStatus: 503 },
} as const satisfies Record<string, ErrorRow>;

/** Name of a row of the table. */
export type ErrorCode = keyof typeof ERROR_TABLE;

/** Where an error sits: which file, which record in it (1-based line, or a path such as `txs[3]`), which field. */
export interface ErrorPlace {
  readonly file?: string;
  readonly record?: string;
  readonly field?: string;
}

/** An operation failed for a reason a user can act on. `message` says what, `place` where, `hint` what to do. */
export class SpoorError extends Error {
  readonly code: ErrorCode;
  readonly place: ErrorPlace;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}, hint: string | null = null) {
    super(message);
    this.name = 'SpoorError';
    this.code = code;
    this.place = place;
    this.hint = hint;
  }
}

/**
 * Runs `work`; a SpoorError that leaves it gains the parts of `place` it lacks (the inner, more exact place wins).
 * `code`, when given, replaces argument codes (exit 2) by the caller's: a bad txid inside a file is the file's fault.
 */
export function locate<T>(place: ErrorPlace, work: () => T, code?: ErrorCode): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SpoorError)) throw error;
    const replaced = code !== undefined && ERROR_TABLE[error.code].exit === 2 ? code : error.code;
    throw new SpoorError(replaced, error.message, { ...place, ...error.place }, error.hint);
  }
}

/** One line for people: what, then where, then what to do. */
export function errorLine(error: SpoorError): string {
  const { file, record, field } = error.place;
  const where = [file, record, field === undefined ? undefined : `field ${field}`].filter((part) => part !== undefined);
  const place = where.length === 0 ? '' : ` (${where.join(', ')})`;
  const hint = error.hint === null ? '' : `\n  ${error.hint}`;
  return `${error.message}${place}${hint}`;
}
