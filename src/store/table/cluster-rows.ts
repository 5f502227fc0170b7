/**
 * Facts as clustering reads them: every transaction in total order, its inputs with what they spend, its outputs with
 * who spends them. Bytes stay bytes.
 */
import type Database from 'better-sqlite3';
import type { CaseStore } from '../open.ts';

/** A transaction; `height` null where no source placed it. */
export interface ClusterTxRow {
  readonly id: number;
  readonly height: number | null;
  readonly lockTime: number | null;
  readonly coinbase: number;
}

/** An input with the output it spends: `maker` is the transaction that made that output. */
export interface ClusterInputRow {
  readonly maker: number | null;
  readonly value: number | null;
  readonly address: string | null;
  readonly script: Buffer | null;
  readonly scriptSig: Buffer | null;
  /** Items in hex, each ended by a comma; null where no source says. */
  readonly witness: string | null;
}

/** An output with the transaction that spends it. */
export interface ClusterOutputRow {
  readonly value: number;
  readonly address: string | null;
  readonly script: Buffer | null;
  readonly spender: number | null;
}

/** Reads the facts of one open case. */
export class ClusterRows {
  private readonly txRows: Database.Statement<[number], ClusterTxRow>;
  private readonly inputRows: Database.Statement<[number], ClusterInputRow>;
  private readonly outputRows: Database.Statement<[number], ClusterOutputRow>;

  constructor({ db }: CaseStore) {
    this.txRows = db.prepare(
      `SELECT id, height, lock_time AS lockTime, coinbase FROM tx WHERE order_height <= ?
       ORDER BY order_height, order_rank`,
    );
    this.inputRows = db.prepare(
      `SELECT o.tx AS maker, i.value, a.text AS address, coalesce(i.prev_script, o.script) AS script, i.script_sig AS scriptSig, i.witness
       FROM input i LEFT JOIN output o ON o.id = i.prev_output LEFT JOIN address a ON a.id = i.prev_address
       WHERE i.tx = ? ORDER BY i.vin`,
    );
    this.outputRows = db.prepare(
      `SELECT o.value, a.text AS address, o.script, i.tx AS spender
       FROM output o LEFT JOIN address a ON a.id = o.address LEFT JOIN input i ON i.prev_output = o.id
       WHERE o.tx = ? ORDER BY o.vout`,
    );
  }

  /** Transactions up to a height, in total order; one without a height counts at that of its youngest parent. */
  transactions(untilHeight: number): ClusterTxRow[] {
    return this.txRows.all(untilHeight);
  }

  inputs(tx: number): ClusterInputRow[] {
    return this.inputRows.all(tx);
  }

  outputs(tx: number): ClusterOutputRow[] {
    return this.outputRows.all(tx);
  }
}
