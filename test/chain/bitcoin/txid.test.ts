import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Transaction } from 'bitcoinjs-lib';
import { decodeBlock, decodeTransaction, proveRecord, recomputeTxid } from '../../../src/chain/bitcoin/index.ts';
import { satoshi, type TransactionRecord } from '../../../src/ledger/index.ts';
import { itWithData, projectPath } from '../../support/shared-data.ts';
import { BLOCK_FILES, rawBlocks } from './real-blocks.ts';

const vectors: { transactions: { name: string; txid: string; hex: string }[] } = JSON.parse(
  readFileSync(projectPath('test/vectors/bitcoin/transactions.json'), 'utf8'),
);

/** A fresh record of the vector whose name contains `part`. */
function recordOf(part: string): TransactionRecord {
  const found = vectors.transactions.find(({ name }) => name.includes(part));
  assert.ok(found !== undefined, part);
  return decodeTransaction(Buffer.from(found.hex, 'hex'), 'mainnet').record;
}

/** A record with scripts and lists of chosen sizes, and the same transaction made by the peer. */
function sized(inputCount: number, outputCount: number, scriptBytes: number): [TransactionRecord, Transaction] {
  const record = recordOf('first payment');
  const peer = new Transaction();
  const script = new Uint8Array(scriptBytes).fill(0x61);
  const input = { ...record.inputs[0], scriptSig: Buffer.from(script).toString('hex') };
  const output = { ...record.outputs[0], scriptPubKey: Buffer.from(script).toString('hex') };
  record.inputs = Array.from({ length: inputCount }, (_, prevVout) => ({ ...input, prevVout }));
  record.outputs = Array.from({ length: outputCount }, () => output);
  const hash = Buffer.from(input.prevTxid ?? '', 'hex').reverse();
  for (let index = 0; index < inputCount; index += 1) peer.addInput(hash, index, 0xffffffff, script);
  for (let index = 0; index < outputCount; index += 1) peer.addOutput(script, BigInt(output.valueSat));
  peer.version = record.version ?? 0;
  return [record, peer];
}

describe('recomputeTxid', () => {
  for (const { name, txid } of vectors.transactions) {
    it(`gives the mined txid of: ${name}`, () => {
      assert.equal(recomputeTxid(recordOf(name)), txid);
      assert.equal(proveRecord(recordOf(name)), 'verified');
    });
  }

  for (const { file, network } of BLOCK_FILES) {
    itWithData(`gives back every txid of ${file}`, 'bitcoin-blocks', () => {
      for (const raw of rawBlocks(file)) {
        for (const { record } of decodeBlock(raw, network).transactions) {
          assert.equal(recomputeTxid(record), record.txid);
        }
      }
    });
  }

  it('writes lengths as bitcoinjs-lib does on both sides of 252/253 and 65,535/65,536', () => {
    for (const bytes of [0, 1, 252, 253, 65_535, 65_536]) {
      const [record, peer] = sized(1, 1, bytes);
      assert.equal(recomputeTxid(record), peer.getId(), `script of ${bytes}`);
    }
    for (const count of [252, 253]) {
      const [record, peer] = sized(count, count, 1);
      assert.equal(recomputeTxid(record), peer.getId(), `${count} inputs and outputs`);
    }
    const [record, peer] = sized(1, 65_536, 0);
    assert.equal(recomputeTxid(record), peer.getId());
  });

  it('writes the largest amount and a version above 2^31 as bitcoinjs-lib does, signed or unsigned', () => {
    const [record, peer] = sized(1, 1, 1);
    record.outputs[0] = { ...record.outputs[0], valueSat: satoshi(2_100_000_000_000_000) };
    peer.outs[0].value = 2_100_000_000_000_000n;
    record.version = -2;
    peer.version = 0xffff_fffe;
    assert.equal(recomputeTxid(record), peer.getId());
    record.version = 0xffff_fffe;
    assert.equal(recomputeTxid(record), peer.getId());
  });

  it('is null without any one part', () => {
    const forget: ((record: TransactionRecord) => void)[] = [
      (record) => Object.assign(record, { version: null }),
      (record) => Object.assign(record, { lockTime: null }),
      (record) => Object.assign(record, { inputs: [] }),
      (record) => Object.assign(record, { outputs: [] }),
      (record) => Object.assign(record.inputs[0], { prevTxid: null }),
      (record) => Object.assign(record.inputs[0], { prevVout: null }),
      (record) => Object.assign(record.inputs[0], { scriptSig: null }),
      (record) => Object.assign(record.inputs[0], { sequence: null }),
      (record) => Object.assign(record.outputs[1], { scriptPubKey: null }),
    ];
    for (const change of forget) {
      const record = recordOf('first payment');
      change(record);
      assert.equal(recomputeTxid(record), null, change.toString());
      assert.equal(proveRecord(record), 'asserted');
    }
  });

  it('differs after a change of any one part', () => {
    const changes: ((record: TransactionRecord) => void)[] = [
      (record) => Object.assign(record, { version: 2 }),
      (record) => Object.assign(record, { lockTime: 1 }),
      (record) => Object.assign(record.inputs[0], { prevVout: 1 }),
      (record) => Object.assign(record.inputs[0], { prevTxid: 'ab'.repeat(32) }),
      (record) => Object.assign(record.inputs[0], { scriptSig: '' }),
      (record) => Object.assign(record.inputs[0], { sequence: 0 }),
      (record) => Object.assign(record.outputs[0], { valueSat: 999_999_999 }),
      (record) => Object.assign(record.outputs[1], { scriptPubKey: '51' }),
      (record) => Object.assign(record, { outputs: record.outputs.toReversed() }),
    ];
    for (const change of changes) {
      const record = recordOf('first payment');
      change(record);
      assert.notEqual(recomputeTxid(record), record.txid, change.toString());
      assert.equal(proveRecord(record), 'asserted');
    }
  });

  it('does not depend on witnesses', () => {
    const record = recordOf('p2wpkh spend');
    record.inputs[0].witness = null;
    assert.equal(recomputeTxid(record), record.txid);
  });

  it('refuses hex that is none, naming field and digit', () => {
    const odd = recordOf('first payment');
    odd.outputs[1].scriptPubKey = 'abc';
    assert.throws(() => recomputeTxid(odd), { code: 'LEDGER_INVALID', message: /outputs\[1\]\.scriptPubKey .* odd/ });
    const foreign = recordOf('first payment');
    foreign.inputs[0].scriptSig = '00zz';
    assert.throws(() => recomputeTxid(foreign), { code: 'LEDGER_INVALID', message: /"z" as digit 3/ });
  });

  it('refuses numbers beyond 32 bits', () => {
    for (const field of ['version', 'lockTime'] as const) {
      const record = recordOf('first payment');
      record[field] = 2 ** 32;
      assert.throws(() => recomputeTxid(record), { code: 'LEDGER_INVALID', message: new RegExp(field) });
    }
  });
});
