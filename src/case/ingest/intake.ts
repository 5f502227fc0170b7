/** The way of facts into the store, one transaction at a time: checked, merged, linked, proven, ordered. */
import { checkRecord, mergeRecords, proveRecord } from '../../chain/bitcoin/index.ts';
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
} from '../../ledger/index.ts';
import {
  type CaseStore,
  hasSpends,
  Linker,
  linkBlocks,
  markVerified,
  placeByBlock,
  putSpend,
  RecordTable,
  setFee,
  settleOrder,
  spendersOf,
} from '../../store/index.ts';

/** Since BIP 34 (enforced from this height) a coinbase names its height, so its txid cannot repeat. */
const BIP34_HEIGHT = 227_931;

/** Facts of one file, or of a chunk of a long one, on their way into the store. */
export class Intake {
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

  /** Checks one transaction, then adds it or merges it with what other sources said. Tells which. */
  take(given: TransactionRecord): keyof Intake['counts'] {
    const record = this.withSpends(given);
    this.check(record);
    const same = this.table.byTxid(record.txid).find((stored) => isSameInstance(stored.record, record));
    if (same === undefined) {
      if (this.table.byTxid(record.txid).length > 0) this.twins.add(record.txid);
      this.touched.add(this.table.insert(record));
      this.counts.added += 1;
      return 'added';
    }
    return this.keepMerged(same.tx, same.record, mergeRecords(same.record, record));
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

  private keepMerged(tx: TxId, before: TransactionRecord, merged: TransactionRecord): keyof Intake['counts'] {
    if (JSON.stringify(merged) === JSON.stringify(before)) {
      this.counts.unchanged += 1;
      return 'unchanged';
    }
    checkRecord(merged, this.network);
    this.table.update(tx, merged);
    this.touched.add(tx);
    this.counts.merged += 1;
    return 'merged';
  }

  /** Links, checks what became checkable, proves and orders. */
  settle(): void {
    const linked = linkBlocks(this.store, this.blocks);
    const placed = placeByBlock(this.store, { transactions: this.touched, blocks: [...this.blocks, ...linked] });
    for (const row of placed) this.touched.add(txId(row));
    const linker = new Linker(this.store);
    for (const id of this.twins) linker.reopen(id);
    const spenders = linker.link(this.touched);
    const changed = new Set([...this.touched, ...spenders]);
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
