/**
 * The verb `cluster`: facts to a stored run, and what a run says of one address. Everything that decides the result is
 * in the run's manifest; a run can be undone, because it derives and never changes a fact.
 */
import { checkAddress } from '../../chain/bitcoin/index.ts';
import {
  ALARM_SIZE,
  bridge,
  ChangeLedger,
  type ClusterFacts,
  changeLinks,
  clusterSizes,
  commonInputLinks,
  type Evidence,
  EvidenceGraph,
  growthAlarms,
  heuristicAt,
  identityLinks,
  joinEvidence,
  keepApart,
  type Layer,
  LINK_HEURISTICS,
  linkAt,
  markCoinjoins,
  type PartitionSummary,
  parseChangeExpression,
  partition,
  type Refusal,
  summarise,
} from '../../cluster/index.ts';
import { ENGINE_VERSION, NONE, SpoorError } from '../../ledger/index.ts';
import {
  type ClusterContent,
  inOneTransaction,
  putClusterRun,
  type StoredLink,
  type StoredRun,
} from '../../store/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { runId, untilHeight } from '../run.ts';
import { keptVotes } from './change.ts';
import { type CaseFacts, clusterFacts, type OnRead } from './facts.ts';

/** What may be asked of a run; all of it is printed with the result. */
export interface ClusterRequest {
  /** `exclude` joins no inputs of what looks like a coinjoin; `join` is what tools without that guard do. */
  readonly coinjoins: 'exclude' | 'join';
  /** Height or date (YYYY-MM-DD) above which the ledger is taken not to exist, or null. */
  readonly until: string | null;
  /** Expression of change heuristics that makes extended clusters, or null for core clusters alone. */
  readonly change: string | null;
  /**
   * Pairs of addresses that somebody decided to keep apart; merges that would join one are refused and kept as notes.
   */
  readonly keepApart: ReadonlyArray<readonly [string, string]>;
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
  readonly refused: readonly RefusedMerge[];
  /** Merges that look like a collapse; `sizes` are those of the two clusters before. */
  readonly alarms: ReadonlyArray<{
    readonly layer: Layer;
    readonly txid: string;
    readonly sizes: readonly [number, number];
  }>;
  /** Clusters that those merges ended in; `bridge` is the one transaction without which most of it comes off, null where none alone splits it. The whole is null in runs of versions that did not look. */
  readonly giants: readonly Giant[] | null;
}

/** A cluster that an alarming merge ended in. */
export interface Giant {
  readonly layer: Layer;
  readonly cluster: string;
  readonly size: number;
  readonly bridge: { readonly txid: string; readonly comesOff: number } | null;
}

/** A merge that a pair to be kept apart forbade. */
export interface RefusedMerge {
  readonly heuristic: string;
  readonly txid: string;
  readonly addresses: readonly [string, string];
  readonly pair: readonly [string, string];
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
  readonly refused: readonly Refusal[];
  /** What change heuristics read; null in a run without them. */
  readonly change: ChangeLedger | null;
}

/** Computes clusters from the facts as they are now. */
export function computeClusters(context: CaseContext, params: ClusterParams, onRead?: OnRead): Clustering {
  const read = clusterFacts(context, params.untilHeight, onRead);
  const { facts } = read;
  const marked = markCoinjoins(facts);
  const excluded = params.coinjoins === 'exclude' ? marked : new Uint8Array(facts.transactionCount);
  const pairs = membersOfPairs(facts, params.keepApart);
  const apart = (links: Evidence): ReturnType<typeof keepApart> =>
    pairs.length === 0 ? { evidence: links, refused: [] } : keepApart(links, facts.memberCount, pairs);
  const found = apart(joinEvidence([identityLinks(facts), commonInputLinks(facts, excluded)]));
  const core = partition(found.evidence, facts.memberCount, { layer: 'core' });
  const base = { read, coinjoins: marked, core };
  if (params.change === null) return { ...base, ...found, extended: null, change: null };
  const ledger = new ChangeLedger(facts, marked, core);
  const more = changeLinks(ledger, parseChangeExpression(params.change));
  const all = apart(joinEvidence([found.evidence, more]));
  const extended = partition(all.evidence, facts.memberCount, { layer: 'extended' });
  return { ...base, evidence: all.evidence, refused: [...found.refused, ...all.refused], extended, change: ledger };
}

/** Pairs as members; an address that is in no transaction of the facts constrains nothing. */
function membersOfPairs(
  { addresses }: ClusterFacts,
  pairs: ClusterRequest['keepApart'],
): Array<readonly [number, number]> {
  const place = new Map<string, number>();
  if (pairs.length > 0) addresses.forEach((address, member) => place.set(address, member));
  return pairs.flatMap(([one, other]) => {
    const [a, b] = [place.get(one), place.get(other)];
    return a === undefined || b === undefined ? [] : [[a, b] as const];
  });
}

/** Reads `ADDRESS,ADDRESS`; the order of the two does not matter. Throws USAGE, ADDRESS_INVALID. */
export function parsePair(text: string, network?: CaseContext['network']): readonly [string, string] {
  const parts = text.split(',').map((part) => checkAddress(part.trim(), network).address);
  if (parts.length !== 2 || parts[0] === parts[1])
    throw new SpoorError('USAGE', `--keep-apart "${text}" is not two different addresses with a comma between`);
  const [a, b] = parts.sort();
  return [a, b];
}

/** Runs clustering and keeps it, under one lock, so that the digest of its inputs is of what it read. */
export function runClusters(context: CaseContext, request: ClusterRequest, onRead?: OnRead): ClusterRun {
  return inOneTransaction(context.store, () => {
    const change = request.change === null ? null : parseChangeExpression(request.change).name;
    const pairs = request.keepApart.map(([a, b]) => parsePair(`${a},${b}`, context.network));
    const unique = [...new Map(pairs.map((pair) => [pair.join(), pair]))].sort(([a], [b]) => (a < b ? -1 : 1));
    const keepApart = unique.map(([, pair]) => pair);
    const params: ClusterParams = { ...request, change, keepApart, untilHeight: untilHeight(context, request.until) };
    const clustering = computeClusters(context, params, onRead);
    const counts = countsOf(context, clustering);
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

function contentOf(clustering: Clustering, counts: ClusterCounts): ClusterContent {
  const { read, core, extended } = clustering;
  return {
    addresses: read.facts.addresses,
    core,
    extended,
    links: storedLinks(clustering),
    notes: { counts: JSON.stringify(counts) },
  };
}

function* storedLinks(clustering: Clustering): Iterable<StoredLink> {
  const { read, evidence } = clustering;
  for (let link = 0; link < evidence.linkCount; link += 1) {
    const { heuristic, tx, members } = linkAt(evidence, link);
    const votes = votesOfLink(clustering, link);
    yield { heuristic, tx: read.transactions[tx], members: Uint32Array.from(members), votes };
  }
}

/** What change heuristics say of the transaction of a link by change, as kept with the run; null for other links. */
export function votesOfLink({ evidence, change }: Clustering, link: number): string | null {
  return change !== null && heuristicAt(evidence, link) === 'change' ? keptVotes(change, evidence.tx[link]) : null;
}

function countsOf(context: CaseContext, clustering: Clustering): ClusterCounts {
  const { read, evidence, coinjoins, core, extended, refused } = clustering;
  const { facts } = read;
  const txidOf = (tx: number): string => context.view.transaction(read.transactions[tx]).txid;
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
    refused: refused.map(({ heuristic, tx, members: [a, b], pair: [c, d] }) => ({
      heuristic,
      txid: txidOf(tx),
      addresses: [facts.addresses[a], facts.addresses[b]],
      pair: [facts.addresses[c], facts.addresses[d]],
    })),
    ...alarmsOf(clustering, txidOf),
  };
}

/** Alarming merges of each layer, and the bridge of each cluster they ended in. */
function alarmsOf(
  { read, evidence, core, extended }: Clustering,
  txidOf: (tx: number) => string,
): { readonly alarms: ClusterCounts['alarms']; readonly giants: readonly Giant[] } {
  const { memberCount, addresses } = read.facts;
  const layers =
    extended === null ? [['core', core] as const] : [['core', core] as const, ['extended', extended] as const];
  const found = layers.map(([layer, roots]) => {
    const merges = growthAlarms(evidence, memberCount, layer, ALARM_SIZE);
    const ended = [...new Set(merges.map(({ link }) => roots[linkAt(evidence, link).members[0]]))];
    const sizes = ended.length === 0 ? [] : clusterSizes(roots);
    const graph = ended.length === 0 ? null : new EvidenceGraph(evidence, memberCount, layer);
    const giants = ended.map((root) => {
      const found = graph === null ? null : bridge(graph, root);
      return {
        layer,
        cluster: addresses[root],
        size: sizes[root],
        bridge: found === null ? null : { txid: txidOf(found.tx), comesOff: found.comesOff },
      };
    });
    return {
      alarms: merges.map(({ link, sizes: of }) => ({ layer, txid: txidOf(evidence.tx[link]), sizes: of })),
      giants,
    };
  });
  return { alarms: found.flatMap(({ alarms }) => alarms), giants: found.flatMap(({ giants }) => giants) };
}
