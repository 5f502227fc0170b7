/**
 * JSON without floats: a whole number in safe range becomes a number, every other number keeps its source text. So no amount can
 * lose a satoshi between the file and the ledger, and a reader that wants integers sees at once that it did not get one.
 */
import { constants } from 'node:buffer';
import { parse } from 'lossless-json';
import { type ErrorPlace, SpoorError } from '../../ledger/index.ts';
import { MAX_JSON_DEPTH, tooDeepAt } from '../transport/depth.ts';

/** A JSON number that is not a safe integer in plain digits (`50.0`, `5.96e-05`, `9007199254740993`), as it was written. */
export class DecimalText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What {@link parseJson} yields. */
export type Json = null | boolean | number | string | DecimalText | Json[] | { [key: string]: Json };

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_N = 0x4e;

function jsonNumber(text: string): number | DecimalText {
  if (!/^(0|-?[1-9]\d{0,15})$/.test(text)) return new DecimalText(text);
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : new DecimalText(text);
}

/** 1-based line and column of a character index; `firstLine` is the number of the line the text starts on. */
function lineAndColumn(text: string, index: number, firstLine: number): { line: number; column: number } {
  let line = firstLine;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: index - lineStart + 1 };
}

function malformedAt(
  text: string,
  index: number,
  why: { message: string; file: string; firstLine: number },
): SpoorError {
  const { line, column } = lineAndColumn(text, index, why.firstLine);
  const place = { file: why.file, record: `line ${line}` };
  const hint = text.startsWith('NaN', index)
    ? 'NaN is not JSON. Dumps of WalletExplorer carry it where a value is missing: name --format walletexplorer to read it as null.'
    : null;
  return new SpoorError('MALFORMED', `wrong JSON at line ${line}, column ${column}: ${why.message}`, place, hint);
}

/** Parser messages quote the offending character, which may be a control character, and end in an offset that people cannot use. */
function parserMessage(message: string): { message: string; index: number } {
  const match = /^([\s\S]*?)(?: encountered)? at position (\d+)$/.exec(message);
  const words = (match?.[1] ?? message).slice(0, 200);
  const printable = words.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
  return { message: printable, index: Number(match?.[2] ?? 0) };
}

/**
 * Parses one JSON text. `firstLine` is the line of the file on which the text starts, `maxDepth` the nesting allowed.
 * Throws MALFORMED naming line and column; a key given twice with two values is MALFORMED too.
 */
export function parseJson(text: string, file: string, firstLine = 1, maxDepth = MAX_JSON_DEPTH): Json {
  const deep = tooDeepAt(text, maxDepth);
  if (deep >= 0) {
    throw malformedAt(text, deep, { message: `nested deeper than ${maxDepth} levels`, file, firstLine });
  }
  try {
    return parse(text, null, jsonNumber) as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { message, index } = parserMessage(error.message);
    throw malformedAt(text, index, { message, file, firstLine });
  }
}

/** Bytes to text. Throws MALFORMED when they are not UTF-8 and TOO_LARGE when one string cannot hold them. A byte order mark is dropped. */
export function textOfBytes(bytes: Uint8Array, place: ErrorPlace): string {
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new SpoorError(
      'TOO_LARGE',
      `one JSON text of ${bytes.length} bytes; at most ${constants.MAX_STRING_LENGTH} fit in memory as text`,
      place,
      'Split it, or write one JSON object a line.',
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SpoorError('MALFORMED', 'the file is not UTF-8 text', place);
  }
}

/** One line of a file of JSON lines: its 1-based number and its value. */
export interface JsonLine {
  readonly line: number;
  readonly value: Json;
}

/** Values of a file with one JSON text a line, blank lines left out; a file far above the longest string can be read this way. */
export function* jsonLines(bytes: Uint8Array, file: string, maxDepth = MAX_JSON_DEPTH): Generator<JsonLine> {
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    line += 1;
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const text = textOfBytes(bytes.subarray(start, end), { file, record: `line ${line}` });
    if (text.trim() !== '') yield { line, value: parseJson(text, file, line, maxDepth) };
    start = end + 1;
  }
}

/** Index of the quote that ends the string which opens at `open`, or the length of the text. */
function endOfString(text: string, open: number): number {
  for (let index = open + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index += 1;
    else if (code === QUOTE) return index;
  }
  return text.length;
}

/**
 * Replaces bare `NaN` outside strings by `null`. For WalletExplorer dumps only: they were written by a data-frame library that spells a
 * missing value so. A field we need then fails as missing; it never becomes a number. Linear: no pattern walks back over the text.
 */
export function nanToNull(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if (code === LETTER_N && text.startsWith('NaN', index)) {
      parts.push(text.slice(copied, index), 'null');
      copied = index + 3;
      index += 2;
    }
  }
  parts.push(text.slice(copied));
  return parts.join('');
}
