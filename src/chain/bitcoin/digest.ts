/** Hashes and byte orders that several files of this room share. Pure: node:crypto computes, it touches nothing. */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { SpoorError } from '../../ledger/index.ts';

// Digests come out of node:crypto as text of one byte a character twice as fast as in a buffer of their own.
function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}

/** SHA-256 of SHA-256, 32 bytes in internal order: the hash of transactions, headers, merkle nodes and base58 checksums. */
export function sha256d(bytes: Uint8Array): Buffer {
  return sha256(sha256(bytes));
}

/** Hex of the bytes in reverse: internal order to the display order of txids and block hashes, and back. Leaves `bytes` alone. */
export function reversedHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString('hex');
}

/** Bytes of hex text. Throws LEDGER_INVALID for odd length or another character; Buffer alone would silently stop there. */
export function bytesOfHex(hex: string, field: string): Buffer {
  if (hex.length % 2 === 0 && /^[0-9a-f]*$/.test(hex)) return Buffer.from(hex, 'hex');
  const index = hex.search(/[^0-9a-f]/);
  const reason =
    index < 0 ? `has an odd number of digits (${hex.length})` : `has "${hex[index]}" as digit ${index + 1}`;
  throw new SpoorError('LEDGER_INVALID', `${field} is not lower-case hex: it ${reason}`, { field });
}
