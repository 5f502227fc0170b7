/** Who an address is said to be on a day, from the tags of the case and, where there is a clustering that still holds, those of its cluster. */
import { checkAddress } from '../../chain/bitcoin/index.ts';
import type { Address } from '../../ledger/index.ts';
import { claimOf, type Identity, identifies, type ScreeningClaim } from '../../screen/index.ts';
import { clusterMembers, findClusterMember, findRun, runs } from '../../store/index.ts';
import { campaignInContext, settleTags, subjectText } from '../../tag/index.ts';
import { campaignNames } from '../actor/actor.ts';
import { againstServices, inheritedTags, levelFor, tagsByCluster } from '../cluster/conflict.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { type CaseTag, listTags, type TagQuestion, tagsOf } from '../tag/tags.ts';

/** A claim about another address of the cluster, and whether the cluster speaks for its addresses in it. */
interface InheritedClaim {
  readonly claim: ScreeningClaim;
  readonly isPassed: boolean;
}

interface TaggedCluster {
  readonly definers: readonly CaseTag[];
  readonly tags: readonly CaseTag[];
}

/** Answers who an address is; one for many screenings of one case. */
export class Identities {
  private readonly context: CaseContext;
  private readonly knownAt: string | null;
  private readonly network: string;
  private definers: ReadonlyMap<number, TaggedCluster> | null = null;
  private campaigns: ReturnType<typeof campaignNames> | null = null;
  /** Run of clustering in use; null where there is none, or the case was fed since. */
  readonly clusterRun: string | null;

  constructor(context: CaseContext, options: { knownAt: string | null; network: 'BTC' | 'ETH'; clusters: boolean }) {
    this.context = context;
    this.knownAt = options.knownAt;
    this.network = options.network;
    this.clusterRun = options.clusters ? currentClusterRun(context) : null;
  }

  /** Claims about an address that hold on a day (null: whenever), own before inherited, best first; those of a cluster that contradicts itself say so. */
  claims(address: string, day: string | null): ScreeningClaim[] {
    const own = tagsOf(this.context, address, this.question(day)).map((tag) => this.claim(tag, false));
    return [...own, ...this.inherited(address, day).map(({ claim }) => claim)];
  }

  /** Who it is, so that a walk ends there; null where no claim identifies anybody. A cluster that contradicts itself passes no service on, as in traces. */
  identityOf(address: string, day: string | null): Identity | null {
    const own = tagsOf(this.context, address, this.question(day)).filter(identifies);
    const passed = this.inherited(address, day).flatMap(({ claim, isPassed }) => (isPassed ? [claim] : []));
    const claims = [...own.map((tag) => this.claim(tag, false)), ...passed];
    return claims.length === 0 ? null : { address, claims };
  }

  private question(day: string | null): TagQuestion {
    return { asOf: day, knownAt: this.knownAt, network: this.network };
  }

  private claim(tag: CaseTag, inherited: boolean): ScreeningClaim {
    const { validFrom: from, validTo: to, pack, index } = tag;
    return claimOf(tag, { pack, tagId: `${pack}#${index}`, inherited, campaign: this.campaignOf(tag), from, to });
  }

  /** The campaign a tag is of: the one it names itself (as the wallets of a pack of campaigns do), else the first one whose wallet its subject is. */
  private campaignOf({ context, subject }: CaseTag): string | null {
    this.campaigns ??= campaignNames(this.context);
    const own = campaignInContext(context);
    if (own !== null) return this.campaigns.byId.get(own) ?? own;
    return this.campaigns.byWallet.get(subjectText(subject)) ?? null;
  }

  /** Claims about other addresses of its cluster whose authors hold that they cover a whole cluster, best first. */
  private inherited(address: string, day: string | null): InheritedClaim[] {
    if (this.clusterRun === null) return [];
    const member = findClusterMember(this.context.store, this.clusterRun, checkAddress(address).address);
    const cluster = member === null ? undefined : this.definersByCluster(this.clusterRun).get(member.core);
    if (cluster === undefined) return [];
    const standing = cluster.definers.filter(
      ({ subject, index, pack }) =>
        subject.kind === 'address' &&
        subject.address !== address &&
        tagsOf(this.context, subject.address, this.question(day)).some(
          (tag) => tag.index === index && tag.pack === pack,
        ),
    );
    if (standing.length === 0) return [];
    const passed = new Set(inheritedTags(standing, cluster.tags));
    const [contested] = againstServices(cluster.tags);
    return settleTags(standing).all.map((tag): InheritedClaim => {
      const claim = this.claim({ ...tag, confidenceLevel: levelFor(tag, false, 'core') }, true);
      return { claim: contested === undefined ? claim : { ...claim, contested }, isPassed: passed.has(tag) };
    });
  }

  /** Clusters with a tag whose author holds that it covers the cluster: those tags, and all tags of the cluster. */
  private definersByCluster(run: string): ReadonlyMap<number, TaggedCluster> {
    if (this.definers !== null) return this.definers;
    const tags = listTags(this.context, { knownAt: this.knownAt, network: this.network });
    const covers = (tag: CaseTag): boolean => tag.isClusterDefiner && identifies(tag);
    const clusters = tags.some(covers)
      ? tagsByCluster(this.context.store, { run, layer: 'core' }, tags)
      : new Map<number, CaseTag[]>();
    this.definers = new Map(
      [...clusters]
        .map(([root, ofCluster]) => [root, { tags: ofCluster, definers: ofCluster.filter(covers) }] as const)
        .filter(([, { definers }]) => definers.length > 0),
    );
    return this.definers;
  }

  private clusterOf(address: Address): number | null {
    if (this.clusterRun === null) return null;
    return findClusterMember(this.context.store, this.clusterRun, address)?.core ?? null;
  }

  /** Whether two addresses are of one cluster: then what one pays the other is its own. */
  clusterAddresses(address: Address): Address[] {
    const root = this.clusterOf(address);
    if (root === null || this.clusterRun === null) return [address];
    const members = clusterMembers(this.context.store, this.clusterRun, { layer: 'core', root });
    return [...members].map((member) => member.address);
  }
}

/** The latest run of clustering, if the case was not fed since. */
function currentClusterRun({ store }: CaseContext): string | null {
  if (!runs(store).some(({ verb }) => verb === 'cluster')) return null;
  const run = findRun(store, null, 'cluster');
  return run.inputs === inputsDigest(store) ? run.id : null;
}
