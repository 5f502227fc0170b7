/**
 * Local files of Bitcoin facts: opens, unpacks, tells the format, and hands the content to the importer of that format. Everything here is
 * synchronous and touches no network.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { locate, type Network, SpoorError } from '../../ledger/index.ts';
import { Field } from '../file/field.ts';
import { type Json, type JsonLine, jsonLines, nanToNull, parseJson, textOfBytes } from '../file/json.ts';
import {
  DEFAULT_FILE_LIMITS,
  type FileLimits,
  firstLineOfSeveral,
  joinFiles,
  readBytes,
  unpack,
} from '../file/open.ts';
import { readBitcoinCore } from './source-file-bitcoin-core.ts';
import { readBitcoinEtl } from './source-file-bitcoin-etl.ts';
import { readBlk } from './source-file-blk.ts';
import { readBlockchainInfo } from './source-file-blockchain-info.ts';
import { looksBlockchair, readBlockchair } from './source-file-blockchair.ts';
import { readCoreRest } from './source-file-core-rest.ts';
import { detectBinary, detectJson, LINE_FORMATS } from './source-file-detect.ts';
import { readEsplora } from './source-file-esplora.ts';
import { looksParquet, parquetRows } from './source-file-parquet.ts';
import type { FileFormat, ParsedRecords } from './source-file-record.ts';
import { readSpoor } from './source-file-spoor.ts';
import { readWalletExplorer } from './source-file-walletexplorer.ts';

/** How to read a file. `name` stands in for the base name in messages and results. */
export interface ReadFileOptions {
  readonly format: FileFormat | 'auto';
  readonly network: Network;
  readonly limits?: Partial<FileLimits>;
  readonly name?: string;
}

/** A file's facts, with what identifies the file. */
export interface ParsedFile extends ParsedRecords {
  name: string;
  /** SHA-256, hex, of the bytes on disk (packed, if the file is packed). */
  sha256: string;
  bodyBytes: Buffer;
  format: FileFormat;
}

/** Format of a file of JSON lines, or null where the content is one JSON text over several lines. */
function detectLines(content: Buffer, file: string): FileFormat | null {
  const line = firstLineOfSeveral(content);
  if (line === null) return null;
  let value: Json;
  try {
    value = parseJson(textOfBytes(line, { file }), file);
  } catch (error) {
    if (error instanceof SpoorError && error.code === 'MALFORMED') return null;
    throw error;
  }
  return detectJson(new Field(value, '', { file }), file);
}

function* lineFields(lines: Iterable<JsonLine>, file: string): Generator<Field> {
  for (const { line, value } of lines) yield new Field(value, '', { file, record: `line ${line}` });
}

/** The whole content as one value; plain hex without quotes (a raw block as `bitcoin-cli` prints it) is a text. */
function wholeValue(content: Buffer, file: string, format: FileFormat | 'auto'): Field {
  const text = textOfBytes(content, { file });
  const trimmed = text.trim();
  if (trimmed === '') throw new SpoorError('MALFORMED', 'the file holds nothing but blanks', { file });
  const plainHex = /^[0-9a-f]{64,}$/i.test(trimmed);
  const value = plainHex ? trimmed : parseJson(format === 'walletexplorer' ? nanToNull(text) : text, file);
  return new Field(value, '', { file });
}

function readJsonBody(format: FileFormat, body: Field, network: Network): ParsedRecords {
  switch (format) {
    case 'esplora':
      return readEsplora(body, network);
    case 'blockchain-info':
      return readBlockchainInfo(body, network);
    case 'walletexplorer':
      return readWalletExplorer(body, network);
    default:
      return readBitcoinCore(body, network);
  }
}

/** Several JSON texts, one a line, as the one list they would be: pages of one format, or single transactions. */
function listOfLines(content: Buffer, file: string): Field {
  const values: Json[] = [];
  for (const { value } of jsonLines(content, file)) {
    if (Array.isArray(value)) values.push(...value);
    else values.push(value);
  }
  return new Field(values, '', { file });
}

/** Records of a format of lines; an array of the same records is read too. */
function recordFields(content: Buffer, file: string): Iterable<Field> {
  const first = content.find((byte) => byte > 0x20);
  if (first !== OPENING_BRACKET || firstLineOfSeveral(content) !== null)
    return lineFields(jsonLines(content, file), file);
  return new Field(parseJson(textOfBytes(content, { file }), file), '', { file })
    .items()
    .map((item) => item.asRecord());
}

const OPENING_BRACKET = 0x5b;

function readContent(
  content: Buffer,
  file: string,
  options: ReadFileOptions,
): { format: FileFormat; parsed: ParsedRecords } {
  const { network } = options;
  if (content.length === 0) throw new SpoorError('MALFORMED', 'the file is empty', { file });
  if (looksParquet(content) && (options.format === 'auto' || options.format === 'bitcoin-etl')) {
    return { format: 'bitcoin-etl', parsed: readBitcoinEtl(parquetRows(content, file), network) };
  }
  if (options.format === 'blk' || (options.format === 'auto' && detectBinary(content, file) === 'blk')) {
    return { format: 'blk', parsed: readBlk(content, file, network) };
  }
  if (options.format === 'blockchair' || (options.format === 'auto' && looksBlockchair(content))) {
    return { format: 'blockchair', parsed: readBlockchair(content, file, network) };
  }
  if (options.format === 'core-rest') return { format: 'core-rest', parsed: readCoreRest(content, file, network) };
  const ofLines = detectLines(content, file);
  if (LINE_FORMATS.has(options.format === 'auto' ? (ofLines ?? 'auto') : options.format)) {
    const format = options.format === 'auto' ? ofLines : options.format;
    const fields = recordFields(content, file);
    return format === 'spoor'
      ? { format, parsed: readSpoor(fields, network) }
      : { format: 'bitcoin-etl', parsed: readBitcoinEtl(fields, network) };
  }
  const whole = ofLines === null ? wholeValue(content, file, options.format) : listOfLines(content, file);
  const format = options.format === 'auto' ? detectJson(whole, file) : options.format;
  if (!LINE_FORMATS.has(format)) return { format, parsed: readJsonBody(format, whole, network) };
  const fields = whole.isList ? whole.items().map((item) => item.asRecord()) : [whole];
  return format === 'spoor'
    ? { format, parsed: readSpoor(fields, network) }
    : { format, parsed: readBitcoinEtl(fields, network) };
}

/**
 * Reads the bytes of a file of Bitcoin facts. Transactions are in the order of the file, unconfirmed ones left out and counted in `notes`.
 * Prevouts are not looked up across transactions: the store does that.
 * Throws TOO_LARGE, FORMAT_UNKNOWN, MALFORMED, NOT_ENRICHED, HASH_MISMATCH, SOURCES_DISAGREE, LEDGER_INVALID, each naming the file and, where
 * there is one, record and field.
 */
export function readBitcoinBytes(bodyBytes: Buffer, options: ReadFileOptions & { readonly name: string }): ParsedFile {
  const { name } = options;
  const content = unpack(bodyBytes, name, { ...DEFAULT_FILE_LIMITS, ...options.limits });
  const { format, parsed } = locate({ file: name }, () => readContent(content, name, options), 'MALFORMED');
  const sha256 = createHash('sha256').update(bodyBytes).digest('hex');
  return { name, sha256, bodyBytes, format, ...parsed };
}

/**
 * Reads a local file of Bitcoin facts. Block files of a node are not for this: `openNodeFiles`. Throws FILE_NOT_FOUND, IO and what
 * `readBitcoinBytes` throws.
 */
export function readBitcoinFile(path: string, options: ReadFileOptions): ParsedFile {
  const name = options.name ?? basename(path);
  return readBitcoinBytes(readBytes(path, name, { ...DEFAULT_FILE_LIMITS, ...options.limits }), { ...options, name });
}

/**
 * Reads files that make one body together (`groupFiles`), or a single one. The body is their join; `name` names them all in its order.
 * Throws what `readBitcoinFile` throws.
 */
export function readBitcoinFiles(paths: readonly string[], options: ReadFileOptions): ParsedFile {
  if (paths.length === 1) return readBitcoinFile(paths[0], options);
  const limits = { ...DEFAULT_FILE_LIMITS, ...options.limits };
  const { name, bytes, notes } = joinFiles(
    paths.map((path) => {
      const file = basename(path);
      const packed = readBytes(path, file, limits);
      return { name: file, bytes: packed, content: unpack(packed, file, limits) };
    }),
  );
  const parsed = readBitcoinBytes(bytes, { ...options, name });
  parsed.notes.push(...notes);
  return parsed;
}
