/**
 * A small chain with real bytes, real hashes and real (regtest) work, built with bitcoinjs-lib and a merkle tree written here, so that what checks
 * proofs has proofs to check that it did not make itself.
 */
import { createHash } from 'node:crypto';
import { Transaction } from 'bitcoinjs-lib';

const sha256d = (bytes: Uint8Array): Buffer =>
  createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();
const displayed = (bytes: Uint8Array): string => Buffer.from(bytes).reverse().toString('hex');

/** Header of the first block of regtest: Bitcoin Core, src/kernel/chainparams.cpp. */
const GENESIS =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000';
const REGTEST_BITS = 0x207fffff;
const SUBSIDY = 5_000_000_000n;

/** What a test pays: to a script, so much. */
export interface Payment {
  readonly script: Buffer;
  readonly value: bigint;
}

/** A transaction in its block. */
export interface MinedTransaction {
  readonly txid: string;
  readonly hex: string;
  readonly transaction: Transaction;
}

/** A block. Hashes in display order. */
export interface MinedBlock {
  readonly hash: string;
  readonly header: Buffer;
  readonly transactions: readonly MinedTransaction[];
}

/** Script of a made-up key hash (P2WPKH), told apart by its name. */
export function scriptOf(name: string): Buffer {
  return Buffer.concat([Buffer.from([0, 20]), createHash('sha256').update(name).digest().subarray(0, 20)]);
}

/** Levels of the merkle tree from the bottom up, in internal order. */
function levels(txids: readonly string[]): Buffer[][] {
  const all: Buffer[][] = [txids.map((txid) => Buffer.from(txid, 'hex').reverse())];
  for (let level = all[0]; level.length > 1; level = all[all.length - 1]) {
    const above: Buffer[] = [];
    for (let left = 0; left < level.length; left += 2)
      above.push(sha256d(Buffer.concat([level[left], level[left + 1] ?? level[left]])));
    all.push(above);
  }
  return all;
}

/** Branch of a transaction from the bottom up, in display order. */
export function branchOf(block: MinedBlock, position: number): string[] {
  return levels(block.transactions.map(({ txid }) => txid))
    .slice(0, -1)
    .map((level, depth) => {
      const sibling = Math.floor(position / 2 ** depth) ^ 1;
      return displayed(level[sibling] ?? level[sibling - 1]);
    });
}

/** A header with work for these transactions on that parent. */
export function minedHeader(parent: string, txids: readonly string[], timestampSec: number): Buffer {
  const header = Buffer.alloc(80);
  header.writeUInt32LE(0x20000000, 0);
  header.set(Buffer.from(parent, 'hex').reverse(), 4);
  header.set(levels(txids).at(-1)?.[0] ?? Buffer.alloc(32), 36);
  header.writeUInt32LE(timestampSec, 68);
  header.writeUInt32LE(REGTEST_BITS, 72);
  // The regtest target is 7fffff << 232: the last byte of the hash in internal order is below 80.
  for (let nonce = 0; sha256d(header)[31] >= 0x7f; nonce += 1) header.writeUInt32LE(nonce, 76);
  return header;
}

function mined(transaction: Transaction): MinedTransaction {
  return { txid: transaction.getId(), hex: transaction.toHex(), transaction };
}

/** A chain that grows. */
export class MinedChain {
  readonly blocks: MinedBlock[] = [];

  constructor() {
    const header = Buffer.from(GENESIS, 'hex');
    this.blocks.push({ hash: displayed(sha256d(header)), header, transactions: [] });
  }

  /** A block with these transactions after its coinbase, which pays `to`. */
  mine(to: Buffer, transactions: readonly MinedTransaction[] = []): MinedBlock {
    const height = this.blocks.length;
    const coinbase = new Transaction();
    coinbase.addInput(Buffer.alloc(32), 0xffffffff, 0xffffffff, Buffer.from([2, height & 0xff, height >> 8]));
    coinbase.addOutput(to, SUBSIDY);
    const all = [mined(coinbase), ...transactions];
    const header = minedHeader(
      this.blocks[height - 1].hash,
      all.map(({ txid }) => txid),
      1_300_000_000 + height * 600,
    );
    const block = { hash: displayed(sha256d(header)), header, transactions: all };
    this.blocks.push(block);
    return block;
  }
}

/** A transaction that spends these outputs, with a made-up witness where `witness` is set and a made-up script else. */
export function spend(
  outputs: ReadonlyArray<readonly [MinedTransaction, number]>,
  payments: readonly Payment[],
  { witness = true }: { witness?: boolean } = {},
): MinedTransaction {
  const transaction = new Transaction();
  transaction.version = 2;
  outputs.forEach(([from, vout], vin) => {
    transaction.addInput(
      Buffer.from(from.txid, 'hex').reverse(),
      vout,
      0xfffffffd,
      witness ? undefined : Buffer.from('51', 'hex'),
    );
    if (witness) transaction.setWitness(vin, [Buffer.alloc(71, 1), Buffer.alloc(33, 2)]);
  });
  for (const { script, value } of payments) transaction.addOutput(script, value);
  return mined(transaction);
}
