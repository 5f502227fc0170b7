/**
 * Blocks are linked by the hash of their parent. A block whose source gives no height (raw bytes of before BIP 34) has that of its parent plus one, or of
 * its child less one; two blocks that are one height apart must be parent and child. Both follow from the facts alone, whatever order they came in.
 */
import { SpoorError } from '../ledger/index.ts';
import { blob, hex } from './bytes.ts';
import type { CaseStore } from './open.ts';
import { plucked, prepared } from './statement.ts';

interface LinkRow {
  hash: Buffer;
  height: number | null;
  prev_hash: Buffer | null;
}

/** Gives heights along the links from the given blocks. Returns the blocks that gained one. Throws SOURCES_DISAGREE where links and heights contradict. */
export function linkBlocks(store: CaseStore, hashes: Iterable<string>): string[] {
  const columns = 'SELECT hash, height, prev_hash FROM block WHERE';
  const one = prepared<[Buffer | null], LinkRow>(store.db, `${columns} hash = ?`);
  const children = prepared<[Buffer], LinkRow>(store.db, `${columns} prev_hash = ?`);
  const at = prepared<[number], LinkRow>(store.db, `${columns} height = ?`);
  const place = prepared(store.db, 'UPDATE block SET height = ? WHERE hash = ?');
  const gained: string[] = [];
  const open = [...hashes];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const block = one.get(blob(next));
    if (block === undefined) continue;
    const parent = block.prev_hash === null ? undefined : one.get(block.prev_hash);
    const below = children.all(block.hash);
    const height = block.height ?? add(parent?.height, 1) ?? add(below.find((row) => row.height !== null)?.height, -1);
    if (height === null) continue;
    if (block.height === null) {
      place.run(height, block.hash);
      gained.push(next);
    }
    const neighbours = [{ row: parent, wanted: height - 1 }, ...below.map((row) => ({ row, wanted: height + 1 }))];
    for (const { row, wanted } of neighbours) {
      if (row === undefined) continue;
      if (row.height === null) open.push(hex(row.hash));
      else if (row.height !== wanted) throw torn(next, height, row);
    }
    refuseStrangers({ ...block, height }, { below: at.all(height - 1), above: at.all(height + 1) });
  }
  return gained;
}

function add(height: number | null | undefined, step: number): number | null {
  return height === null || height === undefined ? null : height + step;
}

function torn(hash: string, height: number, neighbour: LinkRow): SpoorError {
  return new SpoorError(
    'SOURCES_DISAGREE',
    `block ${hash} is said to be at height ${height}, its neighbour ${hex(neighbour.hash)} at ${neighbour.height}`,
    { record: `block ${hash}`, field: 'height' },
  );
}

/** The blocks one below and one above must be its parent and its child. */
function refuseStrangers(block: LinkRow, at: { below: readonly LinkRow[]; above: readonly LinkRow[] }): void {
  const below = at.below.find(({ hash }) => block.prev_hash !== null && !hash.equals(block.prev_hash));
  const above = at.above.find((row) => row.prev_hash !== null && !row.prev_hash.equals(block.hash));
  const other = below ?? above;
  if (other === undefined) return;
  const [parent, child] = below === undefined ? [block.hash, other.hash] : [other.hash, block.hash];
  throw new SpoorError(
    'SOURCES_DISAGREE',
    `block ${hex(child)} does not follow block ${hex(parent)}, which the case holds one height below it`,
    { record: `block ${hex(child)}`, field: 'prevHash' },
    'one of them left the best chain; spoor fetch --blocks FROM..TO from a node finds the fork and rolls back',
  );
}

/** Height of a block of the case, or null where it is not held or has none. */
export function heightOfBlock(store: CaseStore, hash: string): number | null {
  const height = plucked(store.db, 'SELECT height FROM block WHERE hash = ?').get(blob(hash));
  return (height as number | null | undefined) ?? null;
}

/** Hash that the case holds at a height, from a block or a transaction; null when none says. */
export function hashAt(store: CaseStore, height: number): string | null {
  const found = plucked(
    store.db,
    `SELECT hash FROM block WHERE height = ?1
       UNION ALL SELECT block_hash FROM tx WHERE height = ?1 AND block_hash IS NOT NULL LIMIT 1`,
  ).get({ 1: height }) as Buffer | undefined;
  return hex(found ?? null);
}

/** Greatest height at or below `ceiling` at which the case holds a hash, or null. */
export function hashedHeight(store: CaseStore, ceiling: number): number | null {
  return plucked(
    store.db,
    `SELECT max(height) FROM (SELECT max(height) AS height FROM block WHERE height <= ?1
       UNION ALL SELECT max(height) FROM tx WHERE height <= ?1 AND block_hash IS NOT NULL)`,
  ).get({ 1: ceiling }) as number | null;
}

/** Whether the case holds every transaction of the block at a height, each at its position. */
export function hasWholeBlock(store: CaseStore, height: number): boolean {
  const row = prepared<[number], { stated: number | null; held: number; last: number | null }>(
    store.db,
    `SELECT b.transaction_count AS stated, count(t.id) AS held, max(t.position) AS last FROM block b
       LEFT JOIN tx t ON t.block_hash = b.hash AND t.position IS NOT NULL WHERE b.height = ? GROUP BY b.hash`,
  ).get(height);
  return row !== undefined && row.stated === row.held && row.last === row.held - 1;
}
