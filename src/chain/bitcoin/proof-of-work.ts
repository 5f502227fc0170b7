/**
 * Claim:      a header hashes to the hash it is known by, and that hash is small enough for the target the header states.
 * Source:     Bitcoin Core, src/arith_uint256.cpp (SetCompact), src/pow.cpp (CheckProofOfWork), src/primitives/block.h (the 80 bytes).
 * Parameters: none; the greatest target of a network is not judged.
 * Cost:       one double hash.
 * Fails when: the target is easier than the chain's rules asked for at that height: this proves work, not that it was enough.
 */
import { Buffer } from 'node:buffer';
import { type BlockHash, blockHash } from '../../ledger/index.ts';
import { reversedHex, sha256d } from './digest.ts';

/** Target of compact bits: 23 bits of mantissa, a byte of exponent in base 256. Negative ones (bit 23) count as 0: no hash meets them. */
export function targetOfBits(bits: number): bigint {
  if ((bits & 0x80_0000) !== 0) return 0n;
  const exponent = BigInt(bits >>> 24);
  const mantissa = BigInt(bits & 0x7f_ffff);
  return exponent >= 3n ? mantissa << (8n * (exponent - 3n)) : mantissa >> (8n * (3n - exponent));
}

/** Expected hashes to meet a target (Bitcoin Core, src/chain.cpp, GetBlockProof); 0 for one that cannot be met. */
export function workOfBits(bits: number): bigint {
  const target = targetOfBits(bits);
  return target === 0n ? 0n : (1n << 256n) / (target + 1n);
}

/** Whether a block hash, read as a number, is at or below the target. */
export function meetsTarget(hash: BlockHash, bits: number): boolean {
  return BigInt(`0x${hash}`) <= targetOfBits(bits);
}

/** The fields of a header, hashes in display order, numbers as serialised; `prevHash` is null for the first block. */
export interface HeaderFields {
  readonly version: number;
  readonly prevHash: string | null;
  readonly merkleRoot: string;
  readonly timestampSec: number;
  readonly bits: number;
  readonly nonce: number;
}

const HEADER_BYTES = 80;

/** Hash of the header these fields make. */
export function headerHash(fields: HeaderFields): BlockHash {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt32LE(fields.version >>> 0, 0);
  if (fields.prevHash !== null) bytes.set(Buffer.from(fields.prevHash, 'hex').reverse(), 4);
  bytes.set(Buffer.from(fields.merkleRoot, 'hex').reverse(), 36);
  bytes.writeUInt32LE(fields.timestampSec, 68);
  bytes.writeUInt32LE(fields.bits, 72);
  bytes.writeUInt32LE(fields.nonce, 76);
  return blockHash(reversedHex(sha256d(bytes)));
}
