/**
 * The verb `cluster`: facts to a stored run, and what a run says of one address. Everything that decides the result is
 * in the run's manifest; a run can be undone, because it derives and never changes a fact.
 */
import { checkAddress } from '../chain/bitcoin/index.ts';
import {
  ChangeLedger,
  changeLinks,
  commonInputLinks,
  type Evidence,
  identityLinks,
  joinEvidence,
  type Layer,
  LINK_HEURISTICS,
  linkAt,
  markCoinjoins,
  type PartitionSummary,
  parseChangeExpression,
  partition,
  summarise,
} from '../cluster/index.ts';
import { type Address, ENGINE_VERSION, NONE, SpoorError } from '../ledger/index.ts';
import {
  type ClusterContent,
  clusterMembers,
  clusterNote,
  deleteRun,
  findClusterMember,
  findRun,
  inOneTransaction,
  memberTexts,
  putClusterRun,
  type StoredLink,
  type StoredMember,
  type StoredRun,
} from '../store/index.ts';
import { type CaseFacts, clusterFacts } from './cluster-facts.ts';
import { type CaseContext, inputsDigest } from './context.ts';
import { type CaseTag, listTags } from './tags.ts';
import { runId, untilHeight } from './trace.ts';

/** What may be asked of a run; all of it is printed with the result. */
export interface ClusterRequest {
  /** `exclude` joins no inputs of what looks like a coinjoin; `join` is what tools without that guard do. */
  readonly coinjoins: 'exclude' | 'join';
  /** Height or date (YYYY-MM-DD) above which the ledger is taken not to exist, or null. */
  readonly until: string | null;
  /** Expression of change heuristics that makes extended clusters, or null for core clusters alone. */
  readonly change: string | null;
}

/** Parameters as kept in the manifest. */
export interface ClusterParams extends ClusterRequest {
  readonly untilHeight: number | null;
}

/** What a run counted. */
export interface ClusterCounts {
  readonly transactions: number;
  readonly coinjoins: number;
  /** Inputs whose signer no source tells: merges that may be missing. */
  readonly unknownInputs: number;
  readonly links: Readonly<Record<string, number>>;
  readonly core: LayerCounts;
  readonly extended: LayerCounts | null;
}

/** Counts of one partition; the largest cluster by its id. */
export interface LayerCounts extends Omit<PartitionSummary, 'largest'> {
  readonly largest: { readonly cluster: string | null; readonly size: number };
}

/** A stored run of clustering. */
export interface ClusterRun {
  readonly run: StoredRun;
  readonly params: ClusterParams;
  readonly counts: ClusterCounts;
}

/** Facts, evidence and partitions of one run, before anything is kept. */
export interface Clustering {
  readonly read: CaseFacts;
  readonly evidence: Evidence;
  readonly coinjoins: Uint8Array;
  readonly core: Uint32Array;
  readonly extended: Uint32Array | null;
}

/** Computes clusters from the facts as they are now. */
export function computeClusters(context: CaseContext, params: ClusterParams): Clustering {
  const read = clusterFacts(context, params.untilHeight);
  const { facts } = read;
  const marked = markCoinjoins(facts);
  const excluded = params.coinjoins === 'exclude' ? marked : new Uint8Array(facts.transactionCount);
  const evidence = joinEvidence([identityLinks(facts), commonInputLinks(facts, excluded)]);
  const core = partition(evidence, facts.memberCount, { layer: 'core' });
  if (params.change === null) return { read, evidence, coinjoins: marked, core, extended: null };
  const ledger = new ChangeLedger(facts, marked, core);
  const all = joinEvidence([evidence, changeLinks(ledger, parseChangeExpression(params.change))]);
  const extended = partition(all, facts.memberCount, { layer: 'extended' });
  return { read, evidence: all, coinjoins: marked, core, extended };
}

/** Runs clustering and keeps it, under one lock, so that the digest of its inputs is of what it read. */
export function runClusters(context: CaseContext, request: ClusterRequest): ClusterRun {
  return inOneTransaction(context.store, () => {
    const change = request.change === null ? null : parseChangeExpression(request.change).name;
    const params: ClusterParams = { ...request, change, untilHeight: untilHeight(context, request.until) };
    const clustering = computeClusters(context, params);
    const counts = countsOf(clustering);
    const run = manifest(context, params);
    putClusterRun(context.store, run, contentOf(clustering, counts));
    return { run, params, counts };
  });
}

function manifest(context: CaseContext, params: ClusterParams): StoredRun {
  const tip = context.view.tip();
  const run: StoredRun = {
    id: '',
    verb: 'cluster',
    engine: ENGINE_VERSION,
    params: JSON.stringify(params),
    tipHeight: tip.height,
    tipHash: tip.hash,
    inputs: inputsDigest(context.store),
    seeds: '[]',
  };
  return { ...run, id: runId(run) };
}

function contentOf({ read, evidence, core, extended }: Clustering, counts: ClusterCounts): ClusterContent {
  return {
    addresses: read.facts.addresses,
    core,
    extended,
    links: storedLinks(read, evidence),
    notes: { counts: JSON.stringify(counts) },
  };
}

function* storedLinks({ transactions }: CaseFacts, evidence: Evidence): Iterable<StoredLink> {
  for (let link = 0; link < evidence.linkCount; link += 1) {
    const { heuristic, tx, members } = linkAt(evidence, link);
    yield { heuristic, tx: transactions[tx], members: Uint32Array.from(members) };
  }
}

function countsOf({ read, evidence, coinjoins, core, extended }: Clustering): ClusterCounts {
  const { facts } = read;
  const links = Object.fromEntries(LINK_HEURISTICS.map((heuristic) => [heuristic, 0]));
  for (const code of evidence.heuristic) links[LINK_HEURISTICS[code]] += 1;
  const layer = (roots: Uint32Array): LayerCounts => {
    const { largest, ...counts } = summarise(roots);
    return { ...counts, largest: { cluster: facts.addresses[largest.root] ?? null, size: largest.size } };
  };
  return {
    transactions: facts.transactionCount,
    coinjoins: coinjoins.reduce((sum, mark) => sum + mark, 0),
    unknownInputs: facts.inputMember.reduce((sum, member) => sum + Number(member === NONE), 0),
    links,
    core: layer(core),
    extended: extended === null ? null : layer(extended),
  };
}

/** Reads a stored run back: the one whose id starts with `prefix`, or the latest. Throws NOT_FOUND. */
export function loadClusters(context: CaseContext, prefix: string | null): ClusterRun {
  const run = findRun(context.store, prefix, 'cluster');
  const params = JSON.parse(run.params) as ClusterParams;
  const counts = JSON.parse(clusterNote(context.store, run.id, 'counts') ?? '{}') as ClusterCounts;
  return { run, params, counts };
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

/** Tags of the case about these addresses. */
export function tagsAmong(context: CaseContext, addresses: ReadonlySet<string>): CaseTag[] {
  return listTags(context).filter(({ subject }) => subject.kind === 'address' && addresses.has(subject.address));
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
