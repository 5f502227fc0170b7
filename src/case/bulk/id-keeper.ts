/** Txids by transaction number: kept as they come where all are wanted, else read again from the files for the few that must be compared. */
import type { BlockColumns, BlockReader } from '../../chain/bitcoin/bulk/index.ts';
import type { IdMeeting } from '../../graph/index.ts';

const ID_BYTES = 32;
const HEAD_BYTES = 8;

/** The ids of the blocks of one index. */
export class IdKeeper {
  private readonly all: boolean;
  /** Number of the first transaction of each block taken. */
  private readonly firsts: number[] = [];
  private readonly kept: Buffer[] = [];
  private next = 0;
  private readonly reader: BlockReader;

  constructor(all: boolean, reader: BlockReader) {
    this.all = all;
    this.reader = reader;
  }

  /** Takes the next block. */
  take({ txids, transactionCount }: BlockColumns): void {
    this.firsts.push(this.next);
    this.next += transactionCount;
    if (this.all) this.kept.push(Buffer.from(txids.subarray(0, ID_BYTES * transactionCount)));
  }

  /** Txid of a transaction in display order. */
  txid(number: number): string {
    return Buffer.from(this.bytes(number)).reverse().toString('hex');
  }

  /** Null where the two are one txid (an early coinbase that repeats another), else the first eight bytes of the other, little-endian. */
  compare({ index, other }: IdMeeting, { txids }: BlockColumns): bigint | null {
    const own = Buffer.from(txids.subarray(ID_BYTES * index, ID_BYTES * (index + 1)));
    const before = this.bytes(other);
    return own.equals(before) ? null : before.subarray(0, HEAD_BYTES).readBigUInt64LE(0);
  }

  private bytes(number: number): Buffer {
    let low = 0;
    for (let high = this.firsts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (this.firsts[middle] <= number) low = middle;
      else high = middle;
    }
    const at = ID_BYTES * (number - this.firsts[low]);
    return this.block(low).subarray(at, at + ID_BYTES);
  }

  private block(number: number): Buffer {
    return this.all ? this.kept[number] : Buffer.from(this.reader.read(number).txids);
  }
}
