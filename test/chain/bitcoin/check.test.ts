import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { address as peerAddress, crypto as peerCrypto } from 'bitcoinjs-lib';
import { checkAddress, checkRecord, decodeBlock, decodeTransaction } from '../../../src/chain/bitcoin/index.ts';
import { type ErrorCode, SpoorError, satoshi, type TransactionRecord, txid } from '../../../src/ledger/index.ts';
import { itWithData, projectPath } from '../../support/shared-data.ts';
import { BLOCK_FILES, rawBlocks } from './real-blocks.ts';

const vectors: { transactions: { name: string; hex: string }[] } = JSON.parse(
  readFileSync(projectPath('test/vectors/bitcoin/transactions.json'), 'utf8'),
);

function recordOf(part: string): TransactionRecord {
  const found = vectors.transactions.find(({ name }) => name.includes(part));
  assert.ok(found !== undefined, part);
  return decodeTransaction(Buffer.from(found.hex, 'hex'), 'mainnet').record;
}

/** The payment of block 170 with its one input value, 50 BTC, and its fee, none. */
function payment(): TransactionRecord {
  const record = recordOf('first payment');
  record.inputs[0].valueSat = satoshi(5_000_000_000);
  record.feeSat = satoshi(0);
  return record;
}

function assertRefused(record: TransactionRecord, code: ErrorCode, field: string, words: RegExp): void {
  assert.throws(
    () => checkRecord(record),
    (error) => {
      assert.ok(error instanceof SpoorError, String(error));
      assert.deepEqual([error.code, error.place.field], [code, field], error.message);
      assert.match(error.message, words);
      return true;
    },
  );
}

describe('checkRecord', () => {
  for (const { name } of vectors.transactions) {
    it(`passes: ${name}`, () => assert.deepEqual(checkRecord(recordOf(name)), []));
  }

  for (const { file, network } of BLOCK_FILES) {
    itWithData(`passes every transaction of ${file}`, 'bitcoin-blocks', () => {
      for (const raw of rawBlocks(file)) {
        for (const { record } of decodeBlock(raw, network).transactions) {
          assert.deepEqual(checkRecord(record, network), []);
        }
      }
    });
  }

  it('passes known input values and fee', () => assert.deepEqual(checkRecord(payment()), []));

  it('refuses missing inputs, but not of a coinbase whose source lists none', () => {
    const record = payment();
    record.inputs = [];
    assertRefused(record, 'LEDGER_INVALID', 'inputs', /missing inputs/);
    const coinbase = recordOf('first coinbase');
    coinbase.inputs = [];
    assert.deepEqual(checkRecord(coinbase), []);
  });

  it('refuses missing outputs', () => {
    const record = payment();
    record.outputs = [];
    assertRefused(record, 'LEDGER_INVALID', 'outputs', /missing outputs/);
  });

  it('refuses a prevout spent twice inside the transaction, named by txid or by alias', () => {
    const record = payment();
    record.inputs.push({ ...record.inputs[0] });
    assertRefused(record, 'LEDGER_INVALID', 'inputs[1].prevTxid', /inputs\[0\] and inputs\[1\] spend the same output/);
    for (const input of record.inputs) Object.assign(input, { prevTxid: null, prevAlias: 'blockchain.info:7' });
    assertRefused(record, 'LEDGER_INVALID', 'inputs[1].prevTxid', /blockchain\.info:7:0/);
    record.inputs[1].prevVout = 1;
    record.inputs[1].valueSat = null;
    assert.deepEqual(checkRecord(record), []);
  });

  it('refuses two inputs without any name of their prevouts only when they are a coinbase', () => {
    const record = payment();
    record.inputs = [0, 1].map(() => ({ ...record.inputs[0], prevTxid: null, prevVout: null, valueSat: null }));
    assert.deepEqual(checkRecord(record), []);
    record.coinbase = true;
    assertRefused(record, 'LEDGER_INVALID', 'inputs', /one input, this one has 2/);
  });

  it('refuses a coinbase with a prevout or a value, and the null prevout elsewhere', () => {
    const withPrevout = recordOf('first coinbase');
    withPrevout.inputs[0].prevTxid = txid('ab'.repeat(32));
    assertRefused(withPrevout, 'LEDGER_INVALID', 'inputs[0].prevTxid', /spends no output/);
    const withValue = recordOf('first coinbase');
    withValue.inputs[0].valueSat = satoshi(1);
    assertRefused(withValue, 'LEDGER_INVALID', 'inputs[0].valueSat', /spends no output/);
    const elsewhere = payment();
    elsewhere.inputs[0].prevTxid = txid('00'.repeat(32));
    assertRefused(elsewhere, 'LEDGER_INVALID', 'inputs[0].prevTxid', /null prevout/);
  });

  it('refuses a transaction that spends itself', () => {
    const record = payment();
    record.inputs[0].prevTxid = record.txid;
    assertRefused(record, 'LEDGER_INVALID', 'inputs[0].prevTxid', /of its own/);
  });

  it('refuses sums above 21e14 at the output or input that crosses it', () => {
    const record = payment();
    record.outputs[0].valueSat = satoshi(2_100_000_000_000_000);
    record.outputs[1].valueSat = satoshi(1);
    assertRefused(record, 'LEDGER_INVALID', 'outputs[1].valueSat', /reaches 2100000000000001 satoshi/);
    const rich = payment();
    rich.inputs[0].valueSat = satoshi(2_100_000_000_000_000);
    rich.inputs.push({ ...rich.inputs[0], prevVout: 1, valueSat: satoshi(1) });
    assertRefused(rich, 'LEDGER_INVALID', 'inputs[1].valueSat', /reaches 2100000000000001 satoshi/);
  });

  it('refuses outputs above inputs only when every input value is known', () => {
    const record = payment();
    record.inputs[0].valueSat = satoshi(4_999_999_999);
    assertRefused(record, 'LEDGER_INVALID', 'outputs', /outputs above inputs by 1 sat/);
    record.inputs[0].valueSat = null;
    assert.deepEqual(checkRecord(record), []);
  });

  it('refuses a wrong fee, notes a fee of 0 that is not 0', () => {
    const record = payment();
    record.inputs[0].valueSat = satoshi(5_000_000_123);
    record.feeSat = satoshi(122);
    assertRefused(record, 'LEDGER_INVALID', 'feeSat', /says 122 sat, inputs minus outputs are 123 sat/);
    record.feeSat = satoshi(0);
    assert.match(checkRecord(record).join(), /^feeSat says 0, .* are 123 sat$/);
    record.feeSat = satoshi(123);
    assert.deepEqual(checkRecord(record), []);
    const coinbase = recordOf('first coinbase');
    coinbase.feeSat = satoshi(5);
    assertRefused(coinbase, 'LEDGER_INVALID', 'feeSat', /says 5 sat/);
  });
});

describe('checkRecord on addresses', () => {
  const genesis = checkAddress('1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa').address;

  it('refuses one that the output script does not render', () => {
    const record = recordOf('p2wpkh spend');
    record.outputs[0].address = genesis;
    assertRefused(record, 'LEDGER_INVALID', 'outputs[0].address', /says 1A1z.*, its script renders bc1q/);
  });

  it('refuses one of another network', () => {
    assert.throws(() => checkRecord(recordOf('p2wpkh spend'), 'testnet'), { message: /renders tb1q.* on testnet/ });
  });

  it('refuses one that the spent script does not render', () => {
    const record = payment();
    record.inputs[0].prevScript = '6a';
    record.inputs[0].prevAddress = genesis;
    assertRefused(record, 'LEDGER_INVALID', 'inputs[0].prevAddress', /renders no address \(op_return\)/);
  });

  it('notes the address of a bare public key, as explorers print it, and refuses any other there', () => {
    const record = payment();
    const key = Buffer.from(record.outputs[0].scriptPubKey ?? '', 'hex').subarray(1, -1);
    record.outputs[0].address = checkAddress(peerAddress.toBase58Check(peerCrypto.hash160(key), 0)).address;
    assert.match(checkRecord(record).join(), /^outputs\[0\]\.address is the address of a hash of the public key/);
    record.outputs[0].address = genesis;
    assertRefused(record, 'LEDGER_INVALID', 'outputs[0].address', /renders no address \(p2pk\)/);
  });

  it('refuses a script that is no hex, naming it', () => {
    const record = payment();
    record.inputs[0].prevScript = '5';
    record.inputs[0].prevAddress = genesis;
    assertRefused(record, 'LEDGER_INVALID', 'inputs[0].prevScript', /odd number of digits/);
  });
});

describe('checkRecord on the txid', () => {
  it('refuses a signed record that hashes to another one', () => {
    const record = payment();
    record.lockTime = 1;
    assertRefused(record, 'HASH_MISMATCH', 'txid', /the record says f4184fc5/);
  });

  it('only notes it when an input carries neither script nor witness', () => {
    const unsigned = payment();
    unsigned.inputs[0].scriptSig = '';
    assert.match(checkRecord(unsigned).join(), /inputs\[0\] carries neither .* asserted$/);
    unsigned.inputs[0].witness = null;
    assert.equal(checkRecord(unsigned).length, 1);
  });

  it('counts a witness as signed: an empty scriptSig beside it convicts', () => {
    const record = recordOf('p2wpkh spend');
    assert.equal(record.inputs[0].scriptSig, '');
    record.lockTime = 1;
    assertRefused(record, 'HASH_MISMATCH', 'txid', /hash to/);
  });

  it('says nothing when a part is missing', () => {
    const record = payment();
    record.version = null;
    record.lockTime = 7;
    assert.deepEqual(checkRecord(record), []);
  });
});
