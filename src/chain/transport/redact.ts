/**
 * Secrets, and the one place that keeps them out of everything that is written or printed. A secret is a value of its own type that joins a question
 * last, when it leaves; whatever comes back (bodies, headers, errors) passes the redactor first, because servers echo what they are sent.
 */
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { SpoorError } from '../../ledger/index.ts';

/** Where a secret travels: a header, a query parameter, the place of `{key}` in the path of the base address, or `user:password` to the proxy. */
export type SecretPlace = 'header' | 'query' | 'path' | 'proxy';

/** What stands where a secret stood. */
export const REDACTED = '[secret]';

/** Shorter texts occur by chance in honest answers, and striking them out would change facts. */
const MIN_SECRET_LENGTH = 8;

/** A secret with its place. It prints as `[secret]`; only the wire calls `reveal`. */
export class Secret {
  readonly place: SecretPlace;
  /** Name of the header or parameter; empty for a path token. */
  readonly name: string;
  readonly #value: string;

  /** Throws USAGE for a value too short to be struck out safely, or one that would break out of a header. */
  constructor(place: SecretPlace, name: string, value: string) {
    if (value.length < MIN_SECRET_LENGTH) {
      throw new SpoorError(
        'USAGE',
        `the key is shorter than ${MIN_SECRET_LENGTH} characters, too short to be told from ordinary text and kept out of records`,
      );
    }
    if (!/^[\x20-\x7e]+$/.test(value))
      throw new SpoorError('USAGE', 'the key holds a character that no header carries');
    if (place === 'header' && !/^[\w!#$%&'*+.^`|~-]+$/.test(name))
      throw new SpoorError('USAGE', 'the name of the key header is not the name of a header');
    this.place = place;
    this.name = name;
    this.#value = value;
  }

  /** The value, for the question that leaves. */
  reveal(): string {
    return this.#value;
  }

  /** The same secret always gives the same digest; for names in memory. */
  digest(): string {
    return createHash('sha256').update(this.#value).digest('hex');
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

const SCHEMES: ReadonlySet<string> = new Set(['basic', 'bearer', 'token', 'apikey']);

/** The texts of a secret that must not come back: itself, or the token after its scheme and the password that a Basic token hides. */
function partsOf(secret: Secret): string[] {
  const value = secret.reveal();
  if (secret.place === 'proxy') return longEnough([value, afterColon(value)]);
  const [scheme, token] = value.split(' ', 2);
  if (token === undefined || !SCHEMES.has(scheme.toLowerCase())) return [value];
  const decoded = scheme.toLowerCase() === 'basic' ? Buffer.from(token, 'base64').toString('utf8') : '';
  return longEnough([token, afterColon(decoded)]);
}

function longEnough(texts: string[]): string[] {
  return texts.filter((text) => text.length >= MIN_SECRET_LENGTH);
}

/** The password of `user:password`. */
function afterColon(text: string): string {
  return text.slice(text.indexOf(':') + 1);
}

/** Base64 of a text that stands anywhere in a longer one: the characters that depend on it alone, for each of the three alignments. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const inner = text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** The forms under which a value comes back: plain, percent-encoded, form-encoded, as JSON text, as HTML text, hex, base64. */
function formsOf(value: string): string[] {
  const percent = encodeURIComponent(value);
  const hex = Buffer.from(value).toString('hex');
  const html = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
  return [
    value,
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams({ v: value }).toString().slice(2),
    encodeURI(value),
    JSON.stringify(value).slice(1, -1),
    html,
    hex,
    hex.toUpperCase(),
    ...base64Forms(value),
  ];
}

/** The spellings of a value: host names lose their capitals, and environment-like echoes gain them. */
function spellingsOf(value: string): string[] {
  return [value, value.toLowerCase(), value.toUpperCase()];
}

/** Strikes known secrets out of text, bytes and errors. */
export class Redactor {
  private readonly known = new Set<string>();
  private forms: Array<{ text: string; bytes: Buffer }> = [];

  /** Remembers secrets; one once known is struck out for ever, also when another has replaced it. */
  learn(secrets: readonly Secret[]): void {
    const before = this.known.size;
    for (const value of secrets.flatMap(partsOf)) this.known.add(value);
    if (this.known.size === before) return;
    const texts = new Set([...this.known].flatMap(spellingsOf).flatMap(formsOf));
    // Longest first, so that no form is cut by a shorter one inside it.
    this.forms = [...texts]
      .sort((a, b) => b.length - a.length)
      .map((text) => ({ text, bytes: Buffer.from(text, 'utf8') }));
  }

  /** Text without secrets. */
  text(text: string): string {
    return this.forms.reduce((left, form) => left.replaceAll(form.text, REDACTED), text);
  }

  /** Bytes without secrets; `scrubbed` says whether there were any. */
  bytes(bytes: Buffer): { bytes: Buffer; scrubbed: boolean } {
    let left = bytes;
    for (const form of this.forms) left = without(left, form.bytes);
    return { bytes: left, scrubbed: left !== bytes };
  }

  /** The error without secrets in anything that is printed of it. */
  error(error: unknown): Error {
    if (error instanceof SpoorError) {
      const place = Object.fromEntries(Object.entries(error.place).map(([name, text]) => [name, this.text(text)]));
      return new SpoorError(error.code, this.text(error.message), place, error.hint && this.text(error.hint));
    }
    const clean = new Error(this.text(error instanceof Error ? error.message : String(error)));
    clean.stack = this.text((error instanceof Error && error.stack) || '');
    return clean;
  }
}

function without(bytes: Buffer, form: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, from)) {
    parts.push(bytes.subarray(from, at), Buffer.from(REDACTED));
    from = at + form.length;
  }
  return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(from)]);
}
