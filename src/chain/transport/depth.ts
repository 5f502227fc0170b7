/** The guard before every JSON parser: parsers recurse, so text nested without end is an attack on their stack. */

/** Nesting no source reaches (a block with prevouts has 7 levels). */
export const MAX_JSON_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Index of the bracket that nests deeper than `most` levels, or -1. */
export function tooDeepAt(text: string, most = MAX_JSON_DEPTH): number {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > most) return index;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return -1;
}
