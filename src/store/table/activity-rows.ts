/** Which transactions an address takes part in, on either side, and how far in time the facts reach. */
import { type Address, type TxId, txId } from '../../ledger/index.ts';
import type { CaseStore } from '../open.ts';
import { plucked } from '../statement.ts';

/**
 * Transactions that pay one of the addresses or spend from one, in total order. Inputs have no index by address: one
 * scan of them, whatever the number of addresses.
 */
export function transactionsOfAddresses({ db }: CaseStore, addresses: readonly Address[]): TxId[] {
  const found = plucked<[string], number>(
    db,
    `WITH asked AS MATERIALIZED (SELECT id FROM address WHERE text IN (SELECT value FROM json_each(?)))
     SELECT id FROM tx WHERE id IN (
       SELECT tx FROM output WHERE address IN (SELECT id FROM asked)
       UNION SELECT tx FROM input WHERE prev_address IN (SELECT id FROM asked))
     ORDER BY order_height, order_rank`,
  ).all(JSON.stringify(addresses));
  return found.map((id) => txId(id));
}

/** Latest time of any transaction of the case, in seconds since epoch; null where none has a time. */
export function latestTimeSec({ db }: CaseStore): number | null {
  return plucked<[], number | null>(db, 'SELECT max(coalesce(timestamp_sec, seen_sec)) FROM tx').get() ?? null;
}
