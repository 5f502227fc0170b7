/** bitcoin-etl in Parquet: the ledger of the JSON lines, exact or refused, whatever the file claims of itself. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { factLines, ingestFiles, verifyCase, withCase } from '../../../src/case/index.ts';
import type { ParsedFile } from '../../../src/chain/bitcoin/source-file.ts';
import { freshFolder } from '../../support/cli.ts';
import { type ParquetStyle, parquetOf, type Row, withFirstPages } from '../../support/parquet.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';
import { BLOCK_HASH, CHANGE, CHANGE_SCRIPT, PAYEE, PREV_TXID, readContent, refused, TXID } from './source-content.ts';

const TX = {
  hash: TXID,
  version: 1,
  lock_time: 7,
  block_number: 50001,
  block_hash: BLOCK_HASH,
  block_timestamp: 1270917100,
  is_coinbase: false,
  index: 4,
  inputs: [
    {
      index: 0,
      spent_transaction_hash: PREV_TXID,
      spent_output_index: 2,
      script_asm: 'x',
      script_hex: '00',
      sequence: 4294967295,
      required_signatures: 1,
      type: 'pubkeyhash',
      addresses: [PAYEE],
      value: 1000,
    },
    {
      index: 1,
      spent_transaction_hash: PREV_TXID,
      spent_output_index: 3,
      script_asm: 'x',
      script_hex: '00',
      sequence: 4294967295,
      required_signatures: 1,
      type: 'pubkeyhash',
      addresses: [PAYEE],
      value: 5,
    },
  ],
  outputs: [
    {
      index: 0,
      script_asm: '',
      script_hex: CHANGE_SCRIPT,
      required_signatures: 1,
      type: 'witness_v0_keyhash',
      addresses: [CHANGE],
      value: 600,
    },
  ],
  fee: 405,
};
const COINBASE = { ...TX, hash: 'd'.repeat(64), is_coinbase: true, index: 0, inputs: [], fee: 0 };
const ROWS: Row[] = [COINBASE, TX];

function lines(rows: readonly Row[]): string {
  return rows.map((row) => JSON.stringify(row)).join('\n');
}

function records({ transactions, blocks }: ParsedFile): unknown {
  return [transactions.map(({ record }) => record), blocks.map(({ block }) => block)];
}

const FOLDER = 'bitcoin-etl-blocks';

function fixture(name: string): Row[] {
  const text = readFileSync(sharedData(`${FOLDER}/stream_50001_50002/expected_${name}.json`), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

describe('chain/bitcoin source-file-parquet', () => {
  const styles: ParquetStyle[] = [
    { codec: 'SNAPPY' },
    { codec: 'UNCOMPRESSED' },
    { codec: 'GZIP', numeric: true },
    { codec: 'ZSTD', rowGroupSize: 1 },
    { codec: 'SNAPPY', numeric: true, rowGroupSize: 1 },
  ];
  for (const style of styles) {
    it(`reads rows to the records of the JSON lines: ${JSON.stringify(style)}`, () => {
      const rows = ROWS.map((row) => ({ ...row, block_timestamp_month: '2010-04-01', script: null }));
      const parsed = readContent(parquetOf(rows, style), { file: 'rows.parquet' });
      assert.equal(parsed.format, 'bitcoin-etl');
      assert.deepEqual(records(parsed), records(readContent(lines(ROWS))));
      assert.equal(parsed.transactions[1].place.record, 'row 2');
    });
  }

  it('reads pages of version 1, and refuses one that does not match its checksum', () => {
    for (const style of [
      { codec: 'UNCOMPRESSED' },
      { codec: 'UNCOMPRESSED', numeric: true, rowGroupSize: 1 },
    ] as const) {
      const many = [...ROWS, ...ROWS.map((row, at) => ({ ...row, hash: `${at}`.repeat(64) }))];
      const bytes = withFirstPages(parquetOf(many, style));
      assert.deepEqual(records(readContent(bytes)), records(readContent(lines(many))));
      const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
      const changed = Buffer.from(bytes);
      changed[bytes.indexOf(TXID)] ^= 1;
      assert.ok(bytes.indexOf(TXID) < footer);
      assert.match(refused(changed).message, /does not match its checksum/);
    }
  });

  it('takes a list that is null for an empty one where a coinbase has no inputs', () => {
    const parsed = readContent(parquetOf([{ ...COINBASE, inputs: null }, TX]));
    assert.deepEqual(parsed.transactions[0].record.inputs, []);
  });

  it('a value above 2^53 or with parts of a satoshi is refused, never rounded', () => {
    // 2^53 is the first whole number that a float cannot tell from its neighbour.
    const big = { ...TX, outputs: [{ ...TX.outputs[0], value: 2 ** 53 }] };
    const bytes = parquetOf([TX, big]);
    assert.match(refused(bytes).message, /above all the bitcoins/);
    assert.equal(refused(bytes).place.record, 'row 2');
    const floats = refused(parquetOf([TX], { amounts: 'DOUBLE' }));
    assert.equal(floats.code, 'MALFORMED');
    assert.match(floats.message, /a decimal number where whole satoshi are expected \(1000\.0\)/);
    assert.equal(floats.place.field, 'inputs[0].value');
  });

  it('a raw export is refused as NOT_ENRICHED, naming row and field', () => {
    const raw = { ...TX, inputs: TX.inputs.map((input, at) => ({ ...input, value: at === 0 ? input.value : null })) };
    const error = refused(parquetOf([COINBASE, raw]));
    assert.equal(error.code, 'NOT_ENRICHED');
    assert.deepEqual([error.place.record, error.place.field], ['row 2', 'inputs[1].value']);
  });

  it('names the columns that are missing', () => {
    const { is_coinbase: _, ...rest } = TX;
    assert.match(refused(parquetOf([rest])).message, /lacks columns of bitcoin-etl transactions: is_coinbase/);
    assert.match(refused(parquetOf([{ number: 1, merkle_root: PREV_TXID }])).message, /blocks: hash/);
    assert.match(refused(parquetOf([{ block_id: 1 }])).message, /lacks columns/);
  });

  it('a file cut anywhere is refused', () => {
    const bytes = parquetOf(ROWS);
    for (let length = 4; length < bytes.length; length += 41) {
      const error = refused(bytes.subarray(0, length));
      assert.equal(error.code, 'MALFORMED', `cut at ${length}: ${error.message}`);
      assert.match(error.message, /Parquet file is damaged/);
    }
  });

  it('a lying count of rows is refused before anything is allocated for it', () => {
    const bytes = parquetOf(ROWS, { codec: 'UNCOMPRESSED' });
    // The footer writes the rows of the file as field 3: 0x16, then the zigzag of 2, which is 4; it follows the schema.
    const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    let lies = 0;
    for (let at = footer; at < bytes.length - 8; at += 1) {
      if (bytes[at] !== 0x16 || bytes[at + 1] !== 4) continue;
      for (const count of [0, 6, 126]) {
        const lying = Buffer.from(bytes);
        lying[at + 1] = count;
        const outcome = (() => {
          try {
            return records(readContent(lying));
          } catch (error) {
            return (error as Error).name;
          }
        })();
        // Some of these numbers are of columns that are not read, or sizes that nobody needs.
        if (outcome === 'SpoorError') lies += 1;
        else assert.deepEqual(outcome, records(readContent(bytes)));
      }
    }
    assert.ok(lies >= 6, `${lies} lies met`);
  });

  it('refuses Parquet named as another format', () => {
    assert.equal(refused(parquetOf(ROWS), { format: 'esplora' }).code, 'MALFORMED');
  });

  itWithData('the fixture rows in Parquet give the ledger of the JSON lines, line for line', FOLDER, () => {
    const folder = freshFolder();
    const options = { format: 'auto', network: 'mainnet' } as const;
    const ledger = (name: string, write: (rows: Row[]) => Buffer | string) => {
      const paths = ['blocks', 'transactions'].map((table) => join(folder, `${name}.${table}`));
      paths.forEach((path, at) => writeFileSync(path, write(fixture(at === 0 ? 'blocks' : 'transactions'))));
      return withCase(join(folder, `${name}.spoor`), { create: true }, (context) => {
        ingestFiles(context.store, paths, options);
        assert.ok(verifyCase(context).ok);
        return [...factLines(context)];
      });
    };
    const expected = ledger('json', lines);
    assert.ok(expected.length >= 6);
    styles.forEach((style, at) => {
      assert.deepEqual(
        ledger(`parquet${at}`, (rows) => parquetOf(rows, style)),
        expected,
        JSON.stringify(style),
      );
    });
  });
});
