/** Files as people really hand them over: pages one a line, arrays of rows, answers cut down to the fields that matter. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBitcoinFile } from '../../../src/chain/bitcoin/index.ts';
import { esploraOf, tinyTxid } from '../../support/esplora.ts';
import { randomChain } from '../../support/random-chain.ts';

describe('lenient shapes', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'spoor-lenient-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function read(text: string): ReturnType<typeof readBitcoinFile> {
    const path = join(folder, 'given.json');
    writeFileSync(path, text);
    return readBitcoinFile(path, { format: 'auto', network: 'mainnet' });
  }

  const transactions = esploraOf(randomChain(3));
  const wanted = (): unknown => read(JSON.stringify(transactions)).transactions.map(({ record }) => record);

  it('Esplora transactions one a line, and pages one a line', () => {
    const records = (text: string): unknown => read(text).transactions.map(({ record }) => record);
    assert.deepEqual(records(transactions.map((tx) => JSON.stringify(tx)).join('\n')), wanted());
    const pages = [transactions.slice(0, 4), transactions.slice(4)].map((page) => JSON.stringify(page));
    assert.deepEqual(records(`${pages.join('\n')}\n`), wanted());
  });

  it('an Esplora answer without version, locktime, sequence, scripts and fee leaves them unknown, never empty', () => {
    const bare = {
      txid: tinyTxid(1),
      vin: [{ txid: tinyTxid(2), vout: 0, prevout: { value: 7 } }],
      vout: [{ value: 7 }],
      status: { confirmed: true, block_height: 5 },
    };
    const [{ record }] = read(JSON.stringify(bare)).transactions;
    assert.deepEqual(
      [
        record.version,
        record.lockTime,
        record.inputs[0].sequence,
        record.inputs[0].scriptSig,
        record.inputs[0].witness,
        record.outputs[0].scriptPubKey,
      ],
      [null, null, null, null, null, null],
    );
    assert.equal(record.inputs[0].valueSat, 7);
  });

  it('bitcoin-etl rows as one array', () => {
    const row = {
      hash: tinyTxid(1),
      version: 1,
      lock_time: 0,
      block_number: 5,
      block_hash: '00'.repeat(32),
      block_timestamp: 1,
      is_coinbase: true,
      index: 0,
      inputs: [],
      outputs: [{ index: 0, script_hex: '51', type: 'nonstandard', addresses: ['nonstandard00'], value: 9 }],
    };
    const other = { ...row, hash: tinyTxid(2), block_number: 6, block_hash: '01'.repeat(32) };
    const lines = read(`${JSON.stringify(row)}\n${JSON.stringify(other)}`);
    for (const array of [JSON.stringify([row, other]), JSON.stringify([row, other], null, 2)]) {
      assert.deepEqual(
        read(array).transactions.map(({ record }) => record),
        lines.transactions.map(({ record }) => record),
      );
    }
    assert.equal(lines.format, 'bitcoin-etl');
  });
});
