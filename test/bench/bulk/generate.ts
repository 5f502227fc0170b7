/**
 * Block and undo files of a synthetic chain, as a node keeps them, with known truth.
 * Claim: same parameters and seed, same bytes; every part but work, signatures and commitments is as consensus wants it. Source: behaviour
 * of performance.md section 3 (`test/support/synthetic-chain.ts`), forms of Core. Parameters: `GenerateOptions`. Cost: see README.md beside
 * this. Fails when: read as a likeness of the real chain (the same README says where it differs).
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { classifyScript } from '../../../src/chain/bitcoin/index.ts';
import { Prng } from '../../support/prng.ts';
import { type SyntheticChain, syntheticChain } from '../../support/synthetic-chain.ts';
import { BlockMaker, GENESIS, type MadeBlock } from './generate-block.ts';
import { ByteWriter, sha256d } from './generate-bytes.ts';
import { BlockFolder, type WrittenFile } from './generate-file.ts';
import { ChainScripts, type Mix } from './generate-script.ts';
import { SpendWriter } from './generate-spend.ts';
import { undoChecksum } from './generate-undo.ts';

/** What decides the bytes. */
export interface GenerateParameters {
  /** Transactions of the best chain, coinbases and the genesis block included; at least 1001. */
  readonly transactions: number;
  readonly mix: Mix;
  readonly seed: number;
  /** A blk file ends before it would pass this many bytes. */
  readonly fileBytes: number;
  /** XOR both kinds of files with a key kept in xor.dat. */
  readonly xor: boolean;
  /** Blocks arrive out of order within windows of so many; 1 keeps the order. Undo records stay in order of height, as a node writes them. */
  readonly shuffle: number;
  /** Every so many blocks one has a stale sibling; 0 for none. Every second sibling has an undo record: it was connected for a while. */
  readonly staleEvery: number;
  /** Zeros at the end of the last files, as a running node leaves them. */
  readonly padding: boolean;
}

/** Clear files of a node in order of height. */
export const PLAIN = { fileBytes: 128 * 2 ** 20, xor: false, shuffle: 1, staleEvery: 0, padding: false } as const;

/** The truth about a folder, kept in it as meta.json. Counts are of the best chain; `bytes` are serialised blocks without frames. */
export interface GeneratedMeta {
  readonly parameters: GenerateParameters;
  readonly blocks: number;
  readonly staleBlocks: number;
  readonly transactions: number;
  /** Inputs of coinbases not counted. */
  readonly inputs: number;
  readonly outputs: number;
  readonly bytes: number;
  readonly tipHash: string;
  /** SHA-256 over all txids, 32 bytes each in internal order, in chain order with the coinbase first in its block. */
  readonly txidDigest: string;
  /** The loot as `txid:vout`: the seed of a trace. */
  readonly theft: string;
  /** The forty hops that peel it, in order. */
  readonly theftPeels: readonly string[];
  readonly coinjoins: number;
  /** Addresses of the exchanges' hot wallets, exchange after exchange; services.csv has these and all deposit addresses. */
  readonly hotAddresses: readonly string[];
  readonly files: readonly WrittenFile[];
}

const SALT_OF_KEY = 0x0f15ca7e;
const HEADER_VERSION: Readonly<Record<Mix, number>> = { modern: 0x2000_0000, legacy: 2 };

function display(hash: Uint8Array): string {
  return Buffer.from(hash).reverse().toString('hex');
}

function xorKey(seed: number): Buffer {
  const prng = Prng.fromSeed(seed ^ SALT_OF_KEY);
  return Buffer.from(Uint32Array.of(prng.next(), prng.next()).buffer);
}

/** A block waiting for its place in a file; the undo record is null where the node made none. */
interface Waiting {
  readonly prevHash: Buffer;
  readonly bytes: Buffer;
  readonly undo: Buffer | null;
}

/** Puts a window of blocks into files in the order of their arrival, then their undo records in order of height. */
function place(folder: BlockFolder, waiting: readonly Waiting[], prng: Prng): void {
  const files = new Map<Waiting, number>();
  for (const block of prng.shuffled(waiting)) files.set(block, folder.block(block.bytes));
  for (const block of waiting) {
    if (block.undo !== null) folder.undo(files.get(block)!, block.undo, undoChecksum(block.prevHash, block.undo));
  }
}

function addressText(scripts: ChainScripts, address: number): string {
  const writer = new ByteWriter(128);
  scripts.write(writer, address);
  return classifyScript(writer.copy(0), 'mainnet').address ?? '';
}

/** Writes `address,exchange` of every hot and deposit address; gives the texts of the hot ones. */
function writeServices(folder: string, chain: SyntheticChain, scripts: ChainScripts): string[] {
  const { exchangeHotAddresses: hot, exchangeDepositAddresses: deposits, entityOfAddress } = chain.truth;
  const line = (address: number, kind: string) =>
    `${addressText(scripts, address)},${entityOfAddress[address]},${kind}\n`;
  const lines = [...hot.map((address) => line(address, 'hot')), ...deposits.map((address) => line(address, 'deposit'))];
  writeFileSync(join(folder, 'services.csv'), `address,exchange,kind\n${lines.join('')}`);
  return hot.map((address) => addressText(scripts, address));
}

/** First transaction of each block of the columns, and the end. */
function blockStarts(chain: SyntheticChain): number[] {
  const starts = [0];
  for (let tx = 0; tx < chain.transactionCount; tx += 1) if (chain.coinbase[tx] === 1) starts.push(tx + 1);
  return starts;
}

/** Writes the files of a chain into a folder, meta.json last: a folder without it is unfinished. */
export function generate(folder: string, parameters: GenerateParameters): GeneratedMeta {
  const { mix, seed, shuffle, staleEvery } = parameters;
  const chain = syntheticChain({ transactions: parameters.transactions - 1, seed });
  const scripts = new ChainScripts(mix, seed, chain.truth.entityOfAddress);
  const maker = new BlockMaker(chain, scripts, new SpendWriter(scripts, seed), HEADER_VERSION[mix]);
  const files = new BlockFolder(folder, { ...parameters, xorKey: parameters.xor ? xorKey(seed) : null });
  const prng = Prng.fromSeed(seed ^ 0x5487ff1e);
  const digest = createHash('sha256').update(GENESIS.subarray(36, 68));
  const totals = { staleBlocks: 0, inputs: 0, outputs: 1, bytes: GENESIS.length };
  let prevHash = sha256d(GENESIS.subarray(0, 80));
  let waiting: Waiting[] = [];
  files.block(GENESIS);
  const starts = blockStarts(chain);
  const blocks = starts.length - 1;
  for (let block = 0; block < blocks; block += 1) {
    const coinbase = starts[block + 1]! - 1;
    const made: MadeBlock = maker.make(starts[block]!, coinbase, prevHash);
    digest.update(made.txids);
    totals.inputs += made.inputs;
    totals.outputs += made.outputs;
    totals.bytes += made.bytes.length;
    waiting.push(made);
    if (staleEvery > 0 && block % staleEvery === staleEvery - 1 && block + 2 < blocks) {
      totals.staleBlocks += 1;
      const lost = maker.sibling(made, coinbase);
      waiting.push({ prevHash, bytes: lost.bytes, undo: totals.staleBlocks % 2 === 0 ? lost.undo : null });
    }
    prevHash = made.hash;
    if (waiting.length < shuffle && block + 1 < blocks) continue;
    place(files, waiting, prng);
    waiting = [];
  }
  const txidOf = (tx: number) => display(maker.txids.subarray(32 * tx, 32 * tx + 32));
  const { theftOutputs, theftTransaction, theftPeelTransactions, coinjoinTransactions } = chain.truth;
  const meta: GeneratedMeta = {
    parameters,
    blocks: blocks + 1,
    ...totals,
    transactions: parameters.transactions,
    tipHash: display(prevHash),
    txidDigest: digest.digest('hex'),
    theft: `${txidOf(theftTransaction)}:${theftOutputs[0]! - chain.firstOutput[theftTransaction]!}`,
    theftPeels: theftPeelTransactions.map(txidOf),
    coinjoins: coinjoinTransactions.length,
    hotAddresses: writeServices(folder, chain, scripts),
    files: files.finish(),
  };
  writeFileSync(join(folder, 'meta.json'), `${JSON.stringify(meta, null, 1)}\n`);
  return meta;
}
