/** Tags that an address inherits through its cluster, each with how strong the chain of links is that ties it to the address the tag is of. */
import { type ErrorRate, explain, type Layer, type LinkHeuristic } from '../../cluster/index.ts';
import { type Txid, txId } from '../../ledger/index.ts';
import { findClusterMember } from '../../store/index.ts';
import { settleTags } from '../../tag/index.ts';
import type { CaseContext } from '../context.ts';
import { type StandingTag, type TagQuestion, tagsOf } from '../tag/tags.ts';
import { againstServices, inheritedTags, levelFor } from './conflict.ts';
import {
  CLUSTER_CLAIM,
  type ClusterRunDocument,
  type ErrorRatesDocument,
  errorRatesOf,
  runDocument,
} from './document.ts';
import { ClusterGraph } from './links.ts';
import { askedMember, tagsAmong } from './read.ts';

/** The chain of links between the address asked about and the one a tag is of. */
export interface InheritedLink {
  readonly cluster: string;
  readonly layer: Layer;
  /** Links of the shortest chain. */
  readonly steps: number;
  /** Its weakest link: no claim that comes over it is surer. */
  readonly heuristic: LinkHeuristic;
  readonly txid: Txid;
  /** Without that transaction the two addresses are in different clusters. */
  readonly separates: boolean;
  /** Of the pairs that this heuristic joins, those of one owner, in basis points, as counted on a generated chain; null where nobody counted. */
  readonly precisionBp: number | null;
}

/** A tag as it is listed for an address: its own, or inherited. Of an inherited one `confidenceLevel` is what is left of it over the link. */
export interface ListedTag extends StandingTag {
  readonly inherited: boolean;
  /** null for a tag of its own. */
  readonly link: InheritedLink | null;
  /** False where the tags of the cluster contradict each other about this claim: traces and screenings do not pass it on. */
  readonly passed: boolean;
  /** The contradiction in words. */
  readonly contested: string | null;
}

/** Tags of addresses with those they inherit, and the run that this rests on. */
export interface InheritedTags {
  readonly run: ClusterRunDocument;
  readonly layer: Layer;
  readonly claim: string;
  readonly errorRates: ErrorRatesDocument;
  readonly list: readonly ListedTag[];
}

/** Tags of one address, own and inherited, best first. Throws ADDRESS_INVALID, NOT_FOUND without a run that read the address, USAGE. */
export function tagsWithInherited(
  context: CaseContext,
  request: { readonly address: string; readonly run: string | null; readonly layer: Layer },
  question: TagQuestion = {},
): InheritedTags {
  const { clusters, layer, member, addresses } = askedMember(context, request);
  const { address } = member;
  const errorRates = errorRatesOf(clusters.params, layer);
  const ofCluster = tagsAmong(context, new Set(addresses), question);
  const others = ofCluster.filter(({ subject }) => subject.kind === 'address' && subject.address !== address);
  const own = tagsOf(context, address, question).map(
    (tag): ListedTag => ({ ...tag, inherited: false, link: null, passed: true, contested: null }),
  );
  const found = { run: runDocument(context, clusters), layer, claim: CLUSTER_CLAIM, errorRates };
  if (others.length === 0) return { ...found, list: own };
  const chains = new Chains(context, { run: clusters.run.id, member, layer, cluster: addresses[0] }, errorRates.rates);
  const passed = new Set(inheritedTags(others, ofCluster));
  const [contested = null] = againstServices(ofCluster);
  const inherited = others.map((tag): ListedTag => {
    const confidenceLevel = levelFor(tag, false, layer);
    return { ...tag, confidenceLevel, inherited: true, link: chains.to(tag), passed: passed.has(tag), contested };
  });
  return { ...found, list: settleTags([...own, ...inherited]).all };
}

/** Chains of links from one member to others of its cluster. */
class Chains {
  private readonly context: CaseContext;
  private readonly from: { readonly run: string; readonly member: ReturnType<typeof askedMember>['member'] };
  private readonly shown: Pick<InheritedLink, 'cluster' | 'layer'>;
  private readonly rates: readonly ErrorRate[];
  private readonly graph: ClusterGraph;
  private readonly known = new Map<string, InheritedLink>();

  constructor(
    context: CaseContext,
    of: { run: string; member: Chains['from']['member']; layer: Layer; cluster: string },
    rates: readonly ErrorRate[],
  ) {
    const { run, member, layer, cluster } = of;
    this.context = context;
    this.from = { run, member };
    this.shown = { cluster, layer };
    this.rates = rates;
    this.graph = new ClusterGraph(context.store, run, member, layer);
  }

  /** The chain to the address of a tag. */
  to({ subject }: StandingTag): InheritedLink {
    const address = subject.kind === 'address' ? subject.address : null;
    const other = address === null ? null : findClusterMember(this.context.store, this.from.run, address);
    if (address === null || other === null) throw new Error('a tag of a cluster is of one of its addresses');
    const link = this.known.get(address) ?? this.chain(other.member);
    this.known.set(address, link);
    return link;
  }

  private chain(other: number): InheritedLink {
    const { graph } = this.graph;
    const found = explain(graph, this.graph.numberOf(this.from.member.member), this.graph.numberOf(other));
    const weakest = found?.steps.at(found.weakest ?? 0);
    if (found === null || weakest === undefined)
      throw new Error(`run ${this.from.run}: its links do not tie what its clusters join`);
    const { heuristic, tx, separates } = weakest;
    const { txid } = this.context.view.transaction(txId(tx));
    const precisionBp = this.rates.find((rate) => rate.heuristic === heuristic)?.precisionBp ?? null;
    return { ...this.shown, steps: found.steps.length, heuristic, txid, separates, precisionBp };
  }
}
