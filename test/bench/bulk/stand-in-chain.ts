/**
 * What every stand-in shares: block files read whole, one after the other, and a plain cursor over their transactions. It is what one writes
 * first, and it is kept that way: clear files in order of height, no checks.
 */
import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HEADER_BYTES = 80;
const FRAME_HEAD = 8;

/** Blocks of a folder in file order, without their frames. */
export function* blocksOf(folder: string): Generator<Buffer> {
  for (const name of readdirSync(folder).sort()) {
    if (!/^blk\d+\.dat$/.test(name)) continue;
    const file = readFileSync(join(folder, name));
    for (let at = 0; at < file.length; ) {
      const end = at + FRAME_HEAD + file.readUInt32LE(at + 4);
      yield file.subarray(at + FRAME_HEAD, end);
      at = end;
    }
  }
}

/** A cursor over the transactions of one block. Places are offsets in the block, of the transaction read last. */
export class TransactionCursor {
  readonly block: Buffer;
  readonly transactionCount: number;
  /** Where each prevout starts: 32 bytes txid, 4 bytes index. */
  inputPlaces: number[] = [];
  /** Where each output starts: 8 bytes value, then the script with its length. */
  outputPlaces: number[] = [];
  private at = HEADER_BYTES;
  private start = 0;
  private bodyStart = 0;
  private bodyEnd = 0;

  constructor(block: Buffer) {
    this.block = block;
    this.transactionCount = this.size();
  }

  /** Moves past the next transaction. */
  next(): void {
    const { block } = this;
    this.inputPlaces = [];
    this.outputPlaces = [];
    this.start = this.at;
    this.at += 4;
    const witness = block[this.at] === 0;
    if (witness) this.at += 2;
    this.bodyStart = this.at;
    for (let left = this.size(); left > 0; left -= 1) {
      this.inputPlaces.push(this.at);
      this.at += 36;
      this.skip();
      this.at += 4;
    }
    for (let left = this.size(); left > 0; left -= 1) {
      this.outputPlaces.push(this.at);
      this.at += 8;
      this.skip();
    }
    this.bodyEnd = this.at;
    if (witness) this.skipWitnesses();
    this.at += 4;
  }

  /** Txid of the transaction read last, internal order. */
  txid(): Buffer {
    const { block, start, bodyStart, bodyEnd, at } = this;
    const hash = createHash('sha256');
    if (bodyStart === start + 4) hash.update(block.subarray(start, at));
    else {
      hash.update(block.subarray(start, start + 4));
      hash.update(block.subarray(bodyStart, bodyEnd));
      hash.update(block.subarray(at - 4, at));
    }
    return createHash('sha256').update(hash.digest()).digest();
  }

  /** `txid:vout` of an input, txid in internal order: a name for Maps, not for people. */
  outpoint(place: number): string {
    return `${this.block.toString('hex', place, place + 32)}:${this.block.readUInt32LE(place + 32)}`;
  }

  /** Value of an output. */
  valueSat(place: number): number {
    return Number(this.block.readBigUInt64LE(place));
  }

  /** Script of an output. */
  script(place: number): Buffer {
    const kept = this.at;
    this.at = place + 8;
    const length = this.size();
    const script = this.block.subarray(this.at, this.at + length);
    this.at = kept;
    return script;
  }

  private skipWitnesses(): void {
    for (let input = 0; input < this.inputPlaces.length; input += 1) {
      for (let left = this.size(); left > 0; left -= 1) this.skip();
    }
  }

  /** Past a length and as many bytes. */
  private skip(): void {
    const length = this.size();
    this.at += length;
  }

  private size(): number {
    const first = this.block[this.at]!;
    this.at += 1;
    if (first < 0xfd) return first;
    const value = first === 0xfd ? this.block.readUInt16LE(this.at) : this.block.readUInt32LE(this.at);
    this.at += first === 0xfd ? 2 : 4;
    return value;
  }
}

/** Who can spend: the script in hex where it is one of the templates with an owner, else null. */
export function ownerOf(script: Buffer): string | null {
  const hex = script.toString('hex');
  switch (script.length) {
    case 22:
      return hex.startsWith('0014') ? hex : null;
    case 23:
      return hex.startsWith('a914') && hex.endsWith('87') ? hex : null;
    case 25:
      return hex.startsWith('76a914') && hex.endsWith('88ac') ? hex : null;
    case 34:
      return hex.startsWith('0020') || hex.startsWith('5120') ? hex : null;
    case 35:
      return /^210[23]/.test(hex) && hex.endsWith('ac') ? hex : null;
    case 67:
      return hex.startsWith('4104') && hex.endsWith('ac') ? hex : null;
    default:
      return null;
  }
}

/** Prints the answer as one line of JSON. */
export function answer(value: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** An argument by place; the first is the folder of block files. */
export function argument(place: number, name: string): string {
  const given = process.argv[2 + place];
  if (given === undefined) throw new RangeError(`argument ${place + 1}, ${name}, is missing`);
  return given;
}
