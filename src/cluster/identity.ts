/**
 * Claim:      scripts that the same public key opens, and a script with the script it wraps, have one controller. This
 *             is identity, not a guess.
 * Source:     R3 and R4 of the field: BlockSci (linking of nested scripts), GraphSense (same public key). P2PKH and
 *             P2WPKH of one compressed key hold the same hash; a spend from P2SH shows the witness program it wraps
 *             (BIP141); a bare public key is the P2PKH member by construction.
 * Parameters: none.
 * Cost:       linear in the identities, which the caller finds by hash.
 * Fails when: nothing is spent: an unspent P2SH shows nothing, nor does an unspent address of an uncompressed key.
 *             Taproot outputs hide their keys (BIP341) and are never linked.
 */
import { type Evidence, evidenceOf } from './evidence.ts';
import type { ClusterFacts } from './facts.ts';

/** One link of two members for each identity, in order. */
export function identityLinks(facts: ClusterFacts): Evidence {
  return evidenceOf(facts.identities.map(({ kind, a, b, tx }) => ({ heuristic: kind, tx, members: [a, b] })));
}
