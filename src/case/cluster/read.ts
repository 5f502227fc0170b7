/** Runs of clustering read back: which run is meant, whose cluster an address is in, what its addresses are tagged with. */
import { checkAddress } from '../../chain/bitcoin/index.ts';
import type { Layer } from '../../cluster/index.ts';
import { type Address, SpoorError } from '../../ledger/index.ts';
import {
  clusterMembers,
  deleteRun,
  findClusterMember,
  findRun,
  inOneTransaction,
  memberTexts,
  runNote,
  type StoredMember,
  type StoredRun,
} from '../../store/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { listTags, type StandingTag, type TagQuestion } from '../tag/tags.ts';
import type { ClusterCounts, ClusterParams, ClusterRun } from './cluster.ts';

/** Reads a stored run back: the one whose id starts with `prefix`, or the latest. Throws NOT_FOUND. */
export function loadClusters(context: CaseContext, prefix: string | null): ClusterRun {
  const run = findRun(context.store, prefix, 'cluster');
  const params = JSON.parse(run.params) as ClusterParams;
  const counts = JSON.parse(runNote(context.store, run.id, 'counts') ?? '{}') as ClusterCounts;
  // Runs of earlier versions did not look for them, which is not the same as none.
  return { run, params, counts: { ...counts, giants: counts.giants ?? null } };
}

/** The latest run, for amounts that rest on it. Throws NOT_FOUND, and VERIFY_FAILED when the case was fed or its tags changed since. */
export function loadFreshClusters(context: CaseContext, what = 'its clusters may be others now'): ClusterRun {
  const loaded = loadClusters(context, null);
  if (!isStale(context, loaded)) return loaded;
  throw new SpoorError(
    'VERIFY_FAILED',
    `the case was fed, or its tags changed, since run ${loaded.run.id}, so ${what}`,
    {},
    'make a new run: spoor cluster run',
  );
}

/** Takes a run of clustering out of the case. Throws NOT_FOUND. */
export function undoClusters(context: CaseContext, prefix: string): StoredRun {
  return inOneTransaction(context.store, () => {
    const run = findRun(context.store, prefix, 'cluster');
    deleteRun(context.store, run.id);
    return run;
  });
}

/** The layer a question is about. Throws USAGE when the run has no extended clusters. */
export function askedLayer({ run, counts }: ClusterRun, layer: Layer): Layer {
  if (layer === 'extended' && counts.extended === null) {
    throw new SpoorError(
      'USAGE',
      `run ${run.id} has core clusters only`,
      {},
      'spoor cluster run --change EXPRESSION makes extended ones',
    );
  }
  return layer;
}

/** The member of a run with this address. Throws ADDRESS_INVALID, NOT_FOUND. */
export function memberOfRun(context: CaseContext, { run }: ClusterRun, text: string): StoredMember {
  const { address } = checkAddress(text, context.network);
  const member = findClusterMember(context.store, run.id, address);
  if (member !== null) return member;
  throw new SpoorError(
    'NOT_FOUND',
    `${address} is in no transaction that run ${run.id} read`,
    {},
    'spoor cluster run reads what was ingested since',
  );
}

/** What is asked of one address: its run, its layer, its member there. Throws ADDRESS_INVALID, NOT_FOUND, USAGE. */
export function askedMember(
  context: CaseContext,
  request: { readonly address: string; readonly run: string | null; readonly layer: Layer },
): { clusters: ClusterRun; layer: Layer; member: StoredMember; addresses: Address[] } {
  const clusters = loadClusters(context, request.run);
  const layer = askedLayer(clusters, request.layer);
  const member = memberOfRun(context, clusters, request.address);
  return { clusters, layer, member, addresses: addressesOf(context, clusters.run.id, layer, rootIn(member, layer)) };
}

/** First member of the cluster of a member in a layer. */
export function rootIn(member: StoredMember, layer: Layer): number {
  return layer === 'extended' ? (member.extended ?? member.core) : member.core;
}

/** Whether the case was fed or its tags changed since the run: what it says is then of the time of the run. */
export function isStale(context: CaseContext, { run }: ClusterRun): boolean {
  return inputsDigest(context.store) !== run.inputs;
}

/** Addresses of the cluster that a member is in, by first appearance. */
export function addressesOf(context: CaseContext, run: string, layer: Layer, root: number): Address[] {
  return [...clusterMembers(context.store, run, { layer, root })].map(({ address }) => address);
}

/** Tags of the case about these addresses that stand on the days asked about. */
export function tagsAmong(
  context: CaseContext,
  addresses: ReadonlySet<string>,
  question: TagQuestion = {},
): StandingTag[] {
  return listTags(context, question).filter(
    ({ subject }) => subject.kind === 'address' && addresses.has(subject.address),
  );
}

/** Every address of a run with its cluster, by first appearance: lines of `address,cluster`. */
export function* clusterLines(context: CaseContext, clusters: ClusterRun, layer: Layer): Iterable<string> {
  const text = memberTexts(context.store, clusters.run.id);
  yield 'address,cluster';
  for (const member of clusterMembers(context.store, clusters.run.id, null)) {
    const root = rootIn(member, layer);
    yield `${member.address},${root === member.member ? member.address : text(root)}`;
  }
}
