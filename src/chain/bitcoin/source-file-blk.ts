/**
 * Raw blocks: the `blk*.dat` files of a node (frames of 4 magic bytes, 4 bytes length little-endian, block; zero bytes as padding, blocks in
 * the order they arrived) or one bare block.
 */
import { locate, type Network, SpoorError } from '../../ledger/index.ts';
import { type DecodedBlock, decodeBlock } from './decode.ts';
import { type FoundBlock, placeBlocks } from './source-file-blk-place.ts';
import type { ParsedRecords } from './source-file-record.ts';

/** Message start bytes per network, hex in file order; the last two are both `testnet` (3 and 4). */
const MAGICS: Readonly<Record<string, Network>> = {
  f9beb4d9: 'mainnet',
  '0a03cf40': 'signet',
  fabfb5da: 'regtest',
  '0b110907': 'testnet',
  '1c163f28': 'testnet',
};
const FRAME_HEAD = 8;
/** A serialised block is at most 4,000,000 bytes (the weight limit of BIP141); a longer length is not a length. */
const MAX_BLOCK_BYTES = 4_000_000;

const XOR_HINT =
  'Nodes from version 28 on keep these files XORed with the key in xor.dat of the same folder: undo that first (byte i of a file with key byte i mod 8).';

function skipPadding(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at;
}

/** Network of the magic bytes at an offset, or null. */
function magicAt(bytes: Buffer, offset: number): Network | null {
  return MAGICS[bytes.toString('hex', offset, offset + 4)] ?? null;
}

/** Whether the bytes start like a blk file: magic, after padding if any. */
export function looksFramed(bytes: Buffer): boolean {
  return magicAt(bytes, skipPadding(bytes, 0)) !== null;
}

/** Frames of a blk file. Throws MALFORMED naming the byte offset. */
function* frames(bytes: Buffer, file: string, network: Network): Generator<{ record: string; body: Buffer }> {
  let count = 0;
  for (let at = skipPadding(bytes, 0); at < bytes.length; at = skipPadding(bytes, at)) {
    const place = { file, record: `block ${count} at byte ${at}` };
    const found = magicAt(bytes, at);
    if (found === null) {
      const seen = bytes.toString('hex', at, at + 4);
      throw new SpoorError(
        'MALFORMED',
        `no block starts here: "${seen}" is not the magic of a network`,
        place,
        XOR_HINT,
      );
    }
    if (found !== network) {
      throw new SpoorError('MALFORMED', `a block of ${found} where ${network} is expected`, place);
    }
    if (bytes.length < at + FRAME_HEAD) {
      throw new SpoorError('MALFORMED', 'the file is cut: it ends inside the length of its last block', place);
    }
    const length = bytes.readUInt32LE(at + 4);
    if (length > MAX_BLOCK_BYTES) {
      throw new SpoorError('MALFORMED', `a block of ${length} bytes; at most ${MAX_BLOCK_BYTES} are possible`, place);
    }
    const start = at + FRAME_HEAD;
    const held = bytes.length - start;
    if (held < length) {
      throw new SpoorError('MALFORMED', `the file is cut: its last block has ${held} of ${length} bytes`, place);
    }
    yield { record: place.record, body: bytes.subarray(start, start + length) };
    at = start + length;
    count += 1;
  }
}

/** The decoder names the transaction inside the block; the block inside the file is put before it. */
function decodeAt(place: { file: string; record: string }, body: Buffer, network: Network): DecodedBlock {
  return locate(
    { file: place.file },
    () => {
      try {
        return decodeBlock(body, network);
      } catch (error) {
        if (!(error instanceof SpoorError)) throw error;
        const { record, field } = error.place;
        const inside = record === undefined ? place.record : `${place.record}, ${record}`;
        throw new SpoorError(
          error.code,
          error.message,
          field === undefined ? { record: inside } : { record: inside, field },
          error.hint,
        );
      }
    },
    'MALFORMED',
  );
}

/** Reads raw blocks. Throws MALFORMED, TOO_LARGE and HASH_MISMATCH (merkle root) naming the block, LEDGER_INVALID for heights that contradict. */
export function readBlk(bytes: Buffer, file: string, network: Network): ParsedRecords {
  const bare = [{ record: 'block', body: bytes }];
  const found: FoundBlock[] = [];
  for (const { record, body } of looksFramed(bytes) ? frames(bytes, file, network) : bare) {
    const place = { file, record };
    found.push({ decoded: decodeAt(place, body, network), place });
  }
  return placeBlocks(found, network);
}
