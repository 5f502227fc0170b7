/** Tags of one file that say again what an earlier one said. */
import { subjectText, type Tag } from './tag.ts';

/** Finds repeats; what a tag says is put into words only where its subject was met before, which spares most of them. */
export class Repeats {
  private readonly firstOf = new Map<string, Tag>();
  /** For subjects met more than once, the first tag by what is said. */
  private readonly said = new Map<string, Map<string, Tag>>();
  private readonly wordsOf: (tag: Tag) => string;

  /** `wordsOf` gives one text for tags that are the same claim. */
  constructor(wordsOf: (tag: Tag) => string) {
    this.wordsOf = wordsOf;
  }

  /** The first tag that said the same; undefined, and the tag is remembered, where none did. */
  find(tag: Tag): Tag | undefined {
    const subject = subjectText(tag.subject);
    const first = this.firstOf.get(subject);
    if (first === undefined) {
      this.firstOf.set(subject, tag);
      return undefined;
    }
    const said = this.said.get(subject) ?? new Map<string, Tag>([[this.wordsOf(first), first]]);
    this.said.set(subject, said);
    const words = this.wordsOf(tag);
    const same = said.get(words);
    if (same === undefined) said.set(words, tag);
    return same;
  }
}
