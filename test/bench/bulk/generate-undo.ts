/**
 * Claim:      writes what a node keeps to undo a block: the outputs it spent, compressed.
 * Source:     Bitcoin Core src/undo.h, src/compressor.cpp, src/serialize.h (VARINT), src/node/blockstorage.cpp (frame and checksum).
 * Parameters: none.
 * Cost:       a few bytes per input.
 * Fails when: an amount is above 10^14 satoshi: the compressed number then leaves the safe integers.
 */
import { Buffer } from 'node:buffer';
import { type ByteWriter, sha256d } from './generate-bytes.ts';
import { type ChainScripts, TEMPLATE } from './generate-script.ts';

/** Codes 0 to 5 are templates; a plain script has its length plus this. */
const SPECIAL_SCRIPTS = 6;
/** Most bytes of one entry. */
export const MAX_UNDO_ENTRY_BYTES = 120;

const digits = new Uint8Array(10);

/** VARINT: base 128, most significant digit first, one less in every digit but the last. Not CompactSize. */
export function writeVarint(writer: ByteWriter, value: number): void {
  let count = 0;
  let rest = value;
  for (;;) {
    digits[count] = (rest % 128) | (count > 0 ? 0x80 : 0);
    count += 1;
    if (rest < 128) break;
    rest = Math.floor(rest / 128) - 1;
  }
  while (count > 0) {
    count -= 1;
    writer.u8(digits[count]!);
  }
}

/** Amount with its trailing decimal zeros folded into one digit. */
export function compressAmount(valueSat: number): number {
  if (valueSat === 0) return 0;
  let zeros = 0;
  let rest = valueSat;
  while (zeros < 9 && rest % 10 === 0) {
    rest /= 10;
    zeros += 1;
  }
  if (zeros === 9) return 1 + (rest - 1) * 10 + 9;
  const last = rest % 10;
  return 1 + (Math.floor(rest / 10) * 9 + last - 1) * 10 + zeros;
}

/** One spent output: where it was made, how much, and its script. */
export function writeUndoEntry(
  writer: ByteWriter,
  scripts: ChainScripts,
  spent: { height: number; coinbase: boolean; valueSat: number; address: number },
): void {
  writeVarint(writer, 2 * spent.height + (spent.coinbase ? 1 : 0));
  if (spent.height > 0) writer.u8(0);
  writeVarint(writer, compressAmount(spent.valueSat));
  writeScript(writer, scripts, spent.address);
}

function writeScript(writer: ByteWriter, scripts: ChainScripts, address: number): void {
  const template = scripts.templateOf(address);
  if (template === TEMPLATE.p2pkh) {
    writer.u8(0);
    scripts.payload(writer, address, 5);
  } else if (template === TEMPLATE.p2shMultisig || template === TEMPLATE.p2shWpkh) {
    writer.u8(1);
    scripts.payload(writer, address, 5);
  } else if (template === TEMPLATE.p2pkCompressed) {
    // The script is length, key, OP_CHECKSIG: the code is the first byte of the key, and the last byte goes.
    scripts.write(writer, address);
    const start = writer.length - 35;
    writer.bytes.copyWithin(start, start + 1, writer.length - 1);
    writer.length -= 2;
  } else if (template === TEMPLATE.p2pkUncompressed) {
    const key = scripts.uncompressedKey(address);
    writer.u8(4 + (key[64]! & 1));
    writer.part(key, 1, 33);
  } else {
    const codePlace = writer.length;
    writer.u8(0);
    scripts.write(writer, address);
    // At most 71 bytes here, so the code is always one digit.
    writer.bytes[codePlace] = writer.length - codePlace - 1 + SPECIAL_SCRIPTS;
  }
}

/** The checksum that follows an undo record: over the hash of the block before, internal order, and the record. */
export function undoChecksum(prevHash: Uint8Array, undo: Uint8Array): Buffer {
  return sha256d(Buffer.concat([prevHash, undo]));
}
