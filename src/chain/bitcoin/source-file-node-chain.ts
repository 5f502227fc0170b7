/**
 * All block files of a node as one chain: a first pass over frames and headers, in any order of files and blocks, then blocks one by one in the order
 * of heights. Only headers stay in memory. Repeated blocks and branches with less work are left out, across files.
 */
import { type BlockRecord, type Network, SpoorError, type TransactionRecord } from '../../ledger/index.ts';
import { ByteCursor } from './cursor.ts';
import { type DecodedBlock, decodeBlock, readHeader } from './decode.ts';
import { classifyScript } from './script.ts';
import { blockFrames, decodeAt } from './source-file-blk.ts';
import { blockRecordOf, type LinkedHeader, placeHeaders, statedHeight } from './source-file-blk-place.ts';
import { type Frame, frames } from './source-file-frame.ts';
import type { NodeFile } from './source-file-node.ts';
import { matchUndo, type UndoMatches, type UndoPlace } from './source-file-node-undo.ts';
import { type LocatedTransaction, noteCount } from './source-file-record.ts';
import { decodeUndo, type SpentOutput } from './undo.ts';

/** Enough for the header, the count and the coinbase up to the height in its script. */
const PEEK_BYTES = 160;
/** A stated height takes at most 4 bytes behind its length. */
const HEIGHT_SCRIPT_BYTES = 5;

/** A block of the chain as the first pass left it. */
export interface ChainBlock extends LinkedHeader {
  readonly transactionCount: number;
  readonly file: NodeFile;
  readonly frame: Frame;
  /** Null where no source tells. */
  readonly height: number | null;
  readonly undo: UndoPlace | null;
}

/** A block with its facts. */
export interface ReadBlock {
  readonly block: BlockRecord;
  readonly transactions: LocatedTransaction[];
}

/** The chain that a set of node files holds. */
export interface NodeChain {
  /** In the order of heights; blocks without one behind them, in the order found. */
  readonly blocks: readonly ChainBlock[];
  readonly notes: readonly string[];
}

type Indexed = Omit<ChainBlock, 'height' | 'undo'>;

/** Bytes of the coinbase script's beginning; the cursor stands behind the count of transactions. */
function coinbaseScript(cursor: ByteCursor): Buffer {
  cursor.take(4, 'version');
  if (cursor.bytes[cursor.offset] === 0) cursor.take(2, 'flag');
  cursor.count(0, 'inputs');
  cursor.take(36, 'prevTxid');
  return cursor.take(Math.min(cursor.count(0, 'scriptSig'), HEIGHT_SCRIPT_BYTES), 'scriptSig');
}

function indexBlock(file: NodeFile, frame: Frame, network: Network): Indexed {
  const place = { file: file.name, record: frame.record };
  const peek = file.read(frame.start, Math.min(frame.length, PEEK_BYTES));
  return decodeAt(place, () => {
    const cursor = new ByteCursor(peek);
    const { hash, prevHash, bits, version } = readHeader(cursor);
    const transactionCount = cursor.count(0, 'transactions');
    const stated = statedHeight(version, coinbaseScript(cursor), network);
    return { hash, prevHash, bits, statedHeight: stated, place, transactionCount, file, frame };
  });
}

interface Index {
  readonly blocks: readonly Indexed[];
  /** Numbers of the files whose tail is cut, with the note that says so. */
  readonly cuts: ReadonlyMap<string, string>;
}

function indexFiles(files: readonly NodeFile[], network: Network, anyMayBeCut: boolean): Index {
  const blocks: Indexed[] = [];
  const cuts = new Map<string, string>();
  files.forEach((file, index) => {
    const walk = frames(file, blockFrames(network, anyMayBeCut || index === files.length - 1));
    let step = walk.next();
    for (; !step.done; step = walk.next()) blocks.push(indexBlock(file, step.value, network));
    if (step.value !== null) cuts.set(file.number, step.value);
  });
  return { blocks, cuts };
}

/** Blocks of each file by its number, in the order given. */
function byNumber(blocks: readonly ChainBlock[]): Map<string, ChainBlock[]> {
  const groups = new Map<string, ChainBlock[]>();
  for (const block of blocks) {
    const group = groups.get(block.file.number);
    if (group === undefined) groups.set(block.file.number, [block]);
    else group.push(block);
  }
  return groups;
}

function byHeight(a: ChainBlock, b: ChainBlock): number {
  const last = Number.MAX_SAFE_INTEGER;
  return (a.height ?? last) - (b.height ?? last);
}

/** Matches every rev file with the blocks of its number. Throws FILE_NOT_FOUND for one without its block file. */
function matchAll(
  revs: readonly NodeFile[],
  blocks: readonly ChainBlock[],
  given: { network: Network; cuts: ReadonlyMap<string, string>; anyMayBeCut: boolean },
): UndoMatches<ChainBlock> {
  const { network, cuts, anyMayBeCut } = given;
  const groups = byNumber([...blocks].sort(byHeight));
  const places = new Map<ChainBlock, UndoPlace>();
  const totals = { ambiguous: 0, orphans: 0 };
  const notes: string[] = [];
  revs.forEach((file, index) => {
    const mayBeCut = anyMayBeCut || index === revs.length - 1;
    const blocksCut = cuts.has(file.number);
    const found = matchUndo(file, groups.get(file.number) ?? [], { network, mayBeCut, blocksCut });
    for (const [block, place] of found.places) places.set(block, place);
    totals.ambiguous += found.ambiguous;
    totals.orphans += found.orphans;
    notes.push(...found.notes);
  });
  return { places, ...totals, notes };
}

function refuseLoneUndo(blks: readonly NodeFile[], revs: readonly NodeFile[]): void {
  const numbers = new Set(blks.map(({ number }) => number));
  const lone = revs.find(({ number }) => !numbers.has(number));
  if (lone === undefined) return;
  const hint = `name blk${lone.number}.dat, with the undo file beside it`;
  throw new SpoorError('FILE_NOT_FOUND', 'an undo file says nothing without its block file', { file: lone.name }, hint);
}

/** Blocks of following heights must be linked: a header that was damaged has another hash, and nothing leads to it. Throws LEDGER_INVALID. */
function refuseBrokenLinks(inOrder: readonly ChainBlock[]): void {
  inOrder.forEach((block, index) => {
    const before = inOrder[index - 1];
    if (before === undefined || before.height === null || block.height === null) return;
    if (block.height === before.height) {
      const message = `two blocks at height ${block.height}, ${before.hash} and ${block.hash}, on chains that do not meet`;
      throw new SpoorError('LEDGER_INVALID', message, block.place);
    }
    if (block.height === before.height + 1 && block.prevHash !== before.hash) {
      const message = `the block at height ${block.height} follows ${block.prevHash}, but the one below it here is ${before.hash}`;
      throw new SpoorError('LEDGER_INVALID', message, block.place);
    }
  });
}

/**
 * Places the blocks of node files. `knownHeight` tells the height of a block the case holds already. Only the last file may be cut, or any where
 * `anyMayBeCut`: recorded files were last ones once. Throws MALFORMED naming file, block and byte;
 * LEDGER_INVALID for heights that contradict; FILE_NOT_FOUND for an undo file without its block file.
 */
export function readNodeChain(
  files: readonly NodeFile[],
  given: { network: Network; knownHeight: (hash: string) => number | null; anyMayBeCut: boolean },
): NodeChain {
  const blks = files.filter(({ kind }) => kind === 'blk');
  const revs = files.filter(({ kind }) => kind === 'rev');
  refuseLoneUndo(blks, revs);
  const { network, knownHeight, anyMayBeCut } = given;
  const index = indexFiles(blks, network, anyMayBeCut);
  const placed = placeHeaders(index.blocks, network, knownHeight);
  const all = [...placed.blocks.values()].map(
    (block): ChainBlock => ({ ...block, height: placed.heights.get(block.hash) ?? null, undo: null }),
  );
  const undo = matchAll(revs, all, { network, cuts: index.cuts, anyMayBeCut });
  const blocks = all
    .filter(({ hash }) => placed.best.has(hash))
    .map((block): ChainBlock => ({ ...block, undo: undo.places.get(block) ?? null }))
    .sort(byHeight);
  refuseBrokenLinks(blocks);
  const notes = [...index.cuts.values(), ...placed.notes, ...undo.notes];
  const bare = blocks.filter((block) => block.undo === null && block.transactionCount > 1).length;
  noteCount(notes, bare, {
    one: 'block without undo record: the values it spends are known where the spent transaction is',
    many: 'blocks without undo records: the values they spend are known where the spent transactions are',
  });
  noteCount(notes, undo.orphans, { one: 'undo record of no block read', many: 'undo records of no block read' });
  noteCount(notes, undo.ambiguous, {
    one: 'undo record left out: it fits two blocks that spend different outputs',
    many: 'undo records left out: each fits two blocks that spend different outputs',
  });
  return { blocks, notes };
}

/** Adds what an undo record says of the inputs. Throws MALFORMED when its counts are not those of the block. */
function withSpent(decoded: DecodedBlock, spent: readonly SpentOutput[][], network: Network): void {
  decoded.transactions.slice(1).forEach(({ record }, index) => {
    const outputs = spent[index] ?? [];
    if (outputs.length !== record.inputs.length) {
      const message = `the undo record has ${outputs.length} inputs for transaction ${index + 1}, the block ${record.inputs.length}`;
      throw new SpoorError('MALFORMED', message, { field: 'inputs' });
    }
    record.inputs.forEach((input, vin) => {
      const { valueSat, script } = outputs[vin];
      input.valueSat = valueSat;
      input.prevScript = script.toString('hex');
      input.prevAddress = classifyScript(script, network).address;
    });
  });
}

/** Bytes of a block of a chain and of its undo record, where that is known; the block's header as a fact is made from them. Throws MALFORMED. */
export function rawChainBlock(at: ChainBlock): { block: BlockRecord; bytes: Buffer; undo: Buffer | null } {
  const { file, frame, height, undo, transactionCount } = at;
  const bytes = file.read(frame.start, frame.length);
  const place = { file: file.name, record: frame.record };
  const header = decodeAt(place, () => readHeader(new ByteCursor(bytes)));
  const record = undo === null ? null : undo.file.read(undo.frame.start, undo.frame.length);
  return { block: blockRecordOf({ ...header, transactionCount }, height), bytes, undo: record };
}

/** Reads one block of a chain with the outputs it spent, where its undo record is known. Throws what the decoders throw, naming the place. */
export function readChainBlock(at: ChainBlock, network: Network): ReadBlock {
  const { file, frame, height, undo } = at;
  const place = { file: file.name, record: frame.record };
  const decoded = decodeAt(place, () => decodeBlock(file.read(frame.start, frame.length), network));
  if (undo !== null) {
    const bytes = undo.file.read(undo.frame.start, undo.frame.length);
    decodeAt({ file: undo.file.name, record: undo.frame.record }, () => withSpent(decoded, decodeUndo(bytes), network));
  }
  const { header } = decoded;
  const transactions = decoded.transactions.map(({ record }, position): LocatedTransaction => {
    const placed: TransactionRecord = {
      ...record,
      height,
      blockHash: header.hash,
      position,
      timestampSec: header.timestampSec,
    };
    return { record: placed, place: { file: file.name, record: `${frame.record}, transaction ${position}` } };
  });
  return { block: blockRecordOf(header, height), transactions };
}
