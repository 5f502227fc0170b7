/**
 * Claim:      an account for people carries in the case of its letters a checksum; reading one tells a mistyped account from a right one.
 * Source:     EIP-55; https://eips.ethereum.org/EIPS/eip-55.
 * Parameters: none.
 * Cost:       one Keccak-256 a new account, 30 microseconds; one look-up an account seen before.
 * Fails when: a text is all lower or all upper case: it carries no checksum, and a mistyped digit is not seen.
 */
import { Buffer } from 'node:buffer';
import { type Account, account, SpoorError } from '../../ledger/index.ts';
import { ethersCrypto } from './ethers.ts';

type Keccak = (bytes: Uint8Array) => string;

/** Accounts kept with their checksum; above it the oldest half is forgotten. */
const MOST_KEPT = 400_000;

const kept = new Map<string, string>();
let keccak: Keccak | null = null;

/** The hash function is loaded at its first use: it costs a tenth of a second, and commands on Bitcoin never need it. */
function keccakOf(bytes: Uint8Array): string {
  if (keccak === null) {
    keccak = ethersCrypto().keccak256;
  }
  return keccak(bytes);
}

function withCase(lower: string): string {
  const digits = lower.slice(2);
  const hash = keccakOf(Buffer.from(digits, 'latin1')).slice(2);
  let text = '0x';
  for (let place = 0; place < digits.length; place += 1) {
    text += hash.charCodeAt(place) >= 0x38 ? digits[place].toUpperCase() : digits[place];
  }
  return text;
}

function forgetOldest(): void {
  let left = MOST_KEPT / 2;
  for (const key of kept.keys()) {
    if (left === 0) return;
    kept.delete(key);
    left -= 1;
  }
}

/** An account as people see it: with its checksum. */
export function checksummed(of: Account): string {
  const known = kept.get(of);
  if (known !== undefined) return known;
  if (kept.size >= MOST_KEPT) forgetOldest();
  const text = withCase(of);
  kept.set(of, text);
  return text;
}

/** Whether the letters are of both cases, so that they say a checksum. */
function isMixed(digits: string): boolean {
  return /[a-f]/.test(digits) && /[A-F]/.test(digits);
}

/**
 * Reads an account as people and sources write it: one case throughout, or mixed with a valid checksum. Throws ADDRESS_INVALID naming the length or the
 * first wrong character.
 */
export function checkAccount(text: unknown): Account {
  const lower = account(text);
  const digits = String(text).slice(2);
  if (!isMixed(digits)) return lower;
  const right = checksummed(lower).slice(2);
  if (digits === right) return lower;
  const wrong = [...digits].findIndex((character, place) => character !== right[place]);
  throw new SpoorError(
    'ADDRESS_INVALID',
    `"${String(text)}" has a wrong checksum: character ${wrong + 3} ("${digits[wrong]}") should be "${right[wrong]}"`,
    {},
    'One of its digits was mistyped, or its case was changed. Written all in lower case it is taken as it stands.',
  );
}
