import assert from 'node:assert/strict';
import { checkRecord } from '../../../src/chain/bitcoin/check.ts';
import { type ParsedFile, readBitcoinFile } from '../../../src/chain/bitcoin/source-file.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';
import {
  BROKEN_ADDRESS,
  CHANGE,
  CHANGE_SCRIPT,
  itRefuses,
  PAYEE,
  PAYEE_SCRIPT,
  PREV_TXID,
  readContent,
  TXID,
} from './source-content.ts';

const PREV_OUT = { tx_index: 273801272, n: 1, addr: PAYEE, value: 1000, script: PAYEE_SCRIPT, spent: true, type: 0 };
const INPUT = { sequence: 4294967294, witness: '', script: '00', prev_out: PREV_OUT };
const OUT = [
  { n: 1, value: 600, addr: CHANGE, script: CHANGE_SCRIPT, spent: true, tx_index: 5 },
  { n: 0, value: 300, addr: PAYEE, script: PAYEE_SCRIPT, spent: false, tx_index: 5 },
];
const TX = {
  hash: TXID,
  ver: 1,
  lock_time: 479808,
  tx_index: 273802319,
  inputs: [INPUT],
  out: OUT,
  block_height: 479819,
  time: 1502286931,
};
const RAWADDR = { address: PAYEE, n_tx: 1, total_received: 1300, total_sent: 1000, final_balance: 300, txs: [TX] };

function withOut(change: object): object {
  return { ...RAWADDR, txs: [{ ...TX, out: [{ ...OUT[1], ...change }] }] };
}

function withPrevOut(change: object): object {
  return { ...TX, inputs: [{ ...INPUT, prev_out: { ...PREV_OUT, ...change } }] };
}

describe('chain/bitcoin source-file-blockchain-info', () => {
  it('reads an address to the normal form, outputs ordered by n', () => {
    const parsed = readContent(RAWADDR);
    assert.equal(parsed.format, 'blockchain-info');
    assert.deepEqual(parsed.notes, []);
    assert.deepEqual(parsed.addressTotals, [{ address: PAYEE, receivedSat: 1300, sentSat: 1000, transactionCount: 1 }]);
    assert.deepEqual(parsed.transactions, [
      {
        place: { file: 'facts.json', record: 'txs[0]' },
        record: {
          txid: TXID,
          version: 1,
          lockTime: 479808,
          coinbase: false,
          inputs: [
            {
              prevTxid: null,
              prevVout: 1,
              prevAlias: 'blockchain.info:273801272',
              valueSat: 1000,
              prevScript: PAYEE_SCRIPT,
              prevAddress: PAYEE,
              scriptSig: '00',
              sequence: 4294967294,
              witness: null,
            },
          ],
          outputs: [
            { valueSat: 300, scriptPubKey: PAYEE_SCRIPT, address: PAYEE, spent: false, spenderTxid: null },
            { valueSat: 600, scriptPubKey: CHANGE_SCRIPT, address: CHANGE, spent: true, spenderTxid: null },
          ],
          feeSat: null,
          alias: 'blockchain.info:273802319',
          height: 479819,
          blockHash: null,
          position: null,
          timestampSec: null,
          seenSec: 1502286931,
        },
      },
    ]);
  });

  it('reads a bare transaction, a list of them, and a list of addresses', () => {
    const { record } = readContent(RAWADDR).transactions[0];
    for (const body of [TX, [TX], [RAWADDR]]) {
      assert.deepEqual(readContent(body).transactions[0].record, record);
    }
  });

  it('reads numbers in quotes', () => {
    const quoted = JSON.stringify(RAWADDR).replace(/:(\d+)/g, ':"$1"');
    const parsed = readContent(quoted);
    assert.deepEqual(parsed.transactions[0].record, {
      ...readContent({ ...RAWADDR, txs: [{ ...TX, ver: 1 }] }).transactions[0].record,
    });
    assert.equal(parsed.addressTotals[0].receivedSat, 1300);
  });

  it('names the previous transaction by its txid when the source gives it', () => {
    const [input] = readContent(withPrevOut({ hash: PREV_TXID })).transactions[0].record.inputs;
    assert.equal(input.prevTxid, PREV_TXID);
    assert.equal(input.prevAlias, null);
  });

  it('keeps every digit of a transaction number above safe integers', () => {
    const text = JSON.stringify(TX).replace('"tx_index":273802319', '"tx_index":9007199254740993');
    assert.equal(readContent(text).transactions[0].record.alias, 'blockchain.info:9007199254740993');
  });

  it('knows a coinbase by an absent prev_out, and by the empty one of newer answers', () => {
    const old = { sequence: 4294967295, script: '04ffff001d0104' };
    const newer = { ...old, prev_out: { n: 4294967295, tx_index: 0, value: 0, script: '' } };
    for (const input of [old, newer]) {
      const { record } = readContent({ ...TX, inputs: [input], fee: 0 }).transactions[0];
      assert.equal(record.coinbase, true);
      assert.equal(record.feeSat, null);
      assert.equal(record.inputs[0].prevVout, null);
      assert.equal(record.inputs[0].scriptSig, '04ffff001d0104');
    }
  });

  it('leaves unconfirmed transactions out, marks double spends, and says when the address has more', () => {
    const waiting = { ...TX, block_height: null, double_spend: true };
    const parsed = readContent({ ...RAWADDR, n_tx: 50, txs: [TX, waiting] });
    assert.equal(parsed.transactions.length, 1);
    assert.deepEqual(parsed.notes, [
      `${PAYEE}: the file holds 2 of 50 transactions`,
      '1 unconfirmed transaction left out',
      '1 transaction that the explorer marked as a double spend attempt',
    ]);
  });

  itRefuses([
    {
      title: 'a decimal amount',
      content: JSON.stringify(withOut({ value: 7 })).replace('"value":7', '"value":7.5'),
      field: 'txs[0].out[0].value',
      says: /a decimal number where whole satoshi are expected \(7\.5\)/,
    },
    { title: 'a negative amount', content: withOut({ value: -5 }), field: 'txs[0].out[0].value', says: /negative/ },
    {
      title: 'an amount above all coins',
      content: withOut({ value: '2100000000000001' }),
      field: 'txs[0].out[0].value',
      says: /above all the bitcoins/,
    },
    {
      title: 'an amount of bitcoin in quotes',
      content: withOut({ value: '0.5' }),
      field: 'txs[0].out[0].value',
      says: /not a whole number of satoshi/,
    },
    {
      title: 'a missing amount',
      content: withOut({ value: undefined }),
      field: 'txs[0].out[0].value',
      says: /found nothing/,
    },
    {
      title: 'an address with a wrong character',
      content: withOut({ addr: BROKEN_ADDRESS }),
      field: 'txs[0].out[0].addr',
      says: /checksum|character/,
    },
    {
      title: 'an owner with a wrong character',
      content: { ...RAWADDR, address: BROKEN_ADDRESS },
      field: 'address',
      says: /checksum|character/,
    },
    {
      title: 'a hole in the outputs',
      content: { ...RAWADDR, txs: [{ ...TX, out: [OUT[0]] }] },
      field: 'txs[0].out',
      says: /index 0 is missing/,
    },
    {
      title: 'an output twice',
      content: { ...RAWADDR, txs: [{ ...TX, out: [OUT[1], OUT[1]] }] },
      field: 'txs[0].out',
      says: /index 0 occurs twice/,
    },
    {
      title: 'a spent output without number',
      content: withPrevOut({ tx_index: undefined }),
      field: 'inputs[0].prev_out.tx_index',
      says: /missing/,
    },
    {
      title: 'a second input without prev_out',
      content: { ...TX, inputs: [INPUT, { ...INPUT, prev_out: null }] },
      field: 'inputs[1].prev_out',
      says: /without the output it spends/,
    },
    { title: 'a missing total', content: { ...RAWADDR, total_sent: undefined }, field: 'total_sent', says: /missing/ },
    {
      title: 'a height that is a word',
      content: { ...TX, block_height: 'high' },
      field: 'block_height',
      says: /expected a whole number/,
    },
  ]);

  itWithData(
    'reads the three WannaCry wallets whole; receipts and spends add up to the stated totals',
    'wannacry-2017',
    () => {
      // PROVENANCE.md: 115 + 115 + 130 transactions, 341 distinct; totals in BTC to 8 places.
      const wallets: [string, number, number, number][] = [
        ['115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn', 115, 1450067602, 1441067602],
        ['12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw', 115, 1786713037, 1777113037],
        ['13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94', 130, 1974510304, 1974510304],
      ];
      const distinct = new Set<string>();
      for (const [address, count, receivedSat, sentSat] of wallets) {
        const path = sharedData(`wannacry-2017/blockchain_info.rawaddr.${address}.json.gz`);
        const parsed: ParsedFile = readBitcoinFile(path, { format: 'auto', network: 'mainnet' });
        assert.equal(parsed.transactions.length, count);
        assert.deepEqual(parsed.notes, []);
        assert.deepEqual(parsed.addressTotals, [{ address, receivedSat, sentSat, transactionCount: count }]);
        let received = 0;
        let sent = 0;
        for (const { record } of parsed.transactions) {
          distinct.add(record.txid);
          checkRecord(record);
          for (const output of record.outputs) if (output.address === address) received += output.valueSat;
          for (const input of record.inputs) if (input.prevAddress === address) sent += input.valueSat ?? Number.NaN;
        }
        assert.equal(received, receivedSat);
        assert.equal(sent, sentSat);
      }
      assert.equal(distinct.size, 341);
    },
  );
});
