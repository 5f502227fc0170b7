import assert from 'node:assert/strict';
import { checkRecord } from '../../../src/chain/bitcoin/check.ts';
import { type ParsedFile, readBitcoinFile } from '../../../src/chain/bitcoin/source-file.ts';
import { proveRecord } from '../../../src/chain/bitcoin/txid.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';
import {
  BLOCK_HASH,
  BROKEN_ADDRESS,
  CHANGE,
  CHANGE_SCRIPT,
  GENESIS_SCRIPT,
  itRefuses,
  PAYEE,
  PAYEE_SCRIPT,
  PREV_TXID,
  readContent,
  refused,
  TXID,
} from './source-content.ts';

const INPUT = {
  index: 0,
  spent_transaction_hash: PREV_TXID,
  spent_output_index: 2,
  script_hex: '00',
  sequence: 4294967295,
  type: 'pubkeyhash',
  addresses: [PAYEE],
  value: 1000,
};
const OUTPUTS = [
  { index: 1, script_hex: '6a0131', type: 'nulldata', addresses: [], value: 0 },
  { index: 0, script_hex: CHANGE_SCRIPT, type: 'witness_v0_keyhash', addresses: [CHANGE], value: 600 },
];
const TX = {
  hash: TXID,
  version: 1,
  lock_time: 7,
  block_number: 50001,
  block_hash: BLOCK_HASH,
  block_timestamp: 1270917100,
  is_coinbase: false,
  index: 4,
  inputs: [INPUT],
  outputs: OUTPUTS,
  fee: 400,
};
const BLOCK = {
  hash: BLOCK_HASH,
  number: 50001,
  merkle_root: PREV_TXID,
  timestamp: 1270917100,
  transaction_count: 3,
  nonce: '3616ef3',
};

function lines(...objects: object[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n');
}

function withOutput(change: object): string {
  return lines(BLOCK, { ...TX, outputs: [{ ...OUTPUTS[1], ...change }] });
}

function firstOutput(change: object) {
  return readContent(withOutput(change)).transactions[0].record.outputs[0];
}

function readReal(name: string): ParsedFile {
  return readBitcoinFile(sharedData(`bitcoin-etl-blocks/${name}`), { format: 'auto', network: 'mainnet' });
}

describe('chain/bitcoin source-file-bitcoin-etl', () => {
  it('reads blocks and enriched transactions to the normal form', () => {
    const parsed = readContent(lines(BLOCK, TX));
    assert.equal(parsed.format, 'bitcoin-etl');
    assert.deepEqual(parsed.blocks, [
      {
        place: { file: 'facts.json', record: 'line 1' },
        block: {
          hash: BLOCK_HASH,
          height: 50001,
          prevHash: null,
          merkleRoot: PREV_TXID,
          timestampSec: 1270917100,
          transactionCount: 3,
        },
      },
    ]);
    assert.deepEqual(parsed.transactions, [
      {
        place: { file: 'facts.json', record: 'line 2' },
        record: {
          txid: TXID,
          version: 1,
          lockTime: 7,
          coinbase: false,
          inputs: [
            {
              prevTxid: PREV_TXID,
              prevVout: 2,
              prevAlias: null,
              valueSat: 1000,
              prevScript: null,
              prevAddress: PAYEE,
              scriptSig: '00',
              sequence: 4294967295,
              witness: null,
            },
          ],
          outputs: [
            { valueSat: 600, scriptPubKey: CHANGE_SCRIPT, address: CHANGE, spent: null, spenderTxid: null },
            { valueSat: 0, scriptPubKey: '6a0131', address: null, spent: null, spenderTxid: null },
          ],
          feeSat: 400,
          alias: null,
          height: 50001,
          blockHash: BLOCK_HASH,
          position: 4,
          timestampSec: 1270917100,
          seenSec: null,
        },
      },
    ]);
  });

  it('takes made-up names, keys of a multisig and hashed keys for no address', () => {
    const made = { type: 'nonstandard', addresses: ['nonstandard0123456789abcdef'], script_hex: '51' };
    assert.equal(firstOutput(made).address, null);
    assert.equal(firstOutput({ ...made, type: 'witness_unknown', script_hex: undefined }).address, null);
    const keys = { type: 'multisig', addresses: [PAYEE, CHANGE], script_hex: undefined };
    assert.equal(firstOutput(keys).address, null);
    assert.equal(firstOutput({ type: 'pubkey', addresses: [PAYEE], script_hex: GENESIS_SCRIPT }).address, null);
    assert.equal(firstOutput({ type: 'pubkeyhash', addresses: [], script_hex: PAYEE_SCRIPT }).address, PAYEE);
  });

  it('drops the address of a spent bare public key, whose script the file does not hold', () => {
    const [{ record }] = readContent(lines({ ...TX, inputs: [{ ...INPUT, type: 'pubkey' }] })).transactions;
    assert.equal(record.inputs[0].prevAddress, null);
  });

  it('reads a coinbase without inputs and without fee', () => {
    const [{ record }] = readContent(lines({ ...TX, is_coinbase: true, inputs: [], fee: 0 })).transactions;
    assert.deepEqual([record.coinbase, record.inputs, record.feeSat], [true, [], null]);
  });

  it('refuses a raw export, naming the input and the step that is missing', () => {
    for (const value of [null, undefined]) {
      const error = refused(lines(BLOCK, { ...TX, inputs: [{ ...INPUT, value }] }));
      assert.equal(error.code, 'NOT_ENRICHED');
      assert.deepEqual(error.place, { file: 'facts.json', record: 'line 2', field: 'inputs[0].value' });
      assert.match(error.hint ?? '', /enrich_transactions/);
    }
  });

  itRefuses([
    {
      title: 'a decimal amount',
      content: withOutput({ value: 600.5 }),
      field: 'outputs[0].value',
      says: /a decimal number/,
    },
    { title: 'a negative amount', content: withOutput({ value: -1 }), field: 'outputs[0].value', says: /negative/ },
    {
      title: 'an amount above all coins',
      content: withOutput({ value: 2100000000000001 }),
      field: 'outputs[0].value',
      says: /above all the bitcoins/,
    },
    {
      title: 'an amount in quotes',
      content: withOutput({ value: '600' }),
      field: 'outputs[0].value',
      says: /found the text/,
    },
    {
      title: 'a missing amount',
      content: withOutput({ value: undefined }),
      field: 'outputs[0].value',
      says: /found nothing/,
    },
    {
      title: 'an address with a wrong character',
      content: withOutput({ addresses: [BROKEN_ADDRESS] }),
      field: 'outputs[0].addresses[0]',
      says: /checksum|character/,
    },
    { title: 'a hole in the outputs', content: withOutput({ index: 1 }), field: 'outputs', says: /index 0 is missing/ },
    { title: 'a missing hash', content: lines(BLOCK, { ...TX, hash: undefined }), field: 'hash', says: /missing/ },
    {
      title: 'a height in quotes',
      content: lines(BLOCK, { ...TX, block_number: '50001' }),
      field: 'block_number',
      says: /expected a whole number/,
    },
    {
      title: 'a coinbase with inputs',
      content: lines(BLOCK, { ...TX, is_coinbase: true }),
      field: 'inputs',
      says: /coinbase spends no outputs/,
    },
    {
      title: 'a line of another kind',
      content: lines(BLOCK, { hello: 1 }),
      field: undefined,
      says: /neither a transaction/,
    },
    { title: 'a line that is cut', content: lines(BLOCK, TX).slice(0, -5), field: undefined, says: /line 2, column/ },
  ]);

  itWithData('reads exports of blocks that hold only coinbases, and their blocks', 'bitcoin-etl-blocks', () => {
    for (const [folder, height] of [
      ['block_0', 0],
      ['block_1', 1],
      ['block_without_transactions', 50000],
    ] as const) {
      const [{ record }] = readReal(`${folder}/expected_transactions.json`).transactions;
      assert.equal(record.height, height);
      assert.equal(record.outputs[0].valueSat, 5_000_000_000);
      assert.equal(record.outputs[0].address, null, 'early coinbases pay a bare public key');
      assert.equal(readReal(`${folder}/expected_blocks.json`).blocks[0].block.height, height);
    }
  });

  itWithData('refuses the recorded raw export', 'bitcoin-etl-blocks', () => {
    const path = 'block_with_transactions/expected_transactions.json';
    assert.throws(() => readReal(path), { code: 'NOT_ENRICHED' });
  });

  itWithData('reads the recorded enriched stream; what spends hashes to its txid', 'bitcoin-etl-blocks', () => {
    const { transactions } = readReal('stream_50001_50002/expected_transactions.json');
    assert.equal(transactions.length, 4);
    for (const { record } of transactions) {
      assert.deepEqual(checkRecord(record), []);
      assert.equal(proveRecord(record), record.coinbase ? 'asserted' : 'verified');
    }
  });
});
