/**
 * Claim:      turns the columns of a synthetic chain into serialised blocks with right txids, merkle roots and links, each with its undo record.
 * Source:     Bitcoin Core src/primitives/transaction.h and block.h; BIP144; BIP34 (height in the coinbase, which keeps its txid unique).
 * Parameters: chain, scripts, spends.
 * Cost:       about five SHA-256 calls per transaction, which is most of the time.
 * Fails when: proof of work, signatures or witness commitments are checked: there are none. Bits are those of the genesis block throughout.
 */
import { Buffer } from 'node:buffer';
import type { SyntheticChain } from '../../support/synthetic-chain.ts';
import { ByteWriter, merkleRootOf, sha256d } from './generate-bytes.ts';
import type { ChainScripts } from './generate-script.ts';
import { sha256dInto } from './generate-sha256.ts';
import { MAX_SPEND_BYTES, needsWitness, type SpendWriter } from './generate-spend.ts';
import { MAX_UNDO_ENTRY_BYTES, writeUndoEntry } from './generate-undo.ts';

/** The genesis block of mainnet: header, count, coinbase; generate.test.ts holds it to its well-known hash. */
export const GENESIS = Buffer.from(
  [
    `01000000${'00'.repeat(32)}3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c`,
    `010100000001${'00'.repeat(32)}ffffffff4d04ffff001d010445`,
    Buffer.from('The Times 03/Jan/2009 Chancellor on brink of second bailout for banks').toString('hex'),
    'ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f355',
    '04e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000',
  ].join(''),
  'hex',
);

const HEADER_BYTES = 80;
const GENESIS_TIME_SEC = 1231006505;
const GENESIS_BITS = 0x1d00ffff;
const MAX_INPUT_BYTES = MAX_SPEND_BYTES * 2 + 44;
const MAX_OUTPUT_BYTES = 96;
const FINAL = 0xffff_ffff;

/** One block and what a stale sibling needs of it. Lists per transaction in block order, the coinbase first. */
export interface MadeBlock {
  readonly height: number;
  readonly prevHash: Buffer;
  readonly hash: Buffer;
  readonly bytes: Buffer;
  readonly undo: Buffer;
  /** 32 bytes each, internal order. */
  readonly txids: Buffer;
  readonly txEnd: readonly number[];
  /** Ends of the undo entries of transactions 1 up, in `undo`. */
  readonly undoEnd: readonly number[];
  readonly feesSat: readonly number[];
  readonly inputs: number;
  readonly outputs: number;
}

interface Coinbase {
  readonly height: number;
  readonly extra: number;
  readonly valueSat: number;
  readonly address: number;
}

/** Makes the blocks of one chain in order of height. Heights are those of the columns plus one: the genesis block comes first. */
export class BlockMaker {
  /** Txids by transaction number of the columns, 32 bytes each, internal order. */
  readonly txids: Buffer;
  private readonly chain: SyntheticChain;
  private readonly scripts: ChainScripts;
  private readonly spends: SpendWriter;
  private readonly headerVersion: number;
  private readonly outputTx: Uint32Array;
  private readonly block = new ByteWriter(2 ** 22);
  private readonly undo = new ByteWriter(2 ** 20);
  private readonly bare = new ByteWriter(2 ** 16);
  private readonly templates: number[] = [];

  constructor(chain: SyntheticChain, scripts: ChainScripts, spends: SpendWriter, headerVersion: number) {
    this.chain = chain;
    this.scripts = scripts;
    this.spends = spends;
    this.headerVersion = headerVersion;
    this.txids = Buffer.alloc(32 * chain.transactionCount);
    this.outputTx = new Uint32Array(chain.outputValueSat.length);
    for (let tx = 0; tx < chain.transactionCount; tx += 1) {
      this.outputTx.fill(tx, chain.firstOutput[tx], chain.firstOutput[tx + 1]);
    }
  }

  /** The block of transactions `first` to `coinbase` of the columns, where the coinbase is the last. */
  make(first: number, coinbase: number, prevHash: Buffer): MadeBlock {
    const { block, undo, chain } = this;
    const height = chain.height[coinbase]! + 1;
    const count = coinbase - first + 1;
    block.length = HEADER_BYTES;
    undo.length = 0;
    block.need(64 * 1024);
    block.compactSize(count);
    undo.need(16);
    undo.compactSize(count - 1);
    this.coinbase(this.coinbaseOf(coinbase, 0), this.txids, 32 * coinbase);
    const txEnd = [block.length];
    const undoEnd = [undo.length];
    const feesSat = [0];
    for (let tx = first; tx < coinbase; tx += 1) {
      feesSat.push(this.transaction(tx));
      txEnd.push(block.length);
      this.undoOf(tx);
      undoEnd.push(undo.length);
    }
    const txids = Buffer.concat([
      this.txids.subarray(32 * coinbase, 32 * coinbase + 32),
      this.txids.subarray(32 * first, 32 * coinbase),
    ]);
    const bytes = block.copy(0);
    const hash = this.header(bytes, { height, prevHash, txids });
    const inputs = chain.firstInput[coinbase]! - chain.firstInput[first]!;
    const outputs = chain.firstOutput[coinbase + 1]! - chain.firstOutput[first]!;
    return { height, prevHash, hash, bytes, undo: undo.copy(0), txids, txEnd, undoEnd, feesSat, inputs, outputs };
  }

  /** A block that lost the race: another coinbase, and the first half of the same transactions. Undo only where it was once connected. */
  sibling(of: MadeBlock, coinbase: number): { bytes: Buffer; undo: Buffer } {
    const kept = Math.ceil((of.txEnd.length - 1) / 2);
    const lostSat = of.feesSat.slice(kept + 1).reduce((sum, feeSat) => sum + feeSat, 0);
    const { block, undo } = this;
    const coinbaseTxid = Buffer.alloc(32);
    block.length = HEADER_BYTES;
    block.compactSize(kept + 1);
    const mined = this.coinbaseOf(coinbase, 1);
    this.coinbase({ ...mined, valueSat: mined.valueSat - lostSat }, coinbaseTxid, 0);
    block.need(of.bytes.length);
    block.part(of.bytes, of.txEnd[0]!, of.txEnd[kept]!);
    const bytes = block.copy(0);
    const txids = Buffer.concat([coinbaseTxid, of.txids.subarray(32, 32 * (kept + 1))]);
    this.header(bytes, { height: of.height, prevHash: of.prevHash, txids });
    undo.length = 0;
    undo.compactSize(kept);
    undo.need(of.undo.length);
    undo.part(of.undo, of.undoEnd[0]!, of.undoEnd[kept]!);
    return { bytes, undo: undo.copy(0) };
  }

  private header(bytes: Buffer, of: { height: number; prevHash: Buffer; txids: Buffer }): Buffer {
    bytes.writeUInt32LE(this.headerVersion, 0);
    bytes.set(of.prevHash, 4);
    bytes.set(merkleRootOf(of.txids), 36);
    bytes.writeUInt32LE(GENESIS_TIME_SEC + 600 * of.height + (this.spends.draw() % 300), 68);
    bytes.writeUInt32LE(GENESIS_BITS, 72);
    bytes.writeUInt32LE(this.spends.draw(), 76);
    return sha256d(bytes.subarray(0, HEADER_BYTES));
  }

  private coinbaseOf(tx: number, extra: number): Coinbase {
    const output = this.chain.firstOutput[tx]!;
    const valueSat = this.chain.outputValueSat[output]!;
    return { height: this.chain.height[tx]! + 1, extra, valueSat, address: this.chain.outputAddress[output]! };
  }

  private coinbase({ height, extra, valueSat, address }: Coinbase, txid: Buffer, at: number): void {
    const { block } = this;
    const start = block.length;
    block.u32(1);
    block.u8(1);
    for (let word = 0; word < 8; word += 1) block.u32(0);
    block.u32(FINAL);
    const lengthPlace = block.length;
    block.u8(0);
    pushHeight(block, height);
    block.u8(4);
    block.u32(extra);
    block.bytes[lengthPlace] = block.length - lengthPlace - 1;
    block.u32(FINAL);
    block.u8(1);
    this.output(valueSat, address);
    block.u32(0);
    sha256dInto(block.bytes, start, block.length, txid, at);
  }

  /** Writes a transaction and keeps its txid; gives its fee. */
  private transaction(tx: number): number {
    const { chain, block, spends, templates } = this;
    const [firstIn, lastIn] = [chain.firstInput[tx]!, chain.firstInput[tx + 1]!];
    const [first, last] = [chain.firstOutput[tx]!, chain.firstOutput[tx + 1]!];
    block.need((lastIn - firstIn) * MAX_INPUT_BYTES + (last - first) * MAX_OUTPUT_BYTES + 64);
    let witness = false;
    let feeSat = 0;
    templates.length = 0;
    for (let input = firstIn; input < lastIn; input += 1) {
      const template = this.scripts.templateOf(chain.outputAddress[chain.inputOutput[input]!]!);
      templates.push(template);
      witness ||= needsWitness(template);
      feeSat += chain.inputValueSat[input]!;
    }
    const style = spends.draw();
    const start = block.length;
    block.u32(1 + (style & 1));
    if (witness) {
      block.u8(0);
      block.u8(1);
    }
    const bodyStart = block.length;
    block.compactSize(lastIn - firstIn);
    for (let input = firstIn; input < lastIn; input += 1) this.input(input, templates[input - firstIn]!, style);
    block.compactSize(last - first);
    for (let output = first; output < last; output += 1) {
      this.output(chain.outputValueSat[output]!, chain.outputAddress[output]!);
      feeSat -= chain.outputValueSat[output]!;
    }
    const bodyEnd = block.length;
    if (witness) for (const template of templates) spends.witness(block, template);
    block.u32((style & 6) === 0 ? chain.height[tx]! : 0);
    if (witness) this.bareHash({ start, bodyStart, bodyEnd }, tx);
    else sha256dInto(block.bytes, start, block.length, this.txids, 32 * tx);
    return feeSat;
  }

  /** Txid of a transaction with witness: hashed without it. */
  private bareHash(place: { start: number; bodyStart: number; bodyEnd: number }, tx: number): void {
    const { bare, block } = this;
    const { start, bodyStart, bodyEnd } = place;
    bare.length = 0;
    bare.need(bodyEnd - bodyStart + 8);
    bare.part(block.bytes, start, start + 4);
    bare.part(block.bytes, bodyStart, bodyEnd);
    bare.part(block.bytes, block.length - 4, block.length);
    sha256dInto(bare.bytes, 0, bare.length, this.txids, 32 * tx);
  }

  private input(input: number, template: number, style: number): void {
    const { block, chain } = this;
    const spent = chain.inputOutput[input]!;
    const from = this.outputTx[spent]!;
    block.part(this.txids, 32 * from, 32 * from + 32);
    block.u32(spent - chain.firstOutput[from]!);
    this.spends.scriptSig(block, template, chain.outputAddress[spent]!);
    block.u32((style & 8) === 0 ? FINAL - 2 : FINAL);
  }

  private output(valueSat: number, address: number): void {
    const { block } = this;
    block.u64(valueSat);
    const lengthPlace = block.length;
    block.u8(0);
    if (address < 0) {
      block.u8(0x6a);
      this.spends.item(block, 20 + (this.spends.draw() % 56));
    } else this.scripts.write(block, address);
    block.bytes[lengthPlace] = block.length - lengthPlace - 1;
  }

  private undoOf(tx: number): void {
    const { chain, undo } = this;
    const [firstIn, lastIn] = [chain.firstInput[tx]!, chain.firstInput[tx + 1]!];
    undo.need(5 + (lastIn - firstIn) * MAX_UNDO_ENTRY_BYTES);
    undo.compactSize(lastIn - firstIn);
    for (let input = firstIn; input < lastIn; input += 1) {
      const spent = chain.inputOutput[input]!;
      const from = this.outputTx[spent]!;
      writeUndoEntry(undo, this.scripts, {
        height: chain.height[from]! + 1,
        coinbase: chain.coinbase[from] === 1,
        valueSat: chain.inputValueSat[input]!,
        address: chain.outputAddress[spent]!,
      });
    }
  }
}

/** Pushes a height the way a script writes numbers: OP_1 to OP_16, else little-endian with room for a sign. */
function pushHeight(writer: ByteWriter, height: number): void {
  if (height <= 16) {
    writer.u8(0x50 + height);
    return;
  }
  const bytes: number[] = [];
  for (let rest = height; rest > 0; rest = Math.floor(rest / 256)) bytes.push(rest % 256);
  if (bytes[bytes.length - 1]! >= 0x80) bytes.push(0);
  writer.u8(bytes.length);
  for (const byte of bytes) writer.u8(byte);
}
