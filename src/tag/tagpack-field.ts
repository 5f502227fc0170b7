/** Reading single fields of a tag: text, yes or no, lists, days. Each error names the field. */
import { locate, SpoorError, txid } from '../ledger/index.ts';
import type { TagSubject } from './tag.ts';
import type { CheckAddress } from './tagpack.ts';
import type { YamlValue } from './yaml.ts';

/** Field names to values, after inheritance. */
export type Fields = { readonly [key: string]: YamlValue };

// Control characters could rewrite a terminal or split a line of a report. Line feed and tab are allowed in longer texts only.
const CONTROL = /\p{Cc}/u;
const CONTROL_IN_PROSE = /(?![\n\t])\p{Cc}/u;
const PROSE_FIELDS: ReadonlySet<string> = new Set(['context', 'description']);
/** Characters that are not seen but change what is seen: zero width, and the ones that turn the direction of writing. */
export const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

/** An error about one field; the place of the record is added on the way out. */
export function fieldError(field: string, message: string): SpoorError {
  return new SpoorError('TAGPACK_INVALID', message, { field });
}

function shown(value: YamlValue): string {
  if (typeof value === 'string') return `"${value.slice(0, 60)}"`;
  if (value === null) return 'nothing';
  return Array.isArray(value) ? 'a list' : 'a map';
}

/** Text of a field without surrounding blanks; null when it is missing, empty or null. */
export function optionalText(fields: Fields, field: string): string | null {
  const value = fields[field] ?? null;
  if (value === null) return null;
  if (typeof value !== 'string') throw fieldError(field, `${field} must be text, not ${shown(value)}`);
  const bad = (PROSE_FIELDS.has(field) ? CONTROL_IN_PROSE : CONTROL).exec(value);
  if (bad !== null) {
    const point = (bad[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw fieldError(field, `${field} holds a control character (U+${point}) at character ${bad.index + 1}`);
  }
  const trimmed = value.trim();
  return trimmed === '' ? null : trimmed;
}

/** Text of a field that must be there. */
export function mandatoryText(fields: Fields, field: string, noun: string): string {
  const text = optionalText(fields, field);
  if (text === null) throw fieldError(field, `${noun} has no ${field}; write it there or in the header of the pack`);
  return text;
}

/** `true` or `false` in any of the three spellings of YAML; missing is false. */
export function yesNo(fields: Fields, field: string): boolean {
  const text = optionalText(fields, field);
  if (text === null || /^(false|False|FALSE)$/.test(text)) return false;
  if (/^(true|True|TRUE)$/.test(text)) return true;
  throw fieldError(field, `${field} must be true or false, not "${text.slice(0, 60)}"`);
}

/** A list of texts; missing is empty, order is kept, repeats are dropped. */
export function textList(fields: Fields, field: string): string[] {
  const value = fields[field] ?? null;
  if (value === null) return [];
  if (!Array.isArray(value)) throw fieldError(field, `${field} must be a list, not ${shown(value)}`);
  const items: readonly YamlValue[] = value;
  const texts = items.map((item, place) => mandatoryText({ [field]: item }, field, `item ${place + 1}`));
  return [...new Set(texts)];
}

/** Day as `YYYY-MM-DD`. A time of day after it is allowed and not kept: days are the finest grain packs agree on. */
export function day(fields: Fields, field: string): string | null {
  const text = optionalText(fields, field);
  if (text === null) return null;
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ]+\d{1,2}:\d{2}.*)?$/.exec(text);
  if (match !== null) {
    const written = text.slice(0, 10);
    const date = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
    if (date.toISOString().slice(0, 10) === written) return written;
  }
  throw fieldError(field, `${field} must be a day such as 2017-08-03, not "${text.slice(0, 60)}"`);
}

/** The one subject of a tag: `address` or `tx_hash`, not both, not neither. */
export function subject(fields: Fields, checkAddress: CheckAddress): TagSubject {
  const address = optionalText(fields, 'address');
  const hash = optionalText(fields, 'tx_hash');
  if (address !== null && hash !== null) {
    throw fieldError('tx_hash', 'a tag is about an address or about a transaction (tx_hash), not both');
  }
  if (address !== null) {
    const checked = locate({ field: 'address' }, () => checkAddress(address), 'TAGPACK_INVALID');
    return { kind: 'address', address: checked };
  }
  if (hash === null) throw fieldError('address', 'a tag needs a subject: address or tx_hash');
  return { kind: 'transaction', txid: locate({ field: 'tx_hash' }, () => txid(hash), 'TAGPACK_INVALID') };
}
