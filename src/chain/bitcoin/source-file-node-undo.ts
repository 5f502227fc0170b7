/**
 * Claim:      each undo record of a node's rev file goes with the block it was made for, or is refused.
 * Source:     the checksum behind a record covers the previous block's hash and the record (Bitcoin Core, src/node/blockstorage.cpp, seen on
 *             a node); the undo of a block lies in the rev file with the number of its blk file, in the order in which blocks were connected.
 * Parameters: none.
 * Cost:       one double hash per record where records follow the heights, as they do but for reorganisations.
 * Fails when: blocks with one parent have equal counts of transactions and inputs but spend different outputs: the record is left out, noted.
 */
import type { Buffer } from 'node:buffer';
import { type Network, SpoorError } from '../../ledger/index.ts';
import { decodeBlock } from './decode.ts';
import { decodeAt } from './source-file-blk.ts';
import { type Frame, frames } from './source-file-frame.ts';
import type { NodeFile } from './source-file-node.ts';
import { decodeUndo, UNDO_CHECKSUM_BYTES, undoChecksum, undoTransactionCount } from './undo.ts';

/** A block as far as its undo record must know it. */
export interface UndoCandidate {
  readonly prevHash: string | null;
  readonly transactionCount: number;
  readonly file: NodeFile;
  readonly frame: Frame;
}

/** Where the undo record of a block lies. */
export interface UndoPlace {
  readonly file: NodeFile;
  readonly frame: Frame;
}

/** Records by the block they belong to, with what was left out. */
export interface UndoMatches<T> {
  readonly places: ReadonlyMap<T, UndoPlace>;
  /** Records that fit two blocks which spend different outputs. */
  readonly ambiguous: number;
  /** Records of no block, as happens when the block file was cut. */
  readonly orphans: number;
  readonly notes: readonly string[];
}

/** Outpoints that the transactions of a block spend, transaction by transaction; undo records hold nothing of the coinbase. */
function spends(block: UndoCandidate, network: Network): string[][] {
  const { file, frame } = block;
  const bytes = file.read(frame.start, frame.length);
  const { transactions } = decodeAt({ file: file.name, record: frame.record }, () => decodeBlock(bytes, network));
  return transactions
    .slice(1)
    .map(({ record }) => record.inputs.map(({ prevTxid, prevVout }) => `${prevTxid}:${prevVout}`));
}

/** Blocks of one file by their count of transactions, in the order of heights. */
class Candidates<T extends UndoCandidate> {
  private readonly byCount = new Map<number, Array<{ rank: number; block: T }>>();
  private last = -1;

  constructor(inOrder: readonly T[]) {
    inOrder.forEach((block, rank) => {
      const list = this.byCount.get(block.transactionCount);
      if (list === undefined) this.byCount.set(block.transactionCount, [{ rank, block }]);
      else list.push({ rank, block });
    });
  }

  /** Every block whose parent and count fit a record, from the first after the block found last. */
  fitting(bytes: Buffer, checksum: Buffer): T[] {
    const list = this.byCount.get(undoTransactionCount(bytes) + 1) ?? [];
    const next = list.findIndex(({ rank }) => rank > this.last);
    const turned = next <= 0 ? list : [...list.slice(next), ...list.slice(0, next)];
    const found = turned.find(({ block }) => undoChecksum(block.prevHash, bytes).equals(checksum));
    if (found === undefined) return [];
    this.last = found.rank;
    return list.filter(({ block }) => block.prevHash === found.block.prevHash).map(({ block }) => block);
  }
}

/** Of blocks with one parent and one count, those that a record can be of: all or none when they spend different outputs. */
function settle<T extends UndoCandidate>(blocks: readonly T[], bytes: Buffer, network: Network): T[] {
  if (blocks.length < 2) return [...blocks];
  const counts = decodeUndo(bytes).map((inputs) => inputs.length);
  const fitting = blocks
    .map((block) => ({ block, spent: spends(block, network) }))
    .filter(({ spent }) => spent.every((inputs, index) => inputs.length === counts[index]));
  const same = fitting.every(({ spent }) => String(spent) === String(fitting[0].spent));
  return same ? fitting.map(({ block }) => block) : [];
}

/**
 * Matches the records of one rev file to the blocks of its blk file, given in the order of heights. `mayBeCut` is for the last file, `blocksCut`
 * says that the block file was. Throws MALFORMED for a record that fits no block.
 */
export function matchUndo<T extends UndoCandidate>(
  file: NodeFile,
  inOrder: readonly T[],
  given: { network: Network; mayBeCut: boolean; blocksCut: boolean },
): UndoMatches<T> {
  const { network, mayBeCut, blocksCut } = given;
  const candidates = new Candidates(inOrder);
  const places = new Map<T, UndoPlace>();
  const outcome = { ambiguous: 0, orphans: 0 };
  const rules = { network, noun: 'undo record', trailerBytes: UNDO_CHECKSUM_BYTES, maxBytes: file.sizeBytes, mayBeCut };
  const walk = frames(file, rules);
  let step = walk.next();
  for (; !step.done; step = walk.next()) {
    const frame = step.value;
    const place = { file: file.name, record: frame.record };
    const bytes = file.read(frame.start, frame.length);
    const checksum = file.read(frame.start + frame.length, UNDO_CHECKSUM_BYTES);
    const blocks = decodeAt(place, () => candidates.fitting(bytes, checksum));
    if (blocks.length === 0 && !blocksCut) {
      const hint = 'it is damaged or of another node; without the rev file the blocks can be read alone';
      throw new SpoorError('MALFORMED', 'the undo record fits no block: its checksum is of another', place, hint);
    }
    if (blocks.length === 0) outcome.orphans += 1;
    const settled = decodeAt(place, () => settle(blocks, bytes, network));
    if (blocks.length > 0 && settled.length === 0) outcome.ambiguous += 1;
    for (const block of settled) if (!places.has(block)) places.set(block, { file, frame });
  }
  return { places, ...outcome, notes: step.value === null ? [] : [step.value] };
}
