/**
 * The block files of a node into the case, as one chain: blocks in the order of heights, in chunks, each one transaction of the store. A stopped or
 * killed load leaves whole chunks and files marked as not complete; the same command goes on behind them and ends in the same facts.
 */
import { RawBlockReader } from '../../chain/bitcoin/bulk/index.ts';
import {
  type ChainBlock,
  classifyScript,
  type NodeBody,
  type NodeChain,
  type NodeFile,
  type NodeFiles,
  nodeFilesOfBodies,
  openNodeFiles,
  type ReadBlock,
  rawChainBlock,
  readChainBlock,
  readNodeChain,
} from '../../chain/bitcoin/index.ts';
import { locate, type Network, SpoorError } from '../../ledger/index.ts';
import {
  BulkLoader,
  beginLoad,
  type CaseStore,
  hashAt,
  hasSpends,
  heightOfBlock,
  holdsWholeBlock,
  Irregular,
  inOneTransaction,
  linkBlocks,
  putBlock,
  putFile,
  standsAbove,
} from '../../store/index.ts';
import type { FileOutcome, Progress } from './ingest.ts';
import { Intake } from './intake.ts';
import { isInPart, type LoadedFile, loadedFiles, noteBodies, outcomeOf } from './node-file.ts';

/** How blocks become rows: in bulk where they are new to the case, or one transaction at a time. */
export type Loader = 'bulk' | 'record';

/** How a node's files are read in. */
export interface NodeOptions {
  readonly network: Network;
  readonly onProgress?: Progress;
  readonly keepBodies?: boolean;
  readonly loader?: Loader;
  /** Hashes of blocks that a reorganisation took back: left out. */
  readonly undone?: ReadonlySet<string>;
  /** Transactions of one chunk. */
  readonly chunkTransactions?: number;
}

/** A chunk ends with the block that brings it to this many transactions, unless told otherwise; what a killed process loses. */
const CHUNK_TRANSACTIONS = 20_000;

/** Reads a node's block folder or block files, one step a chunk. Throws what the readers and the store refuse, naming file and block. */
export function* ingestNode(
  store: CaseStore,
  paths: readonly string[],
  options: NodeOptions,
): Generator<void, FileOutcome[]> {
  const opened = openNodeFiles(paths);
  try {
    return yield* ingestOpened(store, opened, options);
  } finally {
    opened.close();
  }
}

/** As `ingestNode`, of files that are open already. */
export function* ingestOpened(
  store: CaseStore,
  opened: NodeFiles,
  options: NodeOptions,
): Generator<void, FileOutcome[]> {
  const given = loadedFiles(store, opened);
  const resumed = isInPart(store, given);
  const nothingNew = (loaded: readonly LoadedFile[]): FileOutcome[] => {
    if (options.keepBodies) inOneTransaction(store, () => noteBodies(store, loaded, true));
    return loaded.map((file) => ({ ...outcomeOf(file), notes: [] }));
  };
  if (given.every(({ already }) => already)) return nothingNew(given);
  const { network } = options;
  const knownHeight = (hash: string): number | null => heightOfBlock(store, hash);
  const whole = readNodeChain(opened.files, { network, knownHeight, anyMayBeCut: opened.anyMayBeCut });
  const gone = replaced(store, whole, given);
  const loaded = gone.size === 0 ? given : given.map((file) => (file.undone.length > 0 ? asKept(file) : file));
  if (loaded.every(({ already }) => already)) return nothingNew(loaded);
  const isLeftOut = (hash: string): boolean => gone.has(hash) || options.undone?.has(hash) === true;
  const chain = { ...whole, blocks: whole.blocks.filter(({ hash }) => !isLeftOut(hash)) };
  const load = new Load(store, { chain, loaded, options, resumed });
  yield* load.run();
  return loaded.map((file) => ({ ...outcomeOf(file), notes: load.notesOf(file) }));
}

/**
 * Undone blocks of these files that stay undone: all of them once the case holds another block at the height of one. While it holds none they come
 * back, because the chain may be as it was.
 */
function replaced(store: CaseStore, { blocks }: NodeChain, loaded: readonly LoadedFile[]): ReadonlySet<string> {
  const undone = new Set(loaded.flatMap((file) => file.undone));
  const hasRival = blocks.some(({ hash, height }) => {
    const held = height === null || !undone.has(hash) ? null : hashAt(store, height);
    return held !== null && held !== hash;
  });
  return hasRival ? undone : new Set();
}

/** A file of which nothing more is believed than the case has of it. */
function asKept(file: LoadedFile): LoadedFile {
  return { ...file, already: true };
}

/** Reads recorded files of nodes into a store, all as one chain. Throws what `ingestNode` throws. */
export function ingestNodeBodies(store: CaseStore, bodies: readonly NodeBody[], options: NodeOptions): void {
  const steps = ingestOpened(store, nodeFilesOfBodies(bodies), options);
  while (!steps.next().done);
}

/** Blocks in runs of about `size` transactions; one empty run where there are none. */
function chunksOf(blocks: readonly ChainBlock[], size: number): ChainBlock[][] {
  const chunks: ChainBlock[][] = [[]];
  let transactions = 0;
  for (const block of blocks) {
    if (transactions >= size) {
      chunks.push([]);
      transactions = 0;
    }
    chunks[chunks.length - 1].push(block);
    transactions += block.transactionCount;
  }
  return chunks;
}

/** One load under way. */
class Load {
  private readonly store: CaseStore;
  private readonly chain: NodeChain;
  private readonly loaded: readonly LoadedFile[];
  private readonly options: NodeOptions;
  private readonly resumed: boolean;
  private readonly byFile: ReadonlyMap<NodeFile | null, LoadedFile>;
  private readonly remarks: string[] = [];
  private readonly total: number;
  private bulk: { readonly loader: BulkLoader; readonly reader: RawBlockReader } | null = null;
  private makeIndexes: () => void = () => undefined;
  private done = 0;

  constructor(
    store: CaseStore,
    given: { chain: NodeChain; loaded: readonly LoadedFile[]; options: NodeOptions; resumed: boolean },
  ) {
    this.store = store;
    this.chain = given.chain;
    this.loaded = given.loaded;
    this.options = given.options;
    this.resumed = given.resumed;
    this.byFile = new Map(given.loaded.map((file) => [file.node, file]));
    this.total = given.chain.blocks.reduce((sum, { transactionCount }) => sum + transactionCount, 0);
  }

  *run(): Generator<void, void> {
    const size = this.options.chunkTransactions ?? CHUNK_TRANSACTIONS;
    const chunks = chunksOf(this.chain.blocks, size);
    const { makeIndexes, end } = beginLoad(this.store, this.total > size);
    this.makeIndexes = makeIndexes;
    try {
      for (const [index, chunk] of chunks.entries()) {
        inOneTransaction(this.store, () => this.take(chunk, { first: index === 0, last: index === chunks.length - 1 }));
        yield;
      }
    } finally {
      end();
    }
  }

  private take(chunk: readonly ChainBlock[], at: { first: boolean; last: boolean }): void {
    if (at.first) {
      noteBodies(this.store, this.loaded, this.options.keepBodies ?? false);
      this.putFiles(false);
    }
    const wanted = chunk.filter((block) => !this.isDone(block));
    if (!this.takeInBulk(wanted)) this.takeOneByOne(wanted);
    if (at.last) this.putFiles(true);
  }

  /** What concerns the whole chain is noted with its first file. */
  notesOf(file: LoadedFile): string[] {
    return file === this.loaded[0] ? [...this.chain.notes, ...this.remarks] : [];
  }

  private putFiles(complete: boolean): void {
    const { network } = this.options;
    for (const file of this.loaded.filter(({ already }) => !already)) {
      const { sha256, name, format, transactions, blocks } = file;
      putFile(this.store, {
        ...{ sha256, name, format, network, transactions, blocks, complete },
        ...{ notes: this.notesOf(file), minHeight: file.minHeight, maxHeight: file.maxHeight },
      });
    }
  }

  /** True where the blocks are new and stand above the case; else nothing was written. */
  private takeInBulk(blocks: readonly ChainBlock[]): boolean {
    const [first] = blocks;
    const mayBe = this.options.loader !== 'record' && first !== undefined && blocks.at(-1)?.height !== null;
    if (!mayBe || first.height === null) return false;
    // Where sources stated spends, every transaction must hear of them: the slow way asks.
    if (this.bulk === null && (hasSpends(this.store) || !standsAbove(this.store, first.height))) return false;
    const { network } = this.options;
    this.bulk ??= {
      loader: new BulkLoader(this.store, (script) => classifyScript(script, network).address),
      reader: new RawBlockReader(),
    };
    try {
      inOneTransaction(this.store, () => this.loadBlocks(blocks));
    } catch (error) {
      if (!(error instanceof Irregular) && !(error instanceof SpoorError)) throw error;
      this.bulk = null;
      return false;
    }
    for (const block of blocks) this.passed(block, { added: block.transactionCount });
    return true;
  }

  private loadBlocks(blocks: readonly ChainBlock[]): void {
    if (this.bulk === null) return;
    const { loader, reader } = this.bulk;
    for (const at of blocks) {
      const { block, bytes, undo } = rawChainBlock(at);
      const transactions = reader.read(bytes, undo);
      if (transactions === null) throw new Irregular();
      loader.add({ block, transactions });
    }
    loader.flush();
    linkBlocks(
      this.store,
      blocks.map(({ hash }) => hash),
    );
  }

  /** The way of all other files: it judges and names what is wrong. */
  private takeOneByOne(blocks: readonly ChainBlock[]): void {
    this.bulk = null;
    this.makeIndexes();
    const { network } = this.options;
    const intake = new Intake(
      this.store,
      network,
      blocks.map(({ hash }) => hash),
    );
    for (const block of blocks) this.passed(block, this.takeBlock(intake, block, readChainBlock(block, network)));
    locate({ file: blocks[0]?.file.name }, () => intake.settle(), 'LEDGER_INVALID');
    this.remarks.push(...intake.notes());
  }

  /** In a resumed load, a block that an earlier run kept whole. */
  private isDone(block: ChainBlock): boolean {
    const { hash, transactionCount, undo } = block;
    const held = this.resumed && holdsWholeBlock(this.store, { hash, transactionCount, withSpent: undo !== null });
    if (!held) return false;
    this.passed(block, { unchanged: transactionCount });
    return true;
  }

  private takeBlock(
    intake: Intake,
    at: ChainBlock,
    { block, transactions }: ReadBlock,
  ): Pick<LoadedFile, 'added' | 'merged' | 'unchanged'> {
    locate(at.place, () => putBlock(this.store, block), 'LEDGER_INVALID');
    const counts = { added: 0, merged: 0, unchanged: 0 };
    for (const { record, place } of transactions) {
      counts[locate(place, () => intake.take(record), 'LEDGER_INVALID')] += 1;
    }
    return counts;
  }

  private passed(block: ChainBlock, counts: Partial<Pick<LoadedFile, 'added' | 'merged' | 'unchanged'>>): void {
    this.count(block, counts);
    this.done += block.transactionCount;
    this.options.onProgress?.(block.file.name, this.done, this.total);
  }

  private count(block: ChainBlock, counts: Partial<Pick<LoadedFile, 'added' | 'merged' | 'unchanged'>>): void {
    const file = this.byFile.get(block.file);
    const undoFile = block.undo === null ? undefined : this.byFile.get(block.undo.file);
    if (undoFile !== undefined) undoFile.blocks += 1;
    if (file === undefined) return;
    file.blocks += 1;
    if (block.height !== null) {
      file.minHeight = Math.min(file.minHeight ?? block.height, block.height);
      file.maxHeight = Math.max(file.maxHeight ?? block.height, block.height);
    }
    file.transactions += block.transactionCount;
    file.added += counts.added ?? 0;
    file.merged += counts.merged ?? 0;
    file.unchanged += counts.unchanged ?? 0;
  }
}
