/**
 * What a reorganisation undoes of a node's files in a case. They are not read: they lie outside of the case as a rule, and they say nothing of who spends
 * what, so the heights of their blocks are enough. A file of undone blocks only goes; one that reaches below the fork stays, with the blocks noted.
 */
import { isNodeFileName } from '../../chain/bitcoin/index.ts';
import { type CaseStore, cutFile, type FileReach, files, heightOfBlock, type Undone } from '../../store/index.ts';

/** A file of which a part is undone. */
interface CutFile {
  readonly file: FileReach;
  readonly undone: readonly string[];
}

/** Files of nodes that go, and those of which a part goes. */
export interface NodeReach {
  readonly dropped: readonly FileReach[];
  readonly cut: readonly CutFile[];
}

/** The files of nodes among all, and the others. */
export function byNode(all: readonly FileReach[]): { node: FileReach[]; others: FileReach[] } {
  return {
    node: all.filter(({ name }) => isNodeFileName(name)),
    others: all.filter(({ name }) => !isNodeFileName(name)),
  };
}

/** Judges the files of nodes while the blocks that go are still there to be asked for their heights. */
export function nodeReach(store: CaseStore, node: readonly FileReach[], { height, blocks }: Undone): NodeReach {
  const heights = [...blocks].map((hash) => ({ hash, at: heightOfBlock(store, hash) }));
  const ofFormat = (format: string): FileReach[] => node.filter((file) => file.format === format);
  const judged = ofFormat('blk').map((file) => {
    const { minHeight, maxHeight } = file;
    const isInside = (at: number | null): boolean =>
      at === null || minHeight === null || maxHeight === null || (at >= minHeight && at <= maxHeight);
    const undone = heights.flatMap(({ hash, at }) => (isInside(at) ? [hash] : []));
    return { file, undone, isGone: minHeight !== null && minHeight > height };
  });
  const undoFiles = ofFormat('rev').map((file) => {
    const own = judged.filter((one) => one.file.name === file.name.replace('rev', 'blk'));
    return { file, undone: own.flatMap(({ undone }) => undone), isGone: own.every(({ isGone }) => isGone) };
  });
  const keys = ofFormat('xor-key').map((file) => ({ file, undone: [], isGone: judged.every(({ isGone }) => isGone) }));
  const all = [...judged, ...undoFiles, ...keys];
  return {
    dropped: all.flatMap(({ file, isGone }) => (isGone ? [file] : [])),
    cut: all.flatMap(({ file, undone, isGone }) => (isGone || undone.length === 0 ? [] : [{ file, undone }])),
  };
}

/** Notes what of a file is no longer believed. Its counts stay: they say what its bytes hold. */
export function noteNodeCut(store: CaseStore, { cut }: NodeReach, height: number): void {
  const known = new Map(files(store).map((file) => [file.sha256, file]));
  for (const { file, undone } of cut) {
    const { transactions = 0, blocks = 0 } = known.get(file.sha256) ?? {};
    const { sha256, minHeight } = file;
    const span = { minHeight, maxHeight: minHeight === null ? null : height };
    const all = [...new Set([...file.undone, ...undone])].sort();
    const note = `blocks above height ${height} left the best chain: they are left out; spoor ingest takes them in again should they come back`;
    cutFile(store, { sha256, undone: all, transactions, blocks, note, span });
  }
}
