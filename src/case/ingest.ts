/**
 * Files into the case. Each file is one transaction of the store: all of its facts are kept or none, so a killed process leaves nothing
 * half read, and a file that is refused takes nothing with it that was there before.
 */
import {
  checkRecord,
  type FileFormat,
  groupFiles,
  mergeRecords,
  type ParsedFile,
  proveRecord,
  readBitcoinBytes,
  readBitcoinFiles,
} from '../chain/bitcoin/index.ts';
import { locate, type Network, type TransactionRecord, type TxId, type Txid, txId } from '../ledger/index.ts';
import {
  type CaseStore,
  type FileSpan,
  hasFile,
  heightOfBlock,
  inOneTransaction,
  Linker,
  linkBlocks,
  markVerified,
  placeByBlock,
  putBlock,
  putBody,
  putFile,
  RecordTable,
  setFee,
  settleOrder,
} from '../store/index.ts';
import { believed, isBack } from './belief.ts';
import { caseNetwork } from './context.ts';

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

/** Since BIP 34 (enforced from this height) a coinbase names its height, so its txid cannot repeat. */
const BIP34_HEIGHT = 227_931;

/** Reads files into a case, in the order given; tables of one dump are read as one body. Throws what the adapters and the store refuse, naming file, record and field. */
export function ingestFiles(
  store: CaseStore,
  paths: readonly string[],
  options: { format: FileFormat | 'auto'; network: Network | null; onProgress?: Progress },
): FileOutcome[] {
  return groupFiles(paths, options.format).map((group) => {
    const network = caseNetwork(store, options.network);
    const parsed = readBitcoinFiles(group, { format: options.format, network });
    return inOneTransaction(store, () => ingestParsed(store, parsed, { network, onProgress: options.onProgress }));
  });
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
export function ingestRead(store: CaseStore, parsed: ParsedFile, network: Network): void {
  inOneTransaction(store, () => ingestParsed(store, parsed, { network, onProgress: undefined }));
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
  parsed.transactions.forEach(({ record, place }, index) => {
    const height = record.height ?? (record.blockHash === null ? null : heightOf(record.blockHash));
    heights.push(height);
    locate(place, () => intake.take({ ...record, height }), 'LEDGER_INVALID');
    options.onProgress?.(parsed.name, index + 1, counts.transactions);
  });
  locate({ file: parsed.name }, () => intake.settle(), 'LEDGER_INVALID');
  const notes = [...parsed.notes, ...intake.notes()];
  const span = spanOf(heights);
  putFile(store, { sha256, name: parsed.name, format, network: options.network, ...counts, notes, ...span });
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

/** Facts of one file on their way into the store. */
class Intake {
  readonly counts = { added: 0, merged: 0, unchanged: 0 };
  private readonly store: CaseStore;
  private readonly network: Network;
  private readonly table: RecordTable;
  private readonly touched = new Set<TxId>();
  private readonly blocks: readonly string[];
  /** Txids that a second coinbase brought once more. */
  private readonly twins = new Set<Txid>();
  private readonly noteCounts = new Map<string, number>();

  constructor(store: CaseStore, network: Network, blocks: readonly string[]) {
    this.store = store;
    this.blocks = blocks;
    this.network = network;
    this.table = new RecordTable(store);
  }

  /** Checks one transaction, then adds it or merges it with what another source said. */
  take(record: TransactionRecord): void {
    this.check(record);
    const same = this.table.byTxid(record.txid).find((stored) => isSameInstance(stored.record, record));
    if (same === undefined) {
      if (this.table.byTxid(record.txid).length > 0) this.twins.add(record.txid);
      this.touched.add(this.table.insert(record));
      this.counts.added += 1;
      return;
    }
    const merged = mergeRecords(same.record, record);
    if (JSON.stringify(merged) === JSON.stringify(same.record)) {
      this.counts.unchanged += 1;
      return;
    }
    checkRecord(merged, this.network);
    this.table.update(same.tx, merged);
    this.touched.add(same.tx);
    this.counts.merged += 1;
  }

  /** Links, checks what became checkable, proves and orders. */
  settle(): void {
    const placed = placeByBlock(this.store, { transactions: this.touched, blocks: this.blocks });
    for (const row of placed) this.touched.add(txId(row));
    const linker = new Linker(this.store);
    for (const id of this.twins) linker.reopen(id);
    const linked = linker.link(this.touched);
    const changed = new Set([...this.touched, ...linked]);
    for (const tx of changed) {
      const { record, proof } = this.table.byId(tx);
      locate({ record: `transaction ${record.txid}` }, () => checkRecord(record, this.network));
      if (proof === 'asserted' && proveRecord(record) === 'verified') markVerified(this.store, tx);
      this.fillFee(tx, record);
    }
    settleOrder(this.store, changed);
  }

  /** Once every input is known the fee is too, whether a source states it or not: the same facts then read the same. */
  private fillFee(tx: TxId, { coinbase, feeSat, inputs, outputs }: TransactionRecord): void {
    if (coinbase || inputs.some(({ valueSat }) => valueSat === null)) return;
    const paidSat = inputs.reduce((total, { valueSat }) => total + (valueSat ?? 0), 0);
    const realSat = outputs.reduce((left, { valueSat }) => left - valueSat, paidSat);
    if (realSat !== feeSat) setFee(this.store, tx, realSat);
  }

  /** What the checks remarked without refusing, each once with how often. */
  notes(): string[] {
    return [...this.noteCounts].map(([note, count]) => (count === 1 ? note : `${note} (${count} times)`)).sort();
  }

  private check(record: TransactionRecord): void {
    for (const note of checkRecord(record, this.network)) {
      this.noteCounts.set(note, (this.noteCounts.get(note) ?? 0) + 1);
    }
  }
}

/** One txid is one transaction, but for coinbases of before BIP 34 at two heights. */
function isSameInstance(a: TransactionRecord, b: TransactionRecord): boolean {
  if (!a.coinbase || !b.coinbase || a.height === null || b.height === null || a.height === b.height) return true;
  return Math.min(a.height, b.height) >= BIP34_HEIGHT;
}
