/** Owner keys: the documented normal form and hash, from scripts of every template. */
import assert from 'node:assert/strict';
import { OWNER_SEEDS, ownerKeyOfPayload, ownerKeyOfScript } from '../../../src/chain/bitcoin/bulk/owner-key.ts';
import { Prng } from '../../support/prng.ts';

/** MurmurHash3_x86_32 as published by its author (public domain, MurmurHash3.cpp), over BigInt so that no 32-bit trick is shared with the code under test. */
function murmur3(bytes: Uint8Array, seed: number): number {
  const mask = 0xffff_ffffn;
  const rotl = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & mask;
  const scrambled = (k: bigint): bigint => (rotl((k * 0xcc9e2d51n) & mask, 15n) * 0x1b873593n) & mask;
  let h = BigInt(seed);
  const blocks = bytes.length >> 2;
  for (let block = 0; block < blocks; block += 1) {
    const word = [3, 2, 1, 0].reduce((value, byte) => (value << 8n) | BigInt(bytes[block * 4 + byte]), 0n);
    h = (rotl(h ^ scrambled(word), 13n) * 5n + 0xe6546b64n) & mask;
  }
  let tail = 0n;
  for (let at = bytes.length - 1; at >= blocks * 4; at -= 1) tail = (tail << 8n) | BigInt(bytes[at]);
  if (bytes.length % 4 > 0) h ^= scrambled(tail);
  h ^= BigInt(bytes.length);
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & mask;
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(h ^ (h >> 16n));
}

function keyOf(script: Uint8Array): number[] {
  const into = new Uint32Array(4).fill(7);
  const around = Buffer.concat([Buffer.alloc(3, 0x76), script, Buffer.alloc(3, 0xac)]);
  ownerKeyOfScript({ bytes: around, place: 3, length: script.length }, into, 1);
  assert.deepEqual([into[0], into[3]], [7, 7], 'nothing is written beside the key');
  return [into[1], into[2]];
}

function expected(type: number, prefix: number, payload: Uint8Array): number[] {
  const normal = Buffer.alloc(36);
  normal[0] = type;
  normal[1] = prefix;
  normal.set(payload, 4);
  return [murmur3(normal, OWNER_SEEDS.first), murmur3(normal, OWNER_SEEDS.second)];
}

const prng = Prng.fromSeed(20_140_601);
const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => prng.int(256)));

describe('owner keys', () => {
  it('the reference hash of these tests gives the published vectors', () => {
    // Bitcoin Core, src/test/hash_tests.cpp (murmurhash3).
    assert.equal(murmur3(Buffer.from('', 'hex'), 0xfba4c795), 0x6a396f08);
    assert.equal(murmur3(Buffer.from('ff', 'hex'), 0), 0xfd6cf10d);
    assert.equal(murmur3(Buffer.from('00112233445566', 'hex'), 0), 0xb074502c);
    assert.equal(murmur3(Buffer.from('0011223344556677', 'hex'), 0), 0x8034d2a0);
  });

  it('hash the normal form of every template', () => {
    for (let round = 0; round < 50; round += 1) {
      const short = bytes(20);
      const long = bytes(32);
      const y = bytes(32);
      const build = (...parts: Array<number[] | Buffer>): Buffer =>
        Buffer.concat(parts.map((part) => Buffer.from(part)));
      assert.deepEqual(keyOf(build([0x76, 0xa9, 20], short, [0x88, 0xac])), expected(1, 0, short), 'p2pkh');
      assert.deepEqual(keyOf(build([0xa9, 20], short, [0x87])), expected(2, 0, short), 'p2sh');
      assert.deepEqual(keyOf(build([0, 20], short)), expected(3, 0, short), 'p2wpkh');
      assert.deepEqual(keyOf(build([0, 32], long)), expected(4, 0, long), 'p2wsh');
      assert.deepEqual(keyOf(build([0x51, 32], long)), expected(5, 0, long), 'p2tr');
      assert.deepEqual(keyOf(build([33, 2], long, [0xac])), expected(6, 2, long), 'p2pk, even');
      assert.deepEqual(keyOf(build([33, 3], long, [0xac])), expected(6, 3, long), 'p2pk, odd');
      assert.deepEqual(
        keyOf(build([65, 4], long, y, [0xac])),
        expected(7, 4 + (y[31] % 2), long),
        'p2pk, uncompressed',
      );
    }
  });

  it('nothing else has an owner', () => {
    const cases: Record<string, string> = {
      empty: '',
      'OP_RETURN of 22 bytes': `6a14${'11'.repeat(20)}`,
      'OP_RETURN of 34 bytes': `6a20${'11'.repeat(32)}`,
      'bare multisig': `5121${'02'.repeat(33)}51ae`,
      'witness version 2': `5220${'11'.repeat(32)}`,
      'version 1, 20 bytes': `5114${'11'.repeat(20)}`,
      'hybrid key': `4106${'11'.repeat(64)}ac`,
      'p2pk without OP_CHECKSIG': `2102${'11'.repeat(32)}ad`,
      'p2pkh with another end': `76a914${'11'.repeat(20)}88ad`,
      'p2sh with another end': `a914${'11'.repeat(20)}88`,
      OP_TRUE: '51',
    };
    for (const [name, hex] of Object.entries(cases)) assert.deepEqual(keyOf(Buffer.from(hex, 'hex')), [0, 0], name);
  });

  it('a key that hashes to 0, 0 becomes 0, 1, and seeds change keys', () => {
    const into = new Uint32Array(2);
    const payload = { bytes: bytes(20), place: 0, length: 20, head: 1 };
    ownerKeyOfPayload(payload, into, 0, { first: 1, second: 2 });
    const normal = Buffer.concat([Buffer.from([1, 0, 0, 0]), payload.bytes, Buffer.alloc(12)]);
    assert.deepEqual([...into], [murmur3(normal, 1), murmur3(normal, 2)]);
    const zero = seedFor(normal);
    assert.equal(murmur3(normal, zero), 0, 'the lane can be turned round');
    ownerKeyOfPayload(payload, into, 0, { first: zero, second: zero });
    assert.deepEqual([...into], [0, 1]);
  });
});

/** The seed with which a lane ends at 0: each step undone from the end. */
function seedFor(normal: Uint8Array): number {
  const mask = 0xffff_ffffn;
  const rotl = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & mask;
  let inverseOf5 = 5n;
  for (let round = 0; round < 5; round += 1) inverseOf5 = (inverseOf5 * (2n - 5n * inverseOf5)) & mask;
  let h = 36n;
  for (let block = 8; block >= 0; block -= 1) {
    const word = BigInt(Buffer.from(normal).readUInt32LE(block * 4));
    const k = (rotl((word * 0xcc9e2d51n) & mask, 15n) * 0x1b873593n) & mask;
    h = rotl(((h - 0xe6546b64n) * inverseOf5) & mask, 19n) ^ k;
  }
  return Number(h);
}
