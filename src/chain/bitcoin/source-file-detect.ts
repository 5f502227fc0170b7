/** What shape a file has, told from its first bytes and from the keys of its first record. Names of files are never asked. */
import { SpoorError } from '../../ledger/index.ts';
import type { Field } from '../file/field.ts';
import { looksFramed } from './source-file-frame.ts';
import { isHaskoin } from './source-file-haskoin.ts';
import { FILE_FORMATS, type FileFormat } from './source-file-record.ts';

/** Formats written as one JSON object a line. */
export const LINE_FORMATS: ReadonlySet<FileFormat | 'auto'> = new Set(['spoor', 'bitcoin-etl']);

const HEADER_BYTES = 80;

/** First bytes (hex) of what people pass by mistake. */
const WRAPPINGS: readonly (readonly [string, string])[] = [
  ['425a68', 'bzip2'],
  ['504b0304', 'a zip archive'],
  ['fd377a585a00', 'xz'],
  ['28b52ffd', 'zstandard'],
  ['1f8b', 'gzip inside gzip'],
  ['fffe', 'UTF-16 text'],
  ['feff', 'UTF-16 text'],
  ['53514c69746520666f726d6174', 'an SQLite file'],
];

/** FORMAT_UNKNOWN with the list of formats and what was seen. */
export function unknownFormat(seen: string, file: string): SpoorError {
  const hint = `Formats read: ${FILE_FORMATS.join(', ')}; each may be gzipped. Name one with --format to read the file as that.`;
  return new SpoorError('FORMAT_UNKNOWN', `cannot tell the format of the file: ${seen}`, { file }, hint);
}

/** `blk` for binary content that may be blocks, null for text. Throws FORMAT_UNKNOWN for other binary content. */
export function detectBinary(bytes: Buffer, file: string): 'blk' | null {
  if (looksFramed(bytes)) return 'blk';
  const head = bytes.toString('hex', 0, 16);
  const wrapping = WRAPPINGS.find(([magic]) => head.startsWith(magic));
  if (wrapping !== undefined) throw unknownFormat(`it is ${wrapping[1]}; unpack it first`, file);
  // JSON and hex hold no zero byte; the header of a real block does (version, or the leading zeros of the previous hash).
  return bytes.subarray(0, HEADER_BYTES).includes(0) ? 'blk' : null;
}

function hasAny(body: Field, keys: readonly string[]): boolean {
  return keys.some((key) => body.has(key));
}

function hasAll(body: Field, keys: readonly string[]): boolean {
  return keys.every((key) => body.has(key));
}

function first(list: Field): Field | null {
  return list.isList ? (list.items()[0] ?? null) : null;
}

function firstHas(list: Field, key: string): boolean {
  return first(list)?.has(key) ?? false;
}

/** Esplora and a node both say vin and vout; the name of the script inside tells them apart. */
function vinVoutFormat(tx: Field): FileFormat {
  return firstHas(tx.at('vout'), 'scriptPubKey') ? 'bitcoin-core' : 'esplora';
}

function objectFormat(body: Field): FileFormat | null {
  const schema = body.at('schema').value;
  if (typeof schema === 'string' && schema.startsWith('spoor.ledger/')) return 'spoor';
  if (body.at('block').isObject && body.at('block').has('hash')) return 'spoor';
  if (body.at('spend').isObject && body.at('spend').has('spenderTxid')) return 'spoor';
  if (body.has('vin')) return vinVoutFormat(body);
  if (body.has('chain_stats')) return 'esplora';
  if (hasAll(body, ['result', 'error']) || hasAll(body, ['result', 'jsonrpc'])) return 'bitcoin-core';
  if (body.has('mrkl_root') || firstHas(body.at('blocks'), 'mrkl_root') || isHaskoin(body)) return 'blockchain-info';
  if (body.has('tx')) return body.at('tx').isList ? 'bitcoin-core' : body.at('tx').has('vin') ? 'esplora' : null;
  if (body.has('txs'))
    return hasAny(body, ['n_tx', 'total_received']) ? 'blockchain-info' : firstTxsFormat(body.at('txs'));
  if (hasAll(body, ['inputs', 'out'])) return 'blockchain-info';
  if (hasAny(body, ['block_number', 'is_coinbase']) && body.has('inputs')) return 'bitcoin-etl';
  if (hasAll(body, ['hash', 'number', 'merkle_root'])) return 'bitcoin-etl';
  if (body.has('found') || (body.has('is_coinbase') && hasAny(body, ['in', 'ins']))) return 'walletexplorer';
  if (hasAll(body, ['txid', 'inputs', 'outputs'])) return 'spoor';
  return null;
}

function firstTxsFormat(txs: Field): FileFormat | null {
  return firstHas(txs, 'vin') ? 'esplora' : null;
}

/** What a value looks like, for the message. */
function seenIn(body: Field): string {
  const value = body.value;
  if (typeof value === 'string') {
    return /^[0-9a-f]{64}$/i.test(value)
      ? 'it holds one hash only (the answer to getblockhash?)'
      : 'it holds one text only';
  }
  if (body.isList) {
    const head = first(body);
    return head === null ? 'it holds an empty list' : `a list; of its first item: ${seenIn(head)}`;
  }
  if (body.isObject) {
    const keys = body.keys();
    return keys.length === 0
      ? 'an object without keys'
      : `an object with the keys ${keys.slice(0, 12).join(', ').slice(0, 200)}`;
  }
  return 'it holds one number or word only (the answer to getblockcount?)';
}

/** Format of a parsed JSON value from its keys. Throws FORMAT_UNKNOWN saying what was seen. */
export function detectJson(body: Field, file: string): FileFormat {
  const value = body.value;
  if (typeof value === 'string' && value.length > 2 * HEADER_BYTES && /^[0-9a-f\s]+$/i.test(value))
    return 'bitcoin-core';
  const sample = body.isList ? first(body) : body;
  const format = sample?.isObject === true ? objectFormat(sample) : null;
  if (format === null) throw unknownFormat(seenIn(body), file);
  return format;
}
