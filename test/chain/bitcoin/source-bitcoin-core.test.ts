import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
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

/** Published genesis block: header of 80 bytes, and its one transaction. */
const GENESIS_HEADER =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c';
const GENESIS_TX = `01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a0100000043${GENESIS_SCRIPT}00000000`;
const GENESIS_TXID = '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b';
const GENESIS_HASH = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';

const VIN = {
  txid: PREV_TXID,
  vout: 1,
  scriptSig: { asm: '', hex: '' },
  txinwitness: ['00', 'ff'],
  prevout: { generated: false, height: 9, value: 0.00001, scriptPubKey: { hex: PAYEE_SCRIPT, address: PAYEE } },
  sequence: 4294967293,
};
const COINBASE_VIN = { coinbase: '0351', sequence: 4294967295 };
const VOUT = [
  { n: 1, value: 0, scriptPubKey: { hex: '6a0131', type: 'nulldata' } },
  { n: 0, value: 0.000006, scriptPubKey: { hex: CHANGE_SCRIPT, addresses: [CHANGE] } },
];
const TX = { txid: TXID, hash: TXID, version: 2, locktime: 5, vin: [VIN], vout: VOUT, fee: 0.000004 };
const BLOCK = {
  hash: BLOCK_HASH,
  confirmations: 3,
  height: 800000,
  merkleroot: PREV_TXID,
  time: 1690168629,
  nTx: 2,
  previousblockhash: GENESIS_HASH,
  tx: [{ ...TX, txid: PREV_TXID, vin: [COINBASE_VIN], fee: undefined }, TX],
};
const FOUND = { ...TX, blockhash: BLOCK_HASH, confirmations: 7, blocktime: 1690168629, time: 1 };

function withOutput(change: object): object {
  return { ...FOUND, vout: [{ ...VOUT[1], ...change }] };
}

function genesisWith(change: object): object {
  const vout = [{ value: 50, n: 0, scriptPubKey: { hex: GENESIS_SCRIPT, type: 'pubkey', addresses: [PAYEE] } }];
  const script = GENESIS_TX.slice(84, 84 + 2 * 0x4d);
  const vin = [{ coinbase: script, sequence: 4294967295 }];
  return { ...FOUND, txid: GENESIS_TXID, version: 1, locktime: 0, vin, vout, hex: GENESIS_TX, ...change };
}

describe('chain/bitcoin source-file-bitcoin-core', () => {
  it('reads a block of verbosity 3 to the normal form', () => {
    const parsed = readContent(BLOCK);
    assert.equal(parsed.format, 'bitcoin-core');
    assert.deepEqual(parsed.blocks[0].block, {
      hash: BLOCK_HASH,
      height: 800000,
      prevHash: GENESIS_HASH,
      merkleRoot: PREV_TXID,
      timestampSec: 1690168629,
      transactionCount: 2,
    });
    assert.equal(parsed.transactions[0].record.coinbase, true);
    assert.deepEqual(parsed.transactions[1], {
      place: { file: 'facts.json', record: 'tx[1]' },
      record: {
        txid: TXID,
        version: 2,
        lockTime: 5,
        coinbase: false,
        inputs: [
          {
            prevTxid: PREV_TXID,
            prevVout: 1,
            prevAlias: null,
            valueSat: 1000,
            prevScript: PAYEE_SCRIPT,
            prevAddress: PAYEE,
            scriptSig: '',
            sequence: 4294967293,
            witness: ['00', 'ff'],
          },
        ],
        outputs: [
          { valueSat: 600, scriptPubKey: CHANGE_SCRIPT, address: CHANGE, spent: null, spenderTxid: null },
          { valueSat: 0, scriptPubKey: '6a0131', address: null, spent: null, spenderTxid: null },
        ],
        feeSat: 400,
        alias: null,
        height: 800000,
        blockHash: BLOCK_HASH,
        position: 1,
        timestampSec: 1690168629,
        seenSec: null,
      },
    });
  });

  it('reads the JSON-RPC envelope and lists of answers', () => {
    const { transactions } = readContent(BLOCK);
    const boxed = readContent({ result: BLOCK, error: null, id: 1 });
    assert.deepEqual(boxed.transactions[1].record, transactions[1].record);
    assert.equal(boxed.transactions[1].place.record, 'result.tx[1]');
    assert.equal(readContent([FOUND, FOUND]).transactions.length, 2);
  });

  it('reads getrawtransaction: block hash known, height not', () => {
    const { record } = readContent(FOUND).transactions[0];
    assert.deepEqual([record.height, record.position, record.blockHash], [null, null, BLOCK_HASH]);
    assert.equal(record.timestampSec, 1690168629);
  });

  it('leaves out what is unconfirmed or outside the best chain', () => {
    const waiting = [TX, { ...FOUND, confirmations: 0 }];
    const stale = [
      { ...FOUND, in_active_chain: false },
      { ...BLOCK, confirmations: -1 },
    ];
    const parsed = readContent([...waiting, ...stale, FOUND]);
    assert.equal(parsed.transactions.length, 1);
    assert.deepEqual(parsed.notes, [
      '2 unconfirmed transactions left out',
      '2 blocks or transactions outside the best chain left out',
    ]);
  });

  it('reads a raw block in quotes and bare, with the height of the genesis block', () => {
    const hex = `${GENESIS_HEADER}01${GENESIS_TX}`;
    for (const content of [JSON.stringify(hex), `${hex}\n`, JSON.stringify({ result: hex, error: null })]) {
      const parsed = readContent(content);
      assert.equal(parsed.format, 'bitcoin-core');
      assert.equal(parsed.blocks[0].block.hash, GENESIS_HASH);
      const { record } = parsed.transactions[0];
      assert.deepEqual([record.txid, record.height, record.position], [GENESIS_TXID, 0, 0]);
    }
  });

  it('lets the bytes of hex decide once they hash to the txid', () => {
    const { record } = readContent(genesisWith({})).transactions[0];
    assert.equal(proveRecord(record), 'verified');
    assert.equal(record.outputs[0].address, null);
  });

  it('refuses hex of another transaction, and fields that differ from hex', () => {
    const other = refused(genesisWith({ txid: TXID }));
    assert.equal(other.code, 'HASH_MISMATCH');
    assert.equal(other.place.field, 'hex');
    const vout = [{ value: 50.00000001, n: 0, scriptPubKey: { hex: GENESIS_SCRIPT } }];
    const changed = refused(genesisWith({ vout }));
    assert.equal(changed.code, 'SOURCES_DISAGREE');
    assert.match(changed.message, /value of output 0/);
    const more = [...vout, { value: 0, n: 1, scriptPubKey: { hex: '51' } }];
    const fewer = refused(genesisWith({ vout: more }));
    assert.match(fewer.message, /number of outputs/);
    assert.equal(refused(genesisWith({ hex: GENESIS_TX.slice(0, -2) })).code, 'MALFORMED');
  });

  itRefuses([
    {
      title: 'a ninth decimal place',
      content: withOutput({ value: 0.123456789 }),
      field: 'vout[0].value',
      says: /parts of a satoshi/,
    },
    { title: 'a negative amount', content: withOutput({ value: -1.5 }), field: 'vout[0].value', says: /no sign/ },
    {
      title: 'an amount above all coins',
      content: withOutput({ value: 21000001 }),
      field: 'vout[0].value',
      says: /above all the bitcoins/,
    },
    {
      title: 'an amount in quotes',
      content: withOutput({ value: '0.5' }),
      field: 'vout[0].value',
      says: /found the text/,
    },
    {
      title: 'a missing amount',
      content: withOutput({ value: undefined }),
      field: 'vout[0].value',
      says: /found nothing/,
    },
    {
      title: 'an address with a wrong character',
      content: withOutput({ scriptPubKey: { hex: '51', address: BROKEN_ADDRESS } }),
      field: 'vout[0].scriptPubKey.address',
      says: /checksum|character/,
    },
    {
      title: 'a missing script',
      content: withOutput({ scriptPubKey: {} }),
      field: 'vout[0].scriptPubKey.hex',
      says: /missing/,
    },
    {
      title: 'an input without script',
      content: { ...FOUND, vin: [{ ...VIN, scriptSig: undefined }] },
      field: 'vin[0].scriptSig',
      says: /missing: expected an object/,
    },
    { title: 'a block of txids only', content: { ...BLOCK, tx: [TXID] }, field: 'tx', says: /verbosity 1/ },
    {
      title: 'a block with fewer transactions than it counts',
      content: { ...BLOCK, nTx: 3 },
      field: 'tx',
      says: /2 transactions listed, but the block has 3/,
    },
    {
      title: 'the error answer of a node',
      content: { result: null, error: { code: -5, message: 'Block not found' }, id: 1 },
      field: 'error',
      says: /Block not found/,
    },
    { title: 'truncated JSON', content: JSON.stringify(BLOCK).slice(0, -9), field: undefined, says: /line 1, column/ },
  ]);

  it('refuses a raw block that is cut', () => {
    const error = refused(`${GENESIS_HEADER}01${GENESIS_TX.slice(0, -2)}`);
    assert.equal(error.code, 'MALFORMED');
    assert.equal(error.place.file, 'facts.json');
  });

  itWithData('reads every recorded answer with transactions; all hash to their txid', 'bitcoin-etl-blocks', () => {
    const folder = sharedData('bitcoin-etl-blocks');
    const names = readdirSync(folder, { recursive: true }).map(String);
    const answers = names.filter((name) => /rpc_response_(getblock_.*_2|getrawtransaction_.*)\.json$/.test(name));
    const read: ParsedFile[] = answers.map((name) =>
      readBitcoinFile(`${folder}/${name}`, { format: 'auto', network: 'mainnet' }),
    );
    const blocks = read.flatMap((parsed) => parsed.blocks.map(({ block }) => block.height));
    // block_0, block_1, 50000, and 50001 and 50002 in two folders each.
    assert.deepEqual(blocks.sort(), [0, 1, 50000, 50001, 50001, 50002, 50002]);
    const records = read.flatMap((parsed) => parsed.transactions.map(({ record }) => record));
    // 1 + 1 + 1 + 2 * (3 + 1) in blocks, and three alone.
    assert.equal(records.length, 14);
    for (const record of records) {
      assert.deepEqual(checkRecord(record), []);
      assert.equal(proveRecord(record), 'verified');
    }
  });

  itWithData('refuses the recorded answers without transactions', 'bitcoin-etl-blocks', () => {
    const stream = sharedData('bitcoin-etl-blocks/stream_50001_50002');
    for (const name of readdirSync(stream).filter((file) => /getblockhash|getblockcount|_None/.test(file))) {
      const error = refused(readFileSync(`${stream}/${name}`));
      assert.equal(error.code, name.includes('_None') ? 'MALFORMED' : 'FORMAT_UNKNOWN', name);
    }
  });
});
