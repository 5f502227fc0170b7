/**
 * Claim:      when exactly one slip of the hand (one character wrong, two neighbours swapped, one missing, one too many) explains a text
 *             whose checksum fails, that slip is named with its place.
 * Source:     own. A checksum of 30 or 32 bits and about 4,000 candidates: a wrong guess has odds below one in 200,000.
 * Parameters: none; the alphabet and the test of a candidate come from the encoding.
 * Cost:       one test per candidate: length x alphabet for a wrong character, and as many again for a missing one.
 * Fails when: two or more slips were made, or two explanations exist: then nothing is guessed.
 */

/** An encoding as the search sees it. */
export interface RepairSpace {
  readonly alphabet: string;
  /** Whether a candidate is an address in full: prefix, checksum, lengths. */
  readonly holds: (candidate: string) => boolean;
}

/** A candidate, and the words that explain the slip behind it; made only when asked, since nearly all candidates fail. */
type Explanation = readonly [candidate: string, words: () => string];

function* substitutions(text: string, alphabet: string): Generator<Explanation> {
  for (let index = 0; index < text.length; index += 1) {
    const before = text.slice(0, index);
    const after = text.slice(index + 1);
    for (const letter of alphabet) {
      if (letter === text[index]) continue;
      yield [
        before + letter + after,
        () => `character ${index + 1} ("${text[index]}") is probably wrong: the checksum holds with "${letter}"`,
      ];
    }
  }
}

function* swaps(text: string): Generator<Explanation> {
  for (let index = 0; index + 1 < text.length; index += 1) {
    const pair = text.slice(index, index + 2);
    const swapped = pair[1] + pair[0];
    if (pair === swapped) continue;
    yield [
      text.slice(0, index) + swapped + text.slice(index + 2),
      () =>
        `characters ${index + 1} and ${index + 2} ("${pair}") are probably swapped: the checksum holds with "${swapped}"`,
    ];
  }
}

function* extras(text: string): Generator<Explanation> {
  for (let index = 0; index < text.length; index += 1) {
    yield [
      text.slice(0, index) + text.slice(index + 1),
      () => `character ${index + 1} ("${text[index]}") is probably one too many: the checksum holds without it`,
    ];
  }
}

function* missing(text: string, alphabet: string): Generator<Explanation> {
  for (let index = 0; index <= text.length; index += 1) {
    const before = text.slice(0, index);
    const after = text.slice(index);
    for (const letter of alphabet) {
      yield [
        before + letter + after,
        () => `character ${index + 1} is probably missing: the checksum holds with "${letter}" put there`,
      ];
    }
  }
}

/** The explanations that lead to different addresses, two at most: a second one already forbids a guess. */
function upToTwo(explanations: Iterable<Explanation>, space: RepairSpace): Explanation[] {
  const found: Explanation[] = [];
  for (const explanation of explanations) {
    if (explanation[0] === found[0]?.[0] || !space.holds(explanation[0])) continue;
    found.push(explanation);
    if (found.length === 2) break;
  }
  return found;
}

/** Says what is wrong with `text`, whose checksum fails, as the end of a sentence. Never throws. */
export function explainChecksum(text: string, space: RepairSpace): string {
  const kinds = [substitutions(text, space.alphabet), swaps(text), extras(text), missing(text, space.alphabet)];
  for (const kind of kinds) {
    const [first, second] = upToTwo(kind, space);
    if (second !== undefined) return 'its checksum fails, and more than one single change would repair it';
    if (first !== undefined) return first[1]();
  }
  return 'its checksum fails and no single change repairs it, so more than one character is wrong';
}
