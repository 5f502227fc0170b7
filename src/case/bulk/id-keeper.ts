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
  private readonly deadNumbers = new Map<string, number>();
  private next = 0;
  private readonly reader: BlockReader;

  constructor(all: boolean, reader: BlockReader) {
    this.all = all;
    this.reader = reader;
  }

  /** Takes the next block. Returns the number of its first transaction. */
  take({ txids, transactionCount }: BlockColumns): number {
    const first = this.next;
    this.firsts.push(first);
    this.next += transactionCount;
    if (this.all) this.kept.push(Buffer.from(txids.subarray(0, ID_BYTES * transactionCount)));
    return first;
  }

  /** Number of the block that a transaction is in. */
  blockOf(number: number): number {
    let low = 0;
    for (let high = this.firsts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (this.firsts[middle] <= number) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Number of the first transaction of a block. */
  firstOf(block: number): number {
    return this.firsts[block];
  }

  /** Txid of a block's coinbase in display order. */
  coinbaseOf({ txids }: BlockColumns): string {
    return Buffer.from(txids.subarray(0, ID_BYTES)).reverse().toString('hex');
  }

  /** Remembers a coinbase that nobody can spend, because another one may have its txid. */
  bury(columns: BlockColumns, number: number): void {
    this.deadNumbers.set(this.coinbaseOf(columns), number);
  }

  /** All of them. */
  get dead(): ReadonlyArray<readonly [txid: string, transaction: number]> {
    return [...this.deadNumbers];
  }

  /** Goes on where another keeper was that kept no ids. */
  takeUp(at: { firsts: readonly number[]; next: number; dead: IdKeeper['dead'] }): void {
    for (const first of at.firsts) this.firsts.push(first);
    this.next = at.next;
    for (const [txid, transaction] of at.dead) this.deadNumbers.set(txid, transaction);
  }

  /** Numbers of such coinbases with this txid. */
  buried(txid: string): number[] {
    const number = this.deadNumbers.get(txid);
    return number === undefined ? [] : [number];
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
    const block = this.blockOf(number);
    const at = ID_BYTES * (number - this.firsts[block]);
    return this.block(block).subarray(at, at + ID_BYTES);
  }

  private block(number: number): Buffer {
    return this.all ? this.kept[number] : Buffer.from(this.reader.read(number).txids);
  }
}
