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
import {
  locate,
  type Network,
  type OutputRecord,
  type SpendRecord,
  SpoorError,
  type TransactionRecord,
  type TxId,
  type Txid,
  txId,
} from '../ledger/index.ts';
import {
  type CaseStore,
  files,
  hasFile,
  hasSpends,
  inOneTransaction,
  Linker,
  markVerified,
  placeByBlock,
  putBlock,
  putBody,
  putFile,
  putSpend,
  RecordTable,
  setFee,
  settleOrder,
  spendersOf,
} from '../store/index.ts';

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
  for (const { spend, place } of parsed.spends) locate(place, () => intake.takeSpend(spend), 'LEDGER_INVALID');
  parsed.transactions.forEach(({ record, place }, index) => {
    locate(place, () => intake.take(record), 'LEDGER_INVALID');
    options.onProgress?.(parsed.name, index + 1, counts.transactions);
  });
  locate({ file: parsed.name }, () => intake.settle(), 'LEDGER_INVALID');
  const notes = [...parsed.notes, ...intake.notes()];
  putFile(store, { sha256, name: parsed.name, format, network: options.network, ...counts, notes });
  return { ...base, ...intake.counts, notes, already: false };
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
  /** Whether any statement of spending waits for the transaction it is about. */
  private mayBeSpent: boolean;

  constructor(store: CaseStore, network: Network, blocks: readonly string[]) {
    this.store = store;
    this.blocks = blocks;
    this.network = network;
    this.table = new RecordTable(store);
    this.mayBeSpent = hasSpends(store);
  }

  /** Keeps a statement that an output is spent, and tells the output when it is held. */
  takeSpend(spend: SpendRecord): void {
    putSpend(this.store, spend);
    this.mayBeSpent = true;
    for (const { tx, record } of this.table.byTxid(spend.txid)) this.keepMerged(tx, record, this.withSpends(record));
  }

  /** A record with what was stated of the spending of its outputs. Throws SOURCES_DISAGREE, LEDGER_INVALID for an output it does not have. */
  private withSpends(record: TransactionRecord): TransactionRecord {
    const spenders = this.mayBeSpent ? spendersOf(this.store, record.txid) : new Map<number, Txid>();
    const beyond = [...spenders.keys()].find((vout) => vout >= record.outputs.length);
    if (beyond !== undefined) {
      const message = `output ${beyond} is said to be spent, but there are ${record.outputs.length} outputs`;
      throw new SpoorError('LEDGER_INVALID', message, { record: `transaction ${record.txid}` });
    }
    if (spenders.size === 0) return record;
    const outputs = record.outputs.map((output, vout): OutputRecord => {
      const spenderTxid = spenders.get(vout) ?? null;
      return { ...output, spent: spenderTxid === null ? output.spent : true, spenderTxid };
    });
    return mergeRecords(record, { ...record, outputs });
  }

  private keepMerged(tx: TxId, before: TransactionRecord, merged: TransactionRecord): void {
    if (JSON.stringify(merged) === JSON.stringify(before)) {
      this.counts.unchanged += 1;
      return;
    }
    checkRecord(merged, this.network);
    this.table.update(tx, merged);
    this.touched.add(tx);
    this.counts.merged += 1;
  }

  /** Checks one transaction, then adds it or merges it with what other sources said. */
  take(given: TransactionRecord): void {
    const record = this.withSpends(given);
    this.check(record);
    const same = this.table.byTxid(record.txid).find((stored) => isSameInstance(stored.record, record));
    if (same === undefined) {
      if (this.table.byTxid(record.txid).length > 0) this.twins.add(record.txid);
      this.touched.add(this.table.insert(record));
      this.counts.added += 1;
      return;
    }
    this.keepMerged(same.tx, same.record, mergeRecords(same.record, record));
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
