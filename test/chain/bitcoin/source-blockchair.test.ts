/** Blockchair tables: joined to whole transactions or refused, whatever the order of files and columns. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { caseInfo, factLines, ingestFiles, verifyCase, withCase } from '../../../src/case/index.ts';
import { checkRecord } from '../../../src/chain/bitcoin/check.ts';
import { type ParsedFile, readBitcoinFile, readBitcoinFiles } from '../../../src/chain/bitcoin/source-file.ts';
import { groupFiles } from '../../../src/chain/bitcoin/source-file-group.ts';
import { proveRecord } from '../../../src/chain/bitcoin/txid.ts';
import type { BlockRecord, TransactionRecord } from '../../../src/ledger/index.ts';
import { blockchairTables, type Tables, tsv } from '../../support/blockchair.ts';
import { freshFolder, spoor } from '../../support/cli.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';
import {
  BLOCK_HASH,
  CHANGE,
  CHANGE_SCRIPT,
  PAYEE,
  PAYEE_SCRIPT,
  PREV_TXID,
  refusalOf,
  TXID,
} from './source-content.ts';

type Name = keyof Tables;
const NAMES: readonly Name[] = ['outputs', 'inputs', 'transactions', 'blocks'];

/** Two payments and a coinbase in one block, written by hand. */
const HEADER = {
  outputs: 'block_id transaction_hash index time value recipient script_hex is_from_coinbase',
  inputs:
    'transaction_hash index value recipient script_hex spending_block_id spending_transaction_hash spending_index spending_time spending_sequence spending_signature_hex spending_witness',
  transactions: 'block_id hash time version lock_time is_coinbase input_count output_count fee',
  blocks: 'id hash time merkle_root transaction_count',
};
const COINBASE = 'c'.repeat(64);
const ROWS: Record<Name, string[]> = {
  outputs: [
    `170 ${COINBASE} 0 2009-01-12|03:30:25 5000000000 ${PAYEE} ${PAYEE_SCRIPT} 1`,
    `170 ${TXID} 1 2009-01-12|03:30:25 300 ${CHANGE} ${CHANGE_SCRIPT} 0`,
    `170 ${TXID} 0 2009-01-12|03:30:25 600 d-0123456789abcdef 6a0131 0`,
  ],
  inputs: [
    `${PREV_TXID} 2 400 ${PAYEE} ${PAYEE_SCRIPT} 170 ${TXID} 1 2009-01-12|03:30:25 4294967294 00 `,
    `${PREV_TXID} 0 600 ${CHANGE} ${CHANGE_SCRIPT} 170 ${TXID} 0 2009-01-12|03:30:25 4294967295  aa,,bb`,
  ],
  transactions: [`170 ${COINBASE} 2009-01-12|03:30:25 1 0 1 1 1 0`, `170 ${TXID} 2009-01-12|03:30:25 -2 7 0 2 2 100`],
  blocks: [`170 ${BLOCK_HASH} 2009-01-12|03:30:25 ${PREV_TXID} 2`],
};

function table(name: Name, rows: readonly string[] = ROWS[name], header = HEADER[name]): string {
  return `${[header, ...rows].map((row) => row.split(' ').join('\t').replace('|', ' ')).join('\n')}\n`;
}

describe('chain/bitcoin source-file-blockchair', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  function write(texts: Partial<Record<Name, string>>, packed = false): string[] {
    return Object.entries(texts).map(([name, text]) => {
      const path = join(folder, `${name}.tsv${packed ? '.gz' : ''}`);
      writeFileSync(path, packed ? gzipSync(text) : text);
      return path;
    });
  }

  function read(texts: Partial<Record<Name, string>>, packed = false): ParsedFile {
    const paths = write(texts, packed);
    assert.deepEqual(groupFiles(paths, 'auto'), [paths]);
    return readBitcoinFiles(paths, { format: 'auto', network: 'mainnet' });
  }

  const whole = () => Object.fromEntries(NAMES.map((name) => [name, table(name)])) as Record<Name, string>;

  function byTxid(parsed: ParsedFile, id: string): TransactionRecord {
    const found = parsed.transactions.find(({ record }) => record.txid === id);
    assert.ok(found !== undefined);
    return found.record;
  }

  it('joins four tables to whole transactions', () => {
    const parsed = read(whole());
    assert.equal(parsed.format, 'blockchair');
    assert.equal(parsed.transactions.length, 2);
    // 2009-01-12 03:30:25 UTC is 1231731025 (block 170 of the chain).
    assert.deepEqual(parsed.blocks[0].block, {
      hash: BLOCK_HASH,
      height: 170,
      prevHash: null,
      merkleRoot: PREV_TXID,
      timestampSec: 1_231_731_025,
      transactionCount: 2,
    });
    const spent = { prevTxid: PREV_TXID, prevAlias: null };
    assert.deepEqual(byTxid(parsed, TXID), {
      txid: TXID,
      // -2 on the wire is 2^32 - 2.
      version: 4_294_967_294,
      lockTime: 7,
      coinbase: false,
      inputs: [
        {
          ...spent,
          prevVout: 0,
          valueSat: 600,
          prevScript: CHANGE_SCRIPT,
          prevAddress: CHANGE,
          scriptSig: '',
          sequence: 4_294_967_295,
          witness: ['aa', '', 'bb'],
        },
        {
          ...spent,
          prevVout: 2,
          valueSat: 400,
          prevScript: PAYEE_SCRIPT,
          prevAddress: PAYEE,
          scriptSig: '00',
          sequence: 4_294_967_294,
          witness: [],
        },
      ],
      outputs: [
        { valueSat: 600, scriptPubKey: '6a0131', address: null, spent: null, spenderTxid: null },
        { valueSat: 300, scriptPubKey: CHANGE_SCRIPT, address: CHANGE, spent: null, spenderTxid: null },
      ],
      feeSat: 100,
      alias: null,
      height: 170,
      blockHash: BLOCK_HASH,
      position: null,
      timestampSec: 1_231_731_025,
      seenSec: null,
    });
    const coinbase = byTxid(parsed, COINBASE);
    assert.deepEqual([coinbase.coinbase, coinbase.inputs, coinbase.feeSat], [true, [], null]);
  });

  it('the body, and so its hash, is the same whatever the order of files; packed or not, the records are', () => {
    const { blocks, ...rest } = whole();
    const plain = read(rest);
    const turned = read(Object.fromEntries(Object.entries(rest).reverse()));
    assert.equal(turned.sha256, plain.sha256);
    assert.equal(turned.name, plain.name);
    const packed = read(rest, true);
    const records = ({ transactions }: ParsedFile) => transactions.map(({ record }) => JSON.stringify(record)).sort();
    assert.deepEqual(records(packed), records(plain));
    assert.ok(packed.bodyBytes.length < plain.bodyBytes.length);
    assert.equal(blocks.length > 0, true);
  });

  it('finds columns by name, ignores the others, never reads dollars', () => {
    const turned = HEADER.outputs.split(' ').reverse();
    const rows = ROWS.outputs.map((row) => [...row.split(' ').reverse(), 'not|money', '1e400'].join(' '));
    const parsed = read({
      ...whole(),
      outputs: table('outputs', rows, [...turned, 'value_usd', 'new_column'].join(' ')),
    });
    assert.deepEqual(byTxid(parsed, TXID), byTxid(read(whole()), TXID));
  });

  it('without the transactions table says that counts are unchecked and ids unproven', () => {
    const { outputs, inputs } = whole();
    const parsed = read({ outputs, inputs });
    assert.match(parsed.notes[0], /no transactions table: counts .* not checked/);
    assert.deepEqual([byTxid(parsed, TXID).version, byTxid(parsed, TXID).feeSat], [null, null]);
  });

  it('outputs of coinbases alone are whole', () => {
    const outputs = table('outputs', ROWS.outputs.slice(0, 1));
    writeFileSync(join(folder, 'alone.tsv'), outputs);
    const parsed = readBitcoinFile(join(folder, 'alone.tsv'), { format: 'auto', network: 'mainnet' });
    assert.equal(parsed.transactions.length, 1);
  });

  it('every row that is missing is noticed while the transactions table is there', () => {
    for (const name of ['outputs', 'inputs', 'transactions'] as const) {
      for (const gone of ROWS[name]) {
        const texts = {
          ...whole(),
          [name]: table(
            name,
            ROWS[name].filter((row) => row !== gone),
          ),
        };
        const error = refusalOf(() => read(texts));
        assert.ok(['INCOMPLETE', 'MALFORMED'].includes(error.code), `${name}: ${error.code} ${error.message}`);
        assert.match(error.place.file ?? '', /\.tsv/);
        assert.match(error.place.record ?? '', /^line \d+ of table \d/);
      }
    }
  });

  const wrong: Array<[string, string, RegExp, Partial<Record<Name, string>>]> = [
    [
      'one table alone',
      'INCOMPLETE',
      /no row of the inputs table belongs to transaction a{64}/,
      { outputs: table('outputs') },
    ],
    ['inputs without outputs', 'INCOMPLETE', /no row of the outputs table/, { inputs: table('inputs') }],
    [
      'a hole in the indices',
      'MALFORMED',
      /index 0 is missing/,
      {
        ...whole(),
        inputs: table('inputs', ROWS.inputs.slice(0, 1)),
        transactions: table(
          'transactions',
          ROWS.transactions.map((row) => row.replace('2 2 100', '1 2 100')),
        ),
      },
    ],
    [
      'an index twice',
      'MALFORMED',
      /index 0 occurs twice/,
      {
        ...whole(),
        outputs: table('outputs', [...ROWS.outputs.slice(0, 1), ...ROWS.outputs.slice(2), ...ROWS.outputs.slice(2)]),
      },
    ],
    [
      'a count that is not met',
      'INCOMPLETE',
      /has input_count 3, the rows given make 2/,
      {
        ...whole(),
        transactions: table(
          'transactions',
          ROWS.transactions.map((row) => row.replace('0 2 2', '0 3 2')),
        ),
      },
    ],
    [
      'a transaction stated twice',
      'MALFORMED',
      /two rows/,
      { ...whole(), transactions: table('transactions', [...ROWS.transactions, ...ROWS.transactions]) },
    ],
    [
      'a coinbase that spends',
      'MALFORMED',
      /is a coinbase, yet it spends/,
      {
        ...whole(),
        outputs: table(
          'outputs',
          ROWS.outputs.map((row) => row.replace(/0$/, '1')),
        ),
      },
    ],
    [
      'a missing column',
      'MALFORMED',
      /lacks columns: as a table of outputs it needs value, script_hex/,
      {
        ...whole(),
        outputs: table('outputs', [], HEADER.outputs.replace('value', 'amount').replace('script_hex', 'script')),
      },
    ],
    [
      'a column twice',
      'MALFORMED',
      /names a column twice/,
      { ...whole(), outputs: table('outputs', [], `${HEADER.outputs} value`) },
    ],
    [
      'a line with a cell too few',
      'MALFORMED',
      /has 7 cells, the header 8/,
      {
        ...whole(),
        outputs: table(
          'outputs',
          ROWS.outputs.map((row) => row.replace(/ 0$/, '')),
        ),
      },
    ],
    [
      'a value with decimals',
      'MALFORMED',
      /whole number of satoshi/,
      {
        ...whole(),
        outputs: table(
          'outputs',
          ROWS.outputs.map((row) => row.replace(' 300 ', ' 300.0 ')),
        ),
      },
    ],
    [
      'a day that is none',
      'MALFORMED',
      /no date and time/,
      {
        ...whole(),
        transactions: table(
          'transactions',
          ROWS.transactions.map((row) => row.replace('01-12', '02-30')),
        ),
      },
    ],
    [
      'a truth value that is none',
      'MALFORMED',
      /neither 1 nor 0/,
      {
        ...whole(),
        outputs: table(
          'outputs',
          ROWS.outputs.map((row) => row.replace(/1$/, 'yes')),
        ),
      },
    ],
    [
      'a broken script',
      'MALFORMED',
      /not a hex digit/,
      {
        ...whole(),
        outputs: table(
          'outputs',
          ROWS.outputs.map((row) => row.replace('6a0131', '6a013x')),
        ),
      },
    ],
  ];
  for (const [what, code, says, texts] of wrong) {
    it(`refuses ${what}: ${code}`, () => {
      // Given together or alone, tables of one dump are one body.
      const paths = write(texts);
      const error = refusalOf(() => readBitcoinFiles(paths, { format: 'auto', network: 'mainnet' }));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      assert.equal(error.place.file?.includes(basename(paths[0])), true);
      if (code === 'INCOMPLETE') assert.match(error.hint ?? '', /in one call/);
    });
  }

  it('a line with a cell too few names its line and column', () => {
    const outputs = table(
      'outputs',
      ROWS.outputs.map((row, at) => (at === 1 ? row.replace(/ 0$/, '') : row)),
    );
    const { place } = refusalOf(() => read({ outputs, inputs: table('inputs') }));
    assert.match(place.record ?? '', /^line 3 of table \d \(outputs\)$/);
    assert.equal(place.field, 'column 8');
  });

  it('a table half given leaves a case as it was; the whole day comes in as one file that verifies', () => {
    // Without the transactions table, whose version would make the made-up ids above hash to something else.
    const paths = write({ outputs: table('outputs'), inputs: table('inputs') }, true);
    assert.equal(spoor(folder, 'ingest', basename(paths[0])).status, 7);
    assert.equal(withCase(join(folder, 'case.spoor'), { create: false }, caseInfo).transactions, 0);
    const files = paths.map((path) => basename(path));
    const together = spoor(folder, 'ingest', ...files);
    assert.match(together.stdout, /blockchair, 2 transactions \(2 new/, together.stderr);
    assert.match(spoor(folder, 'ingest', ...files.reverse()).stdout, /in the case already/);
    withCase(join(folder, 'case.spoor'), { create: false }, (context) => {
      assert.equal(caseInfo(context).files.length, 1);
      assert.ok(verifyCase(context).ok);
    });
  });

  itWithData('real transactions written as tables: the same records back, every id proven', 'esplora-fixtures', () => {
    const wanted: TransactionRecord[] = [];
    const blocks: BlockRecord[] = [];
    for (const name of [
      'esplora-fixtures/taproot-op-return.json',
      'esplora-fixtures/batch-withdrawal-143.json',
      'esplora-fixtures/whirlpool-coinjoin.json',
      'esplora-fixtures/satoshi-genesis-txs.json.gz',
    ]) {
      const parsed = readBitcoinFile(sharedData(name), { format: 'auto', network: 'mainnet' });
      for (const { record } of parsed.transactions) if (!record.coinbase) wanted.push(record);
    }
    const tables = blockchairTables(wanted, blocks);
    const parsed = read({
      outputs: tsv(tables.outputs),
      inputs: tsv(tables.inputs),
      transactions: tsv(tables.transactions),
    });
    assert.ok(wanted.length >= 4);
    for (const record of wanted) {
      const found = byTxid(parsed, record.txid);
      assert.deepEqual(checkRecord(found), []);
      assert.equal(proveRecord(found), 'verified', record.txid);
      assert.deepEqual(found, { ...record, blockHash: null, feeSat: found.feeSat });
    }
  });

  itWithData(
    'the rows of bitcoin-etl written as tables give the same ledger, but for positions',
    'bitcoin-etl-blocks',
    () => {
      const base = sharedData('bitcoin-etl-blocks/stream_50001_50002');
      const options = { format: 'auto', network: 'mainnet' } as const;
      const etl = ['blocks', 'transactions'].map((name) => join(base, `expected_${name}.json`));
      const transactions = readBitcoinFile(etl[1], options).transactions.map(({ record }) => record);
      const tables = blockchairTables(
        transactions,
        readBitcoinFile(etl[0], options).blocks.map(({ block }) => block),
      );
      // The etl rows have no script of spent outputs; a table row always has one: that of the address, a bare key's is not known.
      const inputs = tables.inputs.map((cells, at) =>
        at === 0 ? cells : cells.map((cell, column) => (column === 8 ? '51' : cell)),
      );
      const recipient = (cells: string[]) => cells.map((cell, column) => (column === 6 ? '' : cell));
      const paths = write({
        ...Object.fromEntries(NAMES.map((name) => [name, tsv(tables[name])])),
        inputs: tsv([inputs[0], ...inputs.slice(1).map(recipient)]),
      });
      const lines = (name: string, files: string[]) =>
        withCase(join(folder, name), { create: true }, (context) => {
          ingestFiles(context.store, files, options);
          return [...factLines(context)].map((text) => {
            const fact = JSON.parse(text) as { position?: unknown; inputs?: Array<Record<string, unknown>> };
            delete fact.position;
            for (const input of fact.inputs ?? [])
              for (const key of ['witness', 'prevScript', 'prevAddress', 'script']) delete input[key];
            return JSON.stringify(fact);
          });
        });
      const expected = lines('etl.spoor', etl);
      assert.ok(expected.length > 4);
      assert.deepEqual(lines('tables.spoor', paths).sort(), expected.sort());
    },
  );
});
