/**
 * Tags within one cluster: what is inherited and how surely, and where tags say that the cluster joins what it should
 * not.
 */
import type { Layer } from '../../cluster/index.ts';
import { isServiceCategory, subjectText } from '../../tag/index.ts';
import type { CaseTag } from '../tag/tags.ts';

/**
 * Highest level (0 to 100, scale of tag confidence) that a tag keeps for other addresses of a cluster: no claim is
 * surer than its weakest link. Our reading: links of the core count as forensic work (50), links by change as a
 * heuristic (10).
 */
const INHERITED_LEVEL: Readonly<Record<Layer, number>> = { core: 50, extended: 10 };

/** Level of a tag for the address asked about. */
export function levelFor(tag: CaseTag, direct: boolean, layer: Layer): number {
  return direct ? tag.confidenceLevel : Math.min(tag.confidenceLevel, INHERITED_LEVEL[layer]);
}

function nameOf(tag: CaseTag): string {
  return (tag.actor ?? tag.label).toLowerCase();
}

/** Contradictions among the tags of one cluster, as sentences. Names are never merged; whoever reads decides. */
export function clusterConflicts(tags: readonly CaseTag[]): string[] {
  const services = tags.filter(({ category, concepts }) => isServiceCategory(category, concepts));
  const byName = new Map(services.map((tag) => [nameOf(tag), tag]));
  const crimes = tags.filter(({ abuse }) => abuse !== null);
  const conflicts: string[] = [];
  if (byName.size > 1) {
    const named = [...byName.values()].map((tag) => `${tag.label} (${subjectText(tag.subject)})`).sort();
    conflicts.push(`two services or more in one cluster: ${named.join(', ')}`);
  }
  for (const service of byName.values()) {
    const crime = crimes.find((tag) => nameOf(tag) !== nameOf(service));
    if (crime === undefined) continue;
    conflicts.push(
      `an address of a service, ${service.label} (${subjectText(service.subject)}), is joined with ${crime.label} (${subjectText(crime.subject)}): ` +
        'the cluster may be that of the service alone, or a false merge',
    );
  }
  return conflicts;
}
