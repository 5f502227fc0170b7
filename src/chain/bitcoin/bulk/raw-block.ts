/**
 * Claim:      a raw block with its undo record as the parts its rows are made of, without text; null where anything in it is not as it should be.
 * Source:     as decode.ts; the WebAssembly kernel says where transactions, inputs and outputs lie, and hashes them.
 * Parameters: none.
 * Cost:       the kernel's pass, then one step for every input and output; one more double hash for every transaction with a witness.
 * Fails when: never silently: who gets null asks decode.ts, which names the field.
 */
import { Buffer } from 'node:buffer';
import type { RawInput, RawOutput, RawTransaction } from '../../../ledger/index.ts';
import { sha256d } from '../digest.ts';
import { decodeUndo, type SpentOutput } from '../undo.ts';
import { meetsCommitment, witnessCommitment } from '../witness-commitment.ts';
import type { BlockColumns } from './columns.ts';
import { BlockKernel, loadKernel, MAX_COLUMNS } from './kernel.ts';
import { sizeAt } from './read-outputs.ts';

const TXID_BYTES = 32;
const PREVOUT_BYTES = 36;
/** The coinbase's input lies behind version and count, or behind version, marker, flag and count. */
const VERSION_BYTES = 4;
const NO_UNDO_BYTES = 8;
const PARTS = {
  txids: true,
  inputs: true,
  values: true,
  owners: true,
  undo: false,
  spentOwners: false,
  root: true,
} as const;

/** Reads blocks one after the other through one kernel. */
export class RawBlockReader {
  private readonly kernel = new BlockKernel(loadKernel(), NO_UNDO_BYTES);

  /** Transactions of a block, or null where decode.ts must say what is wrong. `undo` is the record without frame and checksum. */
  read(block: Buffer, undo: Buffer | null): RawTransaction[] | null {
    if (block.length > MAX_COLUMNS.bytes) return null;
    this.kernel.block.set(block);
    if (!this.kernel.parse(block.length, PARTS)) return null;
    const { columns } = this.kernel;
    const txids = distinctTxids(columns);
    if (txids === null) return null;
    const spent = undo === null ? null : decodeUndo(undo);
    if (spent !== null && spent.length !== columns.transactionCount - 1) return null;
    const slab = reversedTxids(columns, block);
    const transactions: RawTransaction[] = [];
    for (let tx = 0; tx < columns.transactionCount; tx += 1) {
      const rows = rawTransaction(columns, { tx, block, slab, spent: tx === 0 ? null : (spent?.[tx - 1] ?? null) });
      if (rows === null) return null;
      transactions.push(rows);
    }
    return witnessesHold(columns, block, { txids, coinbase: transactions[0] }) ? transactions : null;
  }
}

/** Txids of the transactions, then of the outputs they spend, each in display order, in one slab. */
function reversedTxids({ transactionCount, txids, inputCount, inputPlace }: BlockColumns, block: Buffer): Buffer {
  const slab = Buffer.allocUnsafeSlow(TXID_BYTES * (transactionCount + inputCount));
  const copy = (from: Uint8Array, place: number, at: number): void => {
    for (let byte = 0; byte < TXID_BYTES; byte += 1) slab[at + byte] = from[place + TXID_BYTES - 1 - byte];
  };
  for (let tx = 0; tx < transactionCount; tx += 1) copy(txids, tx * TXID_BYTES, tx * TXID_BYTES);
  for (let input = 0; input < inputCount; input += 1)
    copy(block, inputPlace[input], (transactionCount + input) * TXID_BYTES);
  return slab;
}

/** Txids in internal order, or null where one is there twice: the merkle root would not show it (CVE-2012-2459). */
function distinctTxids({ transactionCount, txids }: BlockColumns): Buffer[] | null {
  const seen = new Set<string>();
  const list: Buffer[] = [];
  for (let tx = 0; tx < transactionCount; tx += 1) {
    const id = Buffer.from(txids.subarray(tx * TXID_BYTES, (tx + 1) * TXID_BYTES));
    seen.add(id.toString('latin1'));
    list.push(id);
  }
  return seen.size === transactionCount ? list : null;
}

/** Whether the witnesses are those the coinbase commits to, where it does. */
function witnessesHold(
  columns: BlockColumns,
  block: Buffer,
  given: { txids: Buffer[]; coinbase: RawTransaction },
): boolean {
  const { transactionPlace } = columns;
  const { txids, coinbase } = given;
  const commitment = witnessCommitment(coinbase.outputs.map(({ script }) => script));
  if (commitment === null) return true;
  if (!txids.some((_, tx) => block[transactionPlace[tx] + VERSION_BYTES] === 0)) return true;
  const wtxids = txids.map((id, tx) => {
    const start = transactionPlace[tx];
    return block[start + VERSION_BYTES] === 0 ? sha256d(block.subarray(start, transactionPlace[tx + 1])) : id;
  });
  const reserved = coinbase.inputs[0].witness.split(',')[0];
  return meetsCommitment(commitment, wtxids, Buffer.from(reserved, 'hex'));
}

function rawTransaction(
  columns: BlockColumns,
  given: { tx: number; block: Buffer; slab: Buffer; spent: readonly SpentOutput[] | null },
): RawTransaction | null {
  const { tx, block, slab, spent } = given;
  const { transactionPlace, firstInput, firstOutput, outputScript, outputValueSat, inputPlace, inputVout } = columns;
  const start = transactionPlace[tx];
  const end = transactionPlace[tx + 1];
  const outputs: RawOutput[] = [];
  for (let output = firstOutput[tx]; output < firstOutput[tx + 1]; output += 1) {
    const place = outputScript[2 * output];
    outputs.push({
      valueSat: outputValueSat[output],
      script: block.subarray(place, place + outputScript[2 * output + 1]),
    });
  }
  const last = firstOutput[tx + 1] - 1;
  if (outputs.length === 0) return null;
  const hasWitness = block[start + VERSION_BYTES] === 0;
  const witnesses = new WitnessReader(block, hasWitness ? outputScript[2 * last] + outputScript[2 * last + 1] : -1);
  const inputs: RawInput[] = [];
  const count = tx === 0 ? 1 : firstInput[tx + 1] - firstInput[tx];
  if (spent !== null && spent.length !== count) return null;
  for (let vin = 0; vin < count; vin += 1) {
    const input = firstInput[tx] + vin;
    const place = tx === 0 ? start + VERSION_BYTES + (hasWitness ? 3 : 1) : inputPlace[input];
    const { size, next } = sizeAt(block, place + PREVOUT_BYTES);
    const at = (columns.transactionCount + input) * TXID_BYTES;
    inputs.push({
      prevTxid: slab.subarray(at, at + TXID_BYTES),
      prevVout: inputVout[input],
      scriptSig: block.subarray(next, next + size),
      sequence: block.readUInt32LE(next + size),
      witness: witnesses.next(),
      spent: spent === null ? null : spent[vin],
    });
  }
  return {
    txid: slab.subarray(tx * TXID_BYTES, (tx + 1) * TXID_BYTES),
    version: block.readUInt32LE(start),
    lockTime: block.readUInt32LE(end - 4),
    inputs,
    outputs,
  };
}

/** Witnesses of one transaction in the order of its inputs; empty ones where it has none. */
class WitnessReader {
  private readonly block: Buffer;
  private at: number;

  constructor(block: Buffer, at: number) {
    this.block = block;
    this.at = at;
  }

  next(): string {
    if (this.at < 0) return '';
    const count = sizeAt(this.block, this.at);
    this.at = count.next;
    let text = '';
    for (let item = 0; item < count.size; item += 1) {
      const { size, next } = sizeAt(this.block, this.at);
      this.at = next + size;
      text += `${this.block.toString('hex', next, this.at)},`;
    }
    return text;
  }
}
