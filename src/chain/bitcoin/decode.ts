/**
 * Claim:      serialised transactions and blocks become ledger records, or the first byte that cannot belong to one is named.
 * Source:     BIP144 (witness serialisation), Bitcoin Core src/primitives/transaction.h and src/serialize.h (compact sizes in shortest
 *             form, no superfluous witness), src/consensus/tx_check.cpp (amount range).
 * Parameters: the network, for addresses only.
 * Cost:       one pass; two double hashes per transaction with a witness, one without; one checksum per address.
 * Fails when: an output holds more than 21e14 satoshi (the chain of August 2010 that did was abandoned). Signatures, scripts and proof of
 *             work are not judged: this proves what the bytes say, not that a miner could include them.
 */
import { Buffer } from 'node:buffer';
import {
  type BlockRecord,
  blockHash,
  type InputRecord,
  locate,
  type Network,
  type OutputRecord,
  SpoorError,
  type TransactionRecord,
  txid,
  vout,
} from '../../ledger/index.ts';
import { ByteCursor } from './cursor.ts';
import { reversedHex, sha256d } from './digest.ts';
import { classifyScript } from './script.ts';
import { merkleRoot } from './txid.ts';
import { checkWitnessCommitment } from './witness-commitment.ts';

/** Most bytes a block, and so a transaction, can have: the weight limit of 4,000,000 with all bytes in witnesses (BIP141). */
export const MAX_SERIALISED_BYTES = 4_000_000;

const NULL_VOUT = 0xffff_ffff;
/** prevout 36, empty script 1, sequence 4. */
const MIN_INPUT_BYTES = 41;
/** value 8, empty script 1. */
const MIN_OUTPUT_BYTES = 9;
/** version 4, two counts, one input, one output, lockTime 4. */
const MIN_TRANSACTION_BYTES = 60;

/** One transaction from its bytes. `weight` in weight units, `sizeBytes` with witness; `record` is without place in the chain. */
export interface DecodedTransaction {
  readonly record: TransactionRecord;
  /** Hash over the witness form, 64 hex digits in display order; equal to the txid when there is no witness. */
  readonly wtxid: string;
  readonly sizeBytes: number;
  readonly weight: number;
  readonly hasWitness: boolean;
}

/** Header of a block with the fields that only its bytes give. */
export interface DecodedHeader extends BlockRecord {
  /** Unsigned 32-bit numbers as serialised. */
  readonly version: number;
  readonly bits: number;
  readonly nonce: number;
}

/** One block from its bytes, transactions in block order. */
export interface DecodedBlock {
  readonly header: DecodedHeader;
  readonly transactions: readonly DecodedTransaction[];
}

function refuseLarge(bytes: Uint8Array, noun: string): void {
  if (bytes.length <= MAX_SERIALISED_BYTES) return;
  throw new SpoorError('TOO_LARGE', `${bytes.length} bytes are more than a ${noun} can have (${MAX_SERIALISED_BYTES})`);
}

function refuseRest(cursor: ByteCursor, noun: string): void {
  const rest = cursor.bytes.length - cursor.offset;
  cursor.list = '';
  if (rest > 0) cursor.fail('end', `${rest} bytes follow the end of the ${noun}`);
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function readInput(cursor: ByteCursor, inputCount: number): InputRecord {
  const start = cursor.offset;
  const prevBytes = cursor.take(32, 'prevTxid');
  const prevVout = cursor.u32('prevVout');
  const nullPrevout = prevVout === NULL_VOUT && isZero(prevBytes);
  if (prevVout === NULL_VOUT && (!nullPrevout || inputCount > 1)) {
    const reason = nullPrevout
      ? 'the null prevout is for the only input of a coinbase'
      : 'the index 0xffffffff is reserved';
    cursor.fail('prevVout', reason, start);
  }
  const scriptSig = cursor.lengthAndBytes('scriptSig').toString('hex');
  return {
    prevTxid: nullPrevout ? null : txid(reversedHex(prevBytes)),
    prevVout: nullPrevout ? null : vout(prevVout),
    prevAlias: null,
    valueSat: null,
    prevScript: null,
    prevAddress: null,
    scriptSig,
    sequence: cursor.u32('sequence'),
    witness: [],
  };
}

function readInputs(cursor: ByteCursor): InputRecord[] {
  const start = cursor.offset;
  const count = cursor.count(MIN_INPUT_BYTES, 'inputs');
  if (count === 0) cursor.fail('inputs', 'a transaction without inputs', start);
  const inputs: InputRecord[] = [];
  cursor.list = 'inputs';
  for (let index = 0; index < count; index += 1) {
    cursor.index = index;
    inputs.push(readInput(cursor, count));
  }
  cursor.list = '';
  return inputs;
}

function readOutputs(cursor: ByteCursor, network: Network): OutputRecord[] {
  const count = cursor.count(MIN_OUTPUT_BYTES, 'outputs');
  const outputs: OutputRecord[] = [];
  cursor.list = 'outputs';
  for (let index = 0; index < count; index += 1) {
    cursor.index = index;
    const valueSat = cursor.amount('valueSat');
    const script = cursor.lengthAndBytes('scriptPubKey');
    const { address } = classifyScript(script, network);
    outputs.push({ valueSat, scriptPubKey: script.toString('hex'), address, spent: null, spenderTxid: null });
  }
  cursor.list = '';
  return outputs;
}

function readWitnesses(cursor: ByteCursor, inputs: readonly InputRecord[]): void {
  const start = cursor.offset;
  let items = 0;
  cursor.list = 'inputs';
  inputs.forEach((input, index) => {
    cursor.index = index;
    const count = cursor.count(1, 'witness');
    items += count;
    const witness: string[] = [];
    for (let item = 0; item < count; item += 1) witness.push(cursor.lengthAndBytes('witness').toString('hex'));
    input.witness = witness;
  });
  cursor.list = '';
  if (items === 0) cursor.fail('witness', 'the witness flag is set, and every witness is empty', start);
}

/** Whether marker and flag of BIP144 follow; moves past them. A zero where the input count stands can be nothing else. */
function readWitnessFlag(cursor: ByteCursor): boolean {
  if (cursor.bytes[cursor.offset] !== 0) return false;
  const start = cursor.offset;
  cursor.u8('marker');
  const flag = cursor.u8('flag');
  if (flag === 0) cursor.fail('inputs', 'a transaction without inputs', start);
  if (flag !== 1) cursor.fail('flag', `${flag} is not a known serialisation flag`, start + 1);
  return true;
}

function readTransaction(cursor: ByteCursor, network: Network): DecodedTransaction {
  const { bytes, offset: start } = cursor;
  const version = cursor.u32('version');
  const hasWitness = readWitnessFlag(cursor);
  const bodyStart = cursor.offset;
  const inputs = readInputs(cursor);
  const outputs = readOutputs(cursor, network);
  const bodyEnd = cursor.offset;
  if (hasWitness) readWitnesses(cursor, inputs);
  const lockTime = cursor.u32('lockTime');
  const whole = bytes.subarray(start, cursor.offset);
  const wtxid = reversedHex(sha256d(whole));
  const body = bytes.subarray(bodyStart, bodyEnd);
  const bare = Buffer.concat([whole.subarray(0, 4), body, whole.subarray(-4)]);
  const record: TransactionRecord = {
    txid: txid(hasWitness ? reversedHex(sha256d(bare)) : wtxid),
    version,
    lockTime,
    coinbase: inputs.length === 1 && inputs[0].prevTxid === null,
    inputs,
    outputs,
    feeSat: null,
    alias: null,
    height: null,
    blockHash: null,
    position: null,
    timestampSec: null,
    seenSec: null,
  };
  const baseBytes = body.length + 8;
  return { record, wtxid, sizeBytes: whole.length, weight: baseBytes * 3 + whole.length, hasWitness };
}

function cursorOver(bytes: Uint8Array): ByteCursor {
  return new ByteCursor(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/**
 * Decodes one serialised transaction, with or without witness. Addresses are rendered for `network`. Throws MALFORMED or AMOUNT_INVALID
 * with the field and byte offset, TOO_LARGE above 4,000,000 bytes.
 */
export function decodeTransaction(bytes: Uint8Array, network: Network): DecodedTransaction {
  refuseLarge(bytes, 'transaction');
  const cursor = cursorOver(bytes);
  const decoded = readTransaction(cursor, network);
  refuseRest(cursor, 'transaction');
  return decoded;
}

const NULL_HASH = '0'.repeat(64);

/** The 80 bytes of a header at the start of a block; the count of transactions stays null. */
export function readHeader(cursor: ByteCursor): DecodedHeader {
  const version = cursor.u32('version');
  const parent = blockHash(reversedHex(cursor.take(32, 'prevHash')));
  // A genesis block points to zeros: it has no parent, and nodes leave the field out of their answers.
  const prevHash = parent === NULL_HASH ? null : parent;
  const root = reversedHex(cursor.take(32, 'merkleRoot'));
  const timestampSec = cursor.u32('timestampSec');
  const bits = cursor.u32('bits');
  const nonce = cursor.u32('nonce');
  const hash = blockHash(reversedHex(sha256d(cursor.bytes.subarray(0, cursor.offset))));
  return { hash, height: null, prevHash, merkleRoot: root, timestampSec, transactionCount: null, version, bits, nonce };
}

/** Decodes a header of 80 bytes; its height and count are not in them. Throws MALFORMED. */
export function decodeHeader(bytes: Uint8Array): DecodedHeader {
  const cursor = cursorOver(bytes);
  const header = readHeader(cursor);
  refuseRest(cursor, 'header');
  return header;
}

/** The merkle root alone allows a block to repeat its last transactions unnoticed (CVE-2012-2459), so repeats are refused first. */
function checkBlock(header: DecodedHeader, transactions: readonly DecodedTransaction[]): void {
  const seen = new Map<string, number>();
  transactions.forEach(({ record }, index) => {
    const place = { record: `transactions[${index}]`, field: 'txid' };
    const before = seen.get(record.txid);
    if (before !== undefined) {
      throw new SpoorError(
        'MALFORMED',
        `${record.txid} is in the block twice, first as transactions[${before}]`,
        place,
      );
    }
    seen.set(record.txid, index);
    if (record.coinbase !== (index === 0)) {
      const reason = index === 0 ? 'the first transaction of a block must be its coinbase' : 'a block has one coinbase';
      throw new SpoorError('MALFORMED', reason, { ...place, field: 'coinbase' });
    }
  });
  const root = merkleRoot(transactions.map(({ record }) => record.txid));
  if (root !== header.merkleRoot) {
    throw new SpoorError(
      'HASH_MISMATCH',
      `the transactions hash to merkle root ${root}, the header says ${header.merkleRoot}`,
      { field: 'merkleRoot' },
    );
  }
  checkWitnessCommitment(transactions);
}

/** A block at the start of some bytes, and where it ends. */
export interface LeadingBlock {
  readonly block: DecodedBlock;
  readonly end: number;
}

/** As {@link decodeBlock}, of bytes in which something else may follow the block. */
export function decodeLeadingBlock(bytes: Uint8Array, network: Network): LeadingBlock {
  const cursor = cursorOver(bytes);
  const header = readHeader(cursor);
  const count = cursor.count(MIN_TRANSACTION_BYTES, 'transactions');
  if (count === 0) cursor.fail('transactions', 'a block without transactions');
  const transactions: DecodedTransaction[] = [];
  for (let index = 0; index < count; index += 1) {
    transactions.push(locate({ record: `transactions[${index}]` }, () => readTransaction(cursor, network)));
  }
  refuseLarge(bytes.subarray(0, cursor.offset), 'block');
  checkBlock(header, transactions);
  return { block: { header: { ...header, transactionCount: count }, transactions }, end: cursor.offset };
}

/**
 * Decodes one serialised block (header of 80 bytes, count, transactions) and checks its merkle root and its witness commitment. The records' own place in the chain
 * stays null: height is not in the bytes. Throws as {@link decodeTransaction} with the transaction in `place.record`, or HASH_MISMATCH.
 */
export function decodeBlock(bytes: Uint8Array, network: Network): DecodedBlock {
  refuseLarge(bytes, 'block');
  const { block, end } = decodeLeadingBlock(bytes, network);
  const rest = cursorOver(bytes);
  rest.offset = end;
  refuseRest(rest, 'block');
  return block;
}
