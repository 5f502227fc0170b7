/**
 * The verbs `cluster explain` and `cluster what-if`: by which transactions two addresses are joined, and what falls
 * apart without one of them. Answered from the evidence that the run kept, so a fact added since moves nothing.
 */
import {
  bridge,
  explain,
  isLeftOut,
  type Layer,
  LINK_HEURISTICS,
  type LinkHeuristic,
  partition,
  splits,
  type Without,
} from '../../cluster/index.ts';
import { type Address, SpoorError, type Txid, txId, txid } from '../../ledger/index.ts';
import { clusterMembers, clusterSize, memberTexts } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import { type VoteRow, votesKept } from './change.ts';
import type { ClusterRun } from './cluster.ts';
import {
  CLUSTER_CLAIM,
  type ClusterRunDocument,
  type ErrorRatesDocument,
  errorRatesOf,
  runDocument,
} from './document.ts';
import { ClusterGraph, evidenceOfRun } from './links.ts';
import { askedLayer, askedMember, loadClusters, memberOfRun, rootIn } from './read.ts';

/** One step of the chain between two addresses: `addresses` are the two it ties. */
export interface ExplainStep {
  readonly heuristic: LinkHeuristic;
  readonly txid: string;
  readonly addresses: readonly [string, string];
  readonly height: number | null;
  readonly proof: string;
  /** Without this transaction the two addresses asked about are in different clusters. */
  readonly separates: boolean;
  /** The weakest step of the chain: the weakest heuristic, and among equals the first that separates. */
  readonly weakest: boolean;
  /**
   * For a step by change: what every heuristic said of that transaction when the run was made, and the output that the
   * chain takes; null for other steps, and in runs of versions that did not keep it.
   */
  readonly change: { readonly vout: number; readonly votes: readonly VoteRow[] } | null;
}

/** The answer of `spoor cluster explain A B`; its JSON is the list `path` alone. */
export interface ExplainDocument {
  readonly layer: Layer;
  readonly cluster: string;
  readonly path: readonly ExplainStep[];
  readonly hangsOn: readonly string[];
  readonly run: ClusterRunDocument;
  readonly claim: string;
  readonly errorRates: ErrorRatesDocument;
}

/** Why two addresses are in one cluster. Throws NOT_FOUND when they are not, ADDRESS_INVALID, USAGE. */
export function explainPair(
  context: CaseContext,
  request: { readonly addresses: readonly [string, string]; readonly run: string | null; readonly layer: Layer },
): ExplainDocument {
  const clusters = loadClusters(context, request.run);
  const layer = askedLayer(clusters, request.layer);
  const [a, b] = request.addresses.map((text) => memberOfRun(context, clusters, text));
  if (rootIn(a, layer) !== rootIn(b, layer)) throw apart(clusters, layer, [a.address, b.address]);
  const run = clusters.run.id;
  const cluster = new ClusterGraph(context.store, run, a, layer);
  const found = explain(cluster.graph, cluster.numberOf(a.member), cluster.numberOf(b.member));
  if (found === null) throw new Error(`run ${run}: its links do not tie what its clusters join`);
  const text = memberTexts(context.store, run);
  const path = found.steps.map(({ heuristic, tx, from, to, link, separates }, place): ExplainStep => {
    const { txid: id, height, proof, outputs } = context.view.transaction(txId(tx));
    const tied = [text(cluster.memberAt(from)), text(cluster.memberAt(to))] as const;
    const vout = outputs.findIndex(({ address }) => address !== null && tied.includes(address));
    const votes = cluster.votesOn(link);
    return {
      heuristic,
      txid: id,
      addresses: tied,
      height,
      proof,
      separates,
      weakest: place === found.weakest,
      change: votes === null ? null : { vout, votes: votesKept(votes) },
    };
  });
  return {
    layer,
    cluster: text(rootIn(a, layer)),
    path,
    hangsOn: [...new Set(path.filter(({ separates }) => separates).map(({ txid: id }) => id))],
    run: runDocument(context, clusters),
    claim: CLUSTER_CLAIM,
    errorRates: errorRatesOf(clusters.params, layer),
  };
}

function apart({ run, counts }: ClusterRun, layer: Layer, [a, b]: readonly [Address, Address]): SpoorError {
  const hint =
    layer === 'core' && counts.extended !== null
      ? 'ask with --layer extended; and that they are apart is no evidence of two controllers'
      : 'that they are apart is no evidence of two controllers';
  return new SpoorError('NOT_FOUND', `${a} and ${b} are in different ${layer} clusters of run ${run.id}`, {}, hint);
}

/** Reads `--without`: a txid or a heuristic. Throws USAGE, TXID_INVALID. */
export function parseWithout(text: string): { readonly txid: Txid } | { readonly heuristic: LinkHeuristic } {
  const heuristic = LINK_HEURISTICS.find((name) => name === text);
  if (heuristic !== undefined) return { heuristic };
  if (/^[0-9a-fA-F]{8,}$/.test(text)) return { txid: txid(text) };
  throw new SpoorError('USAGE', `--without is a txid or one of ${LINK_HEURISTICS.join(', ')}, not "${text}"`);
}

/** One cluster that falls apart; `pieces` are the largest, named by their first address. */
export interface SplitRow {
  readonly cluster: string;
  readonly size: number;
  readonly pieceCount: number;
  readonly pieces: ReadonlyArray<{ readonly cluster: string; readonly size: number }>;
}

/** `spoor cluster what-if --json`, schema spoor.what-if/1. */
export interface WhatIfDocument {
  readonly schema: 'spoor.what-if/1';
  readonly layer: Layer;
  readonly without: string;
  readonly links: number;
  readonly clustersSplit: number;
  /** The largest of them; `limit` says how many clusters and pieces are listed at most. */
  readonly splits: readonly SplitRow[];
  readonly limit: number;
  readonly run: ClusterRunDocument;
}

const LISTED = 50;

/** What falls apart without a transaction or a heuristic. Throws NOT_FOUND for a transaction that made no link. */
export function whatIf(
  context: CaseContext,
  request: { readonly without: string; readonly run: string | null; readonly layer: Layer },
): WhatIfDocument {
  const asked = parseWithout(request.without);
  const clusters = loadClusters(context, request.run);
  const layer = askedLayer(clusters, request.layer);
  const run = clusters.run.id;
  const evidence = evidenceOfRun(context.store, run);
  const without: readonly Without[] =
    'heuristic' in asked ? [asked] : context.view.findTransactions(asked.txid).map((tx) => ({ tx }));
  const gone = Uint8Array.from({ length: evidence.linkCount }, (_, link) =>
    Number(without.some((what) => isLeftOut(evidence, link, what))),
  );
  const links = gone.reduce((sum, one) => sum + one, 0);
  if (links === 0) {
    const what = 'heuristic' in asked ? asked.heuristic : asked.txid;
    throw new SpoorError('NOT_FOUND', `no link of run ${run} rests on ${what}`, {}, 'nothing would fall apart');
  }
  const memberCount = clusterSize(context.store, run);
  const before = partition(evidence, memberCount, { layer });
  const found = splits(before, partition(evidence, memberCount, { layer, without: (link) => gone[link] === 1 }));
  const text = memberTexts(context.store, run);
  return {
    schema: 'spoor.what-if/1',
    layer,
    without: request.without,
    links,
    clustersSplit: found.length,
    splits: found.slice(0, LISTED).map(({ root, size, pieces }) => ({
      cluster: text(root),
      size,
      pieceCount: pieces.length,
      pieces: pieces.slice(0, LISTED).map((piece) => ({ cluster: text(piece.root), size: piece.size })),
    })),
    limit: LISTED,
    run: runDocument(context, clusters),
  };
}

/** First member of the cluster of each member, as the run kept it. */
export function storedRoots(context: CaseContext, run: string, layer: Layer): number[] {
  return [...clusterMembers(context.store, run, null)].map((member) => rootIn(member, layer));
}

/**
 * `spoor cluster bridge ADDR --json`, schema spoor.bridge/1. `bridge` null: no transaction alone splits the cluster.
 */
export interface BridgeDocument {
  readonly schema: 'spoor.bridge/1';
  readonly layer: Layer;
  readonly cluster: string;
  readonly size: number;
  readonly bridge: { readonly txid: string; readonly comesOff: number } | null;
  readonly run: ClusterRunDocument;
}

/** The transaction that holds most of a cluster together. Throws ADDRESS_INVALID, NOT_FOUND, USAGE. */
export function bridgeOf(
  context: CaseContext,
  request: { readonly address: string; readonly run: string | null; readonly layer: Layer },
): BridgeDocument {
  const { clusters, layer, member, addresses } = askedMember(context, request);
  const run = clusters.run.id;
  const cluster = new ClusterGraph(context.store, run, member, layer);
  const found = bridge(cluster.graph, cluster.numberOf(member.member));
  return {
    schema: 'spoor.bridge/1',
    layer,
    cluster: addresses[0],
    size: addresses.length,
    bridge: found === null ? null : { txid: context.view.transaction(txId(found.tx)).txid, comesOff: found.comesOff },
    run: runDocument(context, clusters),
  };
}
