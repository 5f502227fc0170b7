/**
 * Gives every transaction its place in the total order (blueprint 4): height, position in block, coinbase last, parents before children.
 * Sources often leave the position out. Then known positions come first, the rest follow by txid, and within a block a parent is always
 * moved before its child: a rule of the facts alone, so the order in which files came does not matter. A transaction without a height
 * (getrawtransaction gives none) takes that of its youngest parent, or 0.
 */
import TinyQueue from 'tinyqueue';
import { SpoorError, type TxId } from '../ledger/index.ts';
import { hex } from './bytes.ts';
import type { CaseStore } from './open.ts';

/** Ranks of one height stay below this; a 4 MB block holds fewer than 70,000 transactions. */
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

/** Orders anew every height that the given transactions touch. Throws LEDGER_INVALID for a child before its parent. */
export function settleOrder(store: CaseStore, touched: ReadonlySet<TxId>): void {
  const heightOf = store.db.prepare<[number], number | null>('SELECT height FROM tx WHERE id = ?').pluck();
  const heights = new Set<number>();
  for (const tx of touched) {
    const height = heightOf.get(tx) as number | null;
    if (height !== null) heights.add(height);
  }
  store.db.prepare('UPDATE tx SET order_height = height WHERE height IS NOT NULL AND order_height <> height').run();
  for (const height of placeHeightless(store)) heights.add(height);
  const ranker = new Ranker(store);
  for (const height of heights) ranker.rank(height);
  refuseChildBeforeParent(store, touched);
}

/** Transactions without height follow their youngest parent, however long the chain of such. Returns the heights that changed. */
function placeHeightless(store: CaseStore): Set<number> {
  const changedHeights = new Set<number>();
  const stale = store.db.prepare<[], { id: number; wanted: number }>(
    `SELECT t.id, max(coalesce(p.order_height, 0)) AS wanted FROM tx t LEFT JOIN input i ON i.tx = t.id
     LEFT JOIN output o ON o.id = i.prev_output LEFT JOIN tx p ON p.id = o.tx
     WHERE t.height IS NULL GROUP BY t.id HAVING wanted <> t.order_height OR t.order_rank = 0`,
  );
  const move = store.db.prepare('UPDATE tx SET order_height = ?, order_rank = 1 WHERE id = ?');
  for (let rows = stale.all(); rows.length > 0; rows = stale.all()) {
    for (const { id, wanted } of rows) {
      move.run(wanted, id);
      changedHeights.add(wanted);
    }
  }
  return changedHeights;
}

class Ranker {
  private readonly members;
  private readonly edges;
  private readonly setRank;

  constructor(store: CaseStore) {
    this.members = store.db.prepare<[number], Member>(
      'SELECT id, txid, position, coinbase FROM tx WHERE order_height = ?',
    );
    this.edges = store.db.prepare<[number], { parent: number; child: number }>(
      `SELECT DISTINCT o.tx AS parent, c.id AS child FROM tx c CROSS JOIN input i ON i.tx = c.id
       CROSS JOIN output o ON o.id = i.prev_output CROSS JOIN tx p ON p.id = o.tx
       WHERE c.order_height = ? AND p.order_height = c.order_height`,
    );
    this.setRank = store.db.prepare('UPDATE tx SET order_rank = ? WHERE id = ?');
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
  const asChild = store.db.prepare<[number], Backwards>(
    `SELECT ${columns} FROM tx c CROSS JOIN input i ON i.tx = c.id CROSS JOIN output o ON o.id = i.prev_output
     CROSS JOIN tx p ON p.id = o.tx WHERE c.id = ? AND ${wrong}`,
  );
  const asParent = store.db.prepare<[number], Backwards>(
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
