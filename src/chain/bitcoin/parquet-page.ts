/**
 * Claim:      a column chunk of a Parquet file read to its values, or refused: lengths and counts of a damaged or hostile file cannot make the
 *             decoder run on, run out of memory, or read past a page.
 * Source:     Apache Parquet format, Encodings.md (RLE and bit-packed hybrid) and README.md (pages, levels, CRC); decoding itself is hyparquet's.
 * Parameters: bytes of a page and values of a chunk that are accepted at most.
 * Cost:       one copy of each page, one walk over its run headers, then the decoder.
 * Fails when: bytes without a checksum were changed to other valid ones: only what is in them can tell.
 */
import { crc32, gunzipSync } from 'node:zlib';
import type { ColumnMetaData, DataReader, DecodedArray, PageHeader, SchemaTree } from 'hyparquet';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { compressors } from 'hyparquet-compressors';
import { SpoorError } from '../../ledger/index.ts';

const MAX_PAGE_BYTES = 256 * 2 ** 20;
const MAX_INDEX_BITS = 32;
const BIT_PACKED_GROUP = 8;

/** Encodings that spoor reads: what BigQuery, Arrow, Spark and parquet-mr write by default. The delta encodings size arrays from their data. */
const ENCODINGS: ReadonlySet<string> = new Set(['PLAIN', 'PLAIN_DICTIONARY', 'RLE_DICTIONARY', 'RLE']);

/** The Parquet file says something that cannot be. */
export function damaged(message: string): SpoorError {
  return new SpoorError('MALFORMED', `the Parquet file is damaged: ${message}`);
}

/** Plain bytes of a compressed page, in a buffer of their own so that no value can reach past its page. */
function plainBytes(packed: Uint8Array, size: number, codec: ColumnMetaData['codec']): Uint8Array {
  const own = {
    ...compressors,
    GZIP: (input: Uint8Array, length: number) => new Uint8Array(gunzipSync(input, { maxOutputLength: length + 1 })),
  };
  return decompressPage(packed, size, codec, own).slice();
}

function varInt(bytes: Uint8Array, at: { offset: number }): number {
  let value = 0;
  for (let shift = 0; shift < 32; shift += 7) {
    const byte = bytes[at.offset];
    if (byte === undefined) throw damaged('a run of values starts behind the end of its page');
    at.offset += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  throw damaged('the length of a run of values has no end');
}

/**
 * Walks runs of `width` bits and refuses one that says more than the `most` values there can be; with `exact` there must be as many. The last
 * bit-packed group may be padded.
 */
function checkRuns(bytes: Uint8Array, width: number, { most, exact }: { most: number; exact: boolean }): void {
  const at = { offset: 0 };
  for (let left = most; left > 0 && (exact || at.offset < bytes.length); ) {
    const header = varInt(bytes, at);
    const run = Math.floor(header / 2);
    const packed = header % 2 === 1;
    const values = packed ? run * BIT_PACKED_GROUP : run;
    if ((exact && values === 0) || values >= left + (packed ? BIT_PACKED_GROUP : 1)) {
      throw damaged(`a run of ${values} values where ${left} are left`);
    }
    at.offset += packed ? run * width : Math.ceil(width / 8);
    left -= values;
  }
}

function bitsOf(level: number): number {
  return 32 - Math.clz32(level);
}

/** Levels and dictionary indices of a plain page, checked before the decoder trusts them. */
function checkPage(page: Uint8Array, header: PageHeader, path: SchemaTree[]): void {
  const { data_page_header: first, data_page_header_v2: second } = header;
  const head = first ?? second;
  if (head === undefined) throw damaged('a data page without its header');
  if (!ENCODINGS.has(head.encoding)) throw unread(`the encoding ${head.encoding ?? 'of an unknown number'}`);
  const levels = [getMaxRepetitionLevel(path), getMaxDefinitionLevel(path)];
  const stated = second && [second.repetition_levels_byte_length, second.definition_levels_byte_length];
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  let offset = 0;
  levels.forEach((level, which) => {
    if (level === 0 && stated === undefined) return;
    const from = stated === undefined ? offset + 4 : offset;
    const length = stated === undefined ? view.getUint32(offset, true) : stated[which];
    if (!(length >= 0) || from + length > page.length) throw damaged('levels longer than their page');
    if (level > 0) checkRuns(page.subarray(from, from + length), bitsOf(level), { most: head.num_values, exact: true });
    offset = from + length;
  });
  if (second !== undefined && !(second.num_nulls >= 0 && second.num_nulls <= second.num_values)) {
    throw damaged(`${second.num_nulls} nulls in a page of ${second.num_values} values`);
  }
  if (head.encoding.endsWith('DICTIONARY')) checkIndices(page.subarray(offset), header);
  if (head.encoding === 'RLE') {
    if (path[path.length - 1].element.type !== 'BOOLEAN') throw unread('the encoding RLE for other than truth values');
    // A length of four bytes, then runs of one bit.
    checkRuns(page.subarray(offset + 4), 1, { most: head.num_values, exact: false });
  }
}

/** Indices run to the end of the page; how many there are is known before decoding only where the page counts its nulls. */
function checkIndices(bytes: Uint8Array, { data_page_header_v2: head, ...header }: PageHeader): void {
  if (bytes.length === 0) return;
  const width = bytes[0];
  if (width > MAX_INDEX_BITS) throw damaged(`dictionary indices of ${width} bits`);
  const most = head === undefined ? (header.data_page_header?.num_values ?? 0) : head.num_values - head.num_nulls;
  if (width > 0 || head !== undefined) checkRuns(bytes.subarray(1), width, { most, exact: head !== undefined });
}

/** The refusal of a part of the format that is not read. */
function unread(what: string): SpoorError {
  return new SpoorError(
    'MALFORMED',
    `the Parquet file uses ${what}, which is not read`,
    {},
    'write it again with default settings',
  );
}

/** A page as the decoder gets it: plain, alone in its buffer, its header rewritten to match. */
function plainPage(
  packed: Uint8Array,
  header: PageHeader,
  codec: ColumnMetaData['codec'],
): { page: Uint8Array; header: PageHeader } {
  const second = header.data_page_header_v2;
  if (second === undefined) {
    const page = plainBytes(packed, header.uncompressed_page_size, codec);
    return { page, header: { ...header, compressed_page_size: page.length } };
  }
  const levels = second.repetition_levels_byte_length + second.definition_levels_byte_length;
  if (!(levels >= 0 && levels <= packed.length)) throw damaged('levels longer than their page');
  const size = header.uncompressed_page_size - levels;
  const values =
    second.is_compressed === false || size === 0
      ? packed.slice(levels)
      : plainBytes(packed.subarray(levels), size, codec);
  const page = new Uint8Array(levels + values.length);
  page.set(packed.subarray(0, levels));
  page.set(values, levels);
  const head = { ...second, is_compressed: false };
  return { page, header: { ...header, compressed_page_size: page.length, data_page_header_v2: head } };
}

/** Bytes of the next page, its header checked against what the chunk holds. */
function nextPage(bytes: Uint8Array, reader: DataReader): { packed: Uint8Array; header: PageHeader } {
  const header = parquetHeader(reader);
  const { compressed_page_size: length, uncompressed_page_size: size } = header;
  if (!(length >= 0 && reader.offset + length <= bytes.length)) throw damaged('a page longer than its column');
  if (!(size >= 0 && size <= MAX_PAGE_BYTES))
    throw damaged(`a page of ${size} bytes; at most ${MAX_PAGE_BYTES} are read`);
  const packed = bytes.slice(reader.offset, reader.offset + length);
  reader.offset += length;
  // The checksum covers the page as it is stored; it is written signed.
  if (header.crc !== undefined && crc32(packed) !== header.crc >>> 0)
    throw damaged('a page does not match its checksum');
  return { packed, header };
}

/** One column of one row group: what it is, and how many rows its group has. */
export interface Chunk {
  readonly meta: ColumnMetaData;
  /** From the root of the schema to the leaf, without annotations (values stay as stored). */
  readonly path: SchemaTree[];
  readonly rows: number;
}

/** Values of a column chunk, lists nested as the schema says. Throws MALFORMED. */
export function readChunk(file: Uint8Array, { meta, path, rows }: Chunk): unknown[] {
  const dictionaryAt = Number(meta.dictionary_page_offset ?? 0);
  const dataAt = Number(meta.data_page_offset);
  const start = dictionaryAt > 0 && dictionaryAt < dataAt ? dictionaryAt : dataAt;
  const end = start + Number(meta.total_compressed_size);
  if (!(start >= 4 && end > start && end <= file.length)) throw damaged('a column lies outside of the file');
  const bytes = file.slice(start, end);
  const reader: DataReader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  const decoder = {
    ...meta,
    pathInSchema: meta.path_in_schema,
    element: path[path.length - 1].element,
    schemaPath: path,
    codec: 'UNCOMPRESSED' as const,
    utf8: false,
    parsers: { ...DEFAULT_PARSERS, timestampFromNanoseconds: (nanos: bigint) => nanos },
  };
  const chunks: DecodedArray[] = [];
  let dictionary: DecodedArray | undefined;
  let left = Number(meta.num_values);
  while (left > 0) {
    if (reader.offset >= bytes.length) throw damaged(`a column ends ${left} values early`);
    const next = nextPage(bytes, reader);
    const { page, header } = plainPage(next.packed, next.header, meta.codec);
    const isDictionary = header.type === 'DICTIONARY_PAGE';
    const values =
      (header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header)?.num_values ?? -1;
    if (!isDictionary && (values < 1 || values > left))
      throw damaged(`a page of ${values} values where ${left} are left`);
    if (isDictionary && (values < 0 || values > page.length * 8)) throw damaged(`a dictionary of ${values} values`);
    if (!isDictionary) checkPage(page, header, path);
    const last = chunks.at(-1);
    const pageReader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
    const { data } = readPage(pageReader, header, decoder, dictionary, last, 0);
    if (isDictionary) dictionary = data && convert(data, decoder);
    else {
      left -= values;
      if (data !== undefined && data !== last) chunks.push(data);
    }
  }
  const all = chunks.flatMap((chunk) => Array.from<unknown>(chunk));
  if (all.length !== rows) throw damaged(`a column of ${all.length} rows where ${rows} are stated`);
  return all;
}
