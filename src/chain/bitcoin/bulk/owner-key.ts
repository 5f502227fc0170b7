/**
 * Claim:      two output scripts that pay the same key or hash have the same 64-bit owner key, whether read whole or in the compressed form
 *             of an undo file; two that do not, have different keys but for chance (2^-64 a pair).
 * Source:     templates as script.ts; compressed scripts of undo files: Bitcoin Core, src/compressor.h; lanes: MurmurHash3_x86_32.
 * Parameters: two seeds of 32 bits.
 * Cost:       9 steps of 32 bits per lane; no allocation. Only 32-bit integer operations, so that the WebAssembly kernel repeats it.
 * Fails when: someone searches for a collision: no cryptographic hash. Who rests a verdict on a key compares the scripts as well.
 *
 * Normal form: 36 bytes as 9 little-endian words. Word 0 = type | prefix << 8; words 1 to 8 = payload, 20 or 32 bytes, zeros after it.
 *   type 1 p2pkh, hash of 20 bytes       type 2 p2sh, hash of 20 bytes
 *   type 3 p2wpkh, program of 20         type 4 p2wsh, program of 32        type 5 p2tr (version 1), program of 32
 *   type 6 p2pk, compressed key: prefix 2 or 3, payload x, 32 bytes
 *   type 7 p2pk, uncompressed key (first byte 4): prefix 4 | (last byte of y & 1), payload x: undo files keep no more of it
 * prefix is 0 for types 1 to 5. Everything else has no owner, keys 0, 0: OP_RETURN, bare multisig, other witness versions and lengths,
 * hybrid keys (first byte 6 or 7), anyone-can-spend.
 *
 * Lane with seed s: h = s; for each word k: k = imul(k, 0xcc9e2d51); k = rotl(k, 15); k = imul(k, 0x1b873593); h ^= k; h = rotl(h, 13);
 * h = imul(h, 5) + 0xe6546b64. Then h ^= 36; h ^= h >>> 16; h = imul(h, 0x85ebca6b); h ^= h >>> 13; h = imul(h, 0xc2b2ae35);
 * h ^= h >>> 16. Key word 0 is the lane of seed 1, word 1 that of seed 2, both unsigned; 0, 0 becomes 0, 1.
 */

/** Seed of the first lane. */
export const OWNER_SEED_1 = 0x7370_6f6f;
/** Seed of the second lane. */
export const OWNER_SEED_2 = 0x7274_7261;

/** First word of the normal form by type; the prefix of a public key is added as `prefix << 8`. */
export const OWNER_P2PKH = 1;
/** See {@link OWNER_P2PKH}. */
export const OWNER_P2SH = 2;
/** See {@link OWNER_P2PKH}. */
export const OWNER_P2WPKH = 3;
/** See {@link OWNER_P2PKH}. */
export const OWNER_P2WSH = 4;
/** See {@link OWNER_P2PKH}. */
export const OWNER_P2TR = 5;
/** See {@link OWNER_P2PKH}. */
export const OWNER_P2PK_COMPRESSED = 6;
/** See {@link OWNER_P2PKH}. */
export const OWNER_P2PK_UNCOMPRESSED = 7;

const OP_0 = 0x00;
const OP_1 = 0x51;
const OP_DUP = 0x76;
const OP_EQUAL = 0x87;
const OP_EQUALVERIFY = 0x88;
const OP_HASH160 = 0xa9;
const OP_CHECKSIG = 0xac;

const HASH_BYTES = 20;
const PROGRAM_BYTES = 32;
const NORMAL_FORM_BYTES = 36;

/** The seeds of a run. Another pair gives another, equally good set of keys. */
export interface OwnerSeeds {
  readonly first: number;
  readonly second: number;
}

/** Seeds used unless others are given. */
export const OWNER_SEEDS: OwnerSeeds = { first: OWNER_SEED_1, second: OWNER_SEED_2 };

function step(h: number, word: number): number {
  let k = Math.imul(word, 0xcc9e_2d51);
  k = (k << 15) | (k >>> 17);
  const mixed = h ^ Math.imul(k, 0x1b87_3593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe654_6b64) | 0;
}

function finish(h: number): number {
  let mixed = h ^ NORMAL_FORM_BYTES;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * Writes the key of a payload of 20 or 32 bytes at `place` to `into[at]` and `into[at + 1]`. `head` is word 0 of the normal form.
 */
export function ownerKeyOfPayload(
  payload: { bytes: Uint8Array; place: number; length: number; head: number },
  into: Uint32Array,
  at: number,
  seeds: OwnerSeeds = OWNER_SEEDS,
): void {
  const { bytes, place, length, head } = payload;
  let first = step(seeds.first, head);
  let second = step(seeds.second, head);
  for (let offset = 0; offset < PROGRAM_BYTES; offset += 4) {
    const from = place + offset;
    const word =
      offset < length ? bytes[from] | (bytes[from + 1] << 8) | (bytes[from + 2] << 16) | (bytes[from + 3] << 24) : 0;
    first = step(first, word);
    second = step(second, word);
  }
  into[at] = finish(first);
  into[at + 1] = finish(second);
  if (into[at] === 0 && into[at + 1] === 0) into[at + 1] = 1;
}

/** Where the payload of a template starts in its script, by type. */
const PAYLOAD_PLACE = [0, 3, 2, 2, 2, 2, 2, 2];

/** Word 0 of the normal form of a script, 0 when the script has no owner. */
function headOf(bytes: Uint8Array, place: number, length: number): number {
  const first = bytes[place];
  const second = bytes[place + 1];
  const last = bytes[place + length - 1];
  switch (length) {
    case 22:
      return first === OP_0 && second === HASH_BYTES ? OWNER_P2WPKH : 0;
    case 23:
      return first === OP_HASH160 && second === HASH_BYTES && last === OP_EQUAL ? OWNER_P2SH : 0;
    case 25: {
      const opens = first === OP_DUP && second === OP_HASH160 && bytes[place + 2] === HASH_BYTES;
      return opens && bytes[place + 23] === OP_EQUALVERIFY && last === OP_CHECKSIG ? OWNER_P2PKH : 0;
    }
    case 34:
      if (second !== PROGRAM_BYTES) return 0;
      return first === OP_0 ? OWNER_P2WSH : first === OP_1 ? OWNER_P2TR : 0;
    case 35:
      if (first !== 33 || (second !== 2 && second !== 3) || last !== OP_CHECKSIG) return 0;
      return OWNER_P2PK_COMPRESSED | (second << 8);
    case 67:
      if (first !== 65 || second !== 4 || last !== OP_CHECKSIG) return 0;
      return OWNER_P2PK_UNCOMPRESSED | ((4 | (bytes[place + 65] & 1)) << 8);
    default:
      return 0;
  }
}

/** Writes the owner key of the script of `length` bytes at `place` to `into[at]` and `into[at + 1]`; 0, 0 when it has no owner. */
export function ownerKeyOfScript(
  script: { bytes: Uint8Array; place: number; length: number },
  into: Uint32Array,
  at: number,
  seeds: OwnerSeeds = OWNER_SEEDS,
): void {
  const { bytes, place, length } = script;
  const head = headOf(bytes, place, length);
  if (head === 0) {
    into[at] = 0;
    into[at + 1] = 0;
    return;
  }
  const type = head & 0xff;
  const size = type <= OWNER_P2WPKH ? HASH_BYTES : PROGRAM_BYTES;
  ownerKeyOfPayload({ bytes, place: place + PAYLOAD_PLACE[type], length: size, head }, into, at, seeds);
}
