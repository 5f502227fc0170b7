/**
 * Claim:      an undo record gives the value and the owner key of every output that its block spends, in the order of the block's inputs.
 * Source:     Bitcoin Core, src/undo.h, src/compressor.cpp (amounts, scripts), src/serialize.h (VARINT: base 128, most significant group first,
 *             one added per continuation); vectors of src/test/compress_tests.cpp and serialize_tests.cpp in the tests.
 * Parameters: seeds of the owner keys.
 * Cost:       one pass, no object per input; public keys are not decompressed, because owner keys use x and parity only.
 * Fails when: the record belongs to another block with the same numbers of inputs and no transaction that spends more than it has: the
 *             reader of the file compares the checksum for that.
 */
import { MAX_MONEY_SAT, SpoorError } from '../../../ledger/index.ts';
import type { BlockColumns } from './columns.ts';
import {
  OWNER_P2PK_COMPRESSED,
  OWNER_P2PK_UNCOMPRESSED,
  OWNER_P2PKH,
  OWNER_P2SH,
  type OwnerSeeds,
  ownerKeyOfPayload,
  ownerKeyOfScript,
} from './owner-key.ts';

/** Script sizes below this number are templates, not lengths. */
const SPECIAL_SCRIPTS = 6;
const HASH_BYTES = 20;
const KEY_BYTES = 32;
/** Numbers of fewer groups of 7 bits than this are below 2^53. */
const EXACT_VARINT = 8;
/** No amount has more groups: 21e14 satoshi compress to less than 2^56. */
const LONGEST_VARINT = 9;

/** Value of a compressed amount: digits of the number of whole units with its trailing zeros counted. Exact for arguments up to 2^53. */
export function decompressedAmount(compressed: number): number {
  if (compressed === 0) return 0;
  const zeros = (compressed - 1) % 10;
  const rest = Math.floor((compressed - 1) / 10);
  const units = zeros === 9 ? rest + 1 : Math.floor(rest / 9) * 10 + (rest % 9) + 1;
  return units * 10 ** zeros;
}

/** The same for a number above 2^53: some amounts above 10 million bitcoins are written so. Infinity for what is no amount. */
function decompressedLarge(compressed: bigint): number {
  const zeros = (compressed - 1n) % 10n;
  const rest = (compressed - 1n) / 10n;
  const valueSat = (zeros === 9n ? rest + 1n : (rest / 9n) * 10n + (rest % 9n) + 1n) * 10n ** zeros;
  return valueSat > BigInt(MAX_MONEY_SAT) ? Number.POSITIVE_INFINITY : Number(valueSat);
}

/** Reads undo records into the columns of their blocks. */
export class UndoReader {
  private readonly seeds: OwnerSeeds;
  private bytes: Uint8Array = new Uint8Array(0);
  private readonly payload = { bytes: this.bytes, place: 0, length: 0, head: 0 };
  private at = 0;
  private input = 0;

  constructor(seeds: OwnerSeeds) {
    this.seeds = seeds;
  }

  /** Fills `inputValueSat` and `inputOwner`. `bytes` is the record without frame and checksum. Throws MALFORMED, AMOUNT_INVALID. */
  read(bytes: Uint8Array | null, columns: BlockColumns): void {
    const { transactionCount, firstInput } = columns;
    this.at = 0;
    this.input = 0;
    if (bytes === null) this.fail('undo', `${columns.inputCount} outputs are spent here and the record is missing`);
    this.bytes = bytes;
    this.payload.bytes = bytes;
    this.expect(transactionCount - 1, 'transactions');
    for (let tx = 1; tx < transactionCount; tx += 1) {
      this.expect(firstInput[tx + 1] - firstInput[tx], 'inputs');
      for (; this.input < firstInput[tx + 1]; this.input += 1) this.readOutput(columns);
      this.checkFee(columns, tx);
    }
    if (this.at !== bytes.length) this.fail('end', `${bytes.length - this.at} bytes follow the end of the undo record`);
  }

  private fail(field: string, reason: string): never {
    const path = `undo.inputs[${this.input}].${field}`;
    throw new SpoorError('MALFORMED', `${path} at byte ${this.at}: ${reason}`, { field: path });
  }

  /** A rule of division that hands out more than there is would break every account: such a record is another block's. */
  private checkFee(columns: BlockColumns, tx: number): void {
    const { firstInput, firstOutput, inputValueSat, outputValueSat } = columns;
    let feeSat = 0;
    for (let input = firstInput[tx]; input < firstInput[tx + 1]; input += 1) feeSat += inputValueSat[input];
    if (feeSat > MAX_MONEY_SAT)
      this.fail('valueSat', `transaction ${tx} would spend more than all the bitcoins there can be`);
    for (let output = firstOutput[tx]; output < firstOutput[tx + 1]; output += 1) feeSat -= outputValueSat[output];
    if (feeSat < 0) {
      this.fail(
        'valueSat',
        `transaction ${tx} would spend ${-feeSat} satoshi more than it has: the record is of another block`,
      );
    }
  }

  private expect(count: number, noun: string): void {
    const found = this.compactSize(noun);
    if (found !== count) this.fail(noun, `the record has ${found} ${noun} where the block has ${count}`);
  }

  private readOutput(columns: BlockColumns): void {
    const { input } = this;
    // Height and coinbase flag, which nothing here needs; above height 0 an old version number follows, written as 0 for long.
    if (this.varint('code') >= 2) this.varint('version');
    const start = this.at;
    const valueSat = this.amount();
    if (valueSat > MAX_MONEY_SAT) {
      const path = `undo.inputs[${input}].valueSat`;
      const message = `${path} at byte ${start}: an amount above all the bitcoins there can be (${MAX_MONEY_SAT})`;
      throw new SpoorError('AMOUNT_INVALID', message, { field: path });
    }
    columns.inputValueSat[input] = valueSat;
    this.readScript(columns.inputOwner, 2 * input);
  }

  private readScript(into: Uint32Array, at: number): void {
    const { payload } = this;
    const kind = this.varint('script');
    const special = kind < SPECIAL_SCRIPTS;
    const size = special ? (kind < 2 ? HASH_BYTES : KEY_BYTES) : kind - SPECIAL_SCRIPTS;
    if (size > this.bytes.length - this.at) {
      this.fail('script', `${size} bytes are needed and ${this.bytes.length - this.at} are left`);
    }
    payload.place = this.at;
    payload.length = size;
    this.at += size;
    if (!special) {
      ownerKeyOfScript(payload, into, at, this.seeds);
      return;
    }
    if (kind < 2) payload.head = kind === 0 ? OWNER_P2PKH : OWNER_P2SH;
    else payload.head = (kind < 4 ? OWNER_P2PK_COMPRESSED : OWNER_P2PK_UNCOMPRESSED) | (kind << 8);
    ownerKeyOfPayload(payload, into, at, this.seeds);
  }

  private byte(field: string): number {
    if (this.at >= this.bytes.length) this.fail(field, 'the data ends');
    this.at += 1;
    return this.bytes[this.at - 1];
  }

  private amount(): number {
    const start = this.at;
    while (this.byte('valueSat') >= 0x80) if (this.at - start > LONGEST_VARINT) return Number.POSITIVE_INFINITY;
    const end = this.at;
    this.at = start;
    if (end - start < EXACT_VARINT) return decompressedAmount(this.varint('valueSat'));
    let value = 0n;
    for (; this.at < end; this.at += 1) {
      const more = this.at + 1 < end ? 1n : 0n;
      value = value * 128n + BigInt(this.bytes[this.at] & 0x7f) + more;
    }
    return decompressedLarge(value);
  }

  /** A number of base 128; refused above 2^53, where no size and no height lies. */
  private varint(field: string): number {
    let value = 0;
    for (;;) {
      const byte = this.byte(field);
      value = value * 128 + (byte & 0x7f);
      if (value > Number.MAX_SAFE_INTEGER) this.fail(field, 'a number above 2^53');
      if (byte < 0x80) return value;
      value += 1;
    }
  }

  /** A compact size in shortest form; five bytes at most, which is beyond any block. */
  private compactSize(field: string): number {
    const first = this.byte(field);
    if (first < 0xfd) return first;
    if (first === 0xff) this.fail(field, 'a count above 2^32');
    const width = first === 0xfd ? 2 : 4;
    let value = 0;
    for (let index = 0; index < width; index += 1) value += this.byte(field) * 256 ** index;
    if (value < (width === 2 ? 0xfd : 0x1_0000)) {
      this.fail(field, `${value} is written in ${width + 1} bytes, longer than needed`);
    }
    return value;
  }
}
