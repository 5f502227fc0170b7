/** A growing run of bytes with the number forms of Bitcoin's serialisation, and merkle roots. */
import { Buffer } from 'node:buffer';
import { sha256dInto } from './generate-sha256.ts';

/** SHA-256 twice. */
export function sha256d(bytes: Uint8Array): Buffer {
  const hash = Buffer.alloc(32);
  sha256dInto(bytes, 0, bytes.length, hash, 0);
  return hash;
}

/** From here on a native copy is cheaper than a loop. */
const LONG_COPY = 100;

/** Merkle root over txids in internal order, 32 bytes each; an odd one at the end of a row pairs with itself. */
export function merkleRootOf(txids: Uint8Array): Buffer {
  const row = Buffer.alloc(txids.length + 32);
  row.set(txids);
  let count = txids.length / 32;
  while (count > 1) {
    if (count % 2 === 1) {
      row.copy(row, 32 * count, 32 * (count - 1), 32 * count);
      count += 1;
    }
    for (let pair = 0; pair < count / 2; pair += 1) sha256dInto(row, 64 * pair, 64 * pair + 64, row, 32 * pair);
    count /= 2;
  }
  return row.subarray(0, 32);
}

/** Appends bytes at `length`; integers are little-endian and unsigned. */
export class ByteWriter {
  bytes: Buffer;
  length = 0;

  constructor(room: number) {
    this.bytes = Buffer.allocUnsafe(room);
  }

  /** Makes sure that this many more bytes fit; nothing else checks. */
  need(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.length + more));
    this.bytes.copy(bigger, 0, 0, this.length);
    this.bytes = bigger;
  }

  u8(value: number): void {
    this.bytes[this.length] = value;
    this.length += 1;
  }

  u32(value: number): void {
    const { bytes, length } = this;
    bytes[length] = value;
    bytes[length + 1] = value >>> 8;
    bytes[length + 2] = value >>> 16;
    bytes[length + 3] = value >>> 24;
    this.length = length + 4;
  }

  /** 64 bits from a safe integer. */
  u64(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    this.u32((value - high * 2 ** 32) >>> 0);
    this.u32(high);
  }

  /** Length prefix in its shortest form; below 2^32. */
  compactSize(value: number): void {
    if (value < 0xfd) this.u8(value);
    else if (value <= 0xffff) {
      this.u8(0xfd);
      this.u8(value & 0xff);
      this.u8(value >>> 8);
    } else {
      this.u8(0xfe);
      this.u32(value);
    }
  }

  /** Bytes `from` to `to` of another array. */
  part(source: Uint8Array, from: number, to: number): void {
    const { bytes, length } = this;
    if (to - from > LONG_COPY) bytes.set(source.subarray(from, to), length);
    else for (let at = from, target = length; at < to; at += 1, target += 1) bytes[target] = source[at]!;
    this.length = length + to - from;
  }

  /** A whole other array. */
  all(source: Uint8Array): void {
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** A copy of what was written from `from` on. */
  copy(from: number): Buffer {
    return Buffer.from(this.bytes.subarray(from, this.length));
  }
}
