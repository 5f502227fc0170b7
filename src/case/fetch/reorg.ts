/**
 * A reorganisation of the chain, met in a case: everything above the fork is taken out, so that what stays is what a new case fed the same bodies would
 * hold. Files that told of undone blocks only go with their bodies; files that told of others as well keep what is still true.
 */
import { type FileFormat, type ParsedFile, readBitcoinBytes } from '../../chain/bitcoin/index.ts';
import type { Network } from '../../ledger/index.ts';
import {
  type CaseStore,
  clearSpends,
  cutFile,
  deleteUndone,
  dropCoverageAbove,
  dropFiles,
  type FileReach,
  fileReaches,
  findUndone,
  getBody,
  hasSpends,
  putSpend,
  restateSpent,
  type SpentStatement,
  stampedHeights,
  type Undone,
  withLooseLinks,
} from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import { believed } from '../ingest/belief.ts';
import { byNode, nodeReach, noteNodeCut } from './reorg-node.ts';

/**
 * What a rollback took out. `cut` names files of which a part was undone: what they were asked for must be fetched again. A node's files are not among
 * them: their blocks come with the chain.
 */
export interface RollbackOutcome {
  readonly height: number;
  readonly blocks: number;
  readonly transactions: number;
  readonly runs: number;
  readonly dropped: readonly string[];
  readonly cut: readonly string[];
}

/** What a file tells, with which part of it is undone. */
interface Told {
  readonly file: FileReach;
  /** As it was believed so far, and as it is from now on. */
  readonly before: ParsedFile;
  readonly stays: ParsedFile;
  readonly undone: readonly string[];
}

/** Takes everything above a height out of the case, in one transaction. */
export function rollback({ store }: CaseContext, height: number): RollbackOutcome {
  return withLooseLinks(store, () => {
    const undone = findUndone(store, height);
    const { node, others: files } = byNode(fileReaches(store, 'bitcoin'));
    const ofNode = nodeReach(store, node, undone);
    const stamped = stampedHeights(store);
    const whole = files.filter(({ minHeight }) => minHeight !== null && minHeight > height);
    const doubtful = files.filter((file) => isDoubtful(file, height, stamped));
    const told = doubtful.flatMap((file) => tell(store, file, undone) ?? []);
    const emptied = told.filter(({ stays }) => isEmpty(stays));
    const cut = told.filter((one) => !emptied.includes(one));
    const removed = deleteUndone(store, undone);
    const dropped = [...whole, ...emptied.map(({ file }) => file), ...ofNode.dropped];
    dropFiles(
      store,
      dropped.map(({ sha256 }) => sha256),
    );
    for (const one of cut) noteCut(store, one, height);
    noteNodeCut(store, ofNode, height);
    restate(store, told);
    restateSpends(store);
    dropCoverageAbove(store, height);
    const names = (list: readonly FileReach[]): string[] => list.map(({ name }) => name).sort();
    return { height, ...removed, dropped: names(dropped), cut: names(cut.map(({ file }) => file)) };
  });
}

/** Whether a file must be read to know what of it is undone: it reaches above the height, has facts without one, or says who spends what. */
function isDoubtful(
  { minHeight, maxHeight }: FileReach,
  height: number,
  stamped: ReadonlyArray<number | null>,
): boolean {
  if (minHeight === null || maxHeight === null) return true;
  if (maxHeight > height) return minHeight <= height;
  return stamped.some((at) => at === null || (at >= minHeight && at <= maxHeight));
}

/** Files that may say who spends what: all but those of nodes. */
function readable(store: CaseStore): FileReach[] {
  return byNode(fileReaches(store, 'bitcoin')).others;
}

function read(store: CaseStore, file: FileReach): ParsedFile {
  const bytes = getBody(store, file.sha256);
  if (bytes === null) throw new Error(`the body of ${file.name} is not in the case`);
  const { name } = file;
  const parsed = readBitcoinBytes(bytes, { name, format: file.format as FileFormat, network: file.network as Network });
  return { ...parsed, ...believed(parsed, file.undone) };
}

/** What stays believed of a file, or null when nothing of it is undone. */
function tell(store: CaseStore, file: FileReach, undone: Undone): Told | null {
  const parsed = read(store, file);
  const names = new Set<string>();
  for (const { block } of parsed.blocks) if (undone.blocks.has(block.hash)) names.add(block.hash);
  for (const { record } of parsed.transactions) {
    if (undone.transactions.has(record.txid)) names.add(record.txid).add(record.blockHash ?? record.txid);
    for (const { spenderTxid } of record.outputs) {
      if (spenderTxid !== null && undone.transactions.has(spenderTxid)) names.add(spenderTxid);
    }
  }
  for (const { spend } of parsed.spends) {
    for (const name of [spend.txid, spend.spenderTxid]) if (undone.transactions.has(name)) names.add(name);
  }
  if (names.size === 0) return null;
  const all = [...new Set([...file.undone, ...names])].sort();
  return { file, before: parsed, stays: { ...parsed, ...believed(parsed, all) }, undone: all };
}

function isEmpty({ transactions, blocks, spends }: ParsedFile): boolean {
  return transactions.length === 0 && blocks.length === 0 && spends.length === 0;
}

/** Stated spends are those of the files that stay. */
function restateSpends(store: CaseStore): void {
  if (!hasSpends(store)) return;
  clearSpends(store);
  for (const file of readable(store)) for (const { spend } of read(store, file).spends) putSpend(store, spend);
}

function noteCut(store: CaseStore, { file, stays, undone }: Told, height: number): void {
  cutFile(store, {
    sha256: file.sha256,
    undone,
    transactions: stays.transactions.length,
    blocks: stays.blocks.length,
    note: `blocks above height ${height} left the best chain: what this file told of them is left out; fetch it again`,
  });
}

/** Outputs that a file of which a part was undone spoke of are said to be spent by what the other files say, and by them only. */
function restate(store: CaseStore, told: readonly Told[]): void {
  const doubted = new Map<string, SpentStatement>();
  for (const { stays, before } of told) {
    for (const { spend } of before.spends) {
      const { txid, vout } = spend;
      doubted.set(`${txid}:${vout}`, { txid, vout, spent: null, spenderTxid: null });
    }
    const kept = new Set(stays.transactions.map(({ record }) => record.txid));
    for (const { record } of before.transactions) {
      if (!kept.has(record.txid)) continue;
      record.outputs.forEach(({ spent, spenderTxid }, vout) => {
        if (spent === null && spenderTxid === null) return;
        doubted.set(`${record.txid}:${vout}`, { txid: record.txid, vout, spent: null, spenderTxid: null });
      });
    }
  }
  if (doubted.size === 0) return;
  for (const file of readable(store)) {
    const { transactions, spends } = read(store, file);
    for (const { spend } of spends) {
      const before = doubted.get(`${spend.txid}:${spend.vout}`);
      if (before !== undefined)
        doubted.set(`${spend.txid}:${spend.vout}`, { ...before, spent: true, spenderTxid: spend.spenderTxid });
    }
    for (const { record } of transactions) {
      record.outputs.forEach(({ spent, spenderTxid }, vout) => {
        const before = doubted.get(`${record.txid}:${vout}`);
        if (before === undefined) return;
        const either = spent === null || before.spent === null ? (spent ?? before.spent) : spent || before.spent;
        const spender = before.spenderTxid ?? spenderTxid;
        doubted.set(`${record.txid}:${vout}`, { ...before, spent: either, spenderTxid: spender });
      });
    }
  }
  restateSpent(store, doubted.values());
}
