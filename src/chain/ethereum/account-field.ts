/** Fields of facts of account chains: accounts, hashes, numbers in hex or decimal, amounts that never pass through a float. */
import { Buffer } from 'node:buffer';
import { type Account, type AccountHash, type Asset, accountHash, asset, baseUnits } from '../../ledger/index.ts';
import { describe, Field, INDEX_MAX, located } from '../file/field.ts';
import { DecimalText } from '../file/json.ts';
import { checkAccount } from './checksum.ts';

const WHOLE = /^(0|[1-9]\d*)$/;
const HEX = /^0x[0-9a-fA-F]*$/;

/** Absent, null or an empty text: how sources write "none". */
export function isBlank(field: Field): boolean {
  return field.isNone || field.value === '';
}

/** `read(field)`, or null where the field is blank. */
export function unlessBlank<T>(field: Field, read: (field: Field) => T): T | null {
  return isBlank(field) ? null : read(field);
}

/** Account; throws MALFORMED naming the character that is wrong. */
export function accountField(field: Field): Account {
  return located(field, () => checkAccount(field.text()));
}

/** Contract of a token; throws MALFORMED. */
export function contractField(field: Field): Asset {
  return asset(accountField(field));
}

/** Hash of a transaction or block; throws MALFORMED. */
export function hashField(field: Field): AccountHash {
  return located(field, () => accountHash(field.text()));
}

/** Text of a whole number, whether written as number, decimal text or hex text. */
function digitsOf(field: Field): string {
  const { value } = field;
  if (typeof value === 'number') return String(value);
  if (value instanceof DecimalText) return value.text;
  if (typeof value === 'string') return value;
  throw field.error(`expected a whole number, found ${describe(value)}`);
}

/** Amount in base units: a number, decimal digits or hex, below 2^256; throws MALFORMED for anything else (a fraction, an exponent, a sign). */
export function amountField(field: Field): bigint {
  const digits = digitsOf(field);
  return located(field, () => baseUnits(digits));
}

/** Whole number from 0 to `most`, as number, decimal digits or hex; throws MALFORMED. */
export function wholeField(field: Field, most: number = INDEX_MAX): number {
  const digits = digitsOf(field);
  if (!WHOLE.test(digits) && !(HEX.test(digits) && digits.length > 2)) {
    throw field.error(`expected a whole number, found ${describe(field.value)}`);
  }
  const value = BigInt(digits);
  if (value > BigInt(most)) throw field.error(`${digits.slice(0, 40)} is above ${most}`);
  return Number(value);
}

/** Nonces and times may pass 32 bits. */
export function bigWholeField(field: Field): number {
  return wholeField(field, Number.MAX_SAFE_INTEGER);
}

/** Bytes as `0x` and lower-case hex, whole bytes; throws MALFORMED. */
export function bytesField(field: Field): string {
  const text = field.text();
  if (!HEX.test(text) || text.length % 2 !== 0) {
    throw field.error(`expected bytes as 0x and an even number of hex digits, found ${describe(field.value)}`);
  }
  return text.toLowerCase();
}

/** First four bytes of the input of a transaction, or null where it has fewer. */
export function methodIdOf(input: string): string | null {
  return input.length >= 10 ? input.slice(0, 10) : null;
}

/** A word of 32 bytes (`0x` and 64 digits) as the account in its last 20 bytes; null where the first 12 are not zero. */
export function accountOfWord(field: Field, word: string): Account | null {
  if (!/^0x0{24}/.test(word)) return null;
  return located(field, () => checkAccount(`0x${word.slice(26)}`));
}

/** Field over a value that was derived from another one, at its place. */
export function derived(field: Field, value: string): Field {
  return new Field(value, field.path, field.place);
}

/** The text of bytes of an ABI string or of a padded bytes32 (how old tokens wrote their symbol); null where it is neither. */
export function textOfAbi(hex: string): string | null {
  const bytes = Buffer.from(hex.slice(2), 'hex');
  const isString =
    bytes.length >= 64 && bytes.readUInt32BE(28) === 32 && bytes.subarray(0, 28).every((byte) => byte === 0);
  const content = isString ? bytes.subarray(64, 64 + bytes.readUInt32BE(60)) : bytes.length === 32 ? bytes : null;
  if (content === null) return null;
  const text = content.toString('utf8').replace(/\0+$/, '');
  return text.includes('\ufffd') ? null : text;
}

const DATE = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:?00| UTC)?$/;

/** Seconds since epoch: a whole number of them, or a date and time in UTC. Throws MALFORMED; a time of another zone is refused, not guessed. */
export function timeField(field: Field): number {
  const match = DATE.exec(field.text());
  if (match === null) return bigWholeField(field);
  const timeMs = Date.parse(`${match[1]}T${match[2]}Z`);
  if (Number.isNaN(timeMs)) throw field.error(`"${field.text()}" is no date and time`);
  return timeMs / 1000;
}
