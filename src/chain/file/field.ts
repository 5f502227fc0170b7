/**
 * A cursor over parsed JSON that knows where it stands, so that every complaint names file, record and field
 * (`txs[3].out[1].value`). Foreign field names live in the adapters that use it and go no further.
 */
import { type ErrorPlace, locate, SpoorError } from '../../ledger/index.ts';
import { DecimalText, type Json } from './json.ts';

/** Largest value of the 32-bit fields of the wire (sequence, lock time, time). */
export const UINT32_MAX = 0xffff_ffff;
/** Heights and positions: far above any chain, far below any number that is not one. */
export const INDEX_MAX = 0x7fff_ffff;
type JsonObject = { [key: string]: Json };

function objectOrNull(value: Json | undefined): JsonObject | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof DecimalText) return null;
  return value;
}

/** A value in words, for messages. */
export function describe(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value instanceof DecimalText) return `the number ${value.text.slice(0, 40)}`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `the text "${value.slice(0, 40)}"` : `${typeof value} ${String(value)}`;
}

/** One value with its path. `value` is undefined where the key is absent; asking it for content then throws MALFORMED. */
export class Field {
  readonly value: Json | undefined;
  readonly path: string;
  readonly place: ErrorPlace;

  constructor(value: Json | undefined, path: string, place: ErrorPlace) {
    this.value = value;
    this.path = path;
    this.place = place;
  }

  /** Absent or null. */
  get isNone(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The same value as the start of a record: errors below it name this path as their record. */
  asRecord(): Field {
    const record = this.path === '' ? (this.place.record ?? 'whole file') : this.path;
    return new Field(this.value, this.path, { ...this.place, record });
  }

  /** A MALFORMED error here. */
  error(message: string, hint: string | null = null): SpoorError {
    return new SpoorError('MALFORMED', message, this.placeOfField(), hint);
  }

  /** File, record and field, for an error of another code. */
  placeOfField(): ErrorPlace {
    return this.path === '' ? this.place : { ...this.place, field: this.path };
  }

  private wanted(what: string): SpoorError {
    const missing = this.value === undefined;
    return this.error(missing ? `missing: expected ${what}` : `expected ${what}, found ${describe(this.value)}`);
  }

  /** Whether this is an object (a list is none). */
  get isObject(): boolean {
    return objectOrNull(this.value) !== null;
  }

  /** Keys of an object; none for anything else. */
  keys(): string[] {
    return Object.keys(objectOrNull(this.value) ?? {});
  }

  /** Whether this is a list. */
  get isList(): boolean {
    return Array.isArray(this.value);
  }

  /** Member of an object; throws MALFORMED when this is no object. An absent key gives an empty field, not an error. */
  at(key: string): Field {
    const object = objectOrNull(this.value);
    if (object === null) throw this.wanted('an object');
    const member = Object.hasOwn(object, key) ? object[key] : undefined;
    return new Field(member, this.path === '' ? key : `${this.path}.${key}`, this.place);
  }

  /** Whether this is an object with that key, its value null or not. */
  has(key: string): boolean {
    return Object.hasOwn(objectOrNull(this.value) ?? {}, key);
  }

  /** Items of a list; throws MALFORMED when this is none. */
  items(): Field[] {
    if (!Array.isArray(this.value)) throw this.wanted('a list');
    return this.value.map((item, index) => new Field(item, `${this.path}[${index}]`, this.place));
  }

  /** Text; throws MALFORMED when this is none. */
  text(): string {
    if (typeof this.value !== 'string') throw this.wanted('a text');
    return this.value;
  }

  /** Truth value; throws MALFORMED when this is none. */
  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.wanted('true or false');
    return this.value;
  }

  /** Whole number from `minimum` to `maximum`; throws MALFORMED. */
  whole(maximum: number, minimum = 0): number {
    const value = this.value;
    if (typeof value !== 'number') throw this.wanted('a whole number');
    if (value < minimum || value > maximum) throw this.wanted(`a whole number from ${minimum} to ${maximum}`);
    return value;
  }
}

/** `read(field)`, or null where the field is absent or null. */
export function orNull<T>(field: Field, read: (field: Field) => T): T | null {
  return field.isNone ? null : read(field);
}

/** Runs `work`; errors that leave it name this field, and argument codes become MALFORMED. */
export function located<T>(field: Field, work: () => T): T {
  return locate(field.placeOfField(), work, 'MALFORMED');
}

/** Bytes as hex, lower case. Throws MALFORMED naming the character. */
export function hexField(field: Field): string {
  const text = field.text().toLowerCase();
  const wrong = text.search(/[^0-9a-f]/);
  if (wrong >= 0) throw field.error(`character ${wrong + 1} ("${text[wrong]}") is not a hex digit`);
  if (text.length % 2 !== 0) throw field.error(`${text.length} hex digits do not make whole bytes`);
  return text;
}

/** Whole number, or decimal digits in a text. */
export function wholeTextField(field: Field, maximum: number): number {
  const value = field.value;
  if (typeof value !== 'string' || !/^(0|[1-9]\d{0,14})$/.test(value)) return field.whole(maximum);
  return new Field(Number(value), field.path, field.place).whole(maximum);
}

/** Time of day in UTC as tables print it (`2009-01-12 03:30:25`), in seconds since epoch. Throws MALFORMED for a day or hour that is none. */
export function utcField(field: Field): number {
  const text = field.text();
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)$/.exec(text);
  const timeMs = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  // Some engines read the 31st of a short month as a day of the next one: what is printed again must be what was read.
  if (match === null || Number.isNaN(timeMs) || !new Date(timeMs).toISOString().startsWith(`${match[1]}T${match[2]}`)) {
    throw field.error(`"${text.slice(0, 40)}" is no date and time of the form 2009-01-12 03:30:25`);
  }
  return new Field(timeMs / 1000, field.path, field.place).whole(UINT32_MAX);
}

/** Number of 32 bits: a time, a sequence number. */
export function uint32Field(field: Field): number {
  return field.whole(UINT32_MAX);
}

/** Height, position, count. */
export function indexField(field: Field): number {
  return field.whole(INDEX_MAX);
}
