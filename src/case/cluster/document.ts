/** What a run of clustering says of one address, as the documents of the command-line contract. */
import { ERROR_RATES_MEASURED, type ErrorRate, type Layer, ratesFor } from '../../cluster/index.ts';
import type { CaseContext } from '../context.ts';
import type { CaseTag } from '../tag/tags.ts';
import type { ClusterCounts, ClusterParams, ClusterRun } from './cluster.ts';
import { clusterConflicts, levelFor } from './conflict.ts';
import { askedMember, isStale, tagsAmong } from './read.ts';

/** The run a document rests on. `stale`: the case was fed or its tags changed since. */
export interface ClusterRunDocument {
  readonly id: string;
  readonly engine: string;
  readonly tip: { readonly height: number; readonly hash: string | null };
  readonly params: ClusterParams;
  readonly inputs: string;
  readonly stale: boolean;
}

/** `spoor cluster run --json`, schema spoor.clustering/1. */
export interface ClusteringDocument {
  readonly schema: 'spoor.clustering/1';
  readonly run: ClusterRunDocument;
  readonly counts: ClusterCounts;
}

/** A tag of a member. `direct` when it is about the address that was asked, else the cluster inherits it. */
export interface ClusterTagRow {
  readonly address: string;
  readonly label: string;
  readonly category: string | null;
  readonly abuse: string | null;
  readonly actor: string | null;
  readonly source: string;
  readonly confidence: string;
  readonly confidenceLevel: number;
  /** Level for the address asked about: for an inherited tag never above that of the links of the cluster. */
  readonly level: number;
  readonly pack: string;
  readonly direct: boolean;
}

/**
 * `spoor cluster show ADDR --json`, schema spoor.cluster/1. The id is the address of the cluster that appears first in
 * the chain.
 */
export interface ClusterDocument {
  readonly schema: 'spoor.cluster/1';
  readonly cluster: string;
  readonly size: number;
  readonly addresses: readonly string[];
  readonly tags: readonly ClusterTagRow[];
  /** Where tags contradict the cluster, in words; `--keep-apart` records a decision. */
  readonly conflicts: readonly string[];
  readonly layer: Layer;
  readonly run: ClusterRunDocument;
  readonly claim: string;
  readonly errorRates: ErrorRatesDocument;
}

/** Error rates of the heuristics behind a cluster, with what they were counted on. */
export interface ErrorRatesDocument {
  readonly date: string;
  readonly on: string;
  readonly limits: string;
  readonly rates: readonly ErrorRate[];
}

/** The rates of a layer of a run. */
export function errorRatesOf(params: ClusterParams, layer: Layer): ErrorRatesDocument {
  return { ...ERROR_RATES_MEASURED, rates: ratesFor(layer === 'extended' ? params.change : null) };
}

/** What a cluster claims, and what it does not: printed wherever one is shown. */
export const CLUSTER_CLAIM =
  'consistent with common control of the keys under the heuristics of this run; it names no owner, and an address outside it may belong to the same one';

/** The run as part of a document. */
export function runDocument(context: CaseContext, clusters: ClusterRun): ClusterRunDocument {
  const { id, engine, tipHeight, tipHash, inputs } = clusters.run;
  const tip = { height: tipHeight, hash: tipHash };
  return { id, engine, tip, params: clusters.params, inputs, stale: isStale(context, clusters) };
}

/** A run with what it counted. */
export function clusteringDocument(context: CaseContext, clusters: ClusterRun): ClusteringDocument {
  return { schema: 'spoor.clustering/1', run: runDocument(context, clusters), counts: clusters.counts };
}

/** The cluster of an address. Throws ADDRESS_INVALID, NOT_FOUND, USAGE. */
export function clusterDocument(
  context: CaseContext,
  request: { readonly address: string; readonly run: string | null; readonly layer: Layer },
): ClusterDocument {
  const { clusters, layer, member, addresses } = askedMember(context, request);
  const tags = tagsAmong(context, new Set(addresses));
  return {
    schema: 'spoor.cluster/1',
    cluster: addresses[0],
    size: addresses.length,
    addresses,
    tags: tags.map((tag) => tagRow(tag, member.address, layer)),
    conflicts: clusterConflicts(tags).map(({ why }) => why),
    layer,
    run: runDocument(context, clusters),
    claim: CLUSTER_CLAIM,
    errorRates: errorRatesOf(clusters.params, layer),
  };
}

function tagRow(tag: CaseTag, asked: string, layer: Layer): ClusterTagRow {
  const address = tag.subject.kind === 'address' ? tag.subject.address : '';
  const direct = address === asked;
  const { label, category, abuse, actor, source, confidence, confidenceLevel, pack } = tag;
  const claim = { address, label, category, abuse, actor, source, confidence, confidenceLevel };
  return { ...claim, level: levelFor(tag, direct, layer), pack, direct };
}
