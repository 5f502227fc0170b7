/** Sentences about fetched blocks, for both kinds of chain. */
import type { BlocksOutcome, Reorganisation } from '../case/index.ts';

/** A reorganisation that was met. */
export function reorganisationText({ height, depth, blocks, transactions, runs, cut }: Reorganisation): string {
  const lines = [
    `the chain was reorganised: ${depth} ${depth === 1 ? 'block' : 'blocks'} deep, back to height ${height}`,
    `  taken out: ${blocks} blocks, ${transactions} transactions, ${runs} runs that rested on them`,
    ...cut.map((name) => `  partly undone, fetch it again with --refresh: ${name}`),
  ];
  return lines.join('\n');
}

/** What fetching a range did. */
export function blocksText({ from, to, fetched, already, reorganisations }: BlocksOutcome): string {
  const met = reorganisations.length === 0 ? '' : `, ${reorganisations.length} reorganisations`;
  return `blocks ${from} to ${to}: ${fetched} fetched, ${already} already in the case${met}`;
}
