/**
 * Claim:      reads the plain block style in which large packs are written (one field a line, lists and maps by indentation alone) to the value that the
 *             full reader of yaml.ts gives, or leaves the text to it.
 * Source:     YAML 1.2 chapters 7 and 8, cut down to what is the same whichever way it is read: everything doubtful is not plain.
 * Parameters: none.
 * Cost:       one pass over the lines; about thirty times as fast as the full reader.
 * Fails when: never by itself; test/tag/yaml-plain.test.ts compares both readers over the public packs and over mutated text.
 */
import { readYaml, YAML_LIMITS, type YamlLimits, type YamlText, type YamlValue } from './yaml.ts';

/** A plain text read: its fields, and for each list of the header the lines (from 1) on which its items begin. */
export interface PlainYaml {
  readonly value: { readonly [key: string]: YamlValue };
  readonly itemLines: ReadonlyMap<string, readonly number[]>;
}

// Printable characters of YAML without tab, carriage return, byte order mark and the line separators of Unicode.
const NOT_PLAIN_TEXT = /[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
const FIELD = /^([A-Za-z_](?:[A-Za-z0-9_ ]{0,99}[A-Za-z0-9_])?):(?: +(.+))?$/;
/** What may stand before the first field, and on how many lines: which version is named changes nothing of what is read here. */
const HEADS = [
  { text: '%YAML 1.1\n---\n', lines: 2 },
  { text: '---\n', lines: 1 },
] as const;
// May stand for something else than text at the start of a scalar.
const INDICATOR = /^[-?:,[\]{}#&*!|>'"%@`=<~]/;
const COMMENT = /^ *#/;
const NULLS = new Set(['null', 'Null', 'NULL']);
/** Maps and lists below one another that are read here; deeper ones are left to the full reader and its limit. */
const DEEPEST = 6;
const BLANK = 0x20;

/** Text without the blanks at its end; a pattern such as / +$/ would look at every blank of a long run anew. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === BLANK) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

/** Whether a line inside single quotes holds the one that closes them: one that stands in no pair. */
function closes(line: string): boolean {
  return line.includes("'") && line.replaceAll("''", '').includes("'");
}

/** Text between single quotes, in which a quote is written twice. */
function singleQuoted(text: string): string | undefined {
  const inner = text.slice(1, -1);
  if (text.length < 2 || !text.endsWith("'")) return undefined;
  if (!inner.includes("'")) return inner;
  return inner.replaceAll("''", '').includes("'") ? undefined : inner.replaceAll("''", "'");
}

// Everything but a quote, with the escapes that mean the same in JSON; the others of YAML are rare.
const DOUBLE_QUOTED = /^"[^"\\]*(?:\\(?:["\\nt]|u[0-9A-Fa-f]{4})[^"\\]*)*"$/;

/** A value on one line; undefined when it is not plain. */
function scalarOf(text: string): YamlValue | undefined {
  const first = text.charAt(0);
  if (first === '' || first === ' ') return undefined;
  if (first === "'") return singleQuoted(text);
  if (first === '"') return DOUBLE_QUOTED.test(text) ? (JSON.parse(text) as string) : undefined;
  if (text === '[]') return [];
  if (text === '{}') return {};
  const plain = withoutEnd(text);
  if (INDICATOR.test(first) || plain.endsWith(':') || text.includes(': ') || text.includes(' #')) return undefined;
  return NULLS.has(plain) ? null : plain;
}

/** Reads values from the line `at` on; each method leaves `at` behind what it read, or says undefined: not plain. */
class PlainReader {
  readonly itemLines = new Map<string, number[]>();
  at = 0;
  private readonly lines: readonly string[];
  /** Number of each line in the text, from 1. */
  private readonly numbers: readonly number[];
  private opened: number[] = [];

  constructor(lines: readonly string[], numbers: readonly number[]) {
    this.lines = lines;
    this.numbers = numbers;
  }

  /** Blanks before the text of the line; -1 behind the last line. */
  private indent(): number {
    if (this.at >= this.lines.length) return -1;
    const line = this.lines[this.at];
    let blanks = 0;
    while (line.charCodeAt(blanks) === BLANK) blanks += 1;
    return blanks;
  }

  private isItem(column: number): boolean {
    return this.at < this.lines.length && this.lines[this.at].startsWith('- ', column);
  }

  /**
   * The value of a field or item at a column, whose text begins on the line before `at`: on that line, or in single quotes folded over the lines below,
   * each of which stands further in and is joined by one blank.
   */
  private scalar(text: string, column: number): YamlValue | undefined {
    if (!text.startsWith("'") || closes(text.slice(1))) return scalarOf(text);
    const folded = [withoutEnd(text)];
    let line = '';
    do {
      // A line between two of them is empty, which stands for a line break, or begins with #, which is no comment here: both are not plain.
      const blanks = this.indent();
      if (blanks <= column || this.numbers[this.at] !== this.numbers[this.at - 1] + 1) return undefined;
      line = withoutEnd(this.lines[this.at].slice(blanks));
      if (line === '') return undefined;
      folded.push(line);
      this.at += 1;
    } while (!closes(line));
    return singleQuoted(folded.join(' '));
  }

  /** The map whose first field stands at a column of the line. */
  map(column: number, depth: number): { [key: string]: YamlValue } | undefined {
    if (depth > DEEPEST) return undefined;
    const found: { [key: string]: YamlValue } = {};
    do {
      const field = FIELD.exec(this.lines[this.at].slice(column));
      if (field === null) return undefined;
      const [, name, text] = field;
      if (name === '__proto__' || NULLS.has(name) || Object.hasOwn(found, name)) return undefined;
      this.at += 1;
      if (depth === 0) this.opened = [];
      const value = text === undefined ? this.below(column, depth + 1) : this.scalar(text, column);
      if (value === undefined) return undefined;
      if (depth === 0) this.itemLines.set(name, this.opened);
      found[name] = value;
    } while (this.indent() === column && !this.isItem(column));
    return this.indent() >= column ? undefined : found;
  }

  /** The list or map that stands below a field: a list may stand at the column of its field, a map further in. */
  private below(column: number, depth: number): YamlValue | undefined {
    const own = this.indent();
    if (own < column) return undefined;
    if (this.isItem(own)) return this.list(own, depth);
    return own === column ? undefined : this.map(own, depth);
  }

  private list(column: number, depth: number): YamlValue[] | undefined {
    const items: YamlValue[] = [];
    do {
      if (depth === 1) this.opened.push(this.numbers[this.at]);
      const own = this.lines[this.at].slice(column + 2);
      const isMap = FIELD.test(own);
      if (!isMap) this.at += 1;
      const item = isMap ? this.map(column + 2, depth + 1) : this.scalar(own, column);
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.indent() === column && this.isItem(column));
    return this.indent() > column ? undefined : items;
  }
}

/** Reads a plain text; null when it is not plain. See the head of this file. */
export function readPlainYaml(text: string): PlainYaml | null {
  if (NOT_PLAIN_TEXT.test(text)) return null;
  const all = text.split('\n');
  if (all.at(-1) === '') all.pop();
  const lines: string[] = [];
  const numbers: number[] = [];
  // No text here goes on over a line, so a line that begins with # is a comment wherever it stands.
  for (let at = HEADS.find((head) => text.startsWith(head.text))?.lines ?? 0; at < all.length; at += 1) {
    if (COMMENT.test(all[at])) continue;
    lines.push(all[at]);
    numbers.push(at + 1);
  }
  if (lines.length === 0) return null;
  const reader = new PlainReader(lines, numbers);
  const value = reader.map(0, 0);
  return value === undefined || reader.at < lines.length ? null : { value, itemLines: reader.itemLines };
}

/** One document, by the fast reader where it is plain; `lineOf` then knows the items of the lists of the header. Throws as readYaml does. */
export function readPackYaml(text: string, file: string, limits: YamlLimits = YAML_LIMITS): YamlText {
  const isWithin = limits.maxDepth > DEEPEST && Buffer.byteLength(text, 'utf8') <= limits.maxBytes;
  const plain = isWithin ? readPlainYaml(text) : null;
  if (plain === null) return readYaml(text, file, limits);
  const { value, itemLines } = plain;
  return { value, lineOf: ([list, place]) => itemLines.get(String(list))?.[Number(place)] ?? null };
}
