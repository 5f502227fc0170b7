/** Rows of one body that tell of the same transaction become one record. Each fills what the others left open; two that differ are an error. */
import {
  type AccountTransactionRecord,
  type ErrorPlace,
  type EventRecord,
  type InternalMove,
  SpoorError,
  type TokenMove,
} from '../../ledger/index.ts';
import type { LocatedAccountTransaction } from './record.ts';

const SCALARS = [
  'blockNumber',
  'blockHash',
  'txIndex',
  'timestampSec',
  'from',
  'to',
  'created',
  'valueWei',
  'succeeded',
  'nonce',
  'type',
  'methodId',
  'gasPriceWei',
  'feeWei',
  'burntWei',
] as const;

/** Lists of one record, both possibly unstated. */
function joined<T>(a: readonly T[] | null, b: readonly T[] | null): readonly T[] | null {
  if (a === null || b === null) return a ?? b;
  return [...a, ...b];
}

/** A list that names every move leaves no room for one more. */
function checkWhole(a: AccountTransactionRecord, b: AccountTransactionRecord, place: ErrorPlace): void {
  for (const list of ['internal', 'tokens'] as const) {
    const more = a.whole?.includes(list) === true ? b[list] : b.whole?.includes(list) === true ? a[list] : null;
    if ((more?.length ?? 0) === 0) continue;
    throw new SpoorError(
      'SOURCES_DISAGREE',
      `one row of ${a.hash ?? a.rowKey} leaves no room for further ${list === 'internal' ? 'moves by contracts' : 'token moves'}, another tells of one`,
      { ...place, field: list },
    );
  }
}

/** Two statements about one transaction as one; lists are put one after the other. Throws SOURCES_DISAGREE naming the field. */
export function joinRecords(
  a: AccountTransactionRecord,
  b: AccountTransactionRecord,
  place: ErrorPlace,
): AccountTransactionRecord {
  checkWhole(a, b, place);
  const scalars: Record<string, unknown> = {};
  for (const field of SCALARS) {
    const [left, right] = [a[field], b[field]];
    if (left !== null && right !== null && left !== right) {
      throw new SpoorError(
        'SOURCES_DISAGREE',
        `two rows about ${a.hash ?? a.rowKey} differ: ${left} and ${right}`,
        { ...place, field },
        'One of them is damaged, or they are of two chains or of two sides of a reorganisation.',
      );
    }
    scalars[field] = left ?? right;
  }
  const whole = [...new Set([...(a.whole ?? []), ...(b.whole ?? [])])];
  return {
    ...a,
    ...scalars,
    delegated: joined(a.delegated, b.delegated),
    internal: joined<InternalMove>(a.internal, b.internal),
    tokens: joined<TokenMove>(a.tokens, b.tokens),
    events: joined<EventRecord>(a.events, b.events),
    ...(whole.length === 0 ? {} : { whole }),
    approximate: a.approximate || b.approximate,
  };
}

/** Collects rows by transaction, in the order of their first row. */
export class RowBook {
  private readonly rows = new Map<string, { record: AccountTransactionRecord; place: ErrorPlace }>();

  /** Adds a row; rows without a hash stand for themselves. Throws SOURCES_DISAGREE. */
  add(record: AccountTransactionRecord, place: ErrorPlace): void {
    const key = record.hash ?? `row ${record.rowKey}`;
    const known = this.rows.get(key);
    if (known === undefined) this.rows.set(key, { record, place });
    else known.record = joinRecords(known.record, record, place);
  }

  /** What was collected. */
  transactions(): LocatedAccountTransaction[] {
    return [...this.rows.values()];
  }
}
