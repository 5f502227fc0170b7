/**
 * The verb `cluster conflicts`: clusters whose tags contradict each other, the pairs of addresses that a person may decide to keep apart, and what ties each pair.
 * Nothing is decided here: a pair that is kept apart is given to `cluster run`, which keeps the decision with its run.
 */
import { explain, type Layer, type LinkHeuristic } from '../../cluster/index.ts';
import { txId } from '../../ledger/index.ts';
import { clusterMembers, findClusterMember, memberTexts } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import { type CaseTag, listTags } from '../tag/tags.ts';
import type { ClusterRun } from './cluster.ts';
import { type ClusterConflict, type ConflictKind, clusterConflicts, tagsByCluster } from './conflict.ts';
import { type ClusterRunDocument, runDocument } from './document.ts';
import { ClusterGraph } from './links.ts';
import { askedLayer, loadClusters } from './read.ts';

const CLUSTERS_SHOWN = 50;
const PAIRS_SHOWN = 10;

/** A tag that names one side; `source` is its pack and its place there. */
export interface ProposalTag {
  readonly address: string;
  readonly label: string;
  readonly actor: string | null;
  readonly source: string;
  readonly level: number;
}

/** Two addresses that tags set apart and links join. */
export interface Proposal {
  readonly addresses: readonly [string, string];
  readonly tags: readonly [ProposalTag, ProposalTag];
  /** Links of a shortest chain between the two, and its weakest. */
  readonly links: number;
  readonly weakest: { readonly heuristic: LinkHeuristic; readonly txid: string };
  /** Transactions without which the two are not joined. */
  readonly hangsOn: readonly string[];
}

/** One cluster with its contradictions. `morePairs` counts those of `proposals` that are left out. */
export interface ConflictRow {
  readonly cluster: string;
  readonly size: number;
  readonly conflicts: ReadonlyArray<{
    readonly kind: ConflictKind;
    readonly why: string;
    readonly proposals: readonly Proposal[];
    readonly morePairs: number;
  }>;
}

/** `spoor cluster conflicts --json`, schema spoor.cluster-conflicts/1; the largest clusters first. */
export interface ConflictsDocument {
  readonly schema: 'spoor.cluster-conflicts/1';
  readonly layer: Layer;
  readonly clusters: readonly ConflictRow[];
  readonly moreClusters: number;
  readonly run: ClusterRunDocument;
  readonly note: string;
}

const NOTE =
  'A pair that is kept apart (spoor cluster run --keep-apart A,B) stays with that run and goes with it. The merge that is then refused is the one that closes ' +
  'the chain between the two, in chain order: not always the false one. Two tags that contradict each other may also be two names of one owner, or one of them wrong.';

interface Contradicting {
  readonly root: number;
  readonly size: number;
  readonly conflicts: readonly ClusterConflict[];
}

/** Clusters of a run with contradicting tags, the largest first, then by first appearance. */
function contradicting(context: CaseContext, { run }: ClusterRun, layer: Layer): Contradicting[] {
  const found: Contradicting[] = [];
  for (const [root, tags] of tagsByCluster(context.store, { run: run.id, layer }, listTags(context))) {
    const conflicts = clusterConflicts(tags);
    if (conflicts.length === 0) continue;
    let size = 0;
    for (const _ of clusterMembers(context.store, run.id, { layer, root })) size += 1;
    found.push({ root, size, conflicts });
  }
  return found.sort((a, b) => b.size - a.size || a.root - b.root);
}

/** How many clusters of a run have tags that contradict each other. */
export function conflictCount(context: CaseContext, clusters: ClusterRun, layer: Layer): number {
  return contradicting(context, clusters, layer).length;
}

/** Every contradiction of a run, with what may be kept apart. Throws NOT_FOUND, USAGE. */
export function conflictsDocument(
  context: CaseContext,
  request: { readonly run: string | null; readonly layer: Layer },
): ConflictsDocument {
  const clusters = loadClusters(context, request.run);
  const layer = askedLayer(clusters, request.layer);
  const found = contradicting(context, clusters, layer);
  const text = memberTexts(context.store, clusters.run.id);
  return {
    schema: 'spoor.cluster-conflicts/1',
    layer,
    clusters: found.slice(0, CLUSTERS_SHOWN).map(({ root, size, conflicts }) => {
      const propose = proposer(context, clusters, layer);
      const rows = conflicts.map(({ kind, why, tags }) => {
        const pairs = pairsOf(tags);
        const proposals = pairs.slice(0, PAIRS_SHOWN).map(propose);
        return { kind, why, proposals, morePairs: pairs.length - proposals.length };
      });
      return { cluster: text(root), size, conflicts: rows };
    }),
    moreClusters: Math.max(0, found.length - CLUSTERS_SHOWN),
    run: runDocument(context, clusters),
    note: NOTE,
  };
}

type Side = readonly [address: string, tag: CaseTag];

/** Pairs of tags on different addresses: names on one address cannot be kept apart. */
function pairsOf(tags: readonly CaseTag[]): Array<readonly [Side, Side]> {
  const sides = tags.flatMap((tag): Side[] => (tag.subject.kind === 'address' ? [[tag.subject.address, tag]] : []));
  return sides.flatMap((one, place) =>
    sides.slice(place + 1).flatMap((other) => (one[0] === other[0] ? [] : [[one, other] as const])),
  );
}

/** Says of pairs of one cluster what ties them; the links of the cluster are read once. */
function proposer(context: CaseContext, { run }: ClusterRun, layer: Layer): (pair: readonly [Side, Side]) => Proposal {
  let graph: ClusterGraph | null = null;
  return ([one, other]) => {
    const [a, b] = [one, other].map(([, { subject }]) =>
      subject.kind === 'address' ? findClusterMember(context.store, run.id, subject.address) : null,
    );
    if (a === null || b === null) throw new Error('a tag of a cluster is on an address outside it');
    graph ??= new ClusterGraph(context.store, run.id, a, layer);
    const chain = explain(graph.graph, graph.numberOf(a.member), graph.numberOf(b.member));
    if (chain === null || chain.weakest === null) throw new Error(`run ${run.id}: its links do not tie its clusters`);
    const txidOf = (tx: number): string => context.view.transaction(txId(tx)).txid;
    const weakest = chain.steps[chain.weakest];
    return {
      addresses: [one[0], other[0]],
      tags: [sideOf(one), sideOf(other)],
      links: chain.steps.length,
      weakest: { heuristic: weakest.heuristic, txid: txidOf(weakest.tx) },
      hangsOn: [...new Set(chain.steps.filter(({ separates }) => separates).map(({ tx }) => txidOf(tx)))],
    };
  };
}

function sideOf([address, { label, actor, pack, index, confidenceLevel }]: Side): ProposalTag {
  return { address, label, actor, source: `${pack}#${index}`, level: confidenceLevel };
}
