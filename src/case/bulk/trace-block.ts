/**
 * One block of a bulk trace as the scan sees it: what it spends is at hand, its transactions are read one at a time, when taint meets them. Values of
 * inputs come from the undo record, which is read and checked for the blocks that need it.
 */
import {
  type BlockColumns,
  type BlockReader,
  COLUMN_UNSPENDABLE,
  checkAddress,
  hashSpan,
  isUnspendableAt,
  type OutputParts,
  outputsOf,
  ownerKeyOfScript,
  subsidySat,
} from '../../chain/bitcoin/bulk/index.ts';
import { isDeadCoinbase, type Network, NONE, SpoorError } from '../../ledger/index.ts';
import type { Tag } from '../../tag/index.ts';
import type { ScanBlock, ScanColumns, ScanSeed, ScanTransaction } from '../../taint/index.ts';
import type { OutputNote } from './trace-rests.ts';

const TXID_BYTES = 32;
/** Of the upper word of an owner key what a safe integer has room for: enough to tell the owners of one transaction apart. */
const OWNER_HIGH_BITS = 0x1f_ffff;

/** Services as scripts, so that an output is compared and not turned into an address. */
export class Services {
  readonly byAddress: ReadonlyMap<string, Tag>;
  private readonly scripts = new Set<string>();
  private readonly lengths = new Set<number>();

  constructor(byAddress: ReadonlyMap<string, Tag>, network: Network) {
    this.byAddress = byAddress;
    for (const address of byAddress.keys()) {
      const script = checkAddress(address, network).scriptPubKey;
      this.scripts.add(Buffer.from(script).toString('latin1'));
      this.lengths.add(script.length);
    }
  }

  has(bytes: Uint8Array, place: number, length: number): boolean {
    return this.lengths.has(length) && this.scripts.has(scriptText(bytes, place, length));
  }
}

function scriptText(bytes: Uint8Array, place: number, length: number): OutputNote {
  return Buffer.from(bytes.buffer, bytes.byteOffset + place, length).toString('latin1');
}

/** What stays the same from block to block. */
export interface BlockSurroundings {
  /** Of whole blocks; used for undo records between two blocks of the feed. */
  readonly reader: BlockReader;
  readonly services: Services;
  readonly network: Network;
  /** Whether owners are needed, to see a coinjoin. */
  readonly owners: boolean;
}

/** A block at hand. `columns` has what is spent, and the bytes. */
export class TraceBlock implements ScanBlock<OutputNote> {
  readonly height: number;
  readonly columns: ScanColumns & Pick<BlockColumns, 'transactionPlace'>;
  readonly subsidySat: number;
  readonly seeds: readonly ScanSeed[];
  private readonly number: number;
  private readonly around: BlockSurroundings;
  private spent: BlockColumns | null = null;
  private read: { position: number; transaction: TransactionAtHand } | null = null;

  constructor(
    around: BlockSurroundings,
    at: { number: number; height: number; columns: BlockColumns; hasUndo: boolean; seeds: readonly ScanSeed[] },
  ) {
    if (at.hasUndo) this.spent = at.columns;
    this.around = around;
    this.number = at.number;
    this.height = at.height;
    this.columns = at.columns;
    this.seeds = at.seeds;
    this.subsidySat = subsidySat(at.height, around.network);
  }

  transaction(position: number): ScanTransaction<OutputNote> {
    if (this.read?.position !== position) {
      this.read = { position, transaction: new TransactionAtHand(this, this.around, position) };
    }
    return this.read.transaction;
  }

  feesSat(): number[] {
    const whole = this.around.reader.read(this.number);
    this.spent = whole;
    const { transactionCount, firstInput, firstOutput, inputValueSat, outputValueSat } = whole;
    return Array.from(
      { length: transactionCount - 1 },
      (_, before) =>
        sumOf(inputValueSat, firstInput[before + 1], firstInput[before + 2]) -
        sumOf(outputValueSat, firstOutput[before + 1], firstOutput[before + 2]),
    );
  }

  /** Values and owners of what the block spends, by input. Throws INCOMPLETE, HASH_MISMATCH, MALFORMED for its undo record. */
  spends(): Pick<BlockColumns, 'inputValueSat' | 'inputOwner'> {
    this.spent ??= this.around.reader.spent(this.number, this.columns);
    return this.spent;
  }
}

/** One transaction of such a block. */
class TransactionAtHand implements ScanTransaction<OutputNote> {
  readonly inputValueSat: number[];
  readonly outputValueSat: number[];
  readonly inputOwner: number[] = [];
  readonly outputOwner: number[] = [];
  readonly outputFlags: number[];
  private readonly bytes: Uint8Array;
  private readonly outputs: OutputParts;
  private readonly services: Services;
  private hashed: Uint8Array | null = null;

  constructor(block: TraceBlock, around: BlockSurroundings, position: number) {
    const { columns } = block;
    const { bytes, firstInput } = columns;
    const outputs = outputsOf(columns, position);
    const { scriptPlace, scriptLength } = outputs;
    this.bytes = bytes;
    this.outputs = outputs;
    this.services = around.services;
    this.outputValueSat = outputs.valueSat;
    this.outputFlags = scriptPlace.map((place, vout) =>
      isUnspendableAt(bytes, place, scriptLength[vout]) ? COLUMN_UNSPENDABLE : 0,
    );
    const first = firstInput[position];
    const count = firstInput[position + 1] - first;
    const spends = count === 0 ? null : block.spends();
    this.inputValueSat = spends === null ? [] : [...spends.inputValueSat.subarray(first, first + count)];
    if (position > 0) this.checkFee(block.height, position);
    else if (isDeadCoinbase(Buffer.from(this.txid).reverse().toString('hex'), block.height)) {
      this.outputFlags.fill(COLUMN_UNSPENDABLE);
    }
    if (!around.owners) return;
    const owner = new Uint32Array(2);
    this.outputOwner = scriptPlace.map((place, vout) => {
      ownerKeyOfScript({ bytes, place, length: scriptLength[vout] }, owner, 0);
      return ownerAt(owner, 0);
    });
    if (spends === null) return;
    this.inputOwner = Array.from({ length: count }, (_, vin) => ownerAt(spends.inputOwner, first + vin));
  }

  get txid(): Uint8Array {
    if (this.hashed === null) {
      this.hashed = new Uint8Array(TXID_BYTES);
      hashSpan(this.bytes, this.outputs.span, this.hashed, 0);
    }
    return this.hashed;
  }

  isService(vout: number): boolean {
    const { scriptPlace, scriptLength } = this.outputs;
    return this.services.has(this.bytes, scriptPlace[vout], scriptLength[vout]);
  }

  note(vout: number): OutputNote {
    const { scriptPlace, scriptLength } = this.outputs;
    return scriptText(this.bytes, scriptPlace[vout], scriptLength[vout]);
  }

  /** A rule of division that hands out more than there is would break every account. */
  private checkFee(height: number, position: number): void {
    const madeSat = sumOf(this.outputValueSat, 0, this.outputValueSat.length);
    const spentSat = sumOf(this.inputValueSat, 0, this.inputValueSat.length);
    if (spentSat >= madeSat) return;
    const record = `block at height ${height}, transaction ${position}`;
    throw new SpoorError('MALFORMED', `${record} spends ${spentSat} satoshi and makes ${madeSat}`, { record });
  }
}

function sumOf(values: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  for (let index = from; index < to; index += 1) sum += values[index];
  return sum;
}

function ownerAt(owners: Uint32Array, index: number): number {
  const low = owners[2 * index];
  const high = owners[2 * index + 1];
  return low === 0 && high === 0 ? NONE : low + (high & OWNER_HIGH_BITS) * 2 ** 32;
}
