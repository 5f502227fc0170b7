/** Inputs whose parent the case does not hold: what is known of an output that is only seen being spent. */
import type { Txid } from '../ledger/index.ts';
import { hex } from './bytes.ts';
import type { CaseStore } from './open.ts';
import { plucked } from './statement.ts';

/** Txid of a transaction of the case that spends an output of one it does not hold; of any of its outputs where `vout` is null. Null when none does. */
export function spenderOfMissing(store: CaseStore, txid: Txid, vout: number | null): string | null {
  const found = plucked<[Buffer, number | null, number | null], Buffer>(
    store.db,
    `SELECT t.txid FROM input i JOIN tx t ON t.id = i.tx WHERE i.prev_output IS NULL AND i.prev_txid = ?
     AND (? IS NULL OR i.prev_vout IS NULL OR i.prev_vout = ?) ORDER BY t.order_height, t.order_rank LIMIT 1`,
  ).get(Buffer.from(txid, 'hex'), vout, vout);
  return found === undefined ? null : hex(found);
}
