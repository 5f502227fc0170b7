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

const VIN = {
  txid: PREV_TXID,
  vout: 3,
  prevout: { scriptpubkey: PAYEE_SCRIPT, scriptpubkey_address: PAYEE, value: 1000 },
  scriptsig: '00FF',
  is_coinbase: false,
  sequence: 4294967293,
};
const STATUS = { confirmed: true, block_height: 800000, block_hash: BLOCK_HASH, block_time: 1690168629 };
const TX = {
  txid: TXID,
  version: 2,
  locktime: 0,
  vin: [VIN],
  vout: [
    { scriptpubkey: CHANGE_SCRIPT, scriptpubkey_address: CHANGE, value: 600 },
    { scriptpubkey: '6a0131', value: 0 },
  ],
  fee: 400,
  status: STATUS,
};

function withOutput(change: object): object {
  return { ...TX, vout: [{ ...TX.vout[0], ...change }] };
}

function readReal(name: string): ParsedFile {
  return readBitcoinFile(sharedData(name), { format: 'auto', network: 'mainnet' });
}

describe('chain/bitcoin source-file-esplora', () => {
  it('reads one transaction to the normal form', () => {
    const parsed = readContent({ ...TX, somethingNew: { a: 1 } });
    assert.equal(parsed.format, 'esplora');
    assert.deepEqual(parsed.notes, []);
    assert.deepEqual(parsed.transactions, [
      {
        place: { file: 'facts.json', record: 'whole file' },
        record: {
          txid: TXID,
          version: 2,
          lockTime: 0,
          coinbase: false,
          inputs: [
            {
              prevTxid: PREV_TXID,
              prevVout: 3,
              prevAlias: null,
              valueSat: 1000,
              prevScript: PAYEE_SCRIPT,
              prevAddress: PAYEE,
              scriptSig: '00ff',
              sequence: 4294967293,
              witness: [],
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
          position: null,
          timestampSec: 1690168629,
          seenSec: null,
        },
      },
    ]);
  });

  it('reads lists, {txs: [...]} and lists of {tx: ...} alike', () => {
    const bodies = [[TX], { txs: [TX] }, [{ tx: TX, notes: 'x' }]];
    const records = bodies.map((body) => readContent(body).transactions.map((item) => item.record));
    assert.deepEqual(records[1], records[0]);
    assert.deepEqual(records[2], records[0]);
    assert.deepEqual(readContent(bodies[1]).transactions[0].place, { file: 'facts.json', record: 'txs[0]' });
  });

  it('fills the address from the script and drops the one explorers print for a bare public key', () => {
    const filled = readContent(withOutput({ scriptpubkey_address: undefined }));
    assert.equal(filled.transactions[0].record.outputs[0].address, CHANGE);
    const bare = readContent(withOutput({ scriptpubkey: GENESIS_SCRIPT, scriptpubkey_address: PAYEE }));
    assert.equal(bare.transactions[0].record.outputs[0].address, null);
  });

  it('takes a null prevout as unknown, never as zero', () => {
    const { record } = readContent({ ...TX, vin: [{ ...VIN, prevout: null }] }).transactions[0];
    assert.equal(record.inputs[0].valueSat, null);
    assert.equal(record.inputs[0].prevScript, null);
    assert.equal(record.feeSat, 400);
  });

  it('reads a coinbase without prevout and without fee', () => {
    const vin = { ...VIN, txid: '0'.repeat(64), vout: 4294967295, prevout: null, is_coinbase: true, witness: ['00'] };
    const { record } = readContent({ ...TX, vin: [vin], fee: 0 }).transactions[0];
    assert.equal(record.coinbase, true);
    assert.equal(record.inputs[0].prevTxid, null);
    assert.equal(record.inputs[0].prevVout, null);
    assert.deepEqual(record.inputs[0].witness, ['00']);
    assert.equal(record.feeSat, null);
  });

  it('leaves unconfirmed transactions out and counts them', () => {
    const parsed = readContent([TX, { ...TX, status: { confirmed: false } }, { ...TX, status: { confirmed: false } }]);
    assert.equal(parsed.transactions.length, 1);
    assert.deepEqual(parsed.notes, ['2 unconfirmed transactions left out']);
  });

  it('takes a fee of 0 for a placeholder where inputs minus outputs differ, and only there', () => {
    const parsed = readContent([
      { ...TX, fee: 0 },
      { ...withOutput({ value: 1000 }), fee: 0 },
    ]);
    assert.deepEqual(
      parsed.transactions.map((item) => item.record.feeSat),
      [null, 0],
    );
    assert.match(parsed.notes[0], /^1 fee of 0 differs/);
  });

  it('reads a version printed signed as the unsigned one', () => {
    // -2147483647 is 0x80000001, unsigned 2147483649.
    assert.equal(readContent({ ...TX, version: -2147483647 }).transactions[0].record.version, 2147483649);
  });

  it('says what to do where status is missing', () => {
    const error = refused([{ ...TX, status: undefined }]);
    assert.equal(error.code, 'MALFORMED');
    assert.deepEqual(error.place, { file: 'facts.json', record: '[0]', field: '[0].status' });
    assert.match(error.hint ?? '', /\/tx\/:txid/);
  });

  itRefuses([
    {
      title: 'a decimal amount',
      content: JSON.stringify(withOutput({ value: 777 })).replace('777', '0.5'),
      field: 'vout[0].value',
      says: /a decimal number where whole satoshi/,
    },
    { title: 'a negative amount', content: withOutput({ value: -1 }), field: 'vout[0].value', says: /negative/ },
    {
      title: 'an amount above all coins',
      content: withOutput({ value: 2100000000000001 }),
      field: 'vout[0].value',
      says: /above all the bitcoins/,
    },
    {
      title: 'an amount above safe integers',
      content: JSON.stringify(withOutput({ value: 7 })).replace('"value":7', '"value":90071992547409930'),
      field: 'vout[0].value',
      says: /above all the bitcoins/,
    },
    {
      title: 'an amount in quotes',
      content: withOutput({ value: '600' }),
      field: 'vout[0].value',
      says: /found the text "600"/,
    },
    {
      title: 'a missing amount',
      content: withOutput({ value: undefined }),
      field: 'vout[0].value',
      says: /found nothing/,
    },
    {
      title: 'an address with a wrong character',
      content: withOutput({ scriptpubkey_address: BROKEN_ADDRESS }),
      field: 'vout[0].scriptpubkey_address',
      says: /checksum|character/,
    },
    {
      title: 'an address of another network',
      content: withOutput({ scriptpubkey_address: 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx' }),
      field: 'vout[0].scriptpubkey_address',
      says: /testnet/,
    },
    {
      title: 'half a byte of script',
      content: withOutput({ scriptpubkey: '6a0' }),
      field: 'vout[0].scriptpubkey',
      says: /whole bytes/,
    },
    {
      title: 'a script that is no hex',
      content: withOutput({ scriptpubkey: '6a0g' }),
      field: 'vout[0].scriptpubkey',
      says: /character 4 \("g"\)/,
    },
    { title: 'a missing txid', content: { ...TX, txid: undefined }, field: 'txid', says: /missing: expected a text/ },
    { title: 'a short txid', content: { ...TX, txid: 'abc' }, field: 'txid', says: /64 hex digits/ },
    {
      title: 'a missing list of outputs',
      content: { ...TX, vout: undefined },
      field: 'vout',
      says: /missing: expected a list/,
    },
    {
      title: 'inputs that are an object',
      content: { ...TX, vin: {} },
      field: 'vin',
      says: /expected a list, found an object/,
    },
    {
      title: 'a sequence above 32 bits',
      content: { ...TX, vin: [{ ...VIN, sequence: 4294967296 }] },
      field: 'vin[0].sequence',
      says: /from 0 to 4294967295/,
    },
    {
      title: 'a confirmed transaction without height',
      content: { ...TX, status: { confirmed: true } },
      field: 'status.block_height',
      says: /missing/,
    },
    {
      title: 'a negative height',
      content: { ...TX, status: { ...STATUS, block_height: -1 } },
      field: 'status.block_height',
      says: /from 0/,
    },
  ]);

  itWithData('reads every recorded transaction; all hash to their txid', 'esplora-fixtures', () => {
    // Counts of PROVENANCE.md: eight single files, 34 + 32 escrow spends, 50 of the genesis address; and the Bitfinex transaction.
    const counts: Record<string, number> = {
      'bare-multisig.json': 1,
      'batch-withdrawal-143.json': 1,
      'hodlhodl-fp.json.gz': 34,
      'hodlhodl-tp.json.gz': 32,
      'op-return-charley.json': 1,
      'satoshi-genesis-txs.json.gz': 50,
      'simple-legacy-p2pkh.json': 1,
      'taproot-op-return.json': 1,
      'whirlpool-coinjoin.json': 1,
      'whirlpool_tx.json': 1,
      'whirlpool_tx0.json': 1,
    };
    for (const [name, count] of Object.entries(counts)) {
      const parsed = readReal(`esplora-fixtures/${name}`);
      assert.equal(parsed.format, 'esplora', name);
      assert.equal(parsed.transactions.length, count, name);
      for (const { record } of parsed.transactions) {
        assert.deepEqual(checkRecord(record), [], name);
        assert.equal(proveRecord(record), 'verified', `${name} ${record.txid}`);
      }
    }
    assert.equal(readReal('esplora-fixtures/batch-withdrawal-143.json').transactions[0].record.outputs.length, 143);
  });

  itWithData('counts the placeholder fees of the escrow collections', 'esplora-fixtures', () => {
    assert.match(readReal('esplora-fixtures/hodlhodl-fp.json.gz').notes[0], /^34 fees of 0/);
  });

  itWithData('reads the statistics of an address as totals without transactions', 'esplora-fixtures', () => {
    const parsed = readReal('esplora-fixtures/satoshi-genesis-address.json');
    assert.deepEqual(parsed.transactions, []);
    assert.deepEqual(parsed.addressTotals, [
      { address: PAYEE, receivedSat: 5710665717, sentSat: 0, transactionCount: 56893 },
    ]);
    assert.match(parsed.notes[0], /no transactions/);
  });

  itWithData('reads the recorded Bitfinex theft transaction with its 32 prevouts', 'bitfinex-2016', () => {
    const [{ record }] = readReal('bitfinex-2016/esplora.tx.5c7134d4.json').transactions;
    assert.equal(record.inputs.length, 32);
    assert.ok(record.inputs.every((input) => input.valueSat !== null));
    assert.equal(proveRecord(record), 'verified');
  });
});
