/**
 * Claim:      a row of a table of transfers without hashes that tells of the same transfer as a transaction with one is kept and counts once.
 * Source:     our own. Same sender, receiver, asset and time (that of the block); amounts equal, or near where one went through a float.
 * Parameters: none.
 * Cost:       O(transfers of the times that were touched), nothing where the case holds no such row.
 * Fails when: a table rounds its amounts more than a float does, or its times are not those of the blocks: then its rows stand beside the transactions.
 *
 * Rows and transfers are matched one to one, both by amount, then by name: what is left over stands as a transaction without hash.
 */
import type { AccountTransactionRecord } from '../../ledger/index.ts';
import type { CaseStore } from '../open.ts';
import { plucked, prepared } from '../statement.ts';
import { isNear } from './list.ts';
import { AccountNames } from './name.ts';
import { AccountRows } from './rows.ts';

interface Transfer {
  readonly tx: number;
  readonly name: string;
  readonly parties: string;
  readonly amount: bigint;
  readonly approximate: boolean;
}

/** Finds anew which rows are told by a transaction, at every time that was touched. */
export function settleShadows(store: CaseStore, txs: ReadonlySet<number>, blocks: ReadonlySet<number>): void {
  const { db } = store;
  if (plucked(db, 'SELECT EXISTS (SELECT 1 FROM account_tx WHERE hash IS NULL)').get() !== 1) return;
  const times = new Set<number>();
  const timeOfTx = plucked<[number], number | null>(
    db,
    'SELECT coalesce(t.timestamp_sec, b.timestamp_sec) FROM account_tx t LEFT JOIN account_block b ON b.number = t.block_number WHERE t.id = ?',
  );
  const timeOfBlock = plucked<[number], number | null>(db, 'SELECT timestamp_sec FROM account_block WHERE number = ?');
  for (const timeSec of [
    ...[...txs].map((tx) => timeOfTx.get(tx)),
    ...[...blocks].map((block) => timeOfBlock.get(block)),
  ])
    if (timeSec !== null && timeSec !== undefined) times.add(timeSec);
  const rows = new AccountRows(store, new AccountNames(store));
  for (const timeSec of times) settleTime(store, rows, timeSec);
}

function settleTime(store: CaseStore, table: AccountRows, timeSec: number): void {
  const { db } = store;
  const loose = plucked<[number], number>(db, 'SELECT id FROM account_tx WHERE hash IS NULL AND timestamp_sec = ?').all(
    timeSec,
  );
  if (loose.length === 0) return;
  const hashed = plucked<unknown[], number>(
    db,
    `SELECT t.id FROM account_block b JOIN account_tx t ON t.block_number = b.number WHERE b.timestamp_sec = ?1 AND t.hash IS NOT NULL
     UNION SELECT id FROM account_tx WHERE block_number IS NULL AND timestamp_sec = ?1 AND hash IS NOT NULL`,
  ).all({ 1: timeSec });
  const read = (ids: readonly number[]): Transfer[] => ids.flatMap((tx) => transfersOf(table, tx)).sort(byAmount);
  const rows = loose.map((row) => read([row])).filter((transfers) => transfers.length === 1);
  const owners = matched(rows.flat().sort(byAmount), read(hashed));
  const set = prepared(db, 'UPDATE account_tx SET shadowed_by = ? WHERE id = ?');
  for (const row of loose) set.run(owners.get(row) ?? null, row);
}

/** Transfers by the parties they are between; both lists by amount, then name. */
function matched(rows: readonly Transfer[], transfers: readonly Transfer[]): Map<number, number> {
  const owners = new Map<number, number>();
  const open = new Map<string, Transfer[]>();
  for (const transfer of transfers) open.set(transfer.parties, [...(open.get(transfer.parties) ?? []), transfer]);
  for (const row of rows) {
    const candidates = open.get(row.parties) ?? [];
    const at = candidates.findIndex((transfer) => isSame(row, transfer));
    if (at < 0) continue;
    owners.set(row.tx, candidates[at].tx);
    candidates.splice(at, 1);
  }
  return owners;
}

function isSame(a: Transfer, b: Transfer): boolean {
  return a.amount === b.amount || ((a.approximate || b.approximate) && isNear(a.amount, b.amount));
}

function byAmount(a: Transfer, b: Transfer): number {
  if (a.amount !== b.amount) return a.amount < b.amount ? -1 : 1;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/** What a transaction transfers: its own value, ether moved by contracts, tokens. */
function transfersOf(table: AccountRows, tx: number): Transfer[] {
  const { scalars, approximate, internal, tokens } = table.fact(tx);
  if (scalars.succeeded === false) return [];
  const name = scalars.hash ?? scalars.rowKey ?? '';
  const top = topTransfer(scalars).map((one) => ({ ...one, tx, name, approximate: approximate.includes('valueWei') }));
  const moves = [...internal.items, ...tokens.items].map(({ group, amount, approximate: vague }) => ({
    tx,
    name,
    parties: group,
    amount,
    approximate: vague,
  }));
  return [...top, ...moves];
}

function topTransfer(record: TopWords): Array<Pick<Transfer, 'parties' | 'amount'>> {
  const receiver = record.to ?? record.created;
  if (record.from === null || receiver === null || record.valueWei === null) return [];
  return [{ parties: `${record.from} to ${receiver}`, amount: record.valueWei }];
}

type TopWords = Pick<AccountTransactionRecord, 'from' | 'to' | 'created' | 'valueWei'>;
