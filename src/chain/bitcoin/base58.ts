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
const CHECKSUM_BYTES = 4;
const CHARACTERS_PER_STEP = 4;
const LIMB_BITS = 24;
const LIMB = 2 ** LIMB_BITS;
const LIMB_COUNT = 9;

const VALUE_OF = new Int8Array(128).fill(-1);
for (let value = 0; value < BASE58_ALPHABET.length; value += 1) VALUE_OF[BASE58_ALPHABET.charCodeAt(value)] = value;

const KNOWN_VERSIONS = new Set(
  NETWORK_NAMES.flatMap((name) => [NETWORKS[name].p2pkhVersion, NETWORKS[name].p2shVersion]),
);

// One number is worked on at a time, and what is kept of it is copied out.
const limbs = new Float64Array(LIMB_COUNT);
const bytes = new Uint8Array(LIMB_COUNT * 3);
const address = bytes.subarray(bytes.length - ADDRESS_BYTES);
const checked = address.subarray(0, ADDRESS_BYTES - CHECKSUM_BYTES);

/** Multiplies the little-endian limbs by `factor` and adds; false when the number outgrows them. Products stay below 2^48. */
function multiplyAdd(factor: number, addend: number): boolean {
  let carry = addend;
  for (let index = 0; index < LIMB_COUNT; index += 1) {
    const product = limbs[index] * factor + carry;
    carry = Math.floor(product / LIMB);
    limbs[index] = product - carry * LIMB;
  }
  return carry === 0;
}

/** Reads the number of a text into the limbs; false when it is none, or too large. */
function readNumber(text: string): boolean {
  limbs.fill(0);
  for (let start = 0; start < text.length; start += CHARACTERS_PER_STEP) {
    const end = Math.min(start + CHARACTERS_PER_STEP, text.length);
    let factor = 1;
    let addend = 0;
    for (let index = start; index < end; index += 1) {
      const code = text.charCodeAt(index);
      const value = code < 128 ? VALUE_OF[code] : -1;
      if (value < 0) return false;
      factor *= 58;
      addend = addend * 58 + value;
    }
    if (!multiplyAdd(factor, addend)) return false;
  }
  return true;
}

function leadingOnes(text: string): number {
  let count = 0;
  while (text[count] === '1') count += 1;
  return count;
}

/** Reads the 25 bytes of the number into `address`; false unless its size and the leading ones give exactly 25. */
function readAddress(text: string): boolean {
  if (!readNumber(text) || limbs[LIMB_COUNT - 1] > 0xff) return false;
  for (let index = 0; index < LIMB_COUNT; index += 1) {
    const limb = limbs[index];
    const end = bytes.length - index * 3;
    bytes[end - 1] = limb & 0xff;
    bytes[end - 2] = (limb >>> 8) & 0xff;
    bytes[end - 3] = limb >>> 16;
  }
  let zeros = 0;
  while (address[zeros] === 0) zeros += 1;
  return zeros === leadingOnes(text);
}

function checksumHolds(): boolean {
  const digest = sha256d(checked);
  return (
    address[21] === digest[0] && address[22] === digest[1] && address[23] === digest[2] && address[24] === digest[3]
  );
}

/** What a base58check text of 25 bytes holds: `version` one byte, `hash` 20 bytes. */
export interface Base58Payload {
  readonly version: number;
  readonly hash: Uint8Array;
}

/** Payload of a base58 address of any Bitcoin network, or null when size, version or checksum is wrong. Never throws. */
export function base58Payload(text: string): Base58Payload | null {
  if (!readAddress(text) || !KNOWN_VERSIONS.has(address[0]) || !checksumHolds()) return null;
  return { version: address[0], hash: address.slice(1, 21) };
}

/** Version byte of a text of 25 bytes whose checksum holds though no Bitcoin network uses the version (another coin); else null. */
export function foreignBase58Version(text: string): number | null {
  return readAddress(text) && !KNOWN_VERSIONS.has(address[0]) && checksumHolds() ? address[0] : null;
}
