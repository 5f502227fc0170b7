/**
 * Local files of facts of account chains: opens, unpacks, tells the format, and hands the content to the importer of that format. Synchronous; no network.
 */
import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Account, locate, SpoorError } from '../../ledger/index.ts';
import { csvHeader } from '../file/csv.ts';
import { Field } from '../file/field.ts';
import { type Json, jsonLines, parseJson, textOfBytes } from '../file/json.ts';
import {
  DEFAULT_FILE_LIMITS,
  type FileLimits,
  firstLineOfSeveral,
  headOf,
  joinFiles,
  readBytes,
  unpack,
} from '../file/open.ts';
import { ACCOUNT_FORMATS, type AccountFormat, type ParsedAccountRecords, type ReadContext } from './record.ts';
import { isBlockscoutAnswer, readBlockscout } from './source-file-blockscout.ts';
import { readEthereumEtl } from './source-file-ethereum-etl.ts';
import { etlTableOf, isEtlHeader } from './source-file-ethereum-etl-table.ts';
import { isEtherscanAnswer, readEtherscan } from './source-file-etherscan.ts';
import { isRpcAnswer, readRpc } from './source-file-rpc.ts';
import { isSpoorAccounts, readSpoorAccounts } from './source-file-spoor.ts';
import { readTransfers } from './source-file-transfers.ts';
import { isTransferHeader } from './transfer-columns.ts';

/** How to read a file of an account chain. */
export interface ReadAccountOptions {
  readonly format: AccountFormat | 'auto';
  /** 1 is Ethereum's main chain. */
  readonly chainId: number;
  /** Whose answers these are, where neither they nor the name of the file say it (a balance of Etherscan). */
  readonly account?: Account | null;
  readonly limits?: Partial<FileLimits>;
  /** Stands in for the base name in messages and results. */
  readonly name?: string;
}

/** A body's facts, with what identifies it. */
export interface ParsedAccountFile extends ParsedAccountRecords {
  readonly name: string;
  /** SHA-256, hex, of `bodyBytes`: the bytes on disk (packed, if the file is packed), or the join of several. */
  readonly sha256: string;
  readonly bodyBytes: Buffer;
  readonly format: AccountFormat;
}

/** Calls may nest 1,024 deep, and each level is a list and an object in a trace. */
const MAX_TRACE_DEPTH = 4_096;

function unknownFormat(seen: string, file: string): SpoorError {
  const hint = `Formats of account chains: ${ACCOUNT_FORMATS.join(', ')}; each may be gzipped. Name one with --format.`;
  return new SpoorError('FORMAT_UNKNOWN', `cannot tell the format of the file: ${seen}`, { file }, hint);
}

/** JSON of a body: one text, or one a line. */
function jsonOf(content: Buffer, file: string): Field[] {
  const line = firstLineOfSeveral(content);
  if (line !== null && isJsonObject(line, file)) {
    return [...jsonLines(content, file, MAX_TRACE_DEPTH)].map(
      ({ line: number, value }) => new Field(value, '', { file, record: `line ${number}` }),
    );
  }
  return [new Field(parseJson(textOfBytes(content, { file }), file, 1, MAX_TRACE_DEPTH), '', { file })];
}

function isJsonObject(line: Buffer, file: string): boolean {
  let value: Json;
  try {
    value = parseJson(textOfBytes(line, { file }), file, 1, MAX_TRACE_DEPTH);
  } catch (error) {
    if (error instanceof SpoorError && error.code === 'MALFORMED') return false;
    throw error;
  }
  return new Field(value, '', { file }).isObject;
}

function isJson(content: Buffer): boolean {
  const first = content
    .toString('utf8', 0, 64)
    .replace(/^\ufeff/, '')
    .trimStart()[0];
  return first === '{' || first === '[';
}

function tableFormat(content: Buffer, file: string): AccountFormat {
  const header = csvHeader(content.subarray(0, 16 * 1024));
  if (isEtlHeader(header)) return 'ethereum-etl';
  if (isTransferHeader(header)) return 'transfers';
  throw unknownFormat(`it starts with "${header.join(',').slice(0, 120)}"`, file);
}

function jsonFormat(bodies: readonly Field[], file: string): AccountFormat {
  const sample = bodies[0];
  if (sample === undefined) throw unknownFormat('it holds no JSON', file);
  if (isSpoorAccounts(sample)) return 'spoor';
  if (isEtherscanAnswer(sample)) return 'etherscan';
  if (isBlockscoutAnswer(sample)) return 'blockscout';
  const first = sample.isList ? (sample.items()[0] ?? sample) : sample;
  if (isRpcAnswer(first)) return 'ethereum-rpc';
  if (etlTableOf(first) !== null) return 'ethereum-etl';
  throw unknownFormat(
    sample.isObject ? `an object with the keys ${sample.keys().slice(0, 12).join(', ')}` : 'no object',
    file,
  );
}

function onlyBody(bodies: readonly Field[]): Field {
  if (bodies.length === 1) return bodies[0];
  throw (bodies[1] ?? new Field(undefined, '', {})).error('one answer a file is expected');
}

function readContent(
  content: Buffer,
  context: ReadContext,
  format: AccountFormat | 'auto',
): [AccountFormat, ParsedAccountRecords] {
  const { file } = context;
  if (content.every((byte) => byte <= 0x20)) throw new SpoorError('MALFORMED', 'the file is empty', { file });
  if (!isJson(content)) {
    const found = format === 'auto' ? tableFormat(content, file) : format;
    if (found === 'ethereum-etl') return [found, readEthereumEtl(content, null, context)];
    if (found === 'transfers') return [found, readTransfers(content, context)];
    throw new SpoorError('MALFORMED', `the file is no JSON, as ${found} is`, { file });
  }
  const bodies = jsonOf(content, file);
  const found = format === 'auto' ? jsonFormat(bodies, file) : format;
  if (found === 'ethereum-etl') return [found, readEthereumEtl(content, bodies, context)];
  if (found === 'blockscout') return [found, readBlockscout(onlyBody(bodies), context)];
  if (found === 'ethereum-rpc') return [found, readRpc(bodies, context)];
  if (found === 'spoor') return [found, readSpoorAccounts(bodies, context)];
  if (found === 'etherscan') return [found, readEtherscan(onlyBody(bodies), context)];
  throw new SpoorError('MALFORMED', `the file is JSON, and ${found} is a table`, { file });
}

/**
 * Reads the bytes of one body. Transactions are in the order of the body; several rows about one transaction are one record.
 * Throws TOO_LARGE, FORMAT_UNKNOWN, MALFORMED, SOURCES_DISAGREE, USAGE (a balance that does not say whose it is), and for answers that say that they
 * failed RATE_LIMITED, UNAUTHORIZED, INCOMPLETE, PRUNED, SOURCE_FAILED; each naming the file and, where there is one, record and field.
 */
export function readAccountBytes(
  bodyBytes: Buffer,
  options: ReadAccountOptions & { readonly name: string },
): ParsedAccountFile {
  const { name, chainId, format, account = null } = options;
  const content = unpack(bodyBytes, name, { ...DEFAULT_FILE_LIMITS, ...options.limits });
  const context: ReadContext = { file: name, chainId, account };
  const [found, parsed] = locate({ file: name }, () => readContent(content, context, format));
  const sha256 = createHash('sha256').update(bodyBytes).digest('hex');
  return { name, sha256, bodyBytes, format: found, ...parsed };
}

/** Splits paths into bodies; each is then read by `readAccountFiles`. */
export function groupAccountFiles(paths: readonly string[], format: AccountFormat | 'auto'): string[][] {
  const isOfDump = (path: string): boolean => paths.length > 1 && isPartOfDump(headOf(path), format);
  const groups: string[][] = [];
  const dump: string[] = [];
  for (const path of paths) {
    if (!isOfDump(path)) groups.push([path]);
    else if (dump.push(path) === 1) groups.push(dump);
  }
  return groups;
}

/** Parts of a dump say little alone: the tables of one export are read together. */
function isPartOfDump(head: Buffer, format: AccountFormat | 'auto'): boolean {
  if (format !== 'auto') return format === 'ethereum-etl';
  if (!isJson(head)) return isEtlHeader(csvHeader(head));
  const line = firstLineOfSeveral(head);
  const keys = [...(line ?? head).toString('utf8').matchAll(/"([a-z_0-9]+)"\s*:/g)].map(([, key]) => key);
  return etlTableOf(new Set(keys)) !== null;
}

/** Reads files that make one body together (`groupAccountFiles`), or a single one. Throws FILE_NOT_FOUND, IO and what `readAccountBytes` throws. */
export function readAccountFiles(paths: readonly string[], options: ReadAccountOptions): ParsedAccountFile {
  const limits = { ...DEFAULT_FILE_LIMITS, ...options.limits };
  const open = (path: string): { name: string; bytes: Buffer; content: Buffer } => {
    const file = options.name ?? basename(path);
    const bytes = readBytes(path, file, limits);
    return { name: file, bytes, content: unpack(bytes, file, limits) };
  };
  if (paths.length === 1) {
    const { name, bytes } = open(paths[0]);
    return readAccountBytes(bytes, { ...options, name });
  }
  const { name, bytes, notes } = joinFiles(paths.map(open));
  const parsed = readAccountBytes(bytes, { ...options, name });
  return { ...parsed, notes: [...parsed.notes, ...notes] };
}
