/**
 * Gives every transaction its place in the total order: height, position in block, coinbase last, parents before children.
 * Sources often leave the position out. Then known positions come first, the rest follow by txid, and within a block a parent is always
 * moved before its child: a rule of the facts alone, so the order in which files came does not matter. A transaction without a height
 * (getrawtransaction gives none) is ordered at that of its youngest parent, or at 0.
 */
import TinyQueue from 'tinyqueue';
import { SpoorError, type TxId, txId } from '../ledger/index.ts';
import { hex } from './bytes.ts';
import type { CaseStore } from './open.ts';
import { plucked, prepared } from './statement.ts';

/** Ranks of one height stay below this: a 4 MB block holds fewer than 70,000 transactions, the rest is room for those without a height. */
export const RANKS_PER_HEIGHT = 2 ** 21;

/** Order key of a transaction: a safe integer, heights stay below 2^31. */
export function orderKey(orderHeight: number, orderRank: number): number {
  return orderHeight * RANKS_PER_HEIGHT + orderRank;
}

interface Member {
  id: number;
  txid: Buffer;
  position: number | null;
  coinbase: number;
}

/** Orders anew every height that the given transactions touch. Throws LEDGER_INVALID for what cannot have happened in that order. */
export function settleOrder(store: CaseStore, touched: ReadonlySet<TxId>): void {
  const moved = placeAll(store, touched);
  const orderHeight = plucked<[number], number>(store.db, 'SELECT order_height FROM tx WHERE id = ?');
  const heights = new Set<number>(moved.heights);
  for (const tx of touched) heights.add(orderHeight.get(tx) as number);
  const ranker = new Ranker(store);
  for (const height of heights) {
    refuseTwoInOnePlace(store, height);
    ranker.rank(height);
  }
  refuseChildBeforeParent(store, new Set([...touched, ...moved.transactions]));
}

/**
 * Gives the touched transactions the height they are ordered at: their own, or for those without one that of their youngest parent (the next
 * after a coinbase), and so on down the chain of those without one. Returns what moved, and the heights it came from and went to.
 */
function placeAll(store: CaseStore, touched: ReadonlySet<TxId>): { transactions: Set<TxId>; heights: Set<number> } {
  const wantedHeight = prepared<[number], { height: number | null; order_height: number; wanted: number }>(
    store.db,
    `SELECT t.height, t.order_height, coalesce(t.height, max(coalesce(p.order_height + p.coinbase, 0))) AS wanted FROM tx t
     LEFT JOIN input i ON i.tx = t.id LEFT JOIN output o ON o.id = i.prev_output LEFT JOIN tx p ON p.id = o.tx WHERE t.id = ? GROUP BY t.id`,
  );
  const heightlessChildren = plucked<[number], number>(
    store.db,
    `SELECT DISTINCT c.id FROM output o JOIN input i ON i.prev_output = o.id JOIN tx c ON c.id = i.tx WHERE o.tx = ? AND c.height IS NULL`,
  );
  const move = prepared(store.db, 'UPDATE tx SET order_height = ? WHERE id = ?');
  const moved = { transactions: new Set<TxId>(), heights: new Set<number>() };
  const open = [...touched];
  for (let tx = open.pop(); tx !== undefined; tx = open.pop()) {
    const row = wantedHeight.get(tx);
    if (row === undefined || row.wanted === row.order_height) continue;
    move.run(row.wanted, tx);
    moved.transactions.add(tx);
    moved.heights.add(row.order_height).add(row.wanted);
    open.push(...(heightlessChildren.all(tx) as number[]).map(txId));
  }
  return moved;
}

/** A height has one block here, and a block one transaction at each position. A reorganisation is rolled back before its other branch comes. */
function refuseTwoInOnePlace(store: CaseStore, height: number): void {
  const hashes = plucked(
    store.db,
    'SELECT block_hash FROM tx WHERE height = ?1 AND block_hash IS NOT NULL UNION SELECT hash FROM block WHERE height = ?1',
  ).all({ 1: height }) as Buffer[];
  if (hashes.length > 1) {
    throw new SpoorError(
      'SOURCES_DISAGREE',
      `height ${height} has two blocks: ${hashes
        .map((hash) => hex(hash))
        .sort()
        .join(' and ')}`,
      { field: 'blockHash' },
    );
  }
  const twice = plucked(
    store.db,
    'SELECT position FROM tx WHERE height = ? AND position IS NOT NULL GROUP BY position HAVING count(*) > 1',
  ).get(height) as number | undefined;
  if (twice === undefined) return;
  throw new SpoorError('LEDGER_INVALID', `two transactions are at position ${twice} of the block at height ${height}`, {
    field: 'position',
  });
}

class Ranker {
  private readonly members;
  private readonly edges;
  private readonly setRank;

  constructor(store: CaseStore) {
    this.members = prepared<[number], Member>(
      store.db,
      'SELECT id, txid, position, coinbase FROM tx WHERE order_height = ?',
    );
    this.edges = prepared<[number], { parent: number; child: number }>(
      store.db,
      `SELECT DISTINCT o.tx AS parent, c.id AS child FROM tx c CROSS JOIN input i ON i.tx = c.id
       CROSS JOIN output o ON o.id = i.prev_output CROSS JOIN tx p ON p.id = o.tx
       WHERE c.order_height = ? AND p.order_height = c.order_height`,
    );
    this.setRank = prepared(store.db, 'UPDATE tx SET order_rank = ? WHERE id = ?');
  }

  rank(height: number): void {
    const members = this.members.all(height).sort(byPreference);
    const preference = new Map(members.map(({ id }, index) => [id, index]));
    const children = new Map<number, number[]>();
    const openParents = new Map<number, number>();
    for (const { parent, child } of this.edges.all(height)) {
      children.set(parent, [...(children.get(parent) ?? []), child]);
      openParents.set(child, (openParents.get(child) ?? 0) + 1);
    }
    const ready = new TinyQueue<number>([], (a, b) => (preference.get(a) ?? 0) - (preference.get(b) ?? 0));
    for (const { id } of members) if (!openParents.has(id)) ready.push(id);
    let rank = 0;
    for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
      rank += 1;
      this.setRank.run(rank, id);
      for (const child of children.get(id) ?? []) {
        const open = (openParents.get(child) ?? 0) - 1;
        openParents.set(child, open);
        if (open === 0) ready.push(child);
      }
    }
    if (rank < members.length) {
      throw new SpoorError('LEDGER_INVALID', `transactions at height ${height} spend each other in a circle`);
    }
  }
}

function byPreference(a: Member, b: Member): number {
  const unknown = Number.MAX_SAFE_INTEGER;
  return a.coinbase - b.coinbase || (a.position ?? unknown) - (b.position ?? unknown) || Buffer.compare(a.txid, b.txid);
}

interface Backwards {
  parent: Buffer;
  child: Buffer;
  parent_height: number;
  child_height: number;
  parent_position: number | null;
  child_position: number | null;
  coinbase: number;
}

/** A parent must be confirmed before its child; a coinbase in an earlier block. */
function refuseChildBeforeParent(store: CaseStore, touched: ReadonlySet<TxId>): void {
  const columns = `p.txid AS parent, c.txid AS child, p.order_height AS parent_height, c.order_height AS child_height,
    p.position AS parent_position, c.position AS child_position, p.coinbase AS coinbase`;
  const wrong = `(p.order_height > c.order_height OR (p.height = c.height AND (p.coinbase = 1 OR p.position >= c.position)))`;
  const asChild = prepared<[number], Backwards>(
    store.db,
    `SELECT ${columns} FROM tx c CROSS JOIN input i ON i.tx = c.id CROSS JOIN output o ON o.id = i.prev_output
     CROSS JOIN tx p ON p.id = o.tx WHERE c.id = ? AND ${wrong}`,
  );
  const asParent = prepared<[number], Backwards>(
    store.db,
    `SELECT ${columns} FROM tx p CROSS JOIN output o ON o.tx = p.id CROSS JOIN input i ON i.prev_output = o.id
     CROSS JOIN tx c ON c.id = i.tx WHERE p.id = ? AND ${wrong}`,
  );
  for (const tx of touched) {
    const found = asChild.get(tx) ?? asParent.get(tx);
    if (found === undefined) continue;
    const at = (height: number, position: number | null): string =>
      `height ${height}${position === null ? '' : `, position ${position}`}`;
    throw new SpoorError(
      'LEDGER_INVALID',
      `a child comes before its parent: it is at ${at(found.child_height, found.child_position)} and spends ` +
        `${found.coinbase === 1 ? 'the coinbase ' : ''}${hex(found.parent)} at ${at(found.parent_height, found.parent_position)}`,
      { record: `transaction ${hex(found.child)}`, field: 'height' },
    );
  }
}
