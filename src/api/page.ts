/** Pages of a list: a cursor says where the next begins, for the same question only, and means nothing to a client. */
import { createHash } from 'node:crypto';
import Type from 'typebox';
import { SpoorError } from '../ledger/index.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const CURSOR_FORM = /^([0-9]{1,15})\.([0-9a-f]{8})$/;

/** Query members of every list. */
export const PAGE_QUERY = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$', description: '`next` of the page before' }),
  ),
};

/** Members every list answers with. */
export const PAGE_ANSWER = {
  next: Type.Union([Type.String(), Type.Null()], { description: 'cursor of the next page; null at the end' }),
};

/** Where a page begins and how long it is. Throws USAGE for a cursor of another question. */
export function pageOf(
  query: { limit?: number; cursor?: string },
  question: unknown,
): { after: number; limit: number } {
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (query.cursor === undefined) return { after: 0, limit };
  const [, after, mark] = CURSOR_FORM.exec(Buffer.from(query.cursor, 'base64url').toString('latin1')) ?? [];
  if (after === undefined || mark !== markOf(question))
    throw new SpoorError('USAGE', 'this cursor is not of this list', { field: 'cursor' }, 'begin without a cursor');
  return { after: Number(after), limit };
}

/** The cursor of a place in a list. */
export function cursorOf(next: number | null, question: unknown): string | null {
  return next === null ? null : Buffer.from(`${next}.${markOf(question)}`, 'latin1').toString('base64url');
}

function markOf(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 8);
}
