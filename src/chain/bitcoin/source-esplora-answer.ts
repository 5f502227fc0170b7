/**
 * Answers of an Esplora server, read before they are believed or recorded. One that is none (a page of a proxy, an answer cut short, an answer about
 * something else) throws MALFORMED: recorded, it would be given again and again to a question that the server would answer well the next time.
 */
import { SpoorError, type Txid } from '../../ledger/index.ts';
import { Field, INDEX_MAX } from '../file/field.ts';
import { parseJson, textOfBytes } from '../file/json.ts';
import { txidField } from './fields.ts';

/** What to do about an answer that is none. */
export const ANOTHER_TIME = 'nothing of it was kept; run the command again later, or ask another source';

/** `read` of an answer's JSON; every complaint names host and question, and says what to do. Throws MALFORMED. */
export function readAnswer<T>(bytes: Buffer, about: { host: string; what: string }, read: (body: Field) => T): T {
  const file = `the answer of ${about.host} about ${about.what}`;
  try {
    return read(new Field(parseJson(textOfBytes(bytes, { file }), file), '', { file }));
  } catch (error) {
    if (!(error instanceof SpoorError)) throw error;
    throw new SpoorError(error.code, error.message, error.place, error.hint ?? ANOTHER_TIME);
  }
}

/** Checks that a transaction is the one asked for. Throws MALFORMED. */
export function checkTransaction(body: Field, id: Txid): void {
  if (txidField(body.at('txid')) !== id) throw body.at('txid').error(`another transaction than ${id}`);
}

/** Spenders of the outputs of a transaction in the order of the answer, null where no block holds one. Throws MALFORMED. */
export function spendersOf(body: Field): Array<Txid | null> {
  const rows = body.items();
  // Every transaction has an output.
  if (rows.length === 0) throw body.error('an empty list, and every transaction has an output');
  return rows.map((row) => {
    if (!row.at('spent').flag()) return null;
    const status = row.at('status');
    return status.isObject && status.at('confirmed').value === false ? null : txidField(row.at('txid'));
  });
}

/** Confirmed transactions that the statistics of an address state. Throws MALFORMED. */
export function statedCount(body: Field): number {
  const statistics = body.at('chain_stats');
  return statistics.at('tx_count').whole(INDEX_MAX);
}

/** Transactions of a page of a history. Throws MALFORMED. */
export function pageIds(body: Field): Txid[] {
  return body.items().map((tx) => txidField(tx.at('txid')));
}
