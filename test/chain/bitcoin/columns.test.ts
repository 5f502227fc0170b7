/** Columns of blocks against the decoder: every real block, random damage, undo records of every template. */
import assert from 'node:assert/strict';
import { type BlockColumns, COLUMN_UNSPENDABLE } from '../../../src/chain/bitcoin/bulk/columns.ts';
import { hashTransaction } from '../../../src/chain/bitcoin/bulk/hash-transaction.ts';
import { ownerKeyOfScript } from '../../../src/chain/bitcoin/bulk/owner-key.ts';
import { ColumnsParser, checkColumnsRoot, columnsTxid } from '../../../src/chain/bitcoin/bulk/parse-columns.ts';
import { decompressedAmount } from '../../../src/chain/bitcoin/bulk/parse-undo.ts';
import { type DecodedBlock, decodeBlock, isProvablyUnspendable } from '../../../src/chain/bitcoin/index.ts';
import { SpoorError } from '../../../src/ledger/index.ts';
import { damaged, pick } from '../../support/damage.ts';
import { Prng } from '../../support/prng.ts';
import { itWithData } from '../../support/shared-data.ts';
import {
  compactSizeBytes,
  compressedAmount,
  type SpentOutput,
  undoRecord,
  varintBytes,
} from '../../support/undo-writer.ts';
import { BLOCK_FILES, rawBlocks } from './real-blocks.ts';

const SEED = Number(process.env.SEED ?? 20_090_103);
const ALL = { txids: true, undo: false };
const UNDO = { txids: false, undo: true };

function internal(text: string): string {
  return Buffer.from(text, 'hex').reverse().toString('hex');
}

function key(script: Uint8Array): [number, number] {
  const into = new Uint32Array(2);
  ownerKeyOfScript({ bytes: script, place: 0, length: script.length }, into, 0);
  return [into[0], into[1]];
}

/** Everything columns say must be what the decoder says. */
function compare(columns: BlockColumns, { transactions }: DecodedBlock): void {
  let input = 0;
  let output = 0;
  const own = Buffer.alloc(32);
  assert.equal(columns.transactionCount, transactions.length);
  transactions.forEach(({ record, sizeBytes }, tx) => {
    assert.equal(columnsTxid(columns, tx), record.txid);
    hashTransaction(columns, tx, own, 0);
    assert.equal(own.toString('hex'), internal(record.txid));
    assert.equal(columns.transactionPlace[tx + 1] - columns.transactionPlace[tx], sizeBytes);
    assert.deepEqual([columns.firstInput[tx], columns.firstOutput[tx]], [input, output]);
    for (const { prevTxid, prevVout } of record.inputs) {
      if (prevTxid === null) continue;
      const place = columns.inputPlace[input];
      const bytes = Buffer.from(columns.bytes.subarray(place, place + 36));
      assert.equal(bytes.toString('hex', 0, 32), internal(prevTxid));
      assert.deepEqual([bytes.readUInt32LE(32), columns.inputVout[input]], [prevVout, prevVout]);
      const head = [columns.inputHead[2 * input], columns.inputHead[2 * input + 1]];
      assert.deepEqual(head, [bytes.readUInt32LE(0), bytes.readUInt32LE(4)]);
      input += 1;
    }
    for (const { valueSat, scriptPubKey } of record.outputs) {
      const script = Buffer.from(scriptPubKey ?? '', 'hex');
      const [place, length] = [columns.outputScript[2 * output], columns.outputScript[2 * output + 1]];
      assert.ok(script.equals(columns.bytes.subarray(place, place + length)));
      assert.equal(columns.outputValueSat[output], valueSat);
      assert.deepEqual([columns.outputOwner[2 * output], columns.outputOwner[2 * output + 1]], key(script));
      assert.equal(columns.outputFlags[output], isProvablyUnspendable(script) ? COLUMN_UNSPENDABLE : 0);
      output += 1;
    }
  });
  assert.deepEqual([columns.inputCount, columns.outputCount], [input, output]);
}

function attempt<T>(work: () => T): T | SpoorError {
  try {
    return work();
  } catch (error) {
    if (error instanceof SpoorError) return error;
    throw error;
  }
}

describe(`block columns (SEED=${SEED})`, () => {
  const parser = new ColumnsParser();

  for (const { file, network } of BLOCK_FILES) {
    itWithData(`say of ${file} what the decoder says`, 'bitcoin-blocks', () => {
      for (const block of rawBlocks(file)) {
        const columns = parser.parse(block, ALL);
        compare(columns, decodeBlock(block, network));
        checkColumnsRoot(columns);
      }
    });
  }

  itWithData('refuse damaged blocks with the words of the decoder and take what it takes', 'bitcoin-blocks', () => {
    const blocks = [
      ...rawBlocks('mainnet.blocks1-255.dat.bz2').slice(160, 190),
      ...rawBlocks('testnet.1087400.raw.gz'),
    ];
    const prng = Prng.fromSeed(SEED);
    let accepted = 0;
    for (let round = 0; round < 1500; round += 1) {
      const bytes = damaged(pick(prng, blocks), prng);
      const columns = attempt(() => parser.parse(bytes, ALL));
      const decoded = attempt(() => decodeBlock(bytes, 'testnet'));
      if (columns instanceof SpoorError) {
        assert.ok(decoded instanceof SpoorError, `round ${round}: ${columns.message}`);
        assert.deepEqual([columns.code, columns.message], [decoded.code, decoded.message], `round ${round}`);
        continue;
      }
      const root = attempt(() => checkColumnsRoot(columns));
      if (decoded instanceof SpoorError) {
        assert.ok(root instanceof SpoorError, `round ${round}: ${decoded.message}`);
        assert.deepEqual([root.code, root.message], [decoded.code, decoded.message], `round ${round}`);
      } else {
        compare(columns, decoded);
        accepted += 1;
      }
    }
    assert.ok(accepted > 20, `${accepted} damaged blocks are still blocks (a changed nonce, say)`);
  });

  it('refuse what the decoder refuses in a block of two transactions', () => {
    const block = blockSpending([1]);
    const spliced = (fromEnd: number, removed: number, hex: string): Buffer => {
      const at = block.length - fromEnd;
      return Buffer.concat([block.subarray(0, at), Buffer.from(hex, 'hex'), block.subarray(at + removed)]);
    };
    // From the end: lock time 4, script 1 at 5, its length at 6, value 8 at 14, output count at 15, input at 56, input count at 57, version at 61.
    const flagged = Buffer.concat([spliced(57, 0, '0001').subarray(0, -4), Buffer.from('0000000000', 'hex')]);
    const cases: Array<[words: RegExp, bytes: Buffer]> = [
      [/longer than needed/, spliced(block.length - 80, 1, 'fd0200')],
      [/longer than needed/, spliced(6, 2, `fdfc00${'51'.repeat(252)}`)],
      [/longer than needed/, spliced(6, 2, `feffff0000${'51'.repeat(65_535)}`)],
      [/above all the bitcoins/, spliced(14, 8, 'ffffffffffffff7f')],
      [/negative/, spliced(14, 8, 'ffffffffffffffff')],
      [/every witness is empty/, flagged],
    ];
    for (const [words, bytes] of cases) {
      const refused = attempt(() => parser.parse(bytes, ALL));
      const decoded = attempt(() => decodeBlock(bytes, 'mainnet'));
      assert.ok(refused instanceof SpoorError && decoded instanceof SpoorError, String(words));
      assert.match(refused.message, words);
      assert.equal(refused.message, decoded.message);
    }
    assert.equal(parser.parse(spliced(6, 2, `fdfd00${'51'.repeat(253)}`), ALL).outputScript[3], 253);
  });

  it('refuse a block above 4,000,000 bytes and an empty one', () => {
    const codes = [new Uint8Array(4_000_001), new Uint8Array(0), new Uint8Array(81)].map((bytes) => {
      const refused = attempt(() => parser.parse(bytes, ALL));
      return refused instanceof SpoorError ? refused.code : 'accepted';
    });
    assert.deepEqual(codes, ['TOO_LARGE', 'MALFORMED', 'MALFORMED']);
  });
});

/** A block whose transactions spend as many outputs as given, one output of 0 satoshi each. Its header is zeros: nothing reads it. */
function blockSpending(inputs: readonly number[]): Buffer {
  const transaction = (prevouts: readonly string[]): string =>
    `01000000${Buffer.from([prevouts.length]).toString('hex')}${prevouts.map((prevout) => `${prevout}00ffffffff`).join('')}01${'00'.repeat(8)}0151${'00'.repeat(4)}`;
  const coinbase = transaction([`${'00'.repeat(32)}ffffffff`]);
  const spends = inputs.map((count) =>
    transaction(Array.from({ length: count }, (_, k) => `${'ab'.repeat(32)}${Buffer.from([k]).toString('hex')}000000`)),
  );
  return Buffer.from(
    `${'00'.repeat(80)}${compactSizeBytes(inputs.length + 1).toString('hex')}${coinbase}${spends.join('')}`,
    'hex',
  );
}

function randomSpent(prng: Prng): SpentOutput {
  const bytes = (length: number): string => Buffer.from(Array.from({ length }, () => prng.int(256))).toString('hex');
  const scripts = [
    `76a914${bytes(20)}88ac`,
    `a914${bytes(20)}87`,
    `0014${bytes(20)}`,
    `0020${bytes(32)}`,
    `5120${bytes(32)}`,
    `21${pick(prng, ['02', '03'])}${bytes(32)}ac`,
    `4104${bytes(64)}ac`,
    `5121${bytes(33)}51ae`,
    '',
    bytes(prng.int(300)),
  ];
  const valueSat = pick(prng, [0, 1, 546, 100_000_000, 5_000_000_000, prng.int(2 ** 31), 99_000 * prng.int(1_000_000)]);
  const script = Buffer.from(pick(prng, scripts), 'hex');
  return {
    valueSat,
    script,
    height: pick(prng, [0, 1, 170, 840_000]),
    coinbase: prng.chance(0.3),
    raw: prng.chance(0.1),
  };
}

describe(`undo records (SEED=${SEED})`, () => {
  const parser = new ColumnsParser();

  it('amounts and numbers have the published compressed forms', () => {
    // Bitcoin Core, src/test/compress_tests.cpp and serialize_tests.cpp.
    const amounts: Array<[number, bigint]> = [
      [0, 0x0n],
      [1, 0x1n],
      [1_000_000, 0x7n],
      [100_000_000, 0x9n],
      [5_000_000_000, 0x32n],
      [2_100_000_000_000_000, 0x1406f40n],
    ];
    for (const [valueSat, compressed] of amounts) {
      assert.equal(compressedAmount(valueSat), compressed);
      assert.equal(decompressedAmount(Number(compressed)), valueSat);
    }
    const numbers = [0, 127, 128, 255, 256, 16383, 16384, 16511, 65535, 2 ** 32];
    const forms = ['00', '7f', '8000', '807f', '8100', 'fe7f', 'ff00', 'ff7f', '82fe7f', '8efefeff00'];
    assert.deepEqual(
      numbers.map((value) => varintBytes(BigInt(value)).toString('hex')),
      forms,
    );
  });

  it('give value and owner of every spent output, whatever its form', () => {
    const prng = Prng.fromSeed(SEED);
    for (let round = 0; round < 300; round += 1) {
      const spends = Array.from({ length: prng.int(6) }, () =>
        Array.from({ length: prng.between(1, 5) }, () => randomSpent(prng)),
      );
      const block = blockSpending(spends.map(({ length }) => length));
      const columns = parser.parse(block, UNDO, undoRecord(spends));
      spends.flat().forEach(({ valueSat, script }, input) => {
        assert.equal(columns.inputValueSat[input], valueSat);
        const owner = [columns.inputOwner[2 * input], columns.inputOwner[2 * input + 1]];
        assert.deepEqual(owner, key(script), Buffer.from(script).toString('hex'));
      });
    }
  });

  it('are refused where they are damaged, missing, too long or of another block', () => {
    const prng = Prng.fromSeed(SEED);
    const spends = [[randomSpent(prng), randomSpent(prng)], [randomSpent(prng)]];
    const block = blockSpending([2, 1]);
    const record = undoRecord(spends);
    const refused = (undo: Uint8Array | null, words: RegExp): void => {
      const error = attempt(() => parser.parse(block, UNDO, undo));
      assert.ok(error instanceof SpoorError, 'accepted');
      assert.match(error.message, words);
    };
    refused(null, /3 outputs are spent here and the record is missing/);
    refused(Buffer.concat([record, Buffer.alloc(1)]), /1 bytes follow the end/);
    refused(undoRecord(spends.slice(1)), /the record has 1 transactions where the block has 2/);
    refused(undoRecord([spends[1], spends[0]]), /the record has 1 inputs where the block has 2/);
    for (let length = 0; length < record.length; length += 1) {
      assert.ok(
        attempt(() => parser.parse(block, UNDO, record.subarray(0, length))) instanceof SpoorError,
        `cut at ${length}`,
      );
    }
    refused(
      Buffer.from('020200ffffffffffffffffffff7f', 'hex'),
      /undo\.inputs\[0\]\.valueSat at byte 3: an amount above/,
    );
    refused(
      Buffer.from('02020000ffffffffffffffff7f', 'hex'),
      /undo\.inputs\[0\]\.script at byte 12: a number above 2\^53/,
    );
    refused(Buffer.from('fd0200', 'hex'), /transactions at byte 3: 2 is written in 3 bytes, longer than needed/);
    refused(Buffer.from('ff', 'hex'), /transactions at byte 1: a count above 2\^32/);
    const tooMuch = Buffer.concat([
      Buffer.from('020200', 'hex'),
      varintBytes(compressedAmount(2_100_000_000_000_001)),
      Buffer.from('06', 'hex'),
    ]);
    refused(tooMuch, /valueSat at byte 3: an amount above all the bitcoins/);
    for (let round = 0; round < 2000; round += 1) attempt(() => parser.parse(block, UNDO, damaged(record, prng)));
  });

  it('are read for blocks of more than 252 transactions and for the largest amounts', () => {
    const spent = { valueSat: 2_099_999_999_999_999, script: Buffer.from('51', 'hex'), height: 1 };
    const spends = Array.from({ length: 300 }, () => [spent]);
    const columns = parser.parse(blockSpending(spends.map(() => 1)), UNDO, undoRecord(spends));
    assert.deepEqual([...new Set(columns.inputValueSat.subarray(0, columns.inputCount))], [spent.valueSat]);
  });

  it('are refused when a transaction would spend more than it has', () => {
    const block = blockSpending([1]);
    block[block.length - 14] = 2;
    const spent = { valueSat: 1, script: Buffer.from('51', 'hex'), height: 1 };
    const error = attempt(() => parser.parse(block, UNDO, undoRecord([[spent]])));
    assert.ok(error instanceof SpoorError);
    assert.match(error.message, /transaction 1 would spend 1 satoshi more than it has/);
    assert.ok(
      !(attempt(() => parser.parse(block, UNDO, undoRecord([[{ ...spent, valueSat: 2 }]]))) instanceof SpoorError),
    );
  });
});
