/** What `case verify` asks of runs of clustering: the links give the clusters, and the facts give the links. */
import { type Layer, linkAt, replay } from '../../cluster/index.ts';
import { clusterLinks } from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import { storedRunProblems } from '../run.ts';
import { type ClusterRun, computeClusters, votesOfLink } from './cluster.ts';
import { evidenceOfRun } from './links.ts';
import { storedRoots } from './proof.ts';
import { loadClusters } from './read.ts';

/** How many runs of clustering the case has, and what is wrong with them. A run of other inputs is not made anew. */
export function clusterProblems(context: CaseContext): { readonly checked: number; readonly problems: string[] } {
  return storedRunProblems(context, 'cluster', {
    always: ({ id }) => replayProblems(context, loadClusters(context, id)),
    again: ({ id }) => recomputeProblems(context, loadClusters(context, id)),
  });
}

function layersOf({ counts }: ClusterRun): Layer[] {
  return counts.extended === null ? ['core'] : ['core', 'extended'];
}

/** Replays the links by another algorithm than the one that made the clusters. */
function replayProblems(context: CaseContext, clusters: ClusterRun): string[] {
  const { id } = clusters.run;
  const evidence = evidenceOfRun(context.store, id);
  const links = Array.from({ length: evidence.linkCount }, (_, link) => linkAt(evidence, link));
  return layersOf(clusters).flatMap((layer) => {
    const kept = storedRoots(context, id, layer);
    const again = replay(links, kept.length, layer);
    const wrong = kept.findIndex((root, member) => root !== again[member]);
    return wrong < 0 ? [] : [`run ${id}: its links do not give its ${layer} cluster of member ${wrong}`];
  });
}

/** Makes links and clusters anew from the facts. */
function recomputeProblems(context: CaseContext, clusters: ClusterRun): string[] {
  const { id } = clusters.run;
  const again = computeClusters(context, clusters.params);
  const votes = [...clusterLinks(context.store, id)].map((link) => link.votes);
  const kept = evidenceOfRun(context.store, id);
  const { evidence, read } = again;
  const differs =
    kept.linkCount !== evidence.linkCount ||
    kept.heuristic.some((code, link) => code !== evidence.heuristic[link]) ||
    kept.tx.some((tx, link) => tx !== read.transactions[evidence.tx[link]]) ||
    kept.members.some((member, place) => member !== evidence.members[place]);
  if (differs) return [`run ${id}: the facts give other links`];
  const other = votes.some((kept, link) => kept !== null && kept !== votesOfLink(again, link));
  return other ? [`run ${id}: the facts give other votes on change`] : [];
}
