/**
 * bitcoin-etl rows in Parquet, as BigQuery's crypto_bitcoin exports and Arrow write them: blocks or transactions with nested inputs and outputs. Rows
 * become the values that the importer of JSON lines reads. Only the columns it needs are decoded; partition columns and the like are not.
 *
 * Integers and decimals are exact. Floats never are amounts: a public export holds bitcoin as floats under the very names where others hold satoshi,
 * so a float is handed on as a decimal and refused where satoshi are expected. Times may be seconds or timestamps of any unit, whole seconds only.
 */
import { type FileMetaData, parquetMetadata, parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet';
import { assembleNested } from 'hyparquet/src/assemble.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { getTreePath } from 'hyparquet/src/schema.js';
import { SpoorError } from '../../ledger/index.ts';
import { Field } from '../file/field.ts';
import { DecimalText, type Json, textOfBytes } from '../file/json.ts';
import { damaged, readChunk } from './parquet-page.ts';

const MAGIC = Buffer.from('PAR1');
/** Values decoded from one file at most: a file of two million enriched transactions has about eighty million. */
const MAX_VALUES = 2 ** 27;

const TRANSACTION_NEEDED = ['hash', 'block_number', 'is_coinbase', 'inputs', 'outputs'];
const TRANSACTION_OPTIONAL = ['version', 'lock_time', 'block_hash', 'block_timestamp', 'index', 'fee'];
const BLOCK_NEEDED = ['hash', 'number', 'merkle_root'];
const BLOCK_OPTIONAL = ['timestamp', 'transaction_count'];
/** Members of inputs and outputs that nobody needs and that weigh most. */
const SKIPPED_MEMBERS: ReadonlySet<string> = new Set(['script_asm', 'required_signatures']);
/** Nothing written as a list of none may look like a list that is missing. */
const LISTS = ['inputs', 'outputs'];

const UNITS: Readonly<Record<string, bigint>> = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n };

/** Whether the content starts as a Parquet file does. */
export function looksParquet(bytes: Uint8Array): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/** Runs decoder code: whatever it throws over damaged bytes becomes MALFORMED. */
function decoding<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SpoorError || !(error instanceof Error)) throw error;
    // A decoder that finds nothing where something must be says so in words about itself.
    throw damaged(error instanceof TypeError ? 'its description does not hold together' : error.message.slice(0, 200));
  }
}

function integer(value: bigint): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : new DecimalText(value.toString());
}

/** Decimal text of `value / 10^scale`, whole where it is whole. */
function scaled(value: bigint, scale: number): Json {
  const factor = 10n ** BigInt(scale);
  if (value % factor === 0n) return integer(value / factor);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  return new DecimalText(`${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
}

/** Two's complement, big-endian. */
function signed(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes).toString('hex');
  return hex === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

function bigOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (value instanceof Uint8Array) return signed(value);
  throw damaged('a value is not of the type of its column');
}

/** How values of a leaf become JSON, from its annotation. */
function readerOf({
  type,
  converted_type: old,
  logical_type: logical,
  scale,
}: SchemaElement): (value: unknown) => Json {
  if (type === 'BOOLEAN') return (value) => Boolean(value);
  if (type === 'FLOAT' || type === 'DOUBLE') {
    return (value) => new DecimalText(Number.isInteger(value) ? `${String(value)}.0` : String(value));
  }
  if (old === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const places = scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0);
    if (!(places >= 0 && places <= 76)) throw damaged(`a decimal column of ${places} places`);
    return (value) => scaled(bigOf(value), places);
  }
  const unit =
    type === 'INT96' ? 'NANOS' : logical?.type === 'TIMESTAMP' ? logical.unit : old?.replace('TIMESTAMP_', '');
  if (unit !== undefined && unit in UNITS) {
    return (value) => {
      const count = bigOf(value);
      return count % UNITS[unit] === 0n ? integer(count / UNITS[unit]) : new DecimalText(`${count / UNITS[unit]}.5`);
    };
  }
  if (type === 'INT32' || type === 'INT64') {
    const isUnsigned = old?.startsWith('UINT_') === true || (logical?.type === 'INTEGER' && !logical.isSigned);
    const bits = type === 'INT32' ? 32 : 64;
    return (value) => integer(isUnsigned ? BigInt.asUintN(bits, bigOf(value)) : bigOf(value));
  }
  return (value) => {
    if (value instanceof Uint8Array) return textOfBytes(value, {});
    throw damaged('a value is not of the type of its column');
  };
}

/** Values of a leaf with their nesting kept. A value that is not even null comes of a dictionary that lacks it. */
function converted(value: unknown, read: (value: unknown) => Json): Json {
  if (value === null) return null;
  if (value === undefined) throw damaged('a value is not in its dictionary');
  return Array.isArray(value) ? value.map((item) => converted(item, read)) : read(value);
}

/** Schema without what is not read, and without the annotations that would make the decoder round: only lists stay lists. */
function pruned(tree: SchemaTree): SchemaTree {
  const { converted_type: old, logical_type: _, ...element } = tree.element;
  return {
    ...tree,
    element: old === 'LIST' || old === 'MAP' ? { ...element, converted_type: old } : element,
    children: tree.children.filter((child) => !SKIPPED_MEMBERS.has(child.element.name)).map(pruned),
  };
}

function leavesOf(tree: SchemaTree): SchemaTree[] {
  return tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf);
}

/** Top-level columns to read. Throws MALFORMED naming what is missing. */
function columnsOf(schema: SchemaTree): SchemaTree[] {
  const names = new Set(schema.children.map(({ element }) => element.name));
  const isBlocks = !names.has('inputs') && !names.has('outputs') && names.has('merkle_root');
  const needed = isBlocks ? BLOCK_NEEDED : TRANSACTION_NEEDED;
  const missing = needed.filter((name) => !names.has(name));
  if (missing.length > 0) {
    throw new SpoorError(
      'MALFORMED',
      `the Parquet file lacks columns of bitcoin-etl ${isBlocks ? 'blocks' : 'transactions'}: ${missing.join(', ')}`,
    );
  }
  const read = new Set([...needed, ...(isBlocks ? BLOCK_OPTIONAL : TRANSACTION_OPTIONAL)]);
  return schema.children.filter(({ element }) => read.has(element.name));
}

type RowGroup = FileMetaData['row_groups'][number];

/** One top-level column of a row group, its rows as JSON. */
function columnRows(file: Uint8Array, group: RowGroup, schema: { full: SchemaTree; column: SchemaTree }): Json[] {
  const rows = Number(group.num_rows);
  const lean = pruned(schema.full);
  const column = pruned(schema.column);
  const data = new Map<string, Json[]>();
  for (const leaf of leavesOf(column)) {
    const chunk = group.columns.find(({ meta_data: meta }) => meta?.path_in_schema.join('.') === leaf.path.join('.'));
    if (chunk?.meta_data === undefined) throw damaged(`a row group lacks the column ${leaf.path.join('.')}`);
    if (chunk.file_path !== undefined) throw damaged('a column lies in another file');
    const annotated = getTreePath(schema.full, leaf.path).at(-1);
    if (annotated?.element.type !== chunk.meta_data.type) throw damaged('a column is not of the type of its schema');
    const read = readerOf(annotated.element);
    const values = readChunk(file, { meta: chunk.meta_data, path: getTreePath(lean, leaf.path), rows });
    data.set(
      leaf.path.join('.'),
      values.map((value) => converted(value, read)),
    );
  }
  if (column.children.length > 0) assembleNested(data, column, DEFAULT_PARSERS);
  const assembled = data.get(column.element.name);
  if (assembled?.length !== rows) throw damaged(`the column ${column.element.name} has not the rows of its group`);
  return assembled;
}

function* groupRows(
  file: Uint8Array,
  group: RowGroup,
  schema: SchemaTree,
  columns: readonly SchemaTree[],
): Generator<Json> {
  const read = columns.map((column) => ({
    name: column.element.name,
    rows: columnRows(file, group, { full: schema, column }),
  }));
  for (let row = 0; row < Number(group.num_rows); row += 1) {
    const object: { [key: string]: Json } = {};
    for (const { name, rows } of read) object[name] = rows[row] ?? (LISTS.includes(name) ? [] : null);
    yield object;
  }
}

/** Refuses counts that do not fit each other or are more than is read, before anything is allocated for them. */
function checkCounts(metadata: FileMetaData): void {
  let rows = 0n;
  let values = 0n;
  for (const group of metadata.row_groups) {
    rows += BigInt(group.num_rows);
    for (const { meta_data: meta } of group.columns) {
      if (meta === undefined || meta.num_values < 0n) throw damaged('a column without its description');
      values += BigInt(meta.num_values);
    }
    if (group.num_rows < 0n || group.columns.some(({ meta_data: meta }) => (meta?.num_values ?? 0n) < group.num_rows))
      throw damaged('a column with fewer values than rows');
  }
  if (rows !== BigInt(metadata.num_rows))
    throw damaged(`${metadata.num_rows} rows are stated, the row groups have ${rows}`);
  if (values > BigInt(MAX_VALUES))
    throw new SpoorError(
      'TOO_LARGE',
      `the Parquet file has ${values} values; at most ${MAX_VALUES} are read`,
      {},
      'export it in more files',
    );
}

/** Rows of a Parquet file as records for the importer of bitcoin-etl lines. Throws MALFORMED, TOO_LARGE. */
export function* parquetRows(bytes: Uint8Array, file: string): Generator<Field> {
  const { metadata, schema } = decoding(() => {
    const read = parquetMetadata(bytes, { geoparquet: false });
    checkCounts(read);
    return { metadata: read, schema: parquetSchema(read) };
  });
  const columns = columnsOf(schema);
  let row = 0;
  for (const group of metadata.row_groups) {
    const rows = decoding(() => [...groupRows(bytes, group, schema, columns)]);
    for (const value of rows) {
      row += 1;
      yield new Field(value, '', { file, record: `row ${row}` });
    }
  }
}
