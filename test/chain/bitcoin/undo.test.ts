/** Undo records: numbers, amounts and scripts against published and computed vectors; every lie refused. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ByteCursor } from '../../../src/chain/bitcoin/cursor.ts';
import { decompressPoint } from '../../../src/chain/bitcoin/secp256k1.ts';
import {
  decodeUndo,
  decompressAmount,
  readCompressedAmount,
  readCompressedScript,
  readVarint,
  undoChecksum,
} from '../../../src/chain/bitcoin/undo.ts';
import { SpoorError } from '../../../src/ledger/index.ts';
import { Prng } from '../../support/prng.ts';
import { refusalOf } from './source-content.ts';

function cursor(hex: string): ByteCursor {
  return new ByteCursor(Buffer.from(hex, 'hex'));
}

/** x and y of small multiples of the generator: SEC 2 section 2.4.1 for G; the others by the group law, as every list of secp256k1 test keys has them. */
const POINTS = [
  [
    '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798',
    '483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8',
  ],
  [
    'fff97bd5755eeea420453a14355235d382f6472f8568a18b2f057a1460297556',
    'ae12777aacfbb620f3be96017f45c560de80f0f6518fe4a03c870c36b075f297',
  ],
] as const;

describe('chain/bitcoin undo', () => {
  it('reads VARINTs', () => {
    // Adapters A4: 2^32 and the ends of each length.
    const vectors: [string, number][] = [
      ['00', 0],
      ['7f', 127],
      ['8000', 128],
      ['807f', 255],
      ['8100', 256],
      ['fe7f', 16383],
      ['ff00', 16384],
      ['ff7f', 16511],
      ['82fe7f', 65535],
      ['8efefeff00', 2 ** 32],
    ];
    for (const [hex, value] of vectors) {
      const at = cursor(hex);
      assert.equal(readVarint(at, 'n'), value, hex);
      assert.equal(at.offset, hex.length / 2);
    }
    assert.match(
      refusalOf(() => readVarint(cursor('ff'.repeat(20)), 'n')).message,
      /n at byte 0: a number of more than/,
    );
    assert.match(refusalOf(() => readVarint(cursor('ff'.repeat(9).concat('00')), 'n')).message, /above any number/);
    assert.match(refusalOf(() => readVarint(cursor('ff80'), 'n')).message, /the data ends/);
  });

  it('decompresses amounts, also those above 2^53 in compressed form', () => {
    // Adapters A4 and Bitcoin Core, src/test/compress_tests.cpp.
    const vectors: [bigint, bigint][] = [
      [0n, 0n],
      [0x1n, 1n],
      [0x7n, 1_000_000n],
      [0x9n, 100_000_000n],
      [0x32n, 5_000_000_000n],
      [0x1406f40n, 2_100_000_000_000_000n],
    ];
    for (const [compressed, value] of vectors) assert.equal(decompressAmount(compressed), value);
    // 21e14 - 1 ends in 9, no zero: 1 + 10 * (9 * (21e13 - 1) + 8) = 18899999999999991, above 2^53 (9.007e15).
    assert.equal(decompressAmount(18_899_999_999_999_991n), 2_099_999_999_999_999n);
    // The same as VARINT: digits in base 128, each but the last one less than it stands for.
    const digits: number[] = [];
    for (let left = 18_899_999_999_999_991n, first = true; ; left = left / 128n - 1n, first = false) {
      digits.unshift(Number(left % 128n) | (first ? 0 : 0x80));
      if (left < 128n) break;
    }
    assert.equal(readCompressedAmount(cursor(Buffer.from(digits).toString('hex')), 'v'), 2_099_999_999_999_999);
    // One satoshi more than there can be: 21e14 + 1 = 1 + 10 * (9 * 21e13 + 0) compressed, 18900000000000001.
    assert.equal(decompressAmount(18_900_000_000_000_001n), 2_100_000_000_000_001n);
    const above = refusalOf(() => readCompressedAmount(cursor('ff'.repeat(8).concat('00')), 'v'));
    assert.equal(above.code, 'AMOUNT_INVALID');
  });

  it('finds the full key of both parities, and none where no point is', () => {
    for (const [x, y] of POINTS) {
      const odd = Number.parseInt(y.slice(-1), 16) % 2 === 1;
      assert.equal(decompressPoint(Buffer.from(x, 'hex'), odd)?.toString('hex'), `04${x}${y}`);
      const other = decompressPoint(Buffer.from(x, 'hex'), !odd)?.toString('hex').slice(66) ?? '';
      assert.equal(BigInt(`0x${other}`) + BigInt(`0x${y}`), 2n ** 256n - 2n ** 32n - 977n, 'the other root is p - y');
    }
    // 5^3 + 7 = 132 is no square mod p (the smallest such x; 1, 2, 3, 4 have points), and p itself is no x.
    assert.equal(decompressPoint(Buffer.from('05'.padStart(64, '0'), 'hex'), false), null);
    assert.equal(decompressPoint(Buffer.from(`${'f'.repeat(55)}efffffc2f`, 'hex'), false), null);
  });

  it('reads every form of a script', () => {
    const [[x, y], [oddX, oddY]] = POINTS;
    const hash = '11'.repeat(20);
    const vectors: [string, string][] = [
      [`00${hash}`, `76a914${hash}88ac`],
      [`01${hash}`, `a914${hash}87`],
      [`02${x}`, `2102${x}ac`],
      [`03${oddX}`, `2103${oddX}ac`],
      [`04${x}`, `4104${x}${y}ac`],
      [`05${oddX}`, `4104${oddX}${oddY}ac`],
      ['06', ''],
      ['0751', '51'],
      [`1c0014${hash}`, `0014${hash}`],
    ];
    for (const [compressed, script] of vectors) {
      assert.equal(readCompressedScript(cursor(compressed), 's').toString('hex'), script);
      for (let length = 0; length < compressed.length / 2; length += 1) {
        assert.match(
          refusalOf(() => readCompressedScript(cursor(compressed.slice(0, 2 * length)), 's')).message,
          /^s at byte/,
        );
      }
    }
    assert.match(
      refusalOf(() => readCompressedScript(cursor(`04${'05'.padStart(64, '0')}`), 's')).message,
      /no public key/,
    );
  });

  // Two transactions: one input from a coinbase at height 1 (code 3, version 1), 50 BTC to form 0; two inputs of unknown height, without version.
  const RECORD = `02${'01'}${'0301'}${'32'}00${'11'.repeat(20)}${'02'}${'0009'}0751${'0001'}06`;

  it('reads a record', () => {
    const spent = decodeUndo(Buffer.from(RECORD, 'hex'));
    const plain = spent.map((inputs) =>
      inputs.map(({ height, coinbase, valueSat, script }) => [height, coinbase, valueSat, script.toString('hex')]),
    );
    assert.deepEqual(plain, [
      [[1, true, 5_000_000_000, `76a914${'11'.repeat(20)}88ac`]],
      [
        [0, false, 100_000_000, '51'],
        [0, false, 1, ''],
      ],
    ]);
  });

  it('names the field of a lying count, of what is cut, and of what follows', () => {
    const refused = (hex: string): SpoorError => refusalOf(() => decodeUndo(Buffer.from(hex, 'hex')));
    assert.match(refused('ff').message, /^transactions at byte/);
    assert.match(refused('fdffff0000').message, /^transactions at byte 0: 65535 are announced/);
    assert.match(refused('01050000000000').message, /^transactions\[1\]\.inputs at byte 1: 5 are announced/);
    assert.match(refused(`${RECORD}00`).message, /^end at byte \d+: 1 bytes follow/);
    for (let length = 0; length < RECORD.length / 2; length += 1) {
      const error = refused(RECORD.slice(0, 2 * length));
      assert.equal(error.code, 'MALFORMED', `cut at ${length}`);
      assert.match(error.message, / at byte \d+: /);
    }
    assert.equal(refused(RECORD.slice(0, -4).concat('010007ff')).place.field, 'transactions[2].inputs[1].script');
  });

  it('bit flips and noise end in a result or a coded refusal, never otherwise', () => {
    const seed = 20261124;
    const prng = Prng.fromSeed(seed);
    for (let round = 0; round < 5_000; round += 1) {
      const bytes = Buffer.from(RECORD, 'hex');
      for (let flips = 0; flips <= round % 3; flips += 1) bytes[prng.next() % bytes.length] ^= 1 << (prng.next() % 8);
      try {
        decodeUndo(bytes);
      } catch (error) {
        assert.ok(
          error instanceof SpoorError && /MALFORMED|AMOUNT_INVALID/.test(error.code),
          `seed ${seed}, ${round}: ${error}`,
        );
      }
    }
  });

  it('the checksum covers the previous hash in internal order, then the record', () => {
    const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();
    const prev = `${'00'.repeat(31)}01`;
    const record = Buffer.from(RECORD, 'hex');
    const by = sha256(sha256(Buffer.concat([Buffer.from(`01${'00'.repeat(31)}`, 'hex'), record])));
    assert.deepEqual(undoChecksum(prev, record), by);
  });
});
