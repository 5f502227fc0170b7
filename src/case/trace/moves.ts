/** Moves of a walk back in text identities: what `why` and `trace --backward` show alike. */
import { NONE, outputId, type TxId, type ViewTransaction } from '../../ledger/index.ts';
import type { MoveRow } from '../../report/index.ts';
import type { BackStep, TaintPlace } from '../../taint/index.ts';
import type { CaseContext } from '../context.ts';
import { timeOf } from './hops.ts';

/** Reads places and moves; transactions are read once. */
export class MoveText {
  private readonly context: CaseContext;
  private readonly transactions = new Map<TxId, ViewTransaction>();

  constructor(context: CaseContext) {
    this.context = context;
  }

  /** A transaction for people. */
  transaction(tx: TxId): ViewTransaction {
    const known = this.transactions.get(tx);
    if (known !== undefined) return known;
    const read = this.context.view.transaction(tx);
    this.transactions.set(tx, read);
    return read;
  }

  /** An output as its outpoint with its address, a fee as `txid:fee`. */
  place({ tx, output }: TaintPlace): { outpoint: string; address: string | null } {
    const { txid, outputs } = this.transaction(tx);
    if (output === NONE) return { outpoint: `${txid}:fee`, address: null };
    const { outpoint, address } = outputs[outputId(output) - outputs[0].output];
    return { outpoint, address };
  }

  /** One move. */
  move(step: BackStep): MoveRow {
    const transaction = this.transaction(step.tx);
    const from = this.place(step.from);
    return {
      txid: transaction.txid,
      height: transaction.height,
      timestampSec: timeOf(transaction),
      from: from.outpoint,
      fromAddress: from.address,
      fromRange: step.fromRange,
      to: this.place(step.to).outpoint,
      toRange: step.toRange,
      amount: String(step.amountSat),
      proof: transaction.proof,
    };
  }
}
