/** Statements that an output is spent by a transaction. They may come before the transaction that made the output, and are kept until it does. */
import { type SpendRecord, SpoorError, type Txid, txid } from '../../ledger/index.ts';
import { hex } from '../bytes.ts';
import type { CaseStore } from '../open.ts';

/** Whether the case holds any statement: without one, nothing has to be looked up while facts come in. */
export function hasSpends(store: CaseStore): boolean {
  return store.db.prepare('SELECT 1 FROM spend LIMIT 1').get() !== undefined;
}

/** Keeps a statement; keeping it again changes nothing. Throws SOURCES_DISAGREE when another spender was stated. */
export function putSpend(store: CaseStore, { txid: id, vout, spenderTxid }: SpendRecord): void {
  const bytes = Buffer.from(id, 'hex');
  store.db
    .prepare('INSERT OR IGNORE INTO spend (txid, vout, spender) VALUES (?, ?, ?)')
    .run(bytes, vout, Buffer.from(spenderTxid, 'hex'));
  const kept = hex(
    store.db.prepare('SELECT spender FROM spend WHERE txid = ? AND vout = ?').pluck().get(bytes, vout) as Buffer,
  );
  if (kept === spenderTxid) return;
  throw new SpoorError('SOURCES_DISAGREE', `one source says ${kept} spends it, another ${spenderTxid}`, {
    record: `output ${id}:${vout}`,
    field: 'spenderTxid',
  });
}

/** Forgets every statement, for a rollback that states again what stays. */
export function clearSpends(store: CaseStore): void {
  store.db.exec('DELETE FROM spend');
}

/** Stated spenders of a transaction's outputs by vout. */
export function spendersOf(store: CaseStore, id: Txid): ReadonlyMap<number, Txid> {
  const rows = store.db
    .prepare('SELECT vout, spender FROM spend WHERE txid = ? ORDER BY vout')
    .all(Buffer.from(id, 'hex')) as Array<{ vout: number; spender: Buffer }>;
  return new Map(rows.map(({ vout, spender }) => [vout, txid(hex(spender))]));
}
