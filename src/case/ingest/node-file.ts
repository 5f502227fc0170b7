/** The files of a node as a case keeps them: which it has, whole or in part, and what each brought. */
import type { NodeFile, NodeFiles } from '../../chain/bitcoin/index.ts';
import { type CaseStore, files, hasFile, putBody, putOutsideBody, undoneOf } from '../../store/index.ts';
import { sha256Hex } from '../context.ts';
import type { FileOutcome } from './ingest.ts';

/** One file of the load with what it brought so far. */
export interface LoadedFile {
  readonly name: string;
  readonly sha256: string;
  readonly format: string;
  readonly node: NodeFile | null;
  /** Kept inside the case whatever the size: the key is needed to read the others. */
  readonly content: Buffer | null;
  /** Kept before, and of all it tells nothing was undone. */
  readonly already: boolean;
  /** Hashes of blocks that a reorganisation took back. */
  readonly undone: readonly string[];
  transactions: number;
  blocks: number;
  added: number;
  merged: number;
  unchanged: number;
  minHeight: number | null;
  maxHeight: number | null;
}

/** Files that were opened, as the case knows them. */
export function loadedFiles(store: CaseStore, opened: NodeFiles): LoadedFile[] {
  const zero = { transactions: 0, blocks: 0, added: 0, merged: 0, unchanged: 0, minHeight: null, maxHeight: null };
  const ofFiles = opened.files.map((node): LoadedFile => {
    const sha256 = node.sha256();
    const undone = undoneOf(store, sha256);
    return {
      name: node.name,
      sha256,
      format: node.kind,
      node,
      content: null,
      already: hasFile(store, sha256) && undone.length === 0,
      undone,
      ...zero,
    };
  });
  const { key } = opened;
  if (key === null) return ofFiles;
  const sha256 = sha256Hex(key);
  const already = hasFile(store, sha256);
  return [
    ...ofFiles,
    { name: 'xor.dat', sha256, format: 'xor-key', node: null, content: key, already, undone: [], ...zero },
  ];
}

/** What a file brought. */
export function outcomeOf(file: LoadedFile): Omit<FileOutcome, 'notes'> {
  const { name, sha256, format, transactions, blocks, added, merged, unchanged, already } = file;
  return { file: name, sha256, format, transactions, blocks, added, merged, unchanged, already };
}

/** Notes the bytes: those of the key, and of the others where bodies are kept, in the case; else their size. */
export function noteBodies(store: CaseStore, loaded: readonly LoadedFile[], keepBodies: boolean): void {
  for (const { sha256, node, content } of loaded) {
    if (content !== null) putBody(store, sha256, content);
    else if (keepBodies && node !== null) putBody(store, sha256, node.diskBytes());
    else if (node !== null) putOutsideBody(store, sha256, node.sizeBytes);
  }
}

/** Whether the case has some blocks of a load already: one that was stopped, or of which a part was undone. */
export function isInPart(store: CaseStore, loaded: readonly LoadedFile[]): boolean {
  if (loaded.some(({ undone }) => undone.length > 0)) return true;
  const digests = new Set(loaded.map(({ sha256 }) => sha256));
  return files(store).some(({ sha256, complete }) => !complete && digests.has(sha256));
}
