/**
 * Claim:      why two members are in one cluster: a shortest chain of links, its weakest link, and the transactions
 *             without which the two fall apart.
 * Source:     search.ts.
 * Parameters: `layer`.
 * Cost:       two passes over what is visited, at most the cluster.
 * Fails when: never for the evidence given; a chain of many weak links is weaker than its weakest, and no number here
 *             says by how much.
 */
import { type Evidence, heuristicAt, type LinkHeuristic } from './evidence.ts';
import { type EvidenceGraph, restsOnTransaction, type Step } from './search.ts';

/** Heuristics from the strongest: identity of keys, signing together, one deposit address, then guesses. */
export const STRENGTH: readonly LinkHeuristic[] = [
  'same-key',
  'nested-script',
  'common-input',
  'deposit-reuse',
  'change',
  'airdrop-farm',
  'self-authorisation',
  'consolidation-sink',
  'first-funder',
];

/** A step of the chain with what it rests on. */
export interface ExplainedStep extends Step {
  readonly heuristic: LinkHeuristic;
  readonly tx: number;
  /** Without this transaction the two members are in different clusters. */
  readonly separates: boolean;
}

/** The answer for two members of one cluster. */
export interface Explanation {
  readonly steps: readonly ExplainedStep[];
  /**
   * Place of the weakest step: the weakest heuristic, and among equals the first that separates; null without steps.
   */
  readonly weakest: number | null;
}

/** Explains two members, or null when no link leads from one to the other. */
export function explain(graph: EvidenceGraph, a: number, b: number): Explanation | null {
  const path = graph.path(a, b);
  if (path === null) return null;
  const { evidence } = graph;
  const separating = graph.separating(path);
  const steps = path.map((step): ExplainedStep => {
    const tx = evidence.tx[step.link];
    const separates = restsOnTransaction(evidence, step.link) && separating.has(tx);
    return { ...step, heuristic: heuristicAt(evidence, step.link), tx, separates };
  });
  return { steps, weakest: weakestOf(steps) };
}

function weakestOf(steps: readonly ExplainedStep[]): number | null {
  const weakness = ({ heuristic, separates }: ExplainedStep): number =>
    2 * STRENGTH.indexOf(heuristic) + Number(separates);
  let weakest: number | null = null;
  steps.forEach((step, place) => {
    if (weakest === null || weakness(step) > weakness(steps[weakest])) weakest = place;
  });
  return weakest;
}

/** What to leave out of the evidence: a transaction, or a heuristic. */
export type Without = { readonly tx: number } | { readonly heuristic: LinkHeuristic };

/** Whether a link goes. A transaction takes what it did, not the identity of scripts that it showed. */
export function isLeftOut(evidence: Evidence, link: number, without: Without): boolean {
  if ('heuristic' in without) return heuristicAt(evidence, link) === without.heuristic;
  return evidence.tx[link] === without.tx && restsOnTransaction(evidence, link);
}

/** A cluster that falls apart: pieces by size, then by their first member. */
export interface Split {
  readonly root: number;
  readonly size: number;
  readonly pieces: ReadonlyArray<{ readonly root: number; readonly size: number }>;
}

/** Clusters of `before` that are in pieces in `after`, which must be finer; the largest first. */
export function splits(before: Uint32Array, after: Uint32Array): Split[] {
  const sizes = new Map<number, number>();
  const pieces = new Map<number, Map<number, number>>();
  for (let member = 0; member < before.length; member += 1) {
    const root = before[member];
    sizes.set(root, (sizes.get(root) ?? 0) + 1);
    if (after[member] === root) continue;
    const of = pieces.get(root) ?? new Map<number, number>();
    of.set(after[member], (of.get(after[member]) ?? 0) + 1);
    pieces.set(root, of);
  }
  return [...pieces]
    .map(([root, others]): Split => {
      const size = sizes.get(root) ?? 0;
      const rest = [...others.values()].reduce((sum, count) => sum + count, 0);
      const all = [{ root, size: size - rest }, ...[...others].map(([piece, count]) => ({ root: piece, size: count }))];
      return { root, size, pieces: all.sort((x, y) => y.size - x.size || x.root - y.root) };
    })
    .sort((x, y) => y.size - x.size || x.root - y.root);
}
