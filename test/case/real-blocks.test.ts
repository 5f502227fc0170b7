/** The recorded raw blocks with what their recorders kept of the spent outputs, written as a node's block and undo files; the recorded reorganisation. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Block } from 'bitcoinjs-lib';
import { caseInfo, ingestFiles, verifyCase, withCase } from '../../src/case/index.ts';
import { ByteCursor } from '../../src/chain/bitcoin/cursor.ts';
import { subsidySat } from '../../src/chain/bitcoin/index.ts';
import { readCompressedAmount, readCompressedScript, readVarint } from '../../src/chain/bitcoin/undo.ts';
import type { Network } from '../../src/ledger/index.ts';
import { freshFolder } from '../support/cli.ts';
import { itWithData, sharedData } from '../support/shared-data.ts';
import { undoChecksum, undoRecord } from '../support/undo-writer.ts';

const MAINNET = 'f9beb4d9';
const TESTNET = '0b110907';

/** An output that was spent; what made it is not recorded. */
interface Spent {
  readonly valueSat: number;
  readonly script: Buffer;
  readonly height: 0;
}

/** A body with magic and length before it. */
function framed(magic: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(magic, 'hex'), length, body]);
}

function packed(name: string): Buffer {
  const path = sharedData(`bitcoin-blocks/${name}`);
  if (name.endsWith('.gz')) return gunzipSync(readFileSync(path));
  return execFileSync('bunzip2', ['-c', path], { maxBuffer: 2 ** 26 });
}

/** bcoin's undo: plain outputs (8 bytes of value, script with its length in one byte or three) one after the other, in the order of the inputs. */
function bcoinUndo(bytes: Buffer): Spent[] {
  const spent: Spent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const wide = bytes[at + 8] === 0xfd;
    const length = wide ? bytes.readUInt16LE(at + 9) : bytes[at + 8];
    const start = at + (wide ? 11 : 9);
    spent.push({
      valueSat: Number(bytes.readBigUInt64LE(at)),
      script: bytes.subarray(start, start + length),
      height: 0,
    });
    at = start + length;
  }
  return spent;
}

/** btcd's spent outputs: txid, vout, length, then height * 2 + coinbase, amount and script compressed as nodes do. By `txid:vout`. */
function btcdOutputs(bytes: Buffer): Map<string, Spent> {
  const outputs = new Map<string, Spent>();
  for (let at = 0; at < bytes.length; ) {
    const name = `${Buffer.from(bytes.subarray(at, at + 32))
      .reverse()
      .toString('hex')}:${bytes.readUInt32LE(at + 32)}`;
    const end = at + 40 + bytes.readUInt32LE(at + 36);
    const cursor = new ByteCursor(bytes.subarray(at + 40, end));
    readVarint(cursor, 'height');
    const valueSat = readCompressedAmount(cursor, 'value');
    outputs.set(name, { valueSat, script: readCompressedScript(cursor, 'script'), height: 0 });
    assert.equal(cursor.offset, cursor.bytes.length, `${name} is read to its end`);
    at = end;
  }
  return outputs;
}

function outpointsOf(block: Buffer): string[][] {
  const transactions = Block.fromBuffer(block).transactions ?? [];
  return transactions
    .slice(1)
    .map(({ ins }) => ins.map(({ hash, index }) => `${Buffer.from(hash).reverse().toString('hex')}:${index}`));
}

describe('real raw blocks as block and undo files', () => {
  let folder = '';
  before(() => {
    folder = freshFolder();
  });

  /** Writes one block with its undo record, reads it, and compares every value and fee with sums that bitcoinjs-lib's outputs give. */
  function check(given: {
    name: string;
    network: Network;
    magic: string;
    block: Buffer;
    spent: Spent[][];
    height: number;
  }): void {
    const { name, network, magic, block, spent, height } = given;
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(join(path, 'blk00000.dat'), framed(magic, block));
    const record = undoRecord(spent);
    const undo = Buffer.concat([framed(magic, record), undoChecksum(record, block.subarray(4, 36))]);
    writeFileSync(join(path, 'rev00000.dat'), undo);
    const file = join(folder, `${name}.spoor`);
    withCase(file, { create: true }, ({ store }) => {
      const [{ notes }] = ingestFiles(store, [path], { format: 'auto', network });
      assert.deepEqual(notes, []);
    });
    const transactions = Block.fromBuffer(block).transactions ?? [];
    const paid = transactions.map(({ outs }) => outs.reduce((sum, { value }) => sum + BigInt(value), 0n));
    const fees = spent.map(
      (inputs, index) => inputs.reduce((sum, { valueSat }) => sum + BigInt(valueSat), 0n) - paid[index + 1],
    );
    withCase(file, { create: false }, (context) => {
      const { feesSat, complete } = context.view.blockFees(height);
      assert.ok(complete, 'every input of the block is resolved');
      assert.deepEqual(feesSat.map(BigInt), fees);
      assert.ok(fees.every((fee) => fee >= 0n));
      const feeSum = fees.reduce((sum, fee) => sum + fee, 0n);
      assert.ok(
        paid[0] <= BigInt(subsidySat(height, network)) + feeSum,
        'the coinbase makes no more than subsidy and fees',
      );
      assert.equal(caseInfo(context).verified, transactions.length);
      const { ok, checks } = verifyCase(context, [path]);
      assert.ok(ok, JSON.stringify(checks));
    });
  }

  itWithData('testnet 1087400 with the undo data of bcoin', 'bitcoin-blocks', () => {
    const block = packed('testnet.1087400.raw.gz');
    const flat = bcoinUndo(packed('testnet.1087400.undo.raw.gz'));
    const counts = outpointsOf(block).map((inputs) => inputs.length);
    assert.equal(
      counts.reduce((a, b) => a + b),
      flat.length,
    );
    const spent = counts.map((count) => flat.splice(0, count));
    check({ name: 'testnet', network: 'testnet', magic: TESTNET, block, spent, height: 1_087_400 });
  });

  itWithData(
    'mainnet 277647 with the spent outputs of btcd, those of its own transactions from the block',
    'bitcoin-blocks',
    () => {
      const block = packed('mainnet.277647.dat.bz2').subarray(8);
      const outputs = btcdOutputs(packed('mainnet.277647.utxostore.bz2'));
      for (const transaction of Block.fromBuffer(block).transactions ?? []) {
        transaction.outs.forEach(({ value, script }, vout) =>
          outputs.set(`${transaction.getId()}:${vout}`, {
            valueSat: Number(value),
            script: Buffer.from(script),
            height: 0,
          }),
        );
      }
      const spent = outpointsOf(block).map((names) =>
        names.map((name) => outputs.get(name) ?? assert.fail(`btcd kept no output ${name}`)),
      );
      check({ name: 'mainnet', network: 'mainnet', magic: MAINNET, block, spent, height: 277_647 });
    },
  );

  itWithData(
    '426884, 702861 and 1 to 255 have no undo data: what is unknown is said, what is linked is right',
    'bitcoin-blocks',
    () => {
      for (const [name, transactions] of [
        ['mainnet.426884.raw.gz', 409],
        ['mainnet.0000000000000000000c835b.raw.gz', 2_500],
      ] as const) {
        const path = join(folder, name);
        mkdirSync(path);
        writeFileSync(join(path, 'blk00000.dat'), framed(MAINNET, packed(name)));
        withCase(join(folder, `${name}.spoor`), { create: true }, (context) => {
          const [{ notes, added }] = ingestFiles(context.store, [path], { format: 'auto', network: 'mainnet' });
          assert.equal(added, transactions);
          assert.match(notes.join(), /^1 block without undo record/);
          assert.ok(verifyCase(context, [path]).ok);
        });
      }
      const early = join(folder, 'early');
      mkdirSync(early);
      writeFileSync(join(early, 'blk00000.dat'), packed('mainnet.blocks1-255.dat.bz2'));
      withCase(join(folder, 'early.spoor'), { create: true }, (context) => {
        const [{ notes, added }] = ingestFiles(context.store, [early], { format: 'auto', network: 'mainnet' });
        assert.deepEqual([added, notes.length], [262, 1]);
        for (const tx of context.view.transactions()) {
          const { coinbase, feeSat, txid } = context.view.transaction(tx);
          // All that is spent before block 256 was made in blocks 1 to 255, and nobody paid a fee then.
          if (!coinbase) assert.equal(feeSat, 0, txid);
        }
      });
    },
  );

  itWithData(
    'the reorganisation of btcd: the branch with more work wins, whatever the order of files',
    'bitcoin-blocks',
    () => {
      const text = readFileSync(sharedData('bitcoin-blocks/mainnet.reorgtest.hex'), 'utf8');
      const files = text
        .split(/^File path:.*$/m)
        .slice(1)
        .map((part) => Buffer.from(part.replace(/^Block.*$/gm, '').replace(/\s/g, ''), 'hex'));
      assert.equal(files.length, 4);
      const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();
      const lastHash = (file: Buffer): string => {
        let at = 0;
        for (let next = 0; next < file.length; next += 8 + file.readUInt32LE(next + 4)) at = next;
        return sha256(sha256(file.subarray(at + 8, at + 88)))
          .reverse()
          .toString('hex');
      };
      // Blocks 0 to 4, then 3A, 4A and 5A on block 2: with 4A both branches weigh the same and the first met stays, with 5A the other is heavier.
      const orders: Array<[name: string, order: number[], tip: { height: number; hash: string }, stale: string]> = [
        ['even', [0, 1, 2], { height: 4, hash: lastHash(files[0]) }, '2 blocks on branches with less work'],
        ['heavier', [0, 1, 2, 3], { height: 5, hash: lastHash(files[3]) }, '2 blocks on branches with less work'],
        ['turned', [3, 2, 1, 0], { height: 5, hash: lastHash(files[3]) }, '2 blocks on branches with less work'],
      ];
      for (const [name, order, tip, stale] of orders) {
        const path = join(folder, name);
        mkdirSync(path);
        order.forEach((file, index) => writeFileSync(join(path, `blk0000${index}.dat`), files[file]));
        withCase(join(folder, `${name}.spoor`), { create: true }, (context) => {
          const [{ notes }] = ingestFiles(context.store, [path], { format: 'auto', network: 'mainnet' });
          assert.deepEqual(context.view.tip(), tip, name);
          assert.ok(
            notes.some((note) => note.startsWith(stale)),
            notes.join('; '),
          );
          assert.ok(verifyCase(context, [path]).ok);
        });
      }
    },
  );
});
