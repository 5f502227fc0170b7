/** Transactions in the haskoin-store shape of blockchain.info. */
import assert from 'node:assert/strict';
import { checkRecord } from '../../../src/chain/bitcoin/check.ts';
import { readBitcoinFile } from '../../../src/chain/bitcoin/source-file.ts';
import { proveRecord } from '../../../src/chain/bitcoin/txid.ts';
import type { TransactionRecord } from '../../../src/ledger/index.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';
import { CHANGE, CHANGE_SCRIPT, PAYEE, PAYEE_SCRIPT, PREV_TXID, readContent, refused, TXID } from './source-content.ts';

const INPUT = {
  coinbase: false,
  txid: PREV_TXID,
  output: 1,
  sigscript: '00',
  sequence: 4294967295,
  pkscript: PAYEE_SCRIPT,
  value: 1000,
  address: PAYEE,
  witness: [],
};
const OUTPUT = {
  address: CHANGE,
  pkscript: CHANGE_SCRIPT,
  value: 600,
  spent: true,
  spender: { txid: 'e'.repeat(64), input: 3 },
};
const TX = {
  txid: TXID,
  size: 200,
  version: 2,
  locktime: 7,
  fee: 400,
  inputs: [INPUT],
  outputs: [OUTPUT],
  block: { height: 500000, position: 12 },
  deleted: false,
  time: 1513622125,
  rbf: false,
  weight: 800,
};

/** A record in the shape, so that real transactions can be read back. */
function haskoin(record: TransactionRecord): object {
  return {
    txid: record.txid,
    version: record.version,
    locktime: record.lockTime,
    fee: record.feeSat,
    inputs: record.inputs.map((input) => ({
      coinbase: false,
      txid: input.prevTxid,
      output: input.prevVout,
      sigscript: input.scriptSig,
      sequence: input.sequence,
      pkscript: input.prevScript,
      value: input.valueSat,
      address: input.prevAddress,
      witness: input.witness,
    })),
    outputs: record.outputs.map((output) => ({
      address: output.address,
      pkscript: output.scriptPubKey,
      value: output.valueSat,
      spent: false,
      spender: null,
    })),
    block: { height: record.height, position: 5 },
    deleted: false,
    time: record.timestampSec,
  };
}

describe('chain/bitcoin source-file-haskoin', () => {
  it('reads one to the normal form, alone and in a list, told by its keys', () => {
    for (const body of [TX, [TX]]) {
      const parsed = readContent(body);
      assert.equal(parsed.format, 'blockchain-info');
      assert.deepEqual(parsed.transactions[0].record, {
        txid: TXID,
        version: 2,
        lockTime: 7,
        coinbase: false,
        inputs: [
          {
            prevTxid: PREV_TXID,
            prevVout: 1,
            prevAlias: null,
            valueSat: 1000,
            prevScript: PAYEE_SCRIPT,
            prevAddress: PAYEE,
            scriptSig: '00',
            sequence: 4294967295,
            witness: [],
          },
        ],
        outputs: [
          { valueSat: 600, scriptPubKey: CHANGE_SCRIPT, address: CHANGE, spent: true, spenderTxid: 'e'.repeat(64) },
        ],
        feeSat: 400,
        alias: null,
        height: 500000,
        blockHash: null,
        position: 12,
        timestampSec: null,
        seenSec: 1513622125,
      });
    }
  });

  it('reads what a collector kept of it: no scripts', () => {
    const bare = {
      ...TX,
      inputs: [{ txid: PREV_TXID, output: 1, value: 1000, address: PAYEE }],
      outputs: [{ value: 600, address: CHANGE, spent: false, spender: null }],
    };
    const [{ record }] = readContent(bare).transactions;
    assert.deepEqual(
      [record.inputs[0].prevAddress, record.outputs[0].spent, record.outputs[0].scriptPubKey],
      [PAYEE, false, null],
    );
  });

  it('a coinbase has no prevout; unconfirmed and dropped ones are left out and counted', () => {
    const coinbase = {
      ...TX,
      inputs: [
        {
          ...INPUT,
          coinbase: true,
          txid: '0'.repeat(64),
          output: 4294967295,
          pkscript: null,
          value: null,
          address: null,
        },
      ],
    };
    const { record } = readContent(coinbase).transactions[0];
    assert.deepEqual([record.coinbase, record.inputs[0].prevTxid, record.feeSat], [true, null, null]);
    const parsed = readContent([TX, { ...TX, block: { mempool: 1 } }, { ...TX, deleted: true }]);
    assert.equal(parsed.transactions.length, 1);
    assert.deepEqual(parsed.notes, [
      '1 unconfirmed transaction left out',
      '1 transaction that the source dropped left out',
    ]);
  });

  it('refuses a prevout without its index, naming the field', () => {
    const error = refused({ ...TX, inputs: [{ ...INPUT, output: null }] });
    assert.deepEqual([error.code, error.place.field], ['MALFORMED', 'inputs[0].output']);
  });

  itWithData('real transactions in this shape are proven by their ids, witnesses kept', 'esplora-fixtures', () => {
    for (const name of ['taproot-op-return.json', 'whirlpool-coinjoin.json', 'batch-withdrawal-143.json']) {
      const [{ record }] = readBitcoinFile(sharedData(`esplora-fixtures/${name}`), {
        format: 'auto',
        network: 'mainnet',
      }).transactions;
      const found = readContent([haskoin(record)]).transactions[0].record;
      assert.deepEqual(checkRecord(found), []);
      assert.equal(proveRecord(found), 'verified');
      assert.deepEqual(
        [found.inputs, found.outputs.map(({ valueSat, address }) => [valueSat, address])],
        [record.inputs, record.outputs.map(({ valueSat, address }) => [valueSat, address])],
      );
    }
  });
});
