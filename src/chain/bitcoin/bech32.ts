/**
 * Claim:      which of the two checksums (bech32, bech32m) a segwit text carries, and the bytes of its witness program.
 * Source:     BIP173 (checksum polynomial, alphabet, 8-to-5 padding), BIP350 (the second constant).
 * Parameters: none.
 * Cost:       O(characters).
 * Fails when: five or more characters are wrong: up to four are always noticed, more with a chance of one in a billion to slip through.
 */

/** The 32 characters of the data part, in the order of their values. */
export const BECH32_ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

/** The two checksums by the witness versions they serve: bech32 version 0, bech32m versions 1 to 16. */
export type Bech32Encoding = 'bech32' | 'bech32m';

/** Characters of the checksum at the end. */
export const CHECKSUM_LENGTH = 6;

const RESIDUE_OF_BECH32 = 1;
const RESIDUE_OF_BECH32M = 0x2bc830a3;
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

const VALUE_OF = new Int8Array(128).fill(-1);
for (let value = 0; value < BECH32_ALPHABET.length; value += 1) VALUE_OF[BECH32_ALPHABET.charCodeAt(value)] = value;

/** What the five bits that leave the state put into it: the generators of those that are set. */
const OF_TOP = Int32Array.from({ length: 32 }, (_, top) =>
  GENERATOR.reduce((sum, generator, bit) => (((top >>> bit) & 1) === 1 ? sum ^ generator : sum), 0),
);

function step(state: number, value: number): number {
  return ((state & 0x1ffffff) << 5) ^ value ^ OF_TOP[state >>> 25];
}

/** Values 0 to 31 of lower-case data characters, or null when one is outside the alphabet. */
export function wordsOf(data: string): number[] | null {
  const words: number[] = [];
  for (let index = 0; index < data.length; index += 1) {
    const code = data.charCodeAt(index);
    const value = code < 128 ? VALUE_OF[code] : -1;
    if (value < 0) return null;
    words.push(value);
  }
  return words;
}

/** Which checksum holds over the prefix and all words (checksum included); null when neither does. `hrp` is lower-case ASCII. */
export function encodingOf(hrp: string, words: readonly number[]): Bech32Encoding | null {
  let state = 1;
  for (let index = 0; index < hrp.length; index += 1) state = step(state, hrp.charCodeAt(index) >>> 5);
  state = step(state, 0);
  for (let index = 0; index < hrp.length; index += 1) state = step(state, hrp.charCodeAt(index) & 31);
  for (const word of words) state = step(state, word);
  if (state === RESIDUE_OF_BECH32) return 'bech32';
  return state === RESIDUE_OF_BECH32M ? 'bech32m' : null;
}

/** Packs 5-bit words to bytes. `reason` says what BIP173 forbids about the bits left over at the end. */
export function programOf(words: readonly number[]): { bytes: Uint8Array } | { reason: string } {
  const bytes: number[] = [];
  let pending = 0;
  let bits = 0;
  for (const word of words) {
    pending = ((pending << 5) | word) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((pending >>> bits) & 0xff);
    }
  }
  if (bits > 4) return { reason: `${bits} bits of padding at its end where at most 4 are allowed` };
  if ((pending & ((1 << bits) - 1)) !== 0) return { reason: 'padding at its end that is not zero' };
  return { bytes: Uint8Array.from(bytes) };
}
