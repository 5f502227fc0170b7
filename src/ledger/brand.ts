/**
 * Branded identities: a string or number that has passed its constructor, and only then, carries the brand.
 * Casting to a brand happens in this folder alone, so a value of these types is checked wherever it is met.
 */
import { SpoorError } from './error.ts';

declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Transaction id in display order: 64 lower-case hex digits. */
export type Txid = Brand<string, 'Txid'>;
/** Block hash in display order: 64 lower-case hex digits. */
export type BlockHash = Brand<string, 'BlockHash'>;
/** `txid:vout`, a reference to one output. */
export type Outpoint = Brand<string, 'Outpoint'>;
/** Normalised text form of an address that decoded with a right checksum (or was rendered from a script). */
export type Address = Brand<string, 'Address'>;
/** Amount in satoshi: an integer from 0 to 21e14, safe as a JS number; its products are not. */
export type Satoshi = Brand<number, 'Satoshi'>;
/** Dense number of a transaction inside one LedgerView; says nothing outside of it. */
export type TxId = Brand<number, 'TxId'>;
/** Dense number of an output inside one LedgerView; outputs of one transaction are consecutive. */
export type OutputId = Brand<number, 'OutputId'>;
/** Dense number of an address inside one LedgerView. */
export type AddressId = Brand<number, 'AddressId'>;

/** All bitcoins that can ever be, in satoshi (21 million coins of 1e8); consensus rejects any amount above it. */
export const MAX_MONEY_SAT = 2_100_000_000_000_000;

const HEX_64 = /^[0-9a-f]{64}$/;

function firstBadHexIndex(text: string): number {
  const index = [...text].findIndex((character) => !/[0-9a-f]/.test(character));
  return index < 0 ? text.length : index;
}

function hex64(text: unknown, code: 'TXID_INVALID' | 'BLOCK_HASH_INVALID', noun: string): string {
  if (typeof text !== 'string') {
    throw new SpoorError(code, `a ${noun} must be a string of 64 hex digits, not ${typeof text}`);
  }
  const lower = text.toLowerCase();
  if (HEX_64.test(lower)) return lower;
  if (lower.length !== 64) {
    throw new SpoorError(code, `a ${noun} has 64 hex digits; "${text.slice(0, 80)}" has ${text.length} characters`);
  }
  const index = firstBadHexIndex(lower);
  throw new SpoorError(
    code,
    `"${text}" is not a ${noun}: character ${index + 1} ("${text[index]}") is not a hex digit`,
  );
}

/** Checks and normalises a transaction id. Throws TXID_INVALID naming the length or the character. */
export function txid(text: unknown): Txid {
  return hex64(text, 'TXID_INVALID', 'txid') as Txid;
}

/** Checks and normalises a block hash. Throws BLOCK_HASH_INVALID naming the length or the character. */
export function blockHash(text: unknown): BlockHash {
  return hex64(text, 'BLOCK_HASH_INVALID', 'block hash') as BlockHash;
}

/** Largest vout a 4 MB block could hold; a bigger number is a lie, not an index. */
export const MAX_VOUT = 0xffff_fffe;

/** Checks an output or input index. Throws OUTPOINT_INVALID. */
export function vout(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > MAX_VOUT) {
    throw new SpoorError(
      'OUTPOINT_INVALID',
      `an output index is an integer from 0 to ${MAX_VOUT}, not ${String(value)}`,
    );
  }
  return value;
}

/** Joins a checked txid and index to the text form of an outpoint. */
export function outpoint(id: Txid, index: number): Outpoint {
  return `${id}:${vout(index)}` as Outpoint;
}

/** Splits an outpoint of the text form `txid:vout`. Throws OUTPOINT_INVALID or TXID_INVALID. */
export function parseOutpoint(text: string): { txid: Txid; vout: number } {
  const colon = text.indexOf(':');
  const digits = text.slice(colon + 1);
  if (colon < 0 || !/^(0|[1-9]\d{0,9})$/.test(digits)) {
    throw new SpoorError('OUTPOINT_INVALID', `"${text}" is not an outpoint; write txid:vout, vout a decimal number`);
  }
  return { txid: txid(text.slice(0, colon)), vout: vout(Number(digits)) };
}

/**
 * Brands an address string. Only address codecs of `chain/` call this, after the checksum held or after rendering a script.
 * Other rooms receive addresses, they do not make them.
 */
export function addressFromCodec(text: string): Address {
  return text as Address;
}

/** Checks an amount in satoshi. Throws AMOUNT_INVALID saying whether it is negative, fractional, too large or no number. */
export function satoshi(value: unknown): Satoshi {
  if (typeof value !== 'number') {
    throw new SpoorError(
      'AMOUNT_INVALID',
      `an amount in satoshi must be an integer, not ${value === null ? 'null' : typeof value}`,
    );
  }
  if (!Number.isInteger(value)) throw new SpoorError('AMOUNT_INVALID', `${value} is not a whole number of satoshi`);
  if (value < 0) throw new SpoorError('AMOUNT_INVALID', `${value} satoshi is negative`);
  if (value > MAX_MONEY_SAT) {
    throw new SpoorError(
      'AMOUNT_INVALID',
      `${value} satoshi is above all the bitcoins there can be (${MAX_MONEY_SAT})`,
    );
  }
  return value as Satoshi;
}

/** Brands a row number of a view. Rows come from a view's own tables, so only the sign is checked. */
export function txId(row: number): TxId {
  return row as TxId;
}
/** See {@link txId}. */
export function outputId(row: number): OutputId {
  return row as OutputId;
}
/** See {@link txId}. */
export function addressId(row: number): AddressId {
  return row as AddressId;
}
