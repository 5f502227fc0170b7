/**
 * Claim:      the witnesses of a block are those its coinbase commits to: the merkle root of txids does not cover them.
 * Source:     BIP141, commitment structure: the last output of the coinbase that starts with 6a24aa21a9ed holds the double hash of the root of
 *             the wtxids (the coinbase's own taken as zeros) and the 32 bytes of its witness.
 * Parameters: none.
 * Cost:       the merkle root of the wtxids.
 * Fails when: the coinbase holds no commitment: nothing is claimed then, as before August 2017, and nothing is checked.
 */
import { Buffer } from 'node:buffer';
import { sha256d } from '../digest.ts';
import { merkleRootOfHashes } from '../txid.ts';

const OPENING = Buffer.from('6a24aa21a9ed', 'hex');
const COMMITMENT_BYTES = 38;
const HASH_BYTES = 32;

/** The 32 bytes a coinbase commits to, from its output scripts; null where it has none. */
export function witnessCommitment(scripts: readonly Uint8Array[]): Buffer | null {
  const found = scripts.findLast(
    (script) => script.length >= COMMITMENT_BYTES && OPENING.equals(script.subarray(0, OPENING.length)),
  );
  return found === undefined ? null : Buffer.from(found.subarray(OPENING.length, COMMITMENT_BYTES));
}

/** Whether wtxids (internal order, that of the coinbase first, whatever it is) hash to a commitment with the first item of the coinbase's witness. */
export function meetsCommitment(
  commitment: Buffer,
  wtxids: readonly Buffer[],
  reserved: Uint8Array | undefined,
): boolean {
  if (reserved?.length !== HASH_BYTES) return false;
  const root = merkleRootOfHashes([Buffer.alloc(HASH_BYTES), ...wtxids.slice(1)]);
  return sha256d(Buffer.concat([root, reserved])).equals(commitment);
}
