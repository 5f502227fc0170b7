/** Raw blocks in one file of any name: framed as in a node's `blk*.dat` (blocks in the order they arrived), or one bare block. */
import { locate, type Network, SpoorError } from '../../ledger/index.ts';
import { decodeBlock } from './decode.ts';
import { type FoundBlock, placeBlocks } from './source-file-blk-place.ts';
import { BufferSource, type FrameRules, frames, looksFramed, MAX_BLOCK_BYTES } from './source-file-frame.ts';
import type { ParsedRecords } from './source-file-record.ts';

/** Runs a decoder of one block: it names the transaction inside the block, and the block inside the file is put before that. */
export function decodeAt<T>(place: { file: string; record: string }, decode: () => T): T {
  return locate(
    { file: place.file },
    () => {
      try {
        return decode();
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

/** Rules of the frames of a block file. */
export function blockFrames(network: Network, mayBeCut: boolean): FrameRules {
  return { network, noun: 'block', trailerBytes: 0, maxBytes: MAX_BLOCK_BYTES, mayBeCut };
}

/** Reads raw blocks. Throws MALFORMED, TOO_LARGE and HASH_MISMATCH (merkle root) naming the block, LEDGER_INVALID for heights that contradict. */
export function readBlk(bytes: Buffer, file: string, network: Network): ParsedRecords {
  const source = new BufferSource(file, bytes);
  const bare = [{ record: 'block', start: 0, length: bytes.length }];
  const found: FoundBlock[] = [];
  for (const { record, start, length } of looksFramed(bytes) ? frames(source, blockFrames(network, false)) : bare) {
    const place = { file, record };
    found.push({ decoded: decodeAt(place, () => decodeBlock(source.read(start, length), network)), place });
  }
  return placeBlocks(found, network);
}
