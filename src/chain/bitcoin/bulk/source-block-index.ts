/**
 * Claim:      the blocks of a node's folder in chain order, with where each lies.
 * Source:     Bitcoin Core, src/node/blockstorage.cpp: frames of magic, length, block; blocks in the order they arrived, over files of 128 MiB.
 * Parameters: a folder; how many headers between two calls of `onProgress`.
 * Cost:       one read of about 100 bytes a block (a million blocks: seconds); about 100 bytes of memory a block.
 * Fails when: a file is damaged in the middle. A cut last frame of a file is what a running node leaves: it is left out and said.
 */
import { type Network, SpoorError } from '../../../ledger/index.ts';
import { sha256d } from '../digest.ts';
import { workOfBits } from '../proof-of-work.ts';
import { type Frame, frames, MAX_BLOCK_BYTES, networkOf } from '../source-file-frame.ts';
import { type NodeFile, openNodeFiles } from '../source-file-node.ts';
import type { IdleWorkers } from './source-block-threads.ts';

const HEADER_BYTES = 80;
/** A header and the longest count of transactions. */
const HEAD_BYTES = HEADER_BYTES + 9;
const ZERO_HASH = Buffer.alloc(32);

/** One block of the best chain. Places are of the first byte after the frame. */
export interface IndexedBlock {
  readonly hash: Buffer;
  readonly prevHash: Buffer;
  readonly file: number;
  readonly place: number;
  readonly size: number;
  readonly transactions: number;
  readonly bits: number;
}

/** Where blocks are: path, names of the block files, and the key they are XORed with (null where they are clear). */
export interface BlockFolder {
  readonly path: string;
  readonly names: readonly string[];
  readonly key: Uint8Array | null;
  /** Size of the largest undo file: no record is longer. */
  readonly undoBytes: number;
}

/** A folder's best chain. */
export interface BlockIndex {
  readonly folder: BlockFolder;
  readonly network: Network;
  /** In chain order. */
  readonly blocks: readonly IndexedBlock[];
  /** Height of the first block; null where neither a genesis block nor the folder tells. */
  readonly firstHeight: number | null;
  readonly transactions: number;
  readonly bytes: number;
  readonly notes: readonly string[];
  /** Threads that were started while the index was made: the first feed takes or dismisses them. */
  readonly idle?: IdleWorkers;
}

/** A compact size at a place, where the bytes hold all of it. */
export function compactSizeAt(head: Buffer, at: number): number {
  const first = head[at];
  if (first < 0xfd) return first;
  return first === 0xfd ? head.readUInt16LE(at + 1) : head.readUInt32LE(at + 1);
}

function blockAt(open: NodeFile, file: number, { start, length, record }: Frame): IndexedBlock {
  const head = open.read(start, Math.min(length, HEAD_BYTES));
  if (head.length <= HEADER_BYTES) {
    throw new SpoorError('MALFORMED', `a block of ${length} bytes`, { file: open.name, record });
  }
  return {
    hash: sha256d(head.subarray(0, HEADER_BYTES)),
    prevHash: Buffer.from(head.subarray(4, 36)),
    file,
    place: start,
    size: length,
    transactions: compactSizeAt(Buffer.concat([head, Buffer.alloc(HEAD_BYTES - head.length)]), HEADER_BYTES),
    bits: head.readUInt32LE(72),
  };
}

/** All blocks of all files, those of branches too, each once, in the order they lie. A running node may leave its last file cut. */
function scan(
  files: readonly NodeFile[],
  network: Network,
  onProgress?: (files: number) => void,
): { blocks: IndexedBlock[]; notes: string[] } {
  const blocks: IndexedBlock[] = [];
  const notes: string[] = [];
  const seen = new Set<string>();
  files.forEach((open, file) => {
    const mayBeCut = file === files.length - 1;
    const rules = { network, noun: 'block', trailerBytes: 0, maxBytes: MAX_BLOCK_BYTES, mayBeCut };
    const walk = frames(open, rules);
    let step = walk.next();
    for (; step.done !== true; step = walk.next()) {
      const block = blockAt(open, file, step.value);
      const key = block.hash.toString('latin1');
      if (!seen.has(key)) blocks.push(block);
      seen.add(key);
    }
    if (step.value !== null) notes.push(step.value);
    onProgress?.(file + 1);
  });
  return { blocks, notes };
}

/** The branch with most work, from its first block on; of equal branches the one whose tip lies first. */
function bestChain(blocks: readonly IndexedBlock[], network: Network): IndexedBlock[] {
  const byHash = new Map(blocks.map((block) => [block.hash.toString('latin1'), block]));
  const works = new Map<IndexedBlock, bigint>();
  const workByBits = new Map<number, bigint>();
  let tip = { block: blocks[0], work: -1n };
  for (const start of blocks) {
    const open: IndexedBlock[] = [];
    let below: IndexedBlock | undefined = start;
    while (below !== undefined && !works.has(below)) {
      open.push(below);
      below = byHash.get(below.prevHash.toString('latin1'));
    }
    let work = below === undefined ? 0n : (works.get(below) ?? 0n);
    for (let block = open.pop(); block !== undefined; block = open.pop()) {
      const own = workByBits.get(block.bits) ?? workOfBits(block.bits);
      workByBits.set(block.bits, own);
      work += own;
      works.set(block, work);
    }
    if (work > tip.work) tip = { block: start, work };
  }
  const chain: IndexedBlock[] = [];
  for (
    let at: IndexedBlock | undefined = tip.block;
    at !== undefined;
    at = byHash.get(at.prevHash.toString('latin1'))
  ) {
    if (chain.length > blocks.length) throw new SpoorError('MALFORMED', `the ${network} blocks link in a circle`);
    chain.push(at);
  }
  return chain.reverse();
}

function largest(files: readonly NodeFile[]): number {
  return files.reduce((most, { kind, sizeBytes }) => (kind === 'rev' ? Math.max(most, sizeBytes) : most), 0);
}

/** Indexes a blocks folder. Throws FILE_NOT_FOUND, IO, MALFORMED naming file and byte. */
export function indexBlocks(path: string, onProgress?: (files: number) => void): BlockIndex {
  const opened = openNodeFiles([path]);
  try {
    const blks = opened.files.filter(({ kind }) => kind === 'blk');
    const network = blks.map(networkOf).find((found) => found !== null);
    if (network === undefined) {
      const hint = 'if the files were copied, xor.dat of the same folder belongs to them';
      throw new SpoorError('MALFORMED', 'no block starts here', { file: blks[0].name }, hint);
    }
    const { blocks, notes } = scan(blks, network, onProgress);
    const chain = bestChain(blocks, network);
    if (chain.length < blocks.length)
      notes.push(`${blocks.length - chain.length} blocks are not on the branch with most work`);
    const key = opened.key === null || opened.key.every((byte) => byte === 0) ? null : Uint8Array.from(opened.key);
    return {
      folder: { path, names: blks.map(({ name }) => name), key, undoBytes: largest(opened.files) },
      network,
      blocks: chain,
      firstHeight: chain[0].prevHash.equals(ZERO_HASH) ? 0 : null,
      transactions: chain.reduce((sum, { transactions }) => sum + transactions, 0),
      bytes: chain.reduce((sum, { size }) => sum + size, 0),
      notes,
    };
  } finally {
    opened.close();
  }
}
