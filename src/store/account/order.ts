/**
 * Claim:      every transaction of an account chain has one place in one order, which follows from the facts alone.
 * Source:     adapters C1: (block, index); ours where a source tells neither.
 * Parameters: none.
 * Cost:       O(transactions of the touched blocks), and of the rows without a block between them.
 * Fails when: no source tells the index: then such transactions follow those with one, by sender and nonce, then hash. They are marked as not placed.
 *
 * A row that names no block is placed by its time: inside the block of that very time, else after the last block before it. One without a time is last of all.
 */
import { SpoorError } from '../../ledger/index.ts';
import type { CaseStore } from '../open.ts';
import { plucked, prepared } from '../statement.ts';

/** Keys of one block: its transactions, its end, balances after it, then rows between it and the next. 2^31 blocks of 2^22 keys are a safe integer. */
export const KEYS_PER_BLOCK = 2 ** 22;
const END_OF_BLOCK = 2 ** 21;
/** Rows that lie before every block of the case. */
const BEFORE_ALL = -1;
/** Rows without a time lie after every block. */
const AFTER_ALL = 2 ** 31 - 2;

function firstKey(block: number): number {
  return (block + 1) * KEYS_PER_BLOCK;
}

/** Key of what happens at the end of a block. */
export function blockEndKey(block: number): number {
  return firstKey(block) + END_OF_BLOCK;
}

/** Key of a balance after a block: later than everything in it. */
export function balanceKey(block: number): number {
  return blockEndKey(block) + 1;
}

/** Orders anew the blocks that were touched and what lies between them. Throws SOURCES_DISAGREE where two transactions have one place. */
export function settleAccountOrder(store: CaseStore, txs: ReadonlySet<number>, blocks: ReadonlySet<number>): void {
  const order = new Order(store);
  const touched = new Set<number>(blocks);
  for (const tx of txs) touched.add(order.blockFor(tx));
  if (order.hasLoose()) for (const block of [...touched]) touched.add(order.timedBefore(block));
  for (const block of touched) order.rank(block);
}

interface Member {
  id: number;
  name: string;
  tx_index: number | null;
  sender: string | null;
  nonce: number | null;
}

class Order {
  private readonly db: CaseStore['db'];
  private readonly setKey;

  constructor({ db }: CaseStore) {
    this.db = db;
    this.setKey = prepared(db, 'UPDATE account_tx SET order_key = ?, placed = ? WHERE id = ?');
  }

  hasLoose(): boolean {
    return plucked(this.db, 'SELECT EXISTS (SELECT 1 FROM account_tx WHERE block_number IS NULL)').get() === 1;
  }

  /** The block a transaction is ordered at. */
  blockFor(tx: number): number {
    const row = prepared<[number], { block_number: number | null; timestamp_sec: number | null }>(
      this.db,
      'SELECT block_number, timestamp_sec FROM account_tx WHERE id = ?',
    ).get(tx);
    if (row === undefined) throw new Error(`no transaction has row ${tx}`);
    if (row.block_number !== null) return row.block_number;
    return row.timestamp_sec === null ? AFTER_ALL : this.blockAt(row.timestamp_sec);
  }

  /** The last block not after a time. */
  private blockAt(timeSec: number): number {
    const sql =
      'SELECT number FROM account_block WHERE timestamp_sec <= ? ORDER BY timestamp_sec DESC, number DESC LIMIT 1';
    return plucked<[number], number>(this.db, sql).get(timeSec) ?? BEFORE_ALL;
  }

  private timeOf(block: number): number | null {
    const sql = 'SELECT timestamp_sec FROM account_block WHERE number = ?';
    return plucked<[number], number | null>(this.db, sql).get(block) ?? null;
  }

  /** The block whose rows a newly timed block may have taken over. */
  timedBefore(block: number): number {
    const timeSec = this.timeOf(block);
    return timeSec === null ? block : this.blockAt(timeSec - 1);
  }

  /** Gives every transaction of a block, and every row up to the next, its key. */
  rank(block: number): void {
    const { inside, after } = this.looseOf(block);
    const members = [...this.membersOf(block), ...inside];
    this.refuseTwoInOnePlace(block, members);
    if (Math.max(members.length, after.length) >= END_OF_BLOCK - 2) {
      throw new SpoorError('TOO_LARGE', `more than ${END_OF_BLOCK - 2} transactions have no place but block ${block}`);
    }
    members.sort(byPlace).forEach(({ id, tx_index }, rank) => {
      this.setKey.run(firstKey(block) + rank, tx_index === null ? 0 : 1, id);
    });
    after.forEach(({ id }, rank) => {
      this.setKey.run(balanceKey(block) + 1 + rank, 0, id);
    });
  }

  private membersOf(block: number): Member[] {
    return prepared<[number], Member>(
      this.db,
      `SELECT t.id, coalesce(t.row_key, lower(hex(t.hash))) AS name, t.tx_index, s.account AS sender, t.nonce FROM account_tx t
       LEFT JOIN account_name s ON s.id = t.sender WHERE t.block_number = ?`,
    ).all(block);
  }

  /** Rows without a block: those of the very time of this one, and those up to the next. */
  private looseOf(block: number): { inside: Member[]; after: Member[] } {
    const rows = (where: string, ...values: number[]): Member[] =>
      prepared<number[], Member>(
        this.db,
        `SELECT id, coalesce(row_key, lower(hex(hash))) AS name, NULL AS tx_index, NULL AS sender, NULL AS nonce FROM account_tx
         WHERE block_number IS NULL AND ${where} ORDER BY timestamp_sec, name`,
      ).all(...values);
    if (block === AFTER_ALL) return { inside: [], after: rows('timestamp_sec IS NULL') };
    if (block === BEFORE_ALL) {
      const first = plucked<[], number | null>(this.db, 'SELECT min(timestamp_sec) FROM account_block').get() ?? null;
      return {
        inside: [],
        after: first === null ? rows('timestamp_sec IS NOT NULL') : rows('timestamp_sec < ?', first),
      };
    }
    const timeSec = this.timeOf(block);
    // Of blocks of one second (some chains have them) the last takes the rows.
    if (timeSec === null || this.blockAt(timeSec) !== block) return { inside: [], after: [] };
    const next = plucked<[number], number | null>(
      this.db,
      'SELECT min(timestamp_sec) FROM account_block WHERE timestamp_sec > ?',
    ).get(timeSec);
    const after =
      next === null || next === undefined
        ? rows('timestamp_sec > ?', timeSec)
        : rows('timestamp_sec > ? AND timestamp_sec < ?', timeSec, next);
    return { inside: rows('timestamp_sec = ?', timeSec), after };
  }

  private refuseTwoInOnePlace(block: number, members: readonly Member[]): void {
    const taken = new Map<number, Member>();
    for (const member of members) {
      if (member.tx_index === null) continue;
      const before = taken.get(member.tx_index);
      if (before !== undefined) {
        const names = [before.name, member.name].sort().map((name) => `0x${name}`);
        throw new SpoorError('SOURCES_DISAGREE', `${names.join(' and ')} both have place ${member.tx_index}`, {
          record: `block ${block}`,
          field: 'txIndex',
        });
      }
      taken.set(member.tx_index, member);
    }
  }
}

/** Known places first; then one sender's in the order of their nonces, else by name. */
function byPlace(a: Member, b: Member): number {
  if (a.tx_index !== null || b.tx_index !== null)
    return (a.tx_index ?? Number.POSITIVE_INFINITY) - (b.tx_index ?? Number.POSITIVE_INFINITY);
  const [left, right] = [a.sender ?? '~', b.sender ?? '~'];
  if (left !== right) return left < right ? -1 : 1;
  if (a.nonce !== b.nonce) return (a.nonce ?? Number.POSITIVE_INFINITY) - (b.nonce ?? Number.POSITIVE_INFINITY);
  return a.name < b.name ? -1 : 1;
}
