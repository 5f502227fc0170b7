/** What readers of tags assume, keep unasked or do not know, counted, and told at the end in sentences of a fixed order. */
import { CONFIDENCE_LEVELS, DEFAULT_CONFIDENCE } from './confidence.ts';
import type { Tag } from './tag.ts';
import { CONCEPTS, TAG_TYPES } from './taxonomy.ts';
import { INVISIBLE } from './text.ts';

// Notes stay readable whatever a pack holds; the largest public pack names 80 other chains.
const WORDS_LISTED = 100;

/** Adds one to the count of a key. */
export function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Counts by key, keys in order: `ETH 2, LTC 1`. */
export function counted(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([left], [right]) => (left < right ? -1 : 1));
  const listed = sorted.slice(0, WORDS_LISTED).map(([key, number]) => `${key} ${number}`);
  const rest = sorted.length - listed.length;
  return [...listed, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

/** Counts what the notes of one file tell. */
export class Tally {
  /** Tags of other chains that were left out, by chain. */
  readonly foreign = new Map<string, number>();
  readonly unknownCodes = new Map<string, number>();
  readonly networkTaken = new Map<string, number>();
  private readonly unknownWords = new Map<string, number>();
  private confidenceDefaulted = 0;
  private invisible = 0;
  private wrongCase = 0;

  /** A mixed-case account whose EIP-55 checksum is wrong: kept, for the checksum is a matter of spelling. */
  readonly badCase = (): void => {
    this.wrongCase += 1;
  };

  /** Looks at a tag that was kept. */
  see(tag: Tag): void {
    if (tag.confidenceDefaulted) this.confidenceDefaulted += 1;
    this.word('category', tag.category, CONCEPTS);
    this.word('abuse', tag.abuse, CONCEPTS);
    this.word('tag_type', tag.tagType, TAG_TYPES);
    for (const concept of tag.concepts) this.word('concept', concept, CONCEPTS);
    if (INVISIBLE.test(tag.label) || INVISIBLE.test(tag.source) || INVISIBLE.test(tag.actor ?? '')) this.invisible += 1;
  }

  private word(field: string, word: string | null, known: ReadonlySet<string>): void {
    if (word !== null && !known.has(word)) count(this.unknownWords, `${field} "${word.slice(0, 60)}"`);
  }

  /** Sentences about `total` tags of a file. */
  notes(total: number): string[] {
    const notes: string[] = [];
    const sum = [...this.foreign.values()].reduce((left, right) => left + right, 0);
    if (total === 0) notes.push('the pack holds no tags');
    if (sum > 0) notes.push(`not about Bitcoin, left out: ${sum} of ${total} tags (${counted(this.foreign)})`);
    for (const [network, number] of [...this.networkTaken].sort(([left], [right]) => (left < right ? -1 : 1)))
      notes.push(`network not stated, taken as ${network}: ${number} of ${total} tags`);
    if (this.confidenceDefaulted > 0) {
      const level = CONFIDENCE_LEVELS[DEFAULT_CONFIDENCE];
      const assumed = `confidence not stated, taken as ${DEFAULT_CONFIDENCE} (level ${level})`;
      notes.push(`${assumed}: ${this.confidenceDefaulted} of ${total} tags`);
    }
    if (this.unknownCodes.size > 0)
      notes.push(`asset codes nobody here knows, kept as text under their code: ${counted(this.unknownCodes)}`);
    if (this.unknownWords.size > 0) notes.push(`words outside the taxonomy were kept: ${counted(this.unknownWords)}`);
    if (this.wrongCase > 0)
      notes.push(`accounts whose letters carry a wrong EIP-55 checksum were kept: ${this.wrongCase} of ${total} tags`);
    if (this.invisible > 0) {
      const where = 'invisible or direction-changing characters in label, source or actor';
      notes.push(`${where}: ${this.invisible} of ${total} tags`);
    }
    return notes;
  }
}
