/**
 * YAML from strangers, read as text only. Every scalar stays the text its author wrote (failsafe schema: `1e10`, `2021-11-12`, `no`
 * are strings), nothing is constructed, nothing is merged, nothing is repeated without bound.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { type ErrorCode, SpoorError } from '../ledger/index.ts';

/** Bounds of one document. */
export interface YamlLimits {
  /** UTF-8 bytes. The parser takes about two seconds for the 4 MB of the largest public pack; time grows with size. */
  readonly maxBytes: number;
  /** Aliases (`*name`) in the whole document, and how far one may multiply: see `maxAliasCount` of the yaml package. */
  readonly maxAliases: number;
  /** Levels of lists and maps; a tag pack needs 4. */
  readonly maxDepth: number;
}

/** What a document may hold unless the caller says otherwise: 16 MiB, 100 aliases, 20 levels. */
export const YAML_LIMITS: YamlLimits = { maxBytes: 16 * 1024 * 1024, maxAliases: 100, maxDepth: 20 };

/** A value of the failsafe schema; an empty plain scalar, `~` and `null` are null. */
export type YamlValue = string | null | readonly YamlValue[] | { readonly [key: string]: YamlValue };

/** One document and where its parts stand in the text. */
export interface YamlText {
  readonly value: YamlValue;
  /** Line (from 1) of the node at a path such as `['tags', 3]`; null when there is none. */
  lineOf(path: readonly (string | number)[]): number | null;
}

const PLAIN_TAGS = new Set(['tag:yaml.org,2002:str', 'tag:yaml.org,2002:seq', 'tag:yaml.org,2002:map']);
const NULL_TEXT = new Set(['', '~', 'null', 'Null', 'NULL']);

interface Walk {
  readonly file: string;
  readonly code: ErrorCode;
  readonly limits: YamlLimits;
  readonly lines: LineCounter;
  aliases: number;
}

function refuse(walk: Pick<Walk, 'file' | 'code' | 'lines'>, offset: number, message: string): never {
  const { line, col } = walk.lines.linePos(offset);
  throw new SpoorError(walk.code, message, { file: walk.file, record: `line ${line}, column ${col}` });
}

function checkTag(node: ParsedNode, walk: Walk): void {
  if (isAlias(node) || node.tag === undefined || PLAIN_TAGS.has(node.tag)) return;
  refuse(walk, node.range[0], `YAML tag ${node.tag.slice(0, 60)} is refused: text, lists and maps only`);
}

function checkKeys(node: YAMLMap.Parsed, walk: Walk): void {
  const seen = new Set<string>();
  for (const { key } of node.items) {
    if (!isScalar(key) || typeof key.value !== 'string') {
      refuse(walk, key?.range[0] ?? node.range[0], 'the name of a field must be plain text');
    }
    checkTag(key, walk);
    const name = key.value;
    if (name === '<<') refuse(walk, key.range[0], 'merge keys (<<) are not read: write the fields out');
    if (seen.has(name)) refuse(walk, key.range[0], `field ${name} is given twice in one place`);
    seen.add(name);
  }
}

/** Checks tags, aliases, depth and field names of every node, and marks nulls. Recursion is bounded by `maxDepth`. */
function checkNode(node: ParsedNode | null, depth: number, walk: Walk): void {
  if (node === null) return;
  const at = node.range[0];
  if (depth > walk.limits.maxDepth) refuse(walk, at, `nested deeper than ${walk.limits.maxDepth} levels`);
  if (isAlias(node)) {
    walk.aliases += 1;
    if (walk.aliases > walk.limits.maxAliases) refuse(walk, at, `more than ${walk.limits.maxAliases} YAML aliases`);
    return;
  }
  checkTag(node, walk);
  if (isMap(node)) {
    checkKeys(node, walk);
    for (const pair of node.items) checkNode(pair.value, depth + 1, walk);
  } else if (isSeq(node)) {
    for (const item of node.items) checkNode(item, depth + 1, walk);
  } else if (node.type === 'PLAIN' && typeof node.value === 'string' && NULL_TEXT.has(node.value)) {
    node.value = null;
  }
}

function toValue(document: Document.Parsed, walk: Walk): YamlValue {
  try {
    // The package counts the anchor itself as one use.
    return document.toJS({ maxAliasCount: walk.limits.maxAliases + 1 });
  } catch (error) {
    // The yaml package reports an alias without anchor, and one that multiplies too far, by ReferenceError at this point only.
    if (!(error instanceof ReferenceError)) throw error;
    throw new SpoorError(walk.code, `YAML alias refused: ${error.message}`, { file: walk.file });
  }
}

/**
 * Reads one YAML document. Throws TOO_LARGE above `maxBytes`; `code` (TAGPACK_INVALID) with line and column for broken YAML, more than one
 * document, a tag other than str, seq and map, a repeated field, a merge key, and whatever passes the limits.
 */
export function readYaml(
  text: string,
  file: string,
  limits: YamlLimits = YAML_LIMITS,
  code: ErrorCode = 'TAGPACK_INVALID',
): YamlText {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > limits.maxBytes) {
    throw new SpoorError('TOO_LARGE', `${bytes} bytes of YAML, the limit is ${limits.maxBytes}`, { file });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    merge: false,
    resolveKnownTags: false,
    // The package compares each key with all others of its map: quadratic. `checkKeys` does it in one pass.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  });
  const walk: Walk = { file, code, limits, lines, aliases: 0 };
  const broken = document.errors.at(0);
  if (broken?.code === 'MULTIPLE_DOCS') refuse(walk, broken.pos[0], 'more than one YAML document in one file');
  if (broken !== undefined) refuse(walk, broken.pos[0], `broken YAML: ${broken.message}`);
  checkNode(document.contents, 0, walk);
  const value = toValue(document, walk);
  const lineOf = (path: readonly (string | number)[]): number | null => {
    const node = document.getIn(path, true);
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : null;
    return range ? lines.linePos(range[0]).line : null;
  };
  return { value, lineOf };
}
