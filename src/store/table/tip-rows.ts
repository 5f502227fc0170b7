/** How far in time the blocks of a case reach, chain by chain. */
import { chainIdOf } from '../account/chain-id.ts';
import type { CaseStore } from '../open.ts';
import { plucked } from '../statement.ts';

/**
 * A chain that the case holds something of, and the time of its highest block in seconds since epoch; null where none is told of it. When a source first saw a
 * transaction stands in for the time of its block, as in `latestTimeSec`.
 */
export interface TipTime {
  readonly chain: 'bitcoin' | 'ethereum';
  readonly tipSec: number | null;
}

/** Each highest row is found by an index over height: this is asked again and again while a service runs. */
const BITCOIN_TIP = `SELECT max(timestamp_sec) FROM (
  SELECT * FROM (SELECT timestamp_sec FROM block WHERE height IS NOT NULL ORDER BY height DESC LIMIT 1) UNION ALL
  SELECT * FROM (SELECT coalesce(timestamp_sec, seen_sec) FROM tx WHERE height IS NOT NULL ORDER BY height DESC LIMIT 1))`;
const BITCOIN_HELD = 'SELECT EXISTS (SELECT 1 FROM tx) OR EXISTS (SELECT 1 FROM block)';
const ETHEREUM_TIP = `SELECT max(timestamp_sec) FROM (
  SELECT * FROM (SELECT timestamp_sec FROM account_block ORDER BY number DESC LIMIT 1) UNION ALL
  SELECT * FROM (SELECT timestamp_sec FROM account_tx WHERE block_number IS NOT NULL ORDER BY block_number DESC LIMIT 1))`;

/** The chains that the case holds something of. */
export function tipTimes(store: CaseStore): TipTime[] {
  const timeOf = (sql: string): number | null => plucked<[], number | null>(store.db, sql).get() ?? null;
  const held: TipTime[] = [];
  if (plucked<[], number>(store.db, BITCOIN_HELD).get() === 1)
    held.push({ chain: 'bitcoin', tipSec: timeOf(BITCOIN_TIP) });
  if (chainIdOf(store) !== null) held.push({ chain: 'ethereum', tipSec: timeOf(ETHEREUM_TIP) });
  return held;
}
