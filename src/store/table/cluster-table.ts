/**
 * Runs of clustering: who is in which cluster, and the links that say why. Numbers of members mean something inside
 * one run only.
 */
import { type Address, addressFromCodec, type TxId, txId } from '../../ledger/index.ts';
import type { CaseStore } from '../open.ts';
import { RowWriter } from '../row-writer.ts';
import { putRunNote } from '../run-note.ts';
import { prepared } from '../statement.ts';
import { putManifest, type StoredRun } from './run-table.ts';

/** One link: heuristic, transaction, the members it joins, and what change heuristics said where it is one of them. */
export interface StoredLink {
  readonly heuristic: string;
  readonly tx: TxId;
  readonly members: Uint32Array;
  readonly votes: string | null;
}

/** What a run of clustering derived. Notes are JSON by name: what the run counted, and what it refused. */
export interface ClusterContent {
  readonly addresses: readonly Address[];
  /** First member of the cluster of each member. */
  readonly core: Uint32Array;
  readonly extended: Uint32Array | null;
  readonly links: Iterable<StoredLink>;
  readonly notes: Readonly<Record<string, string>>;
}

/** A member with the first members of its clusters; `extended` null in a run without change heuristics. */
export interface StoredMember {
  readonly member: number;
  readonly address: Address;
  readonly core: number;
  readonly extended: number | null;
}

/** Keeps a run; an earlier run with the same id is replaced by the same bytes. */
export function putClusterRun(store: CaseStore, run: StoredRun, content: ClusterContent): void {
  const { db } = store;
  putManifest(store, run);
  const members = new RowWriter(db, 'cluster_member', ['run', 'member', 'address', 'core', 'extended']);
  content.addresses.forEach((address, member) => {
    members.add(run.id, member, address, content.core[member], content.extended?.[member] ?? null);
  });
  members.flush();
  const links = new RowWriter(db, 'cluster_link', ['run', 'place', 'heuristic', 'tx', 'members', 'root', 'votes']);
  const roots = content.extended ?? content.core;
  let place = 0;
  for (const { heuristic, tx, members: joined, votes } of content.links) {
    links.add(run.id, place, heuristic, tx, packed(joined), roots[joined[0]], votes);
    place += 1;
  }
  links.flush();
  for (const [name, text] of Object.entries(content.notes)) putRunNote(store, run.id, name, text);
}

function packed(members: Uint32Array): Buffer {
  const bytes = Buffer.alloc(4 * members.length);
  members.forEach((member, index) => {
    bytes.writeUInt32LE(member, 4 * index);
  });
  return bytes;
}

const MEMBER_COLUMNS = 'SELECT member, address, core, extended FROM cluster_member WHERE run = ?';

interface MemberRow extends Omit<StoredMember, 'address'> {
  readonly address: string;
}

function memberOf(row: MemberRow): StoredMember {
  return { ...row, address: addressFromCodec(row.address) };
}

/** The member with this address, or null. */
export function findClusterMember({ db }: CaseStore, run: string, address: Address): StoredMember | null {
  const row = prepared<[string, string], MemberRow>(db, `${MEMBER_COLUMNS} AND address = ?`).get(run, address);
  return row === undefined ? null : memberOf(row);
}

/** All members of a run, or those of the cluster that `root` names, by first appearance. */
export function* clusterMembers(
  { db }: CaseStore,
  run: string,
  cluster: { readonly layer: 'core' | 'extended'; readonly root: number } | null,
): Iterable<StoredMember> {
  const sql =
    cluster === null
      ? `${MEMBER_COLUMNS} ORDER BY member`
      : // The root is not in the partial index, which leaves out every cluster of one; left alone, SQLite walks the whole run.
        `${MEMBER_COLUMNS} AND member = ? UNION ALL
         ${MEMBER_COLUMNS.replace('cluster_member', `cluster_member INDEXED BY cluster_member_${cluster.layer}`)}
         AND ${cluster.layer} = ? AND ${cluster.layer} <> member ORDER BY member`;
  const values = cluster === null ? [run] : [run, cluster.root, run, cluster.root];
  for (const row of db.prepare(sql).iterate(...values)) yield memberOf(row as MemberRow);
}

/** How many members a run has. */
export function clusterSize({ db }: CaseStore, run: string): number {
  return db.prepare('SELECT count(*) FROM cluster_member WHERE run = ?').pluck().get(run) as number;
}

/** Addresses of members by number. */
export function memberTexts({ db }: CaseStore, run: string): (member: number) => Address {
  const text = db.prepare('SELECT address FROM cluster_member WHERE run = ? AND member = ?').pluck();
  return (member) => addressFromCodec(text.get(run, member) as string);
}

/** Links of a run in their order: all, or those within one cluster of its coarsest layer, by the first member of that cluster. */
export function* clusterLinks({ db }: CaseStore, run: string, root: number | null = null): Iterable<StoredLink> {
  const columns = 'SELECT heuristic, tx, members, votes FROM cluster_link';
  const rows =
    root === null
      ? db.prepare(`${columns} WHERE run = ? ORDER BY place`).iterate(run)
      : // Left alone, SQLite walks the whole run by its key, for the sake of the order.
        db
          .prepare(`${columns} INDEXED BY cluster_link_root WHERE run = ? AND root = ? ORDER BY place`)
          .iterate(run, root);
  for (const row of rows as Iterable<{ heuristic: string; tx: number; members: Buffer; votes: string | null }>) {
    const members = new Uint32Array(row.members.length / 4);
    for (let at = 0; at < members.length; at += 1) members[at] = row.members.readUInt32LE(4 * at);
    yield { heuristic: row.heuristic, tx: txId(row.tx), members, votes: row.votes };
  }
}
