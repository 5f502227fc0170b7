/** Transactions in normal form to rows and back. The wire shapes ended in `chain/`; the row shapes end here. */
import type Database from 'better-sqlite3';
import {
  type Address,
  addressFromCodec,
  blockHash,
  type InputRecord,
  type OutputRecord,
  type Proof,
  SpoorError,
  satoshi,
  type TransactionRecord,
  type TxId,
  type Txid,
  txId,
  txid,
} from '../ledger/index.ts';
import { blob, flag, hex, truth } from './bytes.ts';
import type { CaseStore } from './open.ts';
import { plucked, prepared } from './statement.ts';

interface TxRow {
  id: number;
  txid: Buffer;
  height: number | null;
  block_hash: Buffer | null;
  position: number | null;
  timestamp_sec: number | null;
  seen_sec: number | null;
  version: number | null;
  lock_time: number | null;
  coinbase: number;
  fee: number | null;
  alias: string | null;
  verified: number;
}

interface InputRow {
  prev_txid: Buffer | null;
  prev_vout: number | null;
  prev_alias: string | null;
  value: number | null;
  prev_script: Buffer | null;
  prev_address: string | null;
  script_sig: Buffer | null;
  sequence: number | null;
  witness: string | null;
}

interface OutputRow {
  value: number;
  script: Buffer | null;
  address: string | null;
  spent: number | null;
  spender_txid: Buffer | null;
}

/** A stored transaction with its row number and proof. */
export interface StoredTransaction {
  readonly tx: TxId;
  readonly proof: Proof;
  readonly record: TransactionRecord;
}

/** Prepared statements for reading and writing transactions; made once per open case. */
export class RecordTable {
  private readonly rowsByTxid: Database.Statement<[Buffer], TxRow>;
  private readonly rowById: Database.Statement<[number], TxRow>;
  private readonly inputRows: Database.Statement<[number], InputRow>;
  private readonly outputRows: Database.Statement<[number], OutputRow>;
  private readonly insertTx;
  private readonly updateTx;
  private readonly insertOutput;
  private readonly updateOutput;
  private readonly insertInput;
  private readonly updateInput;
  private readonly insertAlias;
  private readonly aliasOwner;
  private readonly insertInputAlias;
  private readonly findAddress;
  private readonly insertAddress;
  private readonly addressIds = new Map<string, number>();

  constructor(store: CaseStore) {
    const { db } = store;
    this.rowsByTxid = prepared(db, 'SELECT * FROM tx WHERE txid = ? ORDER BY id');
    this.rowById = prepared(db, 'SELECT * FROM tx WHERE id = ?');
    this.inputRows = prepared(
      db,
      `SELECT prev_txid, prev_vout, prev_alias, value, prev_script, a.text AS prev_address, script_sig, sequence, witness
       FROM input LEFT JOIN address a ON a.id = prev_address WHERE tx = ? ORDER BY vin`,
    );
    this.outputRows = prepared(
      db,
      'SELECT value, script, a.text AS address, spent, spender_txid FROM output LEFT JOIN address a ON a.id = address WHERE tx = ? ORDER BY vout',
    );
    const txColumns = 'height, block_hash, position, timestamp_sec, seen_sec, version, lock_time, coinbase, fee, alias';
    this.insertTx = prepared(db, `INSERT INTO tx (txid, ${txColumns}) VALUES (?${', ?'.repeat(10)})`);
    this.updateTx = prepared(db, `UPDATE tx SET (${txColumns}) = (?${', ?'.repeat(9)}) WHERE id = ?`);
    this.insertOutput = prepared(
      db,
      'INSERT INTO output (value, script, address, spent, spender_txid, tx, vout) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.updateOutput = prepared(
      db,
      'UPDATE output SET (value, script, address, spent, spender_txid) = (?, ?, ?, ?, ?) WHERE tx = ? AND vout = ?',
    );
    const inputColumns =
      'prev_txid, prev_vout, prev_alias, value, prev_script, prev_address, script_sig, sequence, witness';
    this.insertInput = prepared(db, `INSERT INTO input (${inputColumns}, tx, vin) VALUES (?${', ?'.repeat(10)})`);
    this.updateInput = prepared(
      db,
      `UPDATE input SET (${inputColumns}) = (?${', ?'.repeat(8)}) WHERE tx = ? AND vin = ?`,
    );
    this.insertAlias = prepared(db, 'INSERT OR IGNORE INTO tx_alias (name, tx) VALUES (?, ?)');
    this.aliasOwner = plucked(db, 'SELECT tx FROM tx_alias WHERE name = ?');
    this.insertInputAlias = prepared(db, 'INSERT OR IGNORE INTO input_alias (name, tx, vin) VALUES (?, ?, ?)');
    this.findAddress = plucked(db, 'SELECT id FROM address WHERE text = ?');
    this.insertAddress = prepared(db, 'INSERT INTO address (text) VALUES (?)');
  }

  /** Every stored transaction with this txid, by row number: two for the txids that occur twice in the chain. */
  byTxid(id: Txid): StoredTransaction[] {
    return this.rowsByTxid.all(Buffer.from(id, 'hex')).map((row) => this.stored(row));
  }

  /** One stored transaction. Throws a bug error when there is none. */
  byId(tx: TxId): StoredTransaction {
    const row = this.rowById.get(tx);
    if (row === undefined) throw new Error(`no transaction has row ${tx}`);
    return this.stored(row);
  }

  /** Writes a new transaction. */
  insert(record: TransactionRecord): TxId {
    const { lastInsertRowid } = this.insertTx.run(Buffer.from(record.txid, 'hex'), ...this.txValues(record));
    const tx = txId(Number(lastInsertRowid));
    record.outputs.forEach((output, vout) => {
      this.insertOutput.run(...this.outputValues(output), tx, vout);
    });
    record.inputs.forEach((input, vin) => {
      this.insertInput.run(...this.inputValues(input), tx, vin);
    });
    this.keepAliases(tx, record);
    return tx;
  }

  /** Overwrites a stored transaction by its merge with another source: same txid, same inputs and outputs, fewer holes. */
  update(tx: TxId, record: TransactionRecord): void {
    this.updateTx.run(...this.txValues(record), tx);
    record.outputs.forEach((output, vout) => {
      this.updateOutput.run(...this.outputValues(output), tx, vout);
    });
    record.inputs.forEach((input, vin) => {
      const values = [...this.inputValues(input), tx, vin];
      // bitcoin-etl leaves a coinbase's input out; another source may bring it.
      if (this.updateInput.run(...values).changes === 0) this.insertInput.run(...values);
    });
    this.keepAliases(tx, record);
  }

  /** Every name a source has for the transaction and for what it spends. Throws SOURCES_DISAGREE when a name belongs to another one. */
  private keepAliases(tx: TxId, record: TransactionRecord): void {
    for (const name of record.alias?.split(' ') ?? []) {
      this.insertAlias.run(name, tx);
      if (this.aliasOwner.get(name) !== tx) {
        throw new SpoorError('SOURCES_DISAGREE', `${name} is the name of another transaction of the case`, {
          field: 'alias',
        });
      }
    }
    record.inputs.forEach((input, vin) => {
      for (const name of input.prevAlias?.split(' ') ?? []) this.insertInputAlias.run(name, tx, vin);
    });
  }

  private stored(row: TxRow): StoredTransaction {
    return {
      tx: txId(row.id),
      proof: row.verified === 1 ? 'verified' : 'asserted',
      record: {
        txid: txid(hex(row.txid)),
        height: row.height,
        blockHash: row.block_hash === null ? null : blockHash(hex(row.block_hash)),
        position: row.position,
        timestampSec: row.timestamp_sec,
        seenSec: row.seen_sec,
        version: row.version,
        lockTime: row.lock_time,
        coinbase: row.coinbase === 1,
        feeSat: row.fee === null ? null : satoshi(row.fee),
        alias: row.alias,
        inputs: this.inputRows.all(row.id).map(inputRecord),
        outputs: this.outputRows.all(row.id).map(outputRecord),
      },
    };
  }

  private txValues(record: TransactionRecord): unknown[] {
    return [
      record.height,
      blob(record.blockHash),
      record.position,
      record.timestampSec,
      record.seenSec,
      record.version,
      record.lockTime,
      flag(record.coinbase),
      record.feeSat,
      record.alias,
    ];
  }

  private outputValues(output: OutputRecord): unknown[] {
    const { valueSat, scriptPubKey, address, spent, spenderTxid } = output;
    return [valueSat, blob(scriptPubKey), this.addressRow(address), flag(spent), blob(spenderTxid)];
  }

  private inputValues(input: InputRecord): unknown[] {
    return [
      blob(input.prevTxid),
      input.prevVout,
      input.prevAlias,
      input.valueSat,
      blob(input.prevScript),
      this.addressRow(input.prevAddress),
      blob(input.scriptSig),
      input.sequence,
      witnessText(input.witness),
    ];
  }

  /** Row of an address, made on first sight. The cache lives as long as the open case and holds ids only. */
  private addressRow(address: Address | null): number | null {
    if (address === null) return null;
    const cached = this.addressIds.get(address);
    if (cached !== undefined) return cached;
    const found =
      (this.findAddress.get(address) as number | undefined) ?? Number(this.insertAddress.run(address).lastInsertRowid);
    this.addressIds.set(address, found);
    return found;
  }
}

/** Witness items as hex, each ended by a comma: an empty item and an empty list stay apart. */
function witnessText(witness: string[] | null): string | null {
  return witness === null ? null : witness.map((item) => `${item},`).join('');
}

function inputRecord(row: InputRow): InputRecord {
  return {
    prevTxid: row.prev_txid === null ? null : txid(hex(row.prev_txid)),
    prevVout: row.prev_vout,
    prevAlias: row.prev_alias,
    valueSat: row.value === null ? null : satoshi(row.value),
    prevScript: hex(row.prev_script),
    prevAddress: row.prev_address === null ? null : addressFromCodec(row.prev_address),
    scriptSig: hex(row.script_sig),
    sequence: row.sequence,
    witness: row.witness === null ? null : row.witness.split(',').slice(0, -1),
  };
}

function outputRecord(row: OutputRow): OutputRecord {
  return {
    valueSat: satoshi(row.value),
    scriptPubKey: hex(row.script),
    address: row.address === null ? null : addressFromCodec(row.address),
    spent: truth(row.spent),
    spenderTxid: row.spender_txid === null ? null : txid(hex(row.spender_txid)),
  };
}
