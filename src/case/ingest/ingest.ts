/**
 * Files into the case. Each file is one transaction of the store: all of its facts are kept or none, so a killed process leaves nothing
 * half read, and a file that is refused takes nothing with it that was there before.
 */
import {
  FILE_FORMATS,
  type FileFormat,
  groupFiles,
  isNodePath,
  type ParsedFile,
  readBitcoinBytes,
  readBitcoinFiles,
} from '../../chain/bitcoin/index.ts';
import type { AccountFormat } from '../../chain/ethereum/index.ts';
import { type Account, locate, type Network } from '../../ledger/index.ts';
import {
  type CaseStore,
  type FileSpan,
  hasFile,
  heightOfBlock,
  inOneTransaction,
  linkBlocks,
  putBlock,
  putBody,
  putFile,
} from '../../store/index.ts';
import { caseNetwork } from '../context.ts';
import { accountSteps, isOfAccountChain } from './account.ts';
import { believed, isBack } from './belief.ts';
import { Intake } from './intake.ts';
import { ingestNode, type Loader } from './node.ts';

/** Called while a file is read in: how many of its transactions are done. */
export type Progress = (phase: string, done: number, total: number) => void;

/** What one file brought. */
export interface FileOutcome {
  readonly file: string;
  readonly sha256: string;
  readonly format: string;
  readonly transactions: number;
  readonly added: number;
  readonly merged: number;
  readonly unchanged: number;
  readonly blocks: number;
  readonly notes: readonly string[];
  /** These very bytes were in the case already; nothing was done. */
  readonly already: boolean;
}

/** How files are read in. */
export interface IngestOptions {
  readonly format: FileFormat | AccountFormat | 'auto';
  readonly network: Network | null;
  /** Chain of files of an account chain; left out: that of the case, for a new one the main chain of Ethereum. */
  readonly chainId?: number | null;
  /** Whose the answers in files of an account chain are, where they do not say it. */
  readonly account?: Account | null;
  readonly onProgress?: Progress;
  /** Keep a node's block files inside the case; without it the case holds their digests only. */
  readonly keepBodies?: boolean;
  /** `record` takes the blocks of a node one transaction at a time, as all other files; the result is the same. */
  readonly loader?: Loader;
  /** How much of a node's files is kept in one step. */
  readonly chunkTransactions?: number;
}

/** Reads files into a case: those of a node first, then in the order given; tables of one dump are one body. Throws what the adapters and the store refuse, naming file, record and field. */
export function ingestFiles(store: CaseStore, paths: readonly string[], options: IngestOptions): FileOutcome[] {
  const steps = ingestSteps(store, paths, options);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/**
 * As `ingestFiles`, in steps: between two of them nothing is half done, and a caller may stop. What a node's files brought until then stays, and the same
 * call goes on from there.
 */
export function* ingestSteps(
  store: CaseStore,
  paths: readonly string[],
  options: IngestOptions,
): Generator<void, FileOutcome[]> {
  const { onProgress, chainId = null, account = null } = options;
  const { nodePaths, accountPaths, otherPaths } = byKind(paths, options.format);
  const outcomes: FileOutcome[] = [];
  const format = isBitcoinFormat(options.format) ? options.format : 'auto';
  const groups = otherPaths.length === 0 ? [] : groupFiles(otherPaths, format);
  if (nodePaths.length > 0) {
    const network = caseNetwork(store, options.network);
    outcomes.push(...(yield* ingestNode(store, nodePaths, { ...options, network })));
  }
  for (const group of groups) {
    const network = caseNetwork(store, options.network);
    const parsed = readBitcoinFiles(group, { format, network });
    outcomes.push(inOneTransaction(store, () => ingestParsed(store, parsed, { network, onProgress })));
    yield;
  }
  outcomes.push(
    ...(yield* accountSteps(store, accountPaths, { format: options.format, chainId, account, onProgress })),
  );
  return outcomes;
}

function isBitcoinFormat(format: IngestOptions['format']): format is FileFormat | 'auto' {
  return format === 'auto' || (FILE_FORMATS as readonly string[]).includes(format);
}

/** Paths of a node's files, of files of an account chain, and of the others. */
function byKind(paths: readonly string[], format: IngestOptions['format']) {
  const isNode = (path: string): boolean => (format === 'auto' || format === 'blk') && isNodePath(path);
  const rest = paths.filter((path) => !isNode(path));
  const accountPaths = rest.filter((path) => isOfAccountChain(path, format));
  const otherPaths = rest.filter((path) => !accountPaths.includes(path));
  return { nodePaths: paths.filter(isNode), accountPaths, otherPaths };
}

/** A recorded body, as the file it once was. */
export interface RecordedBody {
  readonly name: string;
  readonly bytes: Buffer;
  readonly format: FileFormat;
  readonly network: Network;
  readonly notes?: readonly string[];
  /** Block hashes and txids of the body that are no longer believed. */
  readonly undone?: readonly string[];
}

/** What a recorded body tells. Throws what the importer of its format throws. */
export function readBody({ name, bytes, format, network, notes, undone }: RecordedBody): ParsedFile {
  const read = readBitcoinBytes(bytes, { name, format, network });
  return { ...read, ...believed(read, undone ?? []), notes: [...read.notes, ...(notes ?? [])] };
}

/** Reads a recorded body into a store. Throws what `ingestFiles` throws. */
export function ingestBody(store: CaseStore, body: RecordedBody): void {
  ingestRead(store, readBody(body), body.network);
}

/** Takes in what a recorded body tells. Throws what the store refuses. */
export function ingestRead(store: CaseStore, parsed: ParsedFile, network: Network): FileOutcome {
  return inOneTransaction(store, () => ingestParsed(store, parsed, { network, onProgress: undefined }));
}

function ingestParsed(
  store: CaseStore,
  parsed: ParsedFile,
  options: { network: Network; onProgress: Progress | undefined },
): FileOutcome {
  const { sha256, format } = parsed;
  const counts = { transactions: parsed.transactions.length, blocks: parsed.blocks.length };
  const base = { file: parsed.name, sha256, format, ...counts };
  if (hasFile(store, sha256) && !isBack(store, sha256)) {
    return { ...base, added: 0, merged: 0, unchanged: counts.transactions, notes: parsed.notes, already: true };
  }
  putBody(store, sha256, parsed.bodyBytes);
  for (const { block, place } of parsed.blocks) locate(place, () => putBlock(store, block), 'LEDGER_INVALID');
  const hashes: string[] = parsed.blocks.map(({ block }) => block.hash);
  const linked = locate({ file: parsed.name }, () => linkBlocks(store, hashes), 'LEDGER_INVALID');
  const heightOf = heightsOfBlocks(store);
  const intake = new Intake(store, options.network, [...hashes, ...linked]);
  const heights: Array<number | null> = hashes.map(heightOf);
  for (const { spend, place } of parsed.spends) locate(place, () => intake.takeSpend(spend), 'LEDGER_INVALID');
  parsed.transactions.forEach(({ record, place }, index) => {
    const height = record.height ?? (record.blockHash === null ? null : heightOf(record.blockHash));
    heights.push(height);
    locate(place, () => intake.take({ ...record, height }), 'LEDGER_INVALID');
    options.onProgress?.(parsed.name, index + 1, counts.transactions);
  });
  locate({ file: parsed.name }, () => intake.settle(), 'LEDGER_INVALID');
  const notes = [...parsed.notes, ...intake.notes()];
  const span = spanOf(heights);
  putFile(store, {
    sha256,
    name: parsed.name,
    format,
    network: options.network,
    ...counts,
    notes,
    complete: true,
    ...span,
  });
  return { ...base, ...intake.counts, notes, already: false };
}

/** Heights of the case's blocks by hash, each looked up once. */
function heightsOfBlocks(store: CaseStore): (hash: string) => number | null {
  const known = new Map<string, number | null>();
  return (hash) => {
    const cached = known.get(hash);
    if (cached !== undefined) return cached;
    const height = heightOfBlock(store, hash);
    known.set(hash, height);
    return height;
  };
}

/** Lowest and highest; none when a fact is without a height, or there is no fact. */
function spanOf(heights: ReadonlyArray<number | null>): FileSpan {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const height of heights) {
    if (height === null) return { minHeight: null, maxHeight: null };
    low = Math.min(low, height);
    high = Math.max(high, height);
  }
  return heights.length === 0 ? { minHeight: null, maxHeight: null } : { minHeight: low, maxHeight: high };
}
