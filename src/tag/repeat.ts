/** Tags of one file that say again what an earlier one said. */
import { subjectText, type Tag } from './tag.ts';

interface Seen {
  readonly tag: Tag;
  readonly place: string;
  /** Places by what is said, from the second tag of the subject on. */
  said: Map<string, string> | null;
}

/** Finds repeats; what a tag says is put into words only where its subject was met before, which spares most of them. */
export class Repeats {
  private readonly bySubject = new Map<string, Seen>();
  private readonly wordsOf: (tag: Tag) => string;

  /** `wordsOf` gives one text for tags that are the same claim. */
  constructor(wordsOf: (tag: Tag) => string) {
    this.wordsOf = wordsOf;
  }

  /** Place of the first tag that said the same; undefined, and the tag is remembered, where none did. */
  find(tag: Tag, place: string): string | undefined {
    const subject = subjectText(tag.subject);
    const seen = this.bySubject.get(subject);
    if (seen === undefined) {
      this.bySubject.set(subject, { tag, place, said: null });
      return undefined;
    }
    seen.said ??= new Map([[this.wordsOf(seen.tag), seen.place]]);
    const words = this.wordsOf(tag);
    const first = seen.said.get(words);
    if (first === undefined) seen.said.set(words, place);
    return first;
  }
}
