/** bitcoin-etl rows written as Parquet in the shapes of BigQuery and of Arrow, so that the importer is tested without a download. */
import { crc32, gzipSync } from 'node:zlib';
import { type CompressionCodec, parquetMetadata, type SchemaElement } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { DataPageHeaderV2 } from 'hyparquet/src/types.js';
import { ByteWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';

/** A row as in a file of JSON lines. */
export type Row = Record<string, unknown>;

/** How to write. `numeric`: amounts as DECIMAL(38, 9) and times as timestamps in microseconds, as BigQuery has them. */
export interface ParquetStyle {
  readonly codec?: CompressionCodec;
  readonly numeric?: boolean;
  readonly rowGroupSize?: number;
  /** Type of `value` and `fee` in place of whole numbers. */
  readonly amounts?: 'DOUBLE';
}

const AMOUNTS: ReadonlySet<string> = new Set(['value', 'fee', 'input_value', 'output_value']);
const TIMES: ReadonlySet<string> = new Set(['block_timestamp', 'timestamp']);
const BILLION = 1_000_000_000n;

function leaf(name: string, sample: unknown, style: ParquetStyle): SchemaElement {
  const optional = { name, repetition_type: 'OPTIONAL' as const };
  if (style.numeric === true && AMOUNTS.has(name)) {
    return {
      ...optional,
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: 16,
      converted_type: 'DECIMAL',
      scale: 9,
      precision: 38,
    };
  }
  if (style.amounts === 'DOUBLE' && AMOUNTS.has(name)) return { ...optional, type: 'DOUBLE' };
  if (style.numeric === true && TIMES.has(name))
    return { ...optional, type: 'INT64', converted_type: 'TIMESTAMP_MICROS' };
  if (typeof sample === 'boolean') return { ...optional, type: 'BOOLEAN' };
  if (typeof sample === 'number') return { ...optional, type: 'INT64' };
  return { ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
}

function list(name: string, element: SchemaElement[]): SchemaElement[] {
  return [
    { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...element,
  ];
}

/** Schema of a member from the first value that is not null, over all rows. */
function elements(name: string, samples: readonly unknown[], style: ParquetStyle): SchemaElement[] {
  const filled = samples.filter((one) => one !== null && one !== undefined);
  if (!filled.some(Array.isArray)) return [leaf(name, filled[0], style)];
  const items = filled.flat() as unknown[];
  if (typeof items[0] !== 'object') return list(name, [leaf('element', items[0], style)]);
  const members = [...new Set(items.flatMap((item) => Object.keys(item as Row)))];
  return list(name, [
    { name: 'element', repetition_type: 'OPTIONAL', num_children: members.length },
    ...members.flatMap((member) =>
      elements(
        member,
        items.map((item) => (item as Row)[member]),
        style,
      ),
    ),
  ]);
}

function value(name: string, given: unknown, style: ParquetStyle): unknown {
  if (given === null || given === undefined) return null;
  if (Array.isArray(given)) return given.map((item) => value(name, item, style));
  if (typeof given === 'object') {
    return Object.fromEntries(Object.entries(given).map(([key, member]) => [key, value(key, member, style)]));
  }
  if (typeof given !== 'number') return given;
  if (style.numeric === true && AMOUNTS.has(name)) return BigInt(given) * BILLION;
  if (style.amounts === 'DOUBLE' && AMOUNTS.has(name)) return given;
  if (style.numeric === true && TIMES.has(name)) return BigInt(given) * 1_000_000n;
  return BigInt(given);
}

/** zstd frame of stored blocks (RFC 8878): 8 bytes of content size, then blocks of at most 128 KiB as they are. */
function zstdStored(input: Uint8Array): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = 0xe0;
  head.writeBigUInt64LE(BigInt(input.length), 5);
  const parts: Uint8Array[] = [head];
  for (let start = 0; start === 0 || start < input.length; start += 2 ** 17) {
    const block = input.subarray(start, start + 2 ** 17);
    const last = start + 2 ** 17 >= input.length ? 1 : 0;
    const size = Buffer.alloc(3);
    size.writeUIntLE(block.length * 8 + last, 0, 3);
    parts.push(size, block);
  }
  return Buffer.concat(parts);
}

/** Rows as the bytes of a Parquet file, columns by name in the order of the first row. */
export function parquetOf(rows: readonly Row[], style: ParquetStyle = {}): Buffer {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const schema: SchemaElement[] = [{ name: 'schema', num_children: names.length }];
  for (const name of names)
    schema.push(
      ...elements(
        name,
        rows.map((row) => row[name]),
        style,
      ),
    );
  const columnData = names.map((name) => ({ name, data: rows.map((row) => value(name, row[name], style)) }));
  const bytes = parquetWriteBuffer({
    columnData,
    schema,
    codec: style.codec ?? 'SNAPPY',
    compressors: { GZIP: (input) => new Uint8Array(gzipSync(input)), ZSTD: zstdStored },
    rowGroupSize: style.rowGroupSize ?? 1000,
  });
  return Buffer.from(bytes);
}

/** Page of version 1 from one of version 2: levels with their lengths before them, then the values, not compressed. */
function firstVersion(page: Uint8Array, head: DataPageHeaderV2): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const length of [head.repetition_levels_byte_length, head.definition_levels_byte_length]) {
    if (length === 0) continue;
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(length);
    parts.push(prefix, page.subarray(offset, offset + length));
    offset += length;
  }
  return Buffer.concat([...parts, page.subarray(offset)]);
}

/** The same file with pages of version 1 and a checksum on each, as parquet-mr and older Arrow write them; the file given is not compressed. */
export function withFirstPages(file: Buffer): Buffer {
  const metadata = parquetMetadata(file);
  const writer = new ByteWriter();
  writer.appendBytes(Buffer.from('PAR1'));
  for (const { meta_data: meta } of metadata.row_groups.flatMap(({ columns }) => columns)) {
    if (meta === undefined) throw new Error('a column without its description');
    const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
    const bytes = new Uint8Array(file.subarray(start, start + Number(meta.total_compressed_size)));
    const reader = { view: new DataView(bytes.buffer), offset: 0 };
    const begin = writer.offset;
    while (reader.offset < bytes.length) {
      const header = parquetHeader(reader);
      const stored = bytes.subarray(reader.offset, reader.offset + header.compressed_page_size);
      reader.offset += header.compressed_page_size;
      const second = header.data_page_header_v2;
      const page = second === undefined ? stored : firstVersion(stored, second);
      const sizes = { uncompressed_page_size: page.length, compressed_page_size: page.length, crc: crc32(page) | 0 };
      if (second === undefined) meta.dictionary_page_offset = BigInt(writer.offset);
      else meta.data_page_offset = BigInt(writer.offset);
      const levels = { definition_level_encoding: 'RLE', repetition_level_encoding: 'RLE' } as const;
      const data = second && { num_values: second.num_values, encoding: second.encoding, ...levels };
      writePageHeader(
        writer,
        data === undefined ? { ...header, ...sizes } : { ...sizes, type: 'DATA_PAGE', data_page_header: data },
      );
      writer.appendBytes(page);
    }
    meta.total_compressed_size = BigInt(writer.offset - begin);
    meta.total_uncompressed_size = meta.total_compressed_size;
  }
  for (const column of metadata.row_groups.flatMap(({ columns }) => columns)) {
    for (const key of [
      'offset_index_offset',
      'offset_index_length',
      'column_index_offset',
      'column_index_length',
    ] as const)
      delete column[key];
  }
  writeMetadata(writer, metadata);
  writer.appendBytes(Buffer.from('PAR1'));
  return Buffer.from(writer.getBytes());
}
