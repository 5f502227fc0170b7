/**
 * Claim:      a transaction is at a position of the block with this merkle root.
 * Source:     Bitcoin Core, src/merkleblock.cpp (equal siblings refused, CVE-2012-2459); the Electrum protocol's get_merkle (branch from the bottom
 *             up, display order); the warning about transactions of 64 bytes, which can be read as an inner node (BIP 54, its motivation).
 * Parameters: none.
 * Cost:       one double hash for each level of the tree.
 * Fails when: the header itself is not of the best chain: work and hash of the header are judged elsewhere.
 */
import { Buffer } from 'node:buffer';
import { SpoorError, type Txid } from '../../ledger/index.ts';
import { reversedHex, sha256d } from './digest.ts';

/** More levels than any block of 4,000,000 weight units needs. */
const MAX_LEVELS = 17;
const INNER_NODE_BYTES = 64;

/** Hashes from a transaction up to the root, and its position in the block. */
export interface MerkleProof {
  /** Siblings from the bottom up, 64 hex digits each in display order. */
  readonly branch: readonly string[];
  readonly position: number;
}

/** Throws HASH_MISMATCH unless the proof leads from the transaction to the root. `sizeBytes` is that of the form without witness. */
export function checkMerkleProof(
  of: { txid: Txid; sizeBytes: number },
  { branch, position }: MerkleProof,
  root: string,
): void {
  const refuse = (why: string): never => {
    throw new SpoorError('HASH_MISMATCH', `the proof that ${of.txid} is in its block fails: ${why}`);
  };
  if (of.sizeBytes === INNER_NODE_BYTES) refuse('a transaction of 64 bytes can be forged out of a proof');
  if (branch.length > MAX_LEVELS) refuse(`${branch.length} levels are more than a block can have`);
  if (position >= 2 ** branch.length) refuse(`position ${position} is not in a tree of ${branch.length} levels`);
  let node = Buffer.from(of.txid, 'hex').reverse();
  branch.forEach((hex, level) => {
    const sibling = Buffer.from(hex, 'hex').reverse();
    const right = Math.floor(position / 2 ** level) % 2 === 1;
    if (right && sibling.equals(node)) refuse('a right node repeats its left one, so the position is not the real one');
    node = Buffer.from(sha256d(Buffer.concat(right ? [sibling, node] : [node, sibling])));
  });
  const reached = reversedHex(node);
  if (reached !== root) refuse(`it leads to ${reached}, the header says ${root}`);
}
