/**
 * Claim:      a serialised block becomes columns of numbers, or is refused exactly where decode.ts refuses it, with decode.ts's own words.
 * Source:     as decode.ts (BIP144, shortest compact sizes, amount range); columns.ts for the shape.
 * Parameters: which parts to make.
 * Cost:       one pass without an object per transaction; two hashes per transaction where txids are asked for.
 * Fails when: trusted for the merkle root: it is not checked here (`checkColumnsRoot` does, where txids were made).
 */
import { MAX_MONEY_SAT, type Txid, txid } from '../../../ledger/index.ts';
import { decodeBlock, MAX_SERIALISED_BYTES } from '../decode.ts';
import { reversedHex } from '../digest.ts';
import { isUnspendableAt } from '../script.ts';
import { merkleRoot } from '../txid.ts';
import { type BlockColumns, COLUMN_UNSPENDABLE, type ColumnParts, emptyColumns } from './columns.ts';
import { hashTransaction } from './hash-transaction.ts';
import { OWNER_SEEDS, ownerKeyOfScript } from './owner-key.ts';
import { UndoReader } from './parse-undo.ts';

const HEADER_BYTES = 80;
const TXID_BYTES = 32;
const PREVOUT_BYTES = 36;
const SEQUENCE_BYTES = 4;
const NULL_VOUT = 0xffff_ffff;
const TWO_32 = 2 ** 32;
/** Fewest bytes of each, as in decode.ts. */
const MIN_TRANSACTION_BYTES = 60;
const MIN_INPUT_BYTES = 41;
const MIN_OUTPUT_BYTES = 9;

/** Something that decode.ts refuses; it is asked to say what. */
class Irregular extends Error {}

/** Makes room for as many transactions, inputs and outputs as a block of this many bytes can hold. */
function makeRoom(columns: BlockColumns, sizeBytes: number): void {
  const transactions = Math.ceil(sizeBytes / MIN_TRANSACTION_BYTES) + 1;
  const inputs = Math.ceil(sizeBytes / MIN_INPUT_BYTES);
  const outputs = Math.ceil(sizeBytes / MIN_OUTPUT_BYTES);
  if (columns.transactionPlace.length < transactions) {
    columns.transactionPlace = new Uint32Array(transactions);
    columns.firstInput = new Uint32Array(transactions);
    columns.firstOutput = new Uint32Array(transactions);
  }
  if (columns.inputPlace.length < inputs) {
    columns.inputPlace = new Uint32Array(inputs);
    columns.inputHead = new Uint32Array(2 * inputs);
    columns.inputVout = new Uint32Array(inputs);
    columns.inputValueSat = new Float64Array(inputs);
    columns.inputOwner = new Uint32Array(2 * inputs);
  }
  if (columns.outputValueSat.length < outputs) {
    columns.outputValueSat = new Float64Array(outputs);
    columns.outputOwner = new Uint32Array(2 * outputs);
    columns.outputScript = new Uint32Array(2 * outputs);
    columns.outputFlags = new Uint8Array(outputs);
  }
}

/** A parser with its columns, which it fills anew for every block. */
export class ColumnsParser {
  private readonly columns = emptyColumns();
  private readonly undo = new UndoReader(OWNER_SEEDS);
  private readonly script = { bytes: this.columns.bytes, place: 0, length: 0 };
  private bytes: Uint8Array = this.columns.bytes;
  private at = 0;

  /**
   * Parses one block, and its undo record (without frame and checksum) where `parts.undo` asks for it; a block without spends needs none. Throws as
   * decodeBlock, but for the merkle root and repeated transactions; MALFORMED and AMOUNT_INVALID for the undo record.
   */
  parse(bytes: Uint8Array, parts: ColumnParts, undo: Uint8Array | null = null): BlockColumns {
    const { columns } = this;
    try {
      this.readBlock(bytes);
    } catch (error) {
      if (!(error instanceof Irregular)) throw error;
      decodeBlock(bytes, 'mainnet');
      throw new Error('the bulk parser refuses a block that the decoder accepts');
    }
    if (parts.txids) this.hash();
    const { inputCount } = columns;
    columns.inputValueSat.fill(0, 0, inputCount);
    columns.inputOwner.fill(0, 0, 2 * inputCount);
    if (parts.undo && (undo !== null || inputCount > 0)) this.undo.read(undo, columns);
    return columns;
  }

  private readBlock(bytes: Uint8Array): void {
    const { columns } = this;
    if (bytes.length > MAX_SERIALISED_BYTES || bytes.length < HEADER_BYTES) throw new Irregular();
    makeRoom(columns, bytes.length);
    this.bytes = bytes;
    this.script.bytes = bytes;
    columns.bytes = bytes;
    columns.inputCount = 0;
    columns.outputCount = 0;
    this.at = HEADER_BYTES;
    const count = this.count(MIN_TRANSACTION_BYTES);
    if (count === 0) throw new Irregular();
    for (let tx = 0; tx < count; tx += 1) {
      columns.transactionPlace[tx] = this.at;
      columns.firstInput[tx] = columns.inputCount;
      columns.firstOutput[tx] = columns.outputCount;
      this.readTransaction(tx === 0);
    }
    if (this.at !== bytes.length) throw new Irregular();
    columns.transactionCount = count;
    columns.transactionPlace[count] = this.at;
    columns.firstInput[count] = columns.inputCount;
    columns.firstOutput[count] = columns.outputCount;
  }

  private readTransaction(coinbase: boolean): void {
    const { bytes } = this;
    this.skip(4);
    const hasWitness = bytes[this.at] === 0;
    if (hasWitness) {
      if (bytes[this.at + 1] !== 1) throw new Irregular();
      this.at += 2;
    }
    const inputs = this.count(MIN_INPUT_BYTES);
    if (inputs === 0) throw new Irregular();
    for (let input = 0; input < inputs; input += 1) this.readInput(coinbase, inputs);
    const outputs = this.count(MIN_OUTPUT_BYTES);
    for (let output = 0; output < outputs; output += 1) this.readOutput();
    if (hasWitness) this.skipWitnesses(inputs);
    this.skip(4);
  }

  private readInput(coinbase: boolean, inputs: number): void {
    const { columns, bytes } = this;
    const place = this.at;
    this.skip(PREVOUT_BYTES);
    const vout = this.u32(place + TXID_BYTES);
    const isNull = vout === NULL_VOUT && this.isZero(place);
    if ((vout === NULL_VOUT && (!isNull || inputs > 1)) || isNull !== coinbase) throw new Irregular();
    this.skip(this.count(1));
    this.skip(SEQUENCE_BYTES);
    if (coinbase) return;
    const input = columns.inputCount;
    columns.inputPlace[input] = place;
    columns.inputHead[2 * input] =
      bytes[place] | (bytes[place + 1] << 8) | (bytes[place + 2] << 16) | (bytes[place + 3] << 24);
    columns.inputHead[2 * input + 1] =
      bytes[place + 4] | (bytes[place + 5] << 8) | (bytes[place + 6] << 16) | (bytes[place + 7] << 24);
    columns.inputVout[input] = vout;
    columns.inputCount = input + 1;
  }

  private readOutput(): void {
    const { columns, bytes, script } = this;
    const start = this.at;
    this.skip(8);
    const high = this.u32(start + 4);
    const valueSat = high * TWO_32 + this.u32(start);
    if (valueSat > MAX_MONEY_SAT) throw new Irregular();
    const length = this.count(1);
    const place = this.at;
    this.at += length;
    const output = columns.outputCount;
    columns.outputValueSat[output] = valueSat;
    columns.outputScript[2 * output] = place;
    columns.outputScript[2 * output + 1] = length;
    columns.outputFlags[output] = isUnspendableAt(bytes, place, length) ? COLUMN_UNSPENDABLE : 0;
    script.place = place;
    script.length = length;
    ownerKeyOfScript(script, columns.outputOwner, 2 * output);
    columns.outputCount = output + 1;
  }

  private skipWitnesses(inputs: number): void {
    let items = 0;
    for (let input = 0; input < inputs; input += 1) {
      const count = this.count(1);
      items += count;
      for (let item = 0; item < count; item += 1) this.skip(this.count(1));
    }
    if (items === 0) throw new Irregular();
  }

  private skip(size: number): void {
    this.at += size;
    if (this.at > this.bytes.length) throw new Irregular();
  }

  private u32(at: number): number {
    const { bytes } = this;
    return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
  }

  private isZero(place: number): boolean {
    for (let at = place; at < place + TXID_BYTES; at += 1) if (this.bytes[at] !== 0) return false;
    return true;
  }

  /** A compact size in shortest form that the rest of the block has room for, items of `itemBytes` each. */
  private count(itemBytes: number): number {
    const { bytes } = this;
    const first = bytes[this.at];
    this.skip(1);
    let count = first;
    if (first === 0xfd) {
      this.skip(2);
      count = bytes[this.at - 2] | (bytes[this.at - 1] << 8);
      if (count < 0xfd) throw new Irregular();
    } else if (first === 0xfe) {
      this.skip(4);
      count = this.u32(this.at - 4);
      if (count < 0x1_0000) throw new Irregular();
    } else if (first === 0xff) throw new Irregular();
    if (count * itemBytes > bytes.length - this.at) throw new Irregular();
    return count;
  }

  private hash(): void {
    const { columns } = this;
    const size = columns.transactionCount * TXID_BYTES;
    if (columns.txids.length < size) columns.txids = new Uint8Array(size);
    for (let tx = 0; tx < columns.transactionCount; tx += 1)
      hashTransaction(columns, tx, columns.txids, tx * TXID_BYTES);
  }
}

/** Txid in display order from columns with txids. */
export function columnsTxid(columns: BlockColumns, tx: number): Txid {
  return txid(reversedHex(columns.txids.subarray(tx * TXID_BYTES, (tx + 1) * TXID_BYTES)));
}

/** Throws MALFORMED for a transaction that is there twice and HASH_MISMATCH for a wrong merkle root, as decodeBlock does. Needs txids. */
export function checkColumnsRoot(columns: BlockColumns): void {
  const ids = Array.from({ length: columns.transactionCount }, (_, tx) => columnsTxid(columns, tx));
  const stated = reversedHex(columns.bytes.subarray(36, 68));
  if (new Set(ids).size === ids.length && merkleRoot(ids) === stated) return;
  decodeBlock(columns.bytes, 'mainnet');
  throw new Error('txids made in bulk are not those that the decoder makes');
}
