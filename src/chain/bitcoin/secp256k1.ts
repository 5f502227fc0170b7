/**
 * Claim:      the full public key of a point of secp256k1 given by its x and the parity of its y.
 * Source:     SEC 2 version 2.0, section 2.4.1 (the curve y^2 = x^3 + 7 over p = 2^256 - 2^32 - 977); SEC 1, section 2.3.4 (decompression).
 *             p = 3 mod 4, so a square root of a is a^((p + 1) / 4).
 * Parameters: none.
 * Cost:       256 squarings and 13 products of 256-bit numbers, some tenths of a millisecond.
 * Fails when: x is not below p or no point has it: null. Not constant in time; keys here are public.
 */
import { Buffer } from 'node:buffer';

const P = 2n ** 256n - 2n ** 32n - 977n;
const KEY_BYTES = 32;

/** value^(2^times) mod p. */
function squared(value: bigint, times: number): bigint {
  let power = value;
  for (let round = 0; round < times; round += 1) power = (power * power) % P;
  return power;
}

/** a^((p + 1) / 4): the exponent is 223 ones, a zero, 22 ones, four zeros, two ones, two zeros in binary. */
function rootCandidate(a: bigint): bigint {
  const ones = (high: bigint, low: bigint, count: number): bigint => (squared(high, count) * low) % P;
  const x2 = ones(a, a, 1);
  const x3 = ones(x2, a, 1);
  const x6 = ones(x3, x3, 3);
  const x11 = ones(ones(x6, x3, 3), x2, 2);
  const x22 = ones(x11, x11, 11);
  const x44 = ones(x22, x22, 22);
  const x88 = ones(x44, x44, 44);
  const x220 = ones(ones(x88, x88, 88), x44, 44);
  const x223 = ones(x220, x3, 3);
  return squared(ones(ones(x223, x22, 23), x2, 6), 2);
}

/** Uncompressed public key (65 bytes, first 04) of 32 bytes of x and whether y is odd; null when there is no such point. */
export function decompressPoint(xBytes: Uint8Array, odd: boolean): Buffer | null {
  const x = BigInt(`0x${Buffer.from(xBytes).toString('hex')}`);
  if (x >= P) return null;
  const right = (x * x * x + 7n) % P;
  const root = rootCandidate(right);
  if ((root * root) % P !== right) return null;
  const y = (root & 1n) === (odd ? 1n : 0n) ? root : P - root;
  return Buffer.concat([Buffer.of(4), xBytes, Buffer.from(y.toString(16).padStart(2 * KEY_BYTES, '0'), 'hex')]);
}
