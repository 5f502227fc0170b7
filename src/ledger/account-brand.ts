/**
 * Branded identities of account chains (Ethereum and those that speak its protocol). As in brand.ts: only what passed its constructor carries the brand.
 */
import type { AccountId, AccountTxId, AssetId } from './account-number.ts';
import { SpoorError } from './error.ts';

declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** An account: `0x` and 40 lower-case hex digits. People see it with its EIP-55 checksum, which `chain/` puts on and checks. */
export type Account = Brand<string, 'Account'>;
/** Hash of a transaction or block: `0x` and 64 lower-case hex digits. */
export type AccountHash = Brand<string, 'AccountHash'>;
/** What is held: `native` (ether), or the contract of a token. Never a symbol: anybody can give a token any symbol. */
export type Asset = Brand<string, 'Asset'>;

/** The coin of the chain itself. */
export const NATIVE = 'native' as Asset;

/** Largest amount a 256-bit word of the machine can say. */
export const MAX_WORD = (1n << 256n) - 1n;

const HEX_OF_DIGITS = { 40: /^0x[0-9a-f]{40}$/, 64: /^0x[0-9a-f]{64}$/ } as const;

function hexOf(text: unknown, digits: 40 | 64, noun: string, code: 'ADDRESS_INVALID' | 'TXID_INVALID'): string {
  if (typeof text !== 'string')
    throw new SpoorError(code, `${noun} is a text, not ${text === null ? 'null' : typeof text}`);
  const lower = text.toLowerCase();
  if (HEX_OF_DIGITS[digits].test(lower)) return lower;
  const shown = `"${text.slice(0, 80)}"`;
  if (!lower.startsWith('0x')) throw new SpoorError(code, `${noun} starts with 0x; ${shown} does not`);
  if (lower.length !== digits + 2) {
    throw new SpoorError(code, `${noun} has ${digits} hex digits after 0x; ${shown} has ${lower.length - 2}`);
  }
  const bad = [...lower.slice(2)].findIndex((character) => !/[0-9a-f]/.test(character));
  const character = `character ${bad + 3} ("${text[bad + 2]}")`;
  throw new SpoorError(code, `${shown} is not ${noun}: ${character} is not a hex digit`);
}

/** Checks the form of an account, whatever its case. The checksum of mixed case is `chain/`'s to check. Throws ADDRESS_INVALID. */
export function account(text: unknown): Account {
  return hexOf(text, 40, 'an account', 'ADDRESS_INVALID') as Account;
}

/** Checks a hash. Throws TXID_INVALID naming the length or the character. */
export function accountHash(text: unknown): AccountHash {
  return hexOf(text, 64, 'a hash', 'TXID_INVALID') as AccountHash;
}

/** `native`, or the contract of a token. Throws ADDRESS_INVALID. */
export function asset(text: unknown): Asset {
  return text === NATIVE ? NATIVE : (hexOf(text, 40, 'an asset (native, or a contract)', 'ADDRESS_INVALID') as Asset);
}

/** Reads a whole number of base units from decimal or 0x text, never through a float. Throws AMOUNT_INVALID. */
export function baseUnits(text: unknown): bigint {
  if (typeof text !== 'string' || !/^(0|[1-9]\d{0,77}|0x[0-9a-fA-F]{1,64})$/.test(text)) {
    const shown = typeof text === 'string' ? `"${text.slice(0, 80)}"` : String(text);
    throw new SpoorError('AMOUNT_INVALID', `${shown} is not a whole number of base units below 2^256`);
  }
  const amount = BigInt(text);
  if (amount > MAX_WORD)
    throw new SpoorError('AMOUNT_INVALID', `${text} is above 2^256 - 1, the largest amount there is`);
  return amount;
}

/** Brands a row number of an account view. */
export function accountId(row: number): AccountId {
  return row as AccountId;
}
/** See {@link accountId}. */
export function assetId(row: number): AssetId {
  return row as AssetId;
}
/** See {@link accountId}. */
export function accountTxId(row: number): AccountTxId {
  return row as AccountTxId;
}
