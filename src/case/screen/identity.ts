/** Who an address is said to be on a day, from the tags of the case and, where there is a clustering that still holds, those of its cluster. */
import { checkAddress } from '../../chain/bitcoin/index.ts';
import type { Address } from '../../ledger/index.ts';
import { claimOf, type Identity, identifies, type ScreeningClaim } from '../../screen/index.ts';
import { clusterMembers, findClusterMember, findRun, runs } from '../../store/index.ts';
import { campaignInContext, settleTags, subjectText } from '../../tag/index.ts';
import { campaignNames } from '../actor/actor.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { type CaseTag, listTags, type TagQuestion, tagsOf } from '../tag/tags.ts';

/** Answers who an address is; one for many screenings of one case. */
export class Identities {
  private readonly context: CaseContext;
  private readonly knownAt: string | null;
  private readonly network: string;
  private definers: ReadonlyMap<number, readonly CaseTag[]> | null = null;
  private campaigns: ReturnType<typeof campaignNames> | null = null;
  /** Run of clustering in use; null where there is none, or the case was fed since. */
  readonly clusterRun: string | null;

  constructor(context: CaseContext, options: { knownAt: string | null; network: 'BTC' | 'ETH'; clusters: boolean }) {
    this.context = context;
    this.knownAt = options.knownAt;
    this.network = options.network;
    this.clusterRun = options.clusters ? currentClusterRun(context) : null;
  }

  /** Claims about an address that hold on a day (null: whenever), own before inherited, best first. */
  claims(address: string, day: string | null): ScreeningClaim[] {
    const own = tagsOf(this.context, address, this.question(day)).map((tag) => this.claim(tag, false));
    return [...own, ...this.inherited(address, day)];
  }

  /** Who it is; null where no claim identifies anybody. */
  identityOf(address: string, day: string | null): Identity | null {
    const own = tagsOf(this.context, address, this.question(day)).filter(identifies);
    const claims = [...own.map((tag) => this.claim(tag, false)), ...this.inherited(address, day)];
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

  private inherited(address: string, day: string | null): ScreeningClaim[] {
    if (this.clusterRun === null) return [];
    const member = findClusterMember(this.context.store, this.clusterRun, checkAddress(address).address);
    if (member === null) return [];
    const tags = (this.definersByCluster().get(member.core) ?? []).filter(
      (tag) => tag.subject.kind === 'address' && tag.subject.address !== address,
    );
    const standing = tags.filter(({ subject, index, pack }) =>
      subject.kind !== 'address'
        ? false
        : tagsOf(this.context, subject.address, this.question(day)).some(
            (tag) => tag.index === index && tag.pack === pack,
          ),
    );
    return standing.length === 0 ? [] : settleTags(standing).all.map((tag) => this.claim(tag, true));
  }

  /** Tags whose authors hold that they cover a whole cluster, by cluster. */
  private definersByCluster(): ReadonlyMap<number, readonly CaseTag[]> {
    if (this.definers !== null) return this.definers;
    const found = new Map<number, CaseTag[]>();
    for (const tag of listTags(this.context, { knownAt: this.knownAt, network: this.network })) {
      if (!tag.isClusterDefiner || tag.subject.kind !== 'address' || !identifies(tag)) continue;
      const core = this.clusterOf(tag.subject.address);
      if (core !== null) found.set(core, [...(found.get(core) ?? []), tag]);
    }
    this.definers = found;
    return found;
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
