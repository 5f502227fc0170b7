/**
 * Claim:      the txid that the recorded parts of a transaction hash to; the merkle root of a list of txids.
 * Source:     Bitcoin Core, src/primitives/transaction.cpp (hash over the form without witness), src/consensus/merkle.cpp.
 * Parameters: none.
 * Cost:       one pass to size, one to write, one double hash.
 * Fails when: a source leaves out a part of the raw form (null is returned) or shows the unsigned form (the hash then is another one).
 */
import { Buffer } from 'node:buffer';
import {
  type InputRecord,
  type OutputRecord,
  type Proof,
  SpoorError,
  type TransactionRecord,
  type Txid,
  txid,
} from '../../ledger/index.ts';
import { bytesOfHex, reversedHex, sha256d } from './digest.ts';

const NULL_TXID = '0'.repeat(64);
const NULL_VOUT = 0xffff_ffff;
const TWO_32 = 2 ** 32;

interface RawInput {
  readonly prevTxid: string;
  readonly prevVout: number;
  readonly script: Buffer;
  readonly sequence: number;
}

interface RawOutput {
  readonly valueSat: number;
  readonly script: Buffer;
}

/** Bytes of a compact size: 1, 3, 5 or 9 as the number grows past 252, 65,535 and 4,294,967,295. */
export function compactSizeBytes(value: number): number {
  if (value < 0xfd) return 1;
  if (value <= 0xffff) return 3;
  return value < TWO_32 ? 5 : 9;
}

/** Writes in place into a buffer that was sized before; `offset` always stands behind the last byte written. */
class ByteWriter {
  readonly bytes: Buffer;
  private offset = 0;

  constructor(size: number) {
    this.bytes = Buffer.alloc(size);
  }

  u32(value: number): void {
    this.offset = this.bytes.writeUInt32LE(value >>> 0, this.offset);
  }

  u64(value: number): void {
    this.u32(value % TWO_32);
    this.u32(Math.floor(value / TWO_32));
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  compactSize(value: number): void {
    const width = compactSizeBytes(value);
    if (width === 1) {
      this.offset = this.bytes.writeUInt8(value, this.offset);
      return;
    }
    this.offset = this.bytes.writeUInt8(width === 3 ? 0xfd : width === 5 ? 0xfe : 0xff, this.offset);
    if (width === 3) this.offset = this.bytes.writeUInt16LE(value, this.offset);
    else if (width === 5) this.u32(value);
    else this.u64(value);
  }
}

/** A 32-bit number as sources write it: unsigned, or negative where they print it signed. Null stays null. */
function u32Field(value: number | null, field: string): number | null {
  if (value === null || (Number.isInteger(value) && value >= -(2 ** 31) && value < TWO_32)) return value;
  throw new SpoorError('LEDGER_INVALID', `${field} is not a 32-bit number: ${value}`, { field });
}

function rawInput(input: InputRecord, index: number, coinbase: boolean): RawInput | null {
  const prevTxid = coinbase ? NULL_TXID : input.prevTxid;
  const prevVout = coinbase ? NULL_VOUT : u32Field(input.prevVout, `inputs[${index}].prevVout`);
  const sequence = u32Field(input.sequence, `inputs[${index}].sequence`);
  if (prevTxid === null || prevVout === null || sequence === null || input.scriptSig === null) return null;
  return { prevTxid, prevVout, sequence, script: bytesOfHex(input.scriptSig, `inputs[${index}].scriptSig`) };
}

function rawOutput(output: OutputRecord, index: number): RawOutput | null {
  if (output.scriptPubKey === null) return null;
  return { valueSat: output.valueSat, script: bytesOfHex(output.scriptPubKey, `outputs[${index}].scriptPubKey`) };
}

function isWhole<T>(list: (T | null)[]): list is T[] {
  return list.every((item) => item !== null);
}

function prefixedBytes(script: Buffer): number {
  return compactSizeBytes(script.length) + script.length;
}

/**
 * Hashes the form without witness out of the record. Null when the record lacks any part of it: version, lockTime, an input (its prevout,
 * scriptSig or sequence), an output (its script). A coinbase input is written with the null prevout. Throws LEDGER_INVALID for hex that is
 * none and for numbers beyond 32 bits.
 */
export function recomputeTxid(record: TransactionRecord): Txid | null {
  const version = u32Field(record.version, 'version');
  const lockTime = u32Field(record.lockTime, 'lockTime');
  const inputs = record.inputs.map((input, index) => rawInput(input, index, record.coinbase));
  const outputs = record.outputs.map(rawOutput);
  if (version === null || lockTime === null || !isWhole(inputs) || !isWhole(outputs)) return null;
  if (inputs.length === 0 || outputs.length === 0) return null;
  const size =
    8 +
    compactSizeBytes(inputs.length) +
    inputs.reduce((sum, input) => sum + 40 + prefixedBytes(input.script), 0) +
    compactSizeBytes(outputs.length) +
    outputs.reduce((sum, output) => sum + 8 + prefixedBytes(output.script), 0);
  const writer = new ByteWriter(size);
  writer.u32(version);
  writer.compactSize(inputs.length);
  for (const input of inputs) {
    writer.raw(Buffer.from(input.prevTxid, 'hex').reverse());
    writer.u32(input.prevVout);
    writer.compactSize(input.script.length);
    writer.raw(input.script);
    writer.u32(input.sequence);
  }
  writer.compactSize(outputs.length);
  for (const output of outputs) {
    writer.u64(output.valueSat);
    writer.compactSize(output.script.length);
    writer.raw(output.script);
  }
  writer.u32(lockTime);
  return txid(reversedHex(sha256d(writer.bytes)));
}

/** `verified` when the record's own parts hash to its txid, else `asserted`. Throws as {@link recomputeTxid}. */
export function proveRecord(record: TransactionRecord): Proof {
  return recomputeTxid(record) === record.txid ? 'verified' : 'asserted';
}

/** Merkle root of hashes in internal order, at least one; an odd level repeats its last hash. */
export function merkleRootOfHashes(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let left = 0; left < level.length; left += 2) {
      above.push(sha256d(Buffer.concat([level[left], level[left + 1] ?? level[left]])));
    }
    level = above;
  }
  return level[0];
}

/**
 * Merkle root of the txids of a block in display order. Throws LEDGER_INVALID for an empty list.
 * A list that repeats its tail has the root of the shorter one (CVE-2012-2459): callers refuse repeated txids.
 */
export function merkleRoot(txids: readonly Txid[]): string {
  if (txids.length === 0) throw new SpoorError('LEDGER_INVALID', 'there is no merkle root over zero transactions');
  return reversedHex(merkleRootOfHashes(txids.map((id) => Buffer.from(id, 'hex').reverse())));
}
