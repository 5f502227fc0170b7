/** Reading single fields of a tag: text, yes or no, lists, days. Each error names the field. */
import { addressSubject, type Codecs, transactionSubject } from './subject-of.ts';
import type { TagSubject } from './tag.ts';
import { cleanText, dayOf, fieldError } from './text.ts';
import type { YamlValue } from './yaml.ts';

/** Field names to values, after inheritance. */
export type Fields = { readonly [key: string]: YamlValue };

const PROSE_FIELDS: ReadonlySet<string> = new Set(['context', 'description']);

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
  return cleanText(field, value, PROSE_FIELDS.has(field));
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
  return text === null ? null : dayOf(field, text);
}

/** The one subject of a tag: `address` or `tx_hash`, not both, not neither. `badCase` is called for a wrong EIP-55 checksum. */
export function subject(fields: Fields, network: string, codecs: Codecs, badCase: () => void): TagSubject {
  const address = optionalText(fields, 'address');
  const hash = optionalText(fields, 'tx_hash');
  if (address !== null && hash !== null) {
    throw fieldError('tx_hash', 'a tag is about an address or about a transaction (tx_hash), not both');
  }
  if (address !== null) return addressSubject(network, address, codecs, badCase);
  if (hash === null) throw fieldError('address', 'a tag needs a subject: address or tx_hash');
  return transactionSubject(network, hash);
}
