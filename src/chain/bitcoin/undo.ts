/**
 * Claim:      the outputs that a block spent, from the undo record a node keeps of it, or the first byte that cannot belong to one is named.
 * Source:     Bitcoin Core, src/undo.h (CBlockUndo, CTxUndo, TxInUndoFormatter), src/serialize.h (VARINT), src/compressor.cpp (amounts and
 *             scripts), src/node/blockstorage.cpp (checksum); the checksum's use of the previous block's hash was confirmed on a node.
 * Parameters: none.
 * Cost:       one pass; one square root per spent output with an uncompressed public key.
 * Fails when: never on the records of a node; a spent script above 10,000 bytes cannot occur, because such an output is unspendable.
 */
import { Buffer } from 'node:buffer';
import { MAX_MONEY_SAT, type Satoshi, SpoorError, satoshi } from '../../ledger/index.ts';
import { ByteCursor } from './cursor.ts';
import { sha256d } from './digest.ts';
import { decompressPoint } from './secp256k1.ts';

/** One output as it was when it was spent. `height` and `coinbase` are those of the transaction that made it. */
export interface SpentOutput {
  readonly height: number;
  readonly coinbase: boolean;
  readonly valueSat: Satoshi;
  readonly script: Buffer;
}

/** Bytes of the checksum behind an undo record. */
export const UNDO_CHECKSUM_BYTES = 32;

/** A 64-bit number takes at most 10 digits in base 128. */
const MAX_VARINT_BYTES = 10;
/** height, value, script form with its 20 bytes at least; the version byte only where the height is above 0. */
const MIN_SPENT_BYTES = 3;

/**
 * Reads a VARINT: base 128, most significant digit first, the top bit set on all but the last; each digit that is followed by another counts one
 * more than it shows, so that every number has one form. Exact at any size.
 */
function readExactVarint(cursor: ByteCursor, field: string): bigint {
  const start = cursor.offset;
  let value = 0n;
  for (let digits = 1; digits <= MAX_VARINT_BYTES; digits += 1) {
    const byte = cursor.u8(field);
    value = value * 128n + BigInt(byte & 0x7f);
    if (byte < 0x80) return value;
    value += 1n;
  }
  return cursor.fail(field, `a number of more than ${MAX_VARINT_BYTES} bytes`, start);
}

/** A VARINT as number. Throws MALFORMED above 2^53. */
export function readVarint(cursor: ByteCursor, field: string): number {
  const start = cursor.offset;
  let value = 0;
  for (let digits = 1; digits <= 7; digits += 1) {
    const byte = cursor.u8(field);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return value;
    value += 1;
  }
  cursor.offset = start;
  const exact = readExactVarint(cursor, field);
  if (exact > BigInt(Number.MAX_SAFE_INTEGER))
    cursor.fail(field, `${exact} is above any number that can stand here`, start);
  return Number(exact);
}

/** Undoes CompressAmount: powers of ten are split off, and the last digit, which then is not 0, is counted from 1. */
export function decompressAmount(compressed: bigint): bigint {
  if (compressed === 0n) return 0n;
  let rest = compressed - 1n;
  const zeros = rest % 10n;
  rest /= 10n;
  if (zeros === 9n) return (rest + 1n) * 10n ** 9n;
  return ((rest / 9n) * 10n + (rest % 9n) + 1n) * 10n ** zeros;
}

/** An amount in compressed form. Throws AMOUNT_INVALID above 21e14. */
export function readCompressedAmount(cursor: ByteCursor, field: string): Satoshi {
  const start = cursor.offset;
  const value = decompressAmount(readExactVarint(cursor, field));
  if (value > BigInt(MAX_MONEY_SAT)) {
    const path = cursor.path(field);
    const reason = `is above all the bitcoins there can be (${MAX_MONEY_SAT})`;
    throw new SpoorError('AMOUNT_INVALID', `${path} at byte ${start}: ${value} satoshi ${reason}`, { field: path });
  }
  return satoshi(Number(value));
}

/** Forms below this are templates with a payload of fixed length; others give the length of the script plus this. */
const TEMPLATE_FORMS = 6;

/** A script in compressed form. */
export function readCompressedScript(cursor: ByteCursor, field: string): Buffer {
  const start = cursor.offset;
  const form = readVarint(cursor, field);
  if (form >= TEMPLATE_FORMS) return cursor.take(form - TEMPLATE_FORMS, field);
  if (form === 0) return Buffer.concat([Buffer.of(0x76, 0xa9, 20), cursor.take(20, field), Buffer.of(0x88, 0xac)]);
  if (form === 1) return Buffer.concat([Buffer.of(0xa9, 20), cursor.take(20, field), Buffer.of(0x87)]);
  const x = cursor.take(32, field);
  if (form <= 3) return Buffer.concat([Buffer.of(33, form), x, Buffer.of(0xac)]);
  const key = decompressPoint(x, form === 5);
  if (key === null) return cursor.fail(field, `no public key has the x ${x.toString('hex')}`, start);
  return Buffer.concat([Buffer.of(65), key, Buffer.of(0xac)]);
}

function readSpentOutput(cursor: ByteCursor): SpentOutput {
  const code = readVarint(cursor, 'height');
  const height = Math.floor(code / 2);
  // Nodes once kept the version of the spent transaction here; where the height is 0 (then unknown) they did not.
  if (height > 0) readVarint(cursor, 'version');
  const valueSat = readCompressedAmount(cursor, 'valueSat');
  return { height, coinbase: code % 2 === 1, valueSat, script: readCompressedScript(cursor, 'script') };
}

/** Number of transactions an undo record speaks of: those of its block without the coinbase. Throws MALFORMED. */
export function undoTransactionCount(bytes: Uint8Array): number {
  return new ByteCursor(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).count(1, 'transactions');
}

/**
 * Reads an undo record (without its checksum): spent outputs by transaction, the coinbase left out, then by input. Throws MALFORMED or
 * AMOUNT_INVALID with field and byte, `place.record` naming the transaction of the block.
 */
export function decodeUndo(bytes: Uint8Array): SpentOutput[][] {
  const cursor = new ByteCursor(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const count = cursor.count(1 + MIN_SPENT_BYTES, 'transactions');
  const transactions: SpentOutput[][] = [];
  for (let index = 1; index <= count; index += 1) {
    cursor.list = '';
    const inputCount = cursor.count(MIN_SPENT_BYTES, `transactions[${index}].inputs`);
    const spent: SpentOutput[] = [];
    cursor.list = `transactions[${index}].inputs`;
    for (let input = 0; input < inputCount; input += 1) {
      cursor.index = input;
      spent.push(readSpentOutput(cursor));
    }
    transactions.push(spent);
  }
  cursor.list = '';
  const rest = bytes.length - cursor.offset;
  if (rest > 0) cursor.fail('end', `${rest} bytes follow the end of the undo record`);
  return transactions;
}

/** Checksum of an undo record: over the previous block's hash in internal order, then the record. */
export function undoChecksum(prevHash: string | null, bytes: Uint8Array): Buffer {
  const prev = prevHash === null ? Buffer.alloc(32) : Buffer.from(prevHash, 'hex').reverse();
  return sha256d(Buffer.concat([prev, bytes]));
}
