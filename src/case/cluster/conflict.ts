/**
 * Tags within one cluster: what its addresses inherit of them and how surely, and where tags say that the cluster joins what it should not. Traces and
 * screenings both ask here, so that they agree on which clusters speak for their addresses.
 */
import type { Layer } from '../../cluster/index.ts';
import { identifies } from '../../screen/index.ts';
import { type CaseStore, findClusterMember } from '../../store/index.ts';
import { isServiceCategory, subjectText } from '../../tag/index.ts';
import type { CaseTag } from '../tag/tags.ts';
import { rootIn } from './read.ts';

/**
 * Highest level (0 to 100, scale of tag confidence) that a tag keeps for other addresses of a cluster: no claim is
 * surer than its weakest link. Our reading: links of the core count as forensic work (50), links by change as a
 * heuristic (10).
 */
const INHERITED_LEVEL: Readonly<Record<Layer, number>> = { core: 50, extended: 10 };

/** Level of a tag for the address asked about. */
export function levelFor(tag: Pick<CaseTag, 'confidenceLevel'>, direct: boolean, layer: Layer): number {
  return direct ? tag.confidenceLevel : Math.min(tag.confidenceLevel, INHERITED_LEVEL[layer]);
}

/** Tags of addresses by the cluster of a run they are in, by its first member; tags of addresses that the run did not read are left out. */
export function tagsByCluster<T extends CaseTag>(
  store: CaseStore,
  { run, layer }: { readonly run: string; readonly layer: Layer },
  tags: readonly T[],
): Map<number, T[]> {
  const byRoot = new Map<number, T[]>();
  for (const tag of tags) {
    const member = tag.subject.kind === 'address' ? findClusterMember(store, run, tag.subject.address) : null;
    if (member === null) continue;
    const root = rootIn(member, layer);
    const same = byRoot.get(root);
    if (same === undefined) byRoot.set(root, [tag]);
    else same.push(tag);
  }
  return byRoot;
}

/**
 * Two services, a service and a crime of another name, or owners of different names of whom neither holds. The first two keep a cluster from passing the name of
 * a service on.
 */
export type ConflictKind = 'two-services' | 'service-and-crime' | 'two-owners';

/** A contradiction among the tags of one cluster; `tags` has one for each name, on addresses that can be kept apart. */
export interface ClusterConflict {
  readonly kind: ConflictKind;
  readonly tags: readonly CaseTag[];
  /** The contradiction as a sentence without its end. */
  readonly why: string;
}

function nameOf(tag: CaseTag): string {
  return (tag.actor ?? tag.label).toLowerCase();
}

function isService({ category, concepts }: CaseTag): boolean {
  return isServiceCategory(category, concepts);
}

function cited(tag: CaseTag): string {
  return `${tag.label} (${subjectText(tag.subject)})`;
}

/** Contradictions among the tags of one cluster. Names are never merged; whoever reads decides. */
export function clusterConflicts(tags: readonly CaseTag[]): ClusterConflict[] {
  const byName = new Map(tags.filter(isService).map((tag) => [nameOf(tag), tag]));
  const crimes = tags.filter(({ abuse }) => abuse !== null);
  const conflicts: ClusterConflict[] = [];
  if (byName.size > 1) {
    const named = [...byName.values()].sort((a, b) => (cited(a) < cited(b) ? -1 : 1));
    const why = `two services or more in one cluster: ${named.map(cited).join(', ')}`;
    conflicts.push({ kind: 'two-services', tags: named, why });
  }
  for (const service of byName.values()) {
    const crime = crimes.find((tag) => nameOf(tag) !== nameOf(service));
    if (crime === undefined) continue;
    const why =
      `an address of a service, ${cited(service)}, is joined with ${cited(crime)}: ` +
      'the cluster may be that of the service alone, or a false merge';
    conflicts.push({ kind: 'service-and-crime', tags: [service, crime], why });
  }
  return conflicts.length > 0 ? conflicts : ownersConflict(tags);
}

/** Ownership claimed for different actors. A label without an actor contradicts nobody: two labels may be two words for one owner. */
function ownersConflict(tags: readonly CaseTag[]): ClusterConflict[] {
  const owned = tags.filter((tag) => tag.actor !== null && identifies(tag));
  const byActor = new Map(owned.map((tag) => [nameOf(tag), tag]));
  if (byActor.size < 2) return [];
  const named = [...byActor].sort(([a], [b]) => (a < b ? -1 : 1));
  const told = named.map(([, tag]) => `${tag.actor}: ${cited(tag)}`).join(', ');
  return [{ kind: 'two-owners', tags: named.map(([, tag]) => tag), why: `different actors in one cluster: ${told}` }];
}

/** Why a cluster does not pass the name of a service on to its other addresses; empty where it does. */
export function againstServices(tags: readonly CaseTag[]): string[] {
  return clusterConflicts(tags).flatMap(({ kind, why }) => (kind === 'two-owners' ? [] : [why]));
}

/** Tags of a cluster that its other addresses inherit: all of `passing`, but no service where the tags of the cluster contradict each other about it. */
export function inheritedTags<T extends CaseTag>(passing: readonly T[], ofCluster: readonly CaseTag[]): readonly T[] {
  return againstServices(ofCluster).length === 0 ? passing : passing.filter((tag) => !isService(tag));
}
