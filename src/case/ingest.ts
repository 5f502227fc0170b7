/**
 * Files into the case. A file is one transaction of the store: all of its facts are kept or none, so a killed process leaves nothing half read, and a
 * file that is refused takes nothing with it that was there before. The block files of a node are one chain, kept in chunks (ingest-node.ts).
 */
import {
  type FileFormat,
  isNodePath,
  type ParsedFile,
  readBitcoinBytes,
  readBitcoinFile,
} from '../chain/bitcoin/index.ts';
import { locate, type Network, SpoorError } from '../ledger/index.ts';
import { type CaseStore, files, hasFile, inOneTransaction, putBlock, putBody, putFile } from '../store/index.ts';
import { ingestNode, type Loader } from './ingest-node.ts';
import { Intake } from './intake.ts';

/** Called while a file is read in: how many of its transactions (of a node's files: of all their blocks) are done. */
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
  readonly format: FileFormat | 'auto';
  readonly network: Network | null;
  readonly onProgress?: Progress;
  /** Keep a node's block files inside the case; without it the case holds their digests only. */
  readonly keepBodies?: boolean;
  /** `record` takes the blocks of a node one transaction at a time, as all other files; the result is the same. */
  readonly loader?: Loader;
  /** How much of a node's files is kept in one step. */
  readonly chunkTransactions?: number;
}

/** Reads files into a case, in the order given. Throws what the adapters and the store refuse, naming file, record and field. */
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
  const { format, onProgress } = options;
  const isNode = (path: string): boolean => (format === 'auto' || format === 'blk') && isNodePath(path);
  const outcomes: FileOutcome[] = [];
  const nodePaths = paths.filter(isNode);
  for (const path of paths) {
    const network = caseNetwork(store, options.network);
    if (path === nodePaths[0]) outcomes.push(...(yield* ingestNode(store, nodePaths, { ...options, network })));
    if (isNode(path)) continue;
    const parsed = readBitcoinFile(path, { format, network });
    outcomes.push(inOneTransaction(store, () => ingestParsed(store, parsed, { network, onProgress })));
    yield;
  }
  return outcomes;
}

/** Reads a recorded body into a store, as the file it once was. Throws what `ingestFiles` throws. */
export function ingestBody(
  store: CaseStore,
  body: { name: string; bytes: Buffer; format: FileFormat; network: Network },
): void {
  const { name, bytes, format, network } = body;
  const parsed = readBitcoinBytes(bytes, { name, format, network });
  inOneTransaction(store, () => ingestParsed(store, parsed, { network, onProgress: undefined }));
}

/** A case holds one network. Throws USAGE when another is asked for. */
function caseNetwork(store: CaseStore, asked: Network | null): Network {
  const held = files(store)[0]?.network as Network | undefined;
  if (held !== undefined && asked !== null && held !== asked) {
    throw new SpoorError('USAGE', `this case holds ${held} facts; ${asked} needs a case of its own`, {
      file: store.file,
    });
  }
  return asked ?? held ?? 'mainnet';
}

function ingestParsed(
  store: CaseStore,
  parsed: ParsedFile,
  options: { network: Network; onProgress: Progress | undefined },
): FileOutcome {
  const { sha256, format } = parsed;
  const counts = { transactions: parsed.transactions.length, blocks: parsed.blocks.length };
  const base = { file: parsed.name, sha256, format, ...counts };
  if (hasFile(store, sha256)) {
    return { ...base, added: 0, merged: 0, unchanged: counts.transactions, notes: parsed.notes, already: true };
  }
  putBody(store, sha256, parsed.bodyBytes);
  for (const { block, place } of parsed.blocks) locate(place, () => putBlock(store, block), 'LEDGER_INVALID');
  const intake = new Intake(
    store,
    options.network,
    parsed.blocks.map(({ block }) => block.hash),
  );
  parsed.transactions.forEach(({ record, place }, index) => {
    locate(place, () => intake.take(record), 'LEDGER_INVALID');
    options.onProgress?.(parsed.name, index + 1, counts.transactions);
  });
  locate({ file: parsed.name }, () => intake.settle(), 'LEDGER_INVALID');
  const notes = [...parsed.notes, ...intake.notes()];
  putFile(store, { sha256, name: parsed.name, format, network: options.network, ...counts, notes, complete: true });
  return { ...base, ...intake.counts, notes, already: false };
}
