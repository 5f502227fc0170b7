/** The generated block files against our own decoder and bitcoinjs-lib: links, roots, sums, undo records, same seed same bytes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Block } from 'bitcoinjs-lib';
import { decodeBlock } from '../../../src/chain/bitcoin/decode.ts';
import { merkleRoot, subsidySat } from '../../../src/chain/bitcoin/index.ts';
import { type GeneratedMeta, type GenerateParameters, generate, PLAIN } from './generate.ts';
import { GENESIS } from './generate-block.ts';
import { ByteWriter } from './generate-bytes.ts';
import { sha256dInto } from './generate-sha256.ts';
import { compressAmount, writeVarint } from './generate-undo.ts';

const BASE: GenerateParameters = { ...PLAIN, transactions: 1500, mix: 'modern', seed: 7 };
const MAGIC = 'f9beb4d9';

const twice = (bytes: Uint8Array) => createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();

/** Clear bytes of every file of a kind; padding that was never XORed comes out as key bytes. */
function clearFiles(folder: string, kind: string): Buffer[] {
  const key = readdirSync(folder).includes('xor.dat') ? readFileSync(join(folder, 'xor.dat')) : Buffer.alloc(8);
  return readdirSync(folder)
    .filter((name) => name.startsWith(kind))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      for (let at = 0; at < bytes.length; at += 1) bytes[at]! ^= key[at & 7]!;
      return bytes;
    });
}

/** Bodies of the frames of one file; `tail` bytes follow each body. */
function frames(bytes: Buffer, tail: number): { body: Buffer; tail: Buffer }[] {
  const found: { body: Buffer; tail: Buffer }[] = [];
  for (let at = 0; at + 8 <= bytes.length && bytes.toString('hex', at, at + 4) === MAGIC; ) {
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    found.push({ body: bytes.subarray(at + 8, end), tail: bytes.subarray(end, end + tail) });
    at = end + tail;
  }
  return found;
}

/** VARINT read the way Core's ReadVarInt does, with bigints. */
function varint(bytes: Buffer, from: number): { value: bigint; next: number } {
  let value = 0n;
  for (let at = from; ; at += 1) {
    value = (value << 7n) | BigInt(bytes[at]! & 0x7f);
    if ((bytes[at]! & 0x80) === 0) return { value, next: at + 1 };
    value += 1n;
  }
}

/** Core's DecompressAmount. */
function decompress(code: bigint): bigint {
  if (code === 0n) return 0n;
  let rest = code - 1n;
  const zeros = rest % 10n;
  rest /= 10n;
  let value = 0n;
  if (zeros < 9n) {
    value = (rest / 9n) * 10n + (rest % 9n) + 1n;
  } else value = rest + 1n;
  return value * 10n ** zeros;
}

function compactSize(bytes: Buffer, at: number): { value: number; next: number } {
  const first = bytes[at]!;
  assert.ok(first <= 0xfd, 'no list here is longer than 65535');
  return first < 0xfd ? { value: first, next: at + 1 } : { value: bytes.readUInt16LE(at + 1), next: at + 3 };
}

/** Amounts and compressed scripts of an undo record, transaction by transaction. */
function undoEntries(undo: Buffer): { code: bigint; valueSat: bigint; script: string }[][] {
  let { value: count, next: at } = compactSize(undo, 0);
  const all: { code: bigint; valueSat: bigint; script: string }[][] = [];
  for (; count > 0; count -= 1) {
    const inputs = compactSize(undo, at);
    at = inputs.next;
    const entries: { code: bigint; valueSat: bigint; script: string }[] = [];
    for (let input = 0; input < inputs.value; input += 1) {
      const code = varint(undo, at);
      at = code.next + (code.value > 1n ? 1 : 0);
      const amount = varint(undo, at);
      const kind = varint(undo, amount.next);
      const length = kind.value < 2n ? 20 : kind.value < 6n ? 32 : Number(kind.value) - 6;
      const body = undo.toString('hex', kind.next, kind.next + length);
      entries.push({ code: code.value, valueSat: decompress(amount.value), script: `${kind.value}:${body}` });
      at = kind.next + length;
    }
    all.push(entries);
  }
  assert.equal(at, undo.length, 'nothing follows the last entry');
  return all;
}

/** The script as Core's CompressScript leaves it, from its full form. */
function compressed(script: Buffer): string {
  const hex = script.toString('hex');
  if (/^76a914.{40}88ac$/.test(hex)) return `0:${hex.slice(6, 46)}`;
  if (/^a914.{40}87$/.test(hex)) return `1:${hex.slice(4, 44)}`;
  if (/^210[23].{64}ac$/.test(hex)) return `${hex[3]}:${hex.slice(4, 68)}`;
  if (/^4104.{128}ac$/.test(hex)) return `${4 + (script[65]! & 1)}:${hex.slice(4, 68)}`;
  return `${script.length + 6}:${hex}`;
}

interface Spent {
  readonly valueSat: number;
  readonly script: string;
  readonly code: number;
}

/** Best chain of a folder as bitcoinjs-lib reads it, from the tip back to the genesis block. */
function bestChain(folder: string, meta: GeneratedMeta): { chain: { body: Buffer; block: Block }[]; stale: Block[] } {
  const byHash = new Map<string, { body: Buffer; block: Block }>();
  for (const file of clearFiles(folder, 'blk')) {
    for (const { body } of frames(file, 0)) {
      const block = Block.fromBuffer(body);
      byHash.set(block.getId(), { body, block });
    }
  }
  assert.equal(byHash.size, meta.blocks + meta.staleBlocks);
  const chain: { body: Buffer; block: Block }[] = [];
  for (let hash = meta.tipHash; byHash.has(hash); ) {
    const found = byHash.get(hash)!;
    chain.unshift(found);
    byHash.delete(hash);
    hash = Buffer.from(found.block.prevHash!).reverse().toString('hex');
  }
  return { chain, stale: [...byHash.values()].map(({ block }) => block) };
}

/** Stale siblings: a root of their own, a coinbase that claims what their transactions pay, and for every second one an undo record. */
function proveStale(
  stale: readonly Block[],
  best: { chain: readonly Block[]; feeOf: ReadonlyMap<string, number>; records: { body: Buffer; tail: Buffer }[] },
): void {
  for (const block of stale) {
    const height = best.chain.findIndex((other) => Buffer.from(other.prevHash ?? []).equals(block.prevHash!));
    const fees = block.transactions!.slice(1).map((tx) => best.feeOf.get(tx.getId())!);
    const claimedSat = Number(block.transactions![0]!.outs[0]!.value);
    assert.equal(
      claimedSat,
      fees.reduce((sum, feeSat) => sum + feeSat, subsidySat(height, 'mainnet')),
    );
    assert.ok(block.checkTxRoots() || block.hasWitness());
  }
  assert.equal(best.records.length, Math.floor(stale.length / 2), 'undo records of stale blocks are what is left');
}

/** Checks every rule on a folder; gives the compressed forms of scripts that were met in undo records. */
function prove(folder: string, meta: GeneratedMeta): Set<string> {
  const { chain, stale } = bestChain(folder, meta);
  assert.equal(chain.length, meta.blocks);
  const records = clearFiles(folder, 'rev').flatMap((file) => frames(file, 32));
  const unspent = new Map<string, Spent>();
  const kinds = new Set<string>();
  const feeOf = new Map<string, number>();
  const digest = createHash('sha256');
  const counts = { transactions: 0, inputs: 0, outputs: 0, bytes: 0 };
  chain.forEach(({ body, block }, height) => {
    const { header, transactions } = decodeBlock(body, 'mainnet');
    const txids = transactions.map(({ record }) => record.txid);
    assert.equal(merkleRoot(txids), header.merkleRoot);
    assert.deepEqual(
      txids,
      block.transactions!.map((tx) => tx.getId()),
    );
    assert.ok(block.checkTxRoots() || block.hasWitness(), 'bitcoinjs-lib finds the same root');
    assert.deepEqual(block.toBuffer().length, body.length);
    let feesSat = 0;
    const undo: string[][] = [];
    block.transactions!.forEach((tx, position) => {
      const outSat = tx.outs.reduce((sum, { value }) => sum + Number(value), 0);
      const spent = position === 0 ? [] : tx.ins.map(({ hash, index }) => take(unspent, hash, index));
      if (position > 0) {
        const feeSat = spent.reduce((sum, { valueSat }) => sum + valueSat, 0) - outSat;
        feeOf.set(tx.getId(), feeSat);
        feesSat += feeSat;
        undo.push(spent.map(({ valueSat, script, code }) => `${code} ${valueSat} ${script}`));
        counts.inputs += spent.length;
      } else assert.ok(tx.isCoinbase());
      tx.outs.forEach(({ value, script }, index) => {
        const code = 2 * height + (position === 0 ? 1 : 0);
        const kept = { valueSat: Number(value), script: compressed(Buffer.from(script)), code };
        unspent.set(`${tx.getId()}:${index}`, kept);
      });
      digest.update(tx.getHash());
      counts.outputs += tx.outs.length;
    });
    counts.transactions += txids.length;
    counts.bytes += body.length;
    const claimedSat = block.transactions![0]!.outs.reduce((sum, { value }) => sum + Number(value), 0);
    assert.equal(claimedSat, subsidySat(height, 'mainnet') + feesSat, `coinbase of block ${height}`);
    if (height === 0) return;
    const entries = undoEntries(takeRecord(records, block.prevHash!));
    assert.deepEqual(
      entries.map((tx) => tx.map(({ code, valueSat, script }) => `${code} ${valueSat} ${script}`)),
      undo,
    );
    for (const { script } of entries.flat()) kinds.add(script.split(':')[0]!);
  });
  assert.equal(digest.digest('hex'), meta.txidDigest);
  proveStale(stale, { chain: chain.map(({ block }) => block), feeOf, records });
  const { transactions, inputs, outputs, bytes } = meta;
  assert.deepEqual(counts, { transactions, inputs, outputs, bytes });
  assert.ok(unspent.has(meta.theft) || meta.theftPeels.length > 0);
  return kinds;
}

/** Takes the undo record whose checksum fits the block before; it lies near the front, as records are in order of height but for stale ones. */
function takeRecord(records: { body: Buffer; tail: Buffer }[], prevHash: Uint8Array): Buffer {
  const place = records.findIndex(({ body, tail }) => twice(Buffer.concat([prevHash, body])).equals(tail));
  assert.ok(place >= 0, 'the undo record is there');
  return records.splice(place, 1)[0]!.body;
}

function take(unspent: Map<string, Spent>, hash: Uint8Array, index: number): Spent {
  const name = `${Buffer.from(hash).reverse().toString('hex')}:${index}`;
  const spent = unspent.get(name);
  assert.ok(spent !== undefined, `${name} is there to be spent`);
  unspent.delete(name);
  return spent;
}

describe('generated block files', () => {
  const root = mkdtempSync(join(tmpdir(), 'spoor-generate-'));
  after(() => rmSync(root, { recursive: true }));

  it('modern: roots, sums, links and undo records hold', () => {
    const folder = join(root, 'modern');
    const kinds = prove(folder, generate(folder, BASE));
    for (const kind of ['0', '1', '2', '4', '5', '28', '40']) assert.ok(kinds.has(kind), `undo records hold ${kind}`);
  });

  it('legacy, XORed, shuffled over files, with stale siblings and padding: the same chain rules hold', () => {
    const folder = join(root, 'legacy');
    const options = { xor: true, shuffle: 16, staleEvery: 20, padding: true, fileBytes: 300_000 };
    const meta = generate(folder, { ...BASE, ...options, mix: 'legacy', seed: 8 });
    assert.ok(meta.files.length > 4 && meta.staleBlocks > 10);
    prove(folder, meta);
    const hashes = frames(clearFiles(folder, 'blk')[0]!, 0).map(({ body }) => body.subarray(4, 36).toString('hex'));
    const heights = bestChain(folder, meta).chain.map(({ block }) => Buffer.from(block.prevHash!).toString('hex'));
    const order = hashes.map((hash) => heights.indexOf(hash));
    assert.notDeepEqual(
      order,
      [...order].sort((a, b) => a - b),
      'blocks arrive out of order',
    );
  });

  it('same seed same bytes, other seed other bytes', () => {
    const digests = [7, 7, 9].map((seed, run) => generate(join(root, `run${run}`), { ...BASE, seed }).files);
    assert.deepEqual(digests[0], digests[1]);
    assert.notDeepEqual(digests[0], digests[2]);
    const { name, sha256 } = digests[0]![0]!;
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(root, 'run0', name)))
        .digest('hex'),
      sha256,
    );
  });

  it('starts with the genesis block', () => {
    const block = Block.fromBuffer(GENESIS);
    assert.equal(block.getId(), '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f');
    assert.ok(block.checkTxRoots());
  });

  it('numbers as Core writes them', () => {
    // Vectors of adapters-and-ethereum.md A4, made with Core's own code.
    const varints: [number, string][] = [
      [0, '00'],
      [127, '7f'],
      [128, '8000'],
      [255, '807f'],
      [256, '8100'],
    ];
    varints.push([16383, 'fe7f'], [16384, 'ff00'], [16511, 'ff7f'], [65535, '82fe7f'], [2 ** 32, '8efefeff00']);
    for (const [value, hex] of varints) {
      const writer = new ByteWriter(16);
      writeVarint(writer, value);
      assert.equal(writer.copy(0).toString('hex'), hex);
    }
    assert.deepEqual([1, 1e6, 1e8, 50e8, 0].map(compressAmount), [1, 7, 9, 0x32, 0]);
  });

  it('own SHA-256 agrees with node:crypto at every length around a block', () => {
    const bytes = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 151 + 13) % 256));
    const hash = Buffer.alloc(32);
    for (let length = 0; length < 200; length += 1) {
      sha256dInto(bytes, 3, 3 + length, hash, 0);
      assert.equal(hash.toString('hex'), twice(bytes.subarray(3, 3 + length)).toString('hex'));
    }
  });
});
