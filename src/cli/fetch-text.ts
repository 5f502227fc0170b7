/** Sentences about fetched blocks, for both kinds of chain. */
import type { BlocksOutcome, FetchOutcome, Reorganisation } from '../case/index.ts';

/** A reorganisation that was met. */
export function reorganisationText({ height, depth, blocks, transactions, runs, cut }: Reorganisation): string {
  const lines = [
    `the chain was reorganised: ${depth} ${depth === 1 ? 'block' : 'blocks'} deep, back to height ${height}`,
    `  taken out: ${blocks} blocks, ${transactions} transactions, ${runs} runs that rested on them`,
    ...cut.map((name) => `  partly undone, fetch it again with --refresh: ${name}`),
  ];
  return lines.join('\n');
}

/** What was fetched for a subject. */
export function fetchedText({ subject, transactions, stated, complete }: FetchOutcome): string {
  const count = `${subject}: ${transactions} transaction${transactions === 1 ? '' : 's'}`;
  if (complete === null) return transactions === 0 ? `${count}: no block holds it yet` : count;
  return complete ? `${count}, complete` : `${count}, incomplete: the source states ${stated}`;
}

/** What fetching a range did. */
export function blocksText({ from, to, fetched, already, reorganisations }: BlocksOutcome): string {
  const met = reorganisations.length === 0 ? '' : `, ${reorganisations.length} reorganisations`;
  return `blocks ${from} to ${to}: ${fetched} fetched, ${already} already in the case${met}`;
}
