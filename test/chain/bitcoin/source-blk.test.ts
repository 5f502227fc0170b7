import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { checkRecord } from '../../../src/chain/bitcoin/check.ts';
import { type ParsedFile, readBitcoinFile } from '../../../src/chain/bitcoin/source-file.ts';
import { proveRecord } from '../../../src/chain/bitcoin/txid.ts';
import { itWithData, sharedData } from '../../support/shared-data.ts';
import { readContent, refused } from './source-content.ts';

const GENESIS_HASH = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';
const MAGIC = 'f9beb4d9';

function sha256d(bytes: Buffer): Buffer {
  const once = createHash('sha256').update(bytes).digest();
  return createHash('sha256').update(once).digest();
}

interface Made {
  readonly hash: string;
  readonly bytes: Buffer;
}

interface Making {
  readonly prev: string;
  /** scriptSig of the coinbase, hex, 2 to 100 bytes. */
  readonly script: string;
  readonly version?: number;
  /** Compact target; 207fffff is the easiest there is, 1d00ffff that of the genesis block. */
  readonly bits?: number;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A block of one coinbase with a right merkle root; work that is missing is a note to a reader of files. */
function made({ prev, script, version = 2, bits = 0x207fffff }: Making): Made {
  const length = Buffer.of(script.length / 2).toString('hex');
  const coinbase = Buffer.from(
    `0100000001${'00'.repeat(32)}ffffffff${length}${script}ffffffff0100f2052a010000000151${'00'.repeat(4)}`,
    'hex',
  );
  const prevBytes = Buffer.from(prev, 'hex').reverse();
  const head = [uint32(version), prevBytes, sha256d(coinbase), uint32(1_600_000_000), uint32(bits), uint32(0)];
  const header = Buffer.concat(head);
  return { hash: sha256d(header).reverse().toString('hex'), bytes: Buffer.concat([header, Buffer.of(1), coinbase]) };
}

function framed(blocks: readonly Made[], magic = MAGIC): Buffer {
  return Buffer.concat(blocks.flatMap(({ bytes }) => [Buffer.from(magic, 'hex'), uint32(bytes.length), bytes]));
}

function heights(parsed: ParsedFile): (number | null)[] {
  return parsed.blocks.map(({ block }) => block.height);
}

/** Blocks 1, 2, 3 on the genesis block; version 1 has no height of its own. */
function firstBlocks(): Made[] {
  const one = made({ prev: GENESIS_HASH, script: '5151', version: 1 });
  const two = made({ prev: one.hash, script: '5152', version: 1 });
  return [one, two, made({ prev: two.hash, script: '5153', version: 1 })];
}

const UNKNOWN = 'e'.repeat(64);

describe('chain/bitcoin source-file-blk', () => {
  it('reads frames in any order, skipping zero bytes, with heights linked to the genesis block', () => {
    const [one, two, three] = firstBlocks();
    const padding = Buffer.alloc(1000);
    const parsed = readContent(Buffer.concat([framed([three, one]), padding, framed([two]), padding]));
    assert.equal(parsed.format, 'blk');
    assert.deepEqual(heights(parsed), [3, 1, 2]);
    assert.deepEqual(
      parsed.blocks.map(({ block }) => block.hash),
      [three.hash, one.hash, two.hash],
    );
    assert.deepEqual(parsed.notes, []);
    const [{ record, place }] = parsed.transactions;
    assert.deepEqual(
      [record.height, record.blockHash, record.position, record.timestampSec],
      [3, three.hash, 0, 1_600_000_000],
    );
    assert.deepEqual(place, { file: 'facts.json', record: 'block 0 at byte 0, transaction 0' });
  });

  it('knows the magic of every network', () => {
    const block = made({ prev: UNKNOWN, script: '03a0bb0d' });
    const magics = [
      ['0b110907', 'testnet'],
      ['1c163f28', 'testnet'],
      ['0a03cf40', 'signet'],
      ['fabfb5da', 'regtest'],
    ] as const;
    for (const [magic, network] of magics) {
      assert.equal(readContent(framed([block], magic), { network }).blocks.length, 1);
      const error = refused(framed([block], magic));
      assert.equal(error.code, 'MALFORMED');
      assert.match(error.message, new RegExp(`a block of ${network} where mainnet is expected`));
    }
  });

  it('reads the height of a coinbase, and passes it along the links both ways', () => {
    // 0x0dbba0 is 900000; the script pushes it little-endian.
    const before = made({ prev: UNKNOWN, script: '5151', version: 1 });
    const stated = made({ prev: before.hash, script: '03a0bb0d' });
    const after = made({ prev: stated.hash, script: '5151', version: 1 });
    assert.deepEqual(heights(readContent(framed([after, before, stated]))), [900001, 899999, 900000]);
  });

  it('believes a coinbase only above the activation height and from version 2', () => {
    // 227930 is 0x037a5a, 227931 is 0x037a5b.
    const cases: [string, number, number | null][] = [
      ['035a7a03', 2, null],
      ['035b7a03', 2, 227931],
      ['035b7a03', 1, null],
      ['03a0bb8d', 2, null],
      ['05a0bb0d0000', 2, null],
    ];
    for (const [script, version, height] of cases) {
      const parsed = readContent(made({ prev: UNKNOWN, script, version }).bytes);
      assert.deepEqual(heights(parsed), [height], script);
      const unplaced = parsed.notes.filter((note) => note.includes('whose height the file does not tell'));
      assert.equal(unplaced.length, height === null ? 1 : 0);
    }
    const small = made({ prev: UNKNOWN, script: '5a00' });
    assert.deepEqual(heights(readContent(framed([small], 'fabfb5da'), { network: 'regtest' })), [10]);
  });

  it('says which headers do not meet the target they state', () => {
    // The easiest target is met by every second hash, this one among them; that of the genesis block by one in 2^32.
    assert.deepEqual(readContent(firstBlocks()[0].bytes).notes, []);
    const workless = made({ prev: GENESIS_HASH, script: '5151', version: 1, bits: 0x1d00ffff });
    assert.deepEqual(readContent(workless.bytes).notes, [
      '1 block whose hash does not meet the target in its own header: the header is damaged or made up',
    ]);
  });

  it('leaves out repeated blocks, and the branch with less work, and says so', () => {
    const [one, two, three] = firstBlocks();
    const stale = made({ prev: one.hash, script: '5162', version: 1 });
    const parsed = readContent(framed([one, stale, two, two, three]));
    assert.deepEqual(heights(parsed), [1, 2, 3]);
    assert.deepEqual(parsed.notes, [
      '1 repeated block left out',
      '1 block on a branch with less work left out as stale',
    ]);
  });

  it('keeps the branch met first when two have equal work', () => {
    const [one, two] = firstBlocks();
    const rival = made({ prev: one.hash, script: '5162', version: 1 });
    for (const [first, second] of [
      [two, rival],
      [rival, two],
    ]) {
      const parsed = readContent(framed([one, first, second]));
      assert.deepEqual(
        parsed.blocks.map(({ block }) => block.hash),
        [one.hash, first.hash],
      );
    }
  });

  it('weighs branches by work, not by length', () => {
    const [one, two, three] = firstBlocks();
    const heavy = made({ prev: one.hash, script: '5162', version: 1, bits: 0x1d00ffff });
    const parsed = readContent(framed([one, two, three, heavy]));
    assert.deepEqual(
      parsed.blocks.map(({ block }) => block.hash),
      [one.hash, heavy.hash],
    );
  });

  it('refuses heights that contradict each other', () => {
    const stated = made({ prev: UNKNOWN, script: '03a0bb0d' });
    const next = made({ prev: stated.hash, script: '03a5bb0d' });
    const error = refused(framed([stated, next]));
    assert.equal(error.code, 'LEDGER_INVALID');
    // By its coinbase the second block is 900005, by its link to the first 900001; seen from the first, 900000 against 900004.
    assert.match(
      error.message,
      /would have (900005 and 900001|900001 and 900005|900000 and 900004|900004 and 900000)$/,
    );
  });

  it('names a tail that is cut, at every length', () => {
    const blocks = firstBlocks();
    const whole = framed(blocks);
    const lastStart = whole.length - blocks[2].bytes.length - 8;
    for (let length = lastStart + 1; length < whole.length; length += 1) {
      const error = refused(whole.subarray(0, length));
      assert.equal(error.code, 'MALFORMED');
      assert.equal(error.place.record, `block 2 at byte ${lastStart}`);
    }
  });

  it('names garbage between blocks and lengths that are none', () => {
    const garbage = refused(Buffer.concat([framed(firstBlocks()), Buffer.from('deadbeef', 'hex')]));
    assert.match(garbage.message, /"deadbeef" is not the magic/);
    assert.match(garbage.hint ?? '', /xor\.dat/);
    const long = refused(Buffer.from(`${MAGIC}01093d00`, 'hex'));
    assert.match(long.message, /a block of 4000001 bytes/);
  });

  it('names the block and the transaction that are wrong', () => {
    const [one, two] = firstBlocks();
    const changed = Buffer.from(two.bytes);
    changed[changed.length - 10] ^= 1;
    const error = refused(framed([one, { ...two, bytes: changed }]));
    assert.equal(error.code, 'HASH_MISMATCH');
    assert.equal(error.place.record, `block 1 at byte ${one.bytes.length + 8}`);
    const cut = refused(framed([{ ...one, bytes: one.bytes.subarray(0, -3) }]));
    assert.equal(cut.code, 'MALFORMED');
    assert.match(cut.place.record ?? '', /^block 0 at byte 0, transactions\[0\]/);
  });

  itWithData('reads the recorded blocks with their heights', 'bitcoin-blocks', () => {
    const recorded = [
      ['mainnet.426884.raw.gz', 'mainnet', 426884, 409],
      ['mainnet.0000000000000000000c835b.raw.gz', 'mainnet', 702861, 2500],
      ['testnet.1087400.raw.gz', 'testnet', 1087400, 97],
    ] as const;
    for (const [name, network, height, count] of recorded) {
      const parsed = readBitcoinFile(sharedData(`bitcoin-blocks/${name}`), { format: 'auto', network });
      assert.equal(parsed.format, 'blk');
      assert.deepEqual(heights(parsed), [height]);
      assert.equal(parsed.transactions.length, count);
    }
  });

  itWithData('reads the first 255 blocks as frames', 'bitcoin-blocks', () => {
    const path = sharedData('bitcoin-blocks/mainnet.blocks1-255.dat.bz2');
    const bytes = execFileSync('bunzip2', ['-c', path], { maxBuffer: 2 ** 26 });
    const parsed = readContent(bytes);
    assert.deepEqual(
      heights(parsed),
      Array.from({ length: 255 }, (_, index) => index + 1),
    );
    assert.equal(parsed.transactions.length, 262);
    for (const { record } of parsed.transactions) {
      assert.deepEqual(checkRecord(record), []);
      assert.equal(proveRecord(record), 'verified');
    }
  });
});
