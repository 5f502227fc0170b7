/**
 * Claim:      blocks that stand above everything in the case become the same rows, with the same numbers, as one transaction at a time would
 *             make (case/intake.ts and what it calls); where they would not, nothing is written and the caller goes that way.
 * Source:     the rules of link.ts, order.ts and of the check of a record, for transactions whose bytes, position and parents are all at hand.
 * Parameters: how a script's address is rendered.
 * Cost:       64 rows a statement; about 60 bytes a transaction and 24 an output in memory; older parents are looked up in the tables.
 * Fails when: never silently: `Irregular` says that something is there which the slow way must judge (a refusal, a twin, facts that disagree).
 */
import type Database from 'better-sqlite3';
import {
  type BlockRecord,
  MAX_MONEY_SAT,
  type RawInput,
  type RawOutput,
  type RawTransaction,
} from '../ledger/index.ts';
import { blob } from './bytes.ts';
import { putBlock } from './fact.ts';
import { NumberList } from './number-list.ts';
import type { CaseStore } from './open.ts';
import { RowWriter } from './row-writer.ts';
import { TxidTable } from './table/txid-table.ts';

/** Something only the slow way may judge. */
export class Irregular extends Error {}

/** One block with its transactions in order. */
export interface BulkBlock {
  readonly block: BlockRecord;
  readonly transactions: readonly RawTransaction[];
}

/** Spent outputs that the case holds, by their row. */
interface Parent {
  readonly output: number;
  readonly valueSat: number;
  readonly script: Buffer | null;
  readonly address: number | null;
}

const TX_COLUMNS = [
  ...['id', 'txid', 'height', 'block_hash', 'position', 'timestamp_sec', 'version', 'lock_time', 'coinbase', 'fee'],
  ...['verified', 'order_height', 'order_rank'],
];
const OUTPUT_COLUMNS = ['id', 'tx', 'vout', 'value', 'script', 'address'];
const INPUT_COLUMNS = [
  ...['tx', 'vin', 'prev_txid', 'prev_vout', 'prev_output', 'value', 'prev_script', 'prev_address'],
  ...['script_sig', 'sequence', 'witness'],
];

/** Scripts whose address is remembered; more are looked up again. */
const MAX_REMEMBERED = 1_000_000;

function refuseUnless(holds: boolean): asserts holds {
  if (!holds) throw new Irregular();
}

/** Whether blocks from this height on may be loaded in bulk: all the case holds has a place, and stands below. */
export function standsAbove(store: CaseStore, height: number): boolean {
  const above = store.db.prepare('SELECT 1 FROM tx WHERE order_height >= ? LIMIT 1').get(height);
  const placeless = store.db.prepare('SELECT 1 FROM tx WHERE height IS NULL LIMIT 1').get();
  return above === undefined && placeless === undefined;
}

/** A load under way. After `Irregular`, or when anything else wrote to the case, it is of no more use. */
export class BulkLoader {
  private readonly store: CaseStore;
  private readonly addressOf: (script: Buffer) => string | null;
  private readonly rows;
  private readonly older: OlderFacts | null;
  private readonly txids = new TxidTable();
  /** Txids that are spent from and were not there: a transaction that brings one later would stand after its child. */
  private readonly missing = new TxidTable();
  private readonly firstOutput = new NumberList();
  private readonly outputValueSat = new NumberList();
  private readonly outputAddress = new NumberList();
  private readonly spent = new NumberList();
  private readonly addresses = new Map<string, number | null>();
  private readonly firstTx: number;
  private readonly firstOutputRow: number;
  private nextAddress: number;
  private readonly script;
  private readonly addressRow;
  private forgotAddresses = false;
  private lastHeight = -1;

  constructor(store: CaseStore, addressOf: (script: Buffer) => string | null) {
    const { db } = store;
    this.store = store;
    this.addressOf = addressOf;
    const next = (table: string): number =>
      (db.prepare(`SELECT coalesce(max(id), 0) + 1 FROM ${table}`).pluck().get() as number) ?? 1;
    this.firstTx = next('tx');
    this.firstOutputRow = next('output');
    this.nextAddress = next('address');
    this.older = this.firstTx === 1 && this.nextAddress === 1 ? null : new OlderFacts(db);
    this.script = db.prepare('SELECT script FROM output WHERE id = ?').pluck();
    this.addressRow = db.prepare('SELECT id FROM address WHERE text = ?').pluck();
    this.rows = {
      tx: new RowWriter(db, 'tx', TX_COLUMNS),
      output: new RowWriter(db, 'output', OUTPUT_COLUMNS),
      input: new RowWriter(db, 'input', INPUT_COLUMNS),
      address: new RowWriter(db, 'address', ['id', 'text']),
    };
  }

  /** Adds a block above all before it. Throws Irregular, leaving rows behind that the caller's transaction must undo. */
  add({ block, transactions }: BulkBlock): void {
    const { height } = block;
    refuseUnless(height !== null && height > this.lastHeight && transactions.length > 0);
    this.lastHeight = height;
    putBlock(this.store, block);
    const hash = blob(block.hash);
    const coinbase = this.txids.size;
    transactions.forEach((transaction, position) => {
      const tx = this.firstTx + this.txids.size;
      const feeSat = this.addTransaction(transaction, { tx, position, coinbase });
      const rank = position === 0 ? transactions.length : position;
      const { txid, version, lockTime } = transaction;
      const isCoinbase = position === 0 ? 1 : 0;
      this.rows.tx.add(
        tx,
        txid,
        height,
        hash,
        position,
        block.timestampSec,
        version,
        lockTime,
        isCoinbase,
        feeSat,
        1,
        height,
        rank,
      );
    });
  }

  /** Writes what is collected; before the end of a transaction. */
  flush(): void {
    for (const writer of Object.values(this.rows)) writer.flush();
  }

  /** Outputs, then inputs, in the order in which the slow way meets addresses. Returns the fee where it is known. */
  private addTransaction(given: RawTransaction, at: { tx: number; position: number; coinbase: number }): number | null {
    const { txid, inputs, outputs } = given;
    refuseUnless(this.txids.add(txid) && this.missing.find(txid) < 0 && this.older?.meets(txid) !== true);
    const first = this.firstOutputRow + this.outputValueSat.size;
    this.firstOutput.push(first);
    let paidSat = 0;
    outputs.forEach(({ valueSat, script }, vout) => {
      const address = this.address(script);
      this.rows.output.add(first + vout, at.tx, vout, valueSat, script, address);
      this.outputValueSat.push(valueSat);
      this.outputAddress.push(address ?? 0);
      this.spent.push(0);
      paidSat += valueSat;
      refuseUnless(paidSat <= MAX_MONEY_SAT);
    });
    if (at.position === 0) {
      const [{ scriptSig, sequence, witness }] = inputs;
      this.rows.input.add(at.tx, 0, null, null, null, null, null, null, scriptSig, sequence, witness);
      return null;
    }
    const takenSat = this.addInputs(given, at);
    refuseUnless(takenSat === null || (takenSat >= paidSat && takenSat <= MAX_MONEY_SAT));
    return takenSat === null ? null : takenSat - paidSat;
  }

  /** Returns the sum of the inputs, or null where one is unknown. */
  private addInputs({ txid, inputs }: RawTransaction, at: { tx: number; coinbase: number }): number | null {
    let sumSat: number | null = 0;
    const strangers: RawInput[] = [];
    inputs.forEach((input, vin) => {
      const { prevTxid, prevVout, scriptSig, sequence, witness, spent } = input;
      const parent = this.parent(input, at.coinbase);
      if (parent === null) {
        refuseUnless(!prevTxid.equals(txid) && !strangers.some((other) => isSameOutput(other, input)));
        strangers.push(input);
        if (this.missing.find(prevTxid) < 0) this.missing.add(prevTxid);
      }
      const stated = spent === null ? null : this.address(spent.script);
      refuseUnless(parent === null || spent === null || agrees(parent, spent, stated));
      const valueSat = spent?.valueSat ?? parent?.valueSat ?? null;
      const script = spent?.script ?? parent?.script ?? null;
      const address = stated ?? parent?.address ?? null;
      const prevOutput = parent?.output ?? null;
      this.rows.input.add(
        at.tx,
        vin,
        prevTxid,
        prevVout,
        prevOutput,
        valueSat,
        script,
        address,
        scriptSig,
        sequence,
        witness,
      );
      sumSat = sumSat === null || valueSat === null ? null : sumSat + valueSat;
    });
    return sumSat;
  }

  /** The output an input spends, marked as spent; null where the case does not hold it. */
  private parent({ prevTxid, prevVout, spent }: RawInput, coinbase: number): Parent | null {
    const index = this.txids.find(prevTxid);
    if (index < 0) return this.older?.spend(prevTxid, prevVout) ?? null;
    // A coinbase is spent in a later block; the newest transaction is the spender itself.
    refuseUnless(index !== coinbase && index < this.txids.size - 1);
    const output = this.firstOutput.get(index) + prevVout;
    refuseUnless(output < this.firstOutput.get(index + 1));
    const place = output - this.firstOutputRow;
    refuseUnless(this.spent.get(place) === 0);
    this.spent.set(place, 1);
    const address = this.outputAddress.get(place) || null;
    // An address has one script, so that only scripts without address need a look at the row.
    const script = spent === null || address === null ? this.scriptOf(output) : spent.script;
    return { output, valueSat: this.outputValueSat.get(place), script, address };
  }

  private scriptOf(output: number): Buffer | null {
    const written = this.firstOutputRow + this.outputValueSat.size - this.rows.output.pending;
    if (output >= written) this.rows.output.flush();
    return this.script.get(output) as Buffer | null;
  }

  /** Row of a script's address, made on first sight. */
  private address(script: Buffer): number | null {
    const key = script.toString('latin1');
    const known = this.addresses.get(key);
    if (known !== undefined) return known;
    if (this.addresses.size >= MAX_REMEMBERED) {
      this.rows.address.flush();
      this.addresses.clear();
      this.forgotAddresses = true;
    }
    const text = this.addressOf(script);
    const stored =
      text === null || (this.older === null && !this.forgotAddresses) ? undefined : this.addressRow.get(text);
    const row = text === null ? null : ((stored as number | undefined) ?? this.nextAddress);
    if (row === this.nextAddress) {
      this.rows.address.add(row, text);
      this.nextAddress += 1;
    }
    this.addresses.set(key, row);
    return row;
  }
}

function isSameOutput(a: RawInput, b: RawInput): boolean {
  return a.prevVout === b.prevVout && a.prevTxid.equals(b.prevTxid);
}

/** Whether an undo record says of an output what the case does. */
function agrees(parent: Parent, spent: RawOutput, address: number | null): boolean {
  const sameScript = parent.script === null || parent.script.equals(spent.script);
  return parent.valueSat === spent.valueSat && parent.address === address && sameScript;
}

/** What was in the case before the load. */
class OlderFacts {
  private readonly tx;
  private readonly waiting;
  private readonly output;
  private readonly spender;
  private readonly spentHere = new Set<number>();

  constructor(db: Database.Database) {
    this.tx = db.prepare<[Buffer], number>('SELECT id FROM tx WHERE txid = ? LIMIT 2').pluck();
    this.waiting = db.prepare('SELECT 1 FROM input WHERE prev_output IS NULL AND prev_txid = ? LIMIT 1');
    this.output = db.prepare<
      [number, number],
      { id: number; value: number; script: Buffer | null; address: number | null; spender_txid: Buffer | null }
    >('SELECT id, value, script, address, spender_txid FROM output WHERE tx = ? AND vout = ?');
    this.spender = db.prepare('SELECT 1 FROM input WHERE prev_output = ?');
  }

  /** Whether a txid is in the case, or an input of the case waits for it. */
  meets(txid: Buffer): boolean {
    return this.tx.get(txid) !== undefined || this.waiting.get(txid) !== undefined;
  }

  /** An output that is spent now; null where the case does not hold its transaction. Throws Irregular. */
  spend(txid: Buffer, vout: number): Parent | null {
    const [tx, twin] = this.tx.all(txid) as number[];
    if (tx === undefined) return null;
    const row = this.output.get(tx, vout);
    refuseUnless(twin === undefined && row !== undefined && row.spender_txid === null);
    refuseUnless(this.spender.get(row.id) === undefined && !this.spentHere.has(row.id));
    this.spentHere.add(row.id);
    return { output: row.id, valueSat: row.value, script: row.script, address: row.address };
  }
}
