/** Text from strangers: what may stand in a field, and what is not seen but changes what is seen. */
import { SpoorError } from '../ledger/index.ts';

// Control characters could rewrite a terminal or split a line of a report. Line feed and tab are allowed in longer texts only.
// Half of a pair of UTF-16 (Cs) is no character: the case could not keep it, and would hold another tag than its pack.
const CONTROL = /[\p{Cc}\p{Cs}]/u;
const CONTROL_IN_PROSE = /(?![\n\t])[\p{Cc}\p{Cs}]/u;
/** Characters that are not seen but change what is seen: zero width, and the ones that turn the direction of writing. */
export const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

/** An error about one field; the place of the record is added on the way out. */
export function fieldError(field: string, message: string): SpoorError {
  return new SpoorError('TAGPACK_INVALID', message, { field });
}

// Most fields are this: nothing to strip and nothing to look for.
const PLAIN_ASCII = /^[!-~](?:[ -~]*[!-~])?$/;

/** Text of a field without surrounding blanks; null when nothing is left. `prose` may have lines. Throws TAGPACK_INVALID naming the character. */
export function cleanText(field: string, value: string, prose = false): string | null {
  if (PLAIN_ASCII.test(value)) return value;
  const bad = (prose ? CONTROL_IN_PROSE : CONTROL).exec(value);
  if (bad !== null) {
    const point = (bad[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const what = point.startsWith('D') ? 'half a character' : 'a control character';
    throw fieldError(field, `${field} holds ${what} (U+${point}) at character ${bad.index + 1}`);
  }
  const trimmed = value.trim();
  return trimmed === '' ? null : trimmed;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ]+\d{1,2}:\d{2}.*)?$/;

const DAYS_OF_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days of a month (from 1) in the Gregorian calendar, which days of ISO 8601 are of. */
function daysOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && isLeap ? 29 : DAYS_OF_MONTHS[month - 1];
}

/** Day as `YYYY-MM-DD`, a real one. A time of day after it is allowed and not kept: days are the finest grain sources of tags agree on. */
export function dayOf(field: string, text: string): string {
  const match = DAY.exec(text);
  if (match !== null) {
    const [year, month, dayOfMonth] = [Number(match[1]), Number(match[2]), Number(match[3])];
    if (month >= 1 && month <= 12 && dayOfMonth >= 1 && dayOfMonth <= daysOf(year, month)) return text.slice(0, 10);
  }
  throw fieldError(field, `${field} must be a day such as 2017-08-03, not "${text.slice(0, 60)}"`);
}
