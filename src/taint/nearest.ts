/** Names that a mistyped name may stand for. */

const OFFERED = 3;

/** Fewest insertions, deletions and replacements of characters that turn one text into the other (Levenshtein 1966). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}

/** The known names nearest to a text, upper and lower case alike; the nearest first, at most three, none that differs in more than two letters of five. */
export function nearestNames(text: string, known: readonly string[]): string[] {
  const wanted = text.toLowerCase();
  return known
    .map((name, at) => ({ name, at, distance: editDistance(wanted, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance * 5 <= 2 * Math.max(name.length, wanted.length))
    .sort((a, b) => a.distance - b.distance || a.at - b.at)
    .slice(0, OFFERED)
    .map(({ name }) => name);
}
