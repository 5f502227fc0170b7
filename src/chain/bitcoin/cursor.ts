/** Reading serialised Bitcoin data with every read checked against the end, so that a lying length names its field and byte. */
import type { Buffer } from 'node:buffer';
import { MAX_MONEY_SAT, type Satoshi, SpoorError, satoshi } from '../../ledger/index.ts';

const TWO_32 = 2 ** 32;

/**
 * A place in a buffer and the field being read there. `list` and `index` name the list item for errors (`inputs[3].sequence`); they are
 * kept apart from the field because joining them for every read would cost more than the read.
 */
export class ByteCursor {
  readonly bytes: Buffer;
  offset = 0;
  list = '';
  index = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Path of a field, as errors show it. */
  path(field: string): string {
    return this.list === '' ? field : `${this.list}[${this.index}].${field}`;
  }

  /** Throws MALFORMED at `offset` (default: here) for `field`. */
  fail(field: string, reason: string, offset = this.offset): never {
    const path = this.path(field);
    throw new SpoorError('MALFORMED', `${path} at byte ${offset}: ${reason}`, { field: path });
  }

  private need(size: number, field: string): void {
    const left = this.bytes.length - this.offset;
    if (left < size) this.fail(field, `the data ends: ${size} bytes are needed and ${left} are left`);
  }

  /** One byte. */
  u8(field: string): number {
    this.need(1, field);
    this.offset += 1;
    return this.bytes[this.offset - 1];
  }

  /** Four bytes, little-endian, unsigned. */
  u32(field: string): number {
    this.need(4, field);
    this.offset += 4;
    return this.bytes.readUInt32LE(this.offset - 4);
  }

  /** Eight bytes as an amount in satoshi. Throws AMOUNT_INVALID when the signed number is below zero or above 21e14. */
  amount(field: string): Satoshi {
    this.need(8, field);
    const low = this.bytes.readUInt32LE(this.offset);
    const high = this.bytes.readInt32LE(this.offset + 4);
    const value = high * TWO_32 + low;
    if (high < 0 || value > MAX_MONEY_SAT) {
      const exact = this.bytes.readBigInt64LE(this.offset);
      const reason = high < 0 ? 'is negative' : `is above all the bitcoins there can be (${MAX_MONEY_SAT})`;
      const path = this.path(field);
      throw new SpoorError('AMOUNT_INVALID', `${path} at byte ${this.offset}: ${exact} satoshi ${reason}`, {
        field: path,
      });
    }
    this.offset += 8;
    return satoshi(value);
  }

  /** A view of the next `size` bytes. */
  take(size: number, field: string): Buffer {
    this.need(size, field);
    this.offset += size;
    return this.bytes.subarray(this.offset - size, this.offset);
  }

  /** A compact size in its shortest form; above 2^53 it is inexact, which no caller notices because no buffer is that long. */
  private compactSize(field: string): number {
    const start = this.offset;
    const first = this.u8(field);
    if (first < 0xfd) return first;
    const width = first === 0xfd ? 2 : first === 0xfe ? 4 : 8;
    this.need(width, field);
    const value =
      width === 8
        ? this.bytes.readUInt32LE(this.offset + 4) * TWO_32 + this.bytes.readUInt32LE(this.offset)
        : this.bytes.readUIntLE(this.offset, width);
    this.offset += width;
    const least = width === 2 ? 0xfd : width === 4 ? 0x1_0000 : TWO_32;
    if (value < least) this.fail(field, `${value} is written in ${width + 1} bytes, longer than needed`, start);
    return value;
  }

  /** Number of items of at least `itemBytes` each; refused when the rest of the data could not hold them. */
  count(itemBytes: number, field: string): number {
    const start = this.offset;
    const count = this.compactSize(field);
    const left = this.bytes.length - this.offset;
    if (count * itemBytes > left) {
      this.fail(
        field,
        `${count} are announced, and the ${left} bytes left hold ${Math.floor(left / itemBytes)} at most`,
        start,
      );
    }
    return count;
  }

  /** Bytes with their length in front. */
  lengthAndBytes(field: string): Buffer {
    return this.take(this.count(1, field), field);
  }
}
