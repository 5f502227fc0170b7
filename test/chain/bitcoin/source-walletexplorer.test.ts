import assert from 'node:assert/strict';
import { checkRecord } from '../../../src/chain/bitcoin/check.ts';
import { readBitcoinFile } from '../../../src/chain/bitcoin/source-file.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';
import { BROKEN_ADDRESS, CHANGE, itRefuses, PAYEE, PREV_TXID, readContent, refused, TXID } from './source-content.ts';

const NEXT_TXID = 'd'.repeat(64);
const ROW_IN = { address: PAYEE, amount: 2.17677353, is_standard: true, next_tx: PREV_TXID };
const ROW_OUT = { address: CHANGE, amount: 0.009986, is_standard: true, next_tx: NEXT_TXID, wallet_id: 'w' };
const TX = {
  found: true,
  txid: TXID,
  block_height: 479006,
  block_pos: 1164,
  time: 1501849317,
  is_coinbase: false,
  label: null,
  in: [ROW_IN],
  out: [ROW_OUT, { ...ROW_OUT, amount: 2, next_tx: null }],
};

function withOut(change: object): object {
  return { ...TX, out: [{ ...ROW_OUT, ...change }] };
}

describe('chain/bitcoin source-file-walletexplorer', () => {
  it('reads amounts from their text and next_tx both ways', () => {
    const parsed = readContent([TX]);
    assert.equal(parsed.format, 'walletexplorer');
    assert.deepEqual(parsed.transactions, [
      {
        place: { file: 'facts.json', record: '[0]' },
        record: {
          txid: TXID,
          version: null,
          lockTime: null,
          coinbase: false,
          inputs: [
            {
              prevTxid: PREV_TXID,
              prevVout: null,
              prevAlias: null,
              // 2.17677353 BTC and 0.009986 BTC, the point moved by eight places.
              valueSat: 217677353,
              prevScript: null,
              prevAddress: PAYEE,
              scriptSig: null,
              sequence: null,
              witness: null,
            },
          ],
          outputs: [
            { valueSat: 998600, scriptPubKey: null, address: CHANGE, spent: true, spenderTxid: NEXT_TXID },
            { valueSat: 200000000, scriptPubKey: null, address: CHANGE, spent: false, spenderTxid: null },
          ],
          feeSat: null,
          alias: null,
          height: 479006,
          blockHash: null,
          position: 1164,
          timestampSec: 1501849317,
          seenSec: null,
        },
      },
    ]);
  });

  it('reads ins and outs as well as in and out, alone or in a list', () => {
    const { in: ins, out: outs, ...rest } = TX;
    const [{ record }] = readContent({ ...rest, ins, outs }).transactions;
    assert.deepEqual(record, readContent(TX).transactions[0].record);
  });

  it('gives a coinbase no inputs, and rows that are not standard no address', () => {
    const { record } = readContent({ ...TX, is_coinbase: true, in: [] }).transactions[0];
    assert.equal(record.coinbase, true);
    assert.deepEqual(record.inputs, []);
    const odd = readContent(withOut({ is_standard: false, address: 'some script' }));
    assert.equal(odd.transactions[0].record.outputs[0].address, null);
  });

  it('counts what was not found', () => {
    const parsed = readContent([{ found: false, txid: TXID }, TX]);
    assert.equal(parsed.transactions.length, 1);
    assert.deepEqual(parsed.notes, ['1 transaction that WalletExplorer did not find left out']);
  });

  it('reads NaN as a missing value when told the format, and says so when not', () => {
    const text = JSON.stringify(TX).replace('"label":null', '"label":NaN');
    assert.equal(readContent(text, { format: 'walletexplorer' }).transactions.length, 1);
    assert.match(refused(text).hint ?? '', /--format walletexplorer/);
  });

  it('never makes an amount of NaN', () => {
    const text = JSON.stringify(TX).replace('2.17677353', 'NaN');
    const error = refused(text, { format: 'walletexplorer' });
    assert.equal(error.place.field, 'in[0].amount');
    assert.match(error.message, /found null/);
  });

  itRefuses([
    {
      title: 'a ninth decimal place',
      content: JSON.stringify(TX).replace('2.17677353', '2.176773531'),
      field: 'in[0].amount',
      says: /parts of a satoshi/,
    },
    { title: 'a negative amount', content: withOut({ amount: -0.5 }), field: 'out[0].amount', says: /no sign/ },
    {
      title: 'an amount above all coins',
      content: withOut({ amount: 21000000.5 }),
      field: 'out[0].amount',
      says: /above all the bitcoins/,
    },
    {
      title: 'an amount in quotes',
      content: withOut({ amount: '0.5' }),
      field: 'out[0].amount',
      says: /as a number, found the text/,
    },
    {
      title: 'a missing amount',
      content: withOut({ amount: undefined }),
      field: 'out[0].amount',
      says: /found nothing/,
    },
    {
      title: 'an address with a wrong character',
      content: withOut({ address: BROKEN_ADDRESS }),
      field: 'out[0].address',
      says: /checksum|character/,
    },
    {
      title: 'an input without its previous transaction',
      content: { ...TX, in: [{ ...ROW_IN, next_tx: null }] },
      field: 'in[0].next_tx',
      says: /found null/,
    },
    { title: 'a missing height', content: { ...TX, block_height: undefined }, field: 'block_height', says: /missing/ },
    {
      title: 'is_coinbase as a number',
      content: { ...TX, is_coinbase: 0 },
      field: 'is_coinbase',
      says: /expected true or false/,
    },
    { title: 'truncated JSON', content: JSON.stringify(TX).slice(0, -3), field: undefined, says: /line 1, column/ },
  ]);

  itWithData('reads the 19 transactions downstream of a WannaCry wallet', 'wannacry-2017', () => {
    const path = sharedData('wannacry-2017/walletexplorer.12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw.txs_outs.json.gz');
    const parsed = readBitcoinFile(path, { format: 'auto', network: 'mainnet' });
    assert.equal(parsed.format, 'walletexplorer');
    assert.equal(parsed.transactions.length, 19);
    for (const { record } of parsed.transactions) assert.deepEqual(checkRecord(record), []);
    const inputs = parsed.transactions.flatMap(({ record }) => record.inputs);
    assert.ok(inputs.every((input) => input.prevTxid !== null && input.valueSat !== null));
  });
});
