/**
 * Claim:      the blocks of a node's folder in chain order, with where each lies and where its undo record lies.
 * Source:     Bitcoin Core, src/node/blockstorage.cpp: frames of magic, length, block; blocks in the order they arrived, over files of 128 MiB;
 *             undo records in the file of the same number, in the order the blocks were connected, each with a checksum over previous hash and record.
 * Parameters: a folder; how many headers between two calls of `onProgress`.
 * Cost:       one read of about 100 bytes a block (a million blocks: seconds); about 100 bytes of memory a block.
 * Fails when: a file is damaged in the middle. A cut last frame of a file is what a running node leaves: it is left out and said.
 */
import { hash } from 'node:crypto';
import { type Network, SpoorError } from '../../../ledger/index.ts';
import { reversedHex, sha256d } from '../digest.ts';
import { MAGICS, NodeFile, type NodeFolder } from './source-node-files.ts';

const FRAME_BYTES = 8;
const HEADER_BYTES = 80;
const HEAD_BYTES = FRAME_BYTES + HEADER_BYTES + 9;
const CHECKSUM_BYTES = 32;
/** The weight limit of BIP141 with all bytes in witnesses. */
const MAX_BLOCK_BYTES = 4_000_000;
/** No undo record can be longer than all scripts of 10,000 bytes that 4,000,000 bytes of inputs can spend. */
const MAX_UNDO_BYTES = 1_000_000_000;

/** One block of the best chain. Places are of the first byte after the frame. */
export interface IndexedBlock {
  readonly hash: Buffer;
  readonly prevHash: Buffer;
  readonly file: number;
  readonly place: number;
  readonly size: number;
  readonly transactions: number;
  readonly bits: number;
  /** Place and size of the undo record in the file of the same number; -1 and 0 where there is none. */
  undoPlace: number;
  undoSize: number;
}

/** A folder's best chain. */
export interface BlockIndex {
  readonly folder: NodeFolder;
  readonly network: Network;
  /** In chain order. */
  readonly blocks: readonly IndexedBlock[];
  /** Height of the first block; null where neither a genesis block nor the folder tells. */
  readonly firstHeight: number | null;
  readonly transactions: number;
  readonly bytes: number;
  readonly notes: readonly string[];
}

interface Frame {
  readonly place: number;
  readonly size: number;
}

function magicOf(head: Buffer): string {
  return head.toString('hex', 0, 4);
}

function compactSizeAt(head: Buffer, at: number): number {
  const first = head[at];
  if (first < 0xfd) return first;
  return first === 0xfd ? head.readUInt16LE(at + 1) : head.readUInt32LE(at + 1);
}

/** Walks the frames of one file. `visit` gets the head of each; a frame that reaches past the end ends the walk and is told. */
function* frames(
  file: NodeFile,
  limits: { network: { name: Network | null }; maxBytes: number; tail: number },
): Generator<Frame & { head: Buffer }, boolean> {
  const head = Buffer.alloc(HEAD_BYTES);
  for (let place = 0; place < file.size; ) {
    const count = file.read(head, place);
    const network = MAGICS[magicOf(head)];
    if (network === undefined) {
      const next = file.skipPadding(place);
      if (next === file.size) return false;
      if (next !== place) {
        place = next;
        continue;
      }
      const where = { file: file.name, record: `frame at byte ${place}` };
      const hint = 'if the files were copied, xor.dat of the same folder belongs to them';
      throw new SpoorError(
        'MALFORMED',
        `no block starts here: ${magicOf(head)} is not the magic of a network`,
        where,
        hint,
      );
    }
    limits.network.name ??= network;
    if (limits.network.name !== network) {
      const where = { file: file.name, record: `frame at byte ${place}` };
      throw new SpoorError('MALFORMED', `a block of ${network} where ${limits.network.name} is expected`, where);
    }
    if (count < FRAME_BYTES) return true;
    const size = head.readUInt32LE(4);
    if (size > limits.maxBytes) {
      const where = { file: file.name, record: `frame at byte ${place}` };
      throw new SpoorError('MALFORMED', `${size} bytes in one frame; at most ${limits.maxBytes} are possible`, where);
    }
    const next = place + FRAME_BYTES + size + limits.tail;
    if (next > file.size) return true;
    yield { place: place + FRAME_BYTES, size, head };
    place = next;
  }
  return false;
}

/** All blocks of all files, those of branches too, in the order they lie. */
function scan(
  folder: NodeFolder,
  onProgress?: (files: number) => void,
): { blocks: IndexedBlock[]; network: Network; cut: string[] } {
  const blocks: IndexedBlock[] = [];
  const network: { name: Network | null } = { name: null };
  const cut: string[] = [];
  const seen = new Set<string>();
  folder.names.forEach((name, file) => {
    const open = new NodeFile(folder, name);
    try {
      const walk = frames(open, { network, maxBytes: MAX_BLOCK_BYTES, tail: 0 });
      let step = walk.next();
      for (; step.done !== true; step = walk.next()) {
        const { place, size, head } = step.value;
        if (size <= HEADER_BYTES) {
          throw new SpoorError('MALFORMED', `a block of ${size} bytes`, {
            file: name,
            record: `frame at byte ${place - FRAME_BYTES}`,
          });
        }
        const header = head.subarray(FRAME_BYTES, FRAME_BYTES + HEADER_BYTES);
        const own = sha256d(header);
        const key = own.toString('latin1');
        if (seen.has(key)) continue;
        seen.add(key);
        blocks.push({
          hash: own,
          prevHash: Buffer.from(header.subarray(4, 36)),
          file,
          place,
          size,
          transactions: compactSizeAt(head, FRAME_BYTES + HEADER_BYTES),
          bits: header.readUInt32LE(72),
          undoPlace: -1,
          undoSize: 0,
        });
      }
      if (step.value) cut.push(name);
    } finally {
      open.close();
    }
    onProgress?.(file + 1);
  });
  if (network.name === null) throw new SpoorError('MALFORMED', 'the files hold no block', { file: folder.folder });
  return { blocks, network: network.name, cut };
}

/** Expected hashes to meet a compact target (Bitcoin Core, src/chain.cpp, GetBlockProof); 0 for a target that cannot be met. */
function workOfBits(bits: number): bigint {
  const exponent = BigInt(bits >>> 24);
  const mantissa = BigInt(bits & 0x7f_ffff);
  const target = exponent >= 3n ? mantissa << (8n * (exponent - 3n)) : mantissa >> (8n * (3n - exponent));
  return target === 0n ? 0n : (1n << 256n) / (target + 1n);
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

/** Undo records of one file. */
function undoFrames(folder: NodeFolder, name: string, network: Network): Frame[] {
  const found: Frame[] = [];
  const file = new NodeFile(folder, name);
  try {
    for (const { place, size } of frames(file, {
      network: { name: network },
      maxBytes: MAX_UNDO_BYTES,
      tail: CHECKSUM_BYTES,
    })) {
      found.push({ place, size });
    }
  } finally {
    file.close();
  }
  return found;
}

/** Whether the checksum that follows an undo record is that of the record on top of `prevHash`. `bytes` holds record and checksum, clear. */
export function undoFits(bytes: Uint8Array, prevHash: Uint8Array): boolean {
  const end = bytes.length - CHECKSUM_BYTES;
  const once = hash('sha256', Buffer.concat([prevHash, bytes.subarray(0, end)]), 'buffer');
  return hash('sha256', once, 'buffer').equals(bytes.subarray(end));
}

/**
 * Gives each block of one file its undo record. Where there are as many records as blocks that need one, they lie in the order of heights; else (a
 * branch was connected and left) each is found by its checksum. A reader checks the checksum again, so a wrong match is never used.
 */
function matchUndo(folder: NodeFolder, file: { blocks: IndexedBlock[]; name: string; network: Network }): void {
  const records = undoFrames(folder, file.name, file.network);
  if (records.length === file.blocks.length) {
    file.blocks.forEach((block, index) => {
      block.undoPlace = records[index].place;
      block.undoSize = records[index].size;
    });
    return;
  }
  const open = new NodeFile(folder, file.name);
  try {
    const left = new Set(file.blocks);
    for (const { place, size } of records) {
      const bytes = new Uint8Array(size + CHECKSUM_BYTES);
      open.read(bytes, place);
      for (const block of left) {
        if (!undoFits(bytes, block.prevHash)) continue;
        block.undoPlace = place;
        block.undoSize = size;
        left.delete(block);
        break;
      }
    }
  } finally {
    open.close();
  }
}

function findUndo(folder: NodeFolder, chain: readonly IndexedBlock[], network: Network): number {
  const byFile = new Map<number, IndexedBlock[]>();
  for (const block of chain) {
    // A genesis block spends nothing and is never connected: it has no record.
    if (block.prevHash.every((byte) => byte === 0)) continue;
    const same = byFile.get(block.file);
    if (same === undefined) byFile.set(block.file, [block]);
    else same.push(block);
  }
  let missing = 0;
  for (const [file, blocks] of byFile) {
    const name = folder.names[file].replace('blk', 'rev');
    try {
      matchUndo(folder, { blocks, name, network });
    } catch (error) {
      if (!(error instanceof SpoorError) || error.code !== 'IO') throw error;
    }
    missing += blocks.filter(({ undoPlace }) => undoPlace < 0).length;
  }
  return missing;
}

/** Indexes a blocks folder. Throws FILE_NOT_FOUND, IO, MALFORMED naming file and byte. */
export function indexBlocks(folder: NodeFolder, onProgress?: (files: number) => void): BlockIndex {
  const { blocks, network, cut } = scan(folder, onProgress);
  const chain = bestChain(blocks, network);
  const missing = findUndo(folder, chain, network);
  const notes = cut.map(
    (name) => `${name} ends inside a block, as the last file of a running node does; that block is left out`,
  );
  if (chain.length < blocks.length)
    notes.push(`${blocks.length - chain.length} blocks are not on the branch with most work`);
  if (missing > 0) notes.push(`${missing} blocks have no undo record`);
  const isGenesis = chain[0].prevHash.every((byte) => byte === 0);
  return {
    folder,
    network,
    blocks: chain,
    firstHeight: isGenesis ? 0 : null,
    transactions: chain.reduce((sum, { transactions }) => sum + transactions, 0),
    bytes: chain.reduce((sum, { size }) => sum + size, 0),
    notes,
  };
}

/** A block for messages. */
export function blockName(block: IndexedBlock, index: BlockIndex): { file: string; record: string } {
  return { file: index.folder.names[block.file], record: `block ${reversedHex(block.hash)} at byte ${block.place}` };
}
