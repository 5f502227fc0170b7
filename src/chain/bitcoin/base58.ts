/**
 * Claim:      the 25 bytes (version, hash160, checksum) behind a base58check text, or nothing when there are not exactly 25 that agree.
 * Source:     Bitcoin Core, src/base58.cpp: big-endian base 58, each leading "1" a leading zero byte, checksum = first 4 bytes of sha256d.
 * Parameters: none; 25 bytes is the size of every base58 address.
 * Cost:       about 90 multiplications in 24-bit limbs, then two hashes, only for a version byte that some network uses. A wrong address
 *             is searched with thousands of candidates, so the version is looked at before the hash.
 * Fails when: the text holds other data in base58check (private keys, extended keys): those are not addresses.
 */
import { sha256d } from './digest.ts';
import { NETWORK_NAMES, NETWORKS } from './network.ts';

/** The 58 characters, in the order of their values; 0, O, I and l are left out because they look alike. */
export const BASE58_ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

const ADDRESS_BYTES = 25;
const CHARACTERS_PER_STEP = 4;
const LIMB_BITS = 24;
const LIMB = 2 ** LIMB_BITS;
const LIMB_COUNT = 9;

const VALUE_OF = new Int8Array(128).fill(-1);
for (let value = 0; value < BASE58_ALPHABET.length; value += 1) VALUE_OF[BASE58_ALPHABET.charCodeAt(value)] = value;

const KNOWN_VERSIONS = new Set(
  NETWORK_NAMES.flatMap((name) => [NETWORKS[name].p2pkhVersion, NETWORKS[name].p2shVersion]),
);

/** Multiplies the little-endian limbs by `factor` and adds; false when the number outgrows them. Products stay below 2^48. */
function multiplyAdd(limbs: Float64Array, factor: number, addend: number): boolean {
  let carry = addend;
  for (let index = 0; index < LIMB_COUNT; index += 1) {
    const product = limbs[index] * factor + carry;
    carry = Math.floor(product / LIMB);
    limbs[index] = product - carry * LIMB;
  }
  return carry === 0;
}

function limbsOf(text: string): Float64Array | null {
  const limbs = new Float64Array(LIMB_COUNT);
  for (let start = 0; start < text.length; start += CHARACTERS_PER_STEP) {
    const end = Math.min(start + CHARACTERS_PER_STEP, text.length);
    let factor = 1;
    let addend = 0;
    for (let index = start; index < end; index += 1) {
      const code = text.charCodeAt(index);
      const value = code < 128 ? VALUE_OF[code] : -1;
      if (value < 0) return null;
      factor *= 58;
      addend = addend * 58 + value;
    }
    if (!multiplyAdd(limbs, factor, addend)) return null;
  }
  return limbs;
}

function leadingOnes(text: string): number {
  let count = 0;
  while (text[count] === '1') count += 1;
  return count;
}

/** The 25 bytes of the number, or null unless its size and the leading ones give exactly 25. */
function addressBytes(text: string): Uint8Array | null {
  const limbs = limbsOf(text);
  if (limbs === null || limbs[LIMB_COUNT - 1] > 0xff) return null;
  const bytes = new Uint8Array(LIMB_COUNT * 3);
  for (let index = 0; index < LIMB_COUNT; index += 1) {
    const limb = limbs[index];
    const end = bytes.length - index * 3;
    bytes[end - 1] = limb & 0xff;
    bytes[end - 2] = (limb >>> 8) & 0xff;
    bytes[end - 3] = limb >>> 16;
  }
  const address = bytes.subarray(bytes.length - ADDRESS_BYTES);
  let zeros = 0;
  while (address[zeros] === 0) zeros += 1;
  return zeros === leadingOnes(text) ? address : null;
}

function checksumHolds(bytes: Uint8Array): boolean {
  const digest = sha256d(bytes.subarray(0, 21));
  return bytes[21] === digest[0] && bytes[22] === digest[1] && bytes[23] === digest[2] && bytes[24] === digest[3];
}

/** What a base58check text of 25 bytes holds: `version` one byte, `hash` 20 bytes. */
export interface Base58Payload {
  readonly version: number;
  readonly hash: Uint8Array;
}

/** Payload of a base58 address of any Bitcoin network, or null when size, version or checksum is wrong. Never throws. */
export function base58Payload(text: string): Base58Payload | null {
  const bytes = addressBytes(text);
  if (bytes === null || !KNOWN_VERSIONS.has(bytes[0]) || !checksumHolds(bytes)) return null;
  return { version: bytes[0], hash: bytes.subarray(1, 21) };
}

/** Version byte of a text of 25 bytes whose checksum holds though no Bitcoin network uses the version (another coin); else null. */
export function foreignBase58Version(text: string): number | null {
  const bytes = addressBytes(text);
  return bytes !== null && !KNOWN_VERSIONS.has(bytes[0]) && checksumHolds(bytes) ? bytes[0] : null;
}
