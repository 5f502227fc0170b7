/**
 * The one gate between strangers' text and a document. Labels, tags, sources and names come from the chain or from the crowd; every
 * renderer passes them through here. Characters that hide or reorder text are made visible as `[U+202E]`, never dropped in silence.
 */

/**
 * Code points that draw nothing, move the cursor or reorder their neighbours, as [first, last]. Listed by hand rather than by a Unicode
 * property, because properties grow with the JavaScript engine and the bytes of a report may not.
 */
const HIDDEN_RANGES: ReadonlyArray<readonly [number, number]> = [
  [0x0000, 0x001f], // C0 controls with tab and line breaks
  [0x007f, 0x009f], // delete and C1 controls
  [0x00ad, 0x00ad], // soft hyphen
  [0x034f, 0x034f], // combining grapheme joiner
  [0x061c, 0x061c], // Arabic letter mark
  [0x115f, 0x1160], // Hangul fillers
  [0x17b4, 0x17b5], // Khmer inherent vowels
  [0x180b, 0x180f], // Mongolian selectors and vowel separator
  [0x200b, 0x200f], // zero width space and joiners, direction marks
  [0x2028, 0x202e], // line and paragraph separators, embeddings and overrides
  [0x2060, 0x206f], // word joiner, invisible operators, isolates, deprecated controls
  [0x2800, 0x2800], // blank Braille pattern
  [0x3164, 0x3164], // Hangul filler
  [0xd800, 0xdfff], // half a surrogate pair
  [0xfeff, 0xfeff], // byte order mark
  [0xffa0, 0xffa0], // half width Hangul filler
  [0xfff0, 0xffff], // interlinear annotation, specials, noncharacters (not allowed in XML)
  [0x1d173, 0x1d17a], // musical format controls
  [0xe0000, 0xe0fff], // tag characters and variation selectors supplement
];

const PLAIN_ASCII = /^[ -~]*$/;

/** Whether a code point is one of those that `visibleText` spells out. */
export function isHiddenCodePoint(codePoint: number): boolean {
  return HIDDEN_RANGES.some(([first, last]) => codePoint >= first && codePoint <= last);
}

/** The same text with every hidden or reordering character written as `[U+XXXX]`. Idempotent. */
export function visibleText(text: string): string {
  if (PLAIN_ASCII.test(text)) return text;
  let visible = '';
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    visible += isHiddenCodePoint(codePoint)
      ? `[U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}]`
      : character;
  }
  return visible;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for an HTML or SVG element or a quoted attribute: hidden characters spelled out, the five special characters as entities. */
export function escapeHtml(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Finished markup: made by the `html` tag or by `trustedMarkup` only. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a `${}` of the `html` tag: strings and numbers are escaped, markup is not, lists are joined. */
export type Piece = string | number | Markup | readonly Piece[];

function pieceText(piece: Piece): string {
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'string') return escapeHtml(piece);
  if (typeof piece === 'number') return String(piece);
  return piece.map(pieceText).join('');
}

/** Template tag: literal parts are markup, every value is escaped unless it is markup already. */
export function html(literals: TemplateStringsArray, ...pieces: Piece[]): Markup {
  let text = literals[0] ?? '';
  pieces.forEach((piece, index) => {
    text += pieceText(piece) + (literals[index + 1] ?? '');
  });
  return new Markup(text);
}

/** Wraps a constant of this room (a style sheet) as markup. Never call it with a value of a report. */
export function trustedMarkup(constant: string): Markup {
  return new Markup(constant);
}

/** Nothing, as markup. */
export const EMPTY = new Markup('');

/**
 * Shortens an identifier in the middle: `edge` characters, an ellipsis, `edge` characters. 8 and 8 keep look-alike addresses apart, which
 * 4 and 4 do not. Texts that would not get shorter stay whole.
 */
export function shortenMiddle(text: string, edge = 8): string {
  const characters = [...visibleText(text)];
  if (characters.length <= 2 * edge + 1) return characters.join('');
  return `${characters.slice(0, edge).join('')}…${characters.slice(-edge).join('')}`;
}
