/** The WebAssembly kernel against the plain parser: every real block, damaged blocks, undo records, messages of every length, masks. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { BlockColumns } from '../../../src/chain/bitcoin/bulk/columns.ts';
import { BlockKernel, loadKernel } from '../../../src/chain/bitcoin/bulk/kernel.ts';
import { ColumnsParser } from '../../../src/chain/bitcoin/bulk/parse-columns.ts';
import { SpoorError } from '../../../src/ledger/index.ts';
import { damaged, pick } from '../../support/damage.ts';
import { Prng } from '../../support/prng.ts';
import { itWithData } from '../../support/shared-data.ts';
import { type SpentOutput, undoRecord } from '../../support/undo-writer.ts';
import { BLOCK_FILES, rawBlocks } from './real-blocks.ts';

const SEED = Number(process.env.SEED ?? 20_170_512);
const ALL = { txids: true, inputs: true, values: true, owners: true, undo: false, spentOwners: true, root: false };
const UNDO_BYTES = 4_000_000;

/** What both columns say, for comparison piece by piece. */
function* used(columns: BlockColumns, undo: boolean): Generator<[string, ArrayLike<number>]> {
  const { transactionCount: t, inputCount: i, outputCount: o } = columns;
  yield ['counts', [t, i, o]];
  yield ['transactionPlace', columns.transactionPlace.subarray(0, t + 1)];
  yield ['firstInput', columns.firstInput.subarray(0, t + 1)];
  yield ['firstOutput', columns.firstOutput.subarray(0, t + 1)];
  yield ['inputPlace', columns.inputPlace.subarray(0, i)];
  yield ['inputHead', columns.inputHead.subarray(0, 2 * i)];
  yield ['inputVout', columns.inputVout.subarray(0, i)];
  yield ['outputValueSat', columns.outputValueSat.subarray(0, o)];
  yield ['outputOwner', columns.outputOwner.subarray(0, 2 * o)];
  yield ['outputScript', columns.outputScript.subarray(0, 2 * o)];
  yield ['outputFlags', columns.outputFlags.subarray(0, o)];
  if (!undo) yield ['txids', columns.txids.subarray(0, 32 * t)];
  if (!undo) return;
  yield ['inputValueSat', columns.inputValueSat.subarray(0, i)];
  yield ['inputOwner', columns.inputOwner.subarray(0, 2 * i)];
}

function same(kernel: BlockColumns, plain: BlockColumns, undo = false): void {
  const wanted = new Map(used(plain, undo));
  for (const [name, values] of used(kernel, undo)) {
    assert.deepEqual(Array.from(values), Array.from(wanted.get(name) ?? []), name);
  }
}

function plainly<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof SpoorError) return null;
    throw error;
  }
}

/** A block: a coinbase, then transactions whose output scripts have these lengths; odd ones with a witness. */
function blockOfScripts(lengths: readonly number[]): Buffer {
  const size = (value: number): Buffer =>
    value < 0xfd ? Buffer.from([value]) : Buffer.from([0xfd, value & 0xff, value >> 8]);
  const end = Buffer.alloc(4);
  const transaction = (prevout: Buffer, length: number, witness: boolean): Buffer =>
    Buffer.concat([
      Buffer.from(witness ? '02000000000101' : '0200000001', 'hex'),
      prevout,
      Buffer.from('00fdffffff01', 'hex'),
      Buffer.from('0a00000000000000', 'hex'),
      size(length),
      Buffer.alloc(length, 0x51),
      witness ? Buffer.from('01020304', 'hex').subarray(0, 3) : Buffer.alloc(0),
      witness ? Buffer.from('05', 'hex') : Buffer.alloc(0),
      end,
    ]);
  const coinbase = transaction(Buffer.from(`${'00'.repeat(32)}ffffffff`, 'hex'), 1, false);
  const rest = lengths.map((length, index) => {
    const prevout = Buffer.concat([createHash('sha256').update(String(index)).digest(), end]);
    return transaction(prevout, length, index % 2 === 1);
  });
  return Buffer.concat([Buffer.alloc(80), size(lengths.length + 1), coinbase, ...rest]);
}

describe(`block kernel (SEED=${SEED})`, () => {
  let kernel: BlockKernel;
  const plain = new ColumnsParser();
  before(() => {
    kernel = new BlockKernel(loadKernel(), UNDO_BYTES);
  });

  function parse(block: Uint8Array): boolean {
    if (block.length > kernel.block.length) return false;
    kernel.block.set(block);
    return kernel.parse(block.length, ALL);
  }

  for (const { file } of BLOCK_FILES) {
    itWithData(`gives the columns of ${file} that the plain parser gives`, 'bitcoin-blocks', () => {
      for (const block of rawBlocks(file)) {
        assert.ok(parse(block));
        same(kernel.columns, plain.parse(block, { txids: true, undo: false }));
        assert.ok(kernel.parse(block.length, { ...ALL, root: true }), 'merkle root');
        kernel.block[40]! ^= 1;
        assert.ok(!kernel.parse(block.length, { ...ALL, root: true }), 'another merkle root');
      }
    });
  }

  itWithData('takes and refuses damaged blocks as the plain parser does', 'bitcoin-blocks', () => {
    const blocks = [
      ...rawBlocks('mainnet.blocks1-255.dat.bz2').slice(160, 190),
      ...rawBlocks('testnet.1087400.raw.gz'),
    ];
    const prng = Prng.fromSeed(SEED);
    let accepted = 0;
    for (let round = 0; round < 3000; round += 1) {
      const block = damaged(pick(prng, blocks), prng);
      const wanted = plainly(() => plain.parse(block, { txids: true, undo: false }));
      assert.equal(parse(block), wanted !== null, `round ${round}`);
      if (wanted === null) continue;
      accepted += 1;
      same(kernel.columns, wanted);
    }
    assert.ok(accepted > 200 && accepted < 2900, `${accepted} of 3000 are still blocks`);
  });

  it('hashes messages of every length around the padding, with lanes that end at different times', () => {
    const prng = Prng.fromSeed(SEED);
    for (const lengths of [
      Array.from({ length: 200 }, (_, length) => length),
      Array.from({ length: 97 }, () => prng.int(3000)),
      [5],
      [1, 2000],
      [70, 70, 70],
      [],
    ]) {
      const block = blockOfScripts(lengths);
      assert.ok(parse(block), `${lengths.length} scripts`);
      same(kernel.columns, plain.parse(block, { txids: true, undo: false }));
    }
  });

  it('reads undo records of every template as the plain reader, and refuses damaged ones with it', () => {
    const prng = Prng.fromSeed(SEED);
    const hex = (length: number): string => Buffer.from(Array.from({ length }, () => prng.int(256))).toString('hex');
    const script = (): string =>
      pick(prng, [
        `76a914${hex(20)}88ac`,
        `a914${hex(20)}87`,
        `0014${hex(20)}`,
        `0020${hex(32)}`,
        `5120${hex(32)}`,
        `2102${hex(32)}ac`,
        `4104${hex(64)}ac`,
        `6a04${hex(4)}`,
        '51',
        '',
        hex(400),
      ]);
    let refused = 0;
    for (let round = 0; round < 400; round += 1) {
      const lengths = Array.from({ length: prng.between(1, 6) }, () => prng.int(60));
      const block = blockOfScripts(lengths);
      const spent: SpentOutput[][] = lengths.map(() => [
        {
          height: prng.int(900_000),
          coinbase: prng.int(9) === 0,
          valueSat: pick(prng, [10, 546, 5_000_000_000, 2_099_999_997_690_000, 123_456_789, 20_999_999_99, 11]),
          script: Buffer.from(script(), 'hex'),
        },
      ]);
      const whole = undoRecord(spent);
      const record = round % 3 === 0 ? damaged(whole, prng) : whole;
      assert.ok(parse(block));
      kernel.undo.set(record);
      const wanted = plainly(() => plain.parse(block, { txids: false, undo: true }, record));
      assert.equal(kernel.parseUndo(record.length, true), wanted !== null, `round ${round}`);
      if (wanted === null) refused += 1;
      else same(kernel.columns, wanted, true);
    }
    assert.ok(refused > 50 && refused < 134, `${refused} damaged records refused`);
  });

  it('refuses an undo record that would let a transaction make more than it spends', () => {
    const block = blockOfScripts([3]);
    // Its one output is worth 10 satoshi.
    for (const [valueSat, fits] of [
      [9, false],
      [10, true],
    ] as const) {
      const record = undoRecord([[{ height: 1, valueSat, script: Buffer.from('51', 'hex') }]]);
      assert.ok(parse(block));
      kernel.undo.set(record);
      assert.equal(kernel.parseUndo(record.length, true), fits, `${valueSat} satoshi`);
      assert.equal(plainly(() => plain.parse(block, { txids: false, undo: true }, record)) !== null, fits);
    }
  });

  it('clears XORed bytes at any place of a file', () => {
    const key = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 200);
    for (let place = 0; place < 17; place += 1) {
      for (const length of [0, 1, 7, 8, 9, 64, 129]) {
        const clear = Uint8Array.from({ length }, (_, at) => at * 7);
        kernel.block.set(clear.map((byte, at) => byte ^ key[(place + at) % 8]!));
        kernel.unmask('block', length, { key, place });
        assert.deepEqual(kernel.block.slice(0, length), clear, `place ${place}, length ${length}`);
      }
    }
  });
});
